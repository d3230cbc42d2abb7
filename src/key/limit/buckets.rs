//! The meters of all limits that were used lately, behind a few locks: what verifications of all threads share. Gone with the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_utils::CachePadded;
use hashbrown::HashTable;

use super::gcra::{Meter, Rate};
use super::{LimitOf, Named, Taken};
use crate::base::{Clock, Error, Field, Result};
use crate::key::facts::{Facts, OwnerFacts};
use crate::key::{KeyId, Keys};
use crate::people::{OwnerId, RateLimit};

/// A power of two. A lock is held for some hundred nanoseconds.
const SHARDS: usize = 64;
/// Places looked at for each meter that is written, and cleared where nothing is left in it.
const SWEEP: usize = 4;
/// Meters that are written between two sweeps: many places in a row are at hand sooner than a few at a time, which each are far away by then.
const SWEEP_EVERY: usize = 16;
/// A table of no more places is not made smaller.
const PLACES_MIN: usize = 64;

/// Invariants:
/// 1. A limit without a bucket is untouched: whatever drops a bucket has seen it drained.
/// 2. All limits of one verification are looked at and written while the locks of all of them are held: all of them give, or none does.
/// 3. Names come from definitions in the store, never from a request: no caller adds a bucket by naming one.
/// 4. Time is the monotonic clock's, read while the locks are held.
///
/// Memory: a bucket is 80 bytes, and a limit keeps it for as long as what was used of it drains: one window at most. So no more than
/// 8 · (keys + owners in use within their windows) are in use. Besides, there are some that have drained and were not swept yet: no more than
/// were in use at the last sweep, and those made since, a quarter of the places and 16, because so many writes sweep all of them. A table grows
/// when 7/8 of its places are taken; that many are only where it has fewer than 3.2 places for each limit in use, beside those 16. So it has 6.4 at
/// most, of 81 bytes each; and one of which but an eighth is taken is made smaller.
#[derive(Debug)]
pub struct Buckets {
    clock: Clock,
    /// Each on lines of the processor's cache of its own: threads that take from different ones do not wait for each other.
    shards: Vec<CachePadded<Mutex<Shard>>>,
}

/// Whose limits they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    Key(KeyId),
    Owner(OwnerId),
}

#[derive(Debug)]
struct Bucket {
    subject: Subject,
    name: Arc<str>,
    meter: Meter,
}

#[derive(Debug)]
struct Shard {
    table: HashTable<Bucket>,
    /// The next place to sweep.
    cursor: usize,
    /// Meters written since the last sweep.
    written: usize,
}

/// A limit that a verification counts against.
struct Applied<'a> {
    of: LimitOf,
    subject: Subject,
    limit: &'a RateLimit,
    cost: u32,
    shard: usize,
    hash: u64,
    meter: Meter,
}

impl Buckets {
    pub fn new(clock: Clock) -> Self {
        let shard = || Shard { table: HashTable::new(), cursor: 0, written: 0 };
        Self { clock, shards: (0..SHARDS).map(|_| CachePadded::new(Mutex::new(shard()))).collect() }
    }

    /// Takes from every limit that applies, or from none. A name that neither the key nor its owner has a limit of is refused (422): a slip
    /// there would be no limit at all.
    pub fn take(&self, facts: &Facts, owner: &OwnerFacts, named: &[Named]) -> Result<Taken> {
        check(facts, owner, named)?;
        if facts.class.rate_limits.is_empty() && owner.rate_limits().is_empty() {
            return Ok(Taken::default());
        }
        let (mut held, mut applied) = self.applied(facts, owner, named);
        let refusals = applied.iter().filter_map(|one| one.meter.take(one.cost, one.burst()).err());
        let refused = refusals.map(|refusal| refusal.retry_after_ms).reduce(|one, other| Some(one?.max(other?)));
        let mut before = Vec::new();
        if refused.is_none() {
            if facts.has_credits {
                before.extend(applied.iter().map(|one| one.meter));
            }
            for one in &mut applied {
                one.meter = one.meter.take(one.cost, one.burst()).expect("it fits: nothing was refused");
                held.write(one);
            }
        }
        Ok(Taken { levels: applied.iter().map(Applied::level).collect(), refused, before })
    }

    /// Gives back what [`Buckets::take`] took with the same arguments, because credits refuse after all. The levels are then those without it.
    pub fn give_back(&self, facts: &Facts, owner: &OwnerFacts, named: &[Named], taken: &mut Taken) {
        if taken.before.is_empty() {
            return;
        }
        let (mut held, mut applied) = self.applied(facts, owner, named);
        for (one, before) in applied.iter_mut().zip(taken.before.drain(..)) {
            one.meter = one.meter.give_back(before, one.cost);
            held.write(one);
        }
        taken.levels = applied.iter().map(Applied::level).collect();
    }

    /// The writer's word: what is used of this key's limits drains at their present rates from now on.
    pub fn key_changed(&self, id: KeyId, limits: &[RateLimit]) {
        self.changed(Subject::Key(id), limits);
    }

    /// The same of an owner's.
    pub fn owner_changed(&self, owner: &OwnerFacts) {
        self.changed(Subject::Owner(owner.id), owner.rate_limits());
    }

    fn changed(&self, subject: Subject, limits: &[RateLimit]) {
        if limits.is_empty() {
            return;
        }
        let (shard, seed) = subject.place();
        let mut held = self.hold(shard, shard);
        let now_ns = self.clock.monotonic_ns();
        for limit in limits {
            let hash = hash(seed, &limit.name);
            if let Some(bucket) = held.first.find(hash, subject, &limit.name) {
                bucket.meter = bucket.meter.now(Rate::of(limit), now_ns);
            }
        }
    }

    /// Drops all buckets that have drained: once an hour, for those that no other use sweeps.
    pub(super) fn sweep(&self) {
        let now_ns = self.clock.monotonic_ns();
        for shard in 0..SHARDS {
            let mut held = self.hold(shard, shard);
            held.first.table.retain(|bucket| !bucket.meter.is_drained(now_ns));
            held.first.shrink();
        }
    }

    /// Limits that are in use, and those not swept yet.
    #[cfg(test)]
    pub(super) fn in_memory(&self) -> usize {
        (0..SHARDS).map(|shard| self.hold(shard, shard).first.table.len()).sum()
    }

    /// The limits that count here and how they stand now, with the locks that keep them so.
    fn applied<'a>(&self, facts: &'a Facts, owner: &'a OwnerFacts, named: &[Named]) -> (Held<'_>, Vec<Applied<'a>>) {
        let of_key = (LimitOf::Key, Subject::Key(facts.id), &*facts.class.rate_limits);
        let of_owner = (LimitOf::Owner, Subject::Owner(owner.id), owner.rate_limits());
        let places = [of_key, of_owner].map(|(_, subject, limits)| (!limits.is_empty()).then(|| subject.place()));
        let [key, holder] = places.map(|place| place.map(|(shard, _)| shard));
        let first = key.or(holder).unwrap_or_default();
        let mut held = self.hold(first, holder.unwrap_or(first));
        let now_ns = self.clock.monotonic_ns();
        let mut applied = Vec::with_capacity(of_key.2.len() + of_owner.2.len());
        for ((of, subject, limits), place) in [of_key, of_owner].into_iter().zip(places) {
            let Some((shard, seed)) = place else { continue };
            for limit in limits {
                let Some(cost) = cost(limit, named) else { continue };
                let hash = hash(seed, &limit.name);
                let meter = match held.shard(shard).find(hash, subject, &limit.name) {
                    Some(bucket) => bucket.meter.now(Rate::of(limit), now_ns),
                    None => Meter::empty(Rate::of(limit), now_ns),
                };
                applied.push(Applied { of, subject, limit, cost, shard, hash, meter });
            }
        }
        (held, applied)
    }

    /// Locks both, always in the same order.
    fn hold(&self, one: usize, other: usize) -> Held<'_> {
        let lock = |shard: usize| self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        let (low, high) = (one.min(other), one.max(other));
        let first = lock(low);
        Held { low, first, second: (low != high).then(|| lock(high)) }
    }
}

impl Keys {
    /// Frees the memory of limits that are untouched again.
    pub fn forget_drained_limits(&self) {
        self.buckets.sweep();
    }
}

/// One or two shards, locked.
struct Held<'a> {
    low: usize,
    first: MutexGuard<'a, Shard>,
    second: Option<MutexGuard<'a, Shard>>,
}

impl Held<'_> {
    fn shard(&mut self, shard: usize) -> &mut Shard {
        match &mut self.second {
            Some(second) if shard != self.low => second,
            _ => &mut self.first,
        }
    }

    /// Nothing where nothing was counted: a look leaves no bucket behind.
    fn write(&mut self, one: &Applied<'_>) {
        if one.cost > 0 {
            self.shard(one.shard).put(one);
        }
    }
}

impl Applied<'_> {
    fn burst(&self) -> u32 {
        self.limit.burst.unwrap_or(self.limit.limit)
    }

    fn level(&self) -> super::Level {
        super::Level {
            name: (*self.limit.name).into(),
            of: self.of,
            limit: self.limit.limit,
            window_s: self.limit.window_s,
            remaining: self.meter.remaining(self.burst()),
            reset_ms: self.meter.reset_ms(),
        }
    }
}

impl Shard {
    fn find(&mut self, hash: u64, subject: Subject, name: &str) -> Option<&mut Bucket> {
        self.table.find_mut(hash, |bucket| bucket.subject == subject && *bucket.name == *name)
    }

    fn put(&mut self, one: &Applied<'_>) {
        if let Some(bucket) = self.find(one.hash, one.subject, &one.limit.name) {
            bucket.meter = one.meter;
        } else {
            let bucket = Bucket { subject: one.subject, name: Arc::clone(&one.limit.name), meter: one.meter };
            self.table.insert_unique(one.hash, bucket, rehash);
        }
        self.written += 1;
        if self.written == SWEEP_EVERY {
            self.written = 0;
            self.sweep(one.meter.read_at_ns());
        }
    }

    /// Some steps on the way through the table; once around at most.
    fn sweep(&mut self, now_ns: u64) {
        for _ in 0..(SWEEP * SWEEP_EVERY).min(self.table.num_buckets()) {
            self.cursor = if self.cursor + 1 < self.table.num_buckets() { self.cursor + 1 } else { 0 };
            if let Ok(found) = self.table.get_bucket_entry(self.cursor)
                && found.get().meter.is_drained(now_ns)
            {
                found.remove();
            }
            if self.cursor == 0 {
                self.shrink();
            }
        }
    }

    fn shrink(&mut self) {
        if self.table.num_buckets() > PLACES_MIN && self.table.len() < self.table.num_buckets() / 8 {
            self.table.shrink_to(self.table.len() * 2, rehash);
        }
    }
}

impl Subject {
    /// The shard of its limits, and what their hashes begin with. The last eight bytes of an id are random, and drawn by us: nobody chooses
    /// which subjects meet.
    fn place(self) -> (usize, u64) {
        let id = match self {
            Self::Key(id) => id.to_bytes(),
            Self::Owner(OwnerId::User(id)) => id.to_bytes(),
            Self::Owner(OwnerId::Team(id)) => id.to_bytes(),
            Self::Owner(OwnerId::Instance) => [0; 16],
        };
        let seed = mix(u64::from_be_bytes(id[8..].try_into().expect("eight bytes")));
        ((seed >> 40) as usize % SHARDS, seed)
    }
}

/// Carries every bit upwards, where the table looks, too.
fn mix(bits: u64) -> u64 {
    bits.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A subject has 8 limits at most: whoever gives them names that meet slows down nothing.
fn hash(seed: u64, name: &str) -> u64 {
    name.bytes().fold(seed, |hash, byte| mix(hash.rotate_left(23) ^ u64::from(byte)))
}

fn rehash(bucket: &Bucket) -> u64 {
    hash(bucket.subject.place().1, &bucket.name)
}

/// Every name is that of a limit, and given once.
fn check(facts: &Facts, owner: &OwnerFacts, named: &[Named]) -> Result<()> {
    let at = |n: usize, why| Error::Refused { field: Field::from_client(["rate_limits", &n.to_string(), "name"]), why };
    for (n, one) in named.iter().enumerate() {
        let mut all = facts.class.rate_limits.iter().chain(owner.rate_limits());
        if !all.any(|limit| *limit.name == *one.name) {
            return Err(at(n, "neither this key nor its owner has a rate limit of this name: define it first"));
        }
        if named[..n].iter().any(|earlier| earlier.name == one.name) {
            return Err(at(n, "this rate limit is named twice: name it once, with all that it costs"));
        }
    }
    Ok(())
}

/// What a limit is asked for; `None` where it is not looked at.
fn cost(limit: &RateLimit, named: &[Named]) -> Option<u32> {
    let asked = named.iter().find(|one| *one.name == *limit.name).map(|one| one.cost);
    asked.or(limit.auto.then_some(1))
}
