//! Who is to be told of an event: a row for each destination, in the transaction of the event itself. No notice is lost (the same commit)
//! and none is invented (no commit, no notice). Nothing is sent from here.

use super::{Act, Change, EventId, Journal};
use crate::base::clock::{DAY_MS, UnixMs};
use crate::base::id::Kind;
use crate::base::{Id, Result};
use crate::store::{Conn, Store};

/// A notice that nobody could take for so long is no news any more.
const KEPT_MS: i64 = 30 * DAY_MS;

#[derive(Debug)]
pub struct DeliveryKind;

impl Kind for DeliveryKind {
    const PREFIX: &'static str = "dlv";
}

pub type DeliveryId = Id<DeliveryKind>;

impl Journal {
    /// Appends one event as [`Journal::append`] does, with a notice of it to the people of this owner. At least once: whoever delivers it
    /// sends the event's id along.
    pub fn append_and_tell(&self, db: &Conn, act: &Act, change: &Change<'_>, owner_id: &str) -> Result<()> {
        let event = EventId::new(act.at);
        self.append_as(db, act, change, event)?;
        db.run(
            "INSERT INTO deliveries (id, event_id, kind, destination, state, attempts, due_at, created_at)
             VALUES ($1, $2, 'notice', $3, 'due', 0, $4, $4)",
            &[
                (&DeliveryId::new(act.at).to_string()).into(),
                (&event.to_string()).into(),
                (&format!("owner:{owner_id}")).into(),
                act.at.into(),
            ],
        )?;
        Ok(())
    }
}

/// Removes at most `most` deliveries that are past their use, done or not. Answers how many went.
pub async fn forget(store: &Store, now: UnixMs, most: i64) -> Result<usize> {
    store
        .write(move |db| {
            db.run(
                "DELETE FROM deliveries WHERE id IN (
                   SELECT id FROM deliveries WHERE created_at <= $1 ORDER BY created_at, id LIMIT $2)",
                &[(now - KEPT_MS).into(), most.into()],
            )
        })
        .await
}
