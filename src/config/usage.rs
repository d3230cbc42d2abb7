//! `[usage]`: how long uses are kept.

use super::ConfigError;
use super::http::within;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// 0 is for ever.
    pub retention_days: u32,
}

impl Usage {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("usage.retention_days", self.retention_days, 0, 36_500)
    }
}
