//! Sessions of people: opened at sign-in, looked up on every request. The token is an opaque reference of 256 random bits; what is kept is
//! its HMAC, for which a plain keyed hash is enough (OWASP ASVS 5, 6.5.2).

use serde::Serialize;

use super::rights::{Power, Rights};
use super::{OwnerStatus, People, UserId, record};
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::base::crypto::{self, Digest};
use crate::base::id::Kind;
use crate::base::{Error, Id, Result, Secret, Timestamp};
use crate::event::Act;
use crate::store::{Conn, Row};

#[derive(Debug)]
pub struct SessionKind;

impl Kind for SessionKind {
    const PREFIX: &'static str = "ses";
}

pub type SessionId = Id<SessionKind>;

/// Between two notes that a session is in use.
const NOTE_MS: i64 = 60 * SECOND_MS;
/// Sessions of one person; opening one more ends the oldest.
const SESSIONS_MAX: i64 = 50;
/// Characters kept of a browser's name for itself.
const USER_AGENT_MAX: usize = 200;

/// A person in a session that is alive now.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: SessionId,
    pub rights: Rights,
    pub admin: bool,
    /// The password was given lately enough for dangerous actions.
    pub confirmed: bool,
}

impl SignedIn {
    /// For what a person does to the ways in which they prove who they are: only with the password given lately.
    pub fn sure(&self) -> Result<()> {
        if self.confirmed { Ok(()) } else { Power::Unconfirmed.dangerous("") }
    }
}

/// A session as its person sees it.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Session {
    pub id: String,
    pub user_id: String,
    pub created_at: Timestamp,
    /// True to a minute.
    pub last_used: Timestamp,
    /// It ends then whatever happens; earlier when it is not used.
    pub expires_at: Timestamp,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// A session at the one moment when its token is known.
#[derive(Debug)]
pub struct Opened {
    pub session: Session,
    pub token: Secret,
}

/// `prefix` and 43 random base62 characters: for everything that proves itself by being known.
pub(super) fn random_token(prefix: &str) -> Secret {
    crypto::random_text(prefix, 43)
}

impl People {
    /// What a token is kept as and looked up by.
    pub fn token_digest(&self, text: &str) -> Digest {
        self.tokens.sign(text.as_bytes())
    }

    /// Opens a session for a person who has just proved who they are: by password, by an OpenID provider.
    pub async fn begin_session(&self, act: Act, user: UserId, user_agent: Option<String>) -> Result<Opened> {
        let people = self.clone();
        self.store
            .write(move |db| {
                let opened = people.open_session(db, &act, user, user_agent.as_deref())?;
                let details = serde_json::json!({ "session": opened.session.id });
                record(&people.journal, db, &act, "session.created", &user.to_string(), details)?;
                Ok(opened)
            })
            .await
    }

    /// The same in the caller's job, without an event.
    pub(super) fn open_session(&self, db: &Conn, act: &Act, user: UserId, user_agent: Option<&str>) -> Result<Opened> {
        let token = random_token("ses_");
        let id = SessionId::new(act.at).to_string();
        let agent: Option<String> =
            user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX).collect());
        db.run(
            "DELETE FROM sessions WHERE user_id = $1 AND id NOT IN (
               SELECT id FROM sessions WHERE user_id = $1 ORDER BY id DESC LIMIT $2)",
            &[(&user.to_string()).into(), (SESSIONS_MAX - 1).into()],
        )?;
        db.run(
            "INSERT INTO sessions (id, digest, user_id, created_at, last_used_at, expires_at, confirmed_at, address, user_agent)
             VALUES ($1, $2, $3, $4, $4, $5, $4, $6, $7)",
            &[
                (&id).into(),
                (&self.token_digest(token.expose())).into(),
                (&user.to_string()).into(),
                act.at.into(),
                (act.at + self.sign_in.absolute_timeout_ms()).into(),
                (&act.address).into(),
                (&agent).into(),
            ],
        )?;
        db.run("UPDATE users SET last_seen_at = $2 WHERE id = $1", &[(&user.to_string()).into(), act.at.into()])?;
        let session = db.first(
            "SELECT id, user_id, created_at, last_used_at, expires_at, address, user_agent FROM sessions WHERE id = $1",
            &[(&id).into()],
            read_session,
        )?;
        Ok(Opened { session: session.ok_or(Error::NotFound)?, token })
    }

    /// A session goes on under a new token, its password confirmed now; the former token is nobody's. In the caller's job.
    pub(super) fn renew_session(&self, db: &Conn, act: &Act, session: SessionId) -> Result<(Session, Secret)> {
        let token = random_token("ses_");
        let session = db.first(
            "UPDATE sessions SET digest = $2, confirmed_at = $3, last_used_at = $3 WHERE id = $1
             RETURNING id, user_id, created_at, last_used_at, expires_at, address, user_agent",
            &[(&session.to_string()).into(), (&self.token_digest(token.expose())).into(), act.at.into()],
            read_session,
        )?;
        Ok((session.ok_or(Error::Unauthenticated)?, token))
    }

    /// Who is in this session? `Unauthenticated` for what is not a session, has ended, or is of a person who may not sign in any more.
    pub async fn signed_in(&self, token: Digest, now: UnixMs) -> Result<SignedIn> {
        let (idle_ms, confirm_ms) = (self.sign_in.idle_timeout_ms(), self.sign_in.confirm_ms());
        let found = self.store.read(move |db| {
            let row = db.first(
                "SELECT s.id, s.user_id, s.last_used_at, s.expires_at, s.confirmed_at, u.role, o.status
                 FROM sessions s JOIN users u ON u.id = s.user_id JOIN owners o ON o.id = s.user_id
                 WHERE s.digest = $1 AND o.removed_at IS NULL",
                &[(&token).into()],
                |row| {
                    let (id, user) = (SessionId::parse(row.text()?), UserId::parse(row.text()?));
                    let (Some(id), Some(user)) = (id, user) else {
                        return Err(Error::internal("a session without a person"));
                    };
                    let (last_used_at, expires_at, confirmed_at) = (row.int()?, row.int()?, row.int()?);
                    let admin = row.text()? == "admin";
                    let alive = row.text()? == OwnerStatus::Active.as_str()
                        && now < expires_at
                        && now.saturating_sub(last_used_at) < idle_ms;
                    let confirmed = now.saturating_sub(confirmed_at) < confirm_ms;
                    Ok(alive.then_some((id, user, last_used_at, admin, confirmed)))
                },
            )?;
            let Some((session, user, last_used_at, admin, confirmed)) = row.flatten() else { return Ok(None) };
            let rights = Rights::read(db, user, None)?;
            Ok(Some((SignedIn { session, rights, admin, confirmed }, last_used_at)))
        });
        let (signed_in, last_used_at) = found.await?.ok_or(Error::Unauthenticated)?;
        if now - last_used_at >= NOTE_MS {
            self.note_use(signed_in.session, signed_in.rights.user, now).await;
        }
        Ok(signed_in)
    }

    /// A use that cannot be written, because the disk is full, shortens the session and refuses nothing now.
    async fn note_use(&self, session: SessionId, user: UserId, now: UnixMs) {
        let noted = self.store.write(move |db| {
            db.run(
                "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2",
                &[(&session.to_string()).into(), now.into()],
            )?;
            db.run(
                "UPDATE users SET last_seen_at = $2 WHERE id = $1 AND COALESCE(last_seen_at, 0) < $2",
                &[(&user.to_string()).into(), now.into()],
            )?;
            Ok(())
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
}

pub(super) fn read_session(row: &Row<'_, '_>) -> Result<Session> {
    Ok(Session {
        id: row.text()?.to_owned(),
        user_id: row.text()?.to_owned(),
        created_at: Timestamp(row.int()?),
        last_used: Timestamp(row.int()?),
        expires_at: Timestamp(row.int()?),
        address: row.opt_text()?.map(str::to_owned),
        user_agent: row.opt_text()?.map(str::to_owned),
    })
}
