//! Restrictions over HTTP: how they are set and shown, and what a verification says. The spellings themselves are in `tests/vectors/restrictions.json` (`tests/restrict/`).

use serde_json::{Value, json};

use crate::import::{body, foreign, import, line, statuses};
use crate::kit::Kit;
use crate::world::Issued;

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn restricted(kit: &Kit, owner: &str, restrictions: Value) -> Issued {
    kit.key(owner, json!({ "restrictions": restrictions, "scopes": ["a:read"] }))
}

#[test]
fn each_list_must_be_met_and_the_first_that_is_not_is_told() {
    let kit = Kit::start();
    let key = restricted(
        &kit,
        &kit.user("maya"),
        json!({ "ips": ["10.0.0.0/8"], "referrers": ["https://*.example.com/shop"], "endpoints": ["GET /v1/invoices/*"] }),
    );
    let good = json!({ "ip": "10.1.2.3", "referrer": "https://app.example.com/shop/1", "method": "GET", "path": "/v1/invoices/7" });
    let ask = |changes: Value| {
        let mut ask = good.clone();
        ask["key"] = json!(key.secret);
        ask.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        kit.verify_as(&kit.admin, ask)["code"].clone()
    };
    for (changes, code) in [
        (json!({}), "valid"),
        (json!({ "ip": "::FFFF:10.1.2.3" }), "valid"),
        (json!({ "ip": "0:0:0:0:0:ffff:a01:203" }), "valid"),
        (json!({ "ip": "11.1.2.3" }), "ip_denied"),
        (json!({ "ip": null }), "ip_denied"),
        (json!({ "ip": "2001:db8::1" }), "ip_denied"),
        (json!({ "referrer": null }), "referrer_denied"),
        (json!({ "referrer": "" }), "referrer_denied"),
        (json!({ "referrer": "null" }), "referrer_denied"),
        (json!({ "referrer": "https://app.example.com" }), "referrer_denied"),
        (json!({ "referrer": "https://example.com/shop" }), "referrer_denied"),
        (json!({ "referrer": "https://app.example.com:443@evil.example/shop" }), "referrer_denied"),
        (json!({ "referrer": "https://APP.example.com.:443/sh%6fp" }), "valid"),
        (json!({ "method": null }), "endpoint_denied"),
        (json!({ "path": null }), "endpoint_denied"),
        (json!({ "method": "get" }), "endpoint_denied"),
        (json!({ "path": "/v1/invoices/7/" }), "endpoint_denied"),
        (json!({ "path": "/v1/invoices/../7" }), "endpoint_denied"),
        (json!({ "path": "/v1/invoices/%2e%2e" }), "endpoint_denied"),
        (json!({ "path": "/v1/invoices/7?x=/../" }), "valid"),
        // The published order: the address beats the page, the page beats the call, and that beats the scope.
        (json!({ "ip": null, "referrer": null, "path": null, "scopes": ["b:read"] }), "ip_denied"),
        (json!({ "referrer": null, "path": null, "scopes": ["b:read"] }), "referrer_denied"),
        (json!({ "path": null, "scopes": ["b:read"] }), "endpoint_denied"),
        (json!({ "scopes": ["b:read"] }), "insufficient_scope"),
        (json!({ "environment": "test", "ip": null }), "wrong_environment"),
    ] {
        assert_eq!(ask(changes.clone()), code, "{changes}");
    }
    kit.patch(&kit.admin, &path(&key), &json!({ "enabled": false })).expect(200);
    assert_eq!(ask(json!({ "ip": null })), "disabled");
    kit.delete(&kit.admin, &path(&key)).expect(200);
    assert_eq!(ask(json!({ "ip": null })), "revoked");
}

#[test]
fn an_answer_that_is_denied_names_the_key_and_is_no_use_of_it() {
    let kit = Kit::start();
    let key = restricted(&kit, &kit.user("maya"), json!({ "ips": ["10.0.0.0/8"] }));
    let said = kit.verify(&key.secret);
    assert_eq!(
        (&said["valid"], &said["key"]["id"], &said["missing_scopes"]),
        (&json!(false), &json!(key.id), &json!([]))
    );
    assert_eq!(kit.get(&kit.admin, &path(&key)).expect(200).json["data"]["last_used"], Value::Null);
}

#[test]
fn restrictions_are_kept_and_shown_in_their_one_spelling() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let written = json!({ "ips": ["2001:DB8::/32", "::ffff:10.0.0.1", "10.0.0.1", "9.9.9.9/32"],
        "referrers": ["https://BÜCHER.example:443/"], "endpoints": ["POST /b", "GET /%61", "POST /b"] });
    let kept = json!({ "ips": ["9.9.9.9", "10.0.0.1", "2001:db8::/32"], "referrers": ["https://xn--bcher-kva.example"],
        "endpoints": ["GET /a", "POST /b"] });
    let key = restricted(&kit, &owner, written.clone());
    assert_eq!(key.data["restrictions"], kept);
    let shown = kit.get(&kit.admin, &path(&key)).expect(200);
    assert_eq!(shown.json["data"]["restrictions"], kept);
    let events = kit.events();
    let again = kit.patch(&kit.admin, &path(&key), &json!({ "restrictions": written })).expect(200);
    assert_eq!(
        (again.header("etag"), kit.events()),
        (shown.header("etag"), events),
        "another spelling changes nothing"
    );
    let plain = kit.key(&owner, json!({}));
    assert_eq!(plain.data["restrictions"], json!({ "ips": [], "referrers": [], "endpoints": [] }));
    let changed = kit.patch(&kit.admin, &path(&key), &json!({ "restrictions": { "ips": ["10.0.0.2"] } })).expect(200);
    let event = kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200).json["data"][0].clone();
    assert_eq!(event["details"]["restrictions"]["before"], kept);
    assert_eq!(event["details"]["restrictions"]["after"], changed.json["data"]["restrictions"]);
}

#[test]
fn an_entry_that_cannot_be_is_refused_by_its_place_wherever_it_is_set() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let events = kit.events();
    let many: Vec<String> = (0..65).map(|n| format!("10.0.{n}.0/24")).collect();
    for (restrictions, status, field) in [
        (json!({ "ips": ["10.0.0.0/8", "10.0.0.1/8"] }), 422, "/restrictions/ips/1"),
        (json!({ "ips": many }), 422, "/restrictions/ips"),
        (json!({ "referrers": ["app.example.com"] }), 422, "/restrictions/referrers/0"),
        (json!({ "referrers": ["https://a.example", "https://u@a.example"] }), 422, "/restrictions/referrers/1"),
        (json!({ "endpoints": ["GET /a", "GET /b", "GET /../c"] }), 422, "/restrictions/endpoints/2"),
        (json!({ "endpoints": ["/a"] }), 422, "/restrictions/endpoints/0"),
        (json!({ "ips": "10.0.0.1" }), 400, "/restrictions/ips"),
        (json!({ "ips": [7] }), 400, "/restrictions/ips/0"),
        (json!({ "addresses": [] }), 400, "/restrictions/addresses"),
        (json!("10.0.0.1"), 400, "/restrictions"),
    ] {
        let code = if status == 422 { "unprocessable" } else { "invalid" };
        let body = json!({ "restrictions": restrictions });
        kit.try_key(&kit.admin, &owner, body.clone()).fails(status, code).at(field);
        kit.patch(&kit.admin, &path(&key), &body).fails(status, code).at(field);
        kit.post(&kit.admin, &format!("{}/rotate", path(&key)), &body).fails(status, code).at(field);
    }
    assert_eq!(kit.events(), events);
    for (field, value) in [("ip", "10.0.0.1:80"), ("ip", "fe80::1%eth0"), ("ip", "")] {
        let mut ask = json!({ "key": key.secret });
        ask[field] = json!(value);
        let refused = kit.post(&kit.admin, "/v1/api-keys/verify", &ask).fails(400, "invalid").at(&format!("/{field}"));
        assert!(refused.str("/error/message").contains("without a port"), "{}", refused.text);
    }
}

#[test]
fn a_new_restriction_is_in_force_for_the_next_verification() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let from = |ip: &str| kit.verify_as(&kit.admin, json!({ "key": key.secret, "ip": ip }))["code"].clone();
    assert_eq!(from("192.0.2.7"), "valid");
    kit.patch(&kit.admin, &path(&key), &json!({ "restrictions": { "ips": ["10.0.0.0/8"] } })).expect(200);
    assert_eq!((from("192.0.2.7"), from("10.0.0.1")), (json!("ip_denied"), json!("valid")));
    let rotated = kit.post(
        &kit.admin,
        &format!("{}/rotate", path(&key)),
        &json!({ "grace_s": 60, "restrictions": { "ips": ["192.0.2.7"] } }),
    );
    let rotated = rotated.expect(200).str("/data/secret").to_owned();
    for secret in [&rotated, &key.secret] {
        let said = |ip| kit.verify_as(&kit.admin, json!({ "key": secret, "ip": ip }))["code"].clone();
        assert_eq!((said("192.0.2.7"), said("10.0.0.1")), (json!("valid"), json!("ip_denied")), "old and new secret");
    }
}

#[test]
fn a_list_that_is_not_given_stays_and_an_empty_one_restricts_nothing() {
    let kit = Kit::start();
    let all = json!({ "ips": ["10.0.0.0/8"], "referrers": ["https://a.example"], "endpoints": ["GET /a"] });
    let key = restricted(&kit, &kit.user("maya"), all.clone());
    let change = |restrictions: Value| {
        let changed = kit.patch(&kit.admin, &path(&key), &json!({ "restrictions": restrictions })).expect(200);
        changed.json["data"]["restrictions"].clone()
    };
    for nothing in [json!({}), json!({ "ips": null }), Value::Null] {
        assert_eq!(change(nothing), all);
    }
    let one = json!({ "ips": ["10.0.0.1"], "referrers": ["https://a.example"], "endpoints": ["GET /a"] });
    assert_eq!(change(json!({ "ips": ["10.0.0.1"] })), one);
    let less = json!({ "ips": [], "referrers": ["https://a.example"], "endpoints": [] });
    assert_eq!(change(json!({ "ips": [], "endpoints": [] })), less);
    let rotated =
        kit.post(&kit.admin, &format!("{}/rotate", path(&key)), &json!({ "restrictions": { "ips": ["10.0.0.2"] } }));
    let rotated = rotated.expect(200).json["data"]["restrictions"].clone();
    assert_eq!(rotated, json!({ "ips": ["10.0.0.2"], "referrers": ["https://a.example"], "endpoints": [] }));
}

#[test]
fn an_imported_key_comes_with_its_restrictions() {
    let kit = Kit::start();
    kit.user("maya");
    let (good, bad) = (foreign(1), foreign(2));
    let lines = [
        line(&good, json!({ "restrictions": { "ips": ["::ffff:10.0.0.1", "10.0.0.1"] } })),
        line(&bad, json!({ "restrictions": { "ips": ["10.0.0.1/8"] } })),
    ];
    let (reports, _) = import(&kit, "", body(&lines));
    assert_eq!(statuses(&reports), ["imported", "error"]);
    assert_eq!(reports[1]["field"], "/restrictions/ips/0");
    let from = |ip: &str| kit.verify_as(&kit.admin, json!({ "key": good, "ip": ip }))["code"].clone();
    assert_eq!((from("10.0.0.1"), from("10.0.0.2")), (json!("valid"), json!("ip_denied")));
    let event = kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200).json["data"][0].clone();
    assert_eq!(event["details"]["restrictions"]["ips"], json!(["10.0.0.1"]));
}
