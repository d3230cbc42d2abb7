//! Idempotency-Key: a request that comes twice is done once. The record commits with what the request made, so there is no moment at which
//! one is there without the other; and no record holds a secret.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, START, time};
use crate::world::keys_of;

const DAY: i64 = 86_400_000;

fn send(kit: &Kit, caller: &str, name: &str, path: &str, body: &Value) -> Answer {
    kit.call(Call::new("POST", path).bearer(caller).header("Idempotency-Key", name).json(body))
}

fn new_key() -> Value {
    json!({ "description": "a key", "expires_at": null })
}

/// A repeated request for a secret: refused with the id of what the first made, and nothing of the secret.
#[track_caller]
fn names(answer: Answer, made: &Answer) {
    let answer = answer.fails(409, "conflict");
    assert!(answer.text.contains(made.str("/data/id")), "{}", answer.text);
    assert!(!answer.text.contains(made.str("/data/secret")) && answer.json["data"].is_null(), "{}", answer.text);
}

#[test]
fn the_same_request_again_gets_the_same_answer_and_makes_nothing() {
    let kit = Kit::start();
    for (path, body) in [
        ("/v1/users", json!({ "external_id": "maya", "email": "maya@example.com", "metadata": { "a": 1 } })),
        ("/v1/teams", json!({ "name": "Acme" })),
    ] {
        let first = send(&kit, &kit.admin, "one", path, &body).expect(201);
        let events = kit.events();
        kit.clock.advance_ms(DAY / 3);
        let again = send(&kit, &kit.admin, "one", path, &body).expect(201);
        assert_eq!((&again.json, again.header("etag")), (&first.json, first.header("etag")));
        assert_eq!(kit.events(), events);
        assert_eq!(kit.ids(&kit.admin, path).len(), 1);
        kit.clock.advance_ms(DAY);
    }
}

#[test]
fn a_repeated_request_for_a_secret_is_told_the_id_and_never_the_secret() {
    let kit = Kit::start();
    let owners = [kit.user("maya"), kit.team("Acme")];
    for owner in &owners {
        let first = send(&kit, &kit.admin, owner, &keys_of(owner), &new_key()).expect(201);
        names(send(&kit, &kit.admin, owner, &keys_of(owner), &new_key()), &first);
        assert_eq!(kit.ids(&kit.admin, &keys_of(owner)).len(), 1);
        let rotate = format!("/v1/api-keys/{}/rotate", first.str("/data/id"));
        let rotated = send(&kit, &kit.admin, &format!("r {owner}"), &rotate, &json!({ "grace_s": 60 })).expect(200);
        let events = kit.events();
        names(send(&kit, &kit.admin, &format!("r {owner}"), &rotate, &json!({ "grace_s": 60 })), &rotated);
        assert_eq!(kit.events(), events);
        assert_eq!(kit.code(rotated.str("/data/secret")), "valid", "a retry does not kill the secret in production");
    }
    let kept = kit.number("SELECT COUNT(*) FROM once WHERE answer IS NOT NULL OR instr(subject, 'key_') <> 1");
    assert_eq!(kept, 0, "only ids are kept of what has a secret");
}

#[test]
fn another_body_or_another_route_under_the_same_name_is_refused() {
    let kit = Kit::start();
    let (maya, noor) = (kit.user("maya"), kit.user("noor"));
    send(&kit, &kit.admin, "one", "/v1/teams", &json!({ "name": "Acme" })).expect(201);
    let key = send(&kit, &kit.admin, "two", &keys_of(&maya), &new_key()).expect(201);
    let events = kit.events();
    let rotate = format!("/v1/api-keys/{}/rotate", key.str("/data/id"));
    for (name, path, body) in [
        ("one", "/v1/teams", json!({ "name": "Acme2" })),
        ("one", "/v1/teams", json!({ "name": "Acme", "metadata": {} })),
        ("one", "/v1/users", json!({ "name": "Acme" })),
        ("one", &keys_of(&maya), new_key()),
        ("two", &keys_of(&noor), new_key()),
        ("two", &rotate, json!({})),
        ("two", "/v1/teams", json!({ "name": "Acme" })),
    ] {
        let refused = send(&kit, &kit.admin, name, path, &body).expect(422);
        // What is wrong with the body itself is told first, and is 422 as well.
        let told = refused.text.contains("Idempotency-Key") || path == "/v1/users";
        assert!(told, "{path}: {}", refused.text);
    }
    assert_eq!(kit.events(), events, "and nothing is made");
    // The same JSON in another spelling is another request: what is compared are bytes.
    let spaced = Call::new("POST", "/v1/teams").bearer(&kit.admin).header("Idempotency-Key", "one");
    kit.call(spaced.header("Content-Type", "application/json").body("{ \"name\": \"Acme\" }")).expect(422);
}

#[test]
fn a_name_is_of_its_caller_alone() {
    let kit = Kit::start();
    let body = json!({ "name": "Acme" });
    let mut made = vec![send(&kit, &kit.admin, "one", "/v1/teams", &body).expect(201)];
    let other = kit.backend(&["keystead:people:write", "keystead:keys:write"]).secret;
    made.push(send(&kit, &other, "one", "/v1/teams", &body).expect(201));
    let admin = kit.user("an admin");
    kit.run("UPDATE users SET role = 'admin' WHERE id = $1", vec![admin.clone()]);
    made.push(send(&kit, &kit.session(&admin), "one", "/v1/teams", &body).expect(201));
    assert_eq!(kit.ids(&kit.admin, "/v1/teams").len(), 3);
    // A person is the same caller in each of their sessions.
    let again = send(&kit, &kit.session(&admin), "one", "/v1/teams", &body).expect(201);
    assert_eq!(again.json, made[2].json);
}

#[test]
fn a_caller_who_may_no_longer_ask_is_refused_before_anything_is_repeated() {
    let kit = Kit::start();
    let user = kit.user_granting("maya", &["own:keys:write"]);
    let caller = kit.key(&user, json!({ "scopes": ["own:keys:write"] }));
    let made = send(&kit, &caller.secret, "one", &keys_of(&user), &new_key()).expect(201);
    names(send(&kit, &caller.secret, "one", &keys_of(&user), &new_key()), &made);
    kit.patch(&kit.admin, &format!("/v1/api-keys/{}", caller.id), &json!({ "scopes": [] })).expect(200);
    let refused = send(&kit, &caller.secret, "one", &keys_of(&user), &new_key()).fails(403, "forbidden");
    assert!(!refused.text.contains(made.str("/data/id")));
}

#[test]
fn a_name_counts_for_a_day_and_then_anew() {
    let kit = Kit::start();
    let body = json!({ "name": "Acme" });
    let first = send(&kit, &kit.admin, "one", "/v1/teams", &body).expect(201);
    kit.clock.advance_ms(DAY - 1);
    assert_eq!(send(&kit, &kit.admin, "one", "/v1/teams", &body).expect(201).json, first.json);
    kit.tidy();
    assert_eq!(send(&kit, &kit.admin, "one", "/v1/teams", &body).expect(201).json, first.json);
    kit.clock.advance_ms(1);
    let second = send(&kit, &kit.admin, "one", "/v1/teams", &body).expect(201);
    assert_ne!(second.json, first.json, "with the old record still there");
    kit.clock.advance_ms(DAY);
    kit.tidy();
    send(&kit, &kit.admin, "one", "/v1/teams", &json!({ "name": "another" })).expect(201);
}

#[test]
fn a_request_that_failed_leaves_no_record_and_may_come_again() {
    let kit = Kit::start();
    let body = json!({ "external_id": "maya" });
    let first = kit.user("maya");
    send(&kit, &kit.admin, "one", "/v1/users", &body).fails(409, "conflict");
    kit.run("UPDATE owners SET external_id = NULL WHERE id = $1", vec![first]);
    send(&kit, &kit.admin, "one", "/v1/users", &body).expect(201);
    let owner = kit.user("noor");
    send(&kit, &kit.admin, "two", &keys_of(&owner), &json!({ "description": "", "expires_at": null })).expect(422);
    send(&kit, &kit.admin, "two", &keys_of(&owner), &new_key()).expect(201);
}

#[test]
fn an_expiry_that_has_passed_meanwhile_does_not_hide_that_the_key_was_made() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let body = json!({ "description": "short", "expires_at": time(START + 1_000) });
    let made = send(&kit, &kit.admin, "one", &keys_of(&owner), &body).expect(201);
    kit.clock.advance_ms(2_000);
    names(send(&kit, &kit.admin, "one", &keys_of(&owner), &body), &made);
    send(&kit, &kit.admin, "two", &keys_of(&owner), &body).fails(422, "unprocessable").at("/expires_at");
}

#[test]
fn a_name_is_1_to_255_visible_characters_once_and_no_key() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let body = json!({ "name": "Acme" });
    let long = "n".repeat(256);
    for name in ["", "  ", "\u{e4}", &long, &key.secret] {
        send(&kit, &kit.admin, name, "/v1/teams", &body).fails(400, "invalid");
    }
    let twice = Call::new("POST", "/v1/teams").bearer(&kit.admin).json(&body);
    kit.call(twice.header("Idempotency-Key", "a").header("Idempotency-Key", "a")).fails(400, "invalid");
    assert_eq!(kit.number("SELECT COUNT(*) FROM once"), 0);
    send(&kit, &kit.admin, &long[..255], "/v1/teams", &body).expect(201);
    send(&kit, &kit.admin, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "/v1/teams", &body).expect(201);
}

#[test]
fn of_two_requests_at_once_under_one_name_one_makes_a_key() {
    let kit = Kit::with(&[("http.workers", "2")]);
    let owner = kit.user("maya");
    for round in 0..20 {
        let (name, start) = (format!("round {round}"), Barrier::new(2));
        let one = || {
            start.wait();
            send(&kit, &kit.admin, &name, &keys_of(&owner), &new_key())
        };
        let (first, second) = std::thread::scope(|scope| {
            let other = scope.spawn(one);
            (one(), other.join().expect("no panic"))
        });
        let (made, refused) = if first.status == 201 { (first, second) } else { (second, first) };
        names(refused, &made.expect(201));
    }
    assert_eq!(kit.ids(&kit.admin, &format!("{}?limit=200", keys_of(&owner))).len(), 20);
}

#[test]
fn a_restart_forgets_no_name() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let made = send(&kit, &kit.admin, "one", &keys_of(&owner), &new_key()).expect(201);
    let kit = kit.restarted();
    names(send(&kit, &kit.admin, "one", &keys_of(&owner), &new_key()), &made);
}

#[test]
fn a_route_that_makes_something_takes_a_name_and_says_so() {
    let kit = Kit::start();
    let document = kit.get(crate::kit::NOBODY, "/openapi.json").expect(200).json;
    // PUT is idempotent by itself.
    for entry in keystead::http::routes().iter().filter(|entry| entry.method == "POST") {
        let operation = &document["paths"][entry.path][entry.method.as_str().to_lowercase()];
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let named = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        // What gives a new secret, or adds to a balance, is done once, too.
        let again = ["/rotate", "/credits"].iter().any(|end| entry.path.ends_with(end));
        let makes = operation["responses"].get("201").is_some() || again;
        assert_eq!(named, makes && entry.access.credential(), "{entry:?}");
    }
}
