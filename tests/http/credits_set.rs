//! Setting a balance and adding to it: by whom, within which bounds, with an event each, and never lost to a use that comes late.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::Kit;
use crate::world::Issued;

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn add(kit: &Kit, key: &Issued, add: i64) -> crate::client::Answer {
    kit.post(&kit.admin, &format!("{}/credits", path(key)), &json!({ "add": add }))
}

/// Spends one credit after the other until `done`; answers how many were spent.
fn spend_until(kit: &Kit, key: &Issued, done: &AtomicBool) -> i64 {
    let mut spent = 0;
    while !done.load(Ordering::SeqCst) {
        spent += i64::from(kit.pay(key, 1).0 == "valid");
    }
    spent
}

/// Three clients spend while `meanwhile` goes on. Answers what it came to, and how many were spent in all.
fn while_spending<T>(kit: &Kit, key: &Issued, meanwhile: impl FnOnce() -> T) -> (T, i64) {
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let spenders: Vec<_> = (0..3).map(|_| scope.spawn(|| spend_until(kit, key, &done))).collect();
        let came_to = {
            let _end = End(&done);
            meanwhile()
        };
        (came_to, spenders.into_iter().map(|spender| spender.join().expect("it spent")).sum())
    })
}

fn details(kit: &Kit, key: &Issued, action: &str) -> Vec<Value> {
    let events = kit.get(&kit.admin, &format!("/v1/audit-events?limit=200&action={action}&subject={}", key.id));
    let events = events.expect(200).json["data"].as_array().expect("a list").clone();
    events.into_iter().rev().map(|event| event["details"].clone()).collect()
}

#[test]
fn a_set_while_others_spend_is_neither_lost_nor_overwritten() {
    let kit = Kit::with(&[("http.workers", "2")]);
    let key = kit.paid(json!({ "remaining": 1_000_000 }));
    let (sets, spent) = while_spending(&kit, &key, || {
        (1..=10_i64)
            .map(|n| {
                let set = n * 2_000_000;
                let shown = kit.patch(&kit.admin, &path(&key), &json!({ "credits": { "remaining": set } })).expect(200);
                assert_eq!(shown.json["data"]["credits"]["remaining"], set);
                set
            })
            .collect::<Vec<_>>()
    });
    // What was spent between two sets is the difference of what one set and the next one found.
    let told = details(&kit, &key, "key.changed");
    let mut balance = 1_000_000;
    let mut counted = 0;
    for (set, told) in sets.iter().zip(&told) {
        let found = told["credits"]["before"]["remaining"].as_i64().expect("a balance");
        assert_eq!(told["credits"]["after"]["remaining"], *set);
        assert!(found <= balance);
        counted += balance - found;
        balance = *set;
    }
    assert_eq!(told.len(), sets.len());
    counted += balance - kit.balance(&key)["remaining"].as_i64().expect("a balance");
    assert_eq!(counted, spent);
}

#[test]
fn what_is_added_while_others_spend_is_there_to_the_last_credit() {
    let kit = Kit::with(&[("http.workers", "2")]);
    let key = kit.paid(json!({ "remaining": 100 }));
    let ((), spent) = while_spending(&kit, &key, || (0..20).for_each(|_| drop(add(&kit, &key, 50).expect(200))));
    let left = kit.balance(&key)["remaining"].as_i64().expect("a balance");
    assert_eq!(left + spent, 100 + 20 * 50);
}

#[test]
fn a_use_is_no_change_of_the_key_and_a_set_is_one() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 10 }));
    let tag = || kit.get(&kit.admin, &path(&key)).expect(200).header("etag").expect("a tag").to_owned();
    let (made, events) = (tag(), kit.events());
    kit.pay(&key, 3);
    assert_eq!((tag(), kit.events()), (made.clone(), events));
    let set = Call::new("PATCH", &path(&key)).bearer(&kit.admin).header("If-Match", &made);
    let refill = json!({ "amount": 4, "every": "month", "day": 31 });
    kit.call(set.json(&json!({ "credits": { "remaining": 5, "refill": refill } }))).expect(200);
    assert_ne!(tag(), made);
    let wanted = json!({ "credits": { "before": { "remaining": 7, "refill": null }, "after": { "remaining": 5, "refill": refill } } });
    assert_eq!(details(&kit, &key, "key.changed"), [wanted]);
    let set = tag();
    kit.patch(&kit.admin, &path(&key), &json!({ "description": "another word" })).expect(200);
    assert_eq!(kit.balance(&key), json!({ "remaining": 5, "refill": refill }), "what is not given stays");
    assert_ne!(tag(), set);
    kit.patch(&kit.admin, &path(&key), &json!({ "credits": null })).expect(200);
    assert_eq!(kit.balance(&key), Value::Null);
    assert_eq!(kit.verify(&key.secret)["credits_remaining"], Value::Null);
    assert_eq!(kit.code(&key.secret), "valid");
}

#[test]
fn adding_is_an_event_and_a_change_and_taking_away_stops_at_nothing() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 10 }));
    let tag = || kit.get(&kit.admin, &path(&key)).expect(200).header("etag").expect("a tag").to_owned();
    let made = tag();
    let added = add(&kit, &key, 5).expect(200);
    assert_eq!(added.json["data"], json!({ "remaining": 15, "refill": null }));
    assert_ne!(tag(), made);
    assert_eq!(added.header("etag"), Some(&*tag()));
    add(&kit, &key, -15).expect(200);
    add(&kit, &key, -1).fails(409, "conflict").at("/add");
    add(&kit, &key, 1_000_000_000_000).expect(200);
    add(&kit, &key, 1).fails(409, "conflict").at("/add");
    assert_eq!(kit.balance(&key)["remaining"], 1_000_000_000_000_i64);
    let told = details(&kit, &key, "key.credits_added");
    assert_eq!(told.len(), 3);
    let credits = |remaining: i64| json!({ "remaining": remaining, "refill": null });
    assert_eq!(told[0], json!({ "added": 5, "credits": { "before": credits(10), "after": credits(15) } }));
    let stale = Call::new("POST", &format!("{}/credits", path(&key))).bearer(&kit.admin).header("If-Match", &made);
    kit.call(stale.json(&json!({ "add": -1 }))).fails(412, "precondition_failed");
}

#[test]
fn a_request_to_add_that_is_sent_twice_adds_once() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 1 }));
    let once =
        Call::new("POST", &format!("{}/credits", path(&key))).bearer(&kit.admin).header("Idempotency-Key", "order-7");
    let answers = [0, 1].map(|_| kit.call(once.clone().json(&json!({ "add": 5 }))).expect(200).json);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(kit.balance(&key)["remaining"], 6);
    kit.call(once.json(&json!({ "add": 6 }))).fails(422, "unprocessable");
}

#[test]
fn there_is_nothing_to_add_to_on_a_key_without_credits_or_one_that_is_revoked() {
    let kit = Kit::start();
    let free = kit.key(&kit.user("free"), json!({}));
    add(&kit, &free, 5).fails(409, "conflict").at("/add");
    assert_eq!(kit.verify(&free.secret)["credits_remaining"], Value::Null);
    let key = kit.paid(json!({ "remaining": 1 }));
    kit.delete(&kit.admin, &path(&key)).expect(200);
    add(&kit, &key, 5).fails(409, "conflict").at("/add");
    kit.patch(&kit.admin, &path(&key), &json!({ "credits": null })).fails(409, "conflict");
    add(&kit, &Issued { id: "key_01h455vb4pex5vsknk084sn02q".into(), ..key }, 5).fails(404, "not_found");
}

#[test]
fn only_an_admin_or_a_backend_that_writes_keys_says_how_many_there_are() {
    let kit = Kit::start();
    let scopes = json!({ "scopes": ["own:keys:write"], "credits": { "remaining": 1 } });
    let owner = kit.user_granting("maya", &["own:keys:write"]);
    let key = kit.key(&owner, scopes);
    let boss = kit.admin_person("boss@example.com", "tall trees by the lake");
    for (caller, status) in [
        (kit.backend(&["keystead:keys:write"]).secret, 200),
        (kit.session(&boss), 200),
        (kit.session(&owner), 403),
        (key.secret.clone(), 403),
        (kit.backend(&["keystead:keys:read", "keystead:verify"]).secret, 403),
    ] {
        let added = kit.post(&caller, &format!("{}/credits", path(&key)), &json!({ "add": 1 }));
        assert_eq!(added.status, status, "{}", added.text);
        let set = kit.patch(&caller, &path(&key), &json!({ "credits": { "remaining": 9 } }));
        assert_eq!(set.status, status, "{}", set.text);
    }
    // A backend that is no admin leaves keys alone that hold what it could not give.
    let backend = kit.key(&owner, json!({ "scopes": ["keystead:verify"], "credits": { "remaining": 1 } }));
    let writer = kit.backend(&["keystead:keys:write"]).secret;
    kit.post(&writer, &format!("{}/credits", path(&backend)), &json!({ "add": 1 })).fails(403, "forbidden");
}

#[test]
fn what_is_no_balance_or_no_refill_is_refused_where_it_stands() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let refill = |refill: Value| json!({ "remaining": 1, "refill": refill });
    for (credits, status, field) in [
        (json!({}), 400, "/credits/remaining"),
        (json!({ "remaining": 1.5 }), 400, "/credits/remaining"),
        (json!({ "remaining": -1 }), 422, "/credits/remaining"),
        (json!({ "remaining": 1_000_000_000_001_i64 }), 422, "/credits/remaining"),
        (json!({ "remaining": 1, "left": 2 }), 400, "/credits/left"),
        (refill(json!({ "amount": 0, "every": "day" })), 422, "/credits/refill/amount"),
        (refill(json!({ "amount": 1_000_000_000_001_i64, "every": "day" })), 422, "/credits/refill/amount"),
        (refill(json!({ "amount": 1, "every": "week" })), 400, "/credits/refill/every"),
        (refill(json!({ "amount": 1, "every": "day", "day": 1 })), 422, "/credits/refill/day"),
        (refill(json!({ "amount": 1, "every": "month", "day": 0 })), 422, "/credits/refill/day"),
        (refill(json!({ "amount": 1, "every": "month", "day": 32 })), 422, "/credits/refill/day"),
        (refill(json!({ "amount": 1, "every": "month", "day": 256 })), 400, "/credits/refill/day"),
        (refill(json!({ "every": "day" })), 400, "/credits/refill/amount"),
    ] {
        let refused = kit.try_key(&kit.admin, &owner, json!({ "credits": credits })).expect(status);
        assert_eq!(refused.str("/error/field"), field, "{credits}");
    }
    let key = kit.paid(json!({ "remaining": 1 }));
    for amount in [0, 1_000_000_000_001, -1_000_000_000_001] {
        add(&kit, &key, amount).fails(422, "unprocessable").at("/add");
    }
}
