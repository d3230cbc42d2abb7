//! Revoking many keys at once: all that match a filter or stand on a list, as far as the caller may end them. In batches, so that the writer
//! is free for others in between; each batch is whole or absent, and the same call again goes on where one was cut off.

use std::sync::Arc;

use serde_json::json as details;

use super::authority::Reach;
use super::fill::publish;
use super::find::Among;
use super::table::View;
use super::{Filter, Key, KeyId, Keys, RevokedReason, Status};
use crate::base::{Error, Result};
use crate::event::{Act, Change};
use crate::people::OwnerId;
use crate::store::Conn;

/// Keys in one write: some 30 ms of the writer's time.
const BATCH: i64 = 500;
/// Ids in one call.
pub const IDS_MAX: usize = 1_000;

/// Which keys to revoke.
#[derive(Debug, Clone)]
pub enum Which {
    /// All that match. The instance's own are among them only where they are asked for as its.
    Matching(Filter),
    These(Vec<KeyId>),
}

impl Which {
    fn check(&self) -> Result<()> {
        let is_bounded = match self {
            Self::These(ids) if ids.len() > IDS_MAX => {
                return Err(Error::refused("/ids", "1,000 at most: send the others in another call"));
            }
            Self::These(ids) => !ids.is_empty(),
            Self::Matching(filter) => {
                filter.owner.is_some()
                    || filter.status.is_some()
                    || filter.environment.is_some()
                    || filter.q.is_some()
                    || filter.expires_before.is_some()
                    || filter.unused_since.is_some()
                    || filter.created_before.is_some()
                    || filter.role.is_some()
            }
        };
        if is_bounded {
            return Ok(());
        }
        Err(Error::refused(
            "",
            "say which keys: owner, role, created_before, status, environment, q, expires_before, unused_since or ids",
        ))
    }

    /// The next batch, newest first, and what comes after it; `None` is the end.
    fn next(&self, db: &Conn, view: View, reach: &Reach) -> Result<(Vec<Key>, Option<Self>)> {
        let full = usize::try_from(BATCH).unwrap_or_default();
        match self {
            Self::Matching(filter) => {
                let among = match Among::of(reach, filter.owner) {
                    Among::All => Among::Customers,
                    among => among,
                };
                let keys = Filter { limit: BATCH, ..filter.clone() }.page(db, view, &among)?;
                let last = keys.last().filter(|_| keys.len() == full).and_then(|key| KeyId::parse(&key.id));
                let rest = last.map(|last| Self::Matching(Filter { before: Some(last), ..filter.clone() }));
                Ok((keys, rest))
            }
            Self::These(ids) => {
                let (now, later) = ids.split_at(ids.len().min(full));
                let mut keys = Vec::new();
                for id in now {
                    let key = view.by_id(db, &id.to_string())?;
                    let sees = |key: &Key| OwnerId::parse(&key.owner.id).is_some_and(|owner| reach.sees(owner).is_ok());
                    keys.extend(key.filter(sees));
                }
                Ok((keys, (!later.is_empty()).then(|| Self::These(later.to_vec()))))
            }
        }
    }
}

/// Does this call end the key? Never the one that makes it: a caller that ended itself could not go on.
fn ends(act: &Act, reach: &Reach, key: &Key) -> bool {
    key.status != Status::Revoked && !act.actor.is_key(&key.id) && reach.may_revoke(key).is_ok()
}

impl Keys {
    /// How many keys [`Keys::revoke_many`] would revoke.
    pub async fn count_to_revoke(&self, act: &Act, reach: &Reach, which: &Which) -> Result<usize> {
        which.check()?;
        let (mut count, mut next) = (0, Some(which.clone()));
        while let Some(which) = next {
            let (view, reach, act) = (self.view(), reach.clone(), act.clone());
            let (batch, rest) = self
                .store
                .read(move |db| {
                    let (keys, rest) = which.next(db, view, &reach)?;
                    Ok((keys.iter().filter(|key| ends(&act, &reach, key)).count(), rest))
                })
                .await?;
            count += batch;
            next = rest;
        }
        Ok(count)
    }

    /// Revokes them for good, with an event for each. Answers how many; those that were revoked before are none of them.
    pub async fn revoke_many(&self, act: Act, reach: Reach, which: Which) -> Result<usize> {
        which.check()?;
        let (mut count, mut next) = (0, Some(which));
        while let Some(which) = next {
            let (batch, rest) = self.revoke_batch(act.clone(), reach.clone(), which).await?;
            count += batch;
            next = rest;
        }
        Ok(count)
    }

    async fn revoke_batch(&self, act: Act, reach: Reach, which: Which) -> Result<(usize, Option<Which>)> {
        let (view, journal, index) = (self.view(), self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let (mut keys, rest) = which.next(db, view, &reach)?;
                keys.retain(|key| ends(&act, &reach, key));
                for key in &keys {
                    db.run(
                        "UPDATE keys SET revoked_at = $2, revoked_reason = $3, version = version + 1
                         WHERE id = $1 AND revoked_at IS NULL",
                        &[(&key.id).into(), act.at.into(), RevokedReason::Manual.as_str().into()],
                    )?;
                    publish(db, &index, &key.id)?;
                }
                let events = keys.iter().map(|key| Change {
                    action: "key.revoked",
                    subject: &key.id,
                    owner_id: Some(&key.owner.id),
                    details: details!({ "reason": RevokedReason::Manual, "bulk": true, "before": { "status": key.status },
                        "after": { "status": Status::Revoked } }),
                });
                journal.append_all(db, &act, events)?;
                Ok((keys.len(), rest))
            })
            .await
    }
}
