//! People: create, read, list.

use serde_json::json as details;

use super::scope::check_grantable;
use super::{
    EXTERNAL_ID_MAX, Metadata, NewOwner, OwnerFilter, OwnerId, People, Role, User, UserId, check_metadata, check_name,
    check_text, insert_owner, list, object, opt, record, status,
};
use crate::base::{Error, Result, Timestamp};
use crate::event::{Act, once};
use crate::store::{Conn, Row};

#[derive(Debug, Default)]
pub struct NewUser {
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub scopes_grantable: Vec<String>,
    pub metadata: Metadata,
}

/// RFC 5321 section 4.5.3.1.3: a path is at most 256 characters, two of them angle brackets.
const EMAIL_MAX: usize = 254;

impl People {
    /// Creates a person. Needs an e-mail or an external id, so that they can be told from others; the name falls back to either.
    pub async fn create_user(&self, act: Act, new: NewUser) -> Result<User> {
        let name = new.name.as_ref().or(new.email.as_ref()).or(new.external_id.as_ref()).cloned();
        let Some(name) = name.filter(|_| new.email.is_some() || new.external_id.is_some()) else {
            return Err(Error::refused("/external_id", "a user needs an email or an external_id"));
        };
        if let Some(id) = &new.external_id {
            check_text("/external_id", id, EXTERNAL_ID_MAX)?;
        }
        if let Some(email) = &new.email {
            check_email(email)?;
        }
        // Last, because the name may be one of the two above: what is wrong is told of the field that was sent.
        check_name("/name", &name)?;
        check_metadata(&new.metadata)?;
        let scopes_grantable = check_grantable(new.scopes_grantable)?;
        let (id, journal) = (UserId::new(act.at), self.journal.clone());
        self.store
            .write(move |db| {
                if let Some(earlier) = once::earlier(db, &act)? {
                    return Ok(earlier);
                }
                insert_owner(
                    db,
                    &NewOwner {
                        id: OwnerId::User(id),
                        kind: "user",
                        external_id: new.external_id.as_deref(),
                        name: &name,
                        scopes_grantable: &scopes_grantable,
                        metadata: &new.metadata,
                        at: act.at,
                    },
                )?;
                let (id, email_key) = (id.to_string(), new.email.as_ref().map(|email| email.to_lowercase()));
                db.first(
                    "INSERT INTO users (id, email, email_key) VALUES ($1, $2, $3)
                     ON CONFLICT (email_key) DO NOTHING RETURNING id",
                    &[(&id).into(), (&new.email).into(), (&email_key).into()],
                    |_| Ok(()),
                )?
                .ok_or_else(|| Error::conflict("/email", "a user with this email exists"))?;
                let details = details!({ "name": name, "external_id": new.external_id, "email": new.email,
                    "scopes_grantable": scopes_grantable });
                record(&journal, db, &act, "user.created", &id, details)?;
                let user = one(db, &id)?.ok_or(Error::NotFound)?;
                once::keep(db, &act, &id, Some(&user))?;
                Ok(user)
            })
            .await
    }

    pub async fn user(&self, id: UserId) -> Result<User> {
        self.store.read(move |db| one(db, &id.to_string())?.ok_or(Error::NotFound)).await
    }

    /// Newest first.
    pub async fn users(&self, filter: OwnerFilter) -> Result<Vec<User>> {
        let email_key = filter.email.map(|email| email.to_lowercase());
        self.store
            .read(move |db| {
                db.all(
                    "SELECT o.id, o.external_id, u.email, o.name, u.role, o.status, o.scopes_grantable, o.metadata, o.created_at, u.last_seen_at,
                            o.version
                     FROM owners o JOIN users u ON u.id = o.id
                     WHERE o.removed_at IS NULL AND (CAST($1 AS TEXT) IS NULL OR o.id < $1)
                       AND (CAST($2 AS TEXT) IS NULL OR o.external_id = $2)
                       AND (CAST($3 AS TEXT) IS NULL OR u.email_key = $3)
                     ORDER BY o.id DESC LIMIT $4",
                    &[
                        (&filter.before).into(),
                        (&filter.external_id).into(),
                        (&email_key).into(),
                        filter.limit.into(),
                    ],
                    read,
                )
            })
            .await
    }
}

fn one(db: &Conn, id: &str) -> Result<Option<User>> {
    db.first(
        "SELECT o.id, o.external_id, u.email, o.name, u.role, o.status, o.scopes_grantable, o.metadata, o.created_at, u.last_seen_at,
                            o.version
         FROM owners o JOIN users u ON u.id = o.id WHERE o.id = $1 AND o.removed_at IS NULL",
        &[id.into()],
        read,
    )
}

fn read(row: &Row<'_, '_>) -> Result<User> {
    Ok(User {
        id: row.text()?.to_owned(),
        external_id: opt(row.opt_text()?),
        email: opt(row.opt_text()?),
        name: row.text()?.to_owned(),
        role: Role::parse(row.text()?)?,
        status: status(row)?,
        scopes_grantable: list(row.text()?)?,
        metadata: object(row.text()?)?,
        created_at: Timestamp(row.int()?),
        last_seen_at: row.opt_int()?.map(Timestamp),
        version: row.int()?,
    })
}

/// Enough of RFC 5321 to catch a slip: one `@` with something on both sides, no spaces or control characters. The mail proves the rest.
fn check_email(email: &str) -> Result<()> {
    let parts = email.rsplit_once('@');
    let fine = email.len() <= EMAIL_MAX
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !local.contains('@'))
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fine { Ok(()) } else { Err(Error::refused("/email", "must be an e-mail address, as in maya@example.com")) }
}
