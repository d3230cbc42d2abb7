//! The audit trail: one event for each change, no secret in it, and no tampering that the check does not find.

use serde_json::{Value, json};

use crate::kit::{Kit, START, time};
use crate::world::{at, keys_of};

fn report(kit: &Kit) -> Value {
    kit.get(&kit.admin, "/v1/audit-events/verify").expect(200).json["data"].clone()
}

fn events(kit: &Kit, query: &str) -> Vec<Value> {
    kit.get(&kit.admin, &format!("/v1/audit-events?{query}")).expect(200).json["data"]
        .as_array()
        .expect("a list")
        .clone()
}

/// Seven events: the admin's key, an owner of either type, and what happens to a key.
fn story(kit: &Kit) -> (String, String) {
    let (user, _) = (kit.user("maya"), kit.team("Acme"));
    let key = kit.key(&user, json!({ "metadata": { "note": "private" } }));
    let path = format!("/v1/api-keys/{}", key.id);
    kit.clock.advance_ms(1_000);
    kit.patch(&kit.admin, &path, &json!({ "name": "other", "scopes": ["a:read"] })).expect(200);
    kit.patch(&kit.admin, &path, &json!({ "metadata": { "note": "also private" } })).expect(200);
    kit.delete(&kit.admin, &path).expect(200);
    (user, key.id)
}

#[test]
fn each_change_leaves_exactly_one_event_that_says_who_what_and_whose() {
    let kit = Kit::start();
    let admin = format!("key:{}", kit.get(&kit.admin, "/v1/me").str("/data/key/id"));
    let (user, key) = story(&kit);
    let all = events(&kit, "");
    let told: Vec<(&str, &str)> = all
        .iter()
        .rev()
        .map(|event| (event["action"].as_str().expect("text"), event["subject"].as_str().expect("text")))
        .collect();
    let team = kit.ids(&kit.admin, "/v1/teams")[0].clone();
    let admin_key = admin.trim_start_matches("key:");
    let expected = [
        ("key.created", admin_key),
        ("user.created", &user),
        ("team.created", &team),
        ("key.created", &key),
        ("key.changed", &key),
        ("key.changed", &key),
        ("key.revoked", &key),
    ];
    assert_eq!(told, expected);
    for (n, event) in all.iter().rev().enumerate() {
        assert_eq!(event["seq"], n + 1);
        let (actor, address) = if n == 0 { ("cli:0", Value::Null) } else { (admin.as_str(), json!("127.0.0.1")) };
        assert_eq!((&event["actor"], &event["address"]), (&json!(actor), &address));
        assert_eq!(event["at"], time(if n < 4 { START } else { START + 1_000 }));
    }
    assert!(all[..4].iter().all(|event| event["owner_id"] == user));
    let changes = &all[2]["details"];
    assert_eq!(changes["name"], json!({ "before": "a key", "after": "other" }));
    assert_eq!(changes["scopes"], json!({ "before": [], "after": ["a:read"] }));
    assert_eq!(
        all[1]["details"],
        json!({ "metadata": "changed" }),
        "metadata is the application's: that it changed, not what"
    );
    assert_eq!(all[0]["details"]["reason"], "manual");
    assert!(!Value::from(all).to_string().contains("private"));
}

#[test]
fn an_event_carries_the_id_of_its_request() {
    let kit = Kit::start();
    let made = kit.post(&kit.admin, "/v1/teams", &json!({ "name": "Acme" })).expect(201);
    assert_eq!(events(&kit, "limit=1")[0]["request_id"], made.header("x-request-id").expect("an id"));
}

#[test]
fn what_changes_nothing_leaves_no_event() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({ "scopes": ["a:read"], "expires_at": time(START + 9) }));
    let path = format!("/v1/api-keys/{}", key.id);
    let before = kit.events();
    kit.patch(&kit.admin, &path, &json!({})).expect(200);
    let same = json!({ "name": "a key", "scopes": ["a:read", "a:read"], "enabled": true, "expires_at": time(START + 9), "metadata": {} });
    kit.patch(&kit.admin, &path, &same).expect(200);
    for read in [path.clone(), keys_of(&owner), at(&owner), "/v1/api-keys".into(), "/v1/me".into()] {
        kit.get(&kit.admin, &read);
    }
    kit.code(&key.secret);
    kit.flush();
    kit.get(crate::kit::NOBODY, "/readyz").expect(200);
    kit.patch(&kit.admin, &path, &json!({ "expires_at": time(0) })).fails(422, "unprocessable");
    kit.try_key(&kit.admin, &owner, json!({ "scopes": ["keystead:*"] })).fails(422, "unprocessable");
    assert_eq!(kit.events(), before);
}

#[test]
fn filters_and_pages_find_each_event_once() {
    let kit = Kit::start();
    let (user, key) = story(&kit);
    let count = |query: &str| events(&kit, query).len();
    assert_eq!(count(""), 7);
    assert_eq!(count("action=key.changed"), 2);
    assert_eq!(count(&format!("subject={key}")), 4);
    assert_eq!(count(&format!("owner={user}")), 5);
    assert_eq!(count(&format!("owner={user}&action=key.created")), 1);
    assert_eq!((count("actor=cli:0"), count("actor=cli%3A0"), count("actor=nobody")), (1, 1, 0));
    assert_eq!((count("actor=cli:"), count("actor=key:"), count("actor=person:"), count("actor=:")), (1, 6, 0, 0));
    assert_eq!(count("actor=key"), 0, "only a whole kind");
    assert_eq!(count(&format!("from={}", time(START + 1))), 3);
    assert_eq!(count(&format!("to={}", time(START + 1_000))), 4);
    assert_eq!(count(&format!("from={}&to={}", time(START), time(START))), 0);
    for limit in [1, 3, 7] {
        let pages = kit.pages(&kit.admin, "/v1/audit-events", limit);
        let seqs: Vec<i64> = pages.iter().flatten().filter_map(|event| event["seq"].as_i64()).collect();
        assert_eq!((seqs, pages.len()), ((1..=7).rev().collect(), 7_usize.div_ceil(limit)));
    }
    let pages = kit.pages(&kit.admin, &format!("/v1/audit-events?subject={key}"), 3);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    for wrong in
        ["cursor=x", "cursor=evt_01h455vb4pex5vsknk084sn02q", "cursor=9999999999999999999999", "limit=0", "from=today"]
    {
        kit.get(&kit.admin, &format!("/v1/audit-events?{wrong}")).fails(400, "invalid");
    }
}

#[test]
fn an_untouched_chain_is_fine_and_its_head_moves_with_each_event() {
    let kit = Kit::start();
    let before = report(&kit);
    story(&kit);
    let after = report(&kit);
    assert_eq!((&before["ok"], &before["count"]), (&json!(true), &json!(1)));
    assert_eq!(
        (&after["ok"], &after["count"], &after["first_bad"], &after["problem"]),
        (&json!(true), &json!(7), &Value::Null, &Value::Null)
    );
    assert_ne!(before["head"], after["head"]);
}

#[test]
fn an_event_names_a_person_a_panel_a_key_or_the_machine_and_can_be_asked_for_by_each() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let (person, panel) = (kit.session(&user), kit.panel(&user, &json!({})));
    let mut made = Vec::new();
    for (caller, actor) in [(&person, format!("person:{user}")), (&panel, format!("panel:{user}"))] {
        let key = kit.key_by(caller, &user, json!({}));
        let path = format!("/v1/api-keys/{}", key.id);
        kit.patch(caller, &path, &json!({ "name": "other" })).expect(200);
        let told = events(&kit, &format!("actor={actor}&action=key.changed"));
        assert_eq!(told.len(), 1, "{actor}");
        assert_eq!((&told[0]["actor"], &told[0]["subject"]), (&json!(actor), &json!(key.id)));
        assert_eq!(told[0]["details"]["name"], json!({ "before": "a key", "after": "other" }));
        made.push(key);
    }
    assert_eq!(events(&kit, "actor=person:&action=key.changed").len(), 1);
    assert_eq!(events(&kit, "actor=panel:&action=key.changed").len(), 1);
    assert!(events(&kit, "actor=cli:").iter().all(|event| event["actor"] == "cli:0"));
    let all = Value::from(events(&kit, "limit=200")).to_string();
    for secret in made.iter().map(|key| &key.secret).chain([&person, &panel]) {
        assert!(!all.contains(secret.as_str()));
    }
}

#[test]
fn what_happened_to_a_key_stays_told_when_the_key_is_gone() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let path = format!("/v1/api-keys/{}", key.id);
    kit.delete(&kit.admin, &path).expect(200);
    kit.delete(&kit.admin, &format!("{path}?purge=true")).expect(200);
    kit.get(&kit.admin, &path).fails(404, "not_found");
    let told = events(&kit, &format!("subject={}", key.id));
    let actions: Vec<&str> = told.iter().filter_map(|event| event["action"].as_str()).collect();
    assert_eq!(actions, ["key.purged", "key.revoked", "key.created"]);
    assert_eq!(report(&kit)["ok"], true);
}
