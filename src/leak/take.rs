//! Taking reports: for each, in one transaction, the secret ends, the leak and its place are recorded, and the event and the notice of it are
//! appended. Taking the same report again changes nothing but counters.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json as details;

use super::decide::decide;
use super::table::{self, Known, Seen};
use super::{Exposure, LeakId, Leaks, Outcome, Report, State};
use crate::base::Result;
use crate::base::clock::DAY_MS;
use crate::base::crypto::Digest;
use crate::config::LeakedKeys;
use crate::event::{Act, Change};
use crate::key::Exposed;
use crate::store::Conn;

/// Reports that one job takes, at some dozen statements each: a few milliseconds of the writer, so that others pass between them.
const BATCH: usize = 50;

/// Who reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reporter {
    /// Somebody who proved who they are.
    Known,
    /// Anybody. Whatever they report takes a commit, so that it takes no longer where a key is known.
    Stranger,
}

/// What one report came to. Without an outcome, it names no key of this server, and nothing was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fate {
    /// What this report did; null where it names no key that is known here.
    pub outcome: Option<Outcome>,
    pub leak_id: Option<String>,
    pub key_id: Option<String>,
}

impl Leaks {
    /// Takes reports in their order. In force with the answer: the next verification of a secret that was ended says so.
    pub async fn take(&self, act: Act, reports: Vec<Report>, reporter: Reporter) -> Result<Vec<Fate>> {
        let mut fates = Vec::with_capacity(reports.len());
        let mut reports = reports.into_iter();
        loop {
            let batch: Vec<Report> = reports.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return Ok(fates);
            }
            let (leaks, act) = (self.clone(), act.clone());
            let taken = self.store.write(move |db| {
                if reporter == Reporter::Stranger {
                    db.run("UPDATE heartbeat SET beat_at = $1 WHERE one = 1", &[act.at.into()])?;
                }
                let policy = leaks.keys.policy().leaked_keys;
                batch
                    .iter()
                    .map(|report| leaks.take_one(db, &act, report, reporter, policy))
                    .collect::<Result<Vec<_>>>()
            });
            fates.extend(taken.await?);
        }
    }

    fn take_one(&self, db: &Conn, act: &Act, report: &Report, reporter: Reporter, policy: LeakedKeys) -> Result<Fate> {
        let Some(digest) = report.digest else { return Ok(Fate::default()) };
        let Some(exposed) = Exposed::find(db, act, &digest)? else { return Ok(Fate::default()) };
        let before = table::by_digest(db, &digest)?;
        let id = before.map_or_else(|| LeakId::new(act.at), |leak| leak.id);
        let outcome = decide(&exposed, report.proof, report.exposure, policy);
        if outcome.ends() {
            self.keys.end_leaked(db, act, &exposed, &digest, &id.to_string())?;
        }
        self.record(db, act, report, reporter, Taken { id, digest: &digest, exposed: &exposed, before, outcome })?;
        Ok(Fate { outcome: Some(outcome), leak_id: Some(id.to_string()), key_id: Some(exposed.key_id) })
    }

    fn record(&self, db: &Conn, act: &Act, report: &Report, reporter: Reporter, taken: Taken<'_>) -> Result<()> {
        let Taken { id, digest, exposed, before, outcome } = taken;
        let mut after = merged(id, before, report.exposure, outcome);
        if before.is_none() {
            table::insert(db, act.at, &after, (digest, self.keys.pepper_id(), &exposed.key_id))?;
        }
        let seen = table::sighting(db, act, id, report, reporter == Reporter::Known)?;
        let is_worse = before.is_none_or(|before| after.is_worse_than(&before));
        let is_news = is_worse || outcome.ends() || seen == Seen::New;
        let tells = is_news && before.is_none_or(|before| after.is_told(&before, outcome, act.at));
        if tells {
            after.told_at = act.at;
        }
        table::update(db, act.at, &after, seen, is_news && before.is_some())?;
        if !is_news {
            return Ok(());
        }
        let details = details!({ "key": exposed.key_id, "former_secret": exposed.former, "by": report.proof.as_str(),
            "exposure": report.exposure, "outcome": outcome, "new_place": seen == Seen::New, "state": after.state,
            "before": before.map(|before| details!({ "exposure": before.exposure, "outcome": before.outcome, "state": before.state })) });
        let subject = id.to_string();
        let change = Change { action: "leak.reported", subject: &subject, owner_id: Some(&exposed.owner_id), details };
        if tells {
            self.journal.append_and_tell(db, act, &change, &exposed.owner_id)
        } else {
            self.journal.append(db, act, &change)
        }
    }
}

/// A report that names a key.
struct Taken<'a> {
    id: LeakId,
    digest: &'a Digest,
    exposed: &'a Exposed,
    before: Option<Known>,
    outcome: Outcome,
}

/// The leak with this report: the worst that was reported, and the most that was done. Something worse opens again what was dismissed.
fn merged(id: LeakId, before: Option<Known>, exposure: Exposure, outcome: Outcome) -> Known {
    let Some(before) = before else { return Known { id, exposure, outcome, state: State::Open, told_at: 0 } };
    let after = Known { exposure: exposure.max(before.exposure), outcome: outcome.max(before.outcome), ..before };
    let reopened = before.state == State::Dismissed && after.is_worse_than(&before);
    Known { state: if reopened { State::Open } else { before.state }, ..after }
}

impl Known {
    fn is_worse_than(&self, before: &Self) -> bool {
        self.exposure > before.exposure || self.outcome > before.outcome
    }

    /// Is the owner told of this news? Whenever a secret ends; else once in a day, in UTC, and not of what somebody dismissed.
    fn is_told(&self, before: &Self, outcome: Outcome, now: i64) -> bool {
        let day = |at: i64| at.div_euclid(DAY_MS);
        outcome.ends() || (self.state != State::Dismissed && day(now) != day(before.told_at))
    }
}
