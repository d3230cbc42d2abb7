//! `[offline]`: keys exchanged for tokens that others check by themselves.

use super::ConfigError;
use super::http::within;

/// Seconds that a token lives at most: the time for which a revoked key may still be believed where nobody asks.
pub const LIFETIME_MAX_S: u32 = 900;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offline {
    pub enabled: bool,
    pub lifetime_s: u32,
    pub issuer: String,
    pub roll_after_days: u32,
}

impl Offline {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.issuer.len() > 255 || !self.issuer.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ConfigError::new(
                "offline.issuer must be 255 visible ASCII characters at most, as in https://keys.example.com",
            ));
        }
        within("offline.lifetime_s", self.lifetime_s, 10, LIFETIME_MAX_S)?;
        within("offline.roll_after_days", self.roll_after_days, 1, 365)
    }
}
