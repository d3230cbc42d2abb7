//! The key string: `sk_live_` + 43 random base62 characters + 6 of checksum. Minting, reading, and what is kept of it.
//!
//! The checksum is for scanners and for refusing typing errors without a look-up. It is no security control.

use std::borrow::Cow;

use crate::base::Secret;
use crate::base::crypto::{self, BASE62, Digest, HmacKey, MasterKey};
use crate::config::{KeyPrefix, Prefixes};

/// log2(62) × 43 = 256.03 bits.
const BODY_LEN: usize = 43;
/// CRC-32 needs 5.4 digits.
const CHECKSUM_LEN: usize = 6;
/// What follows the prefix.
const TAIL_LEN: usize = BODY_LEN + CHECKSUM_LEN;

/// A new key with this prefix. Each character of the body is drawn uniformly.
pub fn mint(prefix: &str) -> Secret {
    let mut key = String::with_capacity(prefix.len() + TAIL_LEN);
    key.push_str(crypto::random_text(prefix, BODY_LEN).expose());
    let checksum = checksum(key.as_bytes());
    key.push_str(std::str::from_utf8(&checksum).expect("base62 is ASCII"));
    Secret::new(key)
}

/// CRC-32 (IEEE) over prefix and body, as 6 base62 digits, most significant first, zero padded.
fn checksum(prefix_and_body: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut rest = crc32fast::hash(prefix_and_body);
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// A well-formed key, borrowed from the text that it was read from.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    text: &'a str,
    kind: &'a KeyPrefix,
}

impl std::fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}***", self.kind.prefix)
    }
}

impl Token<'_> {
    pub fn kind(&self) -> &KeyPrefix {
        self.kind
    }

    /// For people, to tell their keys apart.
    pub fn last_four(&self) -> &str {
        &self.text[self.text.len() - 4..]
    }

    /// What reports of leaks and imports speak of, so that nobody has to hold the key itself.
    pub fn sha256(&self) -> Digest {
        crypto::sha256(self.text.as_bytes())
    }
}

/// Characters in a key of another system. Shorter ones could be guessed, and longer ones nobody makes.
const FOREIGN_LEN: std::ops::RangeInclusive<usize> = 8..=512;

/// The hash of a text that may be another system's key: 8 to 512 visible ASCII characters.
pub(super) fn foreign_sha256(text: &str) -> Option<Digest> {
    let possible = FOREIGN_LEN.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    possible.then(|| crypto::sha256(text.as_bytes()))
}

/// Knows the prefixes of this instance.
#[derive(Debug, Clone)]
pub struct Reader {
    kinds: Vec<KeyPrefix>,
}

impl Reader {
    pub fn new(prefixes: &Prefixes) -> Self {
        Self { kinds: prefixes.all().collect() }
    }

    /// All prefixes, in the order by which [`Self::length_at`] numbers them.
    pub fn kinds(&self) -> &[KeyPrefix] {
        &self.kinds
    }

    /// `None` where prefix, length, alphabet or checksum is wrong.
    pub fn parse<'a>(&'a self, text: &'a str) -> Option<Token<'a>> {
        let prefix = text.as_bytes().get(..text.len().checked_sub(TAIL_LEN)?)?;
        let kind = self.kinds.iter().find(|kind| kind.prefix.as_bytes() == prefix)?;
        is_key(text.as_bytes(), prefix.len()).then_some(Token { text, kind })
    }

    /// How long the key is that the text begins with, where it begins with one of this kind. What follows behind it may be anything.
    pub fn length_at(&self, text: &[u8], kind: usize) -> Option<usize> {
        let prefix = self.kinds[kind].prefix.as_bytes();
        let length = prefix.len() + TAIL_LEN;
        let key = text.get(..length)?;
        (key.starts_with(prefix) && is_key(key, prefix.len())).then_some(length)
    }

    /// The same text with every key of ours, secret or public, cut to its prefix and `***`.
    pub fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut rest = Cow::Borrowed(text);
        while let Some(end) = self.end_of_key_in(rest.as_bytes(), |_| true) {
            rest = Cow::Owned(format!("{}***{}", &rest[..end - TAIL_LEN], &rest[end..]));
        }
        rest
    }

    /// Is there a secret key of ours anywhere in this text? Whoever stores text that others will read asks first.
    pub fn leaks_from(&self, text: &[u8]) -> bool {
        self.end_of_key_in(text, |kind| !kind.is_public).is_some()
    }

    /// Where a key of ours, of a kind that is wanted, ends in this text.
    fn end_of_key_in(&self, text: &[u8], wanted: impl Fn(&KeyPrefix) -> bool) -> Option<usize> {
        let kinds = self.kinds.iter().enumerate().filter(|(_, kind)| wanted(kind));
        kinds.into_iter().find_map(|(n, kind)| {
            let mut places = memchr::memmem::find_iter(text, kind.prefix.as_bytes());
            places.find_map(|place| Some(place + self.length_at(&text[place..], n)?))
        })
    }
}

/// Do alphabet and checksum hold, behind a prefix of this length? The text is as long as a key with it.
fn is_key(text: &[u8], prefix: usize) -> bool {
    let (body, sum) = text.split_at(prefix + BODY_LEN);
    // Without a branch for each character: the compiler looks at many at once.
    let all = text[prefix..].iter().fold(true, |all, byte| all & byte.is_ascii_alphanumeric());
    all && checksum(body) == *sum
}

/// Makes digests. Derived from the master key, so that a copy of the database alone verifies nothing.
#[derive(Debug, Clone)]
pub struct Pepper {
    key: HmacKey,
    /// The master key's number in this database.
    pub id: i64,
}

impl Pepper {
    pub fn new(master: &MasterKey, id: i64) -> Self {
        Self { key: master.derive("keystead/pepper/v1"), id }
    }

    /// The only verifier that is stored: HMAC-SHA-256(pepper, SHA-256(key)).
    pub fn digest(&self, sha256: &Digest) -> Digest {
        self.key.sign(sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_body_is_equally_likely_at_every_place() {
        const KEYS: u32 = 6_200;
        let mut counts = vec![[0_u32; 128]; BODY_LEN];
        for _ in 0..KEYS {
            let key = mint("sk_test_");
            for (place, byte) in key.expose()["sk_test_".len()..].bytes().take(BODY_LEN).enumerate() {
                counts[place][usize::from(byte)] += 1;
            }
        }
        // Chi-squared with 61 degrees of freedom over all places together: mean 61, standard deviation 11. A modulo bias
        // (8 digits a quarter likelier) would give a sum near 2,600 × 43; the bound is 8 deviations over the mean of 43 places.
        let expected = f64::from(KEYS) / 62.0;
        let chi: f64 = counts
            .iter()
            .flat_map(|place| BASE62.iter().map(|digit| f64::from(place[usize::from(*digit)])))
            .map(|seen| (seen - expected).powi(2) / expected)
            .sum();
        let degrees = 61.0 * f64::from(u32::try_from(BODY_LEN).expect("43 fits"));
        let (mean, deviation) = (degrees, (2.0 * degrees).sqrt());
        assert!((chi - mean).abs() < 8.0 * deviation, "chi-squared {chi}, expected {mean} ± {deviation}");
    }
}
