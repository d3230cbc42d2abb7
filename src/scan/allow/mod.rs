//! What may stay: fingerprints with a reason in `.keystead-ignore`, marks in the line itself, ignored paths. Read once a scan; applied to
//! what was found, never to what is looked at.

use super::Looked;

/// The name of a finding or a skip: of rule and value, keyed per repository, without line, path or commit. 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub Box<str>);

/// What is allowed in a repository.
#[derive(Debug, Default)]
pub struct Allowed {
    /// Keys of our own cannot be allowed: the server says so.
    pub own_keys_enforced: bool,
}

impl Allowed {
    /// Judges what was found, and says what entries nobody needed.
    pub fn apply(&self, _looked: &mut Looked) -> Vec<String> {
        Vec::new()
    }

    pub fn fingerprint(&self, rule: &str, value: &[u8]) -> Fingerprint {
        let mut text = rule.as_bytes().to_vec();
        text.push(0);
        text.extend_from_slice(value);
        let digest = crate::base::crypto::sha256(&text);
        let mut name = crate::base::crypto::hex(&digest);
        name.truncate(32);
        Fingerprint(name.into())
    }
}
