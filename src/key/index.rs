//! Every key's facts in memory, by the digest of its secrets: what verifications read. Changed by the writer before it answers, filled once
//! after the start. It is a copy: the store is the truth.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};
use hashbrown::HashTable;

use super::facts::{Class, Facts, OwnerCell, OwnerFacts};
use super::limit::Buckets;
use super::offline::changed::Changes;
use crate::base::crypto::Digest;
use crate::people::OwnerId;

/// A power of two: the first byte of a digest picks the shard. More would only spread the same few locks.
const SHARDS: usize = 64;

/// Invariants:
/// 1. The writer puts a change in here after its commit and before its answer ([`crate::store::Conn::after_commit`]), so whoever was
///    answered is obeyed by the next verification. Nothing else replaces an entry.
/// 2. Filling reads the store in pages while all of this goes on, and adds only what is not here yet: what it read may be older than what
///    the writer has put meanwhile.
/// 3. A former secret stays with the end of its grace. Only the purge of a key takes its secrets out, again by the writer after its commit;
///    until the filling is done, what was taken out is remembered, so that a page read before cannot bring it back.
/// 4. Until the filling is done, what is not here is looked for in the store; after it, what is not here does not exist.
///
/// Memory for one key: 144 bytes of [`Facts`], a name of more than 23 bytes besides, and in the table 9 bytes a slot, of which 7 to 14 in 16 are
/// taken (10 to 21). Classes and owners are shared. With names of 20 bytes: 165 at most.
/// Measured at a million keys, ten for each owner, owners included: 181 more bytes resident for each key than with a thousand.
#[derive(Debug)]
pub struct Index {
    /// Readers of different threads lock different parts of a lock: each finds its part in the cache of its own processor. 1 KiB each.
    shards: Vec<ShardedLock<Shard>>,
    owners: RwLock<HashMap<OwnerId, Arc<OwnerCell>>>,
    classes: RwLock<HashSet<Arc<Class>>>,
    filled: AtomicBool,
    /// Of this index alone, in this process.
    pub number: u64,
    /// Another number after each word of the writer, and never that of another index: what was looked up under it is still so.
    version: AtomicU64,
    /// Is there a secret in the store that another system made? Then a text of any form may be one.
    imports: AtomicBool,
    /// Where limits are counted: told when one changes.
    pub(super) buckets: Arc<Buckets>,
    /// What ends tokens of keys.
    pub changes: Arc<Changes>,
}

/// What a look-up came to.
#[derive(Debug)]
pub enum Found {
    Here(Arc<Facts>),
    /// Nobody's secret: all keys are here, and this is not among them.
    Nowhere,
    /// Not here, and not all keys are: ask the store.
    Unknown,
}

#[derive(Debug, Default)]
struct Shard {
    table: HashTable<Arc<Facts>>,
    /// Taken out while the filling goes on, 32 bytes each; empty after it.
    gone: HashSet<Digest>,
}

impl Index {
    pub fn new(buckets: Arc<Buckets>, changes: Arc<Changes>) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| ShardedLock::default()).collect(),
            owners: RwLock::default(),
            classes: RwLock::default(),
            filled: AtomicBool::new(false),
            number: next_version(),
            version: AtomicU64::new(next_version()),
            imports: AtomicBool::new(false),
            buckets,
            changes,
        }
    }

    pub fn find(&self, digest: &Digest) -> Found {
        // Read before the look-up: whoever sees the filling done sees all that it added.
        let filled = self.filled.load(Ordering::Acquire);
        match self.read(digest).get(digest) {
            Some(facts) => Found::Here(Arc::clone(facts)),
            None if filled => Found::Nowhere,
            None => Found::Unknown,
        }
    }

    /// To be read before a look-up whose result is kept: as long as it stays the same, so does the result.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The writer's word: replaces what is here.
    pub fn put(&self, facts: Facts) {
        self.set_owner(facts.owner());
        let facts = self.shared(facts);
        self.write(&facts.digest).put(facts);
        self.changed();
    }

    /// What the filling read: only where nothing is here yet.
    pub fn add(&self, page: Vec<Facts>) {
        // What a row shares with the one before it, it shares here, too.
        let (mut class, mut owner): (Option<[_; 2]>, Option<[_; 2]>) = (None, None);
        for mut facts in page {
            let [_, known] = match class.take() {
                Some([read, known]) if Arc::ptr_eq(&read, &facts.class) => class.insert([read, known]),
                _ => class.insert([Arc::clone(&facts.class), self.class(&facts.class)]),
            };
            facts.class = Arc::clone(known);
            let [_, known] = match owner.take() {
                Some([read, known]) if Arc::ptr_eq(&read, &facts.owner) => owner.insert([read, known]),
                _ => owner.insert([Arc::clone(&facts.owner), self.owner(&facts.owner())]),
            };
            facts.owner = Arc::clone(known);
            self.write(&facts.digest).add(Arc::new(facts));
        }
    }

    /// The writer's word: this secret's key was purged.
    pub fn remove(&self, digest: &Digest) {
        // Read before the shard is locked: if the filling ends meanwhile, a digest is remembered for nothing, and none is forgotten early.
        let filled = self.filled.load(Ordering::Acquire);
        let mut shard = self.write(digest);
        shard.remove(digest);
        if !filled {
            shard.gone.insert(*digest);
        }
        drop(shard);
        self.changed();
    }

    /// The writer's word on an owner: for all of its keys at once.
    pub fn set_owner(&self, owner: OwnerFacts) {
        let cell = self.owner(&owner);
        *write(&cell) = owner;
        self.changed();
    }

    /// After the change itself: whoever reads the new number finds what is new.
    fn changed(&self) {
        self.version.store(next_version(), Ordering::Release);
    }

    /// From now on, what is not here does not exist.
    pub fn filled(&self) {
        self.filled.store(true, Ordering::Release);
        for shard in &self.shards {
            shard.write().unwrap_or_else(PoisonError::into_inner).gone = HashSet::new();
        }
    }

    pub fn is_filled(&self) -> bool {
        self.filled.load(Ordering::Acquire)
    }

    pub fn has_imports(&self) -> bool {
        self.imports.load(Ordering::Acquire)
    }

    /// From now on, texts that are not of our form are looked for, too.
    pub fn expect_imports(&self) {
        self.imports.store(true, Ordering::Release);
    }

    fn shard(&self, digest: &Digest) -> &ShardedLock<Shard> {
        &self.shards[usize::from(digest[0]) % SHARDS]
    }

    fn read(&self, digest: &Digest) -> ShardedLockReadGuard<'_, Shard> {
        self.shard(digest).read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, digest: &Digest) -> ShardedLockWriteGuard<'_, Shard> {
        self.shard(digest).write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same with its class and its owner's cell shared.
    fn shared(&self, mut facts: Facts) -> Arc<Facts> {
        let owner = self.owner(&facts.owner());
        facts.owner = owner;
        facts.class = self.class(&facts.class);
        Arc::new(facts)
    }

    /// What many keys have in common is kept once. What no key has any more goes when the number has doubled.
    fn class(&self, wanted: &Arc<Class>) -> Arc<Class> {
        if let Some(known) = read(&self.classes).get(wanted) {
            return Arc::clone(known);
        }
        let mut all = write(&self.classes);
        if all.len() >= 1024 && all.len() == all.capacity() {
            all.retain(|known| Arc::strong_count(known) > 1);
        }
        if let Some(known) = all.get(wanted) {
            return Arc::clone(known);
        }
        all.insert(Arc::clone(wanted));
        Arc::clone(wanted)
    }

    /// The cell of an owner. One that is known keeps what the writer last said of it.
    fn owner(&self, owner: &OwnerFacts) -> Arc<OwnerCell> {
        if let Some(cell) = read(&self.owners).get(&owner.id) {
            return Arc::clone(cell);
        }
        let mut owners = write(&self.owners);
        Arc::clone(owners.entry(owner.id).or_insert_with(|| Arc::new(RwLock::new(owner.clone()))))
    }
}

impl Shard {
    fn get(&self, digest: &Digest) -> Option<&Arc<Facts>> {
        self.table.find(hash(digest), |facts| facts.digest == *digest)
    }

    fn put(&mut self, facts: Arc<Facts>) {
        self.gone.remove(&facts.digest);
        match self.table.find_mut(hash(&facts.digest), |known| known.digest == facts.digest) {
            Some(known) => *known = facts,
            None => self.insert(facts),
        }
    }

    fn add(&mut self, facts: Arc<Facts>) {
        if self.get(&facts.digest).is_none() && !self.gone.contains(&facts.digest) {
            self.insert(facts);
        }
    }

    fn remove(&mut self, digest: &Digest) {
        if let Ok(found) = self.table.find_entry(hash(digest), |facts| facts.digest == *digest) {
            found.remove();
        }
    }

    fn insert(&mut self, facts: Arc<Facts>) {
        self.table.insert_unique(hash(&facts.digest), facts, |facts| hash(&facts.digest));
    }
}

/// A digest is an HMAC under a secret key: its bytes are a hash that nobody outside can aim. The first byte has picked the shard.
fn hash(digest: &Digest) -> u64 {
    u64::from_le_bytes(digest[1..9].try_into().expect("eight bytes"))
}

/// Of this process, each once.
fn next_version() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Clock;
    use crate::key::facts::Ends;
    use crate::key::facts::tests::class;

    fn empty() -> Index {
        Index::new(Arc::new(Buckets::new(Clock::system())), Arc::default())
    }

    fn facts(n: u8) -> Facts {
        crate::key::facts::tests::facts(digest(n), class(), Ends::default())
    }

    /// All in one shard, so that removals move entries.
    fn digest(n: u8) -> Digest {
        let mut digest = [0; 32];
        digest[1] = n;
        digest
    }

    fn here(index: &Index, n: u8) -> bool {
        matches!(index.find(&digest(n)), Found::Here(_))
    }

    #[test]
    fn what_was_taken_out_is_not_brought_back_by_the_filling_and_only_by_the_writer() {
        let index = empty();
        index.put(facts(1));
        index.remove(&digest(1));
        index.remove(&digest(2));
        assert!(matches!(index.find(&digest(1)), Found::Unknown), "the store is asked");
        for n in [1, 2, 3] {
            index.add(vec![facts(n)]);
        }
        assert_eq!([1, 2, 3].map(|n| here(&index, n)), [false, false, true]);
        index.put(facts(2));
        index.filled();
        assert_eq!([1, 2, 3].map(|n| here(&index, n)), [false, true, true]);
        index.remove(&digest(2));
        assert!(matches!(index.find(&digest(2)), Found::Nowhere));
    }

    #[test]
    fn taking_one_out_leaves_all_others_where_they_are_found() {
        let index = empty();
        (0..100).for_each(|n| index.put(facts(n)));
        for gone in [0, 99, 50, 1, 98, 50] {
            index.remove(&digest(gone));
        }
        let left: Vec<u8> = (0..100).filter(|n| here(&index, *n)).collect();
        assert_eq!(left, (2..98).filter(|n| *n != 50).collect::<Vec<u8>>());
        index.put(facts(50));
        assert!(here(&index, 50));
    }
}
