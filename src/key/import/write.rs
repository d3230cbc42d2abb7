//! One batch of an import: one transaction for all of its lines, each with its event, and with the answer they verify.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json as details;

use super::body::Waiting;
use super::entry::{Checked, OwnerRef};
use super::{Fate, Mode, Plan, Report};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::{Error, Result, Timestamp};
use crate::config::Environment;
use crate::event::{Act, Change, Journal};
use crate::key::fill::publish;
use crate::key::index::Index;
use crate::key::{KeyId, Keys, Restrictions, role};
use crate::people::{OwnerId, People, Power, adopt, by_external_id};
use crate::store::Conn;

impl Keys {
    /// Deals with these lines; answers their reports in the same order, and how many owners were made.
    pub(super) async fn import_batch(
        &self,
        act: Act,
        power: Power,
        plan: &Plan,
        waiting: Vec<Waiting>,
    ) -> Result<(Vec<Report>, u64)> {
        let batch = Batch {
            act,
            power,
            create_owners: plan.create_owners,
            journal: self.journal.clone(),
            index: Arc::clone(&self.index),
            pepper_id: self.pepper.id,
            owners: HashMap::new(),
            owners_created: 0,
        };
        if !waiting.iter().any(|line| matches!(line, Waiting::Key(..))) {
            return batch.settle(waiting, |_, _, _, _| Err(Error::internal("there is no key among these lines")));
        }
        match plan.mode {
            Mode::Dry => {
                self.store
                    .read(move |db| batch.settle(waiting, |batch, line, digest, key| batch.look(db, line, digest, key)))
                    .await
            }
            Mode::Write => {
                self.store
                    .write(move |db| {
                        let index = Arc::clone(&batch.index);
                        db.after_commit(move || index.expect_imports());
                        batch.settle(waiting, |batch, line, digest, key| batch.keep(db, line, digest, key))
                    })
                    .await
            }
        }
    }
}

struct Batch {
    act: Act,
    power: Power,
    create_owners: bool,
    journal: Journal,
    index: Arc<Index>,
    pepper_id: i64,
    /// Owners that lines of this batch named; `None` is not here.
    owners: HashMap<OwnerRef, Option<OwnerId>>,
    owners_created: u64,
}

/// Why this key cannot have the roles that its line names, where it cannot.
fn unknown_role(db: &Conn, key: &Checked) -> Result<Option<Error>> {
    match key.entry.terms.roles.as_ref().map(|names| role::check(db, names)) {
        Some(Err(error @ Error::Refused { .. })) => Ok(Some(error)),
        Some(Err(error)) => Err(error),
        Some(Ok(_)) | None => Ok(None),
    }
}

const NO_OWNER: &str = "there is no such owner: create it first, or let it be made with ?create_owners=true";

impl Batch {
    fn settle(
        mut self,
        waiting: Vec<Waiting>,
        mut one: impl FnMut(&mut Self, u64, &Digest, Checked) -> Result<Report>,
    ) -> Result<(Vec<Report>, u64)> {
        let mut reports = Vec::with_capacity(waiting.len());
        for line in waiting {
            reports.push(match line {
                Waiting::Settled(report) => report,
                Waiting::Key(line, digest, key) => one(&mut self, line, &digest, *key)?,
            });
        }
        Ok((reports, self.owners_created))
    }

    /// What would become of this line?
    fn look(&mut self, db: &Conn, line: u64, digest: &Digest, key: Checked) -> Result<Report> {
        if let Some(report) = self.known(db, line, digest)? {
            return Ok(report);
        }
        if self.find_owner(db, &key.entry.owner)?.is_none() && !self.may_make(&key.entry.owner) {
            return Ok(Report::error(line, &Error::refused("/owner", NO_OWNER)));
        }
        if let Some(error) = unknown_role(db, &key)? {
            return Ok(Report::error(line, &error));
        }
        Ok(Report { left_out: key.entry.left_out, ..Report::new(line, Fate::WouldImport) })
    }

    /// Stores this line's key, or says why not.
    fn keep(&mut self, db: &Conn, line: u64, digest: &Digest, key: Checked) -> Result<Report> {
        if let Some(report) = self.known(db, line, digest)? {
            return Ok(report);
        }
        if let Some(error) = unknown_role(db, &key)? {
            return Ok(Report::error(line, &error));
        }
        let owner = match self.find_owner(db, &key.entry.owner)? {
            Some(owner) => owner,
            None if self.may_make(&key.entry.owner) => match self.make_owner(db, &key.entry.owner) {
                Ok(owner) => owner,
                // Nothing was written.
                Err(error @ Error::Conflict { .. }) => return Ok(Report::error(line, &error)),
                Err(error) => return Err(error),
            },
            None => return Ok(Report::error(line, &Error::refused("/owner", NO_OWNER))),
        };
        let id = self.insert(db, digest, owner, &key)?;
        let left_out = key.entry.left_out;
        Ok(Report { id: Some(id), left_out, ..Report::new(line, Fate::Imported) })
    }

    /// A key that has, or once had, a secret with this hash.
    fn known(&self, db: &Conn, line: u64, digest: &Digest) -> Result<Option<Report>> {
        let current = "SELECT id, owner_id FROM keys WHERE digest = $1";
        let former =
            "SELECT k.id, k.owner_id FROM superseded_secrets p JOIN keys k ON k.id = p.key_id WHERE p.digest = $1";
        for sql in [current, former] {
            let found =
                db.first(sql, &[digest.into()], |row| Ok((row.text()?.to_owned(), row.text()? == "instance")))?;
            if let Some((id, of_instance)) = found {
                // The instance's own keys are for admins.
                let id = (!of_instance || self.power.is_admin()).then_some(id);
                return Ok(Some(Report { id, ..Report::new(line, Fate::Exists) }));
            }
        }
        Ok(None)
    }

    fn find_owner(&mut self, db: &Conn, named: &OwnerRef) -> Result<Option<OwnerId>> {
        if let Some(found) = self.owners.get(named) {
            return Ok(*found);
        }
        let found = match named {
            OwnerRef::Id(id) => People::grantable(db, *id)?.map(|_| *id),
            OwnerRef::External(kind, external_id) => by_external_id(db, *kind, external_id)?,
        };
        self.owners.insert(named.clone(), found);
        Ok(found)
    }

    fn may_make(&self, named: &OwnerRef) -> bool {
        self.create_owners && matches!(named, OwnerRef::External(..))
    }

    fn make_owner(&mut self, db: &Conn, named: &OwnerRef) -> Result<OwnerId> {
        let OwnerRef::External(kind, external_id) = named else { return Err(Error::NotFound) };
        let id = adopt(db, &self.journal, &self.act, *kind, external_id)?;
        self.owners.insert(named.clone(), Some(id));
        self.owners_created += 1;
        Ok(id)
    }

    fn insert(&self, db: &Conn, digest: &Digest, owner: OwnerId, key: &Checked) -> Result<String> {
        let (id, owner_id, entry) = (KeyId::new(self.act.at).to_string(), owner.to_string(), &key.entry);
        // A clock elsewhere may be ahead; nothing here has happened later than now.
        let past = |at: UnixMs| at.min(self.act.at);
        let created_at = entry.created_at.map_or(self.act.at, past);
        let last_four = entry.last_four.as_deref().unwrap_or_default();
        db.run(
            "INSERT INTO keys (id, owner_id, created_by, name, environment, is_public, enabled, scopes, metadata, prefix, last_four,
                               digest, pepper_id, created_at, secret_created_at, expires_at, last_used_at, revoked_at, revoked_reason, origin)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17, $18, $19)",
            &[
                (&id).into(),
                (&owner_id).into(),
                self.act.actor.as_str().into(),
                (&entry.name).into(),
                entry.environment.as_str().into(),
                entry.is_public.into(),
                entry.enabled.into(),
                (&key.scopes).into(),
                (&key.metadata).into(),
                entry.prefix.as_deref().unwrap_or_default().into(),
                last_four.into(),
                digest.into(),
                self.pepper_id.into(),
                created_at.into(),
                entry.expires_at.into(),
                // The use of test keys is never on disk.
                entry.last_used_at.filter(|_| entry.environment == Environment::Live).map(past).into(),
                entry.revoked.map(|revoked| revoked.at.map_or(self.act.at, past)).into(),
                entry.revoked.map(|revoked| revoked.reason.as_str()).into(),
                (&entry.origin).into(),
            ],
        )?;
        entry.terms.write(db, &id, None, self.act.at)?;
        let scopes: serde_json::Value = serde_json::from_str(&key.scopes).map_err(Error::internal)?;
        let mut details = details!({ "origin": entry.origin, "name": entry.name, "environment": entry.environment,
            "is_public": entry.is_public, "enabled": entry.enabled, "scopes": scopes,
            "expires_at": entry.expires_at.map(Timestamp), "revoked": entry.revoked.is_some(), "last_four": entry.last_four });
        if let Some(restrictions) = &entry.terms.restrictions {
            details["restrictions"] =
                serde_json::to_value(restrictions.over(&Restrictions::default())).map_err(Error::internal)?;
        }
        if let Some(limits) = &entry.terms.rate_limits {
            details["rate_limits"] = serde_json::to_value(limits).map_err(Error::internal)?;
        }
        if let Some(roles) = &entry.terms.roles {
            details["roles"] = role::sorted(roles).into();
        }
        if let Some(credits) = &entry.terms.credits {
            details["credits"] = serde_json::to_value(credits).map_err(Error::internal)?;
        }
        let change = Change { action: "key.imported", subject: &id, owner_id: Some(&owner_id), details };
        self.journal.append(db, &self.act, &change)?;
        publish(db, &self.index, &id)?;
        Ok(id)
    }
}
