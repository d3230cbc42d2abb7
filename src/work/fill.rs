//! Brings all keys into memory once after the start, while the server already answers.

use std::time::{Duration, Instant};

use crate::instance::Instance;

/// Between two tries on a store that cannot be read.
const PATIENCE: Duration = Duration::from_secs(1);

/// Tries until it is done: until then verifications ask the store.
pub async fn run(instance: &Instance) {
    let began = Instant::now();
    loop {
        match instance.live.keys.fill_index().await {
            Ok(keys) => {
                tracing::info!(keys, took_ms = began.elapsed().as_millis(), "all keys are in memory");
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "keys could not be read into memory; verifications ask the store meanwhile");
                tokio::time::sleep(PATIENCE).await;
            }
        }
    }
}
