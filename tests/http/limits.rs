//! Rate limits as a backend sees them: what a verification answers, and from when on a change holds.

use serde_json::{Value, json};

use crate::kit::Kit;
use crate::world::Issued;

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn limited(kit: &Kit, limits: Value) -> Issued {
    kit.key(&kit.user("maya"), json!({ "rate_limits": limits }))
}

fn ask(kit: &Kit, key: &Issued, named: Value) -> Value {
    kit.verify_as(&kit.admin, json!({ "key": key.secret, "rate_limits": named }))
}

#[test]
fn a_key_passes_as_often_as_its_limit_says_and_is_told_where_it_stands() {
    let kit = Kit::start();
    let key = limited(&kit, json!([{ "name": "default", "limit": 3, "window_s": 60 }]));
    let level = |remaining: u32, reset_ms: u64| json!([{ "name": "default", "of": "key", "limit": 3, "remaining": remaining, "reset_ms": reset_ms }]);
    for (remaining, reset_ms) in [(2, 20_000), (1, 40_000), (0, 60_000)] {
        let said = kit.verify(&key.secret);
        assert_eq!((&said["code"], &said["retry_after_ms"]), (&json!("valid"), &Value::Null));
        assert_eq!(said["rate_limits"], level(remaining, reset_ms));
    }
    kit.clock.advance_ms(1);
    let said = kit.verify(&key.secret);
    assert_eq!((&said["valid"], &said["code"]), (&json!(false), &json!("rate_limited")));
    assert_eq!((&said["retry_after_ms"], &said["rate_limits"]), (&json!(19_999), &level(0, 59_999)));
    assert_eq!(said["key"]["id"], json!(key.id), "a limited key is still told of");
    kit.clock.advance_ms(19_998);
    assert_eq!(kit.verify(&key.secret)["retry_after_ms"], 1);
    kit.clock.advance_ms(1);
    assert_eq!(kit.code(&key.secret), "valid", "at that very millisecond");
}

#[test]
fn a_refused_call_costs_nothing_of_any_limit() {
    let kit = Kit::start();
    let key = limited(
        &kit,
        json!([{ "name": "burst", "limit": 2, "window_s": 1 }, { "name": "daily", "limit": 100, "window_s": 86400 }]),
    );
    for _ in 0..10 {
        kit.verify(&key.secret);
    }
    assert_eq!(kit.verify(&key.secret)["rate_limits"][1]["remaining"], 98);
    kit.verify_as(&kit.admin, json!({ "key": key.secret, "environment": "test" }));
    kit.clock.advance_ms(1_000);
    kit.verify_as(&kit.admin, json!({ "key": key.secret, "scopes": ["none:such"] }));
    assert_eq!(kit.verify(&key.secret)["rate_limits"][0]["remaining"], 1, "nor what was refused for another reason");
}

#[test]
fn a_call_costs_what_the_backend_says_and_a_look_costs_nothing() {
    let kit = Kit::start();
    let key = limited(
        &kit,
        json!([{ "name": "tokens", "limit": 1000, "window_s": 60, "burst": 500, "auto": false },
               { "name": "calls", "limit": 10, "window_s": 60 }]),
    );
    assert_eq!(kit.verify(&key.secret)["rate_limits"].as_array().map(Vec::len), Some(1), "auto is what is not named");
    let said = ask(&kit, &key, json!([{ "name": "tokens", "cost": 400 }]));
    assert_eq!((&said["rate_limits"][0]["remaining"], &said["rate_limits"][1]["remaining"]), (&json!(8), &json!(100)));
    let said = ask(&kit, &key, json!([{ "name": "tokens", "cost": 200 }, { "name": "calls", "cost": 0 }]));
    assert_eq!((&said["code"], &said["retry_after_ms"]), (&json!("rate_limited"), &json!(6_000)));
    let look = json!([{ "name": "tokens", "cost": 0 }, { "name": "calls", "cost": 0 }]);
    for _ in 0..3 {
        let said = ask(&kit, &key, look.clone());
        assert_eq!((&said["code"], &said["rate_limits"][1]["remaining"]), (&json!("valid"), &json!(100)));
    }
    let said = ask(&kit, &key, json!([{ "name": "tokens", "cost": 501 }]));
    assert_eq!((&said["code"], &said["retry_after_ms"]), (&json!("rate_limited"), &Value::Null), "that never passes");
}

#[test]
fn a_name_that_nobody_defined_is_an_error_and_not_no_limit() {
    let kit = Kit::start();
    let key = limited(&kit, json!([{ "name": "default", "limit": 3, "window_s": 60 }]));
    let bare = kit.key(&kit.user("zoe"), json!({}));
    for (key, named, field) in [
        (&key, json!([{ "name": "default" }, { "name": "defautl" }]), "/rate_limits/1/name"),
        (&key, json!([{ "name": "default" }, { "name": "default" }]), "/rate_limits/1/name"),
        (&key, json!([{ "name": "default", "cost": 1_000_000_001_u32 }]), "/rate_limits/0/cost"),
        (&bare, json!([{ "name": "default" }]), "/rate_limits/0/name"),
    ] {
        let body = json!({ "key": key.secret, "rate_limits": named });
        let answer = kit.post(&kit.admin, "/v1/api-keys/verify", &body).fails(422, "unprocessable");
        assert_eq!(answer.str("/error/field"), field);
        assert!(!answer.str("/error/message").contains("defautl"));
    }
    assert_eq!(kit.verify(&key.secret)["rate_limits"][0]["remaining"], 2, "an error took nothing");
}

#[test]
fn a_changed_limit_holds_for_the_next_call_and_forgets_nothing() {
    let kit = Kit::start();
    let key = limited(&kit, json!([{ "name": "default", "limit": 2, "window_s": 86400 }]));
    for code in ["valid", "valid", "rate_limited"] {
        assert_eq!(kit.code(&key.secret), code);
    }
    let change = |limit: u32, window_s: u32| {
        let body = json!({ "rate_limits": [{ "name": "default", "limit": limit, "window_s": window_s }] });
        kit.patch(&kit.admin, &path(&key), &body).expect(200);
    };
    change(10, 60);
    assert_eq!(kit.verify(&key.secret)["rate_limits"][0]["remaining"], 7, "two were used, and this is the third");
    // At the new rate from the change on, also while nobody asks: 3 cells of 6 s.
    kit.clock.advance_ms(18_000);
    assert_eq!(ask(&kit, &key, json!([{ "name": "default", "cost": 0 }]))["rate_limits"][0]["remaining"], 10);
    assert_eq!(ask(&kit, &key, json!([{ "name": "default", "cost": 10 }]))["code"], "valid");
    change(5, 60);
    let said = kit.verify(&key.secret);
    assert_eq!((&said["code"], &said["retry_after_ms"]), (&json!("rate_limited"), &json!(6 * 12_000)));
    kit.patch(&kit.admin, &path(&key), &json!({ "rate_limits": [] })).expect(200);
    let said = kit.verify(&key.secret);
    assert_eq!((&said["code"], &said["rate_limits"]), (&json!("valid"), &json!([])));
}

#[test]
fn a_wall_clock_that_jumps_changes_nothing() {
    let kit = Kit::start();
    let key = limited(&kit, json!([{ "name": "default", "limit": 2, "window_s": 60 }]));
    let mut said = Vec::new();
    for _ in 0..3 {
        said.push(kit.code(&key.secret));
        kit.clock.advance_ms(-3_600_000);
    }
    assert_eq!(said, ["valid", "valid", "rate_limited"]);
    assert_eq!(kit.verify(&key.secret)["retry_after_ms"], 30_000);
    kit.clock.advance_ms(30_000);
    assert_eq!(kit.code(&key.secret), "valid");
}

#[test]
fn a_new_secret_or_another_owner_is_no_new_allowance() {
    let kit = Kit::start();
    let key = limited(&kit, json!([{ "name": "default", "limit": 2, "window_s": 60 }]));
    assert_eq!(kit.code(&key.secret), "valid");
    let rotated = kit.post(&kit.admin, &format!("{}/rotate", path(&key)), &json!({ "grace_s": 3600 })).expect(200);
    assert_eq!(kit.code(rotated.str("/data/secret")), "valid");
    for secret in [&key.secret, rotated.str("/data/secret")] {
        assert_eq!(kit.code(secret), "rate_limited", "both secrets are one key");
    }
    let to = kit.team("Acme");
    kit.post(&kit.admin, &format!("{}/transfer", path(&key)), &json!({ "owner": { "id": to } })).expect(200);
    assert_eq!(kit.code(&key.secret), "rate_limited");
}

#[test]
fn the_keys_of_an_owner_share_its_limits_beside_their_own() {
    let kit = Kit::start();
    let shared = json!([{ "name": "all", "limit": 3, "window_s": 60 }]);
    for noun in ["users", "teams"] {
        let body = json!({ "external_id": "shared", "name": "Shared", "rate_limits": shared });
        let owner = kit.post(&kit.admin, &format!("/v1/{noun}"), &body).expect(201).str("/data/id").to_owned();
        let own = json!({ "rate_limits": [{ "name": "all", "limit": 2, "window_s": 60 }] });
        let (first, second) = (kit.key(&owner, own), kit.key(&owner, json!({})));
        let said = kit.verify(&first.secret);
        let levels = [("key", 2, 1), ("owner", 3, 2)].map(|(of, limit, remaining)| {
            json!({ "name": "all", "of": of, "limit": limit, "remaining": remaining, "reset_ms": 60_000 / limit })
        });
        assert_eq!(said["rate_limits"], json!(levels), "{noun}: both count");
        assert_eq!(kit.code(&first.secret), "valid");
        for code in ["rate_limited", "rate_limited"] {
            assert_eq!(kit.code(&first.secret), code, "its own limit");
        }
        assert_eq!(kit.code(&second.secret), "valid", "which took nothing from the other");
        let said = kit.verify(&second.secret);
        assert_eq!((&said["code"], &said["retry_after_ms"]), (&json!("rate_limited"), &json!(20_000)));
        let stranger = kit.key(&kit.user(&format!("nobody of {noun}")), json!({}));
        assert_eq!(kit.verify(&stranger.secret)["rate_limits"], json!([]));
    }
}

#[test]
fn an_owners_limits_are_set_changed_and_shown_and_hold_with_the_answer() {
    let kit = Kit::start();
    let limit = |limit: u32| json!([{ "name": "all", "limit": limit, "window_s": 60, "burst": limit, "auto": true }]);
    for (noun, by) in [("users", "/v1/users/by-external-id/host"), ("teams", "/v1/teams/by-external-id/host")] {
        let made = kit.put(&kit.admin, by, &json!({ "rate_limits": limit(1) })).expect(201);
        let id = made.str("/data/id").to_owned();
        assert_eq!(made.json["data"]["rate_limits"], limit(1));
        let key = kit.key(&id, json!({}));
        assert_eq!([kit.code(&key.secret), kit.code(&key.secret)], ["valid", "rate_limited"]);
        let path = format!("/v1/{noun}/{id}");
        let events = kit.events();
        kit.patch(&kit.admin, &path, &json!({ "rate_limits": limit(1) })).expect(200);
        assert_eq!(kit.events(), events, "what changes nothing leaves nothing behind");
        kit.patch(&kit.admin, &path, &json!({ "rate_limits": [{ "name": "all", "limit": 5, "window_s": 60 }] }))
            .expect(200);
        assert_eq!(kit.get(&kit.admin, &path).expect(200).json["data"]["rate_limits"], limit(5));
        let event = &kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200).json["data"][0];
        assert_eq!(event["details"]["rate_limits"], json!({ "before": limit(1), "after": limit(5) }));
        assert_eq!(kit.verify(&key.secret)["rate_limits"][0]["remaining"], 3, "one was used, and this is the second");
        kit.put(&kit.admin, by, &json!({ "rate_limits": limit(2) })).expect(200);
        assert_eq!(kit.code(&key.secret), "rate_limited");
        kit.put(&kit.admin, by, &json!({ "name": "as it was" })).expect(200);
        assert_eq!(kit.code(&key.secret), "rate_limited", "what is not given stays");
        kit.patch(&kit.admin, &path, &json!({ "rate_limits": [] })).expect(200);
        assert_eq!(kit.code(&key.secret), "valid");
        for (bad, field) in [
            (json!([{ "name": "a b", "limit": 1, "window_s": 1 }]), "/rate_limits/0/name"),
            (json!([{ "name": "a", "limit": 0, "window_s": 1 }]), "/rate_limits/0/limit"),
            (json!([{ "name": "a", "limit": 1, "window_s": 2_678_401 }]), "/rate_limits/0/window_s"),
            (json!([{ "name": "a", "limit": 1, "window_s": 1, "burst": 2 }]), "/rate_limits/0/burst"),
        ] {
            let body = json!({ "rate_limits": bad });
            for answer in [kit.patch(&kit.admin, &path, &body), kit.put(&kit.admin, by, &body)] {
                assert_eq!(answer.fails(422, "unprocessable").str("/error/field"), field);
            }
            let body = json!({ "name": "new", "external_id": "new", "rate_limits": bad });
            let answer = kit.post(&kit.admin, &format!("/v1/{noun}"), &body).fails(422, "unprocessable");
            assert_eq!(answer.str("/error/field"), field);
        }
    }
}

#[test]
fn what_credits_refuse_is_given_back_to_every_limit() {
    let kit = Kit::start();
    let body = json!({ "external_id": "maya", "rate_limits": [{ "name": "all", "limit": 5, "window_s": 60 }] });
    let owner = kit.post(&kit.admin, "/v1/users", &body).expect(201).str("/data/id").to_owned();
    let limits = json!([{ "name": "own", "limit": 3, "window_s": 60 }]);
    let key = kit.key(&owner, json!({ "rate_limits": limits, "credits": { "remaining": 1 } }));
    assert_eq!(kit.code(&key.secret), "valid");
    for _ in 0..10 {
        let said = kit.verify(&key.secret);
        assert_eq!((&said["code"], &said["credits_remaining"]), (&json!("credits_exhausted"), &json!(0)));
        let left: Vec<&Value> =
            said["rate_limits"].as_array().expect("levels").iter().map(|level| &level["remaining"]).collect();
        assert_eq!(left, [2, 4]);
    }
    kit.patch(&kit.admin, &path(&key), &json!({ "credits": { "remaining": 9 } })).expect(200);
    assert_eq!([(); 3].map(|()| kit.code(&key.secret)), ["valid", "valid", "rate_limited"]);
    assert_eq!(kit.verify(&key.secret)["credits_remaining"], 7, "and what a limit refuses costs no credits");
}

#[test]
fn nobody_raises_their_own_limits() {
    let kit = Kit::start();
    let (person, team) = (kit.person("maya@example.com", "correct horse battery"), kit.team("Acme"));
    kit.seat(&team, &person, json!({ "role": "admin", "permissions": [] })).expect(201);
    let session = kit.session(&person);
    let key = kit.key(&person, json!({ "scopes": ["own:keys:write"] }));
    let body = json!({ "rate_limits": [] });
    for (caller, path) in [
        (&session, format!("/v1/teams/{team}")),
        (&session, format!("/v1/users/{person}")),
        (&session, path(&key)),
        (&key.secret, path(&key)),
        (&key.secret, format!("/v1/users/{person}")),
    ] {
        kit.call(crate::client::Call::new("PATCH", &path).bearer(caller).ours().json(&body)).fails(403, "forbidden");
    }
    assert_eq!(kit.get(&session, "/v1/users/me").expect(200).json["data"]["rate_limits"], json!([]), "but sees them");
}
