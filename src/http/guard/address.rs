//! Whose address a request comes from, for every request: that of the connection, unless our own proxies say for whom they speak. Read
//! from the right, hop by hop, and only as long as the hop that says so is trusted: what a client wrote itself is never reached. What
//! cannot be read ends the walk at the last address that is known.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::http::header::{HeaderMap, HeaderName};

use crate::base::net::Network;
use crate::config::AddressHeader;

/// Hops looked at in one request; no route has more, and a header of commas costs no more than this.
const HOPS_MAX: usize = 32;
/// Characters of one hop: an address in quotes and brackets with a port is 49, `by`, `host` and `proto` may stand beside it.
const HOP_MAX: usize = 512;

/// The proxies in front of this server.
#[derive(Debug, Clone)]
pub struct Proxies {
    pub trusted: Vec<Network>,
    pub header: AddressHeader,
}

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED: HeaderName = HeaderName::from_static("forwarded");

impl Proxies {
    /// The client's address, canonical. Headers count only where the peer is one of us.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if self.trusted.is_empty() {
            return peer;
        }
        let name = match self.header {
            AddressHeader::XForwardedFor => &X_FORWARDED_FOR,
            AddressHeader::Forwarded => &FORWARDED,
        };
        // The lines of one header are one list (RFC 9110 section 5.3); the last line was written last.
        let lines: Vec<&[u8]> = headers.get_all(name).map(|value| value.as_bytes()).collect();
        self.walk(peer, lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')))
    }

    /// The client's address in a list that somebody wrote whose last word is believed whoever they are. `None` where that is no address.
    pub fn told(&self, list: &str) -> Option<IpAddr> {
        let mut hops = list.as_bytes().rsplit(|byte| *byte == b',');
        let last = self.read(hops.next()?)?;
        Some(self.walk(last, hops))
    }

    /// From the last hop to the first, as long as each is trusted and readable.
    fn walk<'a>(&self, peer: IpAddr, hops: impl Iterator<Item = &'a [u8]>) -> IpAddr {
        let mut at = peer.to_canonical();
        for hop in hops.take(HOPS_MAX) {
            if !self.trusted.iter().any(|network| network.contains(at)) {
                break;
            }
            match self.read(hop) {
                Some(address) => at = address,
                None => break,
            }
        }
        at
    }

    fn read(&self, hop: &[u8]) -> Option<IpAddr> {
        let hop =
            std::str::from_utf8(hop.get(..hop.len().min(HOP_MAX + 1))?).ok().filter(|hop| hop.len() <= HOP_MAX)?;
        let hop = hop.trim_matches([' ', '\t']);
        match self.header {
            AddressHeader::XForwardedFor => address(hop),
            AddressHeader::Forwarded => node(hop).and_then(address),
        }
    }
}

/// The value of `for` in one element of `Forwarded` (RFC 7239 section 4). The list was cut at every comma, also at one in quotes: such an
/// element is no address, and what is left of it has a quote too many and is none either.
fn node(element: &str) -> Option<&str> {
    let mut found = None;
    for pair in element.split(';').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"')?,
            None => value,
        };
        if value.contains(['"', '\\']) || name.is_empty() || !name.bytes().all(is_token) {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. Not `unknown`, and not an obfuscated `_name`.
pub fn address(text: &str) -> Option<IpAddr> {
    let port = |digits: &str| digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty();
    if let Some(rest) = text.strip_prefix('[') {
        let (inner, behind) = rest.split_once(']')?;
        let fine = behind.is_empty() || behind.strip_prefix(':').is_some_and(port);
        return inner.parse::<Ipv6Addr>().ok().filter(|_| fine).map(|v6| IpAddr::V6(v6).to_canonical());
    }
    let whole = text.parse().ok();
    let without_port = || text.split_once(':').filter(|(_, digits)| port(digits)).and_then(|(v4, _)| v4.parse().ok());
    whole.or_else(|| without_port().map(IpAddr::V4)).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn proxies(header: AddressHeader) -> Proxies {
        let trusted = ["10.0.0.0/8", "2001:db8:a::/48"].map(|text| Network::parse(text).expect("a network"));
        Proxies { trusted: trusted.into(), header }
    }

    /// The address that a request with these lines is counted for.
    fn client(header: AddressHeader, peer: &str, name: &'static str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(line.as_bytes()).expect("a value"));
        }
        proxies(header).client(ip(peer), &headers).to_string()
    }

    #[test]
    fn x_forwarded_for_is_read_from_the_right_as_long_as_hops_are_trusted() {
        for (peer, lines, expected) in [
            ("10.0.0.2", &["203.0.113.9"][..], "203.0.113.9"),
            ("10.0.0.2", &[], "10.0.0.2"),
            ("203.0.113.1", &["198.51.100.1"], "203.0.113.1"),
            ("::ffff:10.0.0.2", &["::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.2", &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.2", &["1.1.1.1, 203.0.113.9, 10.0.0.3"], "203.0.113.9"),
            ("10.0.0.2", &["1.1.1.1", "203.0.113.9", "10.0.0.3"], "203.0.113.9"),
            ("10.0.0.2", &["10.0.0.9,10.0.0.3"], "10.0.0.9"),
            ("10.0.0.2", &["203.0.113.9, 2001:DB8:A::7"], "203.0.113.9"),
            ("2001:db8:a::1", &["[2001:db8:b::1]:4711"], "2001:db8:b::1"),
            ("10.0.0.2", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.2", &["\t203.0.113.9 "], "203.0.113.9"),
            // What cannot be read ends the walk, and what stands left of it is never looked at.
            ("10.0.0.2", &["203.0.113.9, unknown"], "10.0.0.2"),
            ("10.0.0.2", &["203.0.113.9, unknown, 10.0.0.3"], "10.0.0.3"),
            ("10.0.0.2", &["203.0.113.9,"], "10.0.0.2"),
            ("10.0.0.2", &["203.0.113.9,,10.0.0.3"], "10.0.0.3"),
            ("10.0.0.2", &[""], "10.0.0.2"),
            ("10.0.0.2", &["\u{ff}, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.2", &["203.0.113.9, \u{ff}"], "10.0.0.2"),
            ("10.0.0.2", &["for=203.0.113.9"], "10.0.0.2"),
            ("10.0.0.2", &["\"203.0.113.9\""], "10.0.0.2"),
        ] {
            assert_eq!(
                client(AddressHeader::XForwardedFor, peer, "x-forwarded-for", lines),
                expected,
                "{peer} {lines:?}"
            );
        }
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        for (lines, expected) in [
            (&["for=203.0.113.9"][..], "203.0.113.9"),
            (&["For=\"203.0.113.9:4711\";proto=https;by=10.0.0.2"], "203.0.113.9"),
            (&["for=\"[2001:db8:b::1]:4711\""], "2001:db8:b::1"),
            (&["for=\"[2001:db8:b::1]\", for=10.0.0.3"], "2001:db8:b::1"),
            (&["for=1.1.1.1", "for=203.0.113.9;host=keys.example.com"], "203.0.113.9"),
            (&["for=203.0.113.9, for=_hidden, for=10.0.0.3"], "10.0.0.3"),
            (&["for=203.0.113.9, for=unknown"], "10.0.0.2"),
            (&["for=203.0.113.9, proto=https"], "10.0.0.2"),
            (&["for=203.0.113.9;for=203.0.113.8"], "10.0.0.2"),
            (&["203.0.113.9"], "10.0.0.2"),
            (&["for=\"203.0.113.9"], "10.0.0.2"),
            (&["for=203.0.113.9\""], "10.0.0.2"),
            (&["for=203.0.113.9;;proto=https;"], "203.0.113.9"),
            (&[";"], "10.0.0.2"),
            (&["for = 203.0.113.9"], "10.0.0.2"),
            // A Host that a client chose, handed on in quotes, is no hop.
            (&["for=203.0.113.9;host=\"a, for=1.1.1.1, b\""], "10.0.0.2"),
            (&["for=203.0.113.9;host=\"a, for=1.1.1.1;x=\\\"\""], "10.0.0.2"),
        ] {
            assert_eq!(client(AddressHeader::Forwarded, "10.0.0.2", "forwarded", lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn only_the_header_of_the_configuration_is_believed() {
        for name in [
            "x-real-ip",
            "true-client-ip",
            "cf-connecting-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "fastly-client-ip",
            "forwarded",
            "x_forwarded_for",
        ] {
            assert_eq!(client(AddressHeader::XForwardedFor, "10.0.0.2", name, &["203.0.113.9"]), "10.0.0.2", "{name}");
        }
        assert_eq!(client(AddressHeader::Forwarded, "10.0.0.2", "x-forwarded-for", &["203.0.113.9"]), "10.0.0.2");
        let nobody = Proxies { trusted: Vec::new(), header: AddressHeader::XForwardedFor };
        let headers = HeaderMap::from_iter([(X_FORWARDED_FOR.clone(), HeaderValue::from_static("203.0.113.9"))]);
        assert_eq!(nobody.client(ip("10.0.0.2"), &headers), ip("10.0.0.2"));
    }

    #[test]
    fn a_long_header_costs_no_more_than_its_last_hops() {
        let ours = "10.0.0.3,".repeat(2_000) + "10.0.0.4";
        let far = format!("203.0.113.9,{ours}");
        assert_eq!(client(AddressHeader::XForwardedFor, "10.0.0.2", "x-forwarded-for", &[&far]), "10.0.0.3");
        let long = format!("203.0.113.9,{}", "1".repeat(10_000));
        assert_eq!(client(AddressHeader::XForwardedFor, "10.0.0.2", "x-forwarded-for", &[&long]), "10.0.0.2");
    }

    fn header() -> impl Strategy<Value = AddressHeader> {
        prop_oneof![Just(AddressHeader::XForwardedFor), Just(AddressHeader::Forwarded)]
    }

    /// Bytes near what a header holds, so that the readers get further than their first character.
    fn noise() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            "[ -~]{0,12}",
            "for=|For=|\"|\\[|\\]|;|,|:|_x|unknown|10\\.0\\.0\\.3|203\\.0\\.113\\.9|2001:db8:a::1|\\\\"
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
    }

    fn of(header: AddressHeader, line: &[u8], peer: IpAddr) -> IpAddr {
        proxies(header).walk(peer, line.rsplit(|byte| *byte == b','))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_client_writes_our_proxy_has_the_last_word(
            header in header(), wrote in noise(), real in any::<[u8; 4]>(),
        ) {
            let real = IpAddr::from(real);
            prop_assume!(!Network::parse("10.0.0.0/8").expect("a network").contains(real));
            let appended = match header {
                AddressHeader::XForwardedFor => format!(", {real}"),
                AddressHeader::Forwarded => format!(", for={real};proto=https"),
            };
            let line = [wrote.as_slice(), appended.as_bytes()].concat();
            prop_assert_eq!(of(header, &line, ip("10.0.0.2")), real);
        }

        #[test]
        fn from_a_peer_that_is_not_ours_nothing_is_believed(
            header in header(), wrote in noise(), bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assert_eq!(of(header, &wrote, ip("203.0.113.1")), ip("203.0.113.1"));
            prop_assert_eq!(of(header, &bytes, ip("203.0.113.1")), ip("203.0.113.1"));
            // Any bytes at all are read without a panic, and what comes out is canonical.
            let derived = of(header, &bytes, ip("10.0.0.2"));
            prop_assert_eq!(derived, derived.to_canonical());
        }

        #[test]
        fn an_address_is_the_same_in_every_spelling(address in any::<[u8; 16]>(), port: u16) {
            let v6 = Ipv6Addr::from(address);
            let expected = Some(IpAddr::V6(v6).to_canonical());
            for text in [format!("{v6}"), format!("[{v6}]"), format!("[{v6}]:{port}"), format!("{v6}").to_uppercase()] {
                prop_assert_eq!(super::address(&text), expected);
            }
            let v4 = std::net::Ipv4Addr::from([address[0], address[1], address[2], address[3]]);
            for text in [format!("{v4}"), format!("{v4}:{port}"), format!("::ffff:{v4}")] {
                prop_assert_eq!(super::address(&text), Some(IpAddr::V4(v4)));
            }
        }
    }
}
