//! `[leaks]`: how many reports of leaks are taken from whoever does not say who they are.

use super::ConfigError;
use super::http::within;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaks {
    /// Reports in a minute.
    pub reports_per_network: u32,
    /// The same from all networks together.
    pub reports_in_total: u32,
}

impl Leaks {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("leaks.reports_per_network", self.reports_per_network, 1, 1_000_000)?;
        within("leaks.reports_in_total", self.reports_in_total, 1, 1_000_000)
    }
}
