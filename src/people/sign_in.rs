//! Signing in by password, giving it again before what is dangerous, and changing it. Whoever fails is told the same for the same work,
//! whether the person is unknown, suspended, without a password, or the password is wrong.

use serde_json::json as details;

use super::second_factor::was_needed;
use super::sign_out::end_all;
use super::throttle::{Counted, remember_network};
use super::user::email_key;
use super::{OwnerStatus, People, Proof, Session, SessionId, SignedIn, User, UserId, record, user};
use crate::base::crypto::Digest;
use crate::base::{Error, Result, Secret};
use crate::event::{Act, Actor, Change};
use crate::store::Conn;

/// What somebody types to come in.
#[derive(Debug)]
pub struct Credentials {
    pub email: String,
    pub password: Secret,
    /// Of the second factor, from those who have one.
    pub code: Option<Secret>,
    pub user_agent: Option<String>,
    /// A session in the same browser: the new one takes its place.
    pub former: Option<Digest>,
}

/// What a sign-in came to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made for each sign-in, and taken apart at once")]
pub enum SignIn {
    In(Entered),
    /// Why, nobody is told.
    Refused,
}

/// Somebody who is in, at the one moment when the token of their session is known.
#[derive(Debug)]
pub struct Entered {
    pub session: Session,
    pub user: User,
    pub token: Secret,
}

/// A person as the store has them, for the question whether somebody is them.
struct Person {
    id: UserId,
    email: Option<String>,
    name: String,
    password: Option<String>,
    active: bool,
}

/// A password that was right.
struct Proven {
    /// The hash that it was right for: what is done on the strength of it is done only while that stands.
    kept: String,
    renewed: Option<String>,
    counted: Counted,
}

impl People {
    /// Signs somebody in. `Limited` after too many attempts.
    pub async fn sign_in(&self, act: Act, given: Credentials) -> Result<SignIn> {
        let key = email_key(&given.email);
        let asked = key.clone();
        let counted = self.count(&act, Some(&key)).await?;
        let (people, at) = (self.clone(), act.at);
        let find = self.store.read(move |db| {
            let mut person = find(db, &asked)?;
            // Whose password opens nothing here is as somebody without one: the same work, the same answer.
            if let Some(known) = &mut person
                && !people.password_opens(db, known.id, at)?
            {
                known.password = None;
            }
            Ok(person)
        });
        let person = find.await?;
        let proven = self.prove(person.as_ref(), &given.password, counted.clone()).await?;
        let (Some(person), Some(proven)) = (person.as_ref(), proven) else {
            self.refused(act, person.map(|person| person.id), "session.refused", &counted).await?;
            return Ok(SignIn::Refused);
        };
        let user = person.id;
        let code_taken = self.ask_second_factor(&act, user, given.code.as_ref(), &proven).await?;
        let (people, act) = (self.clone(), Act { actor: Actor::person(user), ..act });
        let entered = self.store.write(move |db| {
            if !still_stands(db, user, &proven)? {
                return Ok(None);
            }
            was_needed(db, user, code_taken)?;
            people.take_back(db, &proven.counted)?;
            remember_network(db, &act, user)?;
            if let Some(former) = &given.former {
                people.end_former(db, &act, former)?;
            }
            people.enter(db, &act, user, given.user_agent.as_deref()).map(Some)
        });
        Ok(entered.await?.map_or(SignIn::Refused, SignIn::In))
    }

    /// Opens a session, in the caller's job, with its event.
    pub(super) fn enter(&self, db: &Conn, act: &Act, user: UserId, user_agent: Option<&str>) -> Result<Entered> {
        let opened = self.open_session(db, act, user, user_agent)?;
        let id = user.to_string();
        record(&self.journal, db, act, "session.created", &id, details!({ "session": opened.session.id }))?;
        let user = user::one(db, &id)?.ok_or(Error::NotFound)?;
        Ok(Entered { session: opened.session, user, token: opened.token })
    }

    /// The password again, for what is dangerous: the session goes on under a new token.
    pub async fn confirm(&self, act: Act, me: &SignedIn, password: &Secret, code: Option<&Secret>) -> Result<Entered> {
        let (user, session) = (me.rights.user, me.session);
        let (_, proven) = self.prove_again(&act, user, "/password", password).await?;
        // Whoever asks is in: 401 would tell them to sign in.
        self.ask_second_factor(&act, user, code, &proven).await.map_err(|error| match error {
            Error::Unproven { why, .. } => Error::forbidden(why).at("/code"),
            error => error,
        })?;
        let people = self.clone();
        self.store
            .write(move |db| {
                if !still_stands(db, user, &proven)? {
                    return Err(Error::Unauthenticated);
                }
                people.take_back(db, &proven.counted)?;
                let (session, token) = people.renew_session(db, &act, session)?;
                record(
                    &people.journal,
                    db,
                    &act,
                    "session.confirmed",
                    &user.to_string(),
                    details!({ "session": session.id }),
                )?;
                let user = user::one(db, &user.to_string())?.ok_or(Error::NotFound)?;
                Ok(Entered { session, user, token })
            })
            .await
    }

    /// A new password instead of the current one. All sessions end, and the one that asks goes on under a new token.
    pub async fn change_password(&self, act: Act, me: &SignedIn, current: &Secret, new: &Secret) -> Result<Entered> {
        let (user, session) = (me.rights.user, me.session);
        let (person, proven) = self.prove_again(&act, user, "/current_password", current).await?;
        let context = [person.email.as_deref().unwrap_or_default(), &person.name];
        let hash = self.hash_password("/new_password", new, &context).await?;
        let (people, counted) = (self.clone(), proven.counted.clone());
        self.store
            .write(move |db| {
                if !still_stands(db, user, &Proven { renewed: None, ..proven })? {
                    return Err(Error::conflict("", "the password was changed a moment ago: sign in with the new one"));
                }
                people.take_back(db, &counted)?;
                let ended = people.set_password(db, &act, user, &hash, Some(session))?;
                let (session, token) = people.renew_session(db, &act, session)?;
                record(
                    &people.journal,
                    db,
                    &act,
                    "password.changed",
                    &user.to_string(),
                    details!({ "sessions_ended": ended }),
                )?;
                let user = user::one(db, &user.to_string())?.ok_or(Error::NotFound)?;
                Ok(Entered { session, user, token })
            })
            .await
    }

    /// Keeps the hash of a new password, in the caller's job: all sessions end but `except`, links that would set one are void, and
    /// attempts on the old one are forgotten. Answers how many sessions ended.
    pub(super) fn set_password(
        &self,
        db: &Conn,
        act: &Act,
        user: UserId,
        hash: &str,
        except: Option<SessionId>,
    ) -> Result<usize> {
        let id = user.to_string();
        let email = db.first(
            "UPDATE users SET password = $2, password_changed_at = $3 WHERE id = $1 RETURNING email_key",
            &[(&id).into(), hash.into(), act.at.into()],
            |row| Ok(row.opt_text()?.map(str::to_owned)),
        )?;
        let account = email.ok_or(Error::NotFound)?.unwrap_or_else(|| id.clone());
        self.forget_attempts(db, &account)?;
        db.run("DELETE FROM invitations WHERE user_id = $1", &[(&id).into()])?;
        end_all(db, user, except)
    }

    /// Somebody in a session gives their password again. A wrong one is 403 and counts like one at sign-in.
    async fn prove_again(
        &self,
        act: &Act,
        user: UserId,
        field: &'static str,
        password: &Secret,
    ) -> Result<(Person, Proven)> {
        let person = self.store.read(move |db| by_id(db, user)).await?.ok_or(Error::Unauthenticated)?;
        let account = person.email.as_deref().map_or_else(|| user.to_string(), email_key);
        let counted = self.count(act, Some(&account)).await?;
        let Some(proven) = self.prove(Some(&person), password, counted.clone()).await? else {
            self.refused(act.clone(), Some(user), "password.refused", &counted).await?;
            return Err(Error::forbidden("this is not your password: type it as when you sign in").at(field));
        };
        Ok((person, proven))
    }

    /// After the right password, what else there is to prove. Being asked for a code is no failed attempt; a wrong code is one, beside what
    /// the factor counts itself.
    async fn ask_second_factor(&self, act: &Act, user: UserId, code: Option<&Secret>, proven: &Proven) -> Result<bool> {
        let asked = self.prove_second_factor(act, user, code).await;
        if asked.is_err() && code.is_none() {
            let (people, counted) = (self.clone(), proven.counted.clone());
            self.store.write(move |db| people.take_back(db, &counted)).await?;
        }
        asked
    }

    /// One hash, whoever it is about.
    async fn prove(&self, person: Option<&Person>, password: &Secret, counted: Counted) -> Result<Option<Proven>> {
        let kept = person.filter(|person| person.active).and_then(|person| person.password.clone());
        let proof = self.verify_password(password, kept.clone()).await?;
        Ok(match (proof, kept) {
            (Proof::Right { renewed }, Some(kept)) => Some(Proven { kept, renewed, counted }),
            _ => None,
        })
    }

    /// Writes down that somebody failed, and nothing of what they typed.
    async fn refused(&self, act: Act, user: Option<UserId>, action: &'static str, counted: &Counted) -> Result<()> {
        let (journal, full) = (self.journal.clone(), counted.full);
        self.store
            .write(move |db| {
                let user = user.map(|user| user.to_string());
                let (subject, owner_id) = (user.as_deref().unwrap_or("unknown"), user.as_deref());
                let details = details!({ "throttled_from_now": full });
                journal.append(db, &act, &Change { action, subject, owner_id, details })
            })
            .await
    }
}

/// Is the person active, and the hash still the one that was proven? Keeps the renewed one where there is one.
fn still_stands(db: &Conn, user: UserId, proven: &Proven) -> Result<bool> {
    let same = db.run(
        "UPDATE users SET password = COALESCE($3, password) WHERE id = $1 AND password = $2
           AND EXISTS (SELECT 1 FROM owners o WHERE o.id = $1 AND o.status = 'active' AND o.removed_at IS NULL)",
        &[(&user.to_string()).into(), (&proven.kept).into(), (&proven.renewed).into()],
    )?;
    Ok(same > 0)
}

fn find(db: &Conn, email_key: &str) -> Result<Option<Person>> {
    db.first(
        "SELECT u.id, u.email, o.name, u.password, o.status FROM users u JOIN owners o ON o.id = u.id
         WHERE u.email_key = $1 AND o.removed_at IS NULL",
        &[email_key.into()],
        person,
    )
}

fn by_id(db: &Conn, user: UserId) -> Result<Option<Person>> {
    db.first(
        "SELECT u.id, u.email, o.name, u.password, o.status FROM users u JOIN owners o ON o.id = u.id
         WHERE u.id = $1 AND o.removed_at IS NULL",
        &[(&user.to_string()).into()],
        person,
    )
}

fn person(row: &crate::store::Row<'_, '_>) -> Result<Person> {
    Ok(Person {
        id: UserId::parse(row.text()?).ok_or_else(|| Error::internal("a user with another kind of id"))?,
        email: row.opt_text()?.map(str::to_owned),
        name: row.text()?.to_owned(),
        password: row.opt_text()?.map(str::to_owned),
        active: row.text()? == OwnerStatus::Active.as_str(),
    })
}
