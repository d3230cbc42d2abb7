//! Reading the chain: pages for people, and the proof that nothing was touched.

use serde::Serialize;

use super::append::{Canonical, GENESIS, Head};
use super::{Event, Journal};
use crate::base::clock::UnixMs;
use crate::base::crypto::{Digest, hex};
use crate::base::{Error, Result, Timestamp};
use crate::store::{Row, Store};

/// Which events to list. Everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Who did it; with nothing behind its colon, as in `person:`, everybody of that kind.
    pub actor: Option<String>,
    pub action: Option<String>,
    pub subject: Option<String>,
    pub owner_id: Option<String>,
    pub from: Option<UnixMs>,
    pub to: Option<UnixMs>,
    /// Only events before this place in the chain.
    pub before: Option<i64>,
    pub limit: i64,
}

/// Newest first.
pub async fn list(store: &Store, filter: Filter) -> Result<Vec<Event>> {
    store
        .read(move |db| {
            db.all(
                "SELECT seq, id, at, actor, action, subject, owner_id, request_id, address, details FROM events
                     WHERE seq < $1
                       AND (CAST($2 AS TEXT) IS NULL OR actor = $2
                            OR (substr($2, length($2), 1) = ':' AND substr(actor, 1, length($2)) = $2))
                       AND (CAST($3 AS TEXT) IS NULL OR action = $3)
                       AND (CAST($4 AS TEXT) IS NULL OR subject = $4)
                       AND (CAST($5 AS TEXT) IS NULL OR owner_id = $5)
                       AND (CAST($6 AS BIGINT) IS NULL OR at >= $6)
                       AND (CAST($7 AS BIGINT) IS NULL OR at < $7)
                     ORDER BY seq DESC LIMIT $8",
                &[
                    filter.before.unwrap_or(i64::MAX).into(),
                    (&filter.actor).into(),
                    (&filter.action).into(),
                    (&filter.subject).into(),
                    (&filter.owner_id).into(),
                    filter.from.into(),
                    filter.to.into(),
                    filter.limit.into(),
                ],
                read,
            )
        })
        .await
}

fn read(row: &Row<'_, '_>) -> Result<Event> {
    Ok(Event {
        seq: row.int()?,
        id: row.text()?.to_owned(),
        at: Timestamp(row.int()?),
        actor: row.text()?.to_owned(),
        action: row.text()?.to_owned(),
        subject: row.text()?.to_owned(),
        owner_id: row.opt_text()?.map(str::to_owned),
        request_id: row.opt_text()?.map(str::to_owned),
        address: row.opt_text()?.map(str::to_owned),
        details: serde_json::from_str(row.text()?).map_err(Error::internal)?,
    })
}

/// What a check of the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Report {
    pub ok: bool,
    /// Events in the table.
    pub count: i64,
    /// The mac at the end of the chain, in hexadecimal: write it down elsewhere, and a whole older database can be told, too.
    pub head: String,
    /// The place of the first event that is not as it was written; null where all are, or only the head is wrong.
    pub first_bad: Option<i64>,
    /// What is wrong, in words.
    pub problem: Option<&'static str>,
}

/// Rows checked in one read, so that a long chain does not hold the log back for long.
const STEP: i64 = 5_000;

/// Walks the chain from its first event. Rows appended while it walks are checked too, up to the head seen at the end.
pub async fn verify(store: &Store, journal: &Journal) -> Result<Report> {
    let mut walk = Walk { seq: 0, mac: GENESIS };
    loop {
        let (journal, from) = (journal.clone(), walk);
        let step = store.read(move |db| {
            let head = Head::read(db)?;
            let mut now = from;
            let mut bad = None;
            let rows = db.all(
                "SELECT seq, id, at, actor, action, subject, owner_id, request_id, address, details, mac FROM events
                 WHERE seq > $1 ORDER BY seq LIMIT $2",
                &[from.seq.into(), STEP.into()],
                |row| {
                    if bad.is_none() && !now.accepts(row, &journal)? {
                        bad = Some(now.seq + 1);
                    }
                    Ok(())
                },
            )?;
            let more = i64::try_from(rows.len()) == Ok(STEP) && bad.is_none();
            let total =
                if more { 0 } else { db.first("SELECT COUNT(*) FROM events", &[], |row| row.int())?.unwrap_or(0) };
            let head_ok = head.is_some_and(|head| head == Head::signed(&journal, head.count, head.last_mac));
            Ok(Step { now, bad, more, total, head, head_ok })
        });
        let step = step.await?;
        walk = step.now;
        if step.more {
            continue;
        }
        return Ok(step.report());
    }
}

#[derive(Debug, Clone, Copy)]
struct Walk {
    seq: i64,
    mac: Digest,
}

impl Walk {
    /// Does the row follow? Steps on if it does.
    fn accepts(&mut self, row: &Row<'_, '_>, journal: &Journal) -> Result<bool> {
        let seq = row.int()?;
        let (id, at) = (row.text()?, row.int()?);
        let (actor, action, subject) = (row.text()?, row.text()?, row.text()?);
        let (owner_id, request_id, address) = (row.opt_text()?, row.opt_text()?, row.opt_text()?);
        let details = row.text()?;
        let canonical = Canonical { seq, id, at, actor, action, subject, owner_id, request_id, address, details };
        let mac = row.digest()?;
        if seq != self.seq + 1 || canonical.mac(journal, &self.mac) != mac {
            return Ok(false);
        }
        *self = Self { seq, mac };
        Ok(true)
    }
}

struct Step {
    now: Walk,
    bad: Option<i64>,
    more: bool,
    total: i64,
    head: Option<Head>,
    head_ok: bool,
}

impl Step {
    fn report(self) -> Report {
        let counted = self.head.map_or(0, |head| head.count);
        let ends_at_head = self.head.is_none_or(|head| head.last_mac == self.now.mac && head.count == self.now.seq);
        let problem = if self.bad.is_some() {
            Some("an event was changed, removed or inserted at first_bad")
        } else if !self.head_ok {
            Some("the head of the chain was changed or removed")
        } else if self.total < counted {
            Some("events are missing at the end")
        } else if !ends_at_head {
            Some("the events do not lead to the head: the table was replaced, or events were added from outside")
        } else {
            None
        };
        Report {
            ok: problem.is_none(),
            count: self.total,
            head: hex(&self.head.map_or(GENESIS, |head| head.last_mac)),
            first_bad: self.bad,
            problem,
        }
    }
}
