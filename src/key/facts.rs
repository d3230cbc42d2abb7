//! What is known of a key, as far as a verification needs it: one small entry for each secret, everything that keys have in common shared.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use smol_str::SmolStr;

use super::restrict::Rules;
use super::{KeyId, RevokedReason, Status, status};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::config::Environment;
use crate::people::{OwnerId, RateLimit};

/// One secret of one key. It never changes but for `last_used_at`: a change of the key puts another in its place.
///
/// Memory: 120 bytes, with the counters of its `Arc` and the allocator's header 144; a name of more than 23 bytes besides.
#[derive(Debug)]
pub struct Facts {
    pub digest: Digest,
    pub id: KeyId,
    pub name: SmolStr,
    pub class: Arc<Class>,
    pub(super) owner: Arc<OwnerCell>,
    /// `i64::MAX` is never; so it is for a current secret's `superseded_until`, and `i64::MIN` for "not used yet".
    pub(super) expires_at: i64,
    pub(super) superseded_until: i64,
    pub(super) last_used_at: AtomicI64,
    pub last_four: LastFour,
    /// Present exactly where the key is revoked.
    pub revoked_reason: Option<RevokedReason>,
    pub enabled: bool,
    /// Are its uses paid for with credits? How many there are, the store alone knows.
    pub has_credits: bool,
    /// A former secret that was reported as leaked, and ended by that. The key goes on.
    pub(super) leaked: bool,
}

/// What a key is, as many keys are. Shared by all that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Class {
    pub environment: Environment,
    pub is_public: bool,
    /// Empty where it is unknown: of an imported key.
    pub prefix: Box<str>,
    pub scopes: Box<[String]>,
    pub roles: Box<[String]>,
    pub restrictions: Rules,
    pub rate_limits: Box<[RateLimit]>,
    /// May it be exchanged for a token that others check by themselves?
    pub offline: bool,
}

/// What matters of a key's owner. A copy of it is cheap, and made on every verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerFacts {
    pub id: OwnerId,
    pub external_id: Option<SmolStr>,
    pub name: SmolStr,
    pub suspended: bool,
    rate_limits: Option<Arc<[RateLimit]>>,
}

/// One owner, shared by its keys and replaced for all of them at once. What it says stands beside the lock, so that a verification looks in one
/// place more for it, and not in two.
pub(super) type OwnerCell = RwLock<OwnerFacts>;

impl OwnerFacts {
    pub fn new(id: OwnerId, external_id: Option<&str>, name: &str, suspended: bool) -> Self {
        Self { id, external_id: external_id.map(Into::into), name: name.into(), suspended, rate_limits: None }
    }

    #[must_use]
    pub fn with_limits(self, limits: impl Into<Arc<[RateLimit]>>) -> Self {
        // Few owners have any, and nothing that all the others share is counted for each of them.
        Self { rate_limits: Some(limits.into()).filter(|limits| !limits.is_empty()), ..self }
    }

    /// Shared by all of its keys.
    pub fn rate_limits(&self) -> &[RateLimit] {
        self.rate_limits.as_deref().unwrap_or_default()
    }
}

/// When and why a secret ends, as the store says it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ends {
    pub expires_at: Option<UnixMs>,
    /// Until when a former secret lives; `None` for the key's current one.
    pub superseded_until: Option<UnixMs>,
    pub last_used_at: Option<UnixMs>,
}

impl Facts {
    pub(super) fn new(
        (digest, id, name): (Digest, KeyId, &str),
        class: Arc<Class>,
        owner: Arc<OwnerCell>,
        ends: Ends,
        last_four: LastFour,
    ) -> Self {
        Self {
            digest,
            id,
            name: name.into(),
            class,
            owner,
            expires_at: ends.expires_at.unwrap_or(i64::MAX),
            superseded_until: ends.superseded_until.unwrap_or(i64::MAX),
            last_used_at: AtomicI64::new(ends.last_used_at.unwrap_or(i64::MIN)),
            last_four,
            revoked_reason: None,
            enabled: true,
            has_credits: false,
            leaked: false,
        }
    }

    /// The owner as it is now.
    pub fn owner(&self) -> OwnerFacts {
        self.owner.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn expires_at(&self) -> Option<UnixMs> {
        (self.expires_at != i64::MAX).then_some(self.expires_at)
    }

    /// Until when a former secret lives; `None` for the key's current one.
    pub fn superseded_until(&self) -> Option<UnixMs> {
        (self.superseded_until != i64::MAX).then_some(self.superseded_until)
    }

    pub fn last_used_at(&self) -> Option<UnixMs> {
        Some(self.last_used_at.load(Ordering::Relaxed)).filter(|at| *at != i64::MIN)
    }

    /// A use that is being written down need not be noted again soon.
    pub(super) fn used(&self, at: UnixMs) {
        self.last_used_at.fetch_max(at, Ordering::Relaxed);
    }

    pub fn status(&self, now: UnixMs) -> Status {
        status(self.revoked_reason.is_some(), self.enabled, self.expires_at(), now)
    }

    /// A former secret whose grace is over, of a key that goes on.
    pub(super) fn is_rotated_away(&self, now: UnixMs) -> bool {
        now >= self.superseded_until
    }

    /// Why the secret that was asked about is revoked: what ended it first.
    pub fn reason(&self, now: UnixMs) -> Option<RevokedReason> {
        let leaked = self.leaked.then_some(RevokedReason::Leaked);
        let rotated = || self.is_rotated_away(now).then_some(RevokedReason::Rotated);
        leaked.or(self.revoked_reason).or_else(rotated)
    }
}

/// The last four characters of a secret, or none: of an imported key they may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastFour([u8; 4]);

impl LastFour {
    const UNKNOWN: Self = Self([0; 4]);

    /// Four ASCII characters, or none; anything else is no end of a key.
    pub fn new(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::UNKNOWN);
        }
        text.is_ascii().then(|| text.as_bytes().try_into().ok().map(Self)).flatten()
    }

    pub fn as_str(&self) -> Option<&str> {
        (*self != Self::UNKNOWN).then(|| std::str::from_utf8(&self.0).expect("ASCII by construction"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn owner(suspended: bool) -> OwnerFacts {
        OwnerFacts::new(OwnerId::Instance, None, "", suspended)
    }

    pub fn class() -> Class {
        Class {
            environment: Environment::Live,
            is_public: false,
            prefix: "sk_live_".into(),
            scopes: ["a:read".to_owned(), "b:read".to_owned()].into(),
            roles: Box::default(),
            restrictions: Rules::default(),
            rate_limits: Box::default(),
            offline: false,
        }
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn an_entry_is_as_large_as_is_said() {
        assert_eq!(size_of::<Facts>(), 120);
    }

    /// A key that is good for everything it could be.
    pub fn facts(digest: Digest, class: Class, ends: Ends) -> Facts {
        let last_four = LastFour::new("abcd").expect("four");
        let owner = Arc::new(RwLock::new(owner(false)));
        Facts::new((digest, KeyId::new(0), "n"), Arc::new(class), owner, ends, last_four)
    }
}
