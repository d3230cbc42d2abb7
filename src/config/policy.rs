//! `[policy]`: the operator's switches, as they are until an admin changes them. What a file, the environment or a flag sets is pinned.

use super::ConfigError;
use super::http::within;

/// Every switch that is declared here; `keys.rotate_after_days` is one, too, in its own section.
const NAMES: [&str; 7] = [
    "allow_user_api_keys",
    "allow_team_api_keys",
    "max_lifetime_days",
    "default_lifetime_days",
    "allow_never",
    "live_keys",
    "leaked_keys",
];

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub allow_user_api_keys: bool,
    pub allow_team_api_keys: bool,
    /// 0 is no bound.
    pub max_lifetime_days: u32,
    /// 0 offers none.
    pub default_lifetime_days: u32,
    pub allow_never: bool,
    pub live_keys: LiveKeys,
    pub leaked_keys: LeakedKeys,
    /// Names of switches, `rotate_after_days` among them, that do not come from the defaults.
    #[serde(skip)]
    pub pinned: Vec<&'static str>,
}

/// Who may make live keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LiveKeys {
    Everyone,
    Admins,
}

/// What becomes of a key that was reported as leaked, beyond the machine of whoever found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeakedKeys {
    Revoke,
    Tell,
}

/// The longest lifetime that can be named, in days: a hundred years.
pub const LIFETIME_DAYS_MAX: u32 = 36_500;

impl Policy {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("policy.max_lifetime_days", self.max_lifetime_days, 0, LIFETIME_DAYS_MAX)?;
        within("policy.default_lifetime_days", self.default_lifetime_days, 0, LIFETIME_DAYS_MAX)?;
        if self.max_lifetime_days > 0 && self.default_lifetime_days > self.max_lifetime_days {
            return Err(ConfigError::new(
                "policy.default_lifetime_days: must not be more than policy.max_lifetime_days",
            ));
        }
        Ok(())
    }

    /// Notes what is pinned; `is_default` says whether a setting's value comes from the defaults.
    pub(super) fn pin(&mut self, is_default: impl Fn(&str) -> bool) {
        self.pinned = NAMES.into_iter().filter(|name| !is_default(&format!("policy.{name}"))).collect();
        if !is_default("keys.rotate_after_days") {
            self.pinned.push("rotate_after_days");
        }
    }
}
