//! Moving a key to another owner: it keeps its id, secret, history and settings, and is from then on seen and managed by the other. Whoever
//! moves it must manage the keys of both, and the key may hold nothing that the new owner could not give it.

use std::sync::Arc;

use serde_json::json as details;

use super::authority::Reach;
use super::fill::publish;
use super::manage::seen;
use super::{Key, KeyId, Keys, role};
use crate::base::{Error, Result};
use crate::event::{Act, Change};
use crate::people::{OwnerId, People};

impl Keys {
    /// Gives the key to this user or team, with its event. Verifications name the new owner with the answer.
    pub async fn transfer(&self, act: Act, reach: Reach, id: KeyId, to: OwnerId) -> Result<Key> {
        let (view, journal, index) = (self.view(), self.journal.clone(), Arc::clone(&self.index));
        let board = Arc::clone(&self.board);
        self.store
            .write(move |db| {
                let before = seen(db, view, &reach, id)?;
                act.expects(before.version)?;
                let from = OwnerId::parse(&before.owner.id).ok_or(Error::NotFound)?;
                if from == OwnerId::Instance || to == OwnerId::Instance {
                    return Err(Error::refused("/owner", "keys of the instance stay there, and no other key goes there"));
                }
                let unknown =
                    || Error::refused("/owner/id", "there is no user or team with this id whose keys you manage");
                reach.sees(to).map_err(|_| unknown())?;
                let grantable = People::grantable(db, to)?.ok_or_else(unknown)?;
                let held = role::held_by(db, &before)?;
                reach.may_change(&held, &People::grantable(db, from)?.unwrap_or_default())?;
                reach.grants(&held, &grantable).map_err(|error| error.at("/owner"))?;
                let policy = board.now();
                policy.makes(&reach, to, before.environment)?;
                policy.lasts(&reach, before.expires_at, act.at)?;
                publish(db, &index, &before.id)?;
                if from == to {
                    return Ok(before);
                }
                let moved = db.first(
                    "UPDATE keys SET owner_id = $2, version = version + 1 WHERE id = $1 AND revoked_at IS NULL RETURNING id",
                    &[(&before.id).into(), (&to.to_string()).into()],
                    |_| Ok(()),
                )?;
                moved.ok_or_else(|| Error::conflict("", "this key is revoked for good: it stays where it is"))?;
                publish(db, &index, &before.id)?;
                let after = view.by_id(db, &before.id)?.ok_or(Error::NotFound)?;
                let details = details!({ "owner": { "before": before.owner.id, "after": after.owner.id } });
                let change =
                    Change { action: "key.transferred", subject: &after.id, owner_id: Some(&after.owner.id), details };
                journal.append(db, &act, &change)?;
                Ok(after)
            })
            .await
            .map(|key| self.with_last_use(key))
    }
}
