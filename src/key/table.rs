//! The SQL of keys, and how its rows are read.

use std::collections::HashMap;
use std::sync::Arc;

use super::credit::Credits;
use super::facts::{Class, Ends, Facts, LastFour, OwnerCell, OwnerFacts};
use super::restrict::Rules;
use super::{Key, KeyId, Owner, PreviousSecret, RevokedReason, WhyInvalid, status};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::{Error, Result, Timestamp};
use crate::config::Environment;
use crate::people::{OwnerId, OwnerStatus, RateLimit, list, object};
use crate::store::{Conn, Row};

/// `SELECT` of everything that [`View::key`] reads, with the literals given behind it. A macro, because SQL stays one literal.
macro_rules! select_keys {
    ($($tail:tt)+) => {
        concat!(
            "SELECT k.id, k.name, o.id, o.external_id, o.name, k.created_by, k.environment, k.is_public, k.prefix, k.last_four,
                    k.enabled, k.created_at, k.secret_created_at, k.expires_at, k.last_used_at, k.revoked_at, k.revoked_reason,
                    k.scopes, k.metadata, p.last_four, p.ends_at, p.last_used_at, k.origin, k.version, k.roles, k.restrictions,
                    k.rate_limits, k.offline, k.credits, k.credits_refill, k.credits_refill_at
             FROM keys k JOIN owners o ON o.id = k.owner_id
             LEFT JOIN superseded_secrets p ON p.key_id = k.id AND p.superseded_at = k.secret_created_at ",
            $($tail)+
        )
    };
}
pub(super) use select_keys;

/// What a row needs to become a [`Key`]: the moment of looking, and when a secret counts as old (0 is never).
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub now: UnixMs,
    pub rotate_after_ms: i64,
}

impl View {
    pub fn key(self, row: &Row<'_, '_>) -> Result<Key> {
        let id = row.text()?.to_owned();
        let name = row.text()?.to_owned();
        let owner_id = row.text()?.to_owned();
        let owner = Owner {
            kind: OwnerId::parse(&owner_id)
                .ok_or_else(|| Error::internal("a key has an unknown type of owner"))?
                .kind(),
            id: owner_id,
            external_id: row.opt_text()?.map(str::to_owned),
            name: row.text()?.to_owned(),
        };
        let created_by = row.text()?.to_owned();
        let environment = environment(row)?;
        let is_public = row.flag()?;
        let (prefix, last_four) = (known(row.text()?), known(row.text()?));
        let enabled = row.flag()?;
        let (created_at, secret_created_at) = (row.int()?, row.int()?);
        let (expires_at, last_used, revoked_at) = (row.opt_int()?, row.opt_int()?, row.opt_int()?);
        let revoked_reason = reason(row)?;
        let status = status(revoked_at.is_some(), enabled, expires_at, self.now);
        let old = self.rotate_after_ms > 0 && self.now - secret_created_at > self.rotate_after_ms;
        Ok(Key {
            id,
            description: name.clone(),
            name,
            owner,
            created_by,
            environment,
            is_public,
            prefix,
            last_four,
            status,
            why_invalid: WhyInvalid::of(status, revoked_reason),
            enabled,
            rotation_due: old && environment == Environment::Live && status == super::Status::Active,
            created_at: Timestamp(created_at),
            secret_created_at: Timestamp(secret_created_at),
            expires_at: expires_at.map(Timestamp),
            last_used: last_used.map(Timestamp),
            revoked_at: revoked_at.map(Timestamp),
            revoked_reason,
            scopes: list(row.text()?)?,
            metadata: object(row.text()?)?,
            previous_secret: self.previous(row)?,
            origin: row.opt_text()?.map(str::to_owned),
            version: row.int()?,
            roles: list(row.text()?)?,
            restrictions: read_json(row.text()?)?,
            rate_limits: read_json(row.text()?)?,
            offline: row.flag()?,
            credits: Credits::read(row, self.now)?,
        })
    }

    /// A former secret is told of while it is good for something.
    fn previous(self, row: &Row<'_, '_>) -> Result<Option<PreviousSecret>> {
        let (last_four, valid_until, last_used) = (row.opt_text()?, row.opt_int()?, row.opt_int()?);
        Ok(last_four.zip(valid_until.filter(|until| *until > self.now)).map(|(last_four, until)| PreviousSecret {
            last_four: known(last_four),
            valid_until: Timestamp(until),
            last_used: last_used.map(Timestamp),
        }))
    }

    pub fn by_id(self, db: &Conn, id: &str) -> Result<Option<Key>> {
        db.first(select_keys!("WHERE k.id = $1"), &[id.into()], |row| self.key(row))
    }
}

/// `SELECT` of what [`read_facts`] reads, of current secrets, with the literals given behind it.
macro_rules! select_current {
    ($($tail:tt)+) => {
        concat!(
            "SELECT k.digest, k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes, k.roles,
                    k.restrictions, k.rate_limits, k.offline, CASE WHEN k.credits IS NULL THEN 0 ELSE 1 END, k.prefix, k.last_four, k.last_used_at,
                    NULL, 0, o.id, o.external_id, o.name, o.status, o.rate_limits
             FROM keys k JOIN owners o ON o.id = k.owner_id ",
            $($tail)+
        )
    };
}

/// The same of former ones.
macro_rules! select_former {
    ($($tail:tt)+) => {
        concat!(
            "SELECT p.digest, k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes, k.roles,
                    k.restrictions, k.rate_limits, k.offline, CASE WHEN k.credits IS NULL THEN 0 ELSE 1 END, k.prefix, p.last_four, p.last_used_at,
                    p.ends_at, CASE WHEN p.leaked_at IS NULL THEN 0 ELSE 1 END, o.id, o.external_id, o.name, o.status, o.rate_limits
             FROM superseded_secrets p JOIN keys k ON k.id = p.key_id JOIN owners o ON o.id = k.owner_id ",
            $($tail)+
        )
    };
}

/// What a verification needs, by the digest of the secret: an index, the key's row and its owner's. Only a secret that is nobody's
/// current one is looked for among the former ones.
pub(super) fn facts(db: &Conn, digest: &Digest) -> Result<Option<Facts>> {
    let current = db.first(select_current!("WHERE k.digest = $1"), &[digest.into()], read_facts)?;
    if current.is_some() {
        return Ok(current);
    }
    db.first(select_former!("WHERE p.digest = $1"), &[digest.into()], read_facts)
}

fn read_facts(row: &Row<'_, '_>) -> Result<Facts> {
    Alike::default().facts(row)
}

/// What rows of one page have in common is read once: most keys of an instance are alike, and those of an owner often follow one another.
#[derive(Default)]
struct Alike {
    /// By the text of all their columns.
    classes: HashMap<String, Arc<Class>>,
    /// Of the row before.
    owner: Option<(OwnerId, Arc<OwnerCell>)>,
    text: String,
}

impl Alike {
    fn facts(&mut self, row: &Row<'_, '_>) -> Result<Facts> {
        let (digest, id, name) = (row.digest()?, key_id(row.text()?)?, row.text()?);
        let (environment, is_public, enabled) = (row.text()?, row.flag()?, row.flag()?);
        let (expires_at, revoked_reason) = (row.opt_int()?, reason(row)?);
        let lists = [row.text()?, row.text()?, row.text()?, row.text()?];
        let (offline, has_credits, prefix) = (row.flag()?, row.flag()?, row.text()?);
        let last_four = LastFour::new(row.text()?).ok_or_else(|| unknown("last_four"))?;
        let ends = Ends { expires_at, last_used_at: row.opt_int()?, superseded_until: row.opt_int()? };
        let leaked = row.flag()?;
        let class = self.class(environment, prefix, lists, is_public, offline)?;
        let facts = Facts::new((digest, id, name), class, self.owner(row)?, ends, last_four);
        Ok(Facts { revoked_reason, enabled, has_credits, leaked, ..facts })
    }

    fn class(
        &mut self,
        environment: &str,
        prefix: &str,
        lists: [&str; 4],
        is_public: bool,
        offline: bool,
    ) -> Result<Arc<Class>> {
        self.text.clear();
        self.text.extend([if is_public { "p" } else { "s" }, if offline { "o" } else { "-" }]);
        // No column has this character: JSON escapes it, and the others are words of ours.
        for column in [environment, prefix].iter().chain(&lists) {
            self.text.push_str(column);
            self.text.push('\0');
        }
        if let Some(known) = self.classes.get(&self.text) {
            return Ok(Arc::clone(known));
        }
        let [scopes, roles, restrictions, rate_limits] = lists;
        let class = Arc::new(Class {
            environment: environment_of(environment)?,
            is_public,
            prefix: prefix.into(),
            scopes: list(scopes)?.into(),
            roles: list(roles)?.into(),
            restrictions: Rules::of(&read_json(restrictions)?)?,
            rate_limits: read_json::<Vec<RateLimit>>(rate_limits)?.into(),
            offline,
        });
        self.classes.insert(self.text.clone(), Arc::clone(&class));
        Ok(class)
    }

    fn owner(&mut self, row: &Row<'_, '_>) -> Result<Arc<OwnerCell>> {
        let id = OwnerId::parse(row.text()?).ok_or_else(|| unknown("owner"))?;
        if let Some((_, known)) = self.owner.as_ref().filter(|(before, _)| *before == id) {
            return Ok(Arc::clone(known));
        }
        let cell = Arc::new(OwnerCell::new(rest_of_owner(id, row)?));
        self.owner = Some((id, Arc::clone(&cell)));
        Ok(cell)
    }
}

fn read_owner(row: &Row<'_, '_>) -> Result<OwnerFacts> {
    rest_of_owner(OwnerId::parse(row.text()?).ok_or_else(|| unknown("owner"))?, row)
}

fn rest_of_owner(id: OwnerId, row: &Row<'_, '_>) -> Result<OwnerFacts> {
    let (external_id, name) = (row.opt_text()?, row.text()?);
    let suspended = OwnerStatus::parse(row.text()?) == Some(OwnerStatus::Suspended);
    Ok(OwnerFacts::new(id, external_id, name, suspended).with_limits(read_json::<Vec<RateLimit>>(row.text()?)?))
}

pub(super) fn owner(db: &Conn, id: OwnerId) -> Result<Option<OwnerFacts>> {
    let sql = "SELECT id, external_id, name, status, rate_limits FROM owners WHERE id = $1";
    db.first(sql, &[(&id.to_string()).into()], read_owner)
}

/// The facts of one key's secrets: the current one and all former ones.
pub(super) fn facts_of_key(db: &Conn, id: &str) -> Result<Vec<Facts>> {
    let mut all = db.all(select_current!("WHERE k.id = $1"), &[id.into()], read_facts)?;
    all.extend(db.all(select_former!("WHERE k.id = $1"), &[id.into()], read_facts)?);
    Ok(all)
}

pub(super) fn living_keys_of(db: &Conn, owner: OwnerId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM keys WHERE owner_id = $1 AND revoked_at IS NULL";
    db.first(sql, &[(&owner.to_string()).into()], |row| row.int()).map(Option::unwrap_or_default)
}

/// The facts of an owner's keys that are not revoked, one for each of their secrets.
pub(super) fn living_facts_of(db: &Conn, owner: OwnerId) -> Result<Vec<Facts>> {
    const CURRENT: &str = select_current!("WHERE k.owner_id = $1 AND k.revoked_at IS NULL");
    const FORMER: &str = select_former!("WHERE k.owner_id = $1 AND k.revoked_at IS NULL");
    let owner = owner.to_string();
    let mut all = db.all(CURRENT, &[(&owner).into()], read_facts)?;
    all.extend(db.all(FORMER, &[(&owner).into()], read_facts)?);
    Ok(all)
}

/// A page of current secrets for filling the index, after the key with this id.
pub(super) fn page_of_current(db: &Conn, after: &str, limit: i64) -> Result<Vec<Facts>> {
    let sql = select_current!("WHERE k.id > $1 ORDER BY k.id LIMIT $2");
    let mut alike = Alike::default();
    let page = db.all(sql, &[after.into(), limit.into()], |row| alike.facts(row))?;
    db.forget_pages()?;
    Ok(page)
}

/// The same of former ones, after this digest.
pub(super) fn page_of_former(db: &Conn, after: &[u8], limit: i64) -> Result<Vec<Facts>> {
    let sql = select_former!("WHERE p.digest > $1 ORDER BY p.digest LIMIT $2");
    let mut alike = Alike::default();
    let page = db.all(sql, &[crate::store::Val::Blob(after), limit.into()], |row| alike.facts(row))?;
    db.forget_pages()?;
    Ok(page)
}

/// What the program itself wrote.
fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// Prefix and last four of an imported key may be unknown, and are then empty in the store.
fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn key_id(text: &str) -> Result<KeyId> {
    KeyId::parse(text).ok_or_else(|| unknown("id"))
}

fn environment(row: &Row<'_, '_>) -> Result<Environment> {
    environment_of(row.text()?)
}

fn environment_of(text: &str) -> Result<Environment> {
    match text {
        "live" => Ok(Environment::Live),
        "test" => Ok(Environment::Test),
        _ => Err(unknown("environment")),
    }
}

fn reason(row: &Row<'_, '_>) -> Result<Option<RevokedReason>> {
    match row.opt_text()? {
        None => Ok(None),
        Some(text) => RevokedReason::parse(text).map(Some).ok_or_else(|| unknown("revoked_reason")),
    }
}

fn unknown(column: &str) -> Error {
    Error::internal(format!("a key has an unknown {column}"))
}
