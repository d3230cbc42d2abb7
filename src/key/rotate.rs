//! Rotation in place: the key keeps its id, owner, history and settings, and gets a new secret. The former one may live on for a while.

use std::sync::Arc;

use serde_json::{Value, json as details};

use super::authority::Reach;
use super::change::difference;
use super::fill::publish;
use super::manage::seen;
use super::{Issued, KeyId, Keys, Settings, Status, token};
use crate::base::clock::DAY_MS;
use crate::base::{Error, Result};
use crate::event::{Act, Change, once};
use crate::people::OwnerId;

/// Seconds that a former secret may live on at most: 30 days.
pub const GRACE_MAX_S: i64 = 30 * DAY_MS / 1000;

/// How to rotate.
#[derive(Debug, Default)]
pub struct Rotation {
    /// Seconds for which the former secret stays valid: 0 to [`GRACE_MAX_S`], and never past the key's own expiry.
    pub grace_s: i64,
    /// End a former secret that is still in its grace. Without it a second rotation is refused, so that a call made twice by
    /// mistake cannot kill the secret that production uses.
    pub end_previous: bool,
    /// Changed in the same transaction.
    pub settings: Settings,
}

impl Keys {
    /// Gives the key a new secret, and shows it for the only time.
    pub async fn rotate(&self, act: Act, reach: Reach, id: KeyId, rotation: Rotation) -> Result<Issued> {
        if !(0..=GRACE_MAX_S).contains(&rotation.grace_s) {
            return Err(Error::refused("/grace_s", "must be from 0 to 2592000 seconds, which is 30 days"));
        }
        let settings = rotation.settings.checked(&reach, act.at)?;
        let current = self.key(reach.clone(), id).await?;
        let secret = token::mint(self.settings.prefixes.for_new(current.environment, current.is_public));
        let token =
            self.reader.parse(secret.expose()).ok_or_else(|| Error::internal("a minted key is not well formed"))?;
        let digest = self.pepper.digest(&token.sha256());
        let (prefix, last_four) = (token.kind().prefix.clone(), token.last_four().to_owned());
        let (view, journal, pepper_id) = (self.view(), self.journal.clone(), self.pepper.id);
        let (index, board) = (Arc::clone(&self.index), Arc::clone(&self.board));
        let key = self.store.write(move |db| {
            once::refuse_repeat(db, &act)?;
            let before = seen(db, view, &reach, id)?;
            act.expects(before.version)?;
            let policy = board.now();
            settings.apply(db, view, (&act, &reach), &policy, &before)?;
            let changed = view.by_id(db, &before.id)?.ok_or(Error::NotFound)?;
            match changed.status {
                Status::Revoked => return Err(Error::conflict("", "this key is revoked for good: create a new one")),
                Status::Expired => {
                    return Err(Error::conflict("/expires_at", "this key has expired: give it a new expires_at in the same call"));
                }
                Status::Active | Status::Disabled => {}
            }
            // A new secret is a new life: it may not be longer than that of the key through which it is made.
            reach.may_expire_at(changed.expires_at.map(|at| at.0))?;
            let owner = OwnerId::parse(&changed.owner.id).ok_or(Error::NotFound)?;
            policy.makes(&reach, owner, changed.environment)?;
            policy.lasts(&reach, changed.expires_at, act.at)?;
            let ended = db.run(
                "UPDATE superseded_secrets SET ends_at = $2 WHERE key_id = $1 AND ends_at > $2",
                &[(&changed.id).into(), act.at.into()],
            )?;
            if ended > 0 && !rotation.end_previous {
                return Err(Error::conflict(
                    "/end_previous",
                    "a former secret of this key is still in its grace: wait for its end, or end it with end_previous: true",
                ));
            }
            // The secrets of a key have a moment each, so that the one before the current is known by it.
            let made_at = act.at.max(changed.secret_created_at.0 + 1);
            let grace_end = act.at + rotation.grace_s * 1000;
            let valid_until = changed.expires_at.map_or(grace_end, |at| at.0.min(grace_end));
            db.run(
                "INSERT INTO superseded_secrets (digest, pepper_id, key_id, last_four, superseded_at, ends_at, last_used_at, origin)
                 SELECT digest, pepper_id, id, last_four, $2, $3, last_used_at, origin FROM keys WHERE id = $1",
                &[(&changed.id).into(), made_at.into(), valid_until.into()],
            )?;
            db.run(
                "UPDATE keys SET digest = $2, pepper_id = $3, prefix = $4, last_four = $5, secret_created_at = $6, last_used_at = NULL,
                                 origin = NULL, version = version + 1
                 WHERE id = $1 AND revoked_at IS NULL",
                &[(&changed.id).into(), (&digest).into(), pepper_id.into(), (&prefix).into(), (&last_four).into(), made_at.into()],
            )?;
            publish(db, &index, &changed.id)?;
            let after = view.by_id(db, &changed.id)?.ok_or(Error::NotFound)?;
            let mut told = difference(&before, &after)?;
            told.insert("last_four".into(), details!({ "before": before.last_four, "after": after.last_four }));
            if let Some(origin) = &before.origin {
                told.insert("origin".into(), details!({ "before": origin, "after": null }));
            }
            told.insert("grace_s".into(), rotation.grace_s.into());
            let change = Change {
                action: "key.rotated",
                subject: &after.id,
                owner_id: Some(&after.owner.id),
                details: Value::Object(told),
            };
            journal.append(db, &act, &change)?;
            once::keep_secret(db, &act, &after.id)?;
            Ok(after)
        });
        Ok(Issued { key: key.await?, secret })
    }
}
