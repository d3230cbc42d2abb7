//! Leaks: somebody found a key of ours where it should not be. `take` ends the secret, records the leak and appends the event in one
//! transaction, so that no notice is lost and none is invented; `decide` is the rule, `judge` what people say of it afterwards.
//!
//! Runs for every report. It never says to a stranger whether a key is known, never ends a public key, and never counts as a use.

mod decide;
mod judge;
mod list;
mod report;
mod table;
mod take;
mod throttle;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::id::Kind;
use crate::base::{Clock, Error, Id, Result};
use crate::config;
use crate::event::Journal;
use crate::key::Keys;
use crate::store::Store;

pub use judge::Judgement;
pub use list::{Filter, Leak, LeakedKey, Sighting};
pub use report::{Found, Place, Proof, REPORTS_MAX, Report, What};
pub use take::{Fate, Reporter};

#[derive(Debug)]
pub struct LeakKind;

impl Kind for LeakKind {
    const PREFIX: &'static str = "leak";
}

pub type LeakId = Id<LeakKind>;

/// How far a secret has come. The later, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// It has not left the machine on which it was found.
    Local,
    /// It is in a repository, a log or a chat that some people can read.
    Private,
    /// Everybody can read it.
    #[default]
    Public,
}

/// What was done about a secret. The later, the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its owner is told, and it goes on: it was found before it left a machine, is a public key, or `leaked_keys` is `tell`.
    Told,
    /// The same, because the report showed nothing but a hash that another system has as well.
    Suspected,
    /// It was good for nothing any more when it was reported.
    AlreadyEnded,
    /// It was a former secret of a rotated key, in its grace: that is over, and the key goes on.
    SecretEnded,
    /// The key is revoked.
    Revoked,
}

/// What people say of a leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody has looked at it yet.
    Open,
    /// It is one.
    Confirmed,
    /// It is none, or does not matter. Only a report of something worse opens it again.
    Dismissed,
}

/// Leaks of one store.
#[derive(Debug, Clone)]
pub struct Leaks {
    store: Store,
    journal: Journal,
    keys: Keys,
    throttle: Arc<throttle::Throttle>,
}

impl Leaks {
    pub fn new(store: Store, journal: Journal, keys: Keys, clock: Clock, settings: &config::Leaks) -> Self {
        Self { store, journal, keys, throttle: Arc::new(throttle::Throttle::new(clock, settings)) }
    }
}

impl Exposure {
    const ALL: [Self; 3] = [Self::Local, Self::Private, Self::Public];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Private => "private",
            Self::Public => "public",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| unknown("exposure"))
    }
}

impl Outcome {
    const ALL: [Self; 5] = [Self::Told, Self::Suspected, Self::AlreadyEnded, Self::SecretEnded, Self::Revoked];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Suspected => "suspected",
            Self::AlreadyEnded => "already_ended",
            Self::SecretEnded => "secret_ended",
            Self::Revoked => "revoked",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| unknown("outcome"))
    }

    /// Does it end a secret that was good until then?
    fn ends(self) -> bool {
        matches!(self, Self::SecretEnded | Self::Revoked)
    }
}

impl State {
    const ALL: [Self; 3] = [Self::Open, Self::Confirmed, Self::Dismissed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| unknown("state"))
    }
}

fn unknown(column: &str) -> Error {
    Error::internal(format!("a leak has an unknown {column}"))
}
