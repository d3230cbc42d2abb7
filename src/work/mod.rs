//! What goes on without being asked. Each worker is a plain function that does its work once; the loop that repeats it is here.

pub mod fill;
pub mod flush;
pub mod fold;
pub mod tidy;

use std::sync::Arc;
use std::time::Duration;

use crate::instance::Instance;

/// Between two runs of the flush.
const PERIOD: Duration = Duration::from_secs(1);
/// Between two sums of what was flushed.
const FOLD_PERIOD: Duration = Duration::from_mins(1);
/// Between two removals of what is past its use.
const TIDY_PERIOD: Duration = Duration::from_hours(1);

/// Runs the workers until it is dropped.
pub async fn run(instance: Arc<Instance>) {
    tokio::join!(fill::run(&instance), flush_for_ever(&instance), fold_for_ever(&instance), tidy_for_ever(&instance));
}

async fn flush_for_ever(instance: &Instance) {
    let mut tick = tokio::time::interval(PERIOD);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = flush::once(instance).await {
            tracing::warn!(%error, "uses of keys wait in memory until writes work");
        }
    }
}

async fn fold_for_ever(instance: &Instance) {
    let mut tick = tokio::time::interval(FOLD_PERIOD);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = fold::once(instance).await {
            tracing::warn!(%error, "uses wait to be summed up until writes work");
        }
    }
}

async fn tidy_for_ever(instance: &Instance) {
    let mut tick = tokio::time::interval(TIDY_PERIOD);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match tidy::once(instance).await {
            Ok(0) => {}
            Ok(gone) => tracing::debug!(gone, "rows past their use are removed"),
            Err(error) => tracing::warn!(%error, "rows past their use stay until writes work"),
        }
    }
}
