//! When keys were last used: collected in memory, written in batches by `work::flush`, never a write per verification.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Usage;
use crate::base::Result;
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::config::Environment;
use crate::key::facts::Facts;
use crate::key::{KeyId, Keys};

/// A use within this time of the last one that was written is not written again: `last_used` is true to a minute.
const RESOLUTION_MS: i64 = 60 * SECOND_MS;
/// Keys waiting to be written, at 24 bytes each in a tree whose nodes are half full at least, about 5 MiB; beyond it a use is noted by the next one.
const WAITING_MAX: usize = 100_000;
/// Test keys remembered; their use is never written to disk.
const TEST_MAX: usize = 10_000;
/// Rows in one write, once a second. They are neighbours among those that wait: where most keys are used, 8 of them share a page of the log; at
/// most, each has a page of its own, and all of them cost some 10 ms of the writer's time.
const BATCH: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct LastUses {
    current: Mutex<Uses>,
    /// There is no room in `current` before the next write: under load of very many keys, none of them waits for its lock to be told so.
    full: AtomicBool,
    /// Uses of former secrets in their grace, by their key.
    former: Mutex<Uses>,
    test: Mutex<Uses>,
}

/// Uses that wait, by their keys.
#[derive(Debug, Default)]
struct Uses {
    waiting: BTreeMap<KeyId, UnixMs>,
    /// The last one of the latest batch: the next begins behind it, and goes on from the first, so that none waits for ever.
    after: Option<KeyId>,
}

impl Usage {
    /// Notes a use of the secret that these facts are of. False where one was noted shortly before, or there is no room now.
    pub(in crate::key) fn used(&self, facts: &Facts, now: UnixMs) -> bool {
        if facts.last_used_at().is_some_and(|known| now - known < RESOLUTION_MS) {
            return false;
        }
        match (facts.class.environment, facts.superseded_until()) {
            (Environment::Test, _) => note(&self.last.test, TEST_MAX, facts.id, now),
            (Environment::Live, None) if self.last.full.load(Ordering::Relaxed) => false,
            (Environment::Live, None) => {
                let noted = note(&self.last.current, WAITING_MAX, facts.id, now);
                if !noted {
                    self.last.full.store(true, Ordering::Relaxed);
                }
                noted
            }
            (Environment::Live, Some(_)) => note(&self.last.former, WAITING_MAX, facts.id, now),
        }
    }

    /// The last use of a key's current secret, made at `since`, as far as memory knows it.
    pub(in crate::key) fn last_used(&self, id: KeyId, since: UnixMs) -> Option<UnixMs> {
        let of = |uses: &Mutex<Uses>| locked(uses).waiting.get(&id).copied().filter(|at| *at >= since);
        of(&self.last.current).max(of(&self.last.test))
    }

    /// The last use of the secret before it.
    pub(in crate::key) fn previous_last_used(&self, id: KeyId) -> Option<UnixMs> {
        locked(&self.last.former).waiting.get(&id).copied()
    }
}

fn locked(uses: &Mutex<Uses>) -> MutexGuard<'_, Uses> {
    uses.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(uses: &Mutex<Uses>, most: usize, id: KeyId, now: UnixMs) -> bool {
    let waiting = &mut locked(uses).waiting;
    if let Some(at) = waiting.get_mut(&id) {
        *at = now.max(*at);
        return true;
    }
    let room = waiting.len() < most;
    if room {
        waiting.insert(id, now);
    }
    room
}

/// The next ones in the order of their ids, which is that of their rows: neighbours are written into the same pages.
fn take(uses: &Mutex<Uses>, most: usize) -> Vec<(KeyId, UnixMs)> {
    let Uses { waiting, after } = &mut *locked(uses);
    let behind = waiting.range((after.map_or(Unbounded, Excluded), Unbounded));
    // Nothing comes twice: no more are taken than wait.
    let next = behind.chain(waiting.iter()).take(most.min(waiting.len()));
    let batch: Vec<(KeyId, UnixMs)> = next.map(|(id, at)| (*id, *at)).collect();
    for (id, _) in &batch {
        waiting.remove(id);
    }
    *after = batch.last().map(|(id, _)| *id);
    batch
}

impl Keys {
    /// Writes one batch of uses. Answers how many; a batch that could not be written waits for the next call.
    pub async fn flush_usage(&self) -> Result<usize> {
        let current = take(&self.usage.last.current, BATCH);
        self.usage.last.full.store(false, Ordering::Relaxed);
        let former = take(&self.usage.last.former, BATCH - current.len());
        let count = current.len() + former.len();
        if count == 0 {
            return Ok(0);
        }
        let (kept, kept_former) = (current.clone(), former.clone());
        let written = self
            .store
            .write(move |db| {
                for (id, at) in &current {
                    // What was used before a rotation is no use of the new secret.
                    db.run(
                        "UPDATE keys SET last_used_at = $2
                         WHERE id = $1 AND secret_created_at <= $2 AND (last_used_at IS NULL OR last_used_at < $2)",
                        &[(&id.to_string()).into(), (*at).into()],
                    )?;
                }
                for (id, at) in &former {
                    db.run(
                        "UPDATE superseded_secrets SET last_used_at = $2
                         WHERE key_id = $1 AND superseded_at = (SELECT secret_created_at FROM keys WHERE id = $1)
                           AND ends_at > $2 AND (last_used_at IS NULL OR last_used_at < $2)",
                        &[(&id.to_string()).into(), (*at).into()],
                    )?;
                }
                Ok(())
            })
            .await;
        if written.is_err() {
            for (id, at) in kept {
                note(&self.usage.last.current, WAITING_MAX, id, at);
            }
            for (id, at) in kept_former {
                note(&self.usage.last.former, WAITING_MAX, id, at);
            }
        }
        written.map(|()| count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_neighbours_and_go_round_so_that_no_use_waits_for_ever() {
        let ids: Vec<KeyId> = (0..6).map(KeyId::new).collect();
        let uses = Mutex::default();
        let noted = |ns: &[usize]| ns.iter().all(|n| note(&uses, 6, ids[*n], 1));
        let taken = |most| -> Vec<usize> {
            let place = |(id, _)| ids.iter().position(|known| *known == id).expect("it was noted");
            take(&uses, most).into_iter().map(place).collect()
        };
        assert!(noted(&[5, 0, 3, 1, 4, 2]));
        assert_eq!(taken(2), [0, 1]);
        assert!(noted(&[0, 1]));
        assert_eq!(taken(3), [2, 3, 4], "what is used all the time does not come before those that wait");
        assert_eq!(taken(2), [5, 0]);
        assert_eq!((taken(9), taken(9)), (vec![1], vec![]));
    }
}
