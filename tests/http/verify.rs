//! `POST /v1/api-keys/verify`: every verdict, when a change takes effect, and what a use leaves behind.

use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::{Kit, NOBODY, START, stranger, time};
use crate::world::Issued;

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

#[test]
fn a_good_key_is_valid_and_comes_with_key_and_owner() {
    let kit = Kit::start();
    for owner in [kit.user("maya"), kit.team("Acme")] {
        let key = kit.key(
            &owner,
            json!({ "scopes": ["b:read", "a:read"], "expires_at": time(START + 10), "metadata": { "n": 1 } }),
        );
        let said = kit.verify(&key.secret);
        assert_eq!((&said["valid"], &said["code"]), (&json!(true), &json!("valid")));
        for field in ["id", "name", "environment", "is_public", "prefix", "last_four", "status", "expires_at", "scopes"]
        {
            assert_eq!(said["key"][field], key.data[field], "{field}");
        }
        assert_eq!(said["owner"], key.data["owner"]);
        assert_eq!((&said["missing_scopes"], &said["revoked_reason"]), (&json!([]), &Value::Null));
    }
}

#[test]
fn a_malformed_or_unknown_key_is_data_without_a_key() {
    let kit = Kit::start();
    let mut broken = stranger("sk_live_");
    broken.pop();
    let padded = format!(" {}", stranger("sk_live_"));
    for (key, code) in [
        (broken.as_str(), "malformed"),
        ("", "malformed"),
        ("hello", "malformed"),
        ("\u{0}", "malformed"),
        (&padded, "malformed"),
        (&"x".repeat(100_000), "malformed"),
        (&stranger("acme_sk_live_"), "malformed"),
        (&stranger("sk_live_"), "not_found"),
        (&stranger("pk_test_"), "not_found"),
    ] {
        let said = kit.verify(key);
        assert_eq!((&said["valid"], &said["code"]), (&json!(false), &json!(code)));
        assert_eq!((&said["key"], &said["owner"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn a_revoked_key_fails_on_the_next_call() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    assert_eq!(kit.code(&key.secret), "valid");
    kit.delete(&kit.admin, &path(&key)).expect(200);
    let said = kit.verify(&key.secret);
    assert_eq!((&said["valid"], &said["code"]), (&json!(false), &json!("revoked")));
    assert_eq!((&said["revoked_reason"], &said["key"]["status"]), (&json!("manual"), &json!("revoked")));
    kit.get(&key.secret, "/v1/me").fails(401, "unauthenticated");
}

#[test]
fn a_disabled_key_fails_until_it_is_switched_on_again() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    kit.patch(&kit.admin, &path(&key), &json!({ "enabled": false })).expect(200);
    assert_eq!(
        (kit.code(&key.secret).as_str(), &kit.verify(&key.secret)["key"]["status"]),
        ("disabled", &json!("disabled"))
    );
    kit.get(&key.secret, "/v1/me").fails(401, "unauthenticated");
    kit.patch(&kit.admin, &path(&key), &json!({ "enabled": true })).expect(200);
    assert_eq!(kit.code(&key.secret), "valid");
}

#[test]
fn a_suspended_user_has_all_keys_off_and_on_again() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let keys = [kit.key(&owner, json!({})), kit.key(&owner, json!({ "environment": "test" }))];
    let other = kit.key(&kit.user("other"), json!({}));
    kit.suspend(&owner);
    for key in &keys {
        let asked = json!({ "key": key.secret, "environment": "any" });
        assert_eq!(kit.verify_as(&kit.admin, asked)["code"], "disabled");
        kit.get(&key.secret, "/v1/me").fails(401, "unauthenticated");
    }
    let made = kit.key(&owner, json!({}));
    assert_eq!((kit.code(&made.secret), kit.code(&other.secret)), ("disabled".into(), "valid".into()));
    let at = format!("/v1/users/{owner}");
    assert_eq!(kit.get(&kit.admin, &at).expect(200).str("/data/status"), "suspended");
    kit.patch(&kit.admin, &at, &json!({ "status": "active", "name": "Maya B." })).expect(200);
    let verdict = kit.verify(&keys[0].secret);
    assert_eq!((&verdict["code"], &verdict["owner"]["name"]), (&json!("valid"), &json!("Maya B.")));
    kit.patch(&kit.admin, &at, &json!({ "status": "invited" })).fails(400, "invalid").at("/status");
    kit.patch(&kit.admin, &at, &json!({ "name": "" })).fails(422, "unprocessable").at("/name");
    let event = kit.get(&kit.admin, "/v1/audit-events?action=user.changed").expect(200).json["data"][0].clone();
    assert_eq!(event["details"]["status"], json!({ "before": "suspended", "after": "active" }));
}

#[test]
fn a_key_is_valid_to_the_millisecond_of_its_expiry() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "expires_at": time(START + 5_000) }));
    kit.clock.advance_ms(5_000);
    assert_eq!(kit.code(&key.secret), "valid");
    kit.get(&key.secret, "/v1/me").expect(200);
    kit.clock.advance_ms(1);
    let said = kit.verify(&key.secret);
    assert_eq!((&said["code"], &said["key"]["status"]), (&json!("expired"), &json!("expired")));
    kit.get(&key.secret, "/v1/me").fails(401, "unauthenticated");
    kit.patch(&kit.admin, &path(&key), &json!({ "expires_at": null })).expect(200);
    assert_eq!(kit.code(&key.secret), "valid", "an expired key lives on with a later expiry");
}

#[test]
fn a_key_of_the_other_environment_is_refused_unless_any_is_asked() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let (live, test) = (kit.key(&owner, json!({})), kit.key(&owner, json!({ "environment": "test" })));
    for (asked, of_live, of_test) in [
        (None, "valid", "wrong_environment"),
        (Some("live"), "valid", "wrong_environment"),
        (Some("test"), "wrong_environment", "valid"),
        (Some("any"), "valid", "valid"),
    ] {
        for (key, code) in [(&live, of_live), (&test, of_test)] {
            let ask = match asked {
                None => json!({ "key": key.secret }),
                Some(asked) => json!({ "key": key.secret, "environment": asked }),
            };
            let said = kit.verify_as(&kit.admin, ask);
            assert_eq!(said["code"], code, "{asked:?}");
            assert_eq!(said["key"]["id"], key.id, "only malformed and unknown keys come without data");
        }
    }
}

#[test]
fn missing_scopes_are_named_and_no_wildcard_exists() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "scopes": ["a:read", "c:read"] }));
    let said = kit.verify_as(&kit.admin, json!({ "key": key.secret, "scopes": ["b:read", "a:read", "d:read"] }));
    assert_eq!(said["code"], "insufficient_scope");
    assert_eq!(said["missing_scopes"], json!(["b:read", "d:read"]));
    let said = kit.verify_as(&kit.admin, json!({ "key": key.secret, "scopes": ["c:read", "a:read"] }));
    assert_eq!((&said["code"], &said["missing_scopes"]), (&json!("valid"), &json!([])));
    let admin = kit.verify_as(&kit.admin, json!({ "key": kit.admin, "scopes": ["a:read"] }));
    assert_eq!(admin["code"], "insufficient_scope", "an admin's key has no scopes of applications");
}

#[test]
fn the_caller_is_judged_before_the_key() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let good = kit.key(&owner, json!({}));
    let reader = kit.backend(&["keystead:keys:read"]);
    let test = kit.key(&owner, json!({ "environment": "test" }));
    let mut forbidden = Vec::new();
    for key in [good.secret.as_str(), "malformed", &stranger("sk_live_")] {
        let body = json!({ "key": key });
        kit.post(NOBODY, "/v1/api-keys/verify", &body).fails(401, "unauthenticated");
        kit.post(&stranger("sk_live_"), "/v1/api-keys/verify", &body).fails(401, "unauthenticated");
        for caller in [&good.secret, &reader.secret, &test.secret] {
            let answer = kit.post(caller, "/v1/api-keys/verify", &body).fails(403, "forbidden");
            let challenge = answer.header("www-authenticate").expect("a challenge");
            assert!(
                challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"keystead:verify\"")
            );
            forbidden.push(answer.str("/error/message").to_owned());
        }
    }
    assert_eq!((&forbidden[..3], &forbidden[..3]), (&forbidden[3..6], &forbidden[6..]), "the same, whatever the key");
    kit.call(Call::new("GET", "/v1/api-keys/verify").bearer(&kit.admin)).fails(405, "method_not_allowed");
}

#[test]
fn a_change_is_in_force_for_the_next_verification() {
    let kit = Kit::start();
    let key = kit.key(&kit.team("Acme"), json!({ "scopes": ["a:read"] }));
    let ask = json!({ "key": key.secret, "scopes": ["b:read"] });
    assert_eq!(kit.verify_as(&kit.admin, ask.clone())["code"], "insufficient_scope");
    kit.patch(&kit.admin, &path(&key), &json!({ "scopes": ["b:read"] })).expect(200);
    assert_eq!(kit.verify_as(&kit.admin, ask)["code"], "valid");
    kit.patch(&kit.admin, &path(&key), &json!({ "expires_at": time(START + 1) })).expect(200);
    kit.clock.advance_ms(2);
    assert_eq!(kit.code(&key.secret), "expired");
}

#[test]
fn a_use_shows_at_once_and_is_on_disk_after_the_next_flush() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let last_used = || kit.get(&kit.admin, &path(&key)).expect(200).json["data"]["last_used"].clone();
    let on_disk = || kit.number("SELECT COUNT(*) FROM keys WHERE last_used_at IS NOT NULL AND name = 'a key'");
    assert_eq!(last_used(), Value::Null);
    kit.clock.advance_ms(1_000);
    kit.code(&key.secret);
    assert_eq!((last_used(), on_disk()), (json!(time(START + 1_000)), 0), "no write for a verification");
    kit.flush();
    assert_eq!((last_used(), on_disk()), (json!(time(START + 1_000)), 1));
    kit.clock.advance_ms(60_000);
    kit.code(&key.secret);
    kit.flush();
    assert_eq!(last_used(), json!(time(START + 61_000)), "true to a minute");
    kit.clock.advance_ms(120_000);
    kit.verify_as(&kit.admin, json!({ "key": key.secret, "scopes": ["none:such"] }));
    assert_eq!(last_used(), json!(time(START + 61_000)), "a refused key was not used");
}

#[test]
fn a_test_keys_use_is_never_written_to_disk() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "environment": "test" }));
    kit.verify_as(&kit.admin, json!({ "key": key.secret, "environment": "any" }));
    kit.get(&key.secret, "/v1/me").expect(200);
    kit.flush();
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE last_used_at IS NOT NULL AND environment = 'test'"), 0);
    assert_eq!(kit.get(&kit.admin, &path(&key)).expect(200).str("/data/last_used"), time(START), "memory knows it");
}
