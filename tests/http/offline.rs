//! Offline verification: what a key is exchanged for, what is refused, how keys that sign follow each other, and that a checker who asks for what
//! was changed knows of everything that was answered.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::checker::{Checker, Refused};
use crate::client::Answer;
use crate::kit::{Kit, NOBODY, START, stranger, time};
use crate::world::Issued;

pub const AUDIENCE: &str = "https://api.example.com";
const TOKEN: &str = "/v1/api-keys/token";

pub fn on() -> Kit {
    Kit::with(&[("offline.enabled", "true")])
}

pub fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

pub fn issuer(kit: &Kit) -> String {
    format!("http://{}", kit.address)
}

/// A key that may be exchanged.
pub fn offline_key(kit: &Kit, owner: &str, mut settings: Value) -> Issued {
    settings["offline"] = true.into();
    kit.key(owner, settings)
}

pub fn try_exchange(kit: &Kit, secret: &str, more: Value) -> Answer {
    let mut body = json!({ "key": secret, "audience": AUDIENCE });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("settings").clone());
    kit.post(&kit.admin, TOKEN, &body)
}

pub fn exchange(kit: &Kit, secret: &str) -> String {
    try_exchange(kit, secret, json!({})).expect(200).str("/data/token").to_owned()
}

/// Part `n` of a token.
pub fn part(token: &str, n: usize) -> Value {
    let part = token.split('.').nth(n).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// A checker that has read everything.
pub fn checker(kit: &Kit) -> Checker {
    let mut checker = Checker::new(&issuer(kit), AUDIENCE, Some(60));
    refresh(kit, &mut checker);
    checker
}

pub fn refresh(kit: &Kit, checker: &mut Checker) {
    checker.take_keys(&kit.get(NOBODY, "/.well-known/jwks.json").expect(200).json);
    loop {
        let listed = kit.get(&kit.admin, &format!("/v1/revoked?since={}", checker.since())).expect(200);
        if !checker.take_list(listed.str("/data/list"), now(kit)).expect("a list") {
            return;
        }
    }
}

pub fn now(kit: &Kit) -> i64 {
    kit.clock.now_ms() / 1000
}

pub fn check(kit: &Kit, checker: &Checker, token: &str) -> Result<Value, Refused> {
    checker.check(token, now(kit), None, &[])
}

#[test]
fn a_key_is_exchanged_for_a_token_of_rfc_9068_that_a_checker_takes() {
    let kit = on();
    let owner = kit.user("maya");
    let key = offline_key(&kit, &owner, json!({ "scopes": ["a:read", "b:read", "own:keys:revoke"] }));
    let answer = try_exchange(&kit, &key.secret, json!({})).expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((answer.str("/data/code"), answer.str("/data/token_type")), ("valid", "Bearer"));
    assert_eq!(answer.str("/data/expires_at"), time(START + 300_000));
    assert_eq!(answer.str("/data/key/id"), key.id);
    let token = answer.str("/data/token");
    let header = part(token, 0);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    let published = kit.get(NOBODY, "/.well-known/jwks.json").expect(200);
    assert_eq!(published.json["keys"][0]["kid"], header["kid"]);
    assert_eq!(published.header("cache-control"), Some("public, max-age=300"));
    let claims = part(token, 1);
    let mut expected = json!({ "iss": issuer(&kit), "sub": owner, "aud": AUDIENCE, "iat": START / 1000, "exp": START / 1000 + 300,
        "client_id": key.id, "scope": "a:read b:read", "env": "live" });
    for name in ["jti", "rev"] {
        expected[name] = claims[name].clone();
    }
    assert_eq!(claims, expected, "reserved scopes mean nothing elsewhere");
    assert_ne!(claims["jti"], part(&exchange(&kit, &key.secret), 1)["jti"]);
    assert_eq!(check(&kit, &checker(&kit), token), Ok(claims));
}

#[test]
fn a_token_lives_no_longer_than_it_was_asked_for_nor_than_its_key() {
    let kit = on();
    let owner = kit.user("maya");
    let exp = |secret: &str, more: Value| {
        let answer = try_exchange(&kit, secret, more).expect(200);
        part(answer.str("/data/token"), 1)["exp"].as_i64().expect("a time") - START / 1000
    };
    let long = offline_key(&kit, &owner, json!({}));
    let short = offline_key(&kit, &owner, json!({ "expires_at": time(START + 100_999) }));
    assert_eq!((exp(&long.secret, json!({})), exp(&long.secret, json!({ "expires_in_s": 20 }))), (300, 20));
    assert_eq!((exp(&short.secret, json!({})), exp(&short.secret, json!({ "expires_in_s": 20 }))), (100, 20));
    for wrong in [0, -1, 301] {
        try_exchange(&kit, &long.secret, json!({ "expires_in_s": wrong }))
            .fails(422, "unprocessable")
            .at("/expires_in_s");
    }
    let mut checker = checker(&kit);
    checker.list_max_age_s = None;
    let token = exchange(&kit, &short.secret);
    let ends = START / 1000 + 100;
    assert!(checker.check(&token, ends - 1, None, &[]).is_ok());
    assert_eq!(checker.check(&token, ends, None, &[]), Err(Refused::Expired));
    kit.clock.advance_ms(100_500);
    try_exchange(&kit, &short.secret, json!({})).fails(409, "conflict");
}

#[test]
fn a_token_carries_the_scopes_that_it_was_asked_for_and_they_must_be_on_the_key() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({ "scopes": ["a:read", "b:read", "keystead:verify"] }));
    let ask = |scopes: Value| try_exchange(&kit, &key.secret, json!({ "scopes": scopes }));
    for (asked, carried) in [(json!(["b:read"]), "b:read"), (json!([]), "")] {
        assert_eq!(part(ask(asked).expect(200).str("/data/token"), 1)["scope"], carried);
    }
    let refused = ask(json!(["a:read", "c:read"])).expect(200);
    assert_eq!(refused.str("/data/code"), "insufficient_scope");
    assert_eq!(
        (&refused.json["data"]["token"], &refused.json["data"]["missing_scopes"]),
        (&Value::Null, &json!(["c:read"]))
    );
    ask(json!(["keystead:verify"])).fails(422, "unprocessable").at("/scopes");
    ask(json!(["a b"])).fails(422, "unprocessable").at("/scopes/0");
    let checker = checker(&kit);
    let token = ask(json!(["b:read"])).expect(200).str("/data/token").to_owned();
    assert!(checker.check(&token, now(&kit), None, &["b:read"]).is_ok());
    assert_eq!(checker.check(&token, now(&kit), None, &["b:read", "a:read"]), Err(Refused::InsufficientScope));
}

#[test]
fn without_an_audience_or_a_verifiers_key_there_is_no_token() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    kit.post(&kit.admin, TOKEN, &json!({ "key": key.secret })).fails(400, "invalid").at("/audience");
    for wrong in ["", "a b", "é", &"x".repeat(256)] {
        try_exchange(&kit, &key.secret, json!({ "audience": wrong })).fails(422, "unprocessable").at("/audience");
    }
    let body = json!({ "key": key.secret, "audience": AUDIENCE });
    kit.post(NOBODY, TOKEN, &body).fails(401, "unauthenticated");
    kit.post(&key.secret, TOKEN, &body).fails(403, "forbidden");
    let sandbox = kit.backend_in(keystead::config::Environment::Test, &["keystead:verify"], None).secret;
    kit.post(&sandbox, TOKEN, &body).fails(409, "conflict");
    kit.get(NOBODY, "/v1/revoked").fails(401, "unauthenticated");
    kit.get(&key.secret, "/v1/revoked").fails(403, "forbidden");
}

#[test]
fn a_key_that_is_not_valid_has_its_verdict_and_no_token() {
    let kit = on();
    let owner = kit.user("maya");
    let (revoked, test) =
        (offline_key(&kit, &owner, json!({})), offline_key(&kit, &owner, json!({ "environment": "test" })));
    kit.delete(&kit.admin, &path(&revoked)).expect(200);
    for (secret, code) in [
        (revoked.secret.as_str(), "revoked"),
        (&test.secret, "wrong_environment"),
        ("no key", "malformed"),
        (&stranger("sk_live_"), "not_found"),
    ] {
        let answer = try_exchange(&kit, secret, json!({})).expect(200);
        assert_eq!((answer.str("/data/code"), &answer.json["data"]["valid"]), (code, &json!(false)));
        assert_eq!((&answer.json["data"]["token"], &answer.json["data"]["expires_at"]), (&Value::Null, &Value::Null));
    }
    let answer = try_exchange(&kit, &test.secret, json!({ "environment": "test" })).expect(200);
    let token = answer.str("/data/token");
    assert_eq!(part(token, 1)["env"], "test");
    assert_eq!(check(&kit, &checker(&kit), token), Err(Refused::NotForUs), "a live service takes no test key's token");
}

#[test]
fn what_cannot_be_held_to_elsewhere_is_not_exchanged_and_nothing_is_spent() {
    let kit = on();
    let owner = kit.user("maya");
    let plain = kit.key(&owner, json!({}));
    let credits = offline_key(&kit, &owner, json!({ "credits": { "remaining": 5 } }));
    let rotated = offline_key(&kit, &owner, json!({}));
    kit.post(&kit.admin, &format!("{}/rotate", path(&rotated)), &json!({ "grace_s": 60 })).expect(200);
    let bound = |list: &str, rule: &str| offline_key(&kit, &owner, json!({ "restrictions": { list: [rule] } }));
    let (endpoint, referrer) = (bound("endpoints", "GET /a"), bound("referrers", "https://app.example.com"));
    for key in [&plain, &credits, &rotated, &endpoint, &referrer] {
        let refused = try_exchange(&kit, &key.secret, json!({})).fails(409, "conflict").at("/key");
        assert!(refused.str("/error/message").contains("verify"), "the way out is told");
    }
    let left = kit.get(&kit.admin, &path(&credits)).expect(200);
    assert_eq!(left.json["data"]["credits"]["remaining"], 5);
    kit.flush();
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE last_used_at IS NOT NULL AND name = 'a key'"), 0);
}

#[test]
fn a_list_of_addresses_goes_with_the_token_and_must_be_understood() {
    let kit = on();
    let restrictions = json!({ "restrictions": { "ips": ["203.0.113.0/24", "2001:db8::1"] } });
    let key = offline_key(&kit, &kit.user("maya"), restrictions);
    for (more, code) in [(json!({}), "ip_denied"), (json!({ "ip": "198.51.100.1" }), "ip_denied")] {
        let refused = try_exchange(&kit, &key.secret, more).expect(200);
        assert_eq!((refused.str("/data/code"), &refused.json["data"]["token"]), (code, &Value::Null));
    }
    let answer = try_exchange(&kit, &key.secret, json!({ "ip": "203.0.113.7" })).expect(200);
    let token = answer.str("/data/token");
    assert_eq!(part(token, 0)["crit"], json!(["ips"]));
    assert_eq!(part(token, 1)["ips"], json!(["203.0.113.0/24", "2001:db8::1"]));
    let checker = checker(&kit);
    let from = |ip: &str| checker.check(token, now(&kit), ip.parse().ok(), &[]).err();
    assert_eq!((from("203.0.113.9"), from("2001:db8::1")), (None, None));
    assert_eq!((from("198.51.100.1"), from("nowhere")), (Some(Refused::IpDenied), Some(Refused::IpDenied)));
}

#[test]
fn an_exchange_counts_like_a_verification() {
    let kit = on();
    let limits = json!({ "rate_limits": [{ "name": "all", "limit": 2, "window_s": 60 }] });
    let key = offline_key(&kit, &kit.user("maya"), limits);
    let code = || try_exchange(&kit, &key.secret, json!({})).expect(200).str("/data/code").to_owned();
    assert_eq!([code(), code(), code()], ["valid", "valid", "rate_limited"]);
    try_exchange(&kit, &key.secret, json!({ "rate_limits": [{ "name": "none" }] })).fails(422, "unprocessable");
    let shown = kit.get(&kit.admin, &path(&key)).expect(200);
    assert_eq!(shown.str("/data/last_used"), time(START));
}

#[test]
fn switched_off_there_are_no_tokens_no_list_and_no_keys() {
    let kit = Kit::start();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let refused = try_exchange(&kit, &key.secret, json!({})).fails(409, "conflict");
    assert!(refused.str("/error/message").contains("offline.enabled"));
    kit.get(&kit.admin, "/v1/revoked").fails(409, "conflict");
    kit.post(&kit.admin, "/v1/signing-keys", &json!({})).fails(409, "conflict");
    kit.get(NOBODY, "/.well-known/jwks.json").fails(404, "not_found");
    assert_eq!(kit.number("SELECT COUNT(*) FROM signing_keys"), 0);
}
