//! Keys that call this server while they are restricted: they are held to their own restrictions, and give nobody what they are not let through
//! for themselves.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, START, time};
use crate::world::Issued;

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn restricted(kit: &Kit, owner: &str, restrictions: Value) -> Issued {
    kit.key(owner, json!({ "restrictions": restrictions, "scopes": ["a:read"] }))
}

/// Asks who the key is, with these headers.
fn me(kit: &Kit, key: &str, headers: &[(&str, &str)]) -> Answer {
    let call = Call::new("GET", "/v1/me").bearer(key);
    kit.call(headers.iter().fold(call, |call, (name, value)| call.header(name, value)))
}

#[test]
fn a_key_that_calls_this_server_is_held_to_its_own_restrictions() {
    let kit = Kit::start();
    let backend = |restrictions: Value| {
        kit.key(&kit.team("Acme"), json!({ "scopes": ["keystead:admin"], "restrictions": restrictions })).secret
    };
    let (here, elsewhere) = (json!({ "ips": ["127.0.0.0/8"] }), json!({ "ips": ["10.0.0.0/8"] }));
    let (good, bad) = (backend(here), backend(elsewhere));
    let events = kit.events();
    kit.get(&good, "/v1/api-keys").expect(200);
    assert_eq!(kit.verify_as(&good, json!({ "key": "x" }))["code"], "malformed");
    for refused in [
        kit.get(&bad, "/v1/me"),
        kit.get(&bad, "/v1/api-keys"),
        kit.post(&bad, "/v1/users", &json!({ "external_id": "x" })),
        kit.post(&bad, "/v1/api-keys/verify", &json!({ "key": "x" })),
        kit.get(&bad, "/v1/audit-events"),
        me(&kit, &bad, &[("X-Forwarded-For", "10.0.0.1"), ("X-Real-IP", "10.0.0.1"), ("Forwarded", "for=10.0.0.1")]),
    ] {
        let refused = refused.fails(403, "forbidden");
        assert!(refused.str("/error/message").contains("restrictions.ips"), "{}", refused.text);
        assert_eq!(refused.header("www-authenticate"), None, "no scope would help");
    }
    assert_eq!(kit.events(), events, "nothing was changed");
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", kit.ids(&kit.admin, "/v1/api-keys?limit=1")[0])).expect(200);
    kit.get(&bad, "/v1/me").fails(401, "unauthenticated");
}

#[test]
fn the_address_of_a_key_that_calls_is_the_one_that_our_own_proxies_name() {
    let kit = Kit::with(&[("http.trusted_proxies", "[\"127.0.0.1\"]")]);
    let key = restricted(&kit, &kit.user("maya"), json!({ "ips": ["203.0.113.0/24"] })).secret;
    me(&kit, &key, &[("X-Forwarded-For", "203.0.113.9")]).expect(200);
    me(&kit, &key, &[("X-Forwarded-For", "::FFFF:203.0.113.9")]).expect(200);
    for headers in [
        &[][..],
        &[("X-Forwarded-For", "203.0.114.9")],
        &[("X-Forwarded-For", "203.0.113.9, 198.51.100.1")],
        &[("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "198.51.100.1")],
        &[("X_Forwarded_For", "203.0.113.9")],
        &[("Forwarded", "for=203.0.113.9")],
    ] {
        me(&kit, &key, headers).fails(403, "forbidden");
    }
}

#[test]
fn a_page_that_calls_with_a_key_is_known_by_referer_and_else_by_origin() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = restricted(&kit, &owner, json!({ "referrers": ["https://app.example.com"] })).secret;
    let deep = restricted(&kit, &owner, json!({ "referrers": ["https://app.example.com/shop"] })).secret;
    let (good, other) = ("https://app.example.com/shop/7", "https://evil.example/");
    me(&kit, &key, &[("Referer", good)]).expect(200);
    me(&kit, &key, &[("Origin", "https://app.example.com")]).expect(200);
    me(&kit, &key, &[("Referer", good), ("Origin", other)]).expect(200);
    me(&kit, &deep, &[("Referer", good)]).expect(200);
    for headers in [
        &[][..],
        &[("Referer", other)],
        &[("Referer", other), ("Origin", "https://app.example.com")],
        &[("Referer", ""), ("Origin", "https://app.example.com")],
        &[("Referer", good), ("Referer", good)],
        &[("Origin", "https://app.example.com"), ("Origin", other)],
        &[("Origin", "null")],
        &[("X-Referer", good)],
        &[("Referer", "https://app.example.com@evil.example/")],
    ] {
        let refused = me(&kit, &key, headers).fails(403, "forbidden");
        assert!(refused.str("/error/message").contains("restrictions.referrers"), "{headers:?}");
    }
    // Across sites a browser sends no more than the origin.
    me(&kit, &deep, &[("Referer", "https://app.example.com/")]).fails(403, "forbidden");
}

#[test]
fn a_key_that_calls_is_held_to_its_endpoints_by_the_path_as_it_was_sent() {
    let kit = Kit::start();
    let key = restricted(&kit, &kit.user("maya"), json!({ "endpoints": ["GET /v1/me"] })).secret;
    kit.get(&key, "/v1/me").expect(200);
    kit.get(&key, "/v1/me?x=1").expect(200);
    let refused = kit.get(&key, "/v1/api-keys").fails(403, "forbidden");
    assert!(refused.str("/error/message").contains("restrictions.endpoints"));
    kit.call(Call::new("PATCH", "/v1/me").bearer(&key).json(&json!({}))).fails(403, "forbidden");
    kit.get(&key, "/v1/users/me").fails(403, "forbidden");
}

/// A holder that may make keys of its owner, from this machine or a network around it, with GET and POST.
fn maker(kit: &Kit, owner: &str) -> Issued {
    let restrictions = json!({ "ips": ["127.0.0.0/8", "10.0.0.0/8"], "endpoints": ["* /v1/**"] });
    kit.key(owner, json!({ "scopes": ["own:keys:write", "own:keys:revoke"], "restrictions": restrictions }))
}

#[test]
fn a_restricted_key_makes_keys_within_its_own_restrictions_only() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write", "own:keys:revoke"]);
    let caller = maker(&kit, &owner);
    let events = kit.events();
    for looser in [
        json!({}),
        json!({ "restrictions": {} }),
        json!({ "restrictions": { "ips": ["10.0.0.0/8"] } }),
        json!({ "restrictions": { "endpoints": ["GET /v1/a"] } }),
        json!({ "restrictions": { "ips": ["0.0.0.0/0"], "endpoints": ["GET /v1/a"] } }),
        json!({ "restrictions": { "ips": ["10.0.0.0/8", "192.0.2.7"], "endpoints": ["GET /v1/a"] } }),
        json!({ "restrictions": { "ips": ["::/0"], "endpoints": ["GET /v1/a"] } }),
        json!({ "restrictions": { "ips": ["10.0.0.0/8"], "endpoints": ["* /**"] } }),
    ] {
        kit.try_key(&caller.secret, &owner, looser).fails(403, "forbidden").at("/restrictions");
    }
    assert_eq!(kit.events(), events);
    let within = json!({ "ips": ["10.1.0.0/16", "::ffff:127.0.0.1"], "referrers": ["https://a.example"], "endpoints": ["GET /v1/*"] });
    let made = kit.key_by(&caller.secret, &owner, json!({ "restrictions": within }));
    assert_eq!(made.data["restrictions"]["ips"], json!(["10.1.0.0/16", "127.0.0.1"]));
}

#[test]
fn a_restricted_key_neither_loosens_itself_nor_takes_over_what_is_less_restricted() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write", "own:keys:revoke"]);
    let caller = maker(&kit, &owner);
    let (free, wider) =
        (kit.key(&owner, json!({})), kit.key(&owner, json!({ "restrictions": { "ips": ["0.0.0.0/0"] } })));
    let within = json!({ "ips": ["10.0.0.0/16"], "endpoints": ["GET /v1/a"] });
    let narrow = kit.key(&owner, json!({ "restrictions": within.clone() }));
    let change = |key: &Issued, body: Value| kit.patch(&caller.secret, &path(key), &body);
    let rotate = |key: &Issued, body: Value| kit.post(&caller.secret, &format!("{}/rotate", path(key)), &body);
    let events = kit.events();
    for key in [&caller, &narrow] {
        for list in ["ips", "endpoints"] {
            let mut looser = json!({});
            looser[list] = json!([]);
            change(key, json!({ "restrictions": looser })).fails(403, "forbidden").at("/restrictions");
            rotate(key, json!({ "restrictions": looser })).fails(403, "forbidden").at("/restrictions");
        }
        change(key, json!({ "restrictions": { "ips": ["0.0.0.0/0"] } })).fails(403, "forbidden").at("/restrictions");
    }
    for key in [&free, &wider] {
        for body in [json!({ "name": "n" }), json!({ "enabled": true }), json!({ "restrictions": within })] {
            change(key, body).fails(403, "forbidden");
        }
        rotate(key, json!({})).fails(403, "forbidden");
        rotate(key, json!({ "restrictions": within })).fails(403, "forbidden");
    }
    assert_eq!(kit.events(), events, "nothing was changed");

    change(&narrow, json!({ "restrictions": { "ips": ["10.0.0.0/8"] } })).expect(200);
    rotate(&narrow, json!({})).expect(200);
    // Ending a key gives nothing away.
    kit.delete(&caller.secret, &path(&free)).expect(200);
    change(&caller, json!({ "restrictions": { "ips": ["127.0.0.0/8"] } })).expect(200);
    change(&narrow, json!({ "name": "n" })).fails(403, "forbidden");
}

#[test]
fn a_key_that_lives_longer_than_the_caller_is_not_loosened_by_it() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write"]);
    let caller = kit.key(&owner, json!({ "scopes": ["own:keys:write"], "expires_at": time(START + 100) }));
    let lasting = kit.key(&owner, json!({ "restrictions": { "ips": ["10.0.0.0/8"] } }));
    let change = |ips: Value| kit.patch(&caller.secret, &path(&lasting), &json!({ "restrictions": { "ips": ips } }));
    change(json!([])).fails(403, "forbidden").at("/expires_at");
    change(json!(["0.0.0.0/0"])).fails(403, "forbidden").at("/expires_at");
    change(json!(["10.0.0.0/16"])).expect(200);
}

#[test]
fn a_restricted_backend_restricts_its_customers_as_it_likes_and_neither_itself_nor_other_backends() {
    let kit = Kit::start();
    let (team, owner) = (kit.team("Acme"), kit.user("maya"));
    let admin =
        |restrictions: Value| kit.key(&team, json!({ "scopes": ["keystead:admin"], "restrictions": restrictions }));
    let (caller, free) = (admin(json!({ "ips": ["127.0.0.0/8"] })), admin(json!({})));
    let customer = kit.key_by(&caller.secret, &owner, json!({ "restrictions": { "ips": ["10.0.0.0/8"] } }));
    kit.patch(&caller.secret, &path(&customer), &json!({ "restrictions": { "ips": [] } })).expect(200);

    let backend = json!({ "scopes": ["keystead:verify"] });
    kit.try_key(&caller.secret, &team, backend.clone()).fails(403, "forbidden").at("/restrictions");
    kit.patch(&caller.secret, &path(&customer), &backend).fails(403, "forbidden");
    for body in [json!({ "restrictions": { "ips": [] } }), json!({ "restrictions": { "ips": [] }, "scopes": [] })] {
        kit.patch(&caller.secret, &path(&caller), &body).fails(403, "forbidden").at("/restrictions");
    }
    kit.post(&caller.secret, &format!("{}/rotate", path(&free)), &json!({})).fails(403, "forbidden");
    let narrower = json!({ "scopes": ["keystead:verify"], "restrictions": { "ips": ["127.0.0.1"] } });
    kit.key_by(&caller.secret, &team, narrower);
    kit.post(&caller.secret, &format!("{}/rotate", path(&caller)), &json!({})).expect(200);
    kit.delete(&free.secret, &path(&caller)).expect(200);
}

#[test]
fn persons_and_panels_restrict_the_keys_that_they_manage_as_they_like() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for caller in [kit.session(&owner), kit.panel(&owner, &json!({}))] {
        let key = kit.key_by(&caller, &owner, json!({ "restrictions": { "ips": ["10.0.0.0/8"] } }));
        let change = |body: Value| kit.patch(&caller, &path(&key), &body);
        change(json!({ "restrictions": { "ips": [], "endpoints": ["GET /a"] } })).expect(200);
        change(json!({ "restrictions": { "ips": ["10.0.0.1/8"] } }))
            .fails(422, "unprocessable")
            .at("/restrictions/ips/0");
        let said = kit.verify_as(&kit.admin, json!({ "key": key.secret, "method": "GET", "path": "/b" }));
        assert_eq!(said["code"], "endpoint_denied");
    }
}
