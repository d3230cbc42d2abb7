//! People: create, read, list. `change` and `removal` are the rest of their life.

use serde_json::json as details;
use unicode_normalization::UnicodeNormalization;

use super::scope::check_grantable;
use super::{
    EXTERNAL_ID_MAX, Metadata, NewOwner, OwnerFilter, OwnerId, OwnerStatus, People, Power, RateLimit, Role, User,
    UserId, check_metadata, check_name, check_text, insert_owner, limit, list, name_out_of, object, opt, record,
    status,
};
use crate::base::{Error, Result, Timestamp};
use crate::event::{Act, Journal, once};
use crate::store::{Conn, Row};

#[derive(Debug, Default)]
pub struct NewUser {
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    /// A member, unless an admin says otherwise.
    pub role: Option<Role>,
    pub scopes_grantable: Vec<String>,
    /// Limits that all of their keys share.
    pub rate_limits: Vec<RateLimit>,
    pub metadata: Metadata,
}

/// Why a backend is refused that sets one.
pub(super) const SETS_ROLES: &str = "only an admin, or a backend with keystead:admin, sets the role of a user";

/// RFC 5321 section 4.5.3.1.3: a path is at most 256 characters, two of them angle brackets.
const EMAIL_MAX: usize = 254;

impl NewUser {
    /// Checks what can be told without the store, and gives them a name. A person needs an e-mail or an external id, so that they can be
    /// told from others; the name falls back to either.
    pub(super) fn checked(mut self, power: Power) -> Result<Self> {
        if self.email.is_none() && self.external_id.is_none() {
            return Err(Error::refused("/external_id", "a user needs an email or an external_id"));
        }
        if let Some(id) = &self.external_id {
            check_text("/external_id", id, EXTERNAL_ID_MAX)?;
        }
        if let Some(email) = &self.email {
            check_email(email)?;
        }
        // Behind those two, which it may be: what is wrong is told of the field that was sent.
        let other = self.email.as_deref().or(self.external_id.as_deref()).map(name_out_of);
        let name = self.name.take().or(other).unwrap_or_default();
        check_name("/name", &name)?;
        check_metadata(&self.metadata)?;
        if self.role.is_some() {
            power.dangerous(SETS_ROLES).map_err(|error| error.at("/role"))?;
        }
        let scopes_grantable = check_grantable(std::mem::take(&mut self.scopes_grantable))?;
        let rate_limits = limit::check("/rate_limits", std::mem::take(&mut self.rate_limits))?;
        Ok(Self { name: Some(name), scopes_grantable, rate_limits, ..self })
    }

    /// Writes a checked one, in the caller's job.
    pub(super) fn insert(&self, db: &Conn, journal: &Journal, act: &Act) -> Result<User> {
        let (id, name) = (UserId::new(act.at), self.name.as_deref().unwrap_or_default());
        insert_owner(
            db,
            &NewOwner {
                id: OwnerId::User(id),
                kind: "user",
                external_id: self.external_id.as_deref(),
                name,
                scopes_grantable: &self.scopes_grantable,
                rate_limits: &self.rate_limits,
                metadata: &self.metadata,
                at: act.at,
            },
        )?;
        let (id, role) = (id.to_string(), self.role.unwrap_or(Role::Member));
        db.first(
            "INSERT INTO users (id, email, email_key, role) VALUES ($1, $2, $3, $4)
             ON CONFLICT (email_key) DO NOTHING RETURNING id",
            &[(&id).into(), (&self.email).into(), (&self.email.as_deref().map(email_key)).into(), role.as_str().into()],
            |_| Ok(()),
        )?
        .ok_or_else(|| Error::conflict("/email", "a user with this email exists"))?;
        let details = details!({ "name": name, "external_id": self.external_id, "email": self.email,
            "role": role, "scopes_grantable": self.scopes_grantable, "rate_limits": self.rate_limits });
        record(journal, db, act, "user.created", &id, details)?;
        one(db, &id)?.ok_or(Error::NotFound)
    }
}

impl People {
    /// Creates a person.
    pub async fn create_user(&self, act: Act, power: Power, new: NewUser) -> Result<User> {
        let (new, journal) = (new.checked(power)?, self.journal.clone());
        self.store
            .write(move |db| {
                if let Some(earlier) = once::earlier(db, &act)? {
                    return Ok(earlier);
                }
                let user = new.insert(db, &journal, &act)?;
                once::keep(db, &act, &user.id, Some(&user))?;
                Ok(user)
            })
            .await
    }

    pub async fn user(&self, id: UserId) -> Result<User> {
        self.store.read(move |db| one(db, &id.to_string())?.ok_or(Error::NotFound)).await
    }

    /// Newest first.
    pub async fn users(&self, filter: OwnerFilter) -> Result<Vec<User>> {
        let (email_key, like) = (filter.email.as_deref().map(email_key), filter.like()?);
        self.store
            .read(move |db| {
                db.all(
                    "SELECT o.id, o.external_id, u.email, o.name, u.role, o.status, o.scopes_grantable, o.rate_limits, o.metadata, o.created_at, u.last_seen_at,
                            o.version
                     FROM owners o JOIN users u ON u.id = o.id
                     WHERE o.removed_at IS NULL AND (CAST($1 AS TEXT) IS NULL OR o.id < $1)
                       AND (CAST($2 AS TEXT) IS NULL OR o.external_id = $2)
                       AND (CAST($3 AS TEXT) IS NULL OR u.email_key = $3)
                       AND (CAST($5 AS TEXT) IS NULL OR lower(o.name) LIKE lower($5) ESCAPE '!' OR lower(u.email) LIKE lower($5) ESCAPE '!'
                            OR lower(o.external_id) LIKE lower($5) ESCAPE '!' OR o.id = $6)
                       AND (CAST($7 AS TEXT) IS NULL OR o.status = $7)
                       AND (CAST($8 AS TEXT) IS NULL OR u.role = $8)
                     ORDER BY o.id DESC LIMIT $4",
                    &[
                        (&filter.before).into(),
                        (&filter.external_id).into(),
                        (&email_key).into(),
                        filter.limit.into(),
                        (&like).into(),
                        (&filter.q).into(),
                        filter.status.map(OwnerStatus::as_str).into(),
                        filter.role.map(Role::as_str).into(),
                    ],
                    read,
                )
            })
            .await
    }
}

pub(super) fn one(db: &Conn, id: &str) -> Result<Option<User>> {
    db.first(
        "SELECT o.id, o.external_id, u.email, o.name, u.role, o.status, o.scopes_grantable, o.rate_limits, o.metadata, o.created_at, u.last_seen_at,
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
        rate_limits: limit::read(row.text()?)?,
        metadata: object(row.text()?)?,
        created_at: Timestamp(row.int()?),
        last_seen_at: row.opt_int()?.map(Timestamp),
        version: row.int()?,
    })
}

/// Enough of RFC 5321 to catch a slip: one `@` with something on both sides, no spaces or control characters. The mail proves the rest.
pub(super) fn check_email(email: &str) -> Result<()> {
    let parts = email.rsplit_once('@');
    let fine = email.len() <= EMAIL_MAX
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !local.contains('@'))
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fine { Ok(()) } else { Err(Error::refused("/email", "must be an e-mail address, as in maya@example.com")) }
}

/// What an account is looked up and counted by: e-mails that differ only in case, in the width of letters or in spaces around them are the
/// same. Unicode's compatibility form (UAX #15 NFKC), in lower case.
pub(super) fn email_key(email: &str) -> String {
    let folded: String = email.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect();
    folded.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_has_one_name_however_it_is_typed() {
        for same in [
            "maya@example.com",
            "Maya@Example.COM",
            " maya@example.com\t",
            "ｍａｙａ＠example.com",
            "ＭＡＹＡ@example.com ",
        ] {
            assert_eq!(email_key(same), "maya@example.com", "{same}");
        }
        assert_ne!(email_key("maya@example.com"), email_key("mаya@example.com"), "a Cyrillic letter is another letter");
    }
}
