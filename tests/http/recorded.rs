//! Requests of gateways in the form that each product gives them (`recorded.json`), replayed byte by byte: no client of ours puts them in
//! order or leaves one out. nginx and Caddy themselves are in tests/gateways/.

use serde::Deserialize;
use serde_json::json;

use crate::gateway::{NAMES, SECRET, kit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    product: String,
    what: String,
    /// Method and path.
    ask: String,
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    expect: u16,
    /// In `X-Keystead-Code`.
    code: String,
}

#[test]
fn what_each_product_sends_is_understood_and_what_was_done_to_it_is_refused() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/recorded.json");
    let all: Vec<Recorded> =
        serde_json::from_str(&std::fs::read_to_string(file).expect("tests/http/recorded.json")).expect("the requests");
    let kit = kit(&[("http.trusted_proxies", "[\"10.0.0.0/8\"]")]);
    let owner = kit.user("maya");
    let bound = |endpoint: &str| {
        let restrictions = json!({ "ips": ["203.0.113.9"], "endpoints": [endpoint], "referrers": [] });
        kit.key(&owner, json!({ "restrictions": restrictions })).secret
    };
    let (get, post) = (bound("GET /invoices/*"), bound("POST /invoices/*"));
    for Recorded { product, what, ask, headers, body, expect, code } in all {
        let mut request = format!("{ask} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request.push_str("Host: keystead\r\n");
        }
        for (name, value) in headers {
            let value = value.replace("{secret}", SECRET).replace("{key}", &get).replace("{post_key}", &post);
            request.extend([&name, ": ", &value, "\r\n"]);
        }
        let answer = kit.raw(format!("{request}\r\n{body}").as_bytes());
        let place = format!("{product}: {what}: {answer}");
        assert!(answer.starts_with(&format!("HTTP/1.1 {expect} ")), "{place}");
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        assert!(head.contains(&format!("x-keystead-code: {code}\r\n")), "{place}");
        assert!(NAMES.iter().all(|name| head.matches(&format!("\r\n{name}:")).count() == 1), "{place}");
        assert!(expect == 200 || head.contains("x-keystead-owner-id: \r\n"), "{place}");
    }
}
