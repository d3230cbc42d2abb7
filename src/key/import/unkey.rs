//! A line of an Unkey export: a row of its table `keys`, or a key as its API lists it with the row's `hash`. Names as of its schema
//! (`internal/db/src/schema/keys.ts` of unkeyed/unkey), in camelCase or as the columns are called.

use serde_json::Value;

use super::entry::{Entry, Read};
use super::foreign::{self, Owners, Row};
use super::hash::{Encoding, decode};
use crate::base::{Error, Result};
use crate::config::Environment;
use crate::key::Terms;
use crate::key::credit::{Every, Refill};
use crate::people::RateLimit;

pub fn read(row: &Row, owners: &Owners) -> Result<Read> {
    if foreign::time(row, &["deletedAtM", "deleted_at_m", "deletedAt", "deleted_at"], "/deleted_at")?.is_some() {
        return Ok(Read::Skip("this key was deleted there"));
    }
    let hash = foreign::text(row, &["hash"])
        .and_then(|hash| decode(hash, Encoding::Base64))
        .ok_or_else(|| Error::refused("/hash", "must be the key's hash as Unkey stores it: SHA-256 in base64"))?;
    let mut left_out = Vec::new();
    let scopes = foreign::scopes(permissions(row)?, &mut left_out)?;
    if foreign::pick(row, &["roles", "roleIds", "role_ids"]).is_some_and(is_something) {
        left_out.push("roles");
    }
    let rate_limits = rate_limits(row, &mut left_out);
    let terms = Terms { rate_limits, ..credits(row, &mut left_out)? };
    let environment = match foreign::text(row, &["environment"]) {
        Some("test") => Environment::Test,
        Some("live") | None => Environment::Live,
        Some(_) => {
            left_out.push("environment");
            Environment::Live
        }
    };
    // `start` goes on behind the prefix with characters of the secret, of which nothing is kept here.
    let prefix = foreign::text(row, &["start"]).and_then(|start| start.rfind('_').map(|end| &start[..=end]));
    Ok(Read::Key(Box::new(Entry {
        hash,
        prefix: foreign::prefix(prefix),
        last_four: None,
        name: foreign::name(foreign::text(row, &["name"]), &mut left_out),
        owner: foreign::owner(
            owner(row),
            owners,
            "this key has neither an externalId nor an ownerId: add one, or name a default_owner",
        )?,
        environment,
        is_public: false,
        enabled: foreign::flag(row, &["enabled"], "/enabled")?.unwrap_or(true),
        created_at: foreign::time(row, &["createdAtM", "created_at_m", "createdAt", "created_at"], "/created_at")?,
        expires_at: foreign::time(row, &["expires", "expiresAt", "expires_at"], "/expires")?,
        last_used_at: foreign::time(row, &["lastUsedAt", "last_used_at"], "/last_used_at")?.filter(|at| *at > 0),
        revoked: None,
        scopes,
        metadata: foreign::metadata(row, &["meta"])?,
        terms,
        origin: "unkey".to_owned(),
        left_out,
    })))
}

/// `remaining`, set to `refillAmount` every day or, with a `refillDay`, on that day of the month; as columns, or as the API shows them.
fn credits(row: &Row, left_out: &mut Vec<&'static str>) -> Result<Terms> {
    let shown = row.get("credits").and_then(Value::as_object).unwrap_or(row);
    let names = ["remaining", "remainingRequests", "remaining_requests"];
    let Some(remaining) = foreign::number(shown, &names, "/remaining")? else { return Ok(Terms::default()) };
    let nested = shown.get("refill").and_then(Value::as_object);
    let refill = nested.unwrap_or(shown);
    let amount = foreign::number(refill, &["amount", "refillAmount", "refill_amount"], "/refill_amount")?;
    let day = foreign::number(refill, &["refillDay", "refill_day"], "/refill_day")?;
    let monthly = match foreign::text(refill, &["interval"]) {
        Some(interval) => interval == "monthly",
        None => day.is_some(),
    };
    let refill = amount.filter(|amount| *amount != 0).map(|amount| {
        let day = day.filter(|_| monthly).map(u8::try_from).transpose().ok()?;
        Some(Refill { amount, every: if monthly { Every::Month } else { Every::Day }, day })
    });
    foreign::credits(remaining, refill, left_out)
}

/// The identity's external id; before there were identities, `ownerId` was that.
fn owner(row: &Row) -> Option<String> {
    let identity = row.get("identity").and_then(Value::as_object);
    let names = ["externalId", "external_id"];
    let named = identity.and_then(|identity| foreign::pick(identity, &names)).or_else(|| foreign::pick(row, &names));
    named.or_else(|| foreign::pick(row, &["ownerId", "owner_id"])).and_then(foreign::id)
}

/// A list of limits by name; or the one that a key had before, without a name, as an object or as columns. Durations are milliseconds.
fn rate_limits(row: &Row, left_out: &mut Vec<&'static str>) -> Option<Vec<RateLimit>> {
    const AUTO: [&str; 2] = ["autoApply", "auto_apply"];
    let unnamed = |row: &Row| foreign::rate_limit("default", row, &["limit"], &["duration"], true);
    let named = |row: &Row| {
        let auto = foreign::flag(row, &AUTO, "/ratelimits").ok()?.unwrap_or(false);
        foreign::rate_limit(foreign::text(row, &["name"])?, row, &["limit"], &["duration"], auto)
    };
    let list = foreign::pick(row, &["ratelimits"]).filter(|list| is_something(list));
    let found = match (list.map(foreign::unwrapped), foreign::pick(row, &["ratelimit"]).filter(|one| is_something(one)))
    {
        (Some(Some(Value::Array(list))), _) => list.iter().map(|one| one.as_object().and_then(named)).collect(),
        (Some(_), _) => vec![None],
        (None, Some(one)) => vec![foreign::unwrapped(one).and_then(|one| one.as_object().and_then(unnamed))],
        (None, None) => {
            let names = ["ratelimitLimit", "ratelimit_limit"];
            let durations = ["ratelimitDuration", "ratelimit_duration"];
            let here = foreign::pick(row, &names).is_some();
            here.then(|| foreign::rate_limit("default", row, &names, &durations, true)).into_iter().collect()
        }
    };
    foreign::rate_limits(found, left_out)
}

/// Names in a list, objects with a name in a list, or names between commas.
fn permissions(row: &Row) -> Result<Vec<String>> {
    let wrong = || Error::refused("/permissions", "must be a list of names");
    let Some(value) = foreign::pick(row, &["permissions"]) else { return Ok(Vec::new()) };
    let list = match value {
        Value::String(text) if !text.trim_start().starts_with(['[', '"']) => {
            return Ok(text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect());
        }
        other => foreign::unwrapped(other).ok_or_else(wrong)?,
    };
    let Value::Array(list) = list else { return Err(wrong()) };
    let name = |item: Value| match item {
        Value::String(name) => Some(name),
        Value::Object(item) => foreign::text(&item, &["slug", "name"]).map(str::to_owned),
        _ => None,
    };
    list.into_iter().map(|item| name(item).ok_or_else(wrong)).collect()
}

/// Neither an empty list nor an empty object or text.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::String(text) => !["", "[]", "{}"].contains(&text.as_str()),
        _ => true,
    }
}
