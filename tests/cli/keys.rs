//! `key create|list|show|revoke|verify` on a running server:
//! secrets on stdout and only once, verdicts as exit codes.

use serde_json::Value;

use crate::binary::{Server, home, run, run_with, text, unknown_key};
use crate::owners::{cells, json, on};

fn create(server: &Server, args: &[&str]) -> crate::binary::Ended {
    run(on(server, &[&["key", "create", "--user", "maya", "--description", "laptop"], args].concat()))
}

/// The only key there is.
fn listed(server: &Server) -> Value {
    json(on(server, &["key", "list", "--user", "maya", "--json"]))[0].clone()
}

#[test]
fn a_new_key_is_printed_alone_and_its_id_on_stderr() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    let created = create(&server, &["--expires", "90d", "--scope", "invoices:read"]);
    let key = listed(&server);
    assert!(created.stderr.contains(key["id"].as_str().expect("an id")) && created.stderr.contains("Shown once"));
    let stdout = created.fine();
    assert_eq!(stdout.matches('\n').count(), 1);
    assert_eq!(server.code_of(stdout.trim_end()), "valid");
    assert_eq!((&key["name"], &key["scopes"][0]), (&"laptop".into(), &"invoices:read".into()));
    assert!(!key.to_string().contains(stdout.trim_end()), "a list never has the secret");

    let whole: Value = serde_json::from_str(&create(&server, &["--expires", "never", "--json"]).fine()).expect("JSON");
    assert_eq!(
        (server.code_of(whole["secret"].as_str().expect("the secret")), &whole["expires_at"]),
        ("valid".into(), &Value::Null)
    );
}

#[test]
fn keys_of_teams_and_of_both_environments_and_kinds_are_made() {
    let (_home, data) = home();
    let server = Server::start(&data);
    run(on(&server, &["team", "create", "--name", "Acme", "--external-id", "acme"])).fine();
    for (args, prefix) in [
        (&[][..], concat!("sk_", "live_")),
        (&["--environment", "test"][..], concat!("sk_", "test_")),
        (&["--public"][..], concat!("pk_", "live_")),
        (&["--public", "--environment", "test"][..], concat!("pk_", "test_")),
    ] {
        let words = [&["key", "create", "--team", "acme", "--description", "ci", "--expires", "1d"], args].concat();
        assert!(run(on(&server, &words)).fine().starts_with(prefix), "{args:?}");
    }
    assert_eq!(json(on(&server, &["key", "list", "--team", "acme", "--json"])).as_array().map(Vec::len), Some(4));
    let public = json(on(&server, &["key", "list", "--team", "acme", "--environment", "test", "--json"]));
    assert_eq!(public.as_array().map(Vec::len), Some(2));
}

#[test]
fn a_table_of_keys_shows_what_people_tell_them_apart_by() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    let secret = create(&server, &["--expires", "2999-01-31"]).fine();
    let table = run(on(&server, &["key", "list", "--user", "maya"])).fine();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(cells(lines[0]), ["ID", "NAME", "KEY", "OWNER", "STATUS", "EXPIRES", "LAST USED"]);
    let key = format!("{}•••{}", concat!("sk_", "live_"), &secret.trim_end()[53..]);
    assert_eq!(cells(lines[1])[1..], ["laptop", &key, "maya", "active", "2999-01-31T00:00:00.000Z", "-"]);

    let id = cells(lines[1])[0];
    let details = run(on(&server, &["key", "show", id])).fine();
    assert!(details.contains("laptop") && !details.contains(secret.trim_end()), "{details}");
    assert_eq!(json(on(&server, &["key", "show", id, "--json"]))["id"], id);
}

#[test]
fn lists_of_keys_can_be_narrowed() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let user = server.user("maya");
    let keys: Vec<String> = (0..3).map(|_| server.key(&user).0).collect();
    run(on(&server, &["key", "revoke", &keys[0]])).fine();
    let ids = |args: &[&str]| -> Vec<String> {
        let found = json(on(&server, &[&["key", "list", "--user", "maya", "--json"], args].concat()));
        found.as_array().expect("an array").iter().map(|key| key["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(ids(&["--status", "revoked"]), keys[..1]);
    assert_eq!(ids(&["--status", "active", "--limit", "1"]), keys[2..]);
    assert_eq!(ids(&["-q", &keys[1]]), keys[1..2]);
    assert_eq!(ids(&["--all"]).len(), 3);
    let stderr = run(on(&server, &["key", "list", "--status", "gone"])).failed();
    assert!(stderr.contains("`active`"), "{stderr}");
}

#[test]
fn a_verification_ends_with_0_for_a_valid_key_and_1_for_a_refused_one() {
    let (home, data) = home();
    let server = Server::start(&data);
    let (id, secret) = server.key(&server.user("maya"));
    let verify = |args: &[&str], key: &str| {
        let ended = run_with(on(&server, &[&["key", "verify"], args].concat()), key);
        assert_eq!(ended.stderr, "");
        (ended.code, ended.stdout)
    };
    assert_eq!(verify(&[], &secret), (Some(0), "valid  maya · made by a test\n".into()));
    assert_eq!(verify(&[], &format!("{secret}\n")).0, Some(0), "a line end is no part of the key");
    assert_eq!(
        verify(&["--scope", "invoices:read"], &secret),
        (Some(1), "insufficient_scope  maya · made by a test · invoices:read\n".into())
    );
    assert_eq!(verify(&["--environment", "test"], &secret).1, "wrong_environment  maya · made by a test\n");
    assert_eq!(verify(&[], &unknown_key("sk", "live")), (Some(1), "not_found\n".into()));
    assert_eq!(verify(&[], "nonsense"), (Some(1), "malformed\n".into()));

    let file = home.path().join("key");
    std::fs::write(&file, &secret).expect("written");
    assert_eq!(verify(&["--key-file", text(&file)], "").0, Some(0));

    run(on(&server, &["key", "revoke", &id])).fine();
    assert_eq!(verify(&[], &secret), (Some(1), "revoked  maya · made by a test · manual\n".into()));
    let (code, stdout) = verify(&["--json"], &secret);
    let verdict: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((code, &verdict["valid"], &verdict["code"]), (Some(1), &false.into(), &"revoked".into()));
    assert!(!stdout.contains(&secret), "a verdict never repeats the key");
}

#[test]
fn revoking_takes_many_keys_is_repeatable_and_tells_on_stderr() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let user = server.user("maya");
    let (one, two) = (server.key(&user), server.key(&user));
    for _ in 0..2 {
        let ended = run(on(&server, &["key", "revoke", &one.0, &two.0]));
        assert_eq!(ended.stderr, format!("{} is revoked\n{} is revoked\n", one.0, two.0));
        assert_eq!(ended.fine(), "");
    }
    for (_, secret) in [one, two] {
        assert_eq!(server.code_of(&secret), "revoked");
    }
    let stderr = run(on(&server, &["key", "revoke", "key_00000000000000000000000000"])).failed();
    assert!(stderr.contains("nothing with this id"), "{stderr}");
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_missing() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    for (words, why) in [
        (&["key", "create", "--description", "x", "--expires", "1d"][..], "--user"),
        (
            &["key", "create", "--user", "a", "--team", "b", "--description", "x", "--expires", "1d"][..],
            "cannot be used with",
        ),
        (&["key", "create", "--user", "maya", "--expires", "1d"][..], "--description"),
        (&["key", "create", "--user", "maya", "--description", "x"][..], "--expires"),
        (&["key", "create", "--user", "maya", "--description", "x", "--expires", "soon"][..], "90d"),
        (
            &["key", "create", "--user", "maya", "--description", "x", "--expires", "2001-01-01"][..],
            "/expires_at: is in the past",
        ),
        (&["key", "create", "--user", "nobody", "--description", "x", "--expires", "1d"][..], "user create"),
        (&["key", "revoke"][..], "<IDS>"),
        (&["key", "list", "--limit", "0"][..], "--limit"),
        (&["key", "frobnicate"][..], "unrecognized subcommand"),
    ] {
        let stderr = run(on(&server, words)).failed();
        assert!(stderr.contains(why), "{words:?}: {stderr}");
    }
}
