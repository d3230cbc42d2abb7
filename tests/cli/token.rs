//! `keystead admin token`: one backend key on stdout and nothing else there,
//! whether a server runs or not.

use serde_json::Value;

use crate::binary::{Server, admin_token, call, home, run};

const DAY_MS: i64 = 86_400_000;

fn me(server: &Server, token: &str) -> Value {
    let answer = call("GET", &format!("{}/v1/me", server.url()), Some(token), None).expect("the server answers");
    answer.data().clone()
}

/// The key of `GET /v1/me`, found in the list of all keys.
fn row(server: &Server, token: &str) -> Value {
    let id = me(server, token).pointer("/key/id").expect("me names the key").clone();
    let keys = server.get("/v1/api-keys?limit=200");
    keys.data().as_array().expect("a list").iter().find(|key| key["id"] == id).expect("the key is listed").clone()
}

#[track_caller]
fn only_line(stdout: &str) -> &str {
    assert_eq!(stdout.matches('\n').count(), 1, "{stdout:?}");
    stdout.strip_suffix('\n').expect("a whole line")
}

#[test]
fn a_token_is_the_only_line_on_stdout_and_stderr_is_silent() {
    let (_home, data) = home();
    let before = run(admin_token(&data, &[]));
    assert_eq!(before.stderr, "");
    let server = Server::start(&data);
    let while_running = run(admin_token(&data, &[]));
    assert_eq!(while_running.stderr, "");
    for stdout in [before.fine(), while_running.fine()] {
        let token = only_line(&stdout);
        assert!(token.starts_with(concat!("sk_", "live_")) && token.len() == 57, "a secret live key");
        assert_eq!(server.code_of(token), "valid", "the running server knows it at once");
    }
}

#[test]
fn a_token_expires_after_90_days_unless_told_otherwise() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let lifetime = |key: &Value| {
        let ms =
            |field: &str| keystead::base::Timestamp::parse(key[field].as_str().expect("a time")).expect("RFC 3339").0;
        ms("expires_at") - ms("created_at")
    };
    let token = |args: &[&str]| run(admin_token(&data, args)).fine().trim().to_owned();
    let drift = 60_000;
    assert!((lifetime(&row(&server, &token(&[]))) - 90 * DAY_MS).abs() < drift);
    assert!((lifetime(&row(&server, &token(&["--expires", "2d"]))) - 2 * DAY_MS).abs() < drift);
    let on = row(&server, &token(&["--expires", "2999-01-31"]));
    assert_eq!(on["expires_at"], "2999-01-31T00:00:00.000Z");
    let never = row(&server, &token(&["--expires", "never"]));
    assert_eq!(never["expires_at"], Value::Null);
}

#[test]
fn a_token_has_the_scopes_the_environment_and_the_name_it_was_given() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let args = ["--scope", "keystead:verify", "--scope", "keystead:audit", "--name", "shop backend"];
    let stdout = run(admin_token(&data, &args)).fine();
    let key = row(&server, only_line(&stdout));
    assert_eq!(key["scopes"], serde_json::json!(["keystead:audit", "keystead:verify"]));
    assert_eq!((&key["name"], &key["environment"]), (&"shop backend".into(), &"live".into()));
    assert_eq!(key["owner"]["type"], "instance");

    let default = row(&server, run(admin_token(&data, &[])).fine().trim());
    assert_eq!(default["scopes"], serde_json::json!(["keystead:admin"]));

    let stdout = run(admin_token(&data, &["--environment", "test"])).fine();
    assert!(only_line(&stdout).starts_with(concat!("sk_", "test_")));
}

#[test]
fn a_token_made_at_the_machine_is_recorded_with_the_user_who_made_it() {
    let (_home, data) = home();
    run(admin_token(&data, &["--name", "without a server"])).fine();
    let server = Server::start(&data);
    run(admin_token(&data, &["--name", "with a server"])).fine();
    let uid = rustix::process::getuid().as_raw();
    let events = server.get("/v1/audit-events?action=key.created");
    let made: Vec<(&Value, &Value)> = events
        .data()
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| (&event["actor"], &event["details"]["name"]))
        .collect();
    let actor = Value::from(format!("cli:{uid}"));
    for name in ["without a server", "with a server"] {
        assert!(made.contains(&(&actor, &name.into())), "{made:?}");
    }
}

#[test]
fn a_value_that_cannot_be_is_refused_with_what_to_write_instead() {
    let (_home, data) = home();
    for (args, remedy) in [
        (["--expires", "tomorrow"], "90d"),
        (["--expires", "2001-01-31"], "later"),
        (["--expires", "0d"], "later"),
        (["--environment", "prod"], "live or test"),
        (["--scope", "invoices:read"], "keystead: scopes"),
        (["--scope", "keystead:everything"], "no such scope"),
        (["--name", ""], "empty"),
        (["--name", "two\nlines"], "control characters"),
    ] {
        let stderr = run(admin_token(&data, &args)).failed();
        assert!(stderr.contains(remedy), "{args:?}: {stderr}");
    }
    let server = Server::start(&data);
    let stderr = run(admin_token(&data, &["--scope", "keystead:everything"])).failed();
    assert!(stderr.contains("no such scope"), "the server's own words come through: {stderr}");
    let keys = server.get("/v1/api-keys");
    assert_eq!(keys.data().as_array().map(Vec::len), Some(1), "the refused ones left nothing but the test's own token");
}
