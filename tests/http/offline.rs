//! Offline verification: what a key is exchanged for, what is refused, how keys that sign follow each other, and that a checker who asks for what
//! was changed knows of everything that was answered.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::checker::{Checker, Refused};
use crate::client::Answer;
use crate::kit::{Kit, NOBODY, START, stranger, time};
use crate::world::{Issued, at};

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
fn part(token: &str, n: usize) -> Value {
    let part = token.split('.').nth(n).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// A checker that has read everything.
fn checker(kit: &Kit) -> Checker {
    let mut checker = Checker::new(&issuer(kit), AUDIENCE, Some(60));
    refresh(kit, &mut checker);
    checker
}

fn refresh(kit: &Kit, checker: &mut Checker) {
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

fn check(kit: &Kit, checker: &Checker, token: &str) -> Result<Value, Refused> {
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

/// Something that ends tokens, and must be in the list with its answer.
type End = (&'static str, fn(&Kit, &str, &Issued));

#[test]
fn whatever_ends_a_key_or_makes_another_of_it_is_in_the_list_with_its_answer() {
    let ends: [End; 13] = [
        ("revoked", |kit, _, key| drop(kit.delete(&kit.admin, &path(key)).expect(200))),
        ("disabled", |kit, _, key| drop(kit.patch(&kit.admin, &path(key), &json!({ "enabled": false })).expect(200))),
        ("other scopes", |kit, _, key| drop(kit.patch(&kit.admin, &path(key), &json!({ "scopes": [] })).expect(200))),
        ("other addresses", |kit, _, key| {
            let restrictions = json!({ "restrictions": { "ips": ["203.0.113.9"] } });
            drop(kit.patch(&kit.admin, &path(key), &restrictions).expect(200));
        }),
        ("an end", |kit, _, key| {
            drop(kit.patch(&kit.admin, &path(key), &json!({ "expires_at": time(START + 1_000) })).expect(200));
        }),
        ("credits", |kit, _, key| {
            drop(kit.patch(&kit.admin, &path(key), &json!({ "credits": { "remaining": 1 } })).expect(200));
        }),
        ("no longer offline", |kit, _, key| {
            drop(kit.patch(&kit.admin, &path(key), &json!({ "offline": false })).expect(200));
        }),
        ("rotated", |kit, _, key| drop(kit.post(&kit.admin, &format!("{}/rotate", path(key)), &json!({})).expect(200))),
        ("another owner", |kit, _, key| {
            let to = kit.user("somebody else");
            drop(
                kit.post(&kit.admin, &format!("{}/transfer", path(key)), &json!({ "owner": { "id": to } })).expect(200),
            );
        }),
        ("revoked with others", |kit, _, key| {
            drop(kit.post(&kit.admin, "/v1/api-keys/revoke", &json!({ "ids": [key.id] })).expect(200));
        }),
        ("its owner suspended", |kit, owner, _| kit.suspend(owner)),
        ("its owner removed", |kit, owner, _| drop(kit.delete(&kit.admin, &at(owner)).expect(200))),
        ("by itself", |kit, _, key| drop(kit.delete(&key.secret, &path(key)).expect(200))),
    ];
    let kit = on();
    let bystander = offline_key(&kit, &kit.user("bystander"), json!({}));
    let mut checker = checker(&kit);
    for (what, end) in ends {
        let owner = kit.user(what);
        let key = offline_key(&kit, &owner, json!({ "scopes": ["a:read"] }));
        let (token, other) = (exchange(&kit, &key.secret), exchange(&kit, &bystander.secret));
        refresh(&kit, &mut checker);
        assert!(check(&kit, &checker, &token).is_ok(), "{what}");
        end(&kit, &owner, &key);
        refresh(&kit, &mut checker);
        assert_eq!(check(&kit, &checker, &token), Err(Refused::Changed), "{what}");
        assert!(check(&kit, &checker, &other).is_ok(), "{what}: nobody else's");
        assert_eq!(check(&kit, &self::checker(&kit), &token), Err(Refused::Changed), "{what}: to a new checker, too");
    }
}

#[test]
fn a_token_made_after_a_change_is_good_however_quickly_it_was_made() {
    let kit = on();
    let owner = kit.user("maya");
    let key = offline_key(&kit, &owner, json!({ "scopes": ["a:read"] }));
    let before = exchange(&kit, &key.secret);
    kit.patch(&kit.admin, &path(&key), &json!({ "scopes": ["b:read"] })).expect(200);
    let after = exchange(&kit, &key.secret);
    let checker = checker(&kit);
    assert_eq!(check(&kit, &checker, &before), Err(Refused::Changed));
    assert_eq!(checker.check(&after, now(&kit), None, &["b:read"]).expect("good")["scope"], "b:read");
    kit.suspend(&owner);
    kit.patch(&kit.admin, &at(&owner), &json!({ "status": "active" })).expect(200);
    let again = exchange(&kit, &key.secret);
    let checker = self::checker(&kit);
    assert_eq!(check(&kit, &checker, &after), Err(Refused::Changed), "suspended in between");
    assert!(check(&kit, &checker, &again).is_ok());
}

#[test]
fn a_role_that_means_something_else_ends_all_tokens() {
    let kit = on();
    kit.role("reader", &["a:*", "b:read"]);
    let key = offline_key(&kit, &kit.user("maya"), json!({ "roles": ["reader"], "scopes": ["c:read"] }));
    let mut checker = checker(&kit);
    let token = exchange(&kit, &key.secret);
    assert_eq!(part(&token, 1)["scope"], "a:* b:read c:read");
    assert!(checker.check(&token, now(&kit), None, &["a:x:y", "b:read", "c:read"]).is_ok());
    kit.patch(&kit.admin, "/v1/roles/reader", &json!({ "description": "reads" })).expect(200);
    refresh(&kit, &mut checker);
    assert!(check(&kit, &checker, &token).is_ok());
    kit.patch(&kit.admin, "/v1/roles/reader", &json!({ "scopes": ["a:*"] })).expect(200);
    refresh(&kit, &mut checker);
    assert_eq!(check(&kit, &checker, &token), Err(Refused::Changed));
    assert!(check(&kit, &checker, &exchange(&kit, &key.secret)).is_ok());
}

#[test]
fn a_new_name_ends_no_token() {
    let kit = on();
    let owner = kit.user("maya");
    let (named, revoked) = (offline_key(&kit, &owner, json!({})), offline_key(&kit, &owner, json!({})));
    let tokens = [exchange(&kit, &named.secret), exchange(&kit, &revoked.secret)];
    let noted = || kit.number("SELECT COUNT(*) FROM offline_changes");
    let before = noted();
    kit.patch(&kit.admin, &path(&named), &json!({ "description": "renamed", "metadata": { "a": 1 } })).expect(200);
    kit.patch(&kit.admin, &at(&owner), &json!({ "name": "Maya B." })).expect(200);
    assert_eq!(noted(), before);
    kit.delete(&kit.admin, &path(&revoked)).expect(200);
    let checker = checker(&kit);
    assert!(check(&kit, &checker, &tokens[0]).is_ok());
    assert_eq!(check(&kit, &checker, &tokens[1]), Err(Refused::Changed));
    assert_eq!(noted(), before + 1);
}

#[test]
fn a_list_comes_in_pages_is_forgotten_after_an_hour_and_its_numbers_only_grow() {
    let kit = on();
    let insert = "INSERT INTO offline_changes (subject, rev, changed_at)
                  WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2500) SELECT 'key_' || n, n, 1800000000000 FROM n";
    kit.run("DELETE FROM offline_changes", Vec::new());
    assert_eq!(kit.run(insert, Vec::new()), 2_500);
    let mut checker = Checker::new(&issuer(&kit), AUDIENCE, Some(60));
    checker.take_keys(&kit.get(NOBODY, "/.well-known/jwks.json").expect(200).json);
    let mut page = |more: bool| {
        let listed = kit.get(&kit.admin, &format!("/v1/revoked?since={}", checker.since())).expect(200);
        assert_eq!(checker.take_list(listed.str("/data/list"), now(&kit)), Ok(more));
        checker.since()
    };
    assert_eq!([page(true), page(true), page(false), page(false)], [1_000, 2_000, 2_500, 2_500]);
    kit.clock.advance_ms(3_600_001);
    kit.tidy();
    assert_eq!(kit.number("SELECT MIN(rev) * 10 + COUNT(*) FROM offline_changes"), 25_001, "the newest stays");
    kit.clock.advance_ms(-i64::from(u32::MAX));
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    kit.delete(&kit.admin, &path(&key)).expect(200);
    assert!(kit.number("SELECT MAX(rev) FROM offline_changes") > 2_500);
    for (wrong, status) in [("since=-1", 400), ("since=x", 400), ("after=1", 400)] {
        kit.get(&kit.admin, &format!("/v1/revoked?{wrong}")).expect(status);
    }
}

#[test]
fn a_list_that_was_kept_back_or_is_of_another_question_is_not_believed() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let list = |since: i64| {
        kit.get(&kit.admin, &format!("/v1/revoked?since={since}")).expect(200).str("/data/list").to_owned()
    };
    let mut checker = checker(&kit);
    let old = list(checker.since());
    let token = exchange(&kit, &key.secret);
    assert_eq!(checker.take_list(&list(7), now(&kit)), Err(Refused::NotForUs));
    assert_eq!(checker.take_list(&token, now(&kit)), Err(Refused::Malformed), "a token is no list");
    assert_eq!(check(&kit, &checker, &list(0)), Err(Refused::Malformed), "and a list no token");
    kit.clock.advance_ms(61_000);
    assert_eq!(check(&kit, &checker, &token), Err(Refused::Stale), "whoever does not hear of changes believes nobody");
    refresh(&kit, &mut checker);
    assert!(check(&kit, &checker, &token).is_ok());
    assert_eq!(checker.take_list(&old, now(&kit)), Err(Refused::Stale));
}

#[test]
fn the_next_key_is_published_before_it_signs_and_a_former_one_until_its_tokens_are_over() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let kids = || {
        let published = kit.get(NOBODY, "/.well-known/jwks.json").expect(200);
        let keys = published.json["keys"].as_array().expect("keys").iter();
        keys.map(|key| key["kid"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let signer = || part(&exchange(&kit, &key.secret), 0)["kid"].as_str().expect("a name").to_owned();
    let first = signer();
    assert_eq!(kids(), [first.as_str()]);
    let rolled = kit.post(&kit.admin, "/v1/signing-keys", &json!({})).expect(200);
    let second = rolled.str("/data/kid").to_owned();
    assert_eq!(rolled.str("/data/signs_at"), time(START + 600_000));
    kit.post(&kit.admin, "/v1/signing-keys", &json!({})).fails(409, "conflict");
    assert_eq!((signer(), kids()), (first.clone(), vec![first.clone(), second.clone()]));
    kit.clock.advance_ms(599_999);
    assert_eq!(signer(), first);
    let last = exchange(&kit, &key.secret);
    kit.clock.advance_ms(1);
    assert_eq!(signer(), second);
    assert!(check(&kit, &checker(&kit), &last).is_ok(), "what the former one signed is good to its end");
    kit.clock.advance_ms(1_020_000 - 1);
    kit.tidy();
    assert_eq!(kids(), [first.as_str(), &second]);
    kit.clock.advance_ms(1);
    assert_eq!(kids(), [second.as_str()]);
    kit.tidy();
    assert_eq!(kit.number("SELECT COUNT(*) FROM signing_keys"), 1);
    let told = kit.get(&kit.admin, "/v1/audit-events?action=signing_key.created").expect(200);
    assert_eq!((told.str("/data/0/subject"), told.str("/data/1/subject")), (&*second, &*first));
}

#[test]
fn a_key_gives_way_by_its_age() {
    let kit = on();
    let day = 86_400_000;
    kit.clock.advance_ms(30 * day - 600_001);
    kit.tidy();
    assert_eq!(kit.number("SELECT COUNT(*) FROM signing_keys"), 1);
    kit.clock.advance_ms(1);
    kit.tidy();
    kit.tidy();
    assert_eq!(kit.number("SELECT COUNT(*) FROM signing_keys"), 2);
}

#[test]
fn a_key_that_somebody_else_may_have_is_withdrawn_at_once() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let before = exchange(&kit, &key.secret);
    let rolled = kit.post(&kit.admin, "/v1/signing-keys", &json!({ "at_once": true })).expect(200);
    assert_eq!(rolled.json["data"]["withdrawn"], json!([part(&before, 0)["kid"]]));
    let checker = checker(&kit);
    assert_eq!(check(&kit, &checker, &before), Err(Refused::Signature));
    assert!(check(&kit, &checker, &exchange(&kit, &key.secret)).is_ok());
    let operator = kit.backend(&["keystead:keys:write"]).secret;
    kit.post(&operator, "/v1/signing-keys", &json!({})).fails(403, "forbidden");
}

#[test]
fn neither_a_token_nor_what_signs_it_is_written_down() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let token = exchange(&kit, &key.secret);
    kit.flush();
    let (signature, id) = (token.rsplit('.').next().expect("three parts"), part(&token, 1)["jti"].clone());
    for entry in std::fs::read_dir(kit.data_dir()).expect("a directory") {
        let Ok(bytes) = std::fs::read(entry.expect("an entry").path()) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains(signature) && !text.contains(id.as_str().expect("an id")) && !text.contains(&key.secret)
        );
    }
    assert_eq!(kit.number("SELECT MAX(LENGTH(sealed)) FROM signing_keys"), 32 + 28);
    kit.get(&token, "/v1/me").fails(401, "unauthenticated");
}
