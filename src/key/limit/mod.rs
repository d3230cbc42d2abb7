//! Counting against rate limits, exactly and in memory: `gcra` is the arithmetic of one, `buckets` where all of them stand. Runs on every
//! verification of a key that has limits, or whose owner has.

mod buckets;
pub(crate) mod gcra;
#[cfg(test)]
mod tests;

use serde::Serialize;
use smol_str::SmolStr;

pub use buckets::Buckets;

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
    /// A copy: one that all keys of a class share would be counted by all processors at once.
    #[schemars(with = "String")]
    pub name: SmolStr,
    /// Whose limit it is: the key's own, or one that all keys of its owner share.
    pub of: LimitOf,
    pub limit: u32,
    /// Told to gateways only, whose clients do not know the definition.
    #[serde(skip)]
    pub window_s: u32,
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
    /// How the meters stood before, where credits may yet refuse.
    before: Vec<gcra::Meter>,
}
