//! `role` and what keys do with one: `key create|change --role`, `key list --role`, `key verify --any-scope`.

use serde_json::json;

use crate::binary::{Server, home, run, run_with};
use crate::owners::{cells, json as answer, on};

#[test]
fn a_role_is_made_shown_changed_and_removed() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let shown =
        run(on(&server, &["role", "create", "support", "--description", "desk", "--scope", "tickets:*"])).fine();
    assert!(shown.starts_with("FIELD") && shown.contains("tickets:*"), "{shown}");
    let made = answer(on(&server, &["role", "create", "empty", "--json"]));
    assert_eq!((&made["name"], &made["scopes"], &made["description"]), (&json!("empty"), &json!([]), &json!("")));
    let table = run(on(&server, &["role", "list"])).fine();
    let rows: Vec<Vec<&str>> = table.lines().map(cells).collect();
    assert_eq!(rows[0], ["NAME", "SCOPES", "DESCRIPTION"]);
    assert_eq!(rows[2], ["support", "tickets:*", "desk"]);
    let changed = answer(on(&server, &["role", "change", "support", "--scope", "a", "--scope", "b", "--json"]));
    assert_eq!((&changed["scopes"], &changed["description"]), (&json!(["a", "b"]), &json!("desk")));
    assert_eq!(answer(on(&server, &["role", "change", "support", "--no-scopes", "--json"]))["scopes"], json!([]));
    assert_eq!(answer(on(&server, &["role", "show", "support", "--json"]))["scopes"], json!([]));
    let ended = run(on(&server, &["role", "remove", "support"]));
    assert_eq!(ended.stderr, "support is removed\n");
    ended.fine();
    for (words, why) in [
        (&["role", "show", "support"][..], "nothing with this id"),
        (&["role", "create", "empty"][..], "/name: there is a role with this name"),
        (&["role", "create", "Empty"][..], "/name: a role's name"),
        (&["role", "create", "x", "--scope", "keystead:admin"][..], "/scopes/0"),
        (&["role", "change", "empty"][..], "nothing to change"),
    ] {
        let stderr = run(on(&server, words)).failed();
        assert!(stderr.contains(why), "{words:?}: {stderr}");
    }
}

#[test]
fn keys_bear_roles_are_found_by_them_and_have_their_scopes() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    run(on(&server, &["role", "create", "support", "--scope", "tickets:*"])).fine();
    let create = ["key", "create", "--user", "maya", "--description", "x", "--expires", "1d"];
    let secret = run(on(&server, &[&create[..], &["--role", "support"]].concat())).fine();
    run(on(&server, &create)).fine();
    let found = answer(on(&server, &["key", "list", "--role", "support", "--json"]));
    assert_eq!((found.as_array().map(Vec::len), &found[0]["roles"]), (Some(1), &json!(["support"])));
    let id = found[0]["id"].as_str().expect("an id");
    let verify = |args: &[&str]| run_with(on(&server, &[&["key", "verify"], args].concat()), secret.trim_end()).stdout;
    assert!(verify(&["--scope", "tickets:read", "--any-scope", "x", "--any-scope", "tickets:y"]).starts_with("valid"));
    let lacks = verify(&["--scope", "z", "--any-scope", "x", "--any-scope", "y"]);
    assert!(lacks.starts_with("insufficient_scope") && lacks.contains('z') && lacks.contains('y'), "{lacks}");
    let stderr = run(on(&server, &["role", "remove", "support"])).failed();
    assert!(stderr.contains("take it from them first"), "{stderr}");
    let stderr = run(on(&server, &["key", "change", id, "--role", "none"])).failed();
    assert!(stderr.contains("/roles/0: there is no role with this name"), "{stderr}");
    let changed = answer(on(&server, &["key", "change", id, "--no-roles", "--json"]));
    assert_eq!(changed["roles"], json!([]));
    run(on(&server, &["role", "remove", "support"])).fine();
}
