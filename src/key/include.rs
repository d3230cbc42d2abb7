//! What a verification answers besides its verdict, where it is asked for: what memory does not keep of a key and of its owner.

use super::facts::Facts;
use super::{Key, KeyId, Keys};
use crate::base::Result;
use crate::people::{Metadata, OwnerId};

/// What to look up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wants {
    pub metadata: bool,
    pub owner_email: bool,
    pub key: bool,
}

/// What was found of it; nothing of a key that was removed meanwhile.
#[derive(Debug, Default)]
pub struct More {
    pub metadata: Option<Metadata>,
    /// Teams and the instance have none.
    pub owner_email: Option<String>,
    pub key: Option<Box<Key>>,
}

impl Keys {
    /// One read of the store.
    pub async fn more(&self, id: KeyId, owner: OwnerId, wants: Wants) -> Result<More> {
        let view = self.view();
        let read = self.store.read(move |db| {
            let wants_row = wants.key || wants.metadata;
            let key = if wants_row { view.by_id(db, &id.to_string())? } else { None };
            let email = match owner {
                OwnerId::User(user) if wants.owner_email => {
                    let sql = "SELECT email FROM users WHERE id = $1";
                    db.first(sql, &[(&user.to_string()).into()], |row| Ok(row.opt_text()?.map(str::to_owned)))?
                        .flatten()
                }
                _ => None,
            };
            Ok((key, email))
        });
        let (key, owner_email) = read.await?;
        Ok(More {
            metadata: key.as_ref().filter(|_| wants.metadata).map(|key| key.metadata.clone()),
            owner_email,
            key: key.filter(|_| wants.key).map(|key| Box::new(self.with_last_use(key))),
        })
    }

    /// All scopes that a key has, its own and those of its roles; sorted, each once.
    pub fn scopes_of(&self, facts: &Facts) -> Vec<String> {
        let mut scopes = facts.class.scopes.to_vec();
        for set in self.roles.sets(&facts.class.roles) {
            scopes.extend_from_slice(&set);
        }
        scopes.sort();
        scopes.dedup();
        scopes
    }
}
