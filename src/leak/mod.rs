//! Leaks: somebody found a key of ours where it should not be. Taken in one transaction that revokes, records and appends the event, so
//! that no notice is lost and none is invented. Runs for every report; never says to a stranger whether a key is known.

use crate::base::Id;
use crate::base::id::Kind;

#[derive(Debug)]
pub struct LeakKind;

impl Kind for LeakKind {
    const PREFIX: &'static str = "leak";
}

pub type LeakId = Id<LeakKind>;
