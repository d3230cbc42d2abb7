//! What remains of a dead key is removed for good, by whoever is trusted with all keys; a key that could still be used is not.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, START, time};
use crate::world::{Issued, keys_of};

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn purge(kit: &Kit, caller: &str, key: &Issued) -> Answer {
    kit.delete(caller, &format!("{}?purge=true", path(key)))
}

#[test]
fn a_purged_key_and_its_former_secrets_are_unknown_and_its_events_stay() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let (key, other) = (kit.key(&owner, json!({ "description": "checkout" })), kit.key(&owner, json!({})));
    let rotated = kit.post(&kit.admin, &format!("{}/rotate", path(&key)), &json!({ "grace_s": 60 })).expect(200);
    kit.delete(&kit.admin, &path(&key)).expect(200);
    purge(&kit, &kit.admin, &key).expect(200);
    for secret in [&key.secret, rotated.str("/data/secret")] {
        assert_eq!(kit.verify(secret)["code"], "not_found");
    }
    kit.get(&kit.admin, &path(&key)).fails(404, "not_found");
    purge(&kit, &kit.admin, &key).fails(404, "not_found");
    assert_eq!(kit.ids(&kit.admin, &keys_of(&owner)), [other.id.as_str()]);
    assert_eq!(kit.code(&other.secret), "valid");
    assert_eq!(kit.number("SELECT COUNT(*) FROM superseded_secrets"), 0);
    let events = kit.get(&kit.admin, &format!("/v1/audit-events?subject={}", key.id)).expect(200);
    let actions: Vec<&str> =
        events.json["data"].as_array().expect("a list").iter().filter_map(|event| event["action"].as_str()).collect();
    assert_eq!(actions, ["key.purged", "key.revoked", "key.rotated", "key.created"]);
    assert_eq!(events.json["data"][0]["details"]["name"], "checkout");
    let kit = kit.restarted();
    assert_eq!(kit.verify(&key.secret)["code"], "not_found");
}

#[test]
fn a_key_that_is_purged_while_memory_is_filled_stays_unknown() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    kit.delete(&kit.admin, &path(&key)).expect(200);
    let kit = kit.restarted();
    assert_eq!(kit.verify(&key.secret)["code"], "revoked");
    purge(&kit, &kit.admin, &key).expect(200);
    assert_eq!(kit.verify(&key.secret)["code"], "not_found");
    kit.fill();
    assert_eq!(kit.verify(&key.secret)["code"], "not_found");
}

#[test]
fn a_key_that_could_be_used_again_is_not_purged() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let active = kit.key(&owner, json!({ "expires_at": time(START + 100) }));
    let disabled = kit.key(&owner, json!({ "enabled": false }));
    let events = kit.events();
    for key in [&active, &disabled] {
        purge(&kit, &kit.admin, key).fails(409, "conflict");
    }
    assert_eq!((kit.code(&active.secret), kit.events()), ("valid".into(), events));
    kit.clock.advance_ms(100);
    purge(&kit, &kit.admin, &active).fails(409, "conflict");
    kit.clock.advance_ms(1);
    purge(&kit, &kit.admin, &active).expect(200);
}

#[test]
fn only_who_is_trusted_with_all_keys_purges() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:revoke", "own:keys:write"]);
    let key = kit.key(&owner, json!({}));
    let holder = kit.key(&owner, json!({ "scopes": ["own:keys:revoke", "own:keys:write"] }));
    kit.delete(&kit.admin, &path(&key)).expect(200);
    for caller in [&kit.session(&owner), &holder.secret, &kit.backend(&["keystead:keys:read"]).secret] {
        purge(&kit, caller, &key).fails(403, "forbidden");
    }
    let backend = kit.backend(&["keystead:keys:write"]);
    let powerful = kit.key(&owner, json!({ "scopes": ["keystead:verify"] }));
    kit.delete(&kit.admin, &path(&powerful)).expect(200);
    purge(&kit, &backend.secret, &powerful).fails(403, "forbidden");
    let call = Call::new("DELETE", &format!("{}?purge=true", path(&key))).bearer(&backend.secret);
    kit.call(call.clone().header("If-Match", "\"1\"")).fails(412, "precondition_failed");
    kit.call(call.header("If-Match", "\"2\"")).expect(200);
    kit.delete(&kit.admin, &format!("{}?purge=yes", path(&powerful))).fails(400, "invalid").at("/purge");
    assert_eq!(kit.get(&kit.admin, &path(&powerful)).json["data"]["status"], Value::from("revoked"));
}
