//! The SQL of keys, and how its rows are read.

use std::sync::Arc;

use super::verify::{Facts, LastFour, OwnerFacts};
use super::{Key, KeyId, Owner, PreviousSecret, RevokedReason, WhyInvalid, status};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::{Error, Result, Timestamp};
use crate::config::Environment;
use crate::people::{OwnerId, OwnerStatus, list, object};
use crate::store::{Conn, Row};

/// `SELECT` of everything that [`View::key`] reads, with the literals given behind it. A macro, because SQL stays one literal.
macro_rules! select_keys {
    ($($tail:tt)+) => {
        concat!(
            "SELECT k.id, k.name, o.id, o.external_id, o.name, k.created_by, k.environment, k.is_public, k.prefix, k.last_four,
                    k.enabled, k.created_at, k.secret_created_at, k.expires_at, k.last_used_at, k.revoked_at, k.revoked_reason,
                    k.scopes, k.metadata, p.last_four, p.ends_at, p.last_used_at, k.origin, k.version
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

/// What a verification needs, by the digest of the secret: an index, the key's row and its owner's. Only a secret that is nobody's
/// current one is looked for among the former ones.
pub(super) fn facts(db: &Conn, digest: &Digest) -> Result<Option<Facts>> {
    let current = db.first(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, k.last_four, k.last_used_at, o.id, o.external_id, o.name, o.status
         FROM keys k JOIN owners o ON o.id = k.owner_id WHERE k.digest = $1",
        &[digest.into()],
        read_facts,
    )?;
    if current.is_some() {
        return Ok(current);
    }
    db.first(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, p.last_four, p.last_used_at, o.id, o.external_id, o.name, o.status, p.ends_at
         FROM superseded_secrets p JOIN keys k ON k.id = p.key_id JOIN owners o ON o.id = k.owner_id WHERE p.digest = $1",
        &[digest.into()],
        |row| {
            let facts = read_facts(row)?;
            Ok(Facts { superseded_until: Some(row.int()?), ..facts })
        },
    )
}

fn read_facts(row: &Row<'_, '_>) -> Result<Facts> {
    Ok(Facts {
        id: key_id(row.text()?)?,
        name: row.text()?.into(),
        environment: environment(row)?,
        is_public: row.flag()?,
        enabled: row.flag()?,
        expires_at: row.opt_int()?,
        revoked_reason: reason(row)?,
        scopes: list(row.text()?)?.into(),
        prefix: row.text()?.into(),
        last_four: LastFour::new(row.text()?).ok_or_else(|| unknown("last_four"))?,
        last_used_at: row.opt_int()?,
        owner: Arc::new(read_owner(row)?),
        superseded_until: None,
    })
}

fn read_owner(row: &Row<'_, '_>) -> Result<OwnerFacts> {
    Ok(OwnerFacts {
        id: OwnerId::parse(row.text()?).ok_or_else(|| unknown("owner"))?,
        external_id: row.opt_text()?.map(str::to_owned),
        name: row.text()?.to_owned(),
        suspended: OwnerStatus::parse(row.text()?) == Some(OwnerStatus::Suspended),
    })
}

pub(super) fn owner(db: &Conn, id: OwnerId) -> Result<Option<OwnerFacts>> {
    db.first("SELECT id, external_id, name, status FROM owners WHERE id = $1", &[(&id.to_string()).into()], read_owner)
}

/// The facts of one key's secrets, by their digests: the current one and all former ones.
pub(super) fn facts_of_key(db: &Conn, id: &str) -> Result<Vec<(Digest, Facts)>> {
    let mut all = db.all(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, k.last_four, k.last_used_at, o.id, o.external_id, o.name, o.status, k.digest
         FROM keys k JOIN owners o ON o.id = k.owner_id WHERE k.id = $1",
        &[id.into()],
        |row| read_facts(row).and_then(|facts| Ok((row.digest()?, facts))),
    )?;
    all.extend(db.all(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, p.last_four, p.last_used_at, o.id, o.external_id, o.name, o.status, p.ends_at, p.digest
         FROM superseded_secrets p JOIN keys k ON k.id = p.key_id JOIN owners o ON o.id = k.owner_id WHERE k.id = $1",
        &[id.into()],
        read_former,
    )?);
    Ok(all)
}

pub(super) fn living_keys_of(db: &Conn, owner: OwnerId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM keys WHERE owner_id = $1 AND revoked_at IS NULL";
    db.first(sql, &[(&owner.to_string()).into()], |row| row.int()).map(Option::unwrap_or_default)
}

/// The facts of an owner's keys that are not revoked, by the digests of their secrets.
pub(super) fn living_facts_of(db: &Conn, owner: OwnerId) -> Result<Vec<(Digest, Facts)>> {
    let owner = owner.to_string();
    let mut all = db.all(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, k.last_four, k.last_used_at, o.id, o.external_id, o.name, o.status, k.digest
         FROM keys k JOIN owners o ON o.id = k.owner_id WHERE k.owner_id = $1 AND k.revoked_at IS NULL",
        &[(&owner).into()],
        |row| read_facts(row).and_then(|facts| Ok((row.digest()?, facts))),
    )?;
    all.extend(db.all(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, p.last_four, p.last_used_at, o.id, o.external_id, o.name, o.status, p.ends_at, p.digest
         FROM superseded_secrets p JOIN keys k ON k.id = p.key_id JOIN owners o ON o.id = k.owner_id
         WHERE k.owner_id = $1 AND k.revoked_at IS NULL",
        &[(&owner).into()],
        read_former,
    )?);
    Ok(all)
}

/// A page of current secrets for filling the index, after the key with this id.
pub(super) fn page_of_current(db: &Conn, after: &str, limit: i64) -> Result<Vec<(Digest, Facts)>> {
    db.all(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, k.last_four, k.last_used_at, o.id, o.external_id, o.name, o.status, k.digest
         FROM keys k JOIN owners o ON o.id = k.owner_id WHERE k.id > $1 ORDER BY k.id LIMIT $2",
        &[after.into(), limit.into()],
        |row| read_facts(row).and_then(|facts| Ok((row.digest()?, facts))),
    )
}

/// The same of former ones, after this digest.
pub(super) fn page_of_former(db: &Conn, after: &[u8], limit: i64) -> Result<Vec<(Digest, Facts)>> {
    db.all(
        "SELECT k.id, k.name, k.environment, k.is_public, k.enabled, k.expires_at, k.revoked_reason, k.scopes,
                k.prefix, p.last_four, p.last_used_at, o.id, o.external_id, o.name, o.status, p.ends_at, p.digest
         FROM superseded_secrets p JOIN keys k ON k.id = p.key_id JOIN owners o ON o.id = k.owner_id
         WHERE p.digest > $1 ORDER BY p.digest LIMIT $2",
        &[crate::store::Val::Blob(after), limit.into()],
        read_former,
    )
}

fn read_former(row: &Row<'_, '_>) -> Result<(Digest, Facts)> {
    let facts = read_facts(row)?;
    let facts = Facts { superseded_until: Some(row.int()?), ..facts };
    Ok((row.digest()?, facts))
}

/// Prefix and last four of an imported key may be unknown, and are then empty in the store.
fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn key_id(text: &str) -> Result<KeyId> {
    KeyId::parse(text).ok_or_else(|| unknown("id"))
}

fn environment(row: &Row<'_, '_>) -> Result<Environment> {
    match row.text()? {
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
