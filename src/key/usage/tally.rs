//! Uses as they are counted: in memory, on every verification, some hundred nanoseconds each. What is counted is taken out as a whole once a
//! second, on its way to the disk, and comes back where that fails: a [`Batch`] is in the store or in memory, and never in both.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_utils::CachePadded;
use hashbrown::HashTable;

use super::record::{Counted, RECORD_LEN};

/// A power of two: so many threads can count at once. Where there are fewer, each has as many shards of its own as there are for it, so that none
/// waits for another, not even for the line of the processor's cache that a lock is in. A slot that several threads count is in a shard of each.
const SHARDS: usize = 16;
/// Slots in a shard: seven in eight of 16,384, where its table would grow. A slot is 56 bytes and a byte of the table, so a full shard is
/// 0.9 MiB and all of them 15 MiB, for 229,376 slots: more than can be asked about in a second. While the store takes nothing, no more comes
/// in than this; with the tables that are on their way to the disk, or empty and kept for the next second, it is 30 MiB.
const ROOM: usize = 14_336;

pub(super) type Table = HashTable<Counted>;

type Shard = CachePadded<Mutex<Table>>;

#[derive(Debug)]
pub(super) struct Tally {
    shards: [Shard; SHARDS],
    /// Threads that have shards of their own: a power of two, [`SHARDS`] at most.
    threads: usize,
    /// Empty tables with room, so that counting does not begin with growing.
    spare: Mutex<Vec<Table>>,
    lost: AtomicU64,
}

/// All that was counted until it was taken, a table for each shard. Dropped before [`Batch::written`], it goes back: in front of what was counted
/// meanwhile, so that of too much the newest is lost.
#[derive(Debug)]
pub(super) struct Batch {
    from: Arc<Tally>,
    tables: Vec<Table>,
}

impl Default for Tally {
    /// For as many threads as the server has workers: one a processor.
    fn default() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, NonZero::get))
    }
}

impl Tally {
    fn new(threads: usize) -> Self {
        let threads = threads.next_power_of_two().min(SHARDS);
        Self { shards: Default::default(), threads, spare: Mutex::default(), lost: AtomicU64::new(0) }
    }

    pub fn add(&self, counted: Counted) {
        // Not the bits by which the table tells its slots apart.
        let among_own = (counted.slot.hash() >> 40) as usize % (SHARDS / self.threads);
        let shard = thread_number() % self.threads + among_own * self.threads;
        // Where there is no room in its own, a thread goes on in the others: how many threads count makes no difference to what fits.
        let mut shards = (0..SHARDS).map(|n| &self.shards[(shard + n) % SHARDS]);
        if !shards.any(|shard| add(&mut locked(shard), ROOM, counted)) {
            self.lost.fetch_add(counted.uses, Ordering::Relaxed);
        }
    }

    /// Everything that was counted, out of here; `None` where that is nothing.
    pub fn take(self: &Arc<Self>) -> Option<Batch> {
        let mut spare = std::mem::take(&mut *locked(&self.spare));
        let tables: Vec<Table> = self
            .shards
            .iter()
            .map(|shard| std::mem::replace(&mut *locked(shard), spare.pop().unwrap_or_default()))
            .collect();
        let batch = Batch { from: Arc::clone(self), tables };
        (batch.len() > 0).then_some(batch)
    }

    /// Uses without room since the last call.
    pub fn lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }

    fn put_back(&self, shard: &Shard, older: Table) {
        let mut current = locked(shard);
        let mut newer: Vec<Counted> = std::mem::replace(&mut *current, older).into_iter().collect();
        newer.retain(|newer| !add(&mut current, ROOM, *newer));
        drop(current);
        for newer in newer {
            self.add(newer);
        }
    }

    fn keep(&self, tables: impl Iterator<Item = Table>) {
        let mut spare = locked(&self.spare);
        spare.extend(tables);
        spare.truncate(SHARDS);
    }
}

impl Batch {
    pub fn len(&self) -> usize {
        self.tables.iter().map(Table::len).sum()
    }

    /// As it stands in the store.
    pub fn encode(&self) -> Vec<u8> {
        let mut counts = Vec::with_capacity(self.len() * RECORD_LEN);
        self.tables.iter().flatten().for_each(|counted| counted.write(&mut counts));
        counts
    }

    /// It is on disk, and needed here no more.
    pub fn written(mut self) {
        let emptied = std::mem::take(&mut self.tables).into_iter().filter_map(|mut table| {
            // A rush of a second is not remembered for ever.
            let fits = table.capacity() <= 8 * table.len().max(8);
            table.clear();
            fits.then_some(table)
        });
        self.from.keep(emptied);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for (shard, table) in self.from.shards.iter().zip(std::mem::take(&mut self.tables)) {
            // Nothing counted and nothing to put back: the shard keeps the table that it has.
            if !table.is_empty() {
                self.from.put_back(shard, table);
            }
        }
    }
}

/// Of the threads that count, which is this? The first is 0.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// False where it is new and there is no room.
pub(super) fn add(table: &mut Table, room: usize, counted: Counted) -> bool {
    let hash = counted.slot.hash();
    if let Some(known) = table.find_mut(hash, |known| known.slot == counted.slot) {
        known.add(&counted);
        return true;
    }
    if table.len() >= room {
        return false;
    }
    table.insert_unique(hash, counted, |known| known.slot.hash());
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Id;
    use crate::key::KeyId;
    use crate::key::usage::record::Slot;
    use crate::key::verify::Code;
    use crate::people::OwnerId;

    fn one(key: KeyId) -> Counted {
        let slot = Slot::new(OwnerId::User(Id::from_bytes([1; 16])), key, 1, Code::Valid).expect("it is counted");
        Counted { slot, uses: 1, cost: 2 }
    }

    fn uses(batch: &Batch) -> u64 {
        batch.tables.iter().flatten().map(|counted| counted.uses).sum()
    }

    #[test]
    fn a_batch_that_is_not_written_comes_back_with_what_was_counted_meanwhile() {
        let (tally, key) = (Arc::<Tally>::default(), KeyId::new(1));
        assert!(tally.take().is_none());
        (0..3).for_each(|_| tally.add(one(key)));
        let batch = tally.take().expect("three uses");
        tally.add(one(key));
        tally.add(one(KeyId::new(2)));
        drop(batch);
        let batch = tally.take().expect("five uses");
        assert_eq!((uses(&batch), batch.len(), batch.encode().len()), (5, 2, 2 * RECORD_LEN));
        batch.written();
        assert!(tally.take().is_none());
    }

    #[test]
    fn what_several_threads_count_of_one_slot_comes_to_one_sum() {
        let (tally, key) = (Arc::new(Tally::new(2)), KeyId::new(1));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).for_each(|_| tally.add(one(key))));
            }
        });
        let batch = tally.take().expect("four hundred uses");
        assert_eq!(uses(&batch), 400);
        assert!(batch.len() <= 2, "a slot is in one shard of each thread");
    }

    #[test]
    fn beyond_the_bound_the_older_counts_stay_go_on_counting_and_the_loss_is_told() {
        // One thread, which has but one shard of its own.
        let tally = Arc::new(Tally::new(SHARDS));
        let fill = SHARDS * ROOM;
        let first: Vec<KeyId> = (0..100).map(|_| KeyId::new(1)).collect();
        for key in &first {
            tally.add(one(*key));
        }
        let older = tally.take().expect("a hundred uses");
        for _ in 0..2 * fill {
            tally.add(one(KeyId::new(1)));
        }
        let lost = tally.lost();
        assert_eq!(lost, fill as u64, "all that fits is kept");
        drop(older);
        for key in &first {
            tally.add(one(*key));
        }
        let lost = lost + tally.lost();
        let all = tally.take().expect("all of it");
        assert!(all.len() <= fill);
        assert_eq!(uses(&all) + lost, 2 * fill as u64 + 200, "nothing is lost in silence");
        for key in first {
            let two = all.tables.iter().flatten().any(|known| known.slot == one(key).slot && known.uses == 2);
            assert!(two, "what was there first is counted on");
        }
    }
}
