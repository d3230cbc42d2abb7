//! Bringing keys into memory: all of them once after the start, and each that changes with its change.

use std::sync::Arc;

use super::index::Index;
use super::offline::changed;
use super::{Keys, table};
use crate::base::{Error, Result};
use crate::people::OwnerId;
use crate::store::Conn;

/// Keys read at once: a few milliseconds of one reader, so that others wait no longer than that.
const PAGE: i64 = 1_000;

impl Keys {
    /// Finds out whether keys were imported: before the first request, because their secrets are of no form that we know.
    pub async fn expect_imports(&self) -> Result<()> {
        let any = self.store.read(|db| {
            db.first(
                "SELECT 1 WHERE EXISTS (SELECT 1 FROM keys WHERE origin IS NOT NULL)
                        OR EXISTS (SELECT 1 FROM superseded_secrets WHERE origin IS NOT NULL)",
                &[],
                |_| Ok(()),
            )
        });
        if any.await?.is_some() {
            self.index.expect_imports();
        }
        Ok(())
    }

    /// Reads all keys into memory, page by page, while the server answers. Until it is done, the store is asked for what is missing.
    /// Does so once: after it, the writer alone says what is there.
    pub async fn fill_index(&self) -> Result<usize> {
        if self.index.is_filled() {
            return Ok(0);
        }
        let mut count = 0;
        let (mut after, mut page) = (String::new(), Vec::new());
        loop {
            // What was read is put in while the next page is being read.
            let read = self.store.read(move |db| table::page_of_current(db, &after, PAGE));
            let (next, ()) = tokio::join!(read, async { self.index.add(page) });
            page = next?;
            let Some(last) = page.last() else { break };
            after = last.id.to_string();
            count += page.len();
        }
        let (mut after, mut page) = (Vec::new(), Vec::new());
        loop {
            let read = self.store.read(move |db| table::page_of_former(db, &after, PAGE));
            let (next, ()) = tokio::join!(read, async { self.index.add(page) });
            page = next?;
            let Some(last) = page.last() else { break };
            after = last.digest.to_vec();
            count += page.len();
        }
        self.index.filled();
        Ok(count)
    }
}

/// Puts a key's secrets into memory as they are when this job is committed. To be called in every job that touches a key, also where it
/// changed nothing: an earlier commit may have reached the disk and failed to say so.
pub(super) fn publish(db: &Conn, index: &Arc<Index>, id: &str) -> Result<()> {
    let all = table::facts_of_key(db, id)?;
    let noted = changed::of_key(db, index, id, &all)?;
    let index = Arc::clone(index);
    db.after_commit(move || {
        for facts in all {
            let (id, class) = (facts.id, Arc::clone(&facts.class));
            index.put(facts);
            index.buckets.key_changed(id, &class.rate_limits);
        }
        if let Some(rev) = noted {
            index.changes.reached(rev);
        }
    });
    Ok(())
}

/// The same of an owner, for all of its keys at once.
pub(super) fn publish_owner(db: &Conn, index: &Arc<Index>, id: OwnerId) -> Result<()> {
    let owner = table::owner(db, id)?.ok_or(Error::NotFound)?;
    let noted = owner.suspended.then(|| changed::of_owner(db, index, &id.to_string())).transpose()?;
    let index = Arc::clone(index);
    db.after_commit(move || {
        index.set_owner(owner.clone());
        index.buckets.owner_changed(&owner);
        if let Some(rev) = noted {
            index.changes.reached(rev);
        }
    });
    Ok(())
}
