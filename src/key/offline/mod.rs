//! Offline verification: a key is exchanged for a signed token that others check without asking. It is off by default, for the instance and
//! for each key, because it is the one exception to revocation in zero seconds: the bound is a token's life, or how often its checker asks
//! for what was `changed`. `exchange` makes a token, `signing` has the keys that sign, `jose` the wire.

pub mod changed;
mod exchange;
mod jose;
mod signing;

use crate::base::crypto::{MasterKey, SealKey};
use crate::base::{Error, Result};
use crate::config;

pub use changed::SignedList;
pub use exchange::{Exchanged, Token, Wish};
pub use signing::{JWKS_MAX_AGE_S, Jwk, Jwks, Rolled};

/// What offline verification needs of the instance.
#[derive(Debug)]
pub struct Offline {
    /// `Err` says why there is none here.
    settings: Result<config::Offline, &'static str>,
    /// Seals what signs.
    seal: SealKey,
}

const OFF: &str =
    "offline verification is switched off on this server: set offline.enabled, or verify the key where it is used";
const SANDBOX: &str =
    "the sandbox signs no tokens, because nobody could tell them from real ones: verify its keys where they are used";

impl Offline {
    /// Of what is on disk.
    pub fn new(master: &MasterKey, settings: &config::Offline) -> Self {
        let settings = if settings.enabled { Ok(settings.clone()) } else { Err(OFF) };
        Self { settings, seal: master.derive_seal("keystead/offline-signing/v1") }
    }

    /// Of the sandbox: its keys are whoever's who has a test key, and its tokens would be signed all the same.
    pub fn none(master: &MasterKey) -> Self {
        Self { settings: Err(SANDBOX), seal: master.derive_seal("keystead/offline-signing/v1") }
    }

    /// What is set, where it is on.
    fn on(&self) -> Result<&config::Offline> {
        self.settings.as_ref().map_err(|why| Error::conflict("", why))
    }
}
