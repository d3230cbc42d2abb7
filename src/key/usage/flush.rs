//! What was counted in memory goes to the disk, once a second, as one row of one job: however many keys were used, the writer is busy for a
//! copy of 54 bytes each.

use super::record::FORMAT;
use crate::base::{Error, Result};
use crate::key::Keys;

impl Keys {
    /// Writes all that was counted. Answers how many slots that were; where it could not be written, it is counted on.
    pub async fn flush_counts(&self) -> Result<usize> {
        // Whoever comes second finds the row of the first on disk, or in front of it in the writer's queue.
        let _turn = self.usage.turns.flush.lock().await;
        let Some(batch) = self.usage.tally.take() else { return Ok(0) };
        let (slots, counts) = (batch.len(), batch.encode());
        let written = self.store.write(move |db| {
            let id =
                db.first("UPDATE usage_fold SET last_id = last_id + 1 WHERE one = 1 RETURNING last_id", &[], |row| {
                    row.int()
                })?;
            let id = id.ok_or_else(|| Error::internal("usage_fold has no row"))?;
            db.run(
                "INSERT INTO usage_pending (id, format, counts) VALUES ($1, $2, $3)",
                &[id.into(), FORMAT.into(), (&counts).into()],
            )?;
            // Whichever way the job ends, this is run or dropped, and with it the batch is written or back.
            db.after_commit(move || batch.written());
            Ok(())
        });
        written.await.map(|()| slots)
    }

    /// Uses that could not be counted since the last call.
    pub fn lost_uses(&self) -> u64 {
        self.usage.lost()
    }
}
