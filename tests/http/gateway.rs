//! `/v1/forward-auth/…`: what gateways ask, and what they are told. What a key must be good for there is in `gateway_terms`, requests as each
//! product sends them in recorded.json, nginx and Caddy themselves in tests/gateways/.

use serde_json::json;

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, START, stranger, time};
use crate::world::Issued;

pub const SECRET: &str = "a-secret-of-the-tests";

/// Every header of an identity.
pub const NAMES: [&str; 11] = [
    "x-keystead-code",
    "x-keystead-key-id",
    "x-keystead-key-name",
    "x-keystead-environment",
    "x-keystead-public",
    "x-keystead-scopes",
    "x-keystead-owner-type",
    "x-keystead-owner-id",
    "x-keystead-owner-external-id",
    "x-keystead-owner-name",
    "x-keystead-credits-remaining",
];

/// A server with a gateway of each flavour, and these settings besides.
pub fn kit(settings: &[(&'static str, &str)]) -> Kit {
    let mut all = vec![
        ("gateway.nginx.secret", SECRET),
        ("gateway.traefik.secret", SECRET),
        ("gateway.caddy.secret", SECRET),
        ("gateway.envoy.secret", SECRET),
    ];
    all.extend(settings);
    Kit::with(&all)
}

/// The question of a good gateway about `GET /invoices/7` from 203.0.113.9.
pub fn asks(flavour: &str) -> Call {
    match flavour {
        "envoy" => envoy("GET", "/invoices/7"),
        "nginx" => nginx("/v1/forward-auth/nginx"),
        _ => Call::new("GET", &format!("/v1/forward-auth/{flavour}"))
            .header("X-Keystead-Gateway", SECRET)
            .header("X-Forwarded-Method", "GET")
            .header("X-Forwarded-Uri", "/invoices/7")
            .header("X-Forwarded-For", "203.0.113.9"),
    }
}

fn nginx(at: &str) -> Call {
    Call::new("GET", at)
        .header("X-Keystead-Gateway", SECRET)
        .header("X-Original-Method", "GET")
        .header("X-Original-URI", "/invoices/7")
        .header("X-Forwarded-For", "203.0.113.9")
}

fn envoy(method: &str, path: &str) -> Call {
    let call = Call::new(method, &format!("/v1/forward-auth/envoy{path}"));
    call.header("X-Keystead-Gateway", SECRET).header("X-Real-IP", "203.0.113.9")
}

/// The question with this header set to another value, or gone.
fn but(mut call: Call, name: &str, value: Option<&str>) -> Call {
    call.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    value.map_or(call.clone(), |value| call.header(name, value))
}

/// All of an identity is there, and all of it is empty but for the code.
pub fn is_nobody(answer: &Answer, code: &str) {
    for name in NAMES {
        let wanted = if name == "x-keystead-code" { code } else { "" };
        assert_eq!(answer.header(name), Some(wanted), "{name}: {} {}", answer.asked, answer.text);
    }
}

const FLAVOURS: [&str; 4] = ["nginx", "traefik", "caddy", "envoy"];

pub fn maya(kit: &Kit, settings: serde_json::Value) -> Issued {
    kit.key(&kit.user("maya"), settings)
}

#[test]
fn a_good_key_passes_and_is_named_in_every_header() {
    let kit = kit(&[]);
    let owner = kit.post(&kit.admin, "/v1/users", &json!({ "external_id": "mäya", "name": "Maya \"B\" 100%" }));
    let owner = owner.expect(201).str("/data/id").to_owned();
    let key = kit.key(&owner, json!({ "description": "laptop · one", "scopes": ["b:read", "a:read"] }));
    for flavour in FLAVOURS {
        for call in [asks(flavour).bearer(&key.secret), asks(flavour).header("X-API-Key", &key.secret)] {
            let answer = kit.call(call).expect(200);
            let told: Vec<&str> = NAMES.iter().map(|name| answer.header(name).expect("always there")).collect();
            let expected = [
                "valid",
                &key.id,
                "laptop%20%C2%B7%20one",
                "live",
                "false",
                "a:read b:read",
                "user",
                &owner,
                "m%C3%A4ya",
                "Maya%20\"B\"%20100%25",
                "",
            ];
            assert_eq!(told, expected, "{flavour}");
            assert_eq!((answer.text.as_str(), answer.header("cache-control")), ("", Some("no-store")));
        }
    }
    let team = kit.key(&kit.team("Acme"), json!({}));
    let answer = kit.call(asks("caddy").bearer(&team.secret)).expect(200);
    let at = |name| answer.header(name).expect("always there");
    assert_eq!((at("x-keystead-owner-type"), at("x-keystead-owner-external-id")), ("team", ""));
    assert_eq!((at("x-keystead-scopes"), at("x-keystead-owner-name")), ("", "Acme"));
}

#[test]
fn a_key_that_is_dead_unknown_or_missing_is_401_without_a_word_of_why() {
    let kit = kit(&[]);
    let (revoked, disabled, expired) = (
        maya(&kit, json!({})),
        kit.key(&kit.team("b"), json!({})),
        kit.key(&kit.team("c"), json!({ "expires_at": time(START + 1) })),
    );
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", revoked.id)).expect(200);
    kit.patch(&kit.admin, &format!("/v1/api-keys/{}", disabled.id), &json!({ "enabled": false })).expect(200);
    kit.clock.advance_ms(2);
    let test = kit.key(&kit.team("d"), json!({ "environment": "test" }));
    let mut texts = Vec::new();
    for secret in [
        &revoked.secret,
        &disabled.secret,
        &expired.secret,
        &test.secret,
        &stranger("sk_live_"),
        "garbage",
        "ptl_garbage",
    ] {
        for flavour in FLAVOURS {
            let answer = kit.call(asks(flavour).bearer(secret)).fails(401, "unauthenticated");
            let challenge = "Bearer realm=\"keystead\", error=\"invalid_token\"";
            assert_eq!(answer.header("www-authenticate"), Some(challenge));
            is_nobody(&answer, "unauthenticated");
            texts.push(answer.str("/error/message").to_owned());
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "one and the same answer");
    for flavour in FLAVOURS {
        let answer = kit.call(asks(flavour)).fails(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"keystead\""));
        let path = format!("{}?key={k}&api_key={k}&access_token={k}", asks("envoy").path, k = test.secret);
        is_nobody(&kit.call(Call { path, ..asks("envoy") }).expect(401), "unauthenticated");
    }
}

#[test]
fn a_key_is_sent_once() {
    let kit = kit(&[]);
    let (one, two) = (maya(&kit, json!({})).secret, kit.key(&kit.team("b"), json!({})).secret);
    for (flavour, refused) in [("nginx", 403), ("traefik", 400), ("caddy", 400), ("envoy", 400)] {
        let ask = |headers: &[(&str, &str)]| {
            kit.call(headers.iter().fold(asks(flavour), |call, (name, value)| call.header(name, value)))
        };
        let (bearer_one, bearer_two) = (format!("Bearer {one}"), format!("Bearer {two}"));
        for headers in [
            [("Authorization", bearer_one.as_str()), ("Authorization", &bearer_two)],
            [("Authorization", &bearer_one), ("Authorization", &bearer_one)],
            [("X-API-Key", &one), ("X-API-Key", &one)],
            [("Authorization", &bearer_one), ("X-API-Key", &two)],
        ] {
            is_nobody(&ask(&headers).fails(refused, "invalid"), "invalid");
        }
        ask(&[("Authorization", &bearer_one), ("X-API-Key", &one)]).expect(200);
        for header in
            [("X_API_Key", one.as_str()), ("Authorization", &one), ("Authorization", "Basic eDp5"), ("Cookie", &one)]
        {
            ask(&[header]).expect(401);
        }
    }
}

#[test]
fn whoever_asks_without_the_gateways_secret_is_told_nothing() {
    let kit = kit(&[("gateway.edge.secret", "another-secret-of-the-tests"), ("gateway.edge.flavour", "nginx")]);
    let key = maya(&kit, json!({}));
    for flavour in FLAVOURS {
        let twice = asks(flavour).header("X-Keystead-Gateway", SECRET);
        let other = "another-secret-of-the-tests";
        let longer = format!("{SECRET}x");
        for call in [
            but(asks(flavour), "X-Keystead-Gateway", None),
            but(asks(flavour), "X-Keystead-Gateway", Some("")),
            but(asks(flavour), "X-Keystead-Gateway", Some(other)),
            but(asks(flavour), "X-Keystead-Gateway", Some(&longer)),
            but(asks(flavour), "X-Keystead-Gateway", Some(&SECRET[1..])),
            but(asks(flavour), "X-Keystead-Gateway", None).header("X_Keystead_Gateway", SECRET),
            twice,
        ] {
            let answers = [&key.secret, "garbage", NOBODY].map(|secret| {
                let answer = kit.call(call.clone().bearer(secret)).fails(403, "forbidden");
                is_nobody(&answer, "forbidden");
                assert_eq!(answer.header("www-authenticate"), None);
                answer.str("/error/message").to_owned()
            });
            assert!(answers.iter().all(|answer| *answer == answers[0]), "whatever key comes along");
        }
    }
    let edge = |secret: &str| {
        kit.call(but(nginx("/v1/forward-auth/edge"), "X-Keystead-Gateway", Some(secret)).bearer(&key.secret))
    };
    edge("another-secret-of-the-tests").expect(200);
    edge(SECRET).expect(403);
    for name in ["default", "other", "NGINX", "nginx%00", "nginx;x", ""] {
        kit.call(Call::new("GET", &format!("/v1/forward-auth/{name}")).header("X-Keystead-Gateway", SECRET))
            .expect(404);
    }
    Kit::start().call(asks("nginx")).fails(404, "not_found");
}

#[test]
fn what_a_gateway_must_tell_and_does_not_is_a_refusal() {
    let kit = kit(&[("gateway.caddy.required_headers", "[\"x-tenant\"]")]);
    let key = maya(&kit, json!({}));
    let long = format!("/{}", "x".repeat(8_192));
    let refused = |flavour: &str, call: Call| {
        let status = if flavour == "nginx" { 403 } else { 400 };
        let answer = kit.call(call.bearer(&key.secret)).fails(status, "invalid");
        is_nobody(&answer, "invalid");
    };
    for (flavour, method, uri, address) in [
        ("nginx", "X-Original-Method", "X-Original-URI", "X-Forwarded-For"),
        ("traefik", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-For"),
    ] {
        kit.call(asks(flavour).bearer(&key.secret)).expect(200);
        for name in [method, uri, address] {
            refused(flavour, but(asks(flavour), name, None));
            refused(flavour, but(asks(flavour), name, Some("")));
            refused(flavour, but(asks(flavour), name, None).header(&name.replace('-', "_"), "/x"));
            let given = asks(flavour).headers.into_iter().find(|(known, _)| known == name).expect("it has it");
            refused(flavour, asks(flavour).header(name, &given.1));
            refused(flavour, asks(flavour).header(name, "/other"));
        }
        for value in ["GET POST", "GET,POST", "GET\u{a0}", &"X".repeat(33)] {
            refused(flavour, but(asks(flavour), method, Some(value)));
        }
        for value in ["invoices", "http://evil.example/health", "*", "/a b", "/a\u{e9}", "?/health", &long] {
            refused(flavour, but(asks(flavour), uri, Some(value)));
        }
        for value in ["unknown", "localhost", "203.0.113.9, ", "300.0.0.1", "_hidden", &"1.1.1.1, ".repeat(300)] {
            refused(flavour, but(asks(flavour), address, Some(value)));
        }
        // It is not looked at, whatever it says.
        kit.call(asks(flavour).header("X-Forwarded-Prefix", "/other").bearer(&key.secret)).expect(200);
    }
    refused("caddy", asks("caddy"));
    refused("caddy", asks("caddy").header("X-Tenant", ""));
    refused("caddy", asks("caddy").header("X-Tenant", "a").header("X-Tenant", "b"));
    kit.call(asks("caddy").header("X-Tenant", "a").bearer(&key.secret)).expect(200);
    refused("envoy", but(asks("envoy"), "X-Real-IP", None));
    refused("envoy", but(asks("envoy"), "X-Real-IP", Some("203.0.113.9, 203.0.113.8")));
    refused("envoy", Call { path: "/v1/forward-auth/envoy".into(), ..asks("envoy") });
    for referrer in [&"x".repeat(2_049), "https://a.example/\u{e9}"] {
        refused("traefik", asks("traefik").header("Referer", referrer));
    }
    refused("traefik", asks("traefik").header("Referer", "https://a.example").header("Referer", "https://b.example"));
}

#[test]
fn any_method_and_any_path_behind_are_the_same_question() {
    let kit = kit(&[]);
    let key = maya(&kit, json!({}));
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"] {
        for path in ["", "/", "/a/b", "/..%2f", "/%00", "//", "/a;b"] {
            let (mut caddy, mut nginx) = (asks("caddy"), asks("nginx"));
            for call in [&mut caddy, &mut nginx] {
                call.method = method.into();
                call.path.push_str(path);
                kit.call(call.clone().bearer(&key.secret)).expect(200);
                kit.call(call.clone()).expect(401);
            }
            let path = if path.starts_with('/') { path } else { "/" };
            kit.call(envoy(method, path).bearer(&key.secret)).expect(200);
        }
    }
    // A preflight of the client's browser is a request like any other, and a page of its is no page of ours.
    let preflight =
        envoy("OPTIONS", "/a").header("Origin", "https://app.example").header("Access-Control-Request-Method", "POST");
    is_nobody(&kit.call(preflight.clone()).fails(401, "unauthenticated"), "unauthenticated");
    let answer = kit.call(preflight.bearer(&key.secret).header("Sec-Fetch-Site", "cross-site")).expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    kit.call(asks("caddy").header("Host", "elsewhere.example").bearer(&key.secret)).expect(200);
    // Bodies are nobody's business.
    for length in [1, 10_000, 1_000_000] {
        kit.call(Call { method: "POST".into(), ..asks("caddy") }.bearer(&key.secret).body("x".repeat(length)))
            .expect(200);
        kit.get(&key.secret, "/v1/me").expect(200);
    }
}

#[test]
fn a_revocation_holds_for_the_next_request_of_a_gateway() {
    let kit = kit(&[]);
    let key = maya(&kit, json!({}));
    for flavour in FLAVOURS {
        kit.call(asks(flavour).bearer(&key.secret)).expect(200);
    }
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", key.id)).expect(200);
    for flavour in FLAVOURS {
        kit.call(asks(flavour).bearer(&key.secret)).expect(401);
    }
}

#[test]
fn a_use_at_a_gateway_is_a_use() {
    let kit = kit(&[]);
    let key = maya(&kit, json!({}));
    kit.call(asks("nginx").bearer(&key.secret)).expect(200);
    kit.flush();
    let shown = kit.get(&kit.admin, &format!("/v1/api-keys/{}", key.id)).expect(200);
    assert_eq!(shown.str("/data/last_used"), time(START));
}

#[test]
fn a_server_that_knows_nothing_lets_nobody_through() {
    let kit = kit(&[]);
    let key = maya(&kit, json!({}));
    let kit = kit.restarted_with(&[("gateway.nginx.secret", SECRET), ("gateway.caddy.secret", SECRET)]);
    kit.instance.live.store.close();
    for flavour in ["nginx", "caddy"] {
        let answer = kit.call(asks(flavour).bearer(&key.secret)).fails(503, "unavailable");
        is_nobody(&answer, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
        kit.call(asks(flavour).bearer(&stranger("sk_live_"))).expect(503);
        kit.call(asks(flavour).bearer("garbage")).expect(401);
    }
}

#[test]
fn no_cookie_opens_or_spoils_anything() {
    let kit = kit(&[]);
    let (key, session) = (maya(&kit, json!({})), kit.session(&kit.operator("op")));
    let long = "x".repeat(20_000);
    for cookie in [
        &format!("keystead={session}"),
        "keystead=",
        "=",
        ";;;",
        "keystead=%ff",
        "a=\"b",
        "keystead=x; keystead=y",
        &long,
    ] {
        kit.call(asks("nginx").header("Cookie", cookie)).fails(401, "unauthenticated");
        kit.call(asks("nginx").header("Cookie", cookie).bearer(&key.secret)).expect(200);
    }
}
