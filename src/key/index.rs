//! Every key's facts in memory, by the digest of its secrets: what verifications read. Changed by the writer before it answers, filled once
//! after the start. It is a copy: the store is the truth.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::HashTable;

use super::verify::{Facts, LastFour, OwnerFacts};
use super::{KeyId, RevokedReason};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::config::Environment;
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
/// Memory for one key: an `Entry` of 144 bytes in a vector that grows by an eighth (162), 5 bytes of table at half load (10), and the name
/// with its two counters and the allocator's header (32 and its length). Scopes, prefixes and owners are shared. With names of 20
/// bytes: 224.
#[derive(Debug)]
pub struct Index {
    shards: Vec<RwLock<Shard>>,
    owners: RwLock<HashMap<OwnerId, Arc<OwnerCell>>>,
    scopes: RwLock<HashSet<Arc<[String]>>>,
    prefixes: RwLock<HashSet<Arc<str>>>,
    filled: AtomicBool,
    /// Is there a secret in the store that another system made? Then a text of any form may be one.
    imports: AtomicBool,
}

/// What a look-up came to.
#[derive(Debug)]
pub enum Found {
    Here(Facts),
    /// Nobody's secret: all keys are here, and this is not among them.
    Nowhere,
    /// Not here, and not all keys are: ask the store.
    Unknown,
}

/// One owner, shared by the entries of its keys and replaced for all of them at once.
type OwnerCell = RwLock<Arc<OwnerFacts>>;

#[derive(Debug, Default)]
struct Shard {
    table: HashTable<u32>,
    entries: Vec<Entry>,
    /// Taken out while the filling goes on, 32 bytes each; empty after it.
    gone: HashSet<Digest>,
}

#[derive(Debug)]
struct Entry {
    digest: Digest,
    id: KeyId,
    name: Arc<str>,
    scopes: Arc<[String]>,
    prefix: Arc<str>,
    owner: Arc<OwnerCell>,
    /// `i64::MAX` is never; so it is for a current secret's `superseded_until`, and `i64::MIN` for "not used yet".
    expires_at: i64,
    superseded_until: i64,
    last_used_at: AtomicI64,
    last_four: LastFour,
    revoked_reason: Option<RevokedReason>,
    environment: Environment,
    is_public: bool,
    enabled: bool,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            owners: RwLock::default(),
            scopes: RwLock::default(),
            prefixes: RwLock::default(),
            filled: AtomicBool::new(false),
            imports: AtomicBool::new(false),
        }
    }
}

impl Index {
    pub fn find(&self, digest: &Digest) -> Found {
        // Read before the look-up: whoever sees the filling done sees all that it added.
        let filled = self.filled.load(Ordering::Acquire);
        match read(self.shard(digest)).get(digest) {
            Some(entry) => Found::Here(entry.facts()),
            None if filled => Found::Nowhere,
            None => Found::Unknown,
        }
    }

    /// The writer's word: replaces what is here.
    pub fn put(&self, digest: Digest, facts: &Facts) {
        self.set_owner(Arc::clone(&facts.owner));
        let entry = self.entry(digest, facts);
        write(self.shard(&digest)).put(entry);
    }

    /// What the filling read: only where nothing is here yet.
    pub fn add(&self, digest: Digest, facts: &Facts) {
        let entry = self.entry(digest, facts);
        write(self.shard(&digest)).add(entry);
    }

    /// The writer's word: this secret's key was purged.
    pub fn remove(&self, digest: &Digest) {
        // Read before the shard is locked: if the filling ends meanwhile, a digest is remembered for nothing, and none is forgotten early.
        let filled = self.filled.load(Ordering::Acquire);
        let mut shard = write(self.shard(digest));
        shard.remove(digest);
        if !filled {
            shard.gone.insert(*digest);
        }
    }

    /// The writer's word on an owner: for all of its keys at once.
    pub fn set_owner(&self, owner: Arc<OwnerFacts>) {
        let cell = self.owner(&owner);
        *write(&cell) = owner;
    }

    /// A use that is being written down need not be noted again soon.
    pub fn used(&self, digest: &Digest, at: UnixMs) {
        if let Some(entry) = read(self.shard(digest)).get(digest) {
            entry.last_used_at.fetch_max(at, Ordering::Relaxed);
        }
    }

    /// From now on, what is not here does not exist.
    pub fn filled(&self) {
        self.filled.store(true, Ordering::Release);
        for shard in &self.shards {
            write(shard).gone = HashSet::new();
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

    fn shard(&self, digest: &Digest) -> &RwLock<Shard> {
        &self.shards[usize::from(digest[0]) % SHARDS]
    }

    fn entry(&self, digest: Digest, facts: &Facts) -> Entry {
        Entry {
            digest,
            id: facts.id,
            name: Arc::clone(&facts.name),
            scopes: shared(&self.scopes, &facts.scopes),
            prefix: shared(&self.prefixes, &facts.prefix),
            owner: self.owner(&facts.owner),
            expires_at: facts.expires_at.unwrap_or(i64::MAX),
            superseded_until: facts.superseded_until.unwrap_or(i64::MAX),
            last_used_at: AtomicI64::new(facts.last_used_at.unwrap_or(i64::MIN)),
            last_four: facts.last_four,
            revoked_reason: facts.revoked_reason,
            environment: facts.environment,
            is_public: facts.is_public,
            enabled: facts.enabled,
        }
    }

    /// The cell of an owner. One that is known keeps what the writer last said of it.
    fn owner(&self, owner: &Arc<OwnerFacts>) -> Arc<OwnerCell> {
        if let Some(cell) = read(&self.owners).get(&owner.id) {
            return Arc::clone(cell);
        }
        let mut owners = write(&self.owners);
        Arc::clone(owners.entry(owner.id).or_insert_with(|| Arc::new(RwLock::new(Arc::clone(owner)))))
    }
}

impl Entry {
    fn facts(&self) -> Facts {
        let last_used_at = self.last_used_at.load(Ordering::Relaxed);
        Facts {
            id: self.id,
            name: Arc::clone(&self.name),
            environment: self.environment,
            is_public: self.is_public,
            enabled: self.enabled,
            expires_at: (self.expires_at != i64::MAX).then_some(self.expires_at),
            revoked_reason: self.revoked_reason,
            scopes: Arc::clone(&self.scopes),
            prefix: Arc::clone(&self.prefix),
            last_four: self.last_four,
            last_used_at: (last_used_at != i64::MIN).then_some(last_used_at),
            owner: Arc::clone(&*read(&self.owner)),
            superseded_until: (self.superseded_until != i64::MAX).then_some(self.superseded_until),
        }
    }
}

impl Shard {
    fn place(&self, digest: &Digest) -> Option<usize> {
        let found = self.table.find(hash(digest), |place| self.entries[*place as usize].digest == *digest);
        found.map(|place| *place as usize)
    }

    fn get(&self, digest: &Digest) -> Option<&Entry> {
        self.place(digest).map(|place| &self.entries[place])
    }

    fn put(&mut self, entry: Entry) {
        self.gone.remove(&entry.digest);
        match self.place(&entry.digest) {
            Some(place) => self.entries[place] = entry,
            None => self.push(entry),
        }
    }

    fn add(&mut self, entry: Entry) {
        if self.place(&entry.digest).is_none() && !self.gone.contains(&entry.digest) {
            self.push(entry);
        }
    }

    fn remove(&mut self, digest: &Digest) {
        let entries = &self.entries;
        let found = self
            .table
            .find_entry(hash(digest), |place| entries[*place as usize].digest == *digest)
            .map(|at| at.remove().0);
        let Ok(place) = found else { return };
        self.entries.swap_remove(place as usize);
        // The last entry, if it was another one, now stands where the removed one stood.
        let Some(moved) = self.entries.get(place as usize).map(|entry| entry.digest) else { return };
        let last = u32::try_from(self.entries.len()).expect("it was counted in 32 bits before");
        if let Some(at) = self.table.find_mut(hash(&moved), |known| *known == last) {
            *at = place;
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() == self.entries.capacity() {
            // Doubling would waste up to half of the memory; an eighth more copies each entry some eight times in its life.
            self.entries.reserve_exact(self.entries.len() / 8 + 16);
        }
        let place = u32::try_from(self.entries.len()).expect("four billion keys in one shard do not fit any memory");
        let hashed = hash(&entry.digest);
        self.entries.push(entry);
        let entries = &self.entries;
        self.table.insert_unique(hashed, place, |place| hash(&entries[*place as usize].digest));
    }
}

/// A digest is an HMAC under a secret key: its bytes are a hash that nobody outside can aim. The first byte has picked the shard.
fn hash(digest: &Digest) -> u64 {
    u64::from_le_bytes(digest[1..9].try_into().expect("eight bytes"))
}

/// Sets that many keys have in common are kept once. Those that no key has any more go when the number has doubled.
fn shared<T: ?Sized + Eq + std::hash::Hash>(all: &RwLock<HashSet<Arc<T>>>, wanted: &Arc<T>) -> Arc<T> {
    if let Some(known) = read(all).get(wanted) {
        return Arc::clone(known);
    }
    let mut all = write(all);
    if all.len() >= 1024 && all.len() == all.capacity() {
        all.retain(|known| Arc::strong_count(known) > 1);
    }
    if let Some(known) = all.get(wanted) {
        return Arc::clone(known);
    }
    all.insert(Arc::clone(wanted));
    Arc::clone(wanted)
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
    use crate::key::KeyId;

    fn facts() -> Facts {
        let owner = OwnerFacts { id: OwnerId::Instance, external_id: None, name: String::new(), suspended: false };
        Facts {
            id: KeyId::new(0),
            name: "n".into(),
            environment: Environment::Live,
            is_public: false,
            enabled: true,
            expires_at: None,
            revoked_reason: None,
            scopes: Vec::new().into(),
            prefix: "sk_live_".into(),
            last_four: LastFour::new("abcd").expect("four"),
            last_used_at: None,
            owner: Arc::new(owner),
            superseded_until: None,
        }
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
        let index = Index::default();
        index.put(digest(1), &facts());
        index.remove(&digest(1));
        index.remove(&digest(2));
        assert!(matches!(index.find(&digest(1)), Found::Unknown), "the store is asked");
        for n in [1, 2, 3] {
            index.add(digest(n), &facts());
        }
        assert_eq!([1, 2, 3].map(|n| here(&index, n)), [false, false, true]);
        index.put(digest(2), &facts());
        index.filled();
        assert_eq!([1, 2, 3].map(|n| here(&index, n)), [false, true, true]);
        index.remove(&digest(2));
        assert!(matches!(index.find(&digest(2)), Found::Nowhere));
    }

    #[test]
    fn taking_one_out_leaves_all_others_where_they_are_found() {
        let index = Index::default();
        (0..100).for_each(|n| index.put(digest(n), &facts()));
        for gone in [0, 99, 50, 1, 98, 50] {
            index.remove(&digest(gone));
        }
        let left: Vec<u8> = (0..100).filter(|n| here(&index, *n)).collect();
        assert_eq!(left, (2..98).filter(|n| *n != 50).collect::<Vec<u8>>());
        index.put(digest(50), &facts());
        assert!(here(&index, 50));
    }
}
