//! `key create|change --credits`, `key credits add`, `key verify --cost`: the same words as the API's, and what is left told to people.

use serde_json::{Value, json};

use crate::binary::{Ended, Server, home, run, run_with};
use crate::owners::{json as shown, on};

fn verify(server: &Server, secret: &str, args: &[&str]) -> (Option<i32>, String) {
    let ended: Ended = run_with(on(server, &[&["key", "verify"], args].concat()), secret);
    (ended.code, ended.stdout)
}

#[test]
fn credits_are_given_spent_added_to_and_taken_off() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    let words = ["key", "create", "--user", "maya", "--description", "laptop", "--expires", "never", "--json"];
    let with = |more: &[&str]| shown(on(&server, &[&words[..], more].concat()));
    let key = with(&["--credits", "10", "--refill", "1000/month@31"]);
    let refill = json!({ "amount": 1000, "every": "month", "day": 31 });
    assert_eq!(key["credits"], json!({ "remaining": 10, "refill": refill }));
    assert_eq!(with(&[])["credits"], Value::Null);
    let (id, secret) = (key["id"].as_str().expect("an id"), key["secret"].as_str().expect("a secret"));

    assert_eq!(verify(&server, secret, &["--cost", "4"]), (Some(0), "valid  maya · laptop · 6 credits left\n".into()));
    assert_eq!(verify(&server, secret, &["--cost", "0"]), (Some(0), "valid  maya · laptop · 6 credits left\n".into()));
    assert_eq!(verify(&server, secret, &[]), (Some(0), "valid  maya · laptop · 5 credits left\n".into()));
    let refused = (Some(1), "credits_exhausted  maya · laptop · 5 credits left\n".into());
    assert_eq!(verify(&server, secret, &["--cost", "6"]), refused);

    let added = run(on(&server, &["key", "credits", "add", id, "20"]));
    assert_eq!((added.code, added.stderr.as_str()), (Some(0), &*format!("{id} has 25 credits\n")));
    let added = shown(on(&server, &["key", "credits", "add", id, "-5", "--json"]));
    assert_eq!(added, json!({ "remaining": 20, "refill": refill }));

    let change = |more: &[&str]| shown(on(&server, &[&["key", "change", id, "--json"], more].concat()));
    assert_eq!(change(&["--description", "desk"])["credits"]["remaining"], 20);
    assert_eq!(
        change(&["--credits", "7", "--refill", "7/day"])["credits"]["refill"],
        json!({ "amount": 7, "every": "day" })
    );
    assert_eq!(change(&["--credits", "3"])["credits"], json!({ "remaining": 3, "refill": null }));
    assert_eq!(change(&["--no-credits"])["credits"], Value::Null);
    assert_eq!(verify(&server, secret, &[]), (Some(0), "valid  maya · desk\n".into()));
    let rotated = shown(on(&server, &["key", "rotate", id, "--credits", "9", "--json"]));
    assert_eq!(rotated["credits"]["remaining"], 9);
    for (words, why) in [
        (&["key", "credits", "add", id, "-10"][..], "below 0"),
        (&["key", "credits", "add", id, "many"], "invalid value"),
        (&["key", "change", id], "--help"),
        (&["key", "change", id, "--refill", "5/day"], "--credits"),
        (&["key", "change", id, "--credits", "5", "--refill", "5/week"], "1000/month@15"),
        (&["key", "change", id, "--credits", "5", "--refill", "5/month@32"], "/credits/refill/day"),
        (&["key", "change", id, "--credits", "5", "--no-credits"], "cannot be used with"),
        (&["key", "change", id, "--credits=-5"], "--credits"),
    ] {
        let stderr = run(on(&server, words)).failed();
        assert!(stderr.contains(why), "{words:?}: {stderr}");
    }
}

#[test]
fn what_is_not_given_to_a_change_stays() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    let create =
        ["key", "create", "--user", "maya", "--description", "a", "--expires", "9d", "--scope", "a:read", "--json"];
    let key = shown(on(&server, &create));
    let id = key["id"].as_str().expect("an id");
    let change = |more: &[&str]| shown(on(&server, &[&["key", "change", id, "--json"], more].concat()));
    let changed = change(&["--description", "b"]);
    assert_eq!(
        (&changed["name"], &changed["scopes"], &changed["expires_at"]),
        (&"b".into(), &key["scopes"], &key["expires_at"])
    );
    assert_eq!(change(&["--expires", "never"])["expires_at"], Value::Null);
    assert_eq!(change(&["--scope", "b:read", "--scope", "c:read"])["scopes"], json!(["b:read", "c:read"]));
    assert_eq!(change(&["--no-scopes"])["scopes"], json!([]));
    let table = run(on(&server, &["key", "change", id, "--description", "c"])).fine();
    assert!(table.lines().any(|line| line.split_whitespace().collect::<Vec<_>>() == ["name", "c"]), "{table}");
}
