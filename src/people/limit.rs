//! What a rate limit is: its definition, on a key or on an owner for all of its keys. Counting is the keys' business.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Error, Field, Result};

/// Limits on one key or owner.
pub const LIMITS_MAX: usize = 8;
/// The longest window: 31 days.
pub const WINDOW_MAX_S: u32 = 31 * 86_400;
/// The highest limit.
pub const LIMIT_MAX: u32 = 1_000_000_000;

/// In any T seconds at most `burst + limit · T / window_s` pass, and whoever stays at or under `limit / window_s` is never refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// 1 to 64 of a-z, A-Z, 0-9, `_`, `-` and `.`; each once.
    #[schemars(length(min = 1, max = 64))]
    pub name: Arc<str>,
    /// So many in one window: 1 to 1000000000.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub limit: u32,
    /// Seconds: 1 to 2678400 (31 days).
    #[schemars(range(min = 1, max = 2_678_400))]
    pub window_s: u32,
    /// So many at once after a pause: 1 to `limit`, which it is by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub burst: Option<u32>,
    /// Checked by every verification, also by one that does not name it; so by default.
    #[serde(default = "yes")]
    pub auto: bool,
}

fn yes() -> bool {
    true
}

/// As the store has them.
pub(crate) fn read(text: &str) -> Result<Vec<RateLimit>> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    serde_json::from_str(text).map_err(Error::internal)
}

/// Checks form and number, and gives them back as they are kept: `burst` always said, sorted by name.
pub fn check(field: &'static str, mut limits: Vec<RateLimit>) -> Result<Vec<RateLimit>> {
    if limits.len() > LIMITS_MAX {
        return Err(Error::refused(field, "too many rate limits: 8 at most"));
    }
    for (n, limit) in limits.iter_mut().enumerate() {
        let refused =
            |name, why| Err(Error::Refused { field: Field::from_client([&field[1..], &n.to_string(), name]), why });
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
        if limit.name.is_empty() || limit.name.len() > 64 || !limit.name.bytes().all(fine) {
            return refused("name", "a limit's name is 1 to 64 of a-z, A-Z, 0-9, _ - and .");
        }
        if !(1..=LIMIT_MAX).contains(&limit.limit) {
            return refused("limit", "must be from 1 to 1000000000");
        }
        if !(1..=WINDOW_MAX_S).contains(&limit.window_s) {
            return refused("window_s", "must be from 1 to 2678400 seconds, which is 31 days");
        }
        let burst = *limit.burst.get_or_insert(limit.limit);
        if !(1..=limit.limit).contains(&burst) {
            return refused("burst", "must be from 1 to the limit itself");
        }
    }
    limits.sort_by(|a, b| a.name.cmp(&b.name));
    if limits.windows(2).any(|pair| pair[0].name == pair[1].name) {
        return Err(Error::refused(field, "two rate limits have the same name"));
    }
    Ok(limits)
}
