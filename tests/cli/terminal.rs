//! What somebody else wrote never reaches the terminal as a command to it: names, verdicts and failures are shown with control
//! characters taken out, even if the server that sent them is not to be trusted.

use serde_json::{Value, json};

use crate::binary::{Ended, keystead, run, run_with, unknown_key};
use crate::remote::answering;

/// Clears the screen, sets the title of the window in the 8-bit form, and turns what follows about.
const EVIL: &str = "\u{1b}[2J\u{202e}\u{2066}maya\u{9b}31m\u{7}\r\u{7f}";

fn against(body: &Value, words: &[&str]) -> Ended {
    let head = if body["success"] == true { "HTTP/1.1 200 OK" } else { "HTTP/1.1 400 Bad Request" };
    let url = answering(head, body.to_string());
    let mut command = keystead([]);
    command.args(words).args(["--url", &url]).env("KEYSTEAD_TOKEN", unknown_key("sk", "live"));
    run_with(command, "a key")
}

#[track_caller]
fn assert_harmless(ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        let turns = |c: char| ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
        let control = text.chars().find(|c| (c.is_control() && *c != '\n') || turns(*c));
        assert_eq!(control, None, "{ended:?}");
    }
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert!(all.contains("maya"), "the name itself is shown: {ended:?}");
}

fn owner() -> Value {
    json!({ "id": EVIL, "name": EVIL, "email": EVIL, "external_id": EVIL, "status": EVIL, "created_at": EVIL,
        "metadata": { EVIL: EVIL } })
}

fn key() -> Value {
    json!({ "id": EVIL, "name": EVIL, "prefix": EVIL, "last_four": EVIL, "owner": { "name": EVIL }, "status": EVIL,
        "expires_at": EVIL, "last_used": EVIL, "scopes": [EVIL], "secret": EVIL, "metadata": { EVIL: [EVIL] } })
}

#[test]
fn names_in_tables_cannot_speak_to_the_terminal() {
    for (words, one) in [(&["user", "list"][..], owner()), (&["team", "list"], owner()), (&["key", "list"], key())] {
        assert_harmless(&against(&json!({ "success": true, "data": [one] }), words));
    }
    for (words, one) in [(&["user", "show", "usr_1"][..], owner()), (&["key", "show", "key_1"], key())] {
        assert_harmless(&against(&json!({ "success": true, "data": one }), words));
    }
}

#[test]
fn what_create_and_verify_say_cannot_speak_to_the_terminal() {
    assert_harmless(&against(
        &json!({ "success": true, "data": owner() }),
        &["user", "create", "--external-id", "maya"],
    ));
    let create = ["key", "create", "--user", "usr_1", "--description", "x", "--expires", "1d"];
    assert_harmless(&against(&json!({ "success": true, "data": key() }), &create));
    let verdict = json!({ "valid": false, "code": EVIL, "owner": { "name": EVIL }, "key": { "name": EVIL }, "missing_scopes": [EVIL] });
    assert_harmless(&against(&json!({ "success": true, "data": verdict }), &["key", "verify"]));
}

#[test]
fn failures_cannot_speak_to_the_terminal() {
    let error = json!({ "code": EVIL, "message": EVIL, "field": EVIL, "request_id": EVIL });
    let ended = against(&json!({ "success": false, "error": error }), &["user", "list"]);
    assert_eq!(ended.code, Some(2));
    assert_harmless(&ended);
}

#[test]
fn json_stays_json_and_cannot_speak_to_the_terminal_either() {
    let ended = against(&json!({ "success": true, "data": [owner()] }), &["user", "list", "--json"]);
    assert_harmless(&ended);
    let again: Value = serde_json::from_str(&ended.fine()).expect("JSON");
    assert_eq!(again, json!([owner()]), "and nothing is lost");
}

#[test]
fn what_was_typed_is_not_repeated_raw() {
    for words in [vec!["key", "revoke", EVIL], vec!["config", "check", "--config", EVIL]] {
        let mut command = keystead([]);
        command
            .args(words)
            .env("KEYSTEAD_TOKEN", unknown_key("sk", "live"))
            .env("KEYSTEAD_URL", answering("HTTP/1.1 200 OK", "{\"success\": true}".into()));
        assert_harmless(&run(command));
    }
}
