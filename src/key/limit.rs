//! Counting against rate limits, exactly and in memory: a bucket for each limit of a key or an owner that was used lately.

use serde::Serialize;

use super::facts::{Facts, OwnerFacts};
use crate::base::Result;

/// A limit that a verification names, and how much of it it takes.
#[derive(Debug, Clone)]
pub struct Named {
    pub name: String,
    /// 0 looks without taking.
    pub cost: u32,
}

/// Where a limit stands after a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Level {
    pub name: String,
    /// Whose limit it is: the key's own, or one that all keys of its owner share.
    pub of: LimitOf,
    pub limit: u32,
    /// So many would pass at once now.
    pub remaining: u32,
    /// Milliseconds until it is untouched again, if nothing more is taken.
    pub reset_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LimitOf {
    Key,
    Owner,
}

/// What came of a verification: all of its limits gave, or none did.
#[derive(Debug, Default)]
pub struct Taken {
    pub levels: Vec<Level>,
    /// Present where a limit refused: the earliest time for another try, in milliseconds; `Some(None)` where none will do.
    pub refused: Option<Option<u64>>,
}

#[derive(Debug, Default)]
pub struct Buckets {}

impl Buckets {
    /// Takes from every limit that applies, or from none. `now_ns` is of the monotonic clock. A name that neither the key nor its owner has
    /// a limit of is refused (422): a slip there would be no limit at all.
    pub fn take(&self, _: &Facts, _: &OwnerFacts, _: &[Named], _now_ns: u64) -> Result<Taken> {
        Ok(Taken::default())
    }

    /// Gives back what [`Buckets::take`] took, because the verification was refused for another reason after all.
    pub fn give_back(&self, _: &Facts, _: &OwnerFacts, _: &[Named], _now_ns: u64) {}
}
