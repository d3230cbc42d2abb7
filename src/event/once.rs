//! A request that arrives twice under one `Idempotency-Key` is done once (draft-ietf-httpapi-idempotency-key-header-07). The record commits
//! with what the request made, so a crash leaves both or neither; the one writer sees requests one after the other, so a second never runs
//! beside the first. A secret is never kept: a repeated request for one is refused with the id of what the first made.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Act;
use crate::base::clock::{DAY_MS, UnixMs};
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::store::{Conn, Store};

/// A record counts for this long.
pub const KEPT_MS: i64 = DAY_MS;
/// Characters in an `Idempotency-Key`.
pub const NAME_MAX: usize = 255;

/// The caller's name for a request, and what was asked under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    pub name: String,
    /// SHA-256 of method, path and body.
    pub request: Digest,
}

/// What the same request made before, if it was. To be called first in the job that makes it.
pub fn earlier<T: DeserializeOwned>(db: &Conn, act: &Act) -> Result<Option<T>> {
    match read(db, act)? {
        None => Ok(None),
        Some((_, Some(answer))) => serde_json::from_str(&answer).map(Some).map_err(Error::internal),
        Some((made, None)) => Err(Error::Repeated { made }),
    }
}

/// The same for what answers with a secret: whatever was made before is an error that names it.
pub fn refuse_repeat(db: &Conn, act: &Act) -> Result<()> {
    read(db, act)?.map_or(Ok(()), |(made, _)| Err(Error::Repeated { made }))
}

/// Keeps what the request made, with its answer where there is no secret in it. To be called last in the job.
pub fn keep<T: Serialize>(db: &Conn, act: &Act, made: &str, answer: Option<&T>) -> Result<()> {
    let Some(once) = &act.once else { return Ok(()) };
    let answer = answer.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    db.run(
        "INSERT INTO once (actor, name, request, subject, answer, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (actor, name) DO UPDATE SET request = excluded.request, subject = excluded.subject,
           answer = excluded.answer, at = excluded.at",
        &[
            act.actor.as_str().into(),
            (&once.name).into(),
            (&once.request).into(),
            made.into(),
            (&answer).into(),
            act.at.into(),
        ],
    )?;
    Ok(())
}

/// Keeps that the request made this, and nothing of its answer, which held a secret.
pub fn keep_secret(db: &Conn, act: &Act, made: &str) -> Result<()> {
    keep::<()>(db, act, made, None)
}

/// Removes at most `most` records that no longer count. Answers how many went.
pub async fn forget(store: &Store, now: UnixMs, most: i64) -> Result<usize> {
    store
        .write(move |db| {
            db.run(
                "DELETE FROM once WHERE (actor, name) IN (
                   SELECT actor, name FROM once WHERE at <= $1 ORDER BY at LIMIT $2)",
                &[(now - KEPT_MS).into(), most.into()],
            )
        })
        .await
}

type Earlier = (String, Option<String>);

fn read(db: &Conn, act: &Act) -> Result<Option<Earlier>> {
    let Some(once) = &act.once else { return Ok(None) };
    let found = db.first(
        "SELECT request, subject, answer FROM once WHERE actor = $1 AND name = $2 AND at > $3",
        &[act.actor.as_str().into(), (&once.name).into(), (act.at - KEPT_MS).into()],
        |row| Ok((row.digest()?, row.text()?.to_owned(), row.opt_text()?.map(str::to_owned))),
    )?;
    match found {
        Some((request, ..)) if request != once.request => Err(Error::refused(
            "",
            "this Idempotency-Key was used for another request within the last day: choose a new one for each request",
        )),
        found => Ok(found.map(|(_, made, answer)| (made, answer))),
    }
}
