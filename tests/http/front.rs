//! A verification is answered in front of the router; with a query behind the path, which it takes no notice of, the router answers it. Nobody
//! can tell which of the two it was.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, stranger};

const FRONT: &str = "/v1/api-keys/verify";
const ROUTER: &str = "/v1/api-keys/verify?and=nothing";

/// What must be alike: all but what is of this one request.
fn lasting(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let of_this_one = |name: &str| name == "x-request-id" || name == "date";
    let mut headers: Vec<_> = answer.headers.iter().filter(|(name, _)| !of_this_one(name)).cloned().collect();
    headers.sort();
    let id = answer.header("x-request-id").expect("every answer has its id");
    assert!(id.starts_with("req_") && id.len() == 20, "{id}");
    let named = answer.text.matches("req_").count();
    assert_eq!(named, answer.text.matches(id).count(), "an answer names its own request: {}", answer.text);
    (answer.status, headers, answer.text.replace(id, "req"))
}

fn alike(kit: &Kit, call: &Call) -> Answer {
    let at = |path: &str| kit.call(Call { path: path.into(), ..call.clone() });
    let (front, router) = (at(FRONT), at(ROUTER));
    assert_eq!(lasting(&front), lasting(&router), "{call:?}");
    front
}

#[test]
fn a_verdict_is_the_same_in_front_of_the_router_and_behind_it() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let good = kit.key(&owner, json!({ "description": "a quote \" and \\ and é", "scopes": ["a:read"] }));
    let ended = kit.key(&owner, json!({}));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", ended.id)).expect(200);
    let call = Call::new("POST", FRONT).bearer(&kit.admin);
    for (asked, code) in [
        (json!({ "key": good.secret }), "valid"),
        (json!({ "key": good.secret, "scopes": ["a:read", "b:read"], "any_scopes": ["c:*"] }), "insufficient_scope"),
        (json!({ "key": good.secret, "environment": "test" }), "wrong_environment"),
        (json!({ "key": good.secret, "include": ["metadata", "owner.email", "key"], "cost": 0 }), "valid"),
        (json!({ "key": ended.secret }), "revoked"),
        (json!({ "key": stranger("sk_live_") }), "not_found"),
        (json!({ "key": "\"\\" }), "malformed"),
    ] {
        let answer = alike(&kit, &call.clone().json(&asked)).expect(200);
        assert_eq!(answer.str("/data/code"), code);
    }
}

#[test]
fn a_refusal_is_the_same_in_front_of_the_router_and_behind_it() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let (key, gone) = (kit.key(&owner, json!({})), kit.backend(&["keystead:verify"]));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", gone.id)).expect(200);
    let asked = json!({ "key": key.secret });
    let call = || Call::new("POST", FRONT).json(&asked);
    let none: [(&str, &str); 0] = [];
    for (caller, headers, status) in [
        (NOBODY, &none[..], 401),
        ("sk_live_short", &none, 401),
        (&stranger("sk_live_"), &none, 401),
        (&gone.secret, &none, 401),
        (&key.secret, &none, 403),
        (&kit.admin, &[("X-API-Key", "another")], 400),
        (&kit.admin, &[("X-API-Key", &kit.admin)], 200),
        (NOBODY, &[("X-API-Key", &kit.admin)], 200),
        (NOBODY, &[("Authorization", "Basic eDp5")], 401),
        (NOBODY, &[("Authorization", &format!("Bearer {}", kit.admin)), ("Authorization", "Bearer x")], 400),
        (&kit.admin, &[("Origin", "https://app.example.com")], 200),
    ] {
        let call = headers.iter().fold(call().bearer(caller), |call, (name, value)| call.header(name, value));
        assert_eq!(alike(&kit, &call).status, status, "{call:?}");
    }
    for (body, status) in [
        ("", 400),
        ("[]", 400),
        ("{\"key\": 1}", 400),
        ("{\"key\": \"a\", \"key\": \"b\"}", 400),
        ("{\"key\": \"a\", \"kex\": 1}", 400),
        ("{\"key\": \"a\", \"ip\": \"here\"}", 400),
        ("{\"key\": \"a\", \"scopes\": [\"a b\"]}", 422),
        ("{\"key\": \"a\", \"cost\": -1}", 422),
        ("{\"key\": \"\\ud800\"}", 400),
    ] {
        let call = Call::new("POST", FRONT).bearer(&kit.admin).header("Content-Type", "application/json").body(body);
        assert_eq!(alike(&kit, &call).status, status, "{body}");
    }
    let long = json!({ "key": "x".repeat(2 << 20) });
    for (call, status) in [
        (Call::new("POST", FRONT).bearer(&kit.admin).json(&long), 413),
        (Call::new("POST", FRONT).bearer(&kit.admin).header("Content-Type", "text/plain").body("{}"), 415),
        (Call::new("PUT", FRONT).bearer(&kit.admin).json(&Value::Null), 405),
    ] {
        assert_eq!(alike(&kit, &call).status, status);
    }
}
