//! The backends that a thread has let in lately, on every verification. Each worker has its own: two that count the holders of one entry, and
//! lock it, for every request of the same few backends would wait for each other. It never says more than the index does: what is
//! remembered counts as long as nothing at all has changed there.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Keys;
use super::authority::Holder;
use super::facts::{Facts, OwnerFacts};
use super::restrict::Place;
use crate::base::Error;
use crate::base::crypto::Digest;

/// Backends that one thread remembers, by their digests' first byte. A server has a few; where two share a place, each look-up is one anew.
const PLACES: usize = 16;

/// A caller, as it was found under a version of the index.
#[derive(Debug)]
pub(super) struct Caller {
    pub version: u64,
    pub facts: Arc<Facts>,
    pub owner: OwnerFacts,
    pub holder: Arc<Holder>,
}

thread_local! {
    static CALLERS: RefCell<[Option<Caller>; PLACES]> = const { RefCell::new([const { None }; PLACES]) };
}

/// Asks about a caller, if this thread remembers it from this version.
pub(super) fn recall<T>(version: u64, credential: &Digest, ask: impl FnOnce(&Caller) -> T) -> Option<T> {
    CALLERS.with_borrow(|callers| {
        let known = callers[place(credential)].as_ref();
        known.filter(|known| known.version == version && known.facts.digest == *credential).map(ask)
    })
}

pub(super) fn remember(caller: Caller) {
    let place = place(&caller.facts.digest);
    CALLERS.with_borrow_mut(|callers| callers[place] = Some(caller));
}

/// What a text was digested to, for the keys with this number. The text itself is not kept, but 128 bits of a hash under keys that this thread
/// has drawn and nobody sees: nobody can look for another text that has them.
#[derive(Debug)]
struct Digested {
    number: u64,
    hash: [u64; 2],
    digest: Digest,
}

struct Digests {
    keys: [RandomState; 2],
    known: [Option<Digested>; PLACES],
}

thread_local! {
    static DIGESTS: RefCell<Digests> =
        RefCell::new(Digests { keys: [RandomState::new(), RandomState::new()], known: [const { None }; PLACES] });
}

/// The digest of a caller's credential, made only where this thread does not remember it. `number` is of those whose pepper it is made with.
pub(super) fn digest(number: u64, text: &str, make: impl FnOnce() -> Option<Digest>) -> Option<Digest> {
    DIGESTS.with_borrow_mut(|Digests { keys: [one, other], known }| {
        let hash = [one.hash_one(text), other.hash_one((text, number))];
        let known = &mut known[usize::from(hash[0].to_le_bytes()[0]) % PLACES];
        if let Some(known) = known.as_ref().filter(|known| known.hash == hash && known.number == number) {
            return Some(known.digest);
        }
        let digest = make()?;
        *known = Some(Digested { number, hash, digest });
        Some(digest)
    })
}

fn place(credential: &Digest) -> usize {
    usize::from(credential[0]) % PLACES
}

impl Keys {
    /// A key that is good, and not here: it may have been stolen, so the operator's log has it. No more than one line a second, however
    /// often somebody tries.
    pub(super) fn elsewhere(&self, facts: &Facts, place: &Place<'_>, why: &'static str) -> Error {
        static TOLD_AT_NS: AtomicU64 = AtomicU64::new(0);
        let (now, told) = (self.clock.monotonic_ns(), TOLD_AT_NS.load(Ordering::Relaxed));
        let due = told == 0 || now.saturating_sub(told) >= 1_000_000_000;
        if due && TOLD_AT_NS.compare_exchange(told, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let address = place.ip.map(tracing::field::display);
            tracing::warn!(key = %facts.id, address, "a key was refused outside of its restrictions");
        }
        Error::forbidden(why)
    }
}
