//! Rotation in place: the key stays the same thing, its secret changes, and the former one lives as long as it was given and no longer.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::kit::{Kit, START, time};
use crate::world::Issued;

const DAY_S: i64 = 86_400;

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn rotate(kit: &Kit, caller: &str, key: &Issued, body: Value) -> Answer {
    kit.post(caller, &format!("{}/rotate", path(key)), &body)
}

fn secret(answer: &Answer) -> String {
    answer.str("/data/secret").to_owned()
}

#[test]
fn a_rotated_key_is_the_same_key_with_a_new_secret() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "scopes": ["a:read"], "description": "checkout" }));
    kit.clock.advance_ms(5_000);
    let answer = rotate(&kit, &kit.admin, &key, json!({})).expect(200);
    let new = secret(&answer);
    for same in ["id", "name", "owner", "scopes", "created_at", "expires_at", "created_by", "environment"] {
        assert_eq!(answer.json["data"][same], key.data[same], "{same}");
    }
    assert_ne!(new, key.secret);
    assert_eq!(answer.str("/data/secret_created_at"), time(START + 5_000));
    assert!(new.ends_with(answer.str("/data/last_four")));
    assert_eq!(
        answer.json["data"]["previous_secret"],
        Value::Null,
        "without a grace there is no former secret to speak of"
    );
    assert_eq!(kit.code(&new), "valid");
    let old = kit.verify(&key.secret);
    assert_eq!((&old["code"], &old["revoked_reason"]), (&json!("revoked"), &json!("rotated")));
    assert_eq!(old["key"]["id"], key.id, "a former secret still tells whose it was");
    kit.get(&key.secret, "/v1/me").fails(401, "unauthenticated");
}

#[test]
fn a_former_secret_lives_to_the_end_of_its_grace_and_manages_nothing() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write"]);
    let key = kit.key(&owner, json!({ "scopes": ["own:keys:write"] }));
    let answer = rotate(&kit, &kit.admin, &key, json!({ "grace_s": DAY_S })).expect(200);
    let new = secret(&answer);
    let previous = &answer.json["data"]["previous_secret"];
    assert!(key.secret.ends_with(previous["last_four"].as_str().expect("text")));
    assert_eq!((&previous["valid_until"], &previous["last_used"]), (&json!(time(START + DAY_S * 1000)), &Value::Null));

    kit.clock.advance_ms(1_000);
    assert_eq!((kit.code(&key.secret), kit.code(&new)), ("valid".into(), "valid".into()));
    let shown = kit.get(&kit.admin, &path(&key)).expect(200).json;
    assert_eq!(shown["data"]["previous_secret"]["last_used"], time(START + 1_000), "each secret has its own last use");
    kit.flush();
    let shown = kit.get(&kit.admin, &path(&key)).expect(200).json;
    assert_eq!(shown["data"]["previous_secret"]["last_used"], time(START + 1_000));
    assert_eq!(shown["data"]["last_used"], time(START + 1_000));

    kit.get(&key.secret, "/v1/me").expect(200);
    kit.get(&key.secret, &path(&key)).fails(403, "forbidden");
    kit.patch(&key.secret, &path(&key), &json!({ "name": "n" })).fails(403, "forbidden");
    kit.delete(&key.secret, &path(&key)).fails(403, "forbidden");
    kit.try_key(&key.secret, &owner, json!({})).fails(403, "forbidden");
    rotate(&kit, &key.secret, &key, json!({ "end_previous": true })).fails(403, "forbidden");
    kit.patch(&new, &path(&key), &json!({ "name": "n" })).expect(200);

    kit.clock.advance_ms(DAY_S * 1000 - 1_001);
    assert_eq!(kit.code(&key.secret), "valid", "to the last millisecond");
    kit.clock.advance_ms(1);
    assert_eq!((kit.code(&key.secret), kit.code(&new)), ("revoked".into(), "valid".into()));
    assert_eq!(kit.get(&kit.admin, &path(&key)).expect(200).json["data"]["previous_secret"], Value::Null);
}

#[test]
fn a_use_before_the_rotation_is_no_use_of_the_new_secret() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    assert_eq!(kit.code(&key.secret), "valid");
    kit.clock.advance_ms(10);
    let answer = rotate(&kit, &kit.admin, &key, json!({})).expect(200);
    assert_eq!(answer.json["data"]["last_used"], Value::Null);
    kit.flush();
    assert_eq!(kit.get(&kit.admin, &path(&key)).expect(200).json["data"]["last_used"], Value::Null);
}

#[test]
fn a_backend_that_is_being_rotated_goes_on_verifying() {
    let kit = Kit::start();
    let backend = kit.backend(&["keystead:verify", "keystead:keys:read"]);
    let key = kit.key(&kit.user("maya"), json!({}));
    rotate(&kit, &kit.admin, &backend, json!({ "grace_s": 60 })).expect(200);
    assert_eq!(kit.verify_as(&backend.secret, json!({ "key": key.secret }))["code"], "valid");
    kit.get(&backend.secret, "/v1/api-keys").fails(403, "forbidden");
}

#[test]
fn a_call_made_twice_does_not_end_the_secret_in_production() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let first = secret(&rotate(&kit, &kit.admin, &key, json!({ "grace_s": 3600 })).expect(200));
    rotate(&kit, &kit.admin, &key, json!({ "grace_s": 3600 })).fails(409, "conflict").at("/end_previous");
    assert_eq!((kit.code(&key.secret), kit.code(&first)), ("valid".into(), "valid".into()));
    let ended = rotate(&kit, &kit.admin, &key, json!({ "grace_s": 3600, "end_previous": true })).expect(200);
    let codes = [&key.secret, &first, &secret(&ended)].map(|secret| kit.code(secret));
    assert_eq!(codes, ["revoked", "valid", "valid"]);
    kit.clock.advance_ms(3_600_000);
    rotate(&kit, &kit.admin, &key, json!({})).expect(200);
}

#[test]
fn rotations_of_one_key_at_once_give_one_new_secret() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            (0..8).map(|_| scope.spawn(|| rotate(&kit, &kit.admin, &key, json!({ "grace_s": 3600 })))).collect();
        calls.into_iter().map(|call| call.join().expect("a thread")).collect()
    });
    let good: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!((good.len(), answers.iter().filter(|answer| answer.status == 409).count()), (1, 7));
    assert_eq!((kit.code(&key.secret), kit.code(&secret(good[0]))), ("valid".into(), "valid".into()));
}

#[test]
fn the_grace_ends_with_the_key() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "expires_at": time(START + 10_000) }));
    let answer = rotate(&kit, &kit.admin, &key, json!({ "grace_s": DAY_S })).expect(200);
    assert_eq!(answer.str("/data/previous_secret/valid_until"), time(START + 10_000));
    let later = rotate(&kit, &kit.admin, &key, json!({ "grace_s": DAY_S, "end_previous": true, "expires_at": null }));
    assert_eq!(later.expect(200).str("/data/previous_secret/valid_until"), time(START + DAY_S * 1000));
    for wrong in [-1, 30 * DAY_S + 1] {
        rotate(&kit, &kit.admin, &key, json!({ "grace_s": wrong })).fails(422, "unprocessable").at("/grace_s");
    }
}

#[test]
fn what_is_dead_is_not_rotated_back_to_life() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let revoked = kit.key(&owner, json!({}));
    kit.delete(&kit.admin, &path(&revoked)).expect(200);
    rotate(&kit, &kit.admin, &revoked, json!({})).fails(409, "conflict");
    let expired = kit.key(&owner, json!({ "expires_at": time(START + 1) }));
    kit.clock.advance_ms(10);
    rotate(&kit, &kit.admin, &expired, json!({})).fails(409, "conflict").at("/expires_at");
    let revived = rotate(&kit, &kit.admin, &expired, json!({ "expires_at": time(START + 99_000) })).expect(200);
    assert_eq!(kit.code(&secret(&revived)), "valid");
    let disabled = kit.key(&owner, json!({ "enabled": false }));
    let still = rotate(&kit, &kit.admin, &disabled, json!({})).expect(200);
    assert_eq!((kit.code(&secret(&still)), still.str("/data/status")), ("disabled".into(), "disabled"));
}

#[test]
fn revoking_a_key_ends_its_former_secret_too() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    rotate(&kit, &kit.admin, &key, json!({ "grace_s": DAY_S })).expect(200);
    kit.delete(&kit.admin, &path(&key)).expect(200);
    let old = kit.verify(&key.secret);
    assert_eq!((&old["code"], &old["revoked_reason"]), (&json!("revoked"), &json!("manual")));
}

#[test]
fn a_rotation_changes_settings_in_the_same_step_or_not_at_all() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "scopes": ["a:read"] }));
    let before = kit.events();
    rotate(&kit, &kit.admin, &key, json!({ "scopes": ["keystead:nonsense"] })).fails(422, "unprocessable");
    rotate(&kit, &kit.admin, &key, json!({ "expires_at": time(START) })).fails(422, "unprocessable");
    rotate(&kit, &kit.admin, &key, json!({ "grace": 1 })).fails(400, "invalid");
    assert_eq!((kit.code(&key.secret), kit.events()), ("valid".into(), before), "nothing happened");
    let answer = rotate(&kit, &kit.admin, &key, json!({ "scopes": ["b:read"], "name": "new" })).expect(200);
    assert_eq!((&answer.json["data"]["scopes"], answer.str("/data/name")), (&json!(["b:read"]), "new"));
    let event = kit.get(&kit.admin, &format!("/v1/audit-events?subject={}&limit=1", key.id)).expect(200).json["data"]
        [0]
    .clone();
    assert_eq!((event["action"].as_str(), kit.events()), (Some("key.rotated"), before + 1));
    assert_eq!(event["details"]["scopes"], json!({ "before": ["a:read"], "after": ["b:read"] }));
    assert!(!event.to_string().contains(&answer.str("/data/secret")[8..51]), "no secret in the event");
}

#[test]
fn a_holder_rotates_within_itself_and_not_beyond() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write", "a:read"]);
    let holder = kit.key(&owner, json!({ "scopes": ["own:keys:write", "a:read"], "expires_at": time(START + 50_000) }));
    let more = kit.key(&owner, json!({ "scopes": ["b:read"], "expires_at": time(START + 1_000) }));
    let longer = kit.key(&owner, json!({ "scopes": ["a:read"] }));
    let within = kit.key(&owner, json!({ "scopes": ["a:read"], "expires_at": time(START + 40_000) }));
    rotate(&kit, &holder.secret, &more, json!({})).fails(403, "forbidden");
    rotate(&kit, &holder.secret, &longer, json!({})).fails(403, "forbidden").at("/expires_at");
    rotate(&kit, &holder.secret, &within, json!({})).expect(200);
    let stranger = kit.key(&kit.user("other"), json!({}));
    rotate(&kit, &holder.secret, &stranger, json!({})).fails(404, "not_found");
    let backend = kit.backend(&["keystead:keys:write"]);
    let above = kit.key(&owner, json!({ "scopes": ["keystead:verify"] }));
    rotate(&kit, &backend.secret, &above, json!({})).fails(403, "forbidden");
    let itself = rotate(&kit, &holder.secret, &holder, json!({ "grace_s": 5 })).expect(200);
    assert_eq!(kit.code(&secret(&itself)), "valid");
}
