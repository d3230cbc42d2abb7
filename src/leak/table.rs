//! The SQL of what a report leaves behind: the leak's row, and at most a hundred places.

use super::{Exposure, LeakId, Outcome, Report, State};
use crate::base::clock::UnixMs;
use crate::base::crypto::{Digest, sha256};
use crate::base::{Error, Result};
use crate::event::Act;
use crate::store::Conn;

/// Places of one leak, at 2.5 KiB each: what whoever has a key can make this server keep.
const SIGHTINGS_MAX: i64 = 100;

/// A leak as a report finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub id: LeakId,
    pub exposure: Exposure,
    pub outcome: Outcome,
    pub state: State,
    pub told_at: UnixMs,
}

/// What became of a report's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    New,
    Again,
    /// There are as many as are kept: counted, and nothing else.
    Counted,
}

pub(super) fn by_digest(db: &Conn, digest: &Digest) -> Result<Option<Known>> {
    db.first("SELECT id, exposure, outcome, state, told_at FROM leaks WHERE digest = $1", &[digest.into()], |row| {
        Ok(Known {
            id: LeakId::parse(row.text()?).ok_or_else(|| Error::internal("a leak has an unknown id"))?,
            exposure: Exposure::parse(row.text()?)?,
            outcome: Outcome::parse(row.text()?)?,
            state: State::parse(row.text()?)?,
            told_at: row.int()?,
        })
    })
}

/// The row of a leak that nobody reported before.
pub(super) fn insert(db: &Conn, at: UnixMs, leak: &Known, of: (&Digest, i64, &str)) -> Result<()> {
    let (digest, pepper_id, key_id) = of;
    db.run(
        "INSERT INTO leaks (id, digest, pepper_id, key_id, exposure, outcome, state, note, places, reports, first_seen_at, last_seen_at, told_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 0, $8, $8, $9)",
        &[
            (&leak.id.to_string()).into(),
            digest.into(),
            pepper_id.into(),
            key_id.into(),
            leak.exposure.as_str().into(),
            leak.outcome.as_str().into(),
            leak.state.as_str().into(),
            at.into(),
            leak.told_at.into(),
        ],
    )?;
    Ok(())
}

/// Counts a report, and writes what it changed. What people said of the leak goes where the state is open again.
pub(super) fn update(db: &Conn, at: UnixMs, leak: &Known, seen: Seen, changed: bool) -> Result<()> {
    db.run(
        "UPDATE leaks SET exposure = $2, outcome = $3, state = $4, told_at = $5, reports = reports + 1, places = places + $6,
                last_seen_at = CASE WHEN last_seen_at > $7 THEN last_seen_at ELSE $7 END,
                judged_by = CASE WHEN $4 = 'open' THEN NULL ELSE judged_by END,
                judged_at = CASE WHEN $4 = 'open' THEN NULL ELSE judged_at END,
                version = version + $8
         WHERE id = $1",
        &[
            (&leak.id.to_string()).into(),
            leak.exposure.as_str().into(),
            leak.outcome.as_str().into(),
            leak.state.as_str().into(),
            leak.told_at.into(),
            (seen != Seen::Again).into(),
            at.into(),
            changed.into(),
        ],
    )?;
    Ok(())
}

/// Keeps the place, as one row however often it is reported.
pub(super) fn sighting(db: &Conn, act: &Act, leak: LeakId, report: &Report, authenticated: bool) -> Result<Seen> {
    let (id, place) = (leak.to_string(), sha256(report.place.as_bytes()));
    let again = db.first(
        "UPDATE leak_sightings SET reports = reports + 1, last_seen_at = CASE WHEN last_seen_at > $3 THEN last_seen_at ELSE $3 END,
                authenticated = CASE WHEN $4 = 1 THEN 1 ELSE authenticated END,
                exposure = CASE WHEN 'public' IN ($5, exposure) THEN 'public' WHEN 'private' IN ($5, exposure) THEN 'private' ELSE 'local' END
         WHERE leak_id = $1 AND place_digest = $2 RETURNING reports",
        &[(&id).into(), (&place).into(), act.at.into(), authenticated.into(), report.exposure.as_str().into()],
        |row| row.int(),
    )?;
    if again.is_some() {
        return Ok(Seen::Again);
    }
    let kept = db.first(
        "INSERT INTO leak_sightings (leak_id, place_digest, place, exposure, tool, reporter, authenticated, reports, first_seen_at, last_seen_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, 1, $8, $8
         WHERE (SELECT COUNT(*) FROM leak_sightings WHERE leak_id = $1) < $9
         ON CONFLICT (leak_id, place_digest) DO NOTHING RETURNING reports",
        &[
            (&id).into(),
            (&place).into(),
            (&report.place).into(),
            report.exposure.as_str().into(),
            (&report.tool).into(),
            act.actor.as_str().into(),
            authenticated.into(),
            act.at.into(),
            SIGHTINGS_MAX.into(),
        ],
        |row| row.int(),
    )?;
    Ok(if kept.is_some() { Seen::New } else { Seen::Counted })
}
