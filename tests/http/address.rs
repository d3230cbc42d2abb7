//! Whose address an event names: the connection's, unless a trusted proxy speaks for somebody else. Whoever may write the header freely,
//! writes it in vain.

use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::Kit;

/// The address in the event of a change that is asked for with these headers.
fn noted(kit: &Kit, headers: &[(&str, &str)]) -> Value {
    let call = Call::new("POST", "/v1/teams").bearer(&kit.admin).json(&json!({ "name": "Acme" }));
    kit.call(headers.iter().fold(call, |call, (name, value)| call.header(name, value))).expect(201);
    kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200).json["data"][0]["address"].clone()
}

/// Every header by which somebody may claim to be somebody else.
const CLAIMS: [(&str, &str); 9] = [
    ("X-Forwarded-For", "203.0.113.9"),
    ("X-Forwarded-For", "203.0.113.9, 127.0.0.1"),
    ("Forwarded", "for=203.0.113.9"),
    ("Forwarded", "for=\"[2001:db8::1]:4711\";proto=https"),
    ("X-Real-IP", "203.0.113.9"),
    ("True-Client-IP", "203.0.113.9"),
    ("CF-Connecting-IP", "203.0.113.9"),
    ("X-Client-IP", "203.0.113.9"),
    ("X-Forwarded", "for=203.0.113.9"),
];

#[test]
fn a_claimed_address_counts_for_nothing_without_a_trusted_proxy() {
    for kit in [Kit::start(), Kit::with(&[("http.trusted_proxies", "[\"192.0.2.0/24\"]")])] {
        for claim in CLAIMS {
            assert_eq!(noted(&kit, &[claim]), "127.0.0.1", "{claim:?}");
        }
        assert_eq!(noted(&kit, &CLAIMS), "127.0.0.1", "all at once");
    }
}

#[test]
fn an_event_names_the_client_and_the_proxy_it_came_through() {
    let kit = Kit::with(&[("http.trusted_proxies", "[\"127.0.0.0/8\", \"10.0.0.0/8\"]")]);
    let long = "203.0.113.9,".repeat(900);
    for (claims, expected) in [
        (&[("X-Forwarded-For", "203.0.113.9")][..], "203.0.113.9 via 127.0.0.1"),
        (&[("X-Forwarded-For", "::FFFF:203.0.113.9")], "203.0.113.9 via 127.0.0.1"),
        (&[("X-Forwarded-For", "1.1.1.1, 203.0.113.9, 10.0.0.2")], "203.0.113.9 via 127.0.0.1"),
        (&[("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "2001:DB8:0:0::1")], "2001:db8::1 via 127.0.0.1"),
        (&[("X-Forwarded-For", "10.0.0.2")], "10.0.0.2 via 127.0.0.1"),
        (&[("X-Forwarded-For", "203.0.113.9, garbage")], "127.0.0.1"),
        (&[("X-Forwarded-For", "127.0.0.1")], "127.0.0.1"),
        (&[("X-Forwarded-For", &long)], "127.0.0.1"),
        (&[("X-Real-IP", "203.0.113.9")], "127.0.0.1"),
        (&[("Forwarded", "for=203.0.113.9")], "127.0.0.1"),
        (&[("X-Forwarded-For", "203.0.113.9"), ("X-Real-IP", "1.1.1.1")], "203.0.113.9 via 127.0.0.1"),
        (&[], "127.0.0.1"),
    ] {
        assert_eq!(noted(&kit, claims), expected, "{claims:?}");
    }
}

#[test]
fn forwarded_is_believed_where_the_operator_says_so_and_nothing_else_then() {
    let settings = [("http.trusted_proxies", "[\"127.0.0.1\"]"), ("http.client_address_header", "forwarded")];
    let kit = Kit::with(&settings);
    assert_eq!(noted(&kit, &[CLAIMS[2]]), "203.0.113.9 via 127.0.0.1");
    assert_eq!(noted(&kit, &[CLAIMS[3]]), "2001:db8::1 via 127.0.0.1");
    assert_eq!(noted(&kit, &[CLAIMS[0]]), "127.0.0.1");
    assert_eq!(noted(&kit, &[("Forwarded", "for=_hidden")]), "127.0.0.1");
}
