//! Reading leaks: who may see the keys of an owner sees what was reported of them.

use schemars::JsonSchema;
use serde::Serialize;

use super::report::Place;
use super::{Exposure, LeakId, Leaks, Outcome, State};
use crate::base::{Error, Result, Timestamp};
use crate::key::authority::Reach;
use crate::key::{Among, KeyId};
use crate::people::{OwnerId, OwnerType};
use crate::store::{Conn, Row, Val};

/// What is known of a leak.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Leak {
    pub id: String,
    pub key: LeakedKey,
    /// It is a former secret of the key, which was rotated.
    pub former_secret: bool,
    /// The worst that was reported.
    pub exposure: Exposure,
    /// The most that was done.
    pub outcome: Outcome,
    pub state: State,
    pub note: Option<String>,
    /// Who gave it its state.
    pub judged_by: Option<String>,
    pub judged_at: Option<Timestamp>,
    /// Different places that it was found at, as far as they are kept, and reports of others.
    pub places: i64,
    /// Reports that named it, the same one again among them.
    pub reports: i64,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// The places that are kept, a hundred at most, the oldest first; null in a list.
    pub sightings: Option<Vec<Sighting>>,
    /// Counts changes: the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// The key that the secret is of.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LeakedKey {
    pub id: String,
    pub name: String,
    pub owner: LeakOwner,
    /// The last four of the secret that leaked; null where they are unknown.
    pub last_four: Option<String>,
    pub revoked_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LeakOwner {
    #[serde(rename = "type")]
    pub kind: OwnerType,
    pub id: String,
    pub name: String,
}

/// One place, in the reporter's words: to be shown as text. Only where `authenticated` is true, somebody who is known here vouches for it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Sighting {
    pub place: Place,
    pub exposure: Exposure,
    pub tool: Option<String>,
    /// Who reported it first: `nobody` is a stranger.
    pub reporter: String,
    pub authenticated: bool,
    pub reports: i64,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// Which leaks to list; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub owner: Option<OwnerId>,
    pub key: Option<KeyId>,
    pub state: Option<State>,
    pub exposure: Option<Exposure>,
    /// Only leaks that were first reported before this one.
    pub before: Option<LeakId>,
    pub limit: i64,
}

macro_rules! select_leaks {
    ($($tail:tt)+) => {
        concat!(
            "SELECT l.id, k.id, k.name, o.id, o.name, CASE WHEN p.digest IS NULL THEN k.last_four ELSE p.last_four END, k.revoked_at,
                    CASE WHEN p.digest IS NULL THEN 0 ELSE 1 END, l.exposure, l.outcome, l.state, l.note, l.judged_by, l.judged_at,
                    l.places, l.reports, l.first_seen_at, l.last_seen_at, l.version
             FROM leaks l JOIN keys k ON k.id = l.key_id JOIN owners o ON o.id = k.owner_id
             LEFT JOIN superseded_secrets p ON p.digest = l.digest ",
            $($tail)+
        )
    };
}

macro_rules! page {
    () => {
        " AND l.id < $2
          AND (CAST($3 AS TEXT) IS NULL OR l.key_id = $3)
          AND (CAST($4 AS TEXT) IS NULL OR l.state = $4)
          AND (CAST($5 AS TEXT) IS NULL OR l.exposure = $5)
          ORDER BY l.id DESC LIMIT $6"
    };
}

const OF_ONE: &str = select_leaks!("WHERE k.owner_id = $1", page!());
const EVERYBODY: &str = select_leaks!("WHERE ($1 = 1 OR k.owner_id <> 'instance')", page!());

/// Sorts behind every id of a leak.
const AFTER_ALL: &str = "leak_~";

impl Leaks {
    /// Newest first. A caller that reaches only some owners' keys gets their leaks, whatever the filter says.
    pub async fn list(&self, reach: Reach, filter: Filter) -> Result<Vec<Leak>> {
        let page = move |db: &Conn| match Among::of(&reach, filter.owner) {
            Among::All => filter.run(db, EVERYBODY, true.into()),
            Among::Customers => filter.run(db, EVERYBODY, false.into()),
            Among::Owners(owners) => {
                let mut leaks = Vec::new();
                for owner in &owners {
                    leaks.extend(filter.run(db, OF_ONE, (&owner.to_string()).into())?);
                }
                leaks.sort_by(|a, b| b.id.cmp(&a.id));
                leaks.truncate(usize::try_from(filter.limit).unwrap_or_default());
                Ok(leaks)
            }
        };
        self.store.read(page).await
    }

    /// One with its places.
    pub async fn leak(&self, reach: Reach, id: LeakId) -> Result<Leak> {
        self.store.read(move |db| seen(db, &reach, id)).await
    }
}

/// The leak, if the caller may know of the key.
pub(super) fn seen(db: &Conn, reach: &Reach, id: LeakId) -> Result<Leak> {
    const BY_ID: &str = select_leaks!("WHERE l.id = $1");
    let id = id.to_string();
    let mut leak = db.first(BY_ID, &[(&id).into()], read)?.ok_or(Error::NotFound)?;
    reach.sees(OwnerId::parse(&leak.key.owner.id).ok_or(Error::NotFound)?)?;
    let sightings = db.all(
        "SELECT place, exposure, tool, reporter, authenticated, reports, first_seen_at, last_seen_at FROM leak_sightings
         WHERE leak_id = $1 ORDER BY first_seen_at, place_digest",
        &[(&id).into()],
        sighting,
    );
    leak.sightings = Some(sightings?);
    Ok(leak)
}

impl Filter {
    fn run(&self, db: &Conn, sql: &'static str, first: Val<'_>) -> Result<Vec<Leak>> {
        let before = self.before.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string());
        let key = self.key.map(|key| key.to_string());
        db.all(
            sql,
            &[
                first,
                (&before).into(),
                (&key).into(),
                self.state.map(State::as_str).into(),
                self.exposure.map(Exposure::as_str).into(),
                self.limit.into(),
            ],
            read,
        )
    }
}

fn read(row: &Row<'_, '_>) -> Result<Leak> {
    let id = row.text()?.to_owned();
    let (key_id, name) = (row.text()?.to_owned(), row.text()?.to_owned());
    let (owner_id, owner_name) = (row.text()?.to_owned(), row.text()?.to_owned());
    let kind = OwnerId::parse(&owner_id).ok_or_else(|| Error::internal("a key has an unknown type of owner"))?.kind();
    let owner = LeakOwner { kind, id: owner_id, name: owner_name };
    let (last_four, revoked_at) = (said(row.text()?), row.opt_int()?.map(Timestamp));
    Ok(Leak {
        id,
        key: LeakedKey { id: key_id, name, owner, last_four, revoked_at },
        former_secret: row.flag()?,
        exposure: Exposure::parse(row.text()?)?,
        outcome: Outcome::parse(row.text()?)?,
        state: State::parse(row.text()?)?,
        note: said(row.text()?),
        judged_by: row.opt_text()?.map(str::to_owned),
        judged_at: row.opt_int()?.map(Timestamp),
        places: row.int()?,
        reports: row.int()?,
        first_seen_at: Timestamp(row.int()?),
        last_seen_at: Timestamp(row.int()?),
        sightings: None,
        version: row.int()?,
    })
}

fn sighting(row: &Row<'_, '_>) -> Result<Sighting> {
    Ok(Sighting {
        place: Place::read(row.text()?)?,
        exposure: Exposure::parse(row.text()?)?,
        tool: said(row.text()?),
        reporter: row.text()?.to_owned(),
        authenticated: row.flag()?,
        reports: row.int()?,
        first_seen_at: Timestamp(row.int()?),
        last_seen_at: Timestamp(row.int()?),
    })
}

/// What was not said is empty in the store.
fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
