//! Spending credits: exactly as many as there are, however many ask at once, and every answer says what is left.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use crate::kit::{Kit, wait};
use crate::world::Issued;

impl Kit {
    /// A new user's key with these credits.
    pub fn paid(&self, credits: Value) -> Issued {
        let owner = self.user(&format!("payer of {credits}"));
        self.key(&owner, json!({ "credits": credits }))
    }

    /// Verifies at this cost; the code, and what is left.
    pub fn pay(&self, key: &Issued, cost: i64) -> (String, i64) {
        let verdict = self.verify_as(&self.admin, json!({ "key": key.secret, "cost": cost, "environment": "any" }));
        assert_eq!(verdict["valid"] == true, verdict["code"] == "valid");
        (
            verdict["code"].as_str().expect("a code").to_owned(),
            verdict["credits_remaining"].as_i64().expect("a balance"),
        )
    }

    /// What the key itself shows.
    pub fn balance(&self, key: &Issued) -> Value {
        self.get(&self.admin, &format!("/v1/api-keys/{}", key.id)).expect(200).json["data"]["credits"].clone()
    }
}

/// Rows that the writer has changed so far, in any table.
fn changes(kit: &Kit) -> i64 {
    let count = kit.instance.live.store.write(|db| db.first("SELECT total_changes()", &[], |row| row.int()));
    wait(count).expect("the query runs").expect("a row")
}

fn paid(code: &str, left: i64) -> (String, i64) {
    (code.to_owned(), left)
}

#[test]
fn a_use_costs_one_or_what_it_is_said_to_cost_and_too_little_is_left_as_it_is() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 10 }));
    assert_eq!(kit.verify(&key.secret)["credits_remaining"], 9);
    for (cost, code, left) in [
        (4, "valid", 5),
        (6, "credits_exhausted", 5),
        (1_000_000_000_000, "credits_exhausted", 5),
        (5, "valid", 0),
        (1, "credits_exhausted", 0),
        (0, "valid", 0),
    ] {
        assert_eq!(kit.pay(&key, cost), paid(code, left), "at {cost}");
    }
    assert_eq!(kit.balance(&key), json!({ "remaining": 0, "refill": null }));
    assert_eq!(kit.verify(&kit.key(&kit.user("free"), json!({})).secret)["credits_remaining"], Value::Null);
    for cost in [-1, 1_000_000_000_001_i64] {
        let ask = json!({ "key": key.secret, "cost": cost });
        kit.post(&kit.admin, "/v1/api-keys/verify", &ask).fails(422, "unprocessable").at("/cost");
    }
}

#[test]
fn a_look_costs_nothing_and_writes_nothing() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 3 }));
    let before = changes(&kit);
    for _ in 0..5 {
        assert_eq!(kit.pay(&key, 0), paid("valid", 3));
    }
    assert_eq!(changes(&kit), before);
    kit.pay(&key, 1);
    assert_eq!(changes(&kit), before + 1, "a use changes one row");
    assert_eq!(kit.balance(&key)["remaining"], 2);
}

#[test]
fn a_refusal_for_any_reason_costs_nothing_and_says_what_is_left() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let expires = crate::kit::time(crate::kit::START + 1_000);
    let key = kit.key(&owner, json!({ "credits": { "remaining": 7 }, "expires_at": expires }));
    let path = format!("/v1/api-keys/{}", key.id);
    let ask = |more: Value| {
        let mut ask = json!({ "key": key.secret });
        ask.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let verdict = kit.verify_as(&kit.admin, ask);
        assert_eq!(verdict["credits_remaining"], 7, "{verdict}");
        verdict["code"].as_str().expect("a code").to_owned()
    };
    assert_eq!(ask(json!({ "scopes": ["a:read"] })), "insufficient_scope");
    assert_eq!(ask(json!({ "environment": "test" })), "wrong_environment");
    kit.patch(&kit.admin, &path, &json!({ "enabled": false })).expect(200);
    assert_eq!(ask(json!({})), "disabled");
    kit.patch(&kit.admin, &path, &json!({ "enabled": true })).expect(200);
    kit.clock.advance_ms(1_001);
    assert_eq!(ask(json!({})), "expired");
    kit.delete(&kit.admin, &path).expect(200);
    assert_eq!(ask(json!({})), "revoked");
}

#[test]
fn of_many_at_once_with_costs_of_their_own_no_more_is_spent_than_there_was() {
    const ALL: i64 = 150;
    let kit = Kit::with(&[("http.workers", "2")]);
    let key = kit.paid(json!({ "remaining": ALL }));
    let answers: Vec<(i64, String, i64)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8_i64)
            .map(|thread| {
                let (kit, key) = (&kit, &key);
                scope.spawn(move || {
                    let costs = (0..15_i64).map(|n| 1 + (n * 7 + thread * 3) % 5);
                    costs
                        .map(|cost| (cost, kit.pay(key, cost)))
                        .map(|(cost, (code, left))| (cost, code, left))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it paid")).collect()
    });
    // The model: whoever paid left what they were told, one after the other, from all to the end without a gap.
    let mut spends: Vec<(i64, i64)> =
        answers.iter().filter(|(_, code, _)| code == "valid").map(|(cost, _, left)| (*left, *cost)).collect();
    spends.sort_unstable_by(|a, b| b.cmp(a));
    let mut balance = ALL;
    for (left, cost) in spends {
        balance -= cost;
        assert_eq!(balance, left);
    }
    assert_eq!(kit.balance(&key)["remaining"], balance);
    let refused = answers.iter().filter(|(_, code, _)| code != "valid");
    for (cost, code, left) in refused {
        assert_eq!(code, "credits_exhausted");
        assert!(left < cost && *left >= balance, "{cost} of {left}");
    }
}

#[test]
fn what_a_limit_gave_is_given_back_when_credits_refuse() {
    let kit = Kit::start();
    let limits =
        json!([{ "name": "default", "limit": 3, "window_s": 60 }, { "name": "later", "limit": 9, "window_s": 86_400 }]);
    let key = kit.key(&kit.user("maya"), json!({ "credits": { "remaining": 2 }, "rate_limits": limits }));
    let ask = |cost: i64| {
        let verdict = kit.verify_as(&kit.admin, json!({ "key": key.secret, "cost": cost }));
        let left: Vec<_> =
            verdict["rate_limits"].as_array().expect("limits").iter().map(|level| level["remaining"].clone()).collect();
        (verdict["code"].as_str().expect("a code").to_owned(), left, verdict["credits_remaining"].clone())
    };
    for _ in 0..5 {
        assert_eq!(ask(3), ("credits_exhausted".into(), vec![json!(3), json!(9)], json!(2)));
    }
    assert_eq!(ask(1), ("valid".into(), vec![json!(2), json!(8)], json!(1)));
    assert_eq!(
        ask(0),
        ("valid".into(), vec![json!(1), json!(7)], json!(1)),
        "a look at credits is a call all the same"
    );
    assert_eq!(ask(1), ("valid".into(), vec![json!(0), json!(6)], json!(0)));
    assert_eq!(ask(1), ("rate_limited".into(), vec![json!(0), json!(6)], json!(0)), "the first reason is told");
}

#[test]
fn a_test_key_is_looked_at_and_never_charged() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({ "environment": "test", "credits": { "remaining": 2 } }));
    let before = changes(&kit);
    for (cost, code) in [(1, "valid"), (2, "valid"), (2, "valid"), (3, "credits_exhausted"), (0, "valid")] {
        assert_eq!(kit.pay(&key, cost), paid(code, 2), "at {cost}");
    }
    assert_eq!(changes(&kit), before, "nothing of it is on disk");
    assert_eq!(kit.balance(&key)["remaining"], 2);
}

#[test]
fn both_secrets_of_a_rotated_key_spend_from_one_balance() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 5 }));
    let rotate = format!("/v1/api-keys/{}/rotate", key.id);
    let rotated = kit.post(&kit.admin, &rotate, &json!({ "grace_s": 60 })).expect(200);
    assert_eq!(rotated.json["data"]["credits"]["remaining"], 5);
    let new = Issued { secret: rotated.str("/data/secret").to_owned(), ..key.clone() };
    assert_eq!([kit.pay(&key, 2), kit.pay(&new, 2)], [paid("valid", 3), paid("valid", 1)]);
    assert_eq!([kit.pay(&key, 2), kit.pay(&new, 1)], [paid("credits_exhausted", 1), paid("valid", 0)]);
}

#[test]
fn when_the_store_cannot_answer_keys_with_credits_are_refused_and_the_others_go_on() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 5 }));
    let (free, test) = (kit.key(&kit.user("free"), json!({})), json!({ "remaining": 5 }));
    let test = kit.key(&kit.user("test"), json!({ "environment": "test", "credits": test }));
    kit.instance.live.store.close();
    for (secret, cost) in [(&key.secret, 1), (&key.secret, 0), (&test.secret, 1)] {
        let ask = json!({ "key": secret, "cost": cost, "environment": "any" });
        kit.post(&kit.admin, "/v1/api-keys/verify", &ask).fails(503, "unavailable");
    }
    assert_eq!(kit.code(&free.secret), "valid");
}

#[test]
fn an_answer_that_does_not_commit_has_spent_nothing() {
    let kit = Kit::start();
    let key = kit.paid(json!({ "remaining": 5 }));
    let spent = AtomicI64::new(0);
    // Whatever the commit shares with its neighbours, a job that fails takes nothing of theirs with it, and leaves nothing of its own.
    std::thread::scope(|scope| {
        for failing in [true, false, true, false] {
            let (kit, key, spent) = (&kit, &key, &spent);
            scope.spawn(move || {
                for _ in 0..20 {
                    if failing {
                        let broken = kit.instance.live.store.write(|db| {
                            db.run("UPDATE keys SET credits = 1000000", &[])?;
                            Err::<(), _>(keystead::base::Error::internal("on purpose"))
                        });
                        wait(broken).expect_err("it fails");
                    } else if kit.pay(key, 1).0 == "valid" {
                        spent.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    assert_eq!(spent.into_inner(), 5);
    assert_eq!(kit.balance(&key)["remaining"], 0);
}
