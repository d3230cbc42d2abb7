//! Removing a dead key for good, with its former secrets. What it did stays in the audit events; its secrets are then as unknown as any
//! other text.

use std::sync::Arc;

use serde_json::json as details;

use super::authority::Reach;
use super::manage::seen;
use super::{KeyId, Keys, table};
use crate::base::{Error, Result};
use crate::event::{Act, Change};

impl Keys {
    /// Deletes a key that is revoked or has expired; any other stays (409).
    pub async fn purge(&self, act: Act, reach: Reach, id: KeyId) -> Result<()> {
        reach.may_purge()?;
        let (view, journal, index) = (self.view(), self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let key = seen(db, view, &reach, id)?;
                act.expects(key.version)?;
                reach.may_revoke(&key)?;
                let digests: Vec<_> = table::facts_of_key(db, &key.id)?.into_iter().map(|facts| facts.digest).collect();
                db.run("DELETE FROM superseded_secrets WHERE key_id = $1", &[(&key.id).into()])?;
                let deleted = db.first(
                    "DELETE FROM keys WHERE id = $1 AND (revoked_at IS NOT NULL OR expires_at < $2) RETURNING id",
                    &[(&key.id).into(), act.at.into()],
                    |_| Ok(()),
                )?;
                deleted.ok_or_else(|| {
                    Error::conflict("", "only a key that can no longer be used is removed: revoke it first")
                })?;
                db.after_commit(move || digests.iter().for_each(|digest| index.remove(digest)));
                let details = details!({ "name": key.name, "environment": key.environment, "is_public": key.is_public,
                    "last_four": key.last_four, "status": key.status, "revoked_reason": key.revoked_reason,
                    "created_at": key.created_at, "expires_at": key.expires_at });
                let change = Change { action: "key.purged", subject: &key.id, owner_id: Some(&key.owner.id), details };
                journal.append(db, &act, &change)
            })
            .await
    }
}
