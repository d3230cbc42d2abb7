//! When keys were last used: collected in memory, written in batches by `work::flush`, never a write per verification.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{KeyId, Keys};
use crate::base::Result;
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::config::Environment;

/// A use within this time of the last one that was written is not written again: `last_used` is true to a minute.
const RESOLUTION_MS: i64 = 60 * SECOND_MS;
/// Keys waiting to be written, at 40 bytes each about 4 MiB; beyond it a use is noted by the next one.
const WAITING_MAX: usize = 100_000;
/// Test keys remembered; their use is never written to disk.
const TEST_MAX: usize = 10_000;
/// Rows in one write: some 50 ms of the writer's time.
const BATCH: usize = 5_000;

#[derive(Debug, Default)]
pub struct Usage {
    waiting: Mutex<HashMap<KeyId, UnixMs>>,
    test: Mutex<HashMap<KeyId, UnixMs>>,
}

impl Usage {
    /// Notes a use. `known` is what the store says of the last one.
    pub(super) fn used(&self, id: KeyId, environment: Environment, known: Option<UnixMs>, now: UnixMs) {
        if known.is_some_and(|known| now - known < RESOLUTION_MS) {
            return;
        }
        let (map, most) = match environment {
            Environment::Live => (&self.waiting, WAITING_MAX),
            Environment::Test => (&self.test, TEST_MAX),
        };
        let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = map.get_mut(&id) {
            *at = now.max(*at);
        } else if map.len() < most {
            map.insert(id, now);
        }
    }

    /// The last use as far as memory knows it.
    pub(super) fn last_used(&self, id: KeyId) -> Option<UnixMs> {
        let of =
            |map: &Mutex<HashMap<KeyId, UnixMs>>| map.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
        of(&self.waiting).max(of(&self.test))
    }

    fn take(&self) -> Vec<(KeyId, UnixMs)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let ids: Vec<KeyId> = waiting.keys().copied().take(BATCH).collect();
        ids.into_iter().filter_map(|id| waiting.remove_entry(&id)).collect()
    }
}

impl Keys {
    /// Writes one batch of uses. Answers how many; a batch that could not be written waits for the next call.
    pub async fn flush_usage(&self) -> Result<usize> {
        let batch = self.usage.take();
        if batch.is_empty() {
            return Ok(0);
        }
        let (count, kept) = (batch.len(), batch.clone());
        let written = self
            .store
            .write(move |db| {
                for (id, at) in &batch {
                    db.run(
                        "UPDATE keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
                        &[(&id.to_string()).into(), (*at).into()],
                    )?;
                }
                Ok(())
            })
            .await;
        if written.is_err() {
            for (id, at) in kept {
                self.usage.used(id, Environment::Live, None, at);
            }
        }
        written.map(|()| count)
    }
}
