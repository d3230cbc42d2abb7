//! What is done to keys that are there: switched off and on, moved, ended by the dozen, exported, removed.

use crate::binary::{Server, home, run};
use crate::owners::{json, on};

#[test]
fn a_key_is_disabled_enabled_moved_revoked_and_purged() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (id, secret) = server.key(&server.user("maya"));
    run(on(&server, &["team", "create", "--name", "Acme", "--external-id", "acme"])).fine();
    let told = |words: &[&str]| {
        let ended = run(on(&server, words));
        let stderr = ended.stderr.clone();
        assert_eq!(ended.fine(), "", "talk is for stderr");
        stderr
    };
    assert_eq!(told(&["key", "disable", &id]), format!("{id} is disabled\n"));
    assert_eq!(server.code_of(&secret), "disabled");
    assert_eq!(told(&["key", "enable", &id]), format!("{id} is enabled\n"));
    assert_eq!(told(&["key", "transfer", &id, "--to-team", "acme"]), format!("{id} belongs to Acme\n"));
    assert_eq!(json(on(&server, &["key", "list", "--team", "acme", "--json"])).as_array().map(Vec::len), Some(1));
    let refused = run(on(&server, &["key", "purge", &id])).failed();
    assert!(refused.contains("revoke it first"), "{refused}");
    run(on(&server, &["key", "revoke", &id])).fine();
    assert_eq!(told(&["key", "purge", &id]), format!("{id} is removed for good\n"));
    assert_eq!(server.code_of(&secret), "not_found");
}

#[test]
fn keys_are_revoked_by_filter_after_a_dry_run_has_counted_them() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (maya, other) = (server.user("maya"), server.user("other"));
    let (first, second, foreign) = (server.key(&maya), server.key(&maya), server.key(&other));
    let words =
        |more: &[&'static str]| [&["key", "revoke", "--user", "maya", "--created-before", "2999-01-01"], more].concat();
    assert_eq!(run(on(&server, &words(&["--dry-run"]))).stderr, "2 keys would be revoked\n");
    let refused = run(on(&server, &words(&["--expect", "3"]))).failed();
    assert!(refused.contains("another number"), "{refused}");
    assert_eq!(run(on(&server, &words(&["--expect", "2"]))).stderr, "2 keys were revoked\n");
    assert_eq!([&first.1, &second.1, &foreign.1].map(|key| server.code_of(key)), ["revoked", "revoked", "valid"]);
    for (wrong, why) in [
        (&["key", "revoke", "key_x", "--user", "maya"][..], "not both"),
        (&["key", "revoke", "--dry-run"], "say which keys"),
        (&["key", "revoke", "--created-before", "yesterday"], "2027-01-31"),
    ] {
        let stderr = run(on(&server, wrong)).failed();
        assert!(stderr.contains(why), "{wrong:?}: {stderr}");
    }
}

#[test]
fn an_export_is_lines_or_a_table_on_stdout_and_holds_no_secret() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (maya, other) = (server.user("maya"), server.user("other"));
    let (mine, theirs) = (server.key(&maya), server.key(&other));
    let lines = run(on(&server, &["key", "export", "--user", "maya"])).fine();
    let line: serde_json::Value = serde_json::from_str(lines.trim_end()).expect("one line of JSON");
    assert_eq!(line["id"], mine.0.as_str());
    let table = run(on(&server, &["key", "export", "--format", "csv", "--status", "active"])).fine();
    assert!(table.starts_with("id,name,") && table.contains(&mine.0) && table.contains(&theirs.0), "{table}");
    assert!(!table.contains(&mine.1[10..40]) && !lines.contains(&mine.1[10..40]));
    let refused = run(on(&server, &["key", "export", "--status", "gone"])).failed();
    assert!(refused.contains("`active`"), "{refused}");
    assert!(run(on(&server, &["key", "export", "--format", "xml"])).failed().contains("possible values"));
}
