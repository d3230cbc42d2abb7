//! Removes what is past its use: once an hour, in batches that hold the writer for a few milliseconds each, so that verifications with
//! credits and changes of keys pass between them.

use crate::base::Result;
use crate::event::{once, outbox};
use crate::instance::Instance;

/// Rows of one kind that one job removes: some 5 ms of the writer.
pub const BATCH: i64 = 500;

/// Everything that is past its use now. Answers how many rows went.
pub async fn once(instance: &Instance) -> Result<usize> {
    let now = instance.clock.now_ms();
    let mut gone = 0;
    for realm in [&instance.live, &instance.sandbox] {
        realm.keys.forget_drained_limits();
        loop {
            let batch = once::forget(&realm.store, now, BATCH).await?
                + outbox::forget(&realm.store, now, BATCH).await?
                + realm.people.forget_ended(now, BATCH).await?
                + realm.keys.forget_changes(BATCH).await?
                + realm.keys.keep_signing_keys().await?;
            if batch == 0 {
                break;
            }
            gone += batch;
        }
        gone += realm.keys.forget_usage(now, instance.config.usage.retention_days, BATCH).await?;
    }
    Ok(gone)
}
