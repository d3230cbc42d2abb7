//! Health and readiness, and what every response carries whatever it is.

use serde_json::json;

use crate::client::Call;
use crate::kit::{Kit, NOBODY, START};
use crate::world::keys_of;

#[test]
fn health_and_readiness_answer_everybody_by_get_and_head() {
    let kit = Kit::start();
    assert_eq!(kit.get(NOBODY, "/healthz").expect(200).json, json!({ "status": "ok" }));
    for path in ["/readyz", "/readyz?writes=1", "/readyz?writes=0"] {
        assert_eq!(kit.get(NOBODY, path).expect(200).json, json!({ "status": "ready", "writes": "ok" }), "{path}");
    }
    for path in ["/healthz", "/readyz", "/readyz?writes=1"] {
        let head = kit.call(Call::new("HEAD", path)).expect(200);
        assert_eq!((head.text.as_str(), head.header("content-type")), ("", Some("application/json")));
    }
    for query in ["writes=2", "writes=yes", "reads=1"] {
        kit.get(NOBODY, &format!("/readyz?{query}")).expect(400);
    }
}

#[test]
fn however_often_readiness_is_asked_one_write_is_made() {
    let kit = Kit::start();
    let beat = || kit.number("SELECT beat_at FROM heartbeat");
    assert_eq!(beat(), 0);
    let events = kit.events();
    for n in 0..30 {
        kit.get(NOBODY, if n % 2 == 0 { "/readyz" } else { "/readyz?writes=1" }).expect(200);
        assert_eq!(beat(), START, "call {n}: written once, at the first call");
        kit.clock.advance_ms(1);
    }
    assert_eq!(kit.events(), events, "and it leaves no event");
}

#[test]
fn failing_writes_are_told_and_unready_only_for_who_asks_about_writes() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    kit.run("CREATE TRIGGER full BEFORE UPDATE ON heartbeat BEGIN SELECT RAISE(ABORT, 'no room'); END", vec![]);
    assert_eq!(kit.get(NOBODY, "/readyz").expect(200).json, json!({ "status": "ready", "writes": "failing" }));
    let unready = kit.get(NOBODY, "/readyz?writes=1").expect(503);
    assert_eq!(unready.json, json!({ "status": "unavailable", "writes": "failing" }));
    assert_eq!(kit.code(&key.secret), "valid", "verifications go on");
}

#[test]
fn a_full_disk_refuses_writes_with_503_and_verifications_go_on() {
    let kit = Kit::with(&[("store.max_mib", "1")]);
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let big = json!({ "metadata": { "x": "y".repeat(16_000) } });
    let refused = (0..200).map(|_| kit.try_key(&kit.admin, &owner, big.clone())).find(|answer| answer.status != 201);
    let refused = refused.expect("the bound is met").fails(503, "unavailable");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(kit.code(&key.secret), "valid");
    kit.get(&kit.admin, &keys_of(&owner)).expect(200);
    let report = kit.get(&kit.admin, "/v1/audit-events/verify").expect(200);
    assert_eq!(report.json["data"]["ok"], true, "what was refused left nothing behind");
}

#[test]
fn readiness_drops_before_connections_are_closed() {
    let mut kit = Kit::with(&[("http.drain_ms", "60000")]);
    assert_eq!(kit.get(NOBODY, "/readyz").expect(200).str("/status"), "ready");
    kit.begin_to_stop();
    let stopping = (0..10_000).map(|_| kit.get(NOBODY, "/readyz")).find(|answer| answer.status == 503);
    assert_eq!(stopping.expect("it says so").str("/status"), "stopping");
    kit.get(NOBODY, "/healthz").expect(200);
    kit.get(&kit.admin, "/v1/me").expect(200);
}

#[test]
fn every_response_carries_the_headers_that_keep_browsers_and_caches_in_check() {
    let kit = Kit::start();
    let refused = || Call::new("POST", "/v1/users").bearer(&kit.admin).json(&json!({ "nick": 1 }));
    for (answer, status) in [
        (kit.get(NOBODY, "/"), 200),
        (kit.get(NOBODY, "/docs"), 200),
        (kit.get(NOBODY, "/openapi.json"), 200),
        (kit.get(NOBODY, "/healthz"), 200),
        (kit.get(NOBODY, "/assets/page.css"), 200),
        (kit.get(&kit.admin, "/v1/me"), 200),
        (kit.call(refused()), 400),
        (kit.get(NOBODY, "/v1/me"), 401),
        (kit.get(NOBODY, "/nothing"), 404),
        (kit.get(&kit.admin, "/v1/users/x"), 404),
        (kit.call(Call::new("PUT", "/v1/me")), 405),
        (kit.call(Call::new("POST", "/v1/users").bearer(&kit.admin).body("{}")), 415),
    ] {
        let answer = answer.expect(status);
        let is = |name: &str, value: &str| assert_eq!(answer.header(name), Some(value), "{}", answer.asked);
        is("x-content-type-options", "nosniff");
        // The same for everybody, and asked for anew each time.
        is("cache-control", if answer.asked.contains("/assets/") { "no-cache" } else { "no-store" });
        is("referrer-policy", "no-referrer");
        let policy = answer.header("content-security-policy").expect("a policy");
        for part in ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{}: {policy}", answer.asked);
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'));
        assert!(answer.header("access-control-allow-origin").is_none(), "no other site may read");
        assert!(answer.header("server").is_none() && answer.header("set-cookie").is_none());
        let id = answer.header("x-request-id").expect("an id");
        assert!(id.starts_with("req_") && id.len() == 20);
    }
}

#[test]
fn request_ids_are_ours_and_never_the_same_twice() {
    let kit = Kit::start();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        let answer = kit.call(Call::new("GET", "/healthz").header("X-Request-Id", "chosen-by-the-client"));
        assert!(seen.insert(answer.header("x-request-id").expect("an id").to_owned()));
    }
    assert!(!seen.contains("chosen-by-the-client"));
}
