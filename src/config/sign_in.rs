//! `[sign_in]`: how people sign in and how long that lasts.

use super::ConfigError;
use super::http::within;
use crate::base::clock::SECOND_MS;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub idle_timeout_min: u32,
    pub absolute_timeout_min: u32,
    pub confirm_min: u32,
    pub attempts: u32,
    pub attempts_per_account: u32,
    pub attempts_per_network: u32,
    pub attempts_window_min: u32,
    pub sso_only: bool,
}

const MINUTE_MS: i64 = 60 * SECOND_MS;

impl SignIn {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("sign_in.idle_timeout_min", self.idle_timeout_min, 5, 60 * 24 * 90)?;
        within("sign_in.absolute_timeout_min", self.absolute_timeout_min, 5, 60 * 24 * 365)?;
        within("sign_in.confirm_min", self.confirm_min, 1, 60 * 24)?;
        within("sign_in.attempts", self.attempts, 3, 1000)?;
        within("sign_in.attempts_per_account", self.attempts_per_account, 3, 10_000)?;
        within("sign_in.attempts_per_network", self.attempts_per_network, 3, 10_000)?;
        within("sign_in.attempts_window_min", self.attempts_window_min, 1, 60 * 24)
    }

    pub fn idle_timeout_ms(&self) -> i64 {
        i64::from(self.idle_timeout_min) * MINUTE_MS
    }

    pub fn absolute_timeout_ms(&self) -> i64 {
        i64::from(self.absolute_timeout_min) * MINUTE_MS
    }

    pub fn confirm_ms(&self) -> i64 {
        i64::from(self.confirm_min) * MINUTE_MS
    }

    pub fn attempts_window_ms(&self) -> i64 {
        i64::from(self.attempts_window_min) * MINUTE_MS
    }
}
