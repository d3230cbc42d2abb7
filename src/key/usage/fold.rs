//! What was written second by second is summed up into `usage_days`: once a minute, and before a bill is read.
//!
//! Rows that wait are taken together, in rounds. A round is sorted and added in chunks, each with the mark of how far it came in one
//! transaction, and its rows go when all of it is in. Whoever comes after a crash reads the same rows, sorts them alike and goes on behind the
//! mark: every count lands once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::record::{COST_MAX, Counted, Slot, records};
use super::tally::{Table, add};
use crate::base::{Error, Result};
use crate::key::Keys;
use crate::store::{Conn, Val};

/// Records that one job adds: 1 ms of the writer where all of them have a row for the day, 5 ms where none has.
const CHUNK: usize = 500;
/// A round takes no further row with so many slots in hand. At 57 to 114 bytes in the table and 56 sorted, some 35 MiB for as long as it lasts;
/// one row more may have as many again. It is two keys in three of 400,000 in use: rounds of a minute are smaller nearly everywhere.
const ROUND: usize = 262_144;
/// Rows that one job removes: at 30,000 keys a second, 13 MiB of pages that become free.
const ROWS: i64 = 8;
/// A bill waits no longer for what was counted before it. A minute of 30,000 uses a second is summed up in three seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Turns {
    pub flush: Mutex<()>,
    fold: Mutex<()>,
    begun: AtomicU64,
    /// The newest of those begun that came to its end.
    finished: AtomicU64,
}

/// How far it came, as `usage_fold` says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    upto: i64,
    after: Vec<u8>,
}

impl Keys {
    /// Adds all that was counted before the call to `usage_days`. Whoever waits for another's turn that began after their own call is done
    /// with it. Busy where that takes too long; what was added until then is.
    pub async fn settle_usage(&self) -> Result<()> {
        let late = || Error::Busy { why: "uses are being summed up: try again in a moment", source: None };
        tokio::time::timeout(PATIENCE, self.fold_usage()).await.map_err(|_| late())?
    }

    /// The same, however long it takes: for whoever has the time.
    pub async fn fold_usage(&self) -> Result<()> {
        let turns = &self.usage.turns;
        let arrived = turns.begun.load(Ordering::SeqCst);
        let _turn = turns.fold.lock().await;
        if turns.finished.load(Ordering::SeqCst) > arrived {
            return Ok(());
        }
        let turn = turns.begun.fetch_add(1, Ordering::SeqCst) + 1;
        self.flush_counts().await?;
        self.fold_rows().await?;
        turns.finished.store(turn, Ordering::SeqCst);
        Ok(())
    }

    /// Adds the rows that wait.
    async fn fold_rows(&self) -> Result<()> {
        // On the writer, so that rows in its queue count.
        let last = self.store.write(|db| {
            db.first("SELECT last_id FROM usage_fold WHERE one = 1", &[], |row| row.int())
                .map(Option::unwrap_or_default)
        });
        let last = last.await?;
        while self.fold_round(last).await? {}
        Ok(())
    }

    /// One round over rows up to this one. False where there is none.
    async fn fold_round(&self, last: i64) -> Result<bool> {
        let (mark, first) = self.store.write(mark).await?;
        let Some(first) = first.filter(|first| *first <= last) else { return Ok(false) };
        // Rows of a round that was broken off go first, and all of them.
        let (mark, round) = if first <= mark.upto {
            let (_, round) = self.merge(mark.upto, usize::MAX).await?;
            (mark, round)
        } else {
            let (upto, round) = self.merge(last, ROUND).await?;
            let new = Mark { upto, after: Vec::new() };
            if !self.move_mark(mark, new.clone(), Vec::new()).await? {
                return Ok(true);
            }
            (new, round)
        };
        self.add_round(mark, round).await?;
        Ok(true)
    }

    /// The sum of the rows up to this one, or of so many of them that there are enough slots; sorted. Answers how far it came.
    async fn merge(&self, last: i64, enough: usize) -> Result<(i64, Vec<Counted>)> {
        let (mut upto, mut table) = (0, Table::new());
        while table.len() < enough {
            let merged = self.store.read(move |db| {
                let row = db.first(
                    "SELECT id, format, counts FROM usage_pending WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1",
                    &[upto.into(), last.into()],
                    |row| Ok((row.int()?, row.int()?, row.blob()?)),
                )?;
                let Some((id, format, counts)) = row else { return Ok((None, table)) };
                for counted in records(format, &counts)? {
                    add(&mut table, usize::MAX, counted);
                }
                Ok((Some(id), table))
            });
            let id;
            (id, table) = merged.await?;
            match id {
                Some(id) => upto = id,
                None => break,
            }
        }
        let mut round: Vec<Counted> = table.into_iter().collect();
        round.sort_unstable_by_key(|counted| counted.slot);
        Ok((upto, round))
    }

    /// Adds what of a round is behind the mark, and removes its rows.
    async fn add_round(&self, mut mark: Mark, round: Vec<Counted>) -> Result<()> {
        let behind = round.partition_point(|counted| counted.slot.bytes() <= mark.after.as_slice());
        for chunk in round[behind..].chunks(CHUNK) {
            let after = chunk.last().map(|counted| counted.slot.bytes().to_vec()).unwrap_or_default();
            let next = Mark { upto: mark.upto, after };
            if !self.move_mark(mark, next.clone(), chunk.to_vec()).await? {
                return Ok(());
            }
            mark = next;
        }
        let upto = mark.upto;
        let remove = move |db: &Conn| {
            db.run(
                "DELETE FROM usage_pending WHERE id IN (SELECT id FROM usage_pending WHERE id <= $1 ORDER BY id LIMIT $2)",
                &[upto.into(), ROWS.into()],
            )
        };
        while self.store.write(remove).await? > 0 {}
        Ok(())
    }

    /// Adds these and moves the mark, or neither. False where the mark is elsewhere: a turn that nobody waits for any more had a job left.
    async fn move_mark(&self, from: Mark, to: Mark, chunk: Vec<Counted>) -> Result<bool> {
        let moved = self.store.write(move |db| {
            let moved = db.first(
                "UPDATE usage_fold SET upto = $3, after = $4 WHERE one = 1 AND upto = $1 AND after = $2 RETURNING one",
                &[from.upto.into(), Val::Blob(&from.after), to.upto.into(), Val::Blob(&to.after)],
                |_| Ok(()),
            )?;
            if moved.is_some() {
                add_days(db, &chunk)?;
            }
            Ok(moved.is_some())
        });
        moved.await
    }
}

/// The mark, and the first row that waits.
fn mark(db: &Conn) -> Result<(Mark, Option<i64>)> {
    let found = db.first(
        "SELECT upto, after, (SELECT MIN(id) FROM usage_pending) FROM usage_fold WHERE one = 1",
        &[],
        |row| Ok((Mark { upto: row.int()?, after: row.blob()? }, row.opt_int()?)),
    )?;
    found.ok_or_else(|| Error::internal("usage_fold has no row"))
}

fn add_days(db: &Conn, chunk: &[Counted]) -> Result<()> {
    let number = |n: u64| Val::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let mut known: Option<(Slot, i64)> = None;
    for Counted { slot, uses, cost } in chunk {
        let id = match known {
            Some((before, id)) if before.has_holder_of(slot) => id,
            _ => holder(db, slot)?,
        };
        known = Some((*slot, id));
        db.run(
            "INSERT INTO usage_days (holder_id, day, code, uses, cost) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (holder_id, day, code) DO UPDATE SET uses = usage_days.uses + excluded.uses,
               cost = CASE WHEN usage_days.cost + excluded.cost > $6 THEN $6 ELSE usage_days.cost + excluded.cost END",
            &[
                id.into(),
                slot.day().into(),
                slot.code().into(),
                number(*uses),
                number((*cost).min(COST_MAX)),
                number(COST_MAX),
            ],
        )?;
    }
    Ok(())
}

/// The row of a key with this owner, made where there was none.
fn holder(db: &Conn, slot: &Slot) -> Result<i64> {
    let (owner, key) = (slot.owner()?.to_string(), slot.key().to_string());
    let known = db.first(
        "SELECT id FROM usage_holders WHERE owner_id = $1 AND key_id = $2",
        &[(&owner).into(), (&key).into()],
        |row| row.int(),
    )?;
    if let Some(id) = known {
        return Ok(id);
    }
    let made = db.first(
        "INSERT INTO usage_holders (id, owner_id, key_id) SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM usage_holders RETURNING id",
        &[(&owner).into(), (&key).into()],
        |row| row.int(),
    )?;
    made.ok_or_else(|| Error::internal("a holder was not made"))
}
