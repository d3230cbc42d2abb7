//! Changing a key's settings. The secret stays.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::authority::Reach;
use super::fill::publish;
use super::manage::{check_expiry, seen};
use super::policy::Policy;
use super::table::View;
use super::terms::{Terms, told};
use super::{Key, KeyId, Keys, role};
use crate::base::clock::UnixMs;
use crate::base::{Error, Result, Timestamp};
use crate::event::{Act, Change};
use crate::people::{Metadata, OwnerId, People, check_metadata, check_name, json, scope};
use crate::store::Conn;

/// What to change; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct Settings {
    pub name: Option<String>,
    /// `Some(None)` is never.
    pub expires_at: Option<Option<Timestamp>>,
    pub enabled: Option<bool>,
    pub scopes: Option<Vec<String>>,
    pub metadata: Option<Metadata>,
    pub terms: Terms,
}

impl Settings {
    /// Only words for people: what may be changed on a revoked key, too.
    fn only_words(&self) -> bool {
        self.expires_at.is_none() && self.enabled.is_none() && self.scopes.is_none() && self.terms.is_empty()
    }

    /// Would anything of this key be another? What changes nothing keeps the version, and so everybody's ETag.
    fn differs(&self, key: &Key) -> bool {
        self.name.as_ref().is_some_and(|name| *name != key.name)
            || self.expires_at.is_some_and(|expires_at| expires_at != key.expires_at)
            || self.enabled.is_some_and(|enabled| enabled != key.enabled)
            || self.scopes.as_ref().is_some_and(|scopes| *scopes != key.scopes)
            || self.metadata.as_ref().is_some_and(|metadata| *metadata != key.metadata)
            || self.terms.differs(key)
    }

    /// Checks what can be told without the store.
    pub(super) fn checked(mut self, reach: &Reach, now: UnixMs) -> Result<Self> {
        if let Some(name) = &self.name {
            check_name("/description", name)?;
        }
        if let Some(scopes) = self.scopes.take() {
            self.scopes = Some(scope::check("/scopes", scopes)?);
        }
        if let Some(metadata) = &self.metadata {
            reach.may_set("/metadata")?;
            check_metadata(metadata)?;
        }
        if let Some(expires_at) = self.expires_at {
            check_expiry(expires_at, now)?;
        }
        self.terms = std::mem::take(&mut self.terms).checked(reach)?;
        Ok(self)
    }

    /// Changes the key as far as the caller reaches and the operator's switches allow, in the caller's transaction.
    pub(super) fn apply(
        &self,
        db: &Conn,
        view: View,
        (act, reach): (&Act, &Reach),
        policy: &Policy,
        before: &Key,
    ) -> Result<()> {
        let now = view.now;
        let owner = OwnerId::parse(&before.owner.id).ok_or(Error::NotFound)?;
        let grantable = People::grantable(db, owner)?.unwrap_or_default();
        reach.may_change(&role::held_by(db, before)?, &grantable)?;
        let scopes_after = self.scopes.as_ref().unwrap_or(&before.scopes);
        self.terms.granted(db, view, act, reach, (Some(before), scopes_after))?;
        if let Some(scopes) = &self.scopes {
            if before.is_public && scopes.iter().any(|scope| scope::is_reserved(scope)) {
                return Err(Error::refused("/scopes", "keystead: and own: scopes work only in secret keys"));
            }
            reach.grants(scopes, &grantable)?;
        }
        // Whatever makes the key more than it was must end with the caller: a later expiry, switching it on, a scope more, a place more.
        let expires_at = self.expires_at.unwrap_or(before.expires_at);
        let widens = self.scopes.iter().flatten().any(|scope| !scope::any_covers(&before.scopes, scope));
        if self.expires_at.is_some() || self.enabled == Some(true) || widens || self.terms.loosens(before) {
            reach.may_expire_at(expires_at.map(|at| at.0))?;
        }
        let later = before.expires_at.is_some_and(|old| expires_at.is_none_or(|new| new > old));
        let on = self.enabled == Some(true) && !before.enabled;
        if later || on || widens {
            policy.makes(reach, owner, before.environment)?;
        }
        if expires_at != before.expires_at || on || widens {
            policy.lasts(reach, expires_at, now)?;
        }
        let (scopes, metadata) =
            (self.scopes.as_ref().map(json).transpose()?, self.metadata.as_ref().map(json).transpose()?);
        let changed = db.first(
            "UPDATE keys SET name = COALESCE($2, name), expires_at = CASE WHEN $3 = 1 THEN $4 ELSE expires_at END,
                             enabled = COALESCE($5, enabled), scopes = COALESCE($6, scopes),
                             metadata = COALESCE($7, metadata), version = version + $9
             WHERE id = $1 AND (revoked_at IS NULL OR $8 = 1) RETURNING id",
            &[
                (&before.id).into(),
                (&self.name).into(),
                self.expires_at.is_some().into(),
                expires_at.map(|at| at.0).into(),
                self.enabled.into(),
                (&scopes).into(),
                (&metadata).into(),
                self.only_words().into(),
                self.differs(before).into(),
            ],
            |_| Ok(()),
        )?;
        changed.ok_or_else(|| Error::conflict("", "this key is revoked for good: create a new one"))?;
        self.terms.write(db, &before.id, Some(before), now)
    }
}

impl Keys {
    /// Changes what is given, in one transaction with its event. A revoked key takes a new name or metadata, and nothing else.
    pub async fn change(&self, act: Act, reach: Reach, id: KeyId, settings: Settings) -> Result<Key> {
        let settings = settings.checked(&reach, act.at)?;
        let (view, journal, index) = (self.view(), self.journal.clone(), Arc::clone(&self.index));
        let board = Arc::clone(&self.board);
        self.store
            .write(move |db| {
                let before = seen(db, view, &reach, id)?;
                act.expects(before.version)?;
                settings.apply(db, view, (&act, &reach), &board.now(), &before)?;
                publish(db, &index, &before.id)?;
                let after = view.by_id(db, &before.id)?.ok_or(Error::NotFound)?;
                let details = difference(&before, &after)?;
                if details.is_empty() {
                    return Ok(after);
                }
                let change = Change {
                    action: "key.changed",
                    subject: &after.id,
                    owner_id: Some(&after.owner.id),
                    details: Value::Object(details),
                };
                journal.append(db, &act, &change)?;
                Ok(after)
            })
            .await
            .map(|key| self.with_last_use(key))
    }
}

/// `{"field": {"before": …, "after": …}}` for what differs. Metadata is the application's own business: that it changed is told, not what.
pub(super) fn difference(before: &Key, after: &Key) -> Result<Map<String, Value>> {
    let fields = |key: &Key| -> Result<_> {
        let own = [
            ("name", key.name.clone().into()),
            ("expires_at", serde_json::to_value(key.expires_at).map_err(Error::internal)?),
            ("enabled", key.enabled.into()),
            ("scopes", key.scopes.clone().into()),
        ];
        Ok(own.into_iter().chain(told(key)?))
    };
    let mut difference: Map<String, Value> = fields(before)?
        .zip(fields(after)?)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| (name.to_owned(), serde_json::json!({ "before": before, "after": after })))
        .collect();
    if before.metadata != after.metadata {
        difference.insert("metadata".into(), "changed".into());
    }
    Ok(difference)
}
