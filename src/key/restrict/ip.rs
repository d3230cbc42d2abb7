//! Addresses and networks as restrictions. `base::net` reads and compares them, always canonical: `::ffff:10.0.0.1` is 10.0.0.1. Bits behind
//! the prefix are refused, not cut: whoever writes `10.0.0.1/8` means another thing than what would be kept.

use super::Rule;
use crate::base::net::Network;

impl Rule for Network {
    const LIST: &'static str = "ips";
    /// The longest address with the longest prefix is 49 bytes.
    const BYTES_MAX: usize = 64;
    const TOO_LONG: &'static str = WHY;
    const TOO_MANY: &'static str = "must be 64 addresses and networks at most: write networks for neighbours";

    fn read(text: &str) -> Result<Self, &'static str> {
        Self::parse(text).ok_or_else(|| {
            let alone = text.split('/').next().and_then(Self::parse);
            if text.contains('/') && alone.is_some() { NETWORK } else { WHY }
        })
    }

    fn covers(&self, other: &Self) -> bool {
        self.covers(other)
    }
}

const WHY: &str = "must be an IPv4 or IPv6 address or a network, as in 203.0.113.9, 203.0.113.0/24 or 2001:db8::/32: without a port, brackets or a zone";
const NETWORK: &str = "must be a network that begins where its prefix says: 0 to 32 bits of IPv4 or 0 to 128 of IPv6, and every bit behind them 0, as in 203.0.113.0/24";
