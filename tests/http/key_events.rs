//! What happened to a key, as whoever may read it is told.

use serde_json::{Value, json};

use crate::kit::Kit;
use crate::world::keys_of;

fn events(kit: &Kit, caller: &str, key: &str) -> Vec<Value> {
    let answer = kit.get(caller, &format!("/v1/api-keys/{key}/events")).expect(200);
    answer.json["data"].as_array().expect("a list").clone()
}

fn actions(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["action"].as_str().expect("an action")).collect()
}

#[test]
fn whoever_may_read_a_key_sees_who_did_what_to_it_and_when() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let session = kit.session(&user);
    let key = kit.key(&user, json!({}));
    kit.key(&user, json!({ "description": "another" }));
    let path = format!("/v1/api-keys/{}", key.id);
    kit.patch(&session, &path, &json!({ "name": "renamed" })).expect(200);
    kit.delete(&session, &path).expect(200);
    let wanted = ["key.revoked", "key.changed", "key.created"];
    for caller in [&kit.admin, &session, &kit.backend(&["keystead:keys:read"]).secret, &kit.panel(&user, &json!({}))] {
        let events = events(&kit, caller, &key.id);
        assert_eq!(actions(&events), wanted);
        assert!(events.iter().all(|event| event["subject"] == *key.id));
        assert_eq!(events[0]["actor"], format!("person:{user}"));
        let pages = kit.pages(caller, &format!("{path}/events"), 2);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }
    for stranger in [kit.session(&kit.user("other")), kit.panel(&kit.user("third"), &json!({}))] {
        kit.get(&stranger, &format!("{path}/events")).fails(404, "not_found");
    }
}

#[test]
fn addresses_and_requests_are_told_to_admins_alone() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let key = kit.key(&user, json!({}));
    let admin = kit.session(&kit.operator("boss"));
    for caller in [&kit.admin, &admin] {
        let event = &events(&kit, caller, &key.id)[0];
        assert!(event["address"].is_string() && event["request_id"].is_string(), "{event}");
    }
    let reader = kit.backend(&["keystead:keys:read"]).secret;
    for caller in [kit.session(&user), kit.panel(&user, &json!({})), reader, key.secret.clone()] {
        let event = &events(&kit, &caller, &key.id)[0];
        assert!(event["address"].is_null() && event["request_id"].is_null(), "{event}");
    }
}

#[test]
fn a_new_owner_is_not_told_what_the_former_one_did() {
    let kit = Kit::start();
    let (former, owner) = (kit.user("maya"), kit.user("noah"));
    let key = kit.key(&former, json!({}));
    let path = format!("/v1/api-keys/{}", key.id);
    kit.patch(&kit.session(&former), &path, &json!({ "name": "a plan of mine" })).expect(200);
    kit.post(&kit.admin, &format!("{path}/transfer"), &json!({ "owner": { "type": "user", "id": owner } })).expect(200);
    assert_eq!(actions(&events(&kit, &kit.session(&owner), &key.id)), ["key.transferred"]);
    assert_eq!(events(&kit, &kit.admin, &key.id).len(), 3);
    assert_eq!(kit.ids(&kit.session(&former), &keys_of("me")), Vec::<String>::new());
}
