//! A line of a Better Auth export: a row of the table `apikey` of its API-key plugin, whose column `key` is the SHA-256 in base64url. Names
//! as of its schema (`packages/api-key/src/schema.ts` of better-auth/better-auth), in camelCase or snake_case.

use serde_json::Value;

use super::entry::{Entry, Read};
use super::foreign::{self, Owners, Row};
use super::hash::{Encoding, decode};
use crate::base::clock::DAY_MS;
use crate::base::{Error, Result};
use crate::config::Environment;
use crate::key::Terms;
use crate::key::credit::{Every, Refill};
use crate::people::RateLimit;

pub fn read(row: &Row, owners: &Owners) -> Result<Read> {
    let hash =
        foreign::text(row, &["key", "hash"]).and_then(|hash| decode(hash, Encoding::Base64url)).ok_or_else(|| {
            Error::refused(
                "/key",
                "must be the column key as Better Auth stores it: SHA-256 in base64url (not with disableKeyHashing)",
            )
        })?;
    let mut left_out = Vec::new();
    let scopes = foreign::scopes(permissions(row)?, &mut left_out)?;
    let limited = foreign::flag(row, &["rateLimitEnabled", "rate_limit_enabled"], "/rate_limit_enabled")?;
    let rate_limits = if limited == Some(true) { rate_limits(row, &mut left_out) } else { None };
    let terms = Terms { rate_limits, ..credits(row, &mut left_out)? };
    let owner = foreign::pick(row, &["referenceId", "reference_id", "userId", "user_id"]).and_then(foreign::id);
    Ok(Read::Key(Box::new(Entry {
        hash,
        prefix: foreign::prefix(foreign::text(row, &["prefix"])),
        last_four: None,
        name: foreign::name(foreign::text(row, &["name"]), &mut left_out),
        owner: foreign::owner(
            owner,
            owners,
            "this key has neither a referenceId nor a userId: add one, or name a default_owner",
        )?,
        environment: Environment::Live,
        is_public: false,
        enabled: foreign::flag(row, &["enabled"], "/enabled")?.unwrap_or(true),
        created_at: foreign::time(row, &["createdAt", "created_at"], "/created_at")?,
        expires_at: foreign::time(row, &["expiresAt", "expires_at"], "/expires_at")?,
        last_used_at: foreign::time(row, &["lastRequest", "last_request"], "/last_request")?,
        revoked: None,
        scopes,
        metadata: foreign::metadata(row, &["metadata"])?,
        terms,
        origin: "better-auth".to_owned(),
        left_out,
    })))
}

/// `rateLimitMax` in `rateLimitTimeWindow` milliseconds.
fn rate_limits(row: &Row, left_out: &mut Vec<&'static str>) -> Option<Vec<RateLimit>> {
    let (most, window) = (["rateLimitMax", "rate_limit_max"], ["rateLimitTimeWindow", "rate_limit_time_window"]);
    foreign::pick(row, &most)?;
    foreign::rate_limits(vec![foreign::rate_limit("default", row, &most, &window, true)], left_out)
}

/// `remaining`, set to `refillAmount` after each `refillInterval`, in milliseconds since the last time: a day is one of ours, as far as it
/// begins at midnight here. Without `remaining`, uses are not counted there, whatever the refill.
fn credits(row: &Row, left_out: &mut Vec<&'static str>) -> Result<Terms> {
    let Some(remaining) = foreign::number(row, &["remaining"], "/remaining")? else { return Ok(Terms::default()) };
    let amount = foreign::number(row, &["refillAmount", "refill_amount"], "/refill_amount")?.filter(|n| *n != 0);
    let interval =
        foreign::number(row, &["refillInterval", "refill_interval"], "/refill_interval")?.filter(|n| *n != 0);
    let refill = amount
        .zip(interval)
        .map(|(amount, ms)| (ms == DAY_MS).then_some(Refill { amount, every: Every::Day, day: None }));
    foreign::credits(remaining, refill, left_out)
}

/// `{"files": ["read", "write"]}` is `files:read` and `files:write`.
fn permissions(row: &Row) -> Result<Vec<String>> {
    let wrong = || Error::refused("/permissions", "must be an object of lists, as in {\"files\": [\"read\"]}");
    let Some(value) = foreign::pick(row, &["permissions"]).filter(|value| value.as_str() != Some("")) else {
        return Ok(Vec::new());
    };
    let resources = match foreign::unwrapped(value).ok_or_else(wrong)? {
        Value::Object(resources) => resources,
        Value::Null => return Ok(Vec::new()),
        _ => return Err(wrong()),
    };
    let mut names = Vec::new();
    for (resource, actions) in &resources {
        for action in actions.as_array().ok_or_else(wrong)? {
            names.push(format!("{resource}:{}", action.as_str().ok_or_else(wrong)?));
        }
    }
    Ok(names)
}
