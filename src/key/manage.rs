//! Creating and revoking keys.

use std::sync::Arc;

use serde_json::json as details;

use super::authority::Reach;
use super::fill::publish;
use super::terms::{Terms, told};
use super::{Issued, Key, KeyId, Keys, RevokedReason, Status, token};
use crate::base::clock::UnixMs;
use crate::base::{Error, Result, Secret, Timestamp};
use crate::config::Environment;
use crate::event::{Act, Change, once};
use crate::people::{Metadata, OwnerId, People, check_metadata, check_name, json, scope};
use crate::store::Conn;

/// A key to be made.
#[derive(Debug)]
pub struct NewKey {
    pub owner: OwnerId,
    pub name: String,
    /// `None` is never, chosen by the caller.
    pub expires_at: Option<Timestamp>,
    pub environment: Environment,
    pub is_public: bool,
    pub enabled: bool,
    pub scopes: Vec<String>,
    pub metadata: Option<Metadata>,
    pub terms: Terms,
}

impl Keys {
    /// Makes a key for an owner, and gives its secret for the only time.
    pub async fn create(&self, act: Act, reach: Reach, new: NewKey) -> Result<Issued> {
        let secret = token::mint(self.settings.prefixes.for_new(new.environment, new.is_public));
        let key = self
            .insert(act, reach, new, &secret)
            .await?
            .ok_or_else(|| Error::internal("a new key's digest was taken"))?;
        Ok(Issued { key, secret })
    }

    /// Stores a key for this secret; `None` where the secret is stored already.
    pub(super) async fn insert(&self, act: Act, reach: Reach, new: NewKey, secret: &Secret) -> Result<Option<Key>> {
        check_name("/description", &new.name)?;
        let scopes = scope::check("/scopes", new.scopes)?;
        if new.is_public && scopes.iter().any(|scope| scope::is_reserved(scope)) {
            return Err(Error::refused("/scopes", "keystead: and own: scopes work only in secret keys"));
        }
        reach.sees(new.owner)?;
        reach.may_expire_at(new.expires_at.map(|at| at.0))?;
        if let Some(metadata) = &new.metadata {
            reach.may_set("/metadata")?;
            check_metadata(metadata)?;
        }
        let terms = new.terms.checked(&reach)?;
        let metadata = json(&new.metadata.unwrap_or_default())?;
        let token =
            self.reader.parse(secret.expose()).ok_or_else(|| Error::internal("a minted key is not well formed"))?;
        let digest = self.pepper.digest(&token.sha256());
        let (prefix, last_four) = (token.kind().prefix.clone(), token.last_four().to_owned());
        let (id, pepper_id) = (KeyId::new(act.at).to_string(), self.pepper.id);
        let (view, journal, index) = (self.view(), self.journal.clone(), Arc::clone(&self.index));
        let board = Arc::clone(&self.board);
        self.store
            .write(move |db| {
                once::refuse_repeat(db, &act)?;
                // Only now: asked again after its expiry, the first answer stands.
                check_expiry(new.expires_at, act.at)?;
                let policy = board.now();
                policy.makes(&reach, new.owner, new.environment)?;
                policy.lasts(&reach, new.expires_at, act.at)?;
                let grantable = People::grantable(db, new.owner)?.ok_or(Error::NotFound)?;
                reach.grants(&scopes, &grantable)?;
                terms.granted(db, view, &act, &reach, (None, &scopes))?;
                let owner_id = new.owner.to_string();
                let inserted = db.first(
                    "INSERT INTO keys (id, owner_id, created_by, name, environment, is_public, enabled, scopes, metadata, prefix,
                                       last_four, digest, pepper_id, created_at, secret_created_at, expires_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)
                     ON CONFLICT (digest) DO NOTHING RETURNING id",
                    &[
                        (&id).into(),
                        (&owner_id).into(),
                        act.actor.as_str().into(),
                        (&new.name).into(),
                        new.environment.as_str().into(),
                        new.is_public.into(),
                        new.enabled.into(),
                        (&json(&scopes)?).into(),
                        (&metadata).into(),
                        (&prefix).into(),
                        (&last_four).into(),
                        (&digest).into(),
                        pepper_id.into(),
                        act.at.into(),
                        new.expires_at.map(|at| at.0).into(),
                    ],
                    |_| Ok(()),
                )?;
                if inserted.is_none() {
                    return Ok(None);
                }
                terms.write(db, &id, None, act.at)?;
                let key = view.by_id(db, &id)?.ok_or(Error::NotFound)?;
                let mut details = details!({ "name": key.name, "environment": key.environment, "is_public": key.is_public,
                    "enabled": key.enabled, "scopes": key.scopes, "expires_at": key.expires_at, "last_four": key.last_four });
                if !terms.is_empty() {
                    told(&key)?.into_iter().for_each(|(name, value)| details[name] = value);
                }
                let change = Change { action: "key.created", subject: &id, owner_id: Some(&owner_id), details };
                journal.append(db, &act, &change)?;
                once::keep_secret(db, &act, &id)?;
                publish(db, &index, &id)?;
                Ok(Some(key))
            })
            .await
    }

    /// Revokes for good. Idempotent: the first time and reason stay, and only the first call leaves an event.
    pub async fn revoke(&self, act: Act, reach: Reach, id: KeyId, reason: RevokedReason) -> Result<()> {
        let (view, journal, index) = (self.view(), self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                // A key may always end itself, whatever else it may.
                let key = if act.actor.is_key(id) {
                    view.by_id(db, &id.to_string())?.ok_or(Error::NotFound)?
                } else {
                    reach.may_revoke_others()?;
                    let key = seen(db, view, &reach, id)?;
                    reach.may_revoke(&key)?;
                    key
                };
                act.expects(key.version)?;
                let revoked = db.first(
                    "UPDATE keys SET revoked_at = $2, revoked_reason = $3, version = version + 1 WHERE id = $1 AND revoked_at IS NULL RETURNING id",
                    &[(&key.id).into(), act.at.into(), reason.as_str().into()],
                    |_| Ok(()),
                )?;
                publish(db, &index, &key.id)?;
                if revoked.is_none() {
                    return Ok(());
                }
                let details = details!({ "reason": reason, "before": { "status": key.status }, "after": { "status": Status::Revoked } });
                let change = Change { action: "key.revoked", subject: &key.id, owner_id: Some(&key.owner.id), details };
                journal.append(db, &act, &change)
            })
            .await
    }
}

/// The key, if the caller may know of it.
pub(super) fn seen(db: &Conn, view: super::table::View, reach: &Reach, id: KeyId) -> Result<Key> {
    let key = view.by_id(db, &id.to_string())?.ok_or(Error::NotFound)?;
    let owner = OwnerId::parse(&key.owner.id).ok_or(Error::NotFound)?;
    reach.sees(owner)?;
    Ok(key)
}

pub(super) fn check_expiry(expires_at: Option<Timestamp>, now: UnixMs) -> Result<()> {
    match expires_at {
        Some(at) if at.0 <= now => {
            Err(Error::refused("/expires_at", "is in the past: choose a later time, or null for never"))
        }
        _ => Ok(()),
    }
}
