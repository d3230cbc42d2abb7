//! What happened: one audit event for every change of state, appended in the transaction that made the change.
//!
//! Invariant: `events` is a chain. Each row's mac covers the row and the mac before it, and `event_head` counts the rows and is signed
//! itself, so a changed, missing or inserted row, a cut tail and an older table put back are all found by [`audit::verify`].

mod append;
pub mod audit;
pub mod once;
pub mod outbox;

use serde::Serialize;

use crate::base::clock::UnixMs;
use crate::base::crypto::{HmacKey, MasterKey};
use crate::base::id::Kind;
use crate::base::net::Network;
use crate::base::{Error, Id, Result, Timestamp};

#[derive(Debug)]
pub struct EventKind;

impl Kind for EventKind {
    const PREFIX: &'static str = "evt";
}

pub type EventId = Id<EventKind>;

/// Who did it. Written into rows, so the words stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(String);

impl Actor {
    /// The holder of the key with this id.
    pub fn key(id: impl std::fmt::Display) -> Self {
        Self(format!("key:{id}"))
    }

    /// A person at the machine itself, by user id.
    pub fn cli(uid: u32) -> Self {
        Self(format!("cli:{uid}"))
    }

    /// What the operator wrote into the configuration.
    pub fn configuration() -> Self {
        Self("configuration".into())
    }

    /// A person in a session of their own.
    pub fn person(id: impl std::fmt::Display) -> Self {
        Self(format!("person:{id}"))
    }

    /// A person through an embedded panel.
    pub fn panel(id: impl std::fmt::Display) -> Self {
        Self(format!("panel:{id}"))
    }

    /// Whoever calls without a credential, until the job knows who they proved to be.
    pub fn nobody() -> Self {
        Self("nobody".into())
    }

    /// Whoever has the setup link.
    pub fn setup() -> Self {
        Self("setup".into())
    }

    /// The key whose holder it is.
    pub fn key_id(&self) -> Option<&str> {
        self.0.strip_prefix("key:")
    }

    /// Is it the holder of this key?
    pub fn is_key(&self, id: impl std::fmt::Display) -> bool {
        self.key_id().is_some_and(|own| own == id.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The circumstances of a change: who, when, in which request, from which address, and on which conditions.
#[derive(Debug, Clone)]
pub struct Act {
    pub actor: Actor,
    pub at: UnixMs,
    pub request_id: Option<String>,
    pub address: Option<String>,
    /// Where that is, for counting attempts.
    pub network: Option<Network>,
    /// The versions that the caller accepts (`If-Match`); `None` is any.
    pub if_match: Option<Vec<i64>>,
    /// The caller's own name for this request (`Idempotency-Key`).
    pub once: Option<once::Once>,
}

impl Act {
    /// Without a request: from the machine itself, or by the program.
    pub fn new(actor: Actor, at: UnixMs) -> Self {
        Self { actor, at, request_id: None, address: None, network: None, if_match: None, once: None }
    }

    /// With the caller's own name for the request.
    #[must_use]
    pub fn once(self, once: Option<once::Once>) -> Self {
        Self { once, ..self }
    }

    /// To be called in the job that changes a thing, with the version that the job read.
    pub fn expects(&self, version: i64) -> Result<()> {
        match &self.if_match {
            Some(versions) if !versions.contains(&version) => Err(Error::Stale),
            _ => Ok(()),
        }
    }

    /// The same where the thing is not there yet: no version of it can match (RFC 9110 section 13.1.1).
    pub fn expects_nothing(&self) -> Result<()> {
        if self.if_match.is_some() { Err(Error::Stale) } else { Ok(()) }
    }
}

/// What was done to what. `details` is a JSON object of before and after, never of secrets.
#[derive(Debug)]
pub struct Change<'a> {
    pub action: &'static str,
    pub subject: &'a str,
    pub owner_id: Option<&'a str>,
    pub details: serde_json::Value,
}

/// Signs events. One for a store.
#[derive(Debug, Clone)]
pub struct Journal {
    key: HmacKey,
}

impl Journal {
    pub fn new(master: &MasterKey) -> Self {
        Self { key: master.derive("keystead/audit/v1") }
    }
}

/// An event as it is read.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Event {
    pub id: String,
    /// Its place in the chain: 1, 2, 3, … without a gap.
    pub seq: i64,
    pub at: Timestamp,
    /// `key:<id>`, `person:<id>`, `panel:<id>`, `cli:<uid>`, `configuration`, `setup` or `nobody`.
    pub actor: String,
    pub action: String,
    /// The id of what was changed.
    pub subject: String,
    pub owner_id: Option<String>,
    pub request_id: Option<String>,
    pub address: Option<String>,
    pub details: serde_json::Value,
}
