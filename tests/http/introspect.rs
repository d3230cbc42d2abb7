//! `POST /v1/introspect`: verification in the words of RFC 7662.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, START, stranger, time};

fn form(body: &str) -> Call {
    Call::new("POST", "/v1/introspect").header("Content-Type", "application/x-www-form-urlencoded").body(body)
}

fn ask(kit: &Kit, body: &str) -> Answer {
    kit.call(form(body).bearer(&kit.admin))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[test]
fn a_valid_key_is_active_and_told_of_in_the_words_of_the_rfc() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let settings = json!({ "scopes": ["b:read", "a:read"], "expires_at": time(START + 90_999) });
    let key = kit.key(&owner, settings);
    let told = ask(&kit, &format!("token={}&token_type_hint=access_token", key.secret)).expect(200);
    assert_eq!(told.header("cache-control"), Some("no-store"));
    assert_eq!(told.header("content-type"), Some("application/json"));
    let name = kit.get(&kit.admin, &format!("/v1/users/{owner}")).expect(200).json["data"]["name"].clone();
    let mut expected = json!({ "active": true, "scope": "a:read b:read", "client_id": key.id, "sub": owner,
        "token_type": "Bearer", "exp": START / 1000 + 90, "iat": START / 1000, "iss": format!("http://{}", kit.address),
        "environment": "live" });
    if name != "" {
        expected["username"] = name;
    }
    assert_eq!(told.json, expected);
    let forever = kit.key(&kit.team("Acme"), json!({}));
    let told = ask(&kit, &format!("token={}", forever.secret)).expect(200).json;
    assert_eq!((&told["active"], &told["username"], told.get("exp")), (&json!(true), &json!("Acme"), None));
    assert_eq!(told["scope"], "");
}

#[test]
fn whatever_is_not_valid_is_inactive_and_nothing_else_is_told() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = || kit.key(&owner, json!({ "scopes": ["a:read"] }));
    let (revoked, disabled) = (key(), key());
    let expired = kit.key(&owner, json!({ "expires_at": time(START + 1) }));
    let test = kit.key(&owner, json!({ "environment": "test" }));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", revoked.id)).expect(200);
    kit.patch(&kit.admin, &format!("/v1/api-keys/{}", disabled.id), &json!({ "enabled": false })).expect(200);
    kit.clock.advance_ms(2);
    let mut dead: Vec<String> = [&revoked, &disabled, &expired, &test].map(|key| key.secret.clone()).into();
    dead.extend([stranger("sk_live_"), "no-key".into(), String::new()]);
    for token in &dead {
        let told = ask(&kit, &format!("token={token}")).expect(200);
        assert_eq!(told.text, r#"{"active":false}"#, "{token}");
        assert_eq!(told.header("cache-control"), Some("no-store"));
    }
    assert_eq!(ask(&kit, &format!("token={}&environment=any", test.secret)).expect(200).json["active"], true);
    let suspended = kit.user("to suspend");
    let key = kit.key(&suspended, json!({}));
    kit.suspend(&suspended);
    assert_eq!(ask(&kit, &format!("token={}", key.secret)).expect(200).json, json!({ "active": false }));
}

#[test]
fn an_introspection_spends_like_a_verification_and_needs_the_place_of_a_key_that_is_bound_to_one() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let active = |body: String| ask(&kit, &body).expect(200).json["active"] == true;
    let paid = kit.key(&owner, json!({ "credits": { "remaining": 2 } })).secret;
    let each = ["&cost=0", "&cost=3", "", "", "&cost=0", ""].map(|cost| active(format!("token={paid}{cost}")));
    assert_eq!(each, [true, false, true, true, true, false]);
    let limited = kit.key(&owner, json!({ "rate_limits": [{ "name": "all", "limit": 1, "window_s": 60 }] })).secret;
    assert_eq!([(); 2].map(|()| active(format!("token={limited}"))), [true, false]);
    let restrictions = json!({ "restrictions": { "ips": ["203.0.113.0/24"], "endpoints": ["GET /a"] } });
    let bound = kit.key(&owner, restrictions).secret;
    for (place, is_active) in [
        ("", false),
        ("&ip=203.0.113.9", false),
        ("&ip=203.0.113.9&method=GET&path=/b", false),
        ("&ip=203.0.113.9&method=GET&path=/a", true),
        ("&ip=%3A%3Affff%3A203.0.113.9&method=GET&path=%2Fa", true),
    ] {
        assert_eq!(active(format!("token={bound}{place}")), is_active, "{place}");
    }
}

#[test]
fn a_former_secret_ends_with_its_grace() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    kit.post(&kit.admin, &format!("/v1/api-keys/{}/rotate", key.id), &json!({ "grace_s": 60 })).expect(200);
    let told = || ask(&kit, &format!("token={}", key.secret)).expect(200).json;
    assert_eq!(told()["exp"], START / 1000 + 60);
    kit.clock.advance_ms(60_000);
    assert_eq!(told(), json!({ "active": false }));
}

#[test]
fn whoever_asks_presents_a_verifiers_key_as_bearer_or_as_the_password_of_basic() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({})).secret;
    let verifier = kit.backend(&["keystead:verify"]).secret;
    let body = format!("token={key}");
    let with = |value: &str| kit.call(form(&body).header("Authorization", value));
    for header in [format!("Bearer {verifier}"), basic("anything", &verifier), basic("", &verifier)] {
        assert_eq!(with(&header).expect(200).json["active"], true);
    }
    assert_eq!(kit.call(form(&body).header("X-API-Key", &verifier)).expect(200).json["active"], true);
    kit.call(form(&body)).fails(401, "unauthenticated");
    let unknown = basic("anything", &stranger("sk_live_"));
    for header in [&*unknown, &basic(&verifier, ""), "Basic", "Basic !!!", "Basic bm8gY29sb24=", "Digest x"] {
        with(header).fails(401, "unauthenticated");
    }
    with(&basic("anything", &key)).fails(403, "forbidden");
    kit.call(form(&body).bearer(&key)).fails(403, "forbidden");
    let both = form(&body).header("Authorization", &basic("", &verifier)).header("X-API-Key", &verifier);
    kit.call(both).fails(400, "invalid");
    // Nowhere else.
    kit.call(Call::new("GET", "/v1/me").header("Authorization", &basic("", &verifier))).fails(401, "unauthenticated");
}

#[test]
fn a_request_that_is_no_introspection_is_refused_and_words_of_others_are_passed_over() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({})).secret;
    ask(&kit, "").fails(400, "invalid").at("/token");
    ask(&kit, "token_type_hint=access_token").fails(400, "invalid").at("/token");
    ask(&kit, &format!("token={key}&token={key}")).fails(400, "invalid").at("/token");
    ask(&kit, &format!("token={key}&ip=nonsense")).fails(400, "invalid").at("/ip");
    ask(&kit, &format!("token={key}&cost=-1")).fails(422, "unprocessable").at("/cost");
    ask(&kit, &format!("token={key}&environment=none")).fails(400, "invalid").at("/environment");
    kit.post(&kit.admin, "/v1/introspect", &json!({ "token": key })).fails(415, "unsupported_media_type");
    kit.get(&kit.admin, "/v1/introspect").fails(405, "method_not_allowed");
    kit.call(Call::new("POST", "/v1/introspect").bearer(NOBODY)).fails(401, "unauthenticated");
    let others = format!("client_id=me&token={key}&resource=https%3A%2F%2Fapi.example.com&ip=203.0.113.9&cost=0");
    assert_eq!(ask(&kit, &others).expect(200).json["active"], true);
}

#[test]
fn an_introspection_counts_as_a_use_and_happens_in_the_callers_world() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let last_used =
        || kit.get(&kit.admin, &format!("/v1/api-keys/{}", key.id)).expect(200).json["data"]["last_used"].clone();
    assert_eq!(last_used(), Value::Null);
    ask(&kit, &format!("token={}", key.secret)).expect(200);
    assert_eq!(last_used(), json!(time(START)));
    let sandbox = kit.backend_in(keystead::config::Environment::Test, &["keystead:verify"], None).secret;
    for call in [
        form(&format!("token={}", key.secret)).bearer(&sandbox),
        form(&format!("token={}", key.secret)).header("Authorization", &basic("", &sandbox)),
    ] {
        assert_eq!(kit.call(call).expect(200).json, json!({ "active": false }));
    }
}
