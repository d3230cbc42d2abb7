//! `key create|change|rotate --ip --referrer --endpoint` and `key verify --ip --referrer --method --path`: the same words as the API's.

use serde_json::json;

use crate::binary::{Ended, Server, home, run, run_with};
use crate::owners::{json as shown, on};

fn verify(server: &Server, secret: &str, args: &[&str]) -> (Option<i32>, String) {
    let ended: Ended = run_with(on(server, &[&["key", "verify"], args].concat()), secret);
    (ended.code, ended.stdout)
}

#[test]
fn a_key_is_restricted_at_creation_and_at_change_and_asked_about_with_where_it_is_used() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    let words = ["key", "create", "--user", "maya", "--description", "laptop", "--expires", "never", "--json"];
    let lists = [
        "--ip",
        "::ffff:10.0.0.0/104",
        "--ip",
        "192.0.2.7",
        "--referrer",
        "https://*.example.com/shop/",
        "--endpoint",
        "GET /v1/*",
    ];
    let key = shown(on(&server, &[&words[..], &lists].concat()));
    let kept = json!({ "ips": ["10.0.0.0/8", "192.0.2.7"], "referrers": ["https://*.example.com/shop"], "endpoints": ["GET /v1/*"] });
    assert_eq!(key["restrictions"], kept);
    let (id, secret) = (key["id"].as_str().expect("an id"), key["secret"].as_str().expect("a secret"));

    let good =
        ["--ip", "10.1.2.3", "--referrer", "https://a.example.com/shop/1", "--method", "GET", "--path", "/v1/x?y"];
    assert_eq!(verify(&server, secret, &good), (Some(0), "valid  maya · laptop\n".into()));
    assert_eq!(verify(&server, secret, &good[..6]), (Some(1), "endpoint_denied  maya · laptop\n".into()));
    assert_eq!(verify(&server, secret, &good[..2]), (Some(1), "referrer_denied  maya · laptop\n".into()));
    assert_eq!(verify(&server, secret, &[]), (Some(1), "ip_denied  maya · laptop\n".into()));

    let details = run(on(&server, &["key", "show", id])).fine();
    assert!(details.contains("10.0.0.0/8") && details.contains("GET /v1/*"), "{details}");
    let csv = run(on(&server, &["key", "export", "--format", "csv"])).fine();
    assert!(csv.contains("192.0.2.7") && csv.contains("https://*.example.com/shop"), "{csv}");

    let change = |verb: &str, more: &[&str]| shown(on(&server, &[&["key", verb, id, "--json"], more].concat()));
    let changed = change("change", &["--ip", "10.0.0.1", "--no-endpoints"]);
    let after = json!({ "ips": ["10.0.0.1"], "referrers": ["https://*.example.com/shop"], "endpoints": [] });
    assert_eq!(changed["restrictions"], after, "what is not spoken of stays");
    assert_eq!(change("change", &["--description", "desk"])["restrictions"], after);
    let rotated = change("rotate", &["--no-ips", "--no-referrers"]);
    assert_eq!(rotated["restrictions"], json!({ "ips": [], "referrers": [], "endpoints": [] }));
    for (words, why) in [
        (&["key", "change", id, "--ip", "10.0.0.1/8"][..], "/restrictions/ips/0: must be a network"),
        (&["key", "change", id, "--ip", "10.0.0.1", "--no-ips"], "cannot be used with"),
        (&["key", "change", id, "--referrer", "example.com"], "/restrictions/referrers/0: must be http:// or https://"),
        (
            &["key", "change", id, "--endpoint", "GET /a", "--endpoint", "/b"],
            "/restrictions/endpoints/1: must be a method",
        ),
    ] {
        let stderr = run(on(&server, words)).failed();
        assert!(stderr.contains(why), "{words:?}: {stderr}");
    }
    let ended: Ended = run_with(on(&server, &["key", "verify", "--ip", "10.0.0.1:80"]), secret);
    assert!(ended.failed().contains("/ip"));
}
