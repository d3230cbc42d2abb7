//! Credits: what a key's uses are paid with. Spent in the store, on the one writer, so that no two verifications spend the same one and
//! every answer that spent is on disk; neighbours share a commit. A refill is worked out by whoever looks: nothing runs at midnight.
//!
//! Invariants:
//! 1. A balance changes by what is added to it or taken from it, or is set as a whole; nobody writes back what they read before.
//! 2. `credits_refill_at` only moves forward, but for a set: a clock that goes back refills nothing twice and takes nothing back, one that
//!    leaps over many periods refills once.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json as details;

use super::authority::Reach;
use super::facts::Facts;
use super::fill::publish;
use super::manage::seen;
use super::{KeyId, Keys};
use crate::base::clock::UnixMs;
use crate::base::{Error, Result};
use crate::config::Environment;
use crate::event::{Act, Change, once};
use crate::store::{Conn, Row};

pub use super::refill::{Every, Refill};

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

/// What was added came to this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Balance {
    pub remaining: i64,
    pub refill: Option<Refill>,
    /// The key's, after that.
    #[serde(skip)]
    pub version: i64,
}

/// What came of spending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    pub enough: bool,
    /// What is left now; `None` where the key has been freed of credits meanwhile.
    pub remaining: Option<i64>,
}

impl Credits {
    /// Checks form and bounds.
    pub fn checked(self) -> Result<Self> {
        if !(0..=CREDITS_MAX).contains(&self.remaining) {
            return Err(Error::refused("/credits/remaining", "must be from 0 to 1000000000000"));
        }
        Ok(Self { refill: self.refill.map(Refill::checked).transpose()?, ..self })
    }

    /// When they are filled for the first time, if they are set now: with the next period.
    pub(super) fn refill_after(&self, now: UnixMs) -> Option<UnixMs> {
        self.refill.as_ref().and_then(|refill| refill.after(now))
    }

    /// Of the row of a key: `credits`, `credits_refill`, `credits_refill_at`, as they are at this time.
    pub(super) fn read(row: &Row<'_, '_>, now: UnixMs) -> Result<Option<Self>> {
        let (remaining, refill, refill_at) = (row.opt_int()?, row.opt_text()?, row.opt_int()?);
        let refill: Option<Refill> =
            refill.map(|text| serde_json::from_str(text).map_err(Error::internal)).transpose()?;
        let filled = refill.as_ref().filter(|_| refill_at.is_some_and(|at| at <= now)).map(|refill| refill.amount);
        Ok(remaining.map(|remaining| Self { remaining: filled.unwrap_or(remaining), refill }))
    }
}

impl Keys {
    /// Spends `cost` of the key's credits, durably before it answers; nothing where there are not so many. 0 looks. Uses of test keys are
    /// never charged, and nothing of them is on disk: theirs are looked at, whatever the cost.
    pub(super) async fn spend(&self, facts: &Facts, cost: i64) -> Result<Spent> {
        if cost == 0 || facts.class.environment == Environment::Test {
            let remaining = self.credits_left(facts).await?;
            return Ok(Spent { enough: remaining.is_none_or(|remaining| remaining >= cost), remaining });
        }
        let (id, now) = (facts.id.to_string(), self.clock.now_ms());
        self.store.write(move |db| spend(db, &id, cost, now)).await
    }

    /// What is left, without spending; `None` where the key has been freed of credits meanwhile.
    pub(super) async fn credits_left(&self, facts: &Facts) -> Result<Option<i64>> {
        let (id, now) = (facts.id.to_string(), self.clock.now_ms());
        self.store.read(move |db| left(db, &id, now)).await
    }

    /// Adds to a key's balance, or takes from it where `add` is below 0, whatever is spent meanwhile. Answers the balance after that.
    pub async fn add_credits(&self, act: Act, reach: Reach, id: KeyId, add: i64) -> Result<Balance> {
        reach.may_set("/add")?;
        if add == 0 || !(-CREDITS_MAX..=CREDITS_MAX).contains(&add) {
            return Err(Error::refused("/add", "must be from -1000000000000 to 1000000000000, and not 0"));
        }
        let (view, journal, index) = (self.view(), self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                if let Some(earlier) = once::earlier(db, &act)? {
                    return Ok(earlier);
                }
                let before = seen(db, view, &reach, id)?;
                act.expects(before.version)?;
                reach.may_change(&before.scopes, &[])?;
                // What the period brings is there before anything is added to it.
                fill(db, &before.id, view.now)?;
                let added = db.first(
                    "UPDATE keys SET credits = credits + $2, version = version + 1
                     WHERE id = $1 AND revoked_at IS NULL AND credits + $2 BETWEEN 0 AND $3 RETURNING id",
                    &[(&before.id).into(), add.into(), CREDITS_MAX.into()],
                    |_| Ok(()),
                )?;
                publish(db, &index, &before.id)?;
                let after = view.by_id(db, &before.id)?.ok_or(Error::NotFound)?;
                let credits = after.credits.filter(|_| added.is_some()).ok_or_else(|| {
                    Error::conflict(
                        "/add",
                        match (&before.credits, before.revoked_at) {
                            (_, Some(_)) => "this key is revoked for good: create a new one",
                            (None, _) => {
                                "this key has no credits, and its uses are not counted: set them with PATCH first"
                            }
                            (Some(_), _) => {
                                "the balance would be below 0 or above 1000000000000: send another number, or set it with PATCH"
                            }
                        },
                    )
                })?;
                let change = Change {
                    action: "key.credits_added",
                    subject: &before.id,
                    owner_id: Some(&before.owner.id),
                    details: details!({ "added": add, "credits": { "before": before.credits, "after": credits } }),
                };
                journal.append(db, &act, &change)?;
                let balance = Balance { remaining: credits.remaining, refill: credits.refill, version: after.version };
                once::keep(db, &act, &before.id, Some(&balance))?;
                Ok(balance)
            })
            .await
    }
}

fn spend(db: &Conn, id: &str, cost: i64, now: UnixMs) -> Result<Spent> {
    let mut remaining = take(db, id, cost, now)?;
    if remaining.is_none() && fill(db, id, now)? {
        remaining = take(db, id, cost, now)?;
    }
    if remaining.is_some() {
        return Ok(Spent { enough: true, remaining });
    }
    let remaining = left(db, id, now)?;
    Ok(Spent { enough: remaining.is_none(), remaining })
}

/// The one statement that spends. `None` where there are not so many, or a refill is due first.
fn take(db: &Conn, id: &str, cost: i64, now: UnixMs) -> Result<Option<i64>> {
    db.first(
        "UPDATE keys SET credits = credits - $2
         WHERE id = $1 AND credits >= $2 AND (credits_refill_at IS NULL OR credits_refill_at > $3) RETURNING credits",
        &[id.into(), cost.into(), now.into()],
        |row| row.int(),
    )
}

/// Refills where that is due, in the job that spends. Answers whether it was.
fn fill(db: &Conn, id: &str, now: UnixMs) -> Result<bool> {
    let due = db.first(
        "SELECT credits, credits_refill, credits_refill_at FROM keys WHERE id = $1 AND credits_refill_at <= $2",
        &[id.into(), now.into()],
        |row| Credits::read(row, now),
    )?;
    let Some(full) = due.flatten() else { return Ok(false) };
    let filled = db.run(
        "UPDATE keys SET credits = $2, credits_refill_at = $3 WHERE id = $1 AND credits_refill_at <= $4",
        &[id.into(), full.remaining.into(), full.refill_after(now).into(), now.into()],
    )?;
    Ok(filled > 0)
}

fn left(db: &Conn, id: &str, now: UnixMs) -> Result<Option<i64>> {
    let sql = "SELECT credits, credits_refill, credits_refill_at FROM keys WHERE id = $1";
    let credits = db.first(sql, &[id.into()], |row| Credits::read(row, now))?;
    Ok(credits.flatten().map(|credits| credits.remaining))
}
