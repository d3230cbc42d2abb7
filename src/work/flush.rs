//! Writes what verifications have counted in memory: once a second, and all of it at a stop.

use crate::base::Result;
use crate::instance::Instance;

/// All that was counted, and one batch of last uses. Answers how many of both were written.
pub async fn once(instance: &Instance) -> Result<usize> {
    let keys = &instance.live.keys;
    let (counts, last_uses) = (keys.flush_counts().await, keys.flush_usage().await);
    let live = counts? + last_uses?;
    // A sandbox without room keeps its uses beside it, in memory too: nothing is lost, and nothing waits for it.
    let keys = &instance.sandbox.keys;
    Ok(live + keys.flush_counts().await.unwrap_or(0) + keys.flush_usage().await.unwrap_or(0))
}

/// Everything that waits, for a clean stop.
pub async fn all(instance: &Instance) -> Result<()> {
    while once(instance).await? > 0 {}
    Ok(())
}
