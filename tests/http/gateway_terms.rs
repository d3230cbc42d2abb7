//! What a key must be good for at a gateway: scopes, environment, visibility, limits and credits, as the configuration says.

use serde_json::json;

use crate::client::Call;
use crate::gateway::{asks, is_nobody, kit, maya};
use crate::world::Issued;

#[test]
fn scopes_of_the_configuration_are_asked_for_and_a_query_only_adds() {
    let kit =
        kit(&[("gateway.default.scopes", "[\"a:read\"]"), ("gateway.caddy.any_scopes", "[\"b:read\", \"b:write\"]")]);
    let one = maya(&kit, json!({ "scopes": ["a:read"] }));
    let all = kit.key(&kit.team("t"), json!({ "scopes": ["a:read", "b:write", "c:read"] }));
    let at = |flavour: &str, query: &str, key: &Issued| {
        let call = asks(flavour);
        kit.call(Call { path: format!("{}{query}", call.path), ..call }.bearer(&key.secret))
    };
    at("nginx", "", &one).expect(200);
    for (flavour, query, missing) in [
        ("nginx", "?scope=c:read", "c:read"),
        ("traefik", "?scope=a:read&scope=d:x", "d:x"),
        ("caddy", "", "b:read b:write"),
    ] {
        let answer = at(flavour, query, &one).fails(403, "forbidden");
        is_nobody(&answer, "insufficient_scope");
        let challenge = format!("Bearer realm=\"keystead\", error=\"insufficient_scope\", scope=\"{missing}\"");
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
    }
    at("caddy", "?scope=c:read", &all).expect(200);
    at("caddy", "?", &all).expect(200);
    for query in ["?scpoe=a:read", "?scope=", "?any_scope=a:read", "?scope[]=a", "?scope=a:read&environment=any", "?x"]
    {
        is_nobody(&at("caddy", query, &all).fails(400, "invalid"), "invalid");
        at("nginx", query, &all).fails(403, "invalid");
    }
    at("caddy", &format!("?scope={}", "x".repeat(65)), &all).expect(400);
    at("caddy", &format!("?{}", "scope=a:read&".repeat(64)), &all).expect(400);
    // Behind Envoy's prefix the query is the client's: it neither adds nor spoils anything.
    at("envoy", "?scope=d:x&any=1", &one).expect(200);
}

#[test]
fn a_gateway_takes_the_keys_of_its_environment_and_public_ones_only_where_it_says_so() {
    let kit = kit(&[
        ("gateway.traefik.environment", "test"),
        ("gateway.caddy.environment", "any"),
        ("gateway.caddy.public_keys", "true"),
    ]);
    let owner = kit.user("maya");
    let key = |environment: &str, is_public: bool| {
        kit.key(&owner, json!({ "environment": environment, "is_public": is_public })).secret
    };
    for (environment, is_public, expected) in [
        ("live", false, [200, 401, 200]),
        ("test", false, [401, 200, 200]),
        ("live", true, [403, 403, 200]),
        ("test", true, [403, 403, 200]),
    ] {
        let secret = key(environment, is_public);
        for (flavour, status) in ["nginx", "traefik", "caddy"].into_iter().zip(expected) {
            let answer = kit.call(asks(flavour).bearer(&secret)).expect(status);
            match status {
                200 => assert_eq!(answer.header("x-keystead-public"), Some(if is_public { "true" } else { "false" })),
                403 => is_nobody(&answer, "public_key"),
                _ => is_nobody(&answer, "unauthenticated"),
            }
        }
    }
}

#[test]
fn limits_and_credits_count_at_a_gateway_and_a_refusal_says_when_to_try_again() {
    let kit = kit(&[("gateway.caddy.cost", "3"), ("gateway.envoy.rate_limits", "[{ name = \"exports\", cost = 2 }]")]);
    let limit = |name: &str| json!([{ "name": name, "limit": 2, "window_s": 60 }]);
    let key = maya(&kit, json!({ "rate_limits": limit("default") }));
    let ask = |flavour: &str, key: &Issued| kit.call(asks(flavour).bearer(&key.secret));
    let first = ask("nginx", &key).expect(200);
    assert_eq!(first.header("ratelimit-policy"), Some("\"default\";q=2;w=60"));
    assert!(
        first.header("ratelimit").is_some_and(|state| state.starts_with("\"default\";r=1;t=")),
        "{:?}",
        first.headers
    );
    ask("traefik", &key).expect(200);
    for (flavour, status) in [("nginx", 403), ("traefik", 429), ("caddy", 429)] {
        let refused = ask(flavour, &key).fails(status, "rate_limited");
        is_nobody(&refused, "rate_limited");
        assert_eq!(refused.header("retry-after"), Some("30"));
        assert!(refused.header("ratelimit").is_some_and(|state| state.starts_with("\"default\";r=0;t=")));
    }
    kit.clock.advance_ms(30_000);
    ask("caddy", &key).expect(200);

    let paid = kit.key(&kit.team("paid"), json!({ "credits": { "remaining": 4 } }));
    assert_eq!(ask("nginx", &paid).expect(200).header("x-keystead-credits-remaining"), Some("3"));
    assert_eq!(ask("caddy", &paid).expect(200).header("x-keystead-credits-remaining"), Some("0"));
    for (flavour, status) in [("nginx", 403), ("caddy", 429)] {
        is_nobody(&ask(flavour, &paid).fails(status, "rate_limited"), "credits_exhausted");
    }

    let exporting = kit.key(&kit.team("exporting"), json!({ "rate_limits": limit("exports") }));
    ask("envoy", &exporting).expect(200);
    ask("envoy", &exporting).fails(429, "rate_limited");
    is_nobody(&ask("envoy", &paid).fails(403, "unprocessable"), "unprocessable");
}
