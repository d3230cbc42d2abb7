//! One-time links by which somebody sets a password: an invited person their first one, somebody who has lost theirs a new one. They work
//! without mail: whoever makes one is shown it. What is kept is an HMAC of 256 random bits, as of a session; a new link ends the one before.

use serde_json::json as details;

use super::second_factor::was_needed;
use super::session::random_token;
use super::throttle::remember_network;
use super::{Entered, OwnerStatus, People, Power, Role, UserId, check_name, record, user};
use crate::base::clock::{DAY_MS, SECOND_MS, UnixMs};
use crate::base::crypto::Digest;
use crate::base::{Error, Result, Secret, Timestamp};
use crate::event::{Act, Actor, once};
use crate::store::Conn;

/// How long a link works where nobody says otherwise, and at most.
pub const LIFE_DEFAULT_S: i64 = 7 * DAY_MS / SECOND_MS;
pub const LIFE_MAX_S: i64 = 30 * DAY_MS / SECOND_MS;
/// Time to open a mail.
pub const LIFE_MIN_S: i64 = 60;

/// Tokens of links begin so.
const PREFIX: &str = "inv_";

/// A link at the one moment when its token is known.
#[derive(Debug)]
pub struct Invitation {
    pub token: Secret,
    pub expires_at: Timestamp,
}

/// What somebody who has a link sends.
#[derive(Debug)]
pub struct Acceptance {
    pub token: Secret,
    pub password: Secret,
    /// A new name for themselves.
    pub name: Option<String>,
    /// Of the second factor, from those who have one: a link does not stand in for it.
    pub code: Option<Secret>,
    pub user_agent: Option<String>,
    /// A session in the same browser: the new one takes its place.
    pub former: Option<Digest>,
}

/// An acceptance whose link is good and whose password is one: what is left is the job that does it.
#[derive(Debug)]
pub struct Accepting {
    pub user: UserId,
    digest: Digest,
    hash: String,
    code_taken: bool,
    name: Option<String>,
    user_agent: Option<String>,
    former: Option<Digest>,
}

impl Invitation {
    /// The link, made from the server's own address and from nothing that a request said. The token stands behind `#`, which browsers keep
    /// to themselves.
    pub fn url(&self, public_url: &str) -> Secret {
        Secret::new(format!("{}/invitation#token={}", public_url.trim_end_matches('/'), self.token.expose()))
    }
}

impl People {
    /// Makes a link for a person, and ends the one before. Whoever has no password yet is `invited` from then on, and active when they
    /// have accepted; of anybody else nothing changes until then.
    pub async fn invite(&self, act: Act, power: Power, id: UserId, life_s: Option<i64>) -> Result<Invitation> {
        let life_s = life_s.unwrap_or(LIFE_DEFAULT_S);
        if !(LIFE_MIN_S..=LIFE_MAX_S).contains(&life_s) {
            return Err(Error::refused("/expires_in_s", "must be from 60 to 2592000 (30 days)"));
        }
        let (token, expires_at) = (random_token(PREFIX), act.at + life_s * SECOND_MS);
        let (digest, people) = (self.token_digest(token.expose()), self.clone());
        self.store
            .write(move |db| {
                once::refuse_repeat(db, &act)?;
                let person = user::one(db, &id.to_string())?.ok_or(Error::NotFound)?;
                if person.role == Role::Admin {
                    power.dangerous("only an admin, or a backend with keystead:admin, lets somebody set an admin's password")?;
                }
                if person.status == OwnerStatus::Suspended {
                    return Err(Error::conflict("", "this user is suspended: activate them first"));
                }
                if person.email.is_none() {
                    return Err(Error::conflict("", "people sign in with their e-mail: give this user one first"));
                }
                db.run("DELETE FROM invitations WHERE user_id = $1", &[(&person.id).into()])?;
                db.run(
                    "INSERT INTO invitations (digest, user_id, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
                    &[
                        (&digest).into(),
                        (&person.id).into(),
                        act.actor.as_str().into(),
                        act.at.into(),
                        expires_at.into(),
                    ],
                )?;
                let awaited = db.run(
                    "UPDATE owners SET status = 'invited', version = version + 1 WHERE id = $1 AND status = 'active'
                       AND EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.password IS NULL)
                       AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = $1)",
                    &[(&person.id).into()],
                )?;
                let after = if awaited > 0 { OwnerStatus::Invited } else { person.status };
                let details = details!({ "expires_at": Timestamp(expires_at),
                    "before": { "status": person.status }, "after": { "status": after } });
                record(&people.journal, db, &act, "user.invited", &person.id, details)?;
                once::keep_secret(db, &act, &person.id)
            })
            .await?;
        Ok(Invitation { token, expires_at: Timestamp(expires_at) })
    }

    /// Everything about an acceptance that is not one job: the link is looked at before any work is done for its holder, and a second
    /// factor is proved.
    pub async fn accepting(&self, act: &Act, given: Acceptance) -> Result<Accepting> {
        let (digest, at) = (self.token_digest(given.token.expose()), act.at);
        let found = self.store.read(move |db| match holder(db, &digest, at)? {
            Some(id) => user::one(db, &id.to_string()).map(|person| person.map(|person| (id, person))),
            None => Ok(None),
        });
        let (user, person) = found.await?.ok_or_else(gone)?;
        if let Some(name) = &given.name {
            check_name("/name", name)?;
        }
        let names =
            [person.email.as_deref().unwrap_or_default(), &person.name, given.name.as_deref().unwrap_or_default()];
        let hash = self.hash_password("/password", &given.password, &names).await?;
        let act = Act { actor: Actor::person(user), ..act.clone() };
        let proved = self.prove_second_factor(&act, user, given.code.as_ref()).await;
        let code_taken = proved.map_err(|error| match (error, &given.code) {
            (Error::Unproven { field, .. }, None) => Error::unproven(
                field,
                "this account has a second factor: send the code of the authenticator app, or a recovery code, as code",
            ),
            (Error::Unproven { field, .. }, Some(_)) => Error::unproven(
                field,
                "this code is wrong, too old or used before: the link still works, with the app's next one",
            ),
            (error, _) => error,
        })?;
        let Acceptance { name, user_agent, former, .. } = given;
        Ok(Accepting { user, digest, hash, code_taken, name, user_agent, former })
    }

    /// Sets the password, ends all other sessions and the link, and opens a session. In the caller's job.
    pub(crate) fn accept(&self, db: &Conn, act: &Act, accepting: &Accepting) -> Result<Entered> {
        let act = Act { actor: Actor::person(accepting.user), ..act.clone() };
        if holder(db, &accepting.digest, act.at)? != Some(accepting.user) {
            return Err(gone());
        }
        was_needed(db, accepting.user, accepting.code_taken)?;
        let id = accepting.user.to_string();
        let before = user::one(db, &id)?.ok_or_else(gone)?;
        let ended = self.set_password(db, &act, accepting.user, &accepting.hash, None)?;
        db.run(
            "UPDATE owners SET status = 'active', name = COALESCE($2, name), version = version + 1 WHERE id = $1",
            &[(&id).into(), (&accepting.name).into()],
        )?;
        let after = user::one(db, &id)?.ok_or_else(gone)?;
        let details = details!({ "before": { "status": before.status, "name": before.name },
            "after": { "status": after.status, "name": after.name }, "sessions_ended": ended });
        record(&self.journal, db, &act, "invitation.accepted", &id, details)?;
        remember_network(db, &act, accepting.user)?;
        if let Some(former) = &accepting.former {
            self.end_former(db, &act, former)?;
        }
        self.enter(db, &act, accepting.user, accepting.user_agent.as_deref())
    }
}

/// Whose link is this, if it works now?
fn holder(db: &Conn, digest: &Digest, now: UnixMs) -> Result<Option<UserId>> {
    let found = db.first(
        "SELECT i.user_id FROM invitations i JOIN owners o ON o.id = i.user_id
         WHERE i.digest = $1 AND i.expires_at > $2 AND o.status <> 'suspended' AND o.removed_at IS NULL",
        &[digest.into(), now.into()],
        |row| Ok(UserId::parse(row.text()?)),
    )?;
    Ok(found.flatten())
}

/// One answer for used, expired, ended and never made.
fn gone() -> Error {
    Error::refused("/token", "this link does not work any more, or never did: ask whoever sent it for a new one")
}
