//! The real nginx and Caddy, with the configurations of packaging/gateways/, between a client and an application that tells what reached
//! it; and the real binary that they ask. Traefik and Envoy, which Debian does not have, are in tests/http/recorded.rs.
//! Needs both programs, and fails without them.

#[path = "../binary/mod.rs"]
mod binary;
mod place;

use rustix::process::Signal;
use serde_json::json;

use place::{Place, Product, Reply};

const NAMES: [&str; 11] = [
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

const BOTH: [Product; 2] = [Product::Nginx, Product::Caddy];

#[test]
fn a_good_key_reaches_the_application_with_its_identity_and_nothing_of_the_clients_own() {
    for product in BOTH {
        let place = Place::set(product);
        let (id, secret) = place.key(json!({ "description": "laptop · one", "scopes": ["a:read", "b:read"] }));
        let spoofed =
            NAMES.map(|name| [name, ": spoofed\r\n", &name.replace('-', "_"), ": spoofed\r\n"].concat()).concat();
        for (head, body) in [
            (format!("GET /invoices/7?a=b&scope=c HTTP/1.1\r\nAuthorization: Bearer {secret}\r\n"), ""),
            (format!("POST /invoices HTTP/1.1\r\nX-API-Key: {secret}\r\nContent-Length: 5\r\n"), "hello"),
            (
                format!("PUT /invoices HTTP/1.1\r\nX-API-Key: {secret}\r\nTransfer-Encoding: chunked\r\n"),
                "5\r\nhello\r\n0\r\n\r\n",
            ),
            (format!("HEAD / HTTP/1.1\r\nAuthorization: Bearer {secret}\r\n"), ""),
            (format!("DELETE / HTTP/1.1\r\nAuthorization: Bearer {secret}\r\n"), ""),
            (format!("PROPFIND / HTTP/1.1\r\nAuthorization: Bearer {secret}\r\n"), ""),
        ] {
            let reply = place.send(&format!("{head}{spoofed}X-Keystead-Gateway: spoofed\r\n"), body);
            assert_eq!(reply.status, 200, "{product:?} {head}: {reply:?}");
            let reached = place.reached().pop().expect("the application was reached");
            assert_eq!(reached.line, head.lines().next().expect("a line").replace("HTTP/1.1", ""), "{product:?}");
            let expected = [
                "valid",
                &id,
                "laptop%20%C2%B7%20one",
                "live",
                "false",
                "a:read b:read",
                "user",
                &place.owner,
                "maya",
                "Maya",
                "",
            ];
            for (name, value) in NAMES.iter().zip(expected) {
                // nginx leaves a header with nothing in it out.
                let told = reached.all(name);
                assert!(told == [value] || (value.is_empty() && told.is_empty()), "{product:?} {name}: {told:?}");
            }
            assert!(!reached.head.contains("spoofed"), "{product:?}: {}", reached.head);
            assert!(!reached.head.to_ascii_lowercase().contains("x-keystead-gateway"), "{product:?}: {}", reached.head);
        }
        // A good key with nothing to say of its owner: what the client wrote does not come instead.
        let team = place.team_key();
        place.send(&format!("GET / HTTP/1.1\r\nX-API-Key: {team}\r\nX-Keystead-Owner-External-Id: spoofed\r\nX-Keystead-Scopes: spoofed\r\n"), "");
        let reached = place.reached().pop().expect("the application was reached");
        assert!(!reached.head.contains("spoofed"), "{product:?}: {}", reached.head);
    }
}

#[test]
fn whoever_may_not_pass_does_not_reach_the_application() {
    for product in BOTH {
        let place = Place::set(product);
        let (id, revoked) = place.key(json!({}));
        let get = |key: &str| place.send(&format!("GET /invoices/7 HTTP/1.1\r\nAuthorization: Bearer {key}\r\n"), "");
        assert_eq!(get(&revoked).status, 200, "until it is revoked");
        assert_eq!(place.reached().len(), 1);
        place.server.delete(&format!("/v1/api-keys/{id}"));
        let unknown = binary::unknown_key("sk", "live");
        for key in [&revoked, &unknown, "garbage"] {
            let reply = get(key);
            assert_eq!(reply.status, 401, "{product:?}: {reply:?}");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"keystead\", error=\"invalid_token\""));
            assert!(
                NAMES.iter().all(|name| reply.header(name).is_none_or(|value| value.is_empty() || *name == NAMES[0]))
            );
        }
        let reply = place.send("GET / HTTP/1.1\r\n", "");
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some("Bearer realm=\"keystead\"")));
        let (_, poor) = place.key(json!({}));
        let at_scoped = place.send_scoped(&format!("GET / HTTP/1.1\r\nX-API-Key: {poor}\r\n"));
        assert_eq!(at_scoped.status, 403, "{product:?}: {at_scoped:?}");
        let (_, test) = place.key(json!({ "environment": "test" }));
        assert_eq!(get(&test).status, 401, "{product:?}");
        let (_, public) = place.key(json!({ "is_public": true }));
        assert_eq!(get(&public).status, 403, "{product:?}");
        let twice = format!("GET / HTTP/1.1\r\nX-API-Key: {poor}\r\nAuthorization: Bearer {unknown}\r\n");
        assert!([400, 403].contains(&place.send(&twice, "").status), "{product:?}");
        assert!(place.reached().is_empty(), "{product:?}: nobody got through");
    }
}

#[test]
fn what_a_client_says_of_its_request_is_not_believed() {
    for product in BOTH {
        let place = Place::set(product);
        let (_, bound) = place.key(
            json!({ "restrictions": { "ips": ["203.0.113.9"], "endpoints": ["GET /invoices/*"], "referrers": [] } }),
        );
        let (_, here) = place.key(
            json!({ "restrictions": { "ips": ["127.0.0.1"], "endpoints": ["GET /invoices/*"], "referrers": [] } }),
        );
        let told = [
            "X-Forwarded-For: 203.0.113.9",
            "X-Real-IP: 203.0.113.9",
            "Forwarded: for=203.0.113.9",
            "X_Forwarded_For: 203.0.113.9",
            "X-Original-URI: /invoices/7",
            "X-Forwarded-Uri: /invoices/7",
            "X_Forwarded_Uri: /invoices/7",
            "X-Forwarded-Prefix: /invoices",
            "X-Forwarded-Method: GET",
            "X-Original-Method: GET",
        ]
        .join("\r\n");
        let send = |line: &str, key: &str, more: &str| {
            place.send(&format!("{line} HTTP/1.1\r\nX-API-Key: {key}\r\n{told}\r\n{more}"), "").status
        };
        assert_eq!(send("GET /invoices/7", &here, ""), 200, "{product:?}");
        assert_eq!(send("GET /invoices/7?x=/admin#y", &here, ""), 200, "{product:?}");
        place.reached();
        assert_eq!(send("GET /invoices/7", &bound, ""), 403, "{product:?}");
        let hops = "Connection: close, X-Forwarded-For, X-Original-URI, X-Original-Method, X-Forwarded-Uri, X-Forwarded-Method, X-Keystead-Gateway, X-Real-IP\r\n";
        for line in [
            "POST /invoices/7",
            "GET /admin",
            "GET /admin?/invoices/7",
            "GET /invoices/..%2fadmin",
            "GET /invoices/%2e%2e%2fadmin",
            "GET /invoices/..;",
            "GET /invoices/a%2fb%2fc",
            "GET /invoices/%252e%252e%252fadmin",
            "GET /invoices/a%5cb",
            "GET //invoices/7",
            "GET /invoices/7/",
            "GET /INVOICES/7",
        ] {
            for more in ["", hops] {
                let status = send(line, &here, more);
                assert!([400, 403].contains(&status), "{product:?} {line}: {status}");
            }
        }
        let status = send("GET /invoices/../admin", &here, "");
        assert!([400, 403].contains(&status), "{product:?}: {status}");
        assert!(place.reached().is_empty(), "{product:?}: nobody got through");
    }
}

#[test]
fn a_limit_that_is_used_up_is_429_with_when_to_try_again() {
    for product in BOTH {
        let place = Place::set(product);
        let (_, key) = place.key(json!({ "rate_limits": [{ "name": "default", "limit": 2, "window_s": 3600 }] }));
        let statuses: Vec<Reply> =
            (0..3).map(|_| place.send(&format!("GET / HTTP/1.1\r\nX-API-Key: {key}\r\n"), "")).collect();
        assert_eq!(statuses.iter().map(|reply| reply.status).collect::<Vec<_>>(), [200, 200, 429], "{product:?}");
        assert!(
            statuses[2].header("retry-after").and_then(|s| s.parse::<u32>().ok()).is_some_and(|s| s > 0),
            "{statuses:?}"
        );
        assert_eq!(place.reached().len(), 2);
    }
}

#[test]
fn while_keystead_is_away_nobody_gets_through_and_afterwards_they_do() {
    for product in BOTH {
        let mut place = Place::set(product);
        let (_, key) = place.key(json!({}));
        let ask = format!("GET / HTTP/1.1\r\nX-API-Key: {key}\r\n");
        assert_eq!(place.send(&ask, "").status, 200);
        place.stop(Signal::KILL);
        for _ in 0..3 {
            let status = place.send(&ask, "").status;
            assert!((500..600).contains(&status), "{product:?}: {status}");
        }
        place.start_again();
        assert_eq!(place.send(&ask, "").status, 200, "{product:?}");
        assert_eq!(place.reached().len(), 2, "{product:?}");
        place.change_secret();
        assert_eq!(place.send(&ask, "").status, 403, "{product:?}: a gateway with another secret is none");
        assert!(place.reached().is_empty());
    }
}
