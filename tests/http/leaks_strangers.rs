//! Reports of whoever does not say who they are: they work, they are thanked in the same words whatever is known, and they are counted. And
//! what is no report, which is refused in words that say nothing of any key.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, stranger};
use crate::leaks::{digest, leaked, of, valid};

fn from(kit: &Kit, address: &str, reports: &Value) -> Answer {
    kit.call(Call::new("POST", "/v1/leaks").header("X-Forwarded-For", address).json(&json!({ "reports": reports })))
}

/// An answer without what differs in every answer.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let varies = |name: &str| name == "x-request-id" || name == "date";
    let headers = answer.headers.iter().filter(|(name, _)| !varies(name)).cloned().collect();
    (answer.status, headers, answer.text.clone())
}

#[test]
fn a_stranger_is_thanked_in_the_same_words_whatever_is_known() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let (first, second) = (kit.key(&owner, json!({})), kit.key(&owner, json!({})));
    let (local, public) = (kit.key(&owner, json!({})), kit.key(&owner, json!({ "is_public": true })));
    let unknown = stranger("sk_live_");
    let reports = [
        json!({ "key": unknown }),
        json!({ "sha256": digest(&unknown) }),
        json!({ "key": "no key at all" }),
        json!({ "key": first.secret }),
        json!({ "key": first.secret }),
        json!({ "sha256": digest(&second.secret), "exposure": "private" }),
        json!({ "sha256": digest(&local.secret), "exposure": "local" }),
        json!({ "key": public.secret }),
    ];
    let answers: Vec<_> = reports.iter().map(|one| told(&kit.report(NOBODY, &json!([one])))).collect();
    assert_eq!(answers[0].2, r#"{"success":true,"message":"Thank you"}"#);
    for answer in &answers {
        assert_eq!((answer.0, answer), (202, &answers[0]));
    }
    assert_eq!((kit.ended(&first.secret), kit.ended(&second.secret)), (leaked(), leaked()));
    assert_eq!((kit.ended(&local.secret), kit.ended(&public.secret)), (valid(), valid()));
    let event = &kit.get(&kit.admin, "/v1/audit-events?action=leak.reported").expect(200).json["data"][0];
    assert_eq!((&event["actor"], &event["address"]), (&"nobody".into(), &"127.0.0.1".into()));
}

#[test]
fn a_stranger_costs_a_commit_whatever_is_known() {
    let kit = Kit::start();
    let beaten = || kit.number("SELECT beat_at FROM heartbeat");
    kit.clock.advance_ms(5);
    kit.report(NOBODY, &json!([{ "key": stranger("sk_live_") }])).expect(202);
    let first = beaten();
    kit.clock.advance_ms(5);
    kit.report(NOBODY, &json!([{ "key": "of no form at all" }])).expect(202);
    assert_eq!(beaten(), first + 5);
}

#[test]
fn what_a_stranger_says_is_marked_and_a_known_reporter_of_the_same_place_vouches_for_it() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let report = json!([{ "key": key.secret, "exposure": "local", "place": { "url": "javascript:alert(1)" } }]);
    kit.report(NOBODY, &report).expect(202);
    let leak = kit.leak();
    let sighting = &leak["sightings"][0];
    assert_eq!((&sighting["authenticated"], &sighting["reporter"]), (&false.into(), &"nobody".into()));
    assert_eq!(sighting["place"]["url"], "javascript:alert(1)", "text, as it was said");
    kit.report(&kit.backend(&["keystead:leaks"]).secret, &report).expect(200);
    let leak = kit.leak();
    assert_eq!((&leak["places"], &leak["sightings"][0]["authenticated"]), (&1.into(), &true.into()));
    assert_eq!(leak["sightings"][0]["reporter"], "nobody", "who said so first");
}

#[test]
fn a_credential_that_is_wrong_or_not_good_for_it_is_refused() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let report = json!([{ "key": key.secret }]);
    let dead = kit.backend(&["keystead:leaks"]);
    kit.delete(&kit.admin, &of(&dead)).expect(200);
    for wrong in [stranger("sk_live_").as_str(), "garbage", &dead.secret] {
        kit.report(wrong, &report).fails(401, "unauthenticated");
    }
    kit.call(
        Call::new("POST", "/v1/leaks").header("Cookie", "keystead=garbage").ours().json(&json!({ "reports": report })),
    )
    .fails(401, "unauthenticated");
    for other in [&key.secret, &kit.backend(&["keystead:verify"]).secret, &kit.session(&owner)] {
        kit.report(other, &report).fails(403, "forbidden");
    }
    assert_eq!(kit.ended(&key.secret), valid(), "none of them did anything");
    let admin = kit.session(&kit.operator("olga"));
    assert_eq!(kit.report(&admin, &report).expect(200).json["data"][0]["outcome"], "revoked");
}

#[test]
fn a_network_is_one_meter_however_its_addresses_are_written_and_others_do_not_pay_for_it() {
    let settings = [("http.trusted_proxies", "[\"127.0.0.0/8\"]"), ("leaks.reports_per_network", "4")];
    let kit = Kit::with(&settings);
    let unknown = || json!([{ "key": stranger("sk_live_") }]);
    for addresses in [
        ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:cb00:7109", "203.0.113.9", "203.0.113.9"],
        ["2001:db8:0:7::1", "2001:DB8:0:7:ffff::", "2001:0db8:0000:0007:1:2:3:4", "2001:db8:0:7::5", "2001:db8:0:7::6"],
    ] {
        for address in &addresses[..4] {
            from(&kit, address, &unknown()).expect(202);
        }
        let refused = from(&kit, addresses[4], &unknown()).fails(429, "rate_limited");
        assert_eq!(refused.header("retry-after"), Some("15"), "a quarter of a minute");
    }
    from(&kit, "203.0.113.10", &unknown()).expect(202);
    from(&kit, "2001:db8:0:8::1", &unknown()).expect(202);
    kit.report(&kit.admin, &Value::Array(vec![json!({ "key": "x" }); 100])).expect(200);
    kit.clock.advance_ms(15_000);
    from(&kit, "203.0.113.9", &unknown()).expect(202);
}

#[test]
fn each_report_counts_and_one_that_is_refused_is_not_taken() {
    let settings = [("http.trusted_proxies", "[\"127.0.0.0/8\"]"), ("leaks.reports_in_total", "10")];
    let kit = Kit::with(&settings);
    let key = kit.key(&kit.user("maya"), json!({}));
    let nine = Value::Array(vec![json!({ "key": "x" }); 9]);
    from(&kit, "203.0.113.1", &nine).expect(202);
    // The body is looked at by whoever still has one, and is too much.
    from(&kit, "203.0.113.2", &json!([{ "key": key.secret }, { "key": "x" }])).fails(429, "rate_limited");
    from(&kit, "203.0.113.3", &json!([{ "key": key.secret }])).fails(429, "rate_limited");
    assert_eq!(kit.ended(&key.secret), valid());
    kit.clock.advance_ms(6_000);
    from(&kit, "203.0.113.3", &json!([{ "key": key.secret }])).expect(202);
    assert_eq!(kit.ended(&key.secret), leaked());
}

#[test]
fn what_is_no_report_is_refused_with_its_place_and_nothing_of_it_is_taken() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let (good, hash) = (json!({ "key": key.secret }), digest(&key.secret));
    let cases = [
        (json!({ "sha256": hash.to_uppercase() }), 422, "/reports/1/sha256"),
        (json!({ "sha256": &hash[1..] }), 422, "/reports/1/sha256"),
        (json!({ "sha256": format!("{hash}0") }), 422, "/reports/1/sha256"),
        (json!({ "sha256": "" }), 422, "/reports/1/sha256"),
        (json!({ "sha256": format!("{}é", &hash[..62]) }), 422, "/reports/1/sha256"),
        (json!({ "sha256": hash, "key": key.secret }), 400, "/reports/1"),
        (json!({}), 400, "/reports/1"),
        (json!({ "key": null }), 400, "/reports/1"),
        (json!({ "key": 7 }), 400, "/reports/1/key"),
        (json!({ "key": "x", "exposure": "secret" }), 400, "/reports/1/exposure"),
        (json!({ "key": "x", "severity": "high" }), 400, "/reports/1/severity"),
        (json!({ "key": "x", "place": { "file": "a" } }), 400, "/reports/1/place/file"),
        (json!({ "key": "x", "place": "src/a.rs" }), 400, "/reports/1/place"),
        (json!({ "key": "x", "place": { "line": -1 } }), 400, "/reports/1/place/line"),
        (json!({ "key": "x", "place": { "line": "7" } }), 400, "/reports/1/place/line"),
        (json!({ "key": "x", "place": { "committed_at": "yesterday" } }), 400, "/reports/1/place/committed_at"),
        (json!({ "key": "x", "place": { "path": "a\u{0}b" } }), 422, "/reports/1/place"),
        (json!({ "key": "x", "place": { "author": "a\r\nb" } }), 422, "/reports/1/place"),
        (json!({ "key": "x", "place": { "url": "x".repeat(2_100) } }), 422, "/reports/1/place"),
        (json!({ "key": "x", "place": { "url": "\"".repeat(1_100) } }), 422, "/reports/1/place"),
        (json!({ "key": "x", "tool": "t".repeat(101) }), 422, "/reports/1/tool"),
        (json!({ "key": "x", "tool": "a\u{0}" }), 422, "/reports/1/tool"),
        (json!("x"), 400, "/reports/1"),
    ];
    for caller in [NOBODY, kit.admin.as_str()] {
        for (wrong, status, field) in &cases {
            let code = if *status == 400 { "invalid" } else { "unprocessable" };
            kit.report(caller, &json!([good, wrong])).fails(*status, code).at(field);
        }
        kit.report(caller, &json!([])).fails(422, "unprocessable").at("/reports");
        kit.report(caller, &Value::Array(vec![json!({ "key": "x" }); 1_001]))
            .fails(422, "unprocessable")
            .at("/reports");
        kit.post(caller, "/v1/leaks", &json!({})).fails(400, "invalid").at("/reports");
        kit.post(caller, "/v1/leaks", &json!({ "reports": [good], "dry_run": true }))
            .fails(400, "invalid")
            .at("/dry_run");
        let call = || Call::new("POST", "/v1/leaks").bearer(caller);
        kit.call(call().header("Content-Type", "application/json").body("[")).fails(400, "invalid");
        kit.call(call().header("Content-Type", "text/plain").body("{}")).fails(415, "unsupported_media_type");
        let long = vec![json!({ "key": "x".repeat(1_000) }); 300];
        kit.report(caller, &Value::Array(long)).fails(413, "too_large");
    }
    assert_eq!((kit.ended(&key.secret), kit.number("SELECT COUNT(*) FROM leaks")), (valid(), 0), "all or nothing");
}

#[test]
fn a_thousand_reports_are_taken_in_one_request_and_told_in_their_order() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let keys: Vec<_> = (0..3).map(|_| kit.key(&owner, json!({}))).collect();
    let mut reports = vec![json!({ "key": "x" }); 1_000];
    for (place, key) in [0, 499, 999].into_iter().zip(&keys) {
        reports[place] = json!({ "sha256": digest(&key.secret) });
    }
    let fates = kit.report(&kit.admin, &Value::Array(reports.clone())).expect(200).json["data"].clone();
    for (place, key) in [0, 499, 999].into_iter().zip(&keys) {
        assert_eq!((&fates[place]["outcome"], &fates[place]["key_id"]), (&json!("revoked"), &json!(key.id)));
        assert_eq!(kit.ended(&key.secret), leaked());
    }
    assert_eq!(fates.as_array().map(Vec::len), Some(1_000));
    assert_eq!(fates[1]["outcome"], Value::Null);
    let absent = json!({ "key": keys[0].secret, "sha256": null, "exposure": null, "place": null, "tool": null });
    assert_eq!(kit.fate(absent)["outcome"], "already_ended", "null is absent");
    kit.report(NOBODY, &Value::Array(reports)).expect(202);
}

#[test]
fn a_key_in_the_place_of_a_report_is_kept_nowhere() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let (key, other) = (kit.key(&owner, json!({})), kit.key(&owner, json!({})));
    let url = format!("https://example.com/?key={}&again={}#{}", other.secret, key.secret, key.secret);
    let report = json!([{ "key": key.secret, "tool": format!("found {}", key.secret),
        "place": { "url": url, "path": format!("keys/{}.txt", key.secret) } }]);
    kit.report(&kit.admin, &report).expect(200);
    let leak = kit.leak();
    let place = &leak["sightings"][0]["place"];
    assert_eq!(place["url"], "https://example.com/?key=sk_live_***&again=sk_live_***#sk_live_***");
    assert_eq!(
        (&place["path"], &leak["sightings"][0]["tool"]),
        (&json!("keys/sk_live_***.txt"), &json!("found sk_live_***"))
    );
}
