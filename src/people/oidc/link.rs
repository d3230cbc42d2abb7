//! Whose account is this (issuer, subject)? The one that is linked to it; a new one where the configuration allows; or that of the person
//! who is signed in and asked to link it. Never the one with the same e-mail address, verified or not. Each is one job.

use serde_json::json as details;

use super::Refusal;
use super::groups::Groups;
use super::identity::{IDENTITIES_MAX, IdentityId};
use super::verify::Person;
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::event::{Act, Actor};
use crate::people::{
    Metadata, NAME_MAX, NewOwner, Opened, OwnerId, OwnerStatus, People, UserId, insert_owner, record, user::check_email,
};
use crate::store::Conn;

/// What a sign-in may do besides.
pub(super) struct Rules {
    pub create_users: bool,
    pub groups: Groups,
}

/// Where a session is opened.
pub(super) struct Browser {
    pub user_agent: Option<String>,
    /// The session that it has already.
    pub former: Option<Digest>,
}

/// What came of it.
#[derive(Debug)]
pub enum Arrived {
    SignedIn {
        opened: Opened,
        /// A person was made, without their e-mail address, because somebody here has it.
        email_taken: bool,
    },
    Linked,
}

/// A user as an identity finds them.
struct Found {
    user: UserId,
    active: bool,
    removed: bool,
}

impl People {
    /// Signs in whoever is linked, and makes a person where that is allowed.
    pub(super) async fn admit(
        &self,
        act: Act,
        person: Person,
        rules: Rules,
        browser: Browser,
    ) -> Result<Result<Arrived, Refusal>> {
        let people = self.clone();
        self.store
            .write(move |db| {
                let mut email_taken = false;
                let (user, act) = match whose(db, &person)? {
                    Some(found) if found.removed || !found.active => return Ok(Err(Refusal::Closed)),
                    Some(found) => (found.user, Act { actor: Actor::person(found.user), ..act }),
                    None if !rules.create_users => return Ok(Err(Refusal::Unknown)),
                    None => {
                        let user = UserId::new(act.at);
                        let act = Act { actor: Actor::person(user), ..act };
                        email_taken = people.make(db, &act, user, &person)?;
                        people.tie(db, &act, user, &person)?;
                        (user, act)
                    }
                };
                if let Some(groups) = &person.groups {
                    rules.groups.apply(db, &people.journal, &act, user, groups)?;
                }
                if let Some(former) = &browser.former {
                    people.end_former(db, &act, former)?;
                }
                let opened = people.open_session(db, &act, user, browser.user_agent.as_deref())?;
                // A provider that remembers somebody has not asked for their password: what needs one still does.
                db.run(
                    "UPDATE sessions SET confirmed_at = $2 WHERE id = $1",
                    &[(&opened.session.id).into(), person.proved_at.unwrap_or(0).into()],
                )?;
                let details = details!({ "session": opened.session.id, "by": "oidc", "issuer": person.issuer });
                record(&people.journal, db, &act, "session.created", &user.to_string(), details)?;
                Ok(Ok(Arrived::SignedIn { opened, email_taken }))
            })
            .await
    }

    /// Links the account to this person, who is signed in and asked for it. Somebody who holds two accounts here moves it from the other.
    pub(super) async fn tie_to(&self, act: Act, person: Person, user: UserId) -> Result<Result<Arrived, Refusal>> {
        let people = self.clone();
        let act = Act { actor: Actor::person(user), ..act };
        self.store
            .write(move |db| {
                match whose(db, &person)? {
                    Some(found) if found.user == user => return Ok(Ok(Arrived::Linked)),
                    Some(found) if !found.active && !found.removed => return Ok(Err(Refusal::Taken)),
                    Some(found) => {
                        let details = details!({ "issuer": person.issuer, "subject": person.subject, "moved_to": user.to_string() });
                        record(&people.journal, db, &act, "identity.unlinked", &found.user.to_string(), details)?;
                    }
                    None => {}
                }
                people.tie(db, &act, user, &person)?;
                Ok(Ok(Arrived::Linked))
            })
            .await
    }

    fn tie(&self, db: &Conn, act: &Act, user: UserId, person: &Person) -> Result<()> {
        let (id, owner) = (IdentityId::new(act.at).to_string(), user.to_string());
        let tied = db.first(
            "INSERT INTO identities (id, issuer, subject, user_id, linked_at)
             SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM identities WHERE user_id = $4) < $6
             ON CONFLICT (issuer, subject) DO UPDATE
             SET id = excluded.id, user_id = excluded.user_id, linked_at = excluded.linked_at
             RETURNING id",
            &[
                (&id).into(),
                (&person.issuer).into(),
                (&person.subject).into(),
                (&owner).into(),
                act.at.into(),
                IDENTITIES_MAX.into(),
            ],
            |_| Ok(()),
        )?;
        tied.ok_or_else(|| Error::conflict("", "twenty accounts are linked already: unlink one first"))?;
        let details = details!({ "identity": id, "issuer": person.issuer, "subject": person.subject });
        record(&self.journal, db, act, "identity.linked", &owner, details)
    }

    /// A new person. True where the e-mail address is somebody else's here, and so is not theirs.
    fn make(&self, db: &Conn, act: &Act, user: UserId, person: &Person) -> Result<bool> {
        let email = person.email.as_deref().filter(|email| check_email(email).is_ok());
        let name =
            [person.name.as_deref(), email].into_iter().flatten().map(readable).find(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| "somebody new".to_owned());
        insert_owner(
            db,
            &NewOwner {
                id: OwnerId::User(user),
                kind: "user",
                external_id: None,
                name: &name,
                scopes_grantable: &[],
                rate_limits: &[],
                metadata: &Metadata::new(),
                at: act.at,
            },
        )?;
        let (id, email_key) = (user.to_string(), email.map(str::to_lowercase));
        let with_email = db.first(
            "INSERT INTO users (id, email, email_key) VALUES ($1, $2, $3) ON CONFLICT (email_key) DO NOTHING RETURNING id",
            &[(&id).into(), email.into(), email_key.as_deref().into()],
            |_| Ok(()),
        )?;
        if with_email.is_none() {
            db.run("INSERT INTO users (id) VALUES ($1)", &[(&id).into()])?;
        }
        let email = email.filter(|_| with_email.is_some());
        let details = details!({ "name": name, "email": email, "by": "oidc" });
        record(&self.journal, db, act, "user.created", &id, details)?;
        Ok(with_email.is_none())
    }
}

fn whose(db: &Conn, person: &Person) -> Result<Option<Found>> {
    db.first(
        "SELECT i.user_id, o.status, o.removed_at FROM identities i JOIN owners o ON o.id = i.user_id
         WHERE i.issuer = $1 AND i.subject = $2",
        &[(&person.issuer).into(), (&person.subject).into()],
        |row| {
            let user = UserId::parse(row.text()?).ok_or_else(|| Error::internal("an identity without a person"))?;
            let active = row.text()? == OwnerStatus::Active.as_str();
            Ok(Found { user, active, removed: row.opt_int()?.is_some() })
        },
    )
}

/// A name as we keep them, out of one that the provider sent.
fn readable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()
}
