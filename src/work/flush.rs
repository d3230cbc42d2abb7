//! Writes what verifications have counted in memory: once a second one batch, and all of it at a stop.

use crate::base::Result;
use crate::instance::Instance;

/// One batch. Answers how many keys were written.
pub async fn once(instance: &Instance) -> Result<usize> {
    let of_sandbox = instance.sandbox.keys.flush_usage().await?;
    Ok(of_sandbox + instance.live.keys.flush_usage().await?)
}

/// Everything that waits, for a clean stop.
pub async fn all(instance: &Instance) -> Result<()> {
    while once(instance).await? > 0 {}
    Ok(())
}
