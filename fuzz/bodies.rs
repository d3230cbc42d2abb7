//! What must hold for any bytes at all, one function for each parser of restrictions. Run for as long as one likes by cargo-fuzz, and with random
//! bytes in every `cargo test` (tests/restrict/). The first line of the input is the rule, the second what is asked.

use std::net::IpAddr;

use keystead::key::Restrictions;
use keystead::key::restrict::{Place, Rules};

/// The two lines.
fn cut(data: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(data).ok()?;
    Some(text.split_once('\n').unwrap_or((text, text)))
}

/// Checks what is kept of a rule, and says whether this place is let through; `None` is no rule.
fn lets(raw: &Restrictions, place: &Place<'_>) -> Option<bool> {
    let kept = raw.clone().checked().ok()?;
    assert_eq!(kept.clone().checked().expect("what is kept is taken again"), kept, "canonical is a fixed point");
    assert!(kept.is_within(raw) && raw.is_within(&kept), "canonical is the same");
    let lets = |rules: &Restrictions| Rules::of(rules).expect("checked").refuse(place).is_none();
    assert_eq!(lets(raw), lets(&kept), "what is kept lets through what was written");
    assert!(Rules::of(&kept).expect("checked").refuse(&Place::default()).is_some(), "what is not known meets nothing");
    Some(lets(&kept))
}

pub fn ip(data: &[u8]) {
    let Some((rule, asked)) = cut(data) else { return };
    let address: Option<IpAddr> = asked.parse().ok();
    let raw = Restrictions { ips: vec![rule.to_owned()], ..Restrictions::default() };
    let place = |ip| Place { ip, ..Place::default() };
    if lets(&raw, &place(address)) == Some(true) {
        let address = address.expect("an address that is not known meets nothing");
        assert_eq!(lets(&raw, &place(Some(address.to_canonical()))), Some(true), "one address, one spelling");
        let mapped = match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V6(v4.to_ipv6_mapped()),
            v6 @ IpAddr::V6(_) => v6,
        };
        assert_eq!(lets(&raw, &place(Some(mapped))), Some(true), "mapped or not");
    }
}

pub fn referrer(data: &[u8]) {
    let Some((rule, asked)) = cut(data) else { return };
    let raw = Restrictions { referrers: vec![rule.to_owned()], ..Restrictions::default() };
    let place = Place { referrer: Some(asked), ..Place::default() };
    if lets(&raw, &place) != Some(true) {
        return;
    }
    // What was let through is, to a browser, a page of the host that the canonical rule names.
    let kept = raw.checked().expect("a rule").referrers.remove(0);
    let page = url::Url::parse(asked).expect("a URL to browsers, too");
    assert!(page.username().is_empty() && page.password().is_none(), "no user information");
    let (scheme, rest) = kept.split_once("://").expect("a scheme");
    assert_eq!(page.scheme(), scheme);
    let authority = rest.split('/').next().expect("a host");
    let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((host, port)) => (host, port.parse().ok()),
        None => (authority, None),
    };
    assert_eq!(page.port(), port);
    let named = page.host_str().expect("a host");
    let named = named.strip_suffix('.').unwrap_or(named);
    match host.strip_prefix("*.") {
        Some(name) => {
            let before = named.strip_suffix(name).and_then(|before| before.strip_suffix('.')).expect("below the name");
            assert!(!before.is_empty() && !before.split('.').any(str::is_empty), "one or more labels");
        }
        None => assert_eq!(named, host),
    }
    // And below the path that it names.
    if let Some((_, path)) = rest.split_once('/') {
        assert_plain(asked.split_once("://").expect("a scheme").1.split_once('/').expect("a path").1);
        let rule = url::Url::parse(&format!("http://x/{path}")).expect("a path");
        let decoded = |path: &str| percent_decoded(path);
        let (rule, page) = (decoded(rule.path()), decoded(page.path()));
        let rest = page.strip_prefix(rule.as_slice()).expect("below the path");
        assert!(rest.is_empty() || rest[0] == b'/', "a path ends at a segment");
    }
}

pub fn endpoint(data: &[u8]) {
    let Some((rule, asked)) = cut(data) else { return };
    let (method, path) = asked.split_once(' ').unwrap_or(("GET", asked));
    let place = Place { method: Some(method), path: Some(path), ..Place::default() };
    for rule in [rule, "* /**"] {
        let raw = Restrictions { endpoints: vec![rule.to_owned()], ..Restrictions::default() };
        if lets(&raw, &place) == Some(true) {
            assert!(path.starts_with('/'));
            assert_plain(path);
            for (method, path) in [(None, Some(path)), (Some(method), None)] {
                let half = Place { method, path, ..Place::default() };
                assert_eq!(lets(&raw, &half), Some(false), "half of it meets nothing");
            }
        }
    }
}

/// What was let through has no second reading: decoded once or twice, by our reading or by another's.
fn assert_plain(raw: &str) {
    let raw = raw.split(['?', '#']).next().expect("a first part");
    assert!(!raw.to_ascii_lowercase().contains("%2f"), "no encoded slash");
    let once = percent_decoded(raw);
    assert_eq!(
        percent_decoded(&String::from_utf8(once.clone()).expect("UTF-8")),
        once,
        "decoding again changes nothing"
    );
    let text = String::from_utf8(once).expect("UTF-8");
    assert!(!text.contains("//") && !text.contains(['\\', ';']) && !text.chars().any(char::is_control));
    assert!(!text.split('/').any(|segment| segment == "." || segment == ".."));
}

/// As the most lenient reader decodes: an escape that is none stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(digits) = digits.filter(|_| bytes[at] == b'%') {
            out.push(u8::from_str_radix(digits, 16).expect("two digits"));
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}
