//! Sessions as their person sees them, and how they end before their time: by signing out, by ending others, by an admin.

use serde_json::json as details;

use super::session::read_session;
use super::{People, Power, Role, Session, SessionId, UserId, record, user};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::event::Act;
use crate::store::Conn;

impl People {
    /// The sessions of a person that are alive, newest first.
    pub async fn sessions(
        &self,
        of: UserId,
        now: UnixMs,
        before: Option<SessionId>,
        limit: i64,
    ) -> Result<Vec<Session>> {
        let idle_since = now - self.sign_in.idle_timeout_ms();
        self.store
            .read(move |db| {
                db.all(
                    "SELECT id, user_id, created_at, last_used_at, expires_at, address, user_agent FROM sessions
                     WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) AND expires_at > $3 AND last_used_at > $4
                     ORDER BY id DESC LIMIT $5",
                    &[
                        (&of.to_string()).into(),
                        (&before.map(|id| id.to_string())).into(),
                        now.into(),
                        idle_since.into(),
                        limit.into(),
                    ],
                    read_session,
                )
            })
            .await
    }

    /// Ends one session of this person; `NotFound` for another's.
    pub async fn end_session(&self, act: Act, of: UserId, session: SessionId) -> Result<()> {
        let people = self.clone();
        self.store
            .write(move |db| {
                let (user, session) = (of.to_string(), session.to_string());
                let ended = db
                    .run("DELETE FROM sessions WHERE id = $1 AND user_id = $2", &[(&session).into(), (&user).into()])?;
                if ended == 0 {
                    return Err(Error::NotFound);
                }
                record(&people.journal, db, &act, "session.ended", &user, details!({ "session": session }))
            })
            .await
    }

    /// Ends the session with this token, whoever's it is, in the caller's job: its browser goes on as somebody who has just signed in.
    pub(super) fn end_former(&self, db: &Conn, act: &Act, token: &Digest) -> Result<()> {
        let ended =
            db.first("DELETE FROM sessions WHERE digest = $1 RETURNING id, user_id", &[token.into()], |row| {
                Ok((row.text()?.to_owned(), row.text()?.to_owned()))
            })?;
        match ended {
            Some((session, user)) => {
                record(&self.journal, db, act, "session.ended", &user, details!({ "session": session }))
            }
            None => Ok(()),
        }
    }

    /// Ends all sessions of this person but one. Answers how many.
    pub async fn end_other_sessions(&self, act: Act, of: UserId, except: SessionId) -> Result<usize> {
        let people = self.clone();
        self.store.write(move |db| people.end_recorded(db, &act, of, Some(except))).await
    }

    /// Ends all sessions of a person, for an admin or a backend. Those of an admin only an admin ends.
    pub async fn end_sessions_of(&self, act: Act, power: Power, of: UserId) -> Result<usize> {
        let people = self.clone();
        self.store
            .write(move |db| {
                let person = user::one(db, &of.to_string())?.ok_or(Error::NotFound)?;
                if person.role == Role::Admin {
                    power.dangerous("only an admin ends the sessions of an admin")?;
                }
                people.end_recorded(db, &act, of, None)
            })
            .await
    }

    /// Ends the sessions of everybody. Answers how many.
    pub async fn end_all_sessions(&self, act: Act) -> Result<usize> {
        let people = self.clone();
        self.store
            .write(move |db| {
                let ended = db.run("DELETE FROM sessions", &[])?;
                record(&people.journal, db, &act, "sessions.ended", "instance", details!({ "sessions": ended }))?;
                Ok(ended)
            })
            .await
    }

    fn end_recorded(&self, db: &Conn, act: &Act, of: UserId, except: Option<SessionId>) -> Result<usize> {
        let ended = end_all(db, of, except)?;
        if ended > 0 {
            record(&self.journal, db, act, "sessions.ended", &of.to_string(), details!({ "sessions": ended }))?;
        }
        Ok(ended)
    }
}

/// Ends all sessions of a person but `except`, in the caller's job and without an event of its own.
pub(super) fn end_all(db: &Conn, of: UserId, except: Option<SessionId>) -> Result<usize> {
    db.run(
        "DELETE FROM sessions WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id <> $2)",
        &[(&of.to_string()).into(), (&except.map(|id| id.to_string())).into()],
    )
}
