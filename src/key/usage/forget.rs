//! Uses older than the operator keeps them go: once a day, holder by holder, in jobs that hold the writer for a few milliseconds each.

use std::sync::atomic::{AtomicI64, Ordering};

use super::record::day;
use crate::base::Result;
use crate::base::clock::UnixMs;
use crate::key::Keys;
use crate::store::Conn;

/// Holders that one job looks through: two look-ups of some microseconds each.
const HOLDERS: i64 = 500;

/// The day before which nothing is left: as long as it is the same, there is nothing to do.
#[derive(Debug, Default)]
pub(super) struct Forgotten(AtomicI64);

impl Keys {
    /// Removes the uses of days that ended more than `retention_days` ago, `batch` rows in a job; 0 keeps them for ever. Answers how many
    /// rows went.
    pub async fn forget_usage(&self, now: UnixMs, retention_days: u32, batch: i64) -> Result<usize> {
        let before = i64::from(day(now)) - i64::from(retention_days);
        if retention_days == 0 || self.usage.forgotten.0.load(Ordering::Relaxed) == before {
            return Ok(0);
        }
        let (mut gone, mut after) = (0, 0);
        while let Some((rows, next)) = self.store.write(move |db| forget(db, before, after, batch)).await? {
            gone += rows;
            after = next;
        }
        self.usage.forgotten.0.store(before, Ordering::Relaxed);
        Ok(gone)
    }
}

/// Some of the next holders' rows: how many went, and the holder to go on behind. `None` where there is no holder any more.
fn forget(db: &Conn, before: i64, after: i64, batch: i64) -> Result<Option<(usize, i64)>> {
    let holders = db.all(
        "SELECT id FROM usage_holders WHERE id > $1 ORDER BY id LIMIT $2",
        &[after.into(), HOLDERS.into()],
        |row| row.int(),
    )?;
    let (mut gone, mut last) = (0, None);
    for id in holders {
        gone += db.run("DELETE FROM usage_days WHERE holder_id = $1 AND day < $2", &[id.into(), before.into()])?;
        gone += db.run(
            "DELETE FROM usage_holders WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM usage_days WHERE holder_id = $1)",
            &[id.into()],
        )?;
        last = Some(id);
        if i64::try_from(gone).is_ok_and(|gone| gone >= batch) {
            break;
        }
    }
    Ok(last.map(|last| (gone, last)))
}
