//! What may stay: fingerprints with a reason in `.keystead-ignore`, marks in the line itself, ignored paths. Read once a scan; applied to
//! what was found, never to what is looked at.

pub mod baseline;
pub mod file;
mod fingerprint;
mod judge;
mod keep;
mod paths;

pub use file::{Entry, File};
pub use fingerprint::{Fingerprint, Key};
pub use paths::{Base, Paths};

use std::path::PathBuf;
use std::sync::OnceLock;

use super::git::Repository;
use super::{Finding, Skip};
use crate::base::Date;

/// The rule of an entry that accepts a [`Skip`] of content.
pub const SKIP_RULE: &str = "skip";

/// Does a scan look at everything there is? Then an entry that nobody needed is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    #[default]
    Part,
    Everything,
}

/// Do marks in the line itself count?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Marks {
    #[default]
    Count,
    Nothing,
}

/// Where the key of fingerprints comes from, as long as no file has one.
#[derive(Debug, Clone, Default)]
pub enum KeyFrom {
    /// A plain folder: the empty key.
    #[default]
    Nothing,
    /// The repository in this folder. It is asked for once there is something to name.
    Folder(PathBuf),
    Repository(Repository),
}

/// What is allowed in a repository.
#[derive(Debug, Default)]
pub struct Allowed {
    /// Keys of our own cannot be allowed: the server says so.
    pub own_keys_enforced: bool,
    /// `.keystead-ignore`, where there is one.
    pub file: Option<File>,
    pub paths: Paths,
    pub marks: Marks,
    pub span: Span,
    /// Entries are over after their day, in UTC.
    pub today: Option<Date>,
    pub key_from: KeyFrom,
    /// Told where something blocks: entries that lie there and do not count.
    pub hints: Vec<String>,
    /// As it was found out there.
    key: OnceLock<Key>,
}

impl Allowed {
    pub fn fingerprint(&self, finding: &Finding) -> Fingerprint {
        self.key_so_far().name(&finding.hit.rule.id, finding.hit.value.expose().as_bytes())
    }

    /// `None` for what cannot be accepted: it is no property of the content.
    pub fn skip_fingerprint(&self, skip: &Skip) -> Option<Fingerprint> {
        skip.content.map(|digest| self.key_so_far().name(SKIP_RULE, &digest))
    }
}
