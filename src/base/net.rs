//! Addresses and networks, always canonical: `::ffff:10.0.0.1` is 10.0.0.1 wherever it stands, so one address has one spelling, one
//! place in a list and one bucket.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network in CIDR notation (RFC 4632, RFC 4291 section 2.3), or one address alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The prefix of `::ffff:0:0/96`, under which IPv6 writes IPv4.
const MAPPED: u8 = 96;

impl Network {
    /// `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`; `None` for anything else, and for an address with bits set behind its prefix, which
    /// is a slip more often than a network.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) => Some(digits).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?,
        };
        if prefix > width || bits(address, width - prefix) != 0 {
            return None;
        }
        match address.to_canonical() {
            // A mapped network is one of IPv4, if all of it is mapped.
            canonical @ IpAddr::V4(_) if address.is_ipv6() => {
                prefix.checked_sub(MAPPED).map(|prefix| Self { address: canonical, prefix })
            }
            _ => Some(Self { address, prefix }),
        }
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.prefix) == self.address
    }

    /// Is every address of the other one in this one?
    pub fn covers(&self, other: &Self) -> bool {
        self.prefix <= other.prefix && self.contains(other.address)
    }

    /// What one household or attacker has, for counting attempts: an IPv4 address, or the /64 of an IPv6 address (RFC 6177 gives a site
    /// no less).
    pub fn around(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { 32 } else { 64 };
        Self { address: masked(address, prefix), prefix }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = if self.address.is_ipv4() { 32 } else { 128 };
        match self.prefix {
            prefix if prefix == width => self.address.fmt(f),
            prefix => write!(f, "{}/{prefix}", self.address),
        }
    }
}

/// The last `count` bits of an address, as a number.
fn bits(address: IpAddr, count: u8) -> u128 {
    let all = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    all & !u128::MAX.checked_shl(count.into()).unwrap_or(0)
}

/// The address with every bit behind the prefix cleared.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_is_parsed_canonical_or_not_at_all() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("2001:DB8:0:0::/32", "2001:db8::/32"),
            ("::/0", "::/0"),
            ("::1", "::1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(Network::parse(text).expect(text).to_string(), shown);
        }
        for wrong in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/08x",
            "10.0.0.0/256",
            "10.0.0.1/8",
            "2001:db8::1/64",
            "::ffff:0:0/95",
            "10.0.0",
            "010.0.0.1",
            "fe80::1%eth0",
            "[::1]",
            "localhost",
            " 10.0.0.1",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_in_a_network_whatever_its_spelling() {
        let inside = |network: &str, address: &str| Network::parse(network).expect(network).contains(ip(address));
        assert!(inside("10.0.0.0/8", "10.255.255.255") && !inside("10.0.0.0/8", "11.0.0.0"));
        assert!(inside("10.0.0.0/8", "::ffff:10.1.2.3"), "mapped");
        assert!(inside("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(inside("2001:db8::/32", "2001:DB8:ffff::1") && !inside("2001:db8::/32", "2001:db9::"));
        assert!(inside("0.0.0.0/0", "203.0.113.9") && inside("::/0", "2001:db8::1"));
        assert!(!inside("::/0", "203.0.113.9"), "the networks of one family say nothing of the other");
        assert!(inside("::1", "::1") && !inside("::1", "::2"));
    }

    #[test]
    fn a_network_covers_what_lies_in_it_and_nothing_wider() {
        let covers =
            |a: &str, b: &str| Network::parse(a).expect("a network").covers(&Network::parse(b).expect("a network"));
        assert!(
            covers("10.0.0.0/8", "10.1.0.0/16")
                && covers("10.0.0.0/8", "10.0.0.0/8")
                && covers("10.0.0.0/8", "10.0.0.1")
        );
        assert!(!covers("10.1.0.0/16", "10.0.0.0/8") && !covers("10.0.0.0/8", "11.0.0.0/16"));
        assert!(!covers("0.0.0.0/0", "::/0") && !covers("::/0", "10.0.0.1") && covers("::/0", "2001:db8::/32"));
    }

    #[test]
    fn one_ipv4_address_and_one_ipv6_64_are_one_bucket() {
        let bucket = |address: &str| Network::around(ip(address)).to_string();
        assert_eq!(bucket("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(bucket("2001:DB8:0:0:1::"), bucket("2001:db8::ffff:ffff:ffff:ffff"));
        assert_eq!(bucket("2001:db8::1"), "2001:db8::/64");
        assert_ne!(bucket("2001:db8:0:1::"), bucket("2001:db8::"));
    }
}
