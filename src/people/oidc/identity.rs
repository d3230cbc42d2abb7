//! The accounts at the provider that a person has linked: list them, unlink one.

use serde::Serialize;
use serde_json::json as details;

use super::only_way;
use crate::base::id::Kind;
use crate::base::{Error, Id, Result, Timestamp};
use crate::event::Act;
use crate::people::{People, UserId, record};

#[derive(Debug)]
pub struct IdentityKind;

impl Kind for IdentityKind {
    const PREFIX: &'static str = "idn";
}

pub type IdentityId = Id<IdentityKind>;

/// Accounts that one person links.
pub(super) const IDENTITIES_MAX: i64 = 20;

/// An account at a provider that signs this person in.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Identity {
    pub id: String,
    pub issuer: String,
    /// What the provider calls the person.
    pub subject: String,
    pub linked_at: Timestamp,
}

impl People {
    /// Newest first; at most [`IDENTITIES_MAX`].
    pub async fn identities(&self, user: UserId) -> Result<Vec<Identity>> {
        self.store
            .read(move |db| {
                db.all(
                    "SELECT id, issuer, subject, linked_at FROM identities WHERE user_id = $1 ORDER BY id DESC LIMIT $2",
                    &[(&user.to_string()).into(), IDENTITIES_MAX.into()],
                    |row| {
                        Ok(Identity {
                            id: row.text()?.to_owned(),
                            issuer: row.text()?.to_owned(),
                            subject: row.text()?.to_owned(),
                            linked_at: Timestamp(row.int()?),
                        })
                    },
                )
            })
            .await
    }

    /// Unlinks an account, unless it is the person's only way in.
    pub async fn unlink(&self, act: Act, user: UserId, identity: IdentityId) -> Result<()> {
        let (journal, by_password) = (self.journal.clone(), i64::from(self.password_is_a_way_in()));
        self.store
            .write(move |db| {
                let (user, identity) = (user.to_string(), identity.to_string());
                let removed = db.first(
                    "DELETE FROM identities WHERE id = $1 AND user_id = $2
                       AND (EXISTS (SELECT 1 FROM users WHERE id = $2 AND password IS NOT NULL AND $3 = 1)
                            OR EXISTS (SELECT 1 FROM identities other WHERE other.user_id = $2 AND other.id <> $1))
                     RETURNING issuer, subject",
                    &[(&identity).into(), (&user).into(), by_password.into()],
                    |row| Ok(details!({ "identity": identity, "issuer": row.text()?, "subject": row.text()? })),
                )?;
                if let Some(details) = removed {
                    return record(&journal, db, &act, "identity.unlinked", &user, details);
                }
                let there = db.first(
                    "SELECT 1 FROM identities WHERE id = $1 AND user_id = $2",
                    &[(&identity).into(), (&user).into()],
                    |_| Ok(()),
                )?;
                Err(there.map_or(Error::NotFound, |()| only_way()))
            })
            .await
    }
}
