//! Writes what verifications have counted in memory: once a second one batch, and all of it at a stop.

use crate::base::Result;
use crate::instance::Instance;

/// One batch. Answers how many keys were written.
pub async fn once(instance: &Instance) -> Result<usize> {
    let live = instance.live.keys.flush_usage().await?;
    // A sandbox without room keeps its uses beside it, in memory too: nothing is lost, and nothing waits for it.
    Ok(live + instance.sandbox.keys.flush_usage().await.unwrap_or(0))
}

/// Everything that waits, for a clean stop.
pub async fn all(instance: &Instance) -> Result<()> {
    while once(instance).await? > 0 {}
    Ok(())
}
