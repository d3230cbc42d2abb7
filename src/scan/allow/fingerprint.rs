//! The names of findings: the same wherever and whenever the value is found in a repository, another one in any other repository.
//!
//! A keyed digest of rule and value, so that a list of them can be committed. It hides a key and no password that can be guessed: whoever
//! has the list has its key, too.

use zeroize::Zeroizing;

use crate::base::crypto::{HmacKey, hex};

/// Hexadecimal digits: 128 bits, so that nobody makes a second value of the same name.
pub const FINGERPRINT_LEN: usize = 32;

/// The name of a finding or a skip: of rule and value, keyed per repository, without line, path or commit. 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Box<str>);

impl Fingerprint {
    /// `None` where these are not 32 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == FINGERPRINT_LEN && text.bytes().all(digit)).then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What fingerprints of a repository are made with. Not secret: it stands in `.keystead-ignore`, or is the id of a commit.
#[derive(Debug, Clone)]
pub struct Key {
    text: Box<str>,
    hmac: HmacKey,
}

impl Default for Key {
    /// That of a folder which is no repository.
    fn default() -> Self {
        Self::of("")
    }
}

impl Key {
    pub fn of(text: &str) -> Self {
        Self { text: text.into(), hmac: HmacKey::new(text.as_bytes()) }
    }

    /// As [`Key::of`] takes it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first half of HMAC-SHA-256(key, rule, 0, value).
    pub fn name(&self, rule: &str, value: &[u8]) -> Fingerprint {
        let text = Zeroizing::new([rule.as_bytes(), &[0], value].concat());
        let digest = self.hmac.sign(&text);
        Fingerprint(hex(&digest[..FINGERPRINT_LEN / 2]).into())
    }
}
