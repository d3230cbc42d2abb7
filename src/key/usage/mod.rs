//! What verifications leave behind: when a secret was last used (`last`), and how often a key was, for bills. `tally` counts in memory, `flush`
//! writes once a second, `fold` sums up what was written, `bill` reads it, `forget` ends it; `record` is what one count is, in memory and on disk.
//! Nothing here makes a verification wait for the store, or fail.

mod bill;
mod flush;
mod fold;
mod forget;
mod last;
mod record;
mod tally;

use std::sync::Arc;

use super::facts::{Facts, OwnerFacts};
use super::verify::Code;
use crate::base::clock::UnixMs;
use crate::config::Environment;

pub use bill::{Asked, Billed, BilledKey, GroupBy, Line, Place};
pub use record::CODES;

#[derive(Debug, Default)]
pub struct Usage {
    last: last::LastUses,
    tally: Arc<tally::Tally>,
    turns: fold::Turns,
    forgotten: forget::Forgotten,
}

impl Usage {
    /// Counts one verification, whose verdict is final, for the key and whoever owns it now. Test keys are in no bill, nor is the instance.
    pub(super) fn count(&self, facts: &Facts, owner: &OwnerFacts, code: Code, cost: i64, now: UnixMs) {
        if facts.class.environment == Environment::Test {
            return;
        }
        let Some(slot) = record::Slot::new(owner.id, facts.id, record::day(now), code) else { return };
        let cost = if code == Code::Valid { u64::try_from(cost).unwrap_or(0) } else { 0 };
        self.tally.add(record::Counted { slot, uses: 1, cost });
    }

    /// Uses that were counted and found no room since the last call, because the store took nothing for long.
    pub(crate) fn lost(&self) -> u64 {
        self.tally.lost()
    }
}
