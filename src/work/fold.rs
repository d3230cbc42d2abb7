//! Sums up what was counted second by second into days, once a minute: a bill that is asked for then has little left to wait for.

use crate::base::Result;
use crate::instance::Instance;

/// All that was counted until now.
pub async fn once(instance: &Instance) -> Result<()> {
    let lost = instance.live.keys.lost_uses() + instance.sandbox.keys.lost_uses();
    if lost > 0 {
        tracing::error!(
            lost,
            "uses are missing in bills: the store took nothing for so long that memory had no room for more"
        );
    }
    instance.live.keys.fold_usage().await?;
    // A sandbox without room goes on without sums.
    let _ = instance.sandbox.keys.fold_usage().await;
    Ok(())
}
