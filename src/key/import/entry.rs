//! What a line of any format says of a key, and whether that may be stored. Knows no store: owners are looked for later.

use super::hash::Hash;
use crate::base::clock::UnixMs;
use crate::base::{Error, Result};
use crate::config::Environment;
use crate::key::authority::Reach;
use crate::key::facts::LastFour;
use crate::key::{RevokedReason, Terms};
use crate::people::{Metadata, OwnerId, OwnerType, Power, check_external_id, check_metadata, check_name, json, scope};

/// Characters in the prefix of another system's key, which is only shown.
const PREFIX_MAX: usize = 32;
/// A clock elsewhere may be ahead of ours: a day is a time zone that somebody forgot.
const AHEAD_MS: i64 = crate::base::clock::DAY_MS;

/// A key as a line tells of it.
#[derive(Debug)]
pub struct Entry {
    pub hash: Hash,
    pub prefix: Option<String>,
    pub last_four: Option<String>,
    pub name: String,
    pub owner: OwnerRef,
    pub environment: Environment,
    pub is_public: bool,
    pub enabled: bool,
    pub created_at: Option<UnixMs>,
    /// `None` is never.
    pub expires_at: Option<UnixMs>,
    pub last_used_at: Option<UnixMs>,
    pub revoked: Option<Revoked>,
    pub scopes: Vec<String>,
    pub metadata: Metadata,
    pub terms: Terms,
    pub origin: String,
    /// What the other system knows of the key and this one does not take over.
    pub left_out: Vec<&'static str>,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OwnerRef {
    Id(OwnerId),
    External(OwnerType, String),
}

#[derive(Debug, Clone, Copy)]
pub struct Revoked {
    /// `None` is now.
    pub at: Option<UnixMs>,
    pub reason: RevokedReason,
}

/// What a line comes to.
#[derive(Debug)]
pub enum Read {
    Key(Box<Entry>),
    /// Nothing to import, and nothing wrong.
    Skip(&'static str),
}

/// A key that may be stored, with scopes and metadata as the store keeps them.
#[derive(Debug)]
pub struct Checked {
    pub entry: Entry,
    pub scopes: String,
    pub metadata: String,
}

impl Entry {
    /// Everything that can be told without the store.
    pub fn check(mut self, power: Power, now: UnixMs) -> Result<Checked> {
        check_name("/name", &self.name)?;
        match &self.owner {
            OwnerRef::Id(OwnerId::Instance) | OwnerRef::External(OwnerType::Instance, _) => {
                return Err(Error::refused("/owner", "must be a user or a team: the instance's keys are made here"));
            }
            OwnerRef::External(_, id) => check_external_id("/owner/external_id", id)?,
            OwnerRef::Id(_) => {}
        }
        let shown = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if self.prefix.as_ref().is_some_and(|prefix| prefix.len() > PREFIX_MAX || !shown(prefix)) {
            return Err(Error::refused("/prefix", "must be 32 visible ASCII characters at most"));
        }
        if self.last_four.as_ref().is_some_and(|text| !shown(text) || text.len() != 4 || LastFour::new(text).is_none())
        {
            return Err(Error::refused("/last_four", "must be four visible ASCII characters"));
        }
        if self.created_at.is_some_and(|at| at > now + AHEAD_MS) {
            return Err(Error::refused("/created_at", "is in the future"));
        }
        let scopes = scope::check("/scopes", std::mem::take(&mut self.scopes))?;
        if scopes.iter().any(|scope| scope::is_reserved(scope)) {
            power.dangerous("keystead: and own: scopes are reserved: only an admin, or keystead:admin, imports keys that have them").map_err(|error| error.at("/scopes"))?;
            if self.is_public {
                return Err(Error::refused("/scopes", "keystead: and own: scopes work only in secret keys"));
            }
        }
        check_metadata(&self.metadata)?;
        self.terms = std::mem::take(&mut self.terms).checked(&Reach::All(power))?;
        Ok(Checked { scopes: json(&scopes)?, metadata: json(&self.metadata)?, entry: self })
    }
}
