//! What ends tokens before their time: keys that were revoked, disabled or changed, owners that were suspended or removed, roles that mean
//! something else. Noted in the job that makes the change, so the list is complete with respect to everything that was answered; told as a
//! signed text to whoever checks tokens and asks often.
//!
//! A token carries the `rev` under which it was made, and is over when the list has a higher one for its key, for its owner, or for
//! everything. No two clocks are compared.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::Serialize;

use super::jose::{self, Header};
use crate::base::clock::{Clock, SECOND_MS, UnixMs};
use crate::base::{Error, Result};
use crate::config::LIFETIME_MAX_S;
use crate::key::Keys;
use crate::key::facts::Facts;
use crate::key::index::{Found, Index};
use crate::store::Conn;

/// Changes in one answer, at some 60 bytes each.
const PAGE: i64 = 1_000;
/// A change is remembered for so long: four times the longest life of a token that it could end.
const KEPT_MS: i64 = 4 * LIFETIME_MAX_S as i64 * SECOND_MS;
/// The subject that is everything.
pub const ALL: &str = "*";

/// The newest change that verifications know of.
#[derive(Debug, Default)]
pub struct Changes {
    clock: Clock,
    latest: AtomicI64,
}

impl Changes {
    pub fn new(clock: Clock) -> Self {
        Self { clock, latest: AtomicI64::new(0) }
    }

    /// To be read before the key is: what is in memory then is at least as new.
    pub fn latest(&self) -> i64 {
        self.latest.load(Ordering::SeqCst)
    }

    /// The writer's word, after it has put the change itself into memory.
    pub fn reached(&self, rev: i64) {
        self.latest.fetch_max(rev, Ordering::SeqCst);
    }

    /// Notes a change in the caller's job. `rev` grows with the time, so that it goes on growing over a database that was put back from a copy.
    pub fn note(&self, db: &Conn, subject: &str) -> Result<i64> {
        let rev = db.first(
            "INSERT INTO offline_changes (subject, rev, changed_at)
             SELECT $1, CASE WHEN COALESCE(MAX(rev), 0) >= $2 THEN MAX(rev) + 1 ELSE $2 END, $2 FROM offline_changes WHERE 1 = 1
             ON CONFLICT (subject) DO UPDATE SET rev = excluded.rev, changed_at = excluded.changed_at
             RETURNING rev",
            &[subject.into(), self.clock.now_ms().into()],
            |row| row.int(),
        )?;
        rev.ok_or_else(|| Error::internal("a change was not noted"))
    }
}

/// Would a verification see another key, so far as a token tells of it? What only limits or names differ in is the same.
fn differs(old: &Facts, new: &Facts) -> bool {
    old.revoked_reason != new.revoked_reason
        || old.enabled != new.enabled
        || old.expires_at != new.expires_at
        || old.superseded_until != new.superseded_until
        || old.has_credits != new.has_credits
        || old.class.environment != new.class.environment
        || old.class.scopes != new.class.scopes
        || old.class.roles != new.class.roles
        || old.class.restrictions != new.class.restrictions
        || old.class.offline != new.class.offline
        || old.owner().id != new.owner().id
}

/// Notes that tokens of this key end, where there can be any and they do. `secrets` is the key as it is now, and memory has it as it was.
pub fn of_key(db: &Conn, index: &Arc<Index>, id: &str, secrets: &[Facts]) -> Result<Option<i64>> {
    let ends = secrets.iter().any(|new| match index.find(&new.digest) {
        Found::Here(old) => (old.class.offline || new.class.offline) && differs(&old, new),
        Found::Nowhere => false,
        // It may have been another key before.
        Found::Unknown => true,
    });
    if ends { index.changes.note(db, id).map(Some) } else { Ok(None) }
}

/// Notes that all tokens of an owner's keys end.
pub fn of_owner(db: &Conn, index: &Arc<Index>, id: &str) -> Result<i64> {
    index.changes.note(db, id)
}

/// One change, in a list.
#[derive(Debug, Serialize)]
struct Changed {
    sub: String,
    rev: i64,
}

/// What a list says.
#[derive(Debug, Serialize)]
struct List<'a> {
    iss: &'a str,
    iat: i64,
    /// Changes after this one stand here.
    since: i64,
    /// The next question's `since`.
    next: i64,
    /// Are there further ones already?
    more: bool,
    changes: Vec<Changed>,
}

/// A list of what was changed, signed.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct SignedList {
    /// A JWS of the type `keystead-revoked+jwt`, with the claims `iss`, `iat`, `since`, `next`, `more` and `changes`.
    pub list: String,
}

impl Keys {
    /// What was changed after `since`, oldest first.
    pub async fn changed(&self, issuer: &str, since: i64) -> Result<SignedList> {
        self.offline.on()?;
        let rows = self.store.read(move |db| {
            let sql = "SELECT subject, rev FROM offline_changes WHERE rev > $1 ORDER BY rev, subject LIMIT $2";
            db.all(sql, &[since.into(), (PAGE + 1).into()], |row| {
                Ok(Changed { sub: row.text()?.to_owned(), rev: row.int()? })
            })
        });
        let (mut changes, now) = (rows.await?, self.clock.now_ms());
        let page = usize::try_from(PAGE).unwrap_or_default();
        let more = changes.len() > page;
        changes.truncate(page);
        let next = changes.last().map_or(since, |last| last.rev);
        let (kid, key) = self.signing_key().await?;
        let list = List { iss: issuer, iat: now.div_euclid(1000), since, next, more, changes };
        Ok(SignedList { list: jose::sign(&key, &Header::new(jose::LIST, &kid), &list)? })
    }

    /// Reads how far changes have come; before the first request.
    pub async fn load_changes(&self) -> Result<()> {
        let read =
            self.store.read(|db| db.first("SELECT COALESCE(MAX(rev), 0) FROM offline_changes", &[], |row| row.int()));
        self.index.changes.reached(read.await?.unwrap_or_default());
        Ok(())
    }

    /// Forgets changes that can end no token any more, but for the newest: from it the next one counts on. Answers how many rows went.
    pub async fn forget_changes(&self, limit: i64) -> Result<usize> {
        let before: UnixMs = self.clock.now_ms() - KEPT_MS;
        self.store
            .write(move |db| {
                db.run(
                    "DELETE FROM offline_changes WHERE subject IN (
                       SELECT subject FROM offline_changes
                       WHERE changed_at < $1 AND rev < (SELECT MAX(rev) FROM offline_changes) ORDER BY rev, subject LIMIT $2)",
                    &[before.into(), limit.into()],
                )
            })
            .await
    }
}
