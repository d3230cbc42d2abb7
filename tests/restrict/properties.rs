//! What holds for whatever is written and whatever is asked, drawn from pieces that mean something to one reader or another.

use std::net::IpAddr;

use keystead::key::Restrictions;
use keystead::key::restrict::{Place, Rules};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::bodies;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn join(pieces: Vec<&'static str>) -> String {
    pieces.concat()
}

/// Few addresses, so that networks meet them.
fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        (0_u8..4, 0_u8..4).prop_map(|(a, b)| IpAddr::from([10, 0, a, b])),
        (0_u8..4, 0_u8..4).prop_map(|(a, b)| IpAddr::V6(std::net::Ipv4Addr::from([10, 0, a, b]).to_ipv6_mapped())),
        (0_u16..4, 0_u16..4).prop_map(|(a, b)| IpAddr::from([0x2001, 0xdb8, 0, a, 0, 0, 0, b])),
    ]
}

fn network() -> impl Strategy<Value = String> {
    let v4 = (0_u8..4, 0_u8..4, 0_u32..=32).prop_map(|(a, b, prefix)| {
        let bits = u32::from_be_bytes([10, 0, a, b]) & u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        let address = std::net::Ipv4Addr::from_bits(bits);
        (IpAddr::from(address), prefix)
    });
    let v6 = (0_u16..4, 0_u16..4, 0_u32..=128).prop_map(|(a, b, prefix)| {
        let bits = std::net::Ipv6Addr::from([0x2001, 0xdb8, 0, a, 0, 0, 0, b]).to_bits();
        let bits = bits & u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
        (IpAddr::from(std::net::Ipv6Addr::from_bits(bits)), prefix)
    });
    prop_oneof![
        prop_oneof![v4.clone(), v6].prop_map(|(address, prefix)| format!("{address}/{prefix}")),
        v4.prop_map(|(address, prefix)| match address {
            IpAddr::V4(v4) => format!("::ffff:{v4}/{}", prefix + 96),
            IpAddr::V6(_) => unreachable!("made of IPv4"),
        }),
        address().prop_map(|address| address.to_string()),
    ]
}

/// Pieces of URLs, those that readers disagree about among them.
fn url() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        8 => Just("https://"),
        2 => prop::sample::select(vec!["HTTPS://", "http://", "https:", "https:/", "https:\\\\", "https:///", "//", "ftp://", ""]),
    ];
    let host = vec(
        prop::sample::select(vec![
            "a", "b", ".", "a.b", "*.", "A", "é", "xn--9ca", "@", ":", ":443", ":8443", "%61", "%2e", "\\", "[::1]",
            "127.1", "。",
        ]),
        0..5,
    );
    let path = vec(
        prop::sample::select(vec![
            "/", "/", "x", "y", "%78", "é", "%c3%a9", "..", ".", "%2e", "%2f", ";", "?", "#", "\\", "%", "%25",
            "\u{301}",
        ]),
        0..6,
    );
    (scheme, host, path).prop_map(|(scheme, host, path)| format!("{scheme}{}{}", join(host), join(path)))
}

/// The same without what is always refused, so that rules meet pages.
fn good_url() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec![
        "a.test",
        "*.test",
        "b.a.test",
        "*.a.test",
        "test",
        "c.b.a.test",
        "A.TEST.",
        "127.0.0.1",
    ]);
    let port = prop::sample::select(vec!["", "", ":443", ":80"]);
    let path = vec(prop::sample::select(vec!["/x", "/y", "/xy", "/%78", "/"]), 0..3);
    (host, port, path).prop_map(|(host, port, path)| format!("https://{host}{port}{}", join(path).replace("//", "/")))
}

fn method() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["GET", "GET", "POST", "*", "get", ""])
}

fn path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/", "/", "/", "a", "b", "*", "**", "%61", "é", "%C3%A9", "..", ".", "%2e", "%2E", "%2f", "%5c", "\\", ";",
        "%3b", "%", "%25", "%252e", "%00", "\u{7f}", "\u{85}", "?", "#", " ", "%20",
    ]);
    vec(piece, 0..8).prop_map(|pieces| format!("/{}", join(pieces)))
}

fn good_path() -> impl Strategy<Value = String> {
    vec(prop::sample::select(vec!["/a", "/b", "/*", "/%61", "/*"]), 1..4)
        .prop_flat_map(|head| (Just(head), prop::sample::select(vec!["", "", "/", "/**"])))
        .prop_map(|(head, tail)| join(head) + tail)
}

fn endpoint() -> impl Strategy<Value = String> {
    (prop::sample::select(vec!["GET", "POST", "*"]), good_path()).prop_map(|(method, path)| format!("{method} {path}"))
}

fn restrictions(
    ip: impl Strategy<Value = String>,
    referrer: impl Strategy<Value = String>,
    endpoint: impl Strategy<Value = String>,
) -> impl Strategy<Value = Restrictions> {
    (vec(ip, 0..4), vec(referrer, 0..3), vec(endpoint, 0..4)).prop_map(|(ips, referrers, endpoints)| Restrictions {
        ips,
        referrers,
        endpoints,
    })
}

fn lets(restrictions: &Restrictions, place: &Place<'_>) -> bool {
    Rules::of(restrictions).expect("rules").refuse(place).is_none()
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn any_bytes_at_all_are_read_without_a_panic_and_mean_one_thing(data in vec(any::<u8>(), 0..120)) {
        bodies::ip(&data);
        bodies::referrer(&data);
        bodies::endpoint(&data);
    }

    #[test]
    fn addresses_mean_one_thing_in_every_spelling(rule in network(), asked in address(), upper: bool) {
        let asked = if upper { asked.to_string().to_uppercase() } else { asked.to_string() };
        bodies::ip(format!("{rule}\n{asked}").as_bytes());
    }

    #[test]
    fn a_page_that_is_let_through_is_one_of_the_rules_host_to_a_browser(
        rule in prop_oneof![url(), good_url()], asked in prop_oneof![url(), good_url()],
    ) {
        bodies::referrer(format!("{rule}\n{asked}").as_bytes());
        bodies::referrer(format!("{rule}\n{rule}").as_bytes());
    }

    #[test]
    fn a_call_that_is_let_through_has_one_reading(
        by in method(), rule in prop_oneof![path(), good_path()], with in method(), asked in prop_oneof![path(), good_path()],
    ) {
        bodies::endpoint(format!("{by} {rule}\n{with} {asked}").as_bytes());
        bodies::endpoint(format!("{by} {rule}\n{with} {rule}").as_bytes());
    }

    #[test]
    fn what_is_within_lets_nothing_through_that_the_other_does_not(
        one in restrictions(network(), good_url(), endpoint()), other in restrictions(network(), good_url(), endpoint()),
        ip in address(), from in good_url(), with in prop::sample::select(vec!["GET", "POST", "PUT"]), path in good_path(),
    ) {
        let (one, other) = (one.checked().expect("rules"), other.checked().expect("rules"));
        prop_assert!(one.is_within(&one) && one.is_within(&Restrictions::default()));
        prop_assert!(one.is_empty() || !Restrictions::default().is_within(&one), "nothing is the loosest");
        let from = from.replace("*.", "z.");
        let place = Place { ip: Some(ip), referrer: Some(&from), method: Some(with), path: Some(&path) };
        if one.is_within(&other) && lets(&one, &place) {
            prop_assert!(lets(&other, &place), "{one:?} {other:?} {place:?}");
        }
        // List by list, so that a place that one list denies does not hide another list's mistake.
        let none = Restrictions::default();
        for (one, other) in [
            (Restrictions { ips: one.ips, ..none.clone() }, Restrictions { ips: other.ips, ..none.clone() }),
            (Restrictions { referrers: one.referrers, ..none.clone() }, Restrictions { referrers: other.referrers, ..none.clone() }),
            (Restrictions { endpoints: one.endpoints, ..none.clone() }, Restrictions { endpoints: other.endpoints, ..none.clone() }),
        ] {
            prop_assert!(!one.is_within(&other) || !lets(&one, &place) || lets(&other, &place), "{one:?} {other:?} {place:?}");
        }
    }

    #[test]
    fn two_rules_of_the_same_place_are_within_each_other_as_far_as_they_go(
        one in endpoint(), other in endpoint(), path in good_path(), with in prop::sample::select(vec!["GET", "POST", "PUT"]),
    ) {
        let of = |rule: &String| Restrictions { endpoints: vec![rule.clone()], ..Restrictions::default() };
        let place = Place { method: Some(with), path: Some(&path), ..Place::default() };
        if of(&one).is_within(&of(&other)) && lets(&of(&one), &place) {
            prop_assert!(lets(&of(&other), &place), "{one} {other} {with} {path}");
        }
    }
}

#[test]
fn what_plainly_lies_within_is_seen_to() {
    let list = |kind: &str, text: &str| {
        let entries: Vec<String> = text.split(", ").filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
        match kind {
            "ips" => Restrictions { ips: entries, ..Restrictions::default() },
            "referrers" => Restrictions { referrers: entries, ..Restrictions::default() },
            _ => Restrictions { endpoints: entries, ..Restrictions::default() },
        }
    };
    for (kind, one, other, within) in [
        ("ips", "10.1.0.0/16, 10.2.0.1", "10.0.0.0/8", true),
        ("ips", "::ffff:10.1.0.0/112", "10.0.0.0/8", true),
        ("ips", "10.0.0.0/8", "10.1.0.0/16", false),
        ("ips", "10.0.0.0/8, 192.0.2.7", "10.0.0.0/8", false),
        ("ips", "10.0.0.0/8", "10.0.0.0/9, 10.128.0.0/9", false),
        ("ips", "", "10.0.0.0/8", false),
        ("ips", "10.0.0.0/8", "", true),
        ("ips", "0.0.0.0/0", "::/0", false),
        ("referrers", "https://a.example.com/x", "https://*.example.com", true),
        ("referrers", "https://*.a.example.com", "https://*.example.com", true),
        ("referrers", "https://*.example.com", "https://*.a.example.com", false),
        ("referrers", "https://*.example.com", "https://a.example.com", false),
        ("referrers", "https://example.com", "https://*.example.com", false),
        ("referrers", "https://a.example.com/x/y", "https://a.example.com/x", true),
        ("referrers", "https://a.example.com/xy", "https://a.example.com/x", false),
        ("referrers", "http://a.example.com", "https://a.example.com", false),
        ("referrers", "https://a.example.com:444", "https://a.example.com", false),
        ("endpoints", "GET /v1/a/b", "GET /v1/*/b", true),
        ("endpoints", "GET /v1/a/b", "* /v1/**", true),
        ("endpoints", "GET /v1/*/**", "GET /v1/**", true),
        ("endpoints", "GET /v1/**", "GET /v1/*/**", false),
        ("endpoints", "GET /v1/**", "GET /v1/*", false),
        ("endpoints", "* /v1/a", "GET /v1/a", false),
        ("endpoints", "GET /v1/", "GET /v1/**", false),
        ("endpoints", "GET /v1/a/", "GET /v1/**", true),
        ("endpoints", "GET /v1/", "GET /v1/*", false),
        ("endpoints", "GET /", "GET /**", false),
    ] {
        assert_eq!(list(kind, one).is_within(&list(kind, other)), within, "{one} within {other}");
    }
}
