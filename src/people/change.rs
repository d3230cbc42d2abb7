//! Changing people and teams: what is given changes, the rest stays, and what changes nothing leaves neither event nor version behind.
//! Everything here runs in the jobs of `key::owner`, which tells memory what became of the owner.

use serde_json::{Map, Value, json as details};

use super::external::by_external_id;
use super::member;
use super::rights::{Permission, Power, Standing};
use super::scope::check_grantable;
use super::user::{SETS_ROLES, check_email, email_key};
use super::{
    EXTERNAL_ID_MAX, Metadata, NewTeam, NewUser, OwnerId, OwnerStatus, OwnerType, RateLimit, Role, Team, TeamId, User,
    UserId, check_metadata, check_name, check_text, json, limit, name_out_of, record, team, user,
};
use crate::base::{Error, Result};
use crate::event::{Act, Journal};
use crate::store::Conn;

/// What to change of a person; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct UserChange {
    pub name: Option<String>,
    /// `Some(None)` takes it away. A person keeps this or the e-mail.
    pub external_id: Option<Option<String>>,
    pub email: Option<Option<String>>,
    /// Suspended switches all of their keys off and ends their sessions, panels and invitations.
    pub status: Option<OwnerStatus>,
    pub role: Option<Role>,
    pub scopes_grantable: Option<Vec<String>>,
    pub rate_limits: Option<Vec<RateLimit>>,
    pub metadata: Option<Metadata>,
}

/// What to change of a team; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct TeamChange {
    pub name: Option<String>,
    /// `Some(None)` takes it away.
    pub external_id: Option<Option<String>>,
    pub scopes_grantable: Option<Vec<String>>,
    pub rate_limits: Option<Vec<RateLimit>>,
    pub metadata: Option<Metadata>,
}

/// What an upsert came to.
#[derive(Debug)]
pub enum Put<T> {
    Made(T),
    Changed(T),
}

/// Why a backend is refused an admin's account.
pub(super) const ADMINS_ACCOUNT: &str =
    "this is the account of an admin: only an admin, or a backend with keystead:admin, changes anything about it";

impl UserChange {
    /// Checks what can be told without the store.
    pub(crate) fn checked(mut self) -> Result<Self> {
        if let Some(name) = &self.name {
            check_name("/name", name)?;
        }
        if let Some(Some(id)) = &self.external_id {
            check_text("/external_id", id, EXTERNAL_ID_MAX)?;
        }
        if let Some(Some(email)) = &self.email {
            check_email(email)?;
        }
        if let Some(metadata) = &self.metadata {
            check_metadata(metadata)?;
        }
        self.scopes_grantable = self.scopes_grantable.map(check_grantable).transpose()?;
        self.rate_limits = self.rate_limits.map(|limits| limit::check("/rate_limits", limits)).transpose()?;
        Ok(self)
    }

    /// Changes the person in the caller's job.
    pub(crate) fn apply(&self, db: &Conn, journal: &Journal, act: &Act, power: Power, id: UserId) -> Result<User> {
        let before = user::one(db, &id.to_string())?.ok_or(Error::NotFound)?;
        act.expects(before.version)?;
        if before.role == Role::Admin {
            power.dangerous(ADMINS_ACCOUNT)?;
        }
        if self.role.is_some() {
            power.dangerous(SETS_ROLES).map_err(|error| error.at("/role"))?;
        }
        let after = self.over(&before);
        if after.email.is_none() && after.external_id.is_none() {
            return Err(Error::refused("", "a user needs an email or an external_id: keep one of them"));
        }
        let told = difference(&words_of_user(&before)?, &words_of_user(&after)?, before.metadata != after.metadata);
        if told.is_empty() {
            return Ok(before);
        }
        let shared = Shared {
            kind: "user",
            id: &before.id,
            name: &after.name,
            external_id: after.external_id.as_deref(),
            scopes_grantable: &after.scopes_grantable,
            rate_limits: &after.rate_limits,
            metadata: &after.metadata,
        };
        shared.write(db)?;
        write_user(db, &after)?;
        still_an_admin(db, &before, &after)?;
        if after.status == OwnerStatus::Suspended && before.status != after.status {
            end_access(db, &before.id)?;
        }
        // Whoever made an invitation for a member must not come to hold one for an admin.
        if after.role != before.role {
            db.run("DELETE FROM invitations WHERE user_id = $1", &[(&before.id).into()])?;
            db.run("DELETE FROM portal_sessions WHERE user_id = $1", &[(&before.id).into()])?;
        }
        record(journal, db, act, "user.changed", &before.id, Value::Object(told))?;
        user::one(db, &before.id)?.ok_or(Error::NotFound)
    }

    fn over(&self, before: &User) -> User {
        let mut after = before.clone();
        set(&mut after.name, self.name.as_ref());
        set(&mut after.external_id, self.external_id.as_ref());
        set(&mut after.email, self.email.as_ref());
        set(&mut after.status, self.status.as_ref());
        set(&mut after.role, self.role.as_ref());
        set(&mut after.scopes_grantable, self.scopes_grantable.as_ref());
        set(&mut after.rate_limits, self.rate_limits.as_ref());
        set(&mut after.metadata, self.metadata.as_ref());
        after
    }

    /// Makes or changes the person with this external id, in the caller's job.
    pub(crate) fn put(
        self,
        db: &Conn,
        journal: &Journal,
        act: &Act,
        power: Power,
        external_id: String,
    ) -> Result<Put<User>> {
        if let Some(OwnerId::User(id)) = by_external_id(db, OwnerType::User, &external_id)? {
            return self.apply(db, journal, act, power, id).map(Put::Changed);
        }
        act.expects_nothing()?;
        let new = NewUser {
            external_id: Some(external_id),
            email: self.email.clone().flatten(),
            name: self.name.clone(),
            role: self.role,
            scopes_grantable: self.scopes_grantable.clone().unwrap_or_default(),
            rate_limits: self.rate_limits.clone().unwrap_or_default(),
            metadata: self.metadata.clone().unwrap_or_default(),
        };
        let made = new.checked(power)?.insert(db, journal, act)?;
        if self.status != Some(OwnerStatus::Suspended) {
            return Ok(Put::Made(made));
        }
        let id = UserId::parse(&made.id).ok_or(Error::NotFound)?;
        let suspend = Self { status: self.status, ..Self::default() };
        // The condition of the request was met above.
        let act = Act { if_match: None, ..act.clone() };
        suspend.apply(db, journal, &act, power, id).map(Put::Made)
    }
}

impl TeamChange {
    /// Checks what can be told without the store.
    pub(crate) fn checked(mut self, standing: &Standing) -> Result<Self> {
        if !matches!(standing, Standing::All(_)) {
            let given = [
                ("/external_id", self.external_id.is_some()),
                ("/scopes_grantable", self.scopes_grantable.is_some()),
                ("/rate_limits", self.rate_limits.is_some()),
                ("/metadata", self.metadata.is_some()),
            ];
            if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
                let why = "a member changes the name of a team; an admin or a backend changes the rest";
                return Err(Error::forbidden(why).at(field));
            }
        }
        if let Some(name) = &self.name {
            check_name("/name", name)?;
        }
        if let Some(Some(id)) = &self.external_id {
            check_text("/external_id", id, EXTERNAL_ID_MAX)?;
        }
        if let Some(metadata) = &self.metadata {
            check_metadata(metadata)?;
        }
        self.scopes_grantable = self.scopes_grantable.map(check_grantable).transpose()?;
        self.rate_limits = self.rate_limits.map(|limits| limit::check("/rate_limits", limits)).transpose()?;
        Ok(self)
    }

    /// Changes the team in the caller's job.
    pub(crate) fn apply(
        &self,
        db: &Conn,
        journal: &Journal,
        act: &Act,
        standing: &Standing,
        id: TeamId,
    ) -> Result<Team> {
        member::may(db, standing, id, Permission::UpdateTeam)?;
        let before = team::one(db, &id.to_string())?.ok_or(Error::NotFound)?;
        act.expects(before.version)?;
        let mut after = before.clone();
        set(&mut after.name, self.name.as_ref());
        set(&mut after.external_id, self.external_id.as_ref());
        set(&mut after.scopes_grantable, self.scopes_grantable.as_ref());
        set(&mut after.rate_limits, self.rate_limits.as_ref());
        set(&mut after.metadata, self.metadata.as_ref());
        let told = difference(&words_of_team(&before)?, &words_of_team(&after)?, before.metadata != after.metadata);
        if told.is_empty() {
            return Ok(before);
        }
        let shared = Shared {
            kind: "team",
            id: &before.id,
            name: &after.name,
            external_id: after.external_id.as_deref(),
            scopes_grantable: &after.scopes_grantable,
            rate_limits: &after.rate_limits,
            metadata: &after.metadata,
        };
        shared.write(db)?;
        record(journal, db, act, "team.changed", &before.id, Value::Object(told))?;
        team::one(db, &before.id)?.ok_or(Error::NotFound)
    }

    /// Makes or changes the team with this external id, in the caller's job.
    pub(crate) fn put(
        self,
        db: &Conn,
        journal: &Journal,
        act: &Act,
        power: Power,
        external_id: String,
    ) -> Result<Put<Team>> {
        if let Some(OwnerId::Team(id)) = by_external_id(db, OwnerType::Team, &external_id)? {
            return self.apply(db, journal, act, &Standing::All(power), id).map(Put::Changed);
        }
        act.expects_nothing()?;
        let new = NewTeam {
            name: self.name.unwrap_or_else(|| name_out_of(&external_id)),
            external_id: Some(external_id),
            scopes_grantable: self.scopes_grantable.unwrap_or_default(),
            rate_limits: self.rate_limits.unwrap_or_default(),
            metadata: self.metadata.unwrap_or_default(),
        };
        new.checked()?.insert(db, journal, act).map(Put::Made)
    }
}

fn set<T: Clone>(field: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        field.clone_from(given);
    }
}

/// What users and teams share.
struct Shared<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
    external_id: Option<&'a str>,
    scopes_grantable: &'a [String],
    rate_limits: &'a [RateLimit],
    metadata: &'a Metadata,
}

impl Shared<'_> {
    fn write(&self, db: &Conn) -> Result<()> {
        let changed = db.first(
            "UPDATE owners SET name = $3, external_id = $4, scopes_grantable = $5, rate_limits = $6, metadata = $7, version = version + 1
             WHERE id = $1 AND removed_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM owners other WHERE other.type = $2 AND other.external_id = $4 AND other.id <> $1)
             RETURNING id",
            &[
                self.id.into(),
                self.kind.into(),
                self.name.into(),
                self.external_id.into(),
                (&json(self.scopes_grantable)?).into(),
                (&json(self.rate_limits)?).into(),
                (&json(self.metadata)?).into(),
            ],
            |_| Ok(()),
        )?;
        changed.ok_or_else(|| {
            Error::conflict("/external_id", "this external_id is taken: read the one that has it with ?external_id=")
        })
    }
}

/// What only a user has.
fn write_user(db: &Conn, after: &User) -> Result<()> {
    db.run("UPDATE owners SET status = $2 WHERE id = $1", &[(&after.id).into(), after.status.as_str().into()])?;
    let key = after.email.as_deref().map(email_key);
    let changed = db.first(
        "UPDATE users SET email = $2, email_key = $3, role = $4
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email_key = $3 AND other.id <> $1)
         RETURNING id",
        &[(&after.id).into(), (&after.email).into(), (&key).into(), after.role.as_str().into()],
        |_| Ok(()),
    )?;
    changed.ok_or_else(|| Error::conflict("/email", "a user with this email exists"))
}

/// The last admin who can act stays one. To be called when the change is written, in its job.
fn still_an_admin(db: &Conn, before: &User, after: &User) -> Result<()> {
    let acts = |user: &User| user.role == Role::Admin && user.status == OwnerStatus::Active;
    if acts(before) && !acts(after) {
        let field = if after.role == Role::Member { "/role" } else { "/status" };
        an_admin_is_left(db, field)?;
    }
    Ok(())
}

/// A conflict where nobody is left who could make an admin. To be called in the job that took one away.
pub(super) fn an_admin_is_left(db: &Conn, field: &'static str) -> Result<()> {
    let left = db.first(
        "SELECT u.id FROM users u JOIN owners o ON o.id = u.id
         WHERE u.role = 'admin' AND o.status = 'active' AND o.removed_at IS NULL",
        &[],
        |_| Ok(()),
    )?;
    left.ok_or_else(|| Error::conflict(field, "this is the last active admin: make another user an admin first"))
}

/// Ends everything by which a person could act: sessions, panels, links that set a password.
pub(super) fn end_access(db: &Conn, user: &str) -> Result<()> {
    db.run("DELETE FROM sessions WHERE user_id = $1", &[user.into()])?;
    db.run("DELETE FROM portal_sessions WHERE user_id = $1", &[user.into()])?;
    db.run("DELETE FROM invitations WHERE user_id = $1", &[user.into()])?;
    Ok(())
}

type Words = Map<String, Value>;

fn words_of_user(user: &User) -> Result<Words> {
    words(details!({ "name": user.name, "external_id": user.external_id, "email": user.email, "status": user.status,
        "role": user.role, "scopes_grantable": user.scopes_grantable, "rate_limits": user.rate_limits }))
}

fn words_of_team(team: &Team) -> Result<Words> {
    words(
        details!({ "name": team.name, "external_id": team.external_id, "scopes_grantable": team.scopes_grantable, "rate_limits": team.rate_limits }),
    )
}

fn words(value: Value) -> Result<Words> {
    if let Value::Object(words) = value { Ok(words) } else { Err(Error::internal("words are an object")) }
}

/// `{"field": {"before": …, "after": …}}` for what differs. Metadata is the application's own business: that it changed is told, not what.
fn difference(before: &Words, after: &Words, metadata: bool) -> Words {
    let mut told: Words = before
        .iter()
        .zip(after.values())
        .filter(|((_, before), after)| before != after)
        .map(|((name, before), after)| (name.clone(), details!({ "before": before, "after": after })))
        .collect();
    if metadata {
        told.insert("metadata".into(), "changed".into());
    }
    told
}
