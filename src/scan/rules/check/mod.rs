//! What a regex cannot say of a secret: checksums, parses, fillers. A rule names one of them (`check = "…"`); each is asked for a match that
//! is long enough, so they may take microseconds. Pure, and never wrong towards silence: what cannot be judged holds.

mod bech32;
mod checksum;
mod filler;
mod generic;
mod jwt;
mod private_key;
mod vendor;

/// A test in code, by name.
pub struct Check {
    pub name: &'static str,
    /// One line for people: what holds.
    pub says: &'static str,
    pub holds: fn(&[u8]) -> bool,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

static CHECKS: [Check; 14] = [
    Check { name: "no-filler", says: "no obvious filler: example, xxxxxxxx, 1234567890", holds: filler::is_none },
    Check { name: "mixed", says: "letters and digits, and no filler", holds: filler::is_mixed },
    Check {
        name: "crc32-base62",
        says: "ends with the CRC-32 of what stands before it, in base 62",
        holds: checksum::crc32_base62,
    },
    Check { name: "bech32", says: "the checksum of BIP 173 holds", holds: bech32::holds },
    Check { name: "jwt", says: "header and payload are JSON, and the header names its algorithm", holds: jwt::holds },
    Check {
        name: "private-key",
        says: "parses as a private key that no passphrase protects",
        holds: private_key::is_open,
    },
    Check {
        name: "private-key-locked",
        says: "parses as a private key behind a passphrase",
        holds: private_key::is_locked,
    },
    Check {
        name: "aws-key-id",
        says: "the alphabet of AWS, and none of its documentation's examples",
        holds: vendor::aws_key_id,
    },
    Check { name: "stripe", says: "a length that Stripe issues: 24, or 90 and more", holds: vendor::stripe },
    Check { name: "basic-auth", says: "base64 of a name, a colon and a password", holds: vendor::basic_auth },
    Check { name: "discord-bot", says: "begins with the base64 of a user's number", holds: vendor::discord_bot },
    Check { name: "password", says: "no placeholder, reference or well-known default", holds: generic::is_password },
    Check {
        name: "url-password",
        says: "no placeholder, reference or well-known default",
        holds: generic::is_url_password,
    },
    Check {
        name: "generic-secret",
        says: "looks drawn at random, and is no name, path, reference or placeholder",
        holds: generic::is_secret,
    },
];

/// The check of this name.
pub fn named(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

/// Their names, for who misspelt one.
pub fn names() -> String {
    CHECKS.iter().map(|check| check.name).collect::<Vec<_>>().join(", ")
}
