//! `user set|suspend|activate|remove`, `team set|remove` and `team member`, on a running server.

use serde_json::Value;

use crate::binary::{Server, home, run};
use crate::owners::{cells, json, on};

fn made(server: &Server, words: &[&str]) -> String {
    run(on(server, words)).fine().trim_end().to_owned()
}

#[test]
fn a_user_is_changed_suspended_activated_and_removed_by_any_name() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let id = made(&server, &["user", "create", "--external-id", "maya", "--email", "maya@example.com"]);
    let shown = |words: &[&str]| -> Value { json(on(&server, &[words, &["--json"]].concat())) };
    let set = shown(&["user", "set", "maya", "--name", "Maya", "--no-email", "--grantable", "a:read"]);
    assert_eq!((&set["id"], &set["name"], &set["email"]), (&id.clone().into(), &"Maya".into(), &Value::Null));
    assert_eq!(set["scopes_grantable"], serde_json::json!(["a:read"]));
    assert_eq!(
        shown(&["user", "set", &id, "--no-grantable", "--role", "member"])["scopes_grantable"],
        serde_json::json!([])
    );
    assert_eq!(shown(&["user", "suspend", "maya"])["status"], "suspended");
    assert_eq!(shown(&["user", "activate", "maya"])["status"], "active");
    let stderr = run(on(&server, &["user", "set", "maya"])).failed();
    assert!(stderr.contains("nothing to change"), "{stderr}");
    let stderr = run(on(&server, &["user", "set", "maya", "--no-external-id"])).failed();
    assert!(stderr.contains("keep one of them"), "{stderr}");
    let ended = run(on(&server, &["user", "remove", "maya"]));
    assert!(ended.stderr.contains("the keys are revoked"), "{ended:?}");
    assert_eq!(ended.fine(), "", "talk is no data");
    run(on(&server, &["user", "show", &id])).failed();
}

#[test]
fn the_keys_of_a_removed_team_go_where_they_are_told_to() {
    let (_home, data) = home();
    let server = Server::start(&data);
    made(&server, &["team", "create", "--name", "Acme", "--external-id", "acme"]);
    let heir = made(&server, &["user", "create", "--external-id", "heir"]);
    let secret = made(&server, &["key", "create", "--team", "acme", "--description", "ci", "--expires", "never"]);
    assert_eq!(json(on(&server, &["team", "set", "acme", "--name", "Acme Ltd.", "--json"]))["name"], "Acme Ltd.");
    run(on(&server, &["team", "remove", "acme", "--keys-to-user", "heir"])).fine();
    assert_eq!(server.code_of(&secret), "valid");
    let keys = json(on(&server, &["key", "list", "--user", "heir", "--json"]));
    assert_eq!(keys[0]["owner"]["id"], heir);
    run(on(&server, &["user", "remove", "heir"])).fine();
    assert_eq!(server.code_of(&secret), "revoked");
}

#[test]
fn members_are_added_listed_and_removed_by_any_name() {
    let (_home, data) = home();
    let server = Server::start(&data);
    made(&server, &["team", "create", "--name", "Acme", "--external-id", "acme"]);
    let maya = made(&server, &["user", "create", "--external-id", "maya", "--email", "maya@example.com"]);
    let noor = made(&server, &["user", "create", "--external-id", "noor"]);
    let add = ["team", "member", "add", "acme", "maya@example.com", "--permission", "manage_api_keys", "--permission"];
    run(on(&server, &[&add[..], &["$read_members"]].concat())).fine();
    run(on(&server, &["team", "member", "add", "acme", "noor", "--admin"])).fine();
    let table = run(on(&server, &["team", "member", "list", "acme"])).fine();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(cells(lines[0]), ["USER", "NAME", "EMAIL", "STATUS", "ROLE", "PERMISSIONS"]);
    assert_eq!((cells(lines[1])[0], cells(lines[1])[4]), (&*noor, "admin"));
    assert_eq!(cells(lines[2])[4..], ["member", "$manage_api_keys $read_members"]);
    run(on(&server, &[&add[..], &["everything"]].concat())).failed();
    run(on(&server, &["team", "member", "remove", "acme", "noor"])).fine();
    let left = json(on(&server, &["team", "member", "list", "acme", "--json"]));
    assert_eq!((left.as_array().map(Vec::len), &left[0]["user_id"]), (Some(1), &maya.into()));
    run(on(&server, &["team", "member", "remove", "acme", "noor"])).failed();
}

#[test]
fn invite_prints_the_link_alone_and_says_until_when() {
    let (_home, data) = home();
    let server = Server::start(&data);
    made(&server, &["user", "create", "--email", "maya@example.com"]);
    let ended = run(on(&server, &["user", "invite", "maya@example.com", "--expires", "2h"]));
    assert!(ended.stderr.contains("works once, until 20"), "{ended:?}");
    let link = ended.fine();
    assert!(
        link.starts_with(&format!("{}/invitation#token=inv_", server.url())) && link.matches('\n').count() == 1,
        "{link}"
    );
    run(on(&server, &["user", "invite", "maya@example.com", "--expires", "soon"])).failed();
    let stderr = run(on(&server, &["user", "invite", "maya@example.com", "--expires", "31d"])).failed();
    assert!(stderr.contains("30 days"), "{stderr}");
}
