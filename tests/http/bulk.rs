//! Revoking many keys at once: all that match, as far as the caller may, each with its event, and none besides.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::kit::{Kit, START, time};
use crate::world::Issued;

fn revoke(kit: &Kit, caller: &str, which: Value) -> Answer {
    kit.post(caller, "/v1/api-keys/revoke", &which)
}

fn count(answer: Answer) -> i64 {
    answer.expect(200).json["data"]["count"].as_i64().expect("a count")
}

fn codes(kit: &Kit, keys: &[&Issued]) -> Vec<String> {
    keys.iter().map(|key| kit.code(&key.secret)).collect()
}

#[test]
fn all_that_match_are_revoked_with_an_event_each_and_no_others() {
    let kit = Kit::start();
    let (maya, other) = (kit.user("maya"), kit.user("other"));
    let keys: Vec<Issued> = (0..3).map(|_| kit.key(&maya, json!({}))).collect();
    let (dead, foreign) = (kit.key(&maya, json!({})), kit.key(&other, json!({})));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", dead.id)).expect(200);
    let events = kit.events();
    let which = json!({ "owner": maya, "dry_run": true });
    assert_eq!(revoke(&kit, &kit.admin, which).expect(200).json["data"], json!({ "count": 3, "dry_run": true }));
    assert_eq!((kit.events(), codes(&kit, &[&keys[0]])), (events, vec!["valid".to_owned()]), "a dry run counts");
    assert_eq!(count(revoke(&kit, &kit.admin, json!({ "owner": maya }))), 3);
    assert_eq!(kit.events(), events + 3);
    assert_eq!(codes(&kit, &[&keys[0], &keys[1], &keys[2], &foreign]), ["revoked", "revoked", "revoked", "valid"]);
    let event = kit.get(&kit.admin, "/v1/audit-events?limit=1").json["data"][0].clone();
    assert_eq!((event["action"].as_str(), &event["details"]["bulk"]), (Some("key.revoked"), &json!(true)));
    assert_eq!(count(revoke(&kit, &kit.admin, json!({ "owner": maya }))), 0, "again is nothing");
    assert!(kit.get(&kit.admin, "/v1/audit-events/verify").expect(200).json["data"]["ok"] == true);
}

#[test]
fn filters_combine_and_more_than_a_batch_is_revoked() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    kit.run(
        "INSERT INTO keys (id, owner_id, created_by, name, environment, is_public, enabled, scopes, metadata, prefix, last_four,
                           digest, pepper_id, created_at, secret_created_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1201)
         SELECT 'key_0' || substr('0000000000000000000000000' || i, -25), $1, 'cli:0', 'seed ' || i, 'live', 0, 1, '[]', '{}',
                'sk_live_', 'abcd', CAST(substr('00000000000000000000000000000000' || i, -32) AS BLOB), 1, i, i FROM n",
        vec![owner.clone()],
    );
    let young = kit.key(&owner, json!({ "description": "seed young" }));
    let old = |extra: Value| {
        let mut which = json!({ "owner": owner, "created_before": time(START), "q": "seed" });
        which.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        which
    };
    revoke(&kit, &kit.admin, old(json!({ "expected_count": 1202 }))).fails(409, "conflict").at("/expected_count");
    assert_eq!(count(revoke(&kit, &kit.admin, old(json!({ "environment": "test" })))), 0);
    assert_eq!(count(revoke(&kit, &kit.admin, old(json!({ "expected_count": 1201, "status": "active" })))), 1201);
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE revoked_at IS NOT NULL"), 1201);
    assert_eq!(kit.code(&young.secret), "valid");
}

#[test]
fn a_list_of_ids_ends_those_that_the_caller_sees() {
    let kit = Kit::start();
    let (maya, other) = (kit.user("maya"), kit.user("other"));
    let (one, two, foreign) = (kit.key(&maya, json!({})), kit.key(&maya, json!({})), kit.key(&other, json!({})));
    let session = kit.session(&maya);
    let ids = json!({ "ids": [one.id, foreign.id, "key_01h455vb4pex5vsknk084sn02q"] });
    assert_eq!(count(revoke(&kit, &session, ids)), 1);
    assert_eq!(codes(&kit, &[&one, &two, &foreign]), ["revoked", "valid", "valid"]);
}

#[test]
fn each_caller_ends_what_it_could_end_one_by_one() {
    let kit = Kit::start();
    let maya = kit.user_granting("maya", &["own:keys:revoke"]);
    let other = kit.user("other");
    let everything = || json!({ "created_before": time(START + 1) });
    let (plain, foreign) = (kit.key(&maya, json!({})), kit.key(&other, json!({})));
    let powerful = kit.key(&other, json!({ "scopes": ["keystead:verify"] }));
    revoke(&kit, &plain.secret, everything()).fails(403, "forbidden");
    revoke(&kit, &kit.backend(&["keystead:keys:read"]).secret, everything()).fails(403, "forbidden");
    let holder = kit.key(&maya, json!({ "scopes": ["own:keys:revoke"] }));
    assert_eq!(count(revoke(&kit, &holder.secret, everything())), 1, "not itself");
    assert_eq!(codes(&kit, &[&holder, &plain, &foreign]), ["valid", "revoked", "valid"]);
    assert_eq!(count(revoke(&kit, &kit.session(&maya), everything())), 1);
    assert_eq!(count(revoke(&kit, &kit.session(&maya), json!({ "owner": other }))), 0);

    let backend = kit.backend(&["keystead:keys:write"]);
    assert_eq!(count(revoke(&kit, &backend.secret, everything())), 1);
    assert_eq!(codes(&kit, &[&foreign, &powerful]), ["revoked", "valid"], "not what only an admin could change");
    assert_eq!(count(revoke(&kit, &kit.admin, everything())), 1);
    assert_eq!(kit.code(&powerful.secret), "revoked");
    kit.get(&backend.secret, "/v1/me").expect(200);
    assert!(count(revoke(&kit, &kit.admin, json!({ "owner": "instance" }))) > 1, "the instance's own, by name only");
    kit.get(&backend.secret, "/v1/me").fails(401, "unauthenticated");
    kit.get(&kit.admin, "/v1/me").expect(200);
}

#[test]
fn a_call_that_says_nothing_of_which_keys_is_refused() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    for nothing in [json!({}), json!({ "q": "" }), json!({ "ids": [] }), json!({ "expected_count": 1 })] {
        revoke(&kit, &kit.admin, nothing).fails(422, "unprocessable");
    }
    revoke(&kit, &kit.admin, json!({ "ids": vec![&key.id; 1001] })).fails(422, "unprocessable").at("/ids");
    revoke(&kit, &kit.admin, json!({ "ids": [key.id], "status": "active" })).fails(422, "unprocessable").at("/ids");
    revoke(&kit, &kit.admin, json!({ "ids": ["maya"] })).fails(400, "invalid").at("/ids");
    revoke(&kit, &kit.admin, json!({ "owner": "maya" })).fails(400, "invalid").at("/owner");
    assert_eq!(kit.code(&key.secret), "valid");
}
