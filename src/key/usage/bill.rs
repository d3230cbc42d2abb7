//! Who has used what: the days of `usage_days` summed up by owner, by key or by day, a page at a time. Everything is read along the index of
//! holders, newest owner first, in reads of a bounded number of rows: a long bill is many short reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::CODES;
use crate::base::{Date, Error, Result};
use crate::key::authority::Reach;
use crate::key::find::Among;
use crate::key::{KeyId, Keys, manage};
use crate::people::{OwnerId, OwnerType};
use crate::store::{Conn, Row};

/// Holders that one read looks at: half a millisecond of one reader where all of them were idle.
const HOLDERS: i64 = 500;
/// Rows after which a read goes no further: some 8 ms of one reader, and 5 MiB. One holder more has 366 days of 11 codes at most.
const ROWS: usize = 20_000;

/// What a line is about, besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    Owner,
    Key,
    Day,
}

/// Which bill is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub group_by: GroupBy,
    pub owner: Option<OwnerId>,
    /// Both days belong to it.
    pub from: Date,
    pub to: Date,
    /// The last line of the page before.
    pub after: Option<Place>,
    pub limit: i64,
}

/// Where in a list a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    owner: String,
    key: Option<String>,
    day: Option<i64>,
}

/// Whose line it is. The name is today's.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Billed {
    #[serde(rename = "type")]
    pub kind: OwnerType,
    pub id: String,
    pub external_id: Option<String>,
    /// Null where nothing is left of the owner but the bill.
    pub name: Option<String>,
}

/// Which key it is about.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct BilledKey {
    pub id: String,
    /// Null where the key was removed for good.
    pub name: Option<String>,
}

/// One line of a bill.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Line {
    /// The first and the last day that it is about, in UTC.
    pub from: Date,
    pub to: Date,
    /// Who owned the key at the time.
    pub owner: Billed,
    /// Null in a line about all keys of the owner.
    pub key: Option<BilledKey>,
    /// Verifications, whatever their answer.
    pub uses: i64,
    pub valid: i64,
    pub refused: i64,
    /// The same by their `code`; those that were answered at least once.
    pub codes: BTreeMap<&'static str, i64>,
    /// The sum of what valid uses cost, 1 each where the question did not say.
    pub cost: i64,
    /// What to pass for the lines behind this one.
    #[serde(skip)]
    pub place: String,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    codes: [i64; CODES.len()],
    cost: i64,
}

#[derive(Debug)]
struct Sum {
    place: Place,
    sums: Sums,
}

/// A holder, by owner and key.
type At = (String, String);

/// Owners from this one to the one at the place before which it goes on.
#[derive(Debug, Clone)]
struct Span {
    floor: String,
    before: At,
    /// Only this key.
    key: Option<String>,
}

/// Sorts behind every id.
const BEHIND_ALL: &str = "~";

impl Place {
    /// Reads what a line of such a list says of itself.
    pub fn parse(group_by: GroupBy, text: &str) -> Option<Self> {
        let (owner, rest) = text.split_once('.').map_or((text, None), |(owner, rest)| (owner, Some(rest)));
        let owner = OwnerId::parse(owner)?.to_string();
        let (key, day) = match (group_by, rest) {
            (GroupBy::Owner, None) => (None, None),
            (GroupBy::Key, Some(rest)) => (Some(KeyId::parse(rest)?.to_string()), None),
            (GroupBy::Day, Some(rest)) => (None, Some(Date::parse(rest)?.0)),
            _ => return None,
        };
        Some(Self { owner, key, day })
    }

    fn to_text(&self) -> String {
        match (&self.key, self.day) {
            (Some(key), _) => format!("{}.{key}", self.owner),
            (None, Some(day)) => format!("{}.{}", self.owner, Date(day)),
            (None, None) => self.owner.clone(),
        }
    }
}

impl Keys {
    /// A page, newest owner first, then newest key or day. Complete to the last [`Keys::settle_usage`].
    pub async fn usage(&self, reach: Reach, asked: Asked) -> Result<Vec<Line>> {
        let spans = match Among::of(&reach, asked.owner) {
            Among::All | Among::Customers => vec![(String::new(), BEHIND_ALL.to_owned())],
            Among::Owners(mut owners) => {
                owners.sort_unstable_by_key(|owner| std::cmp::Reverse(owner.to_string()));
                owners.iter().map(|owner| (owner.to_string(), owner.to_string())).collect()
            }
        };
        let spans = spans.into_iter().filter_map(|(floor, top)| span(&asked, floor, top, None)).collect();
        self.lines(asked, spans).await
    }

    /// Of one key, by the day: what its owners used that this caller sees.
    pub async fn usage_of(&self, reach: Reach, id: KeyId, asked: Asked) -> Result<Vec<Line>> {
        let view = self.view();
        let owners = self.store.read(move |db| {
            let key = manage::seen(db, view, &reach, id)?;
            let owners = db.all(
                "SELECT owner_id FROM usage_holders WHERE key_id = $1 ORDER BY owner_id DESC",
                &[(&key.id).into()],
                |row| row.text().map(str::to_owned),
            )?;
            let seen = |owner: &String| OwnerId::parse(owner).is_some_and(|owner| reach.sees(owner).is_ok());
            Ok(owners.into_iter().filter(seen).collect::<Vec<_>>())
        });
        let spans = owners.await?.into_iter();
        let spans = spans.filter_map(|owner| span(&asked, owner.clone(), owner, Some(id))).collect();
        self.lines(asked, spans).await
    }

    async fn lines(&self, asked: Asked, spans: Vec<Span>) -> Result<Vec<Line>> {
        let limit = usize::try_from(asked.limit).unwrap_or_default();
        let mut sums: Vec<Sum> = Vec::new();
        'all: for mut span in spans {
            loop {
                let (asked_too, span_too) = (asked.clone(), span.clone());
                let (parts, next) = self.store.read(move |db| read(db, &asked_too, &span_too)).await?;
                for part in parts {
                    put(&mut sums, part);
                }
                if complete(&sums, asked.group_by) >= limit {
                    break 'all;
                }
                match next {
                    Some(next) => span.before = next,
                    None => break,
                }
            }
        }
        sums.truncate(limit);
        self.store.read(move |db| sums.iter().map(|sum| line(db, &asked, sum)).collect()).await
    }
}

/// What is left of these owners behind the page before; `None` where nothing is.
fn span(asked: &Asked, floor: String, top: String, key: Option<KeyId>) -> Option<Span> {
    let key = key.map(|key| key.to_string());
    let all = (top, BEHIND_ALL.to_owned());
    let before = match &asked.after {
        None => all,
        Some(after) => {
            let rest = match (&after.key, after.day) {
                (Some(key), _) => key.clone(),
                // The same owner again, for the days before.
                (None, Some(_)) => BEHIND_ALL.to_owned(),
                (None, None) => String::new(),
            };
            all.min((after.owner.clone(), rest))
        }
    };
    (before.0 >= floor).then_some(Span { floor, before, key })
}

/// Some holders of the span with what they used, and where to go on.
fn read(db: &Conn, asked: &Asked, span: &Span) -> Result<(Vec<Sum>, Option<At>)> {
    let holder = |row: &Row<'_, '_>| Ok((row.int()?, row.text()?.to_owned(), row.text()?.to_owned()));
    let (owner, key) = &span.before;
    let holders = match &span.key {
        None => db.all(
            "SELECT id, owner_id, key_id FROM usage_holders WHERE (owner_id, key_id) < ($1, $2) AND owner_id >= $3
             ORDER BY owner_id DESC, key_id DESC LIMIT $4",
            &[owner.into(), key.into(), (&span.floor).into(), HOLDERS.into()],
            holder,
        )?,
        Some(only) => db.all(
            "SELECT id, owner_id, key_id FROM usage_holders WHERE key_id = $1 AND owner_id = $2",
            &[only.into(), (&span.floor).into()],
            holder,
        )?,
    };
    let full = i64::try_from(holders.len()).is_ok_and(|count| count >= HOLDERS);
    let last = holders.len().saturating_sub(1);
    let (mut parts, mut rows) = (Vec::new(), 0);
    for (n, (id, owner, key)) in holders.into_iter().enumerate() {
        rows += read_days(db, asked, id, &owner, &key, &mut parts)?;
        if n < last && rows > ROWS || n == last && full {
            return Ok((parts, Some((owner, key))));
        }
    }
    Ok((parts, None))
}

/// Adds what one holder used. Answers how many rows that were.
fn read_days(db: &Conn, asked: &Asked, id: i64, owner: &str, key: &str, parts: &mut Vec<Sum>) -> Result<usize> {
    let before = asked.after.as_ref().filter(|after| after.owner == owner).and_then(|after| after.day);
    let to = before.map_or(asked.to.0, |day| asked.to.0.min(day - 1));
    let days = db.all(
        "SELECT day, code, uses, cost FROM usage_days WHERE holder_id = $1 AND day >= $2 AND day <= $3 ORDER BY day DESC, code DESC",
        &[id.into(), asked.from.0.into(), to.into()],
        |row| Ok((row.int()?, row.int()?, row.int()?, row.int()?)),
    )?;
    let first = parts.len();
    for (day, code, uses, cost) in &days {
        let day = (asked.group_by == GroupBy::Day).then_some(*day);
        if parts.len() == first || parts.last().is_some_and(|part| part.place.day != day) {
            let key = (asked.group_by == GroupBy::Key).then(|| key.to_owned());
            parts.push(Sum { place: Place { owner: owner.to_owned(), key, day }, sums: Sums::default() });
        }
        let code = usize::try_from(*code).ok().filter(|code| *code < CODES.len());
        let code = code.ok_or_else(|| Error::internal("uses are counted under an unknown code"))?;
        let sums = &mut parts.last_mut().expect("one was pushed").sums;
        sums.codes[code] = sums.codes[code].saturating_add(*uses);
        sums.cost = sums.cost.saturating_add(*cost);
    }
    Ok(days.len())
}

/// Parts come owner by owner: the lines of one owner stand together at the end.
fn put(sums: &mut Vec<Sum>, part: Sum) {
    let first = sums.partition_point(|sum| sum.place.owner > part.place.owner);
    let order = |sum: &Sum| (&part.place.key, part.place.day).cmp(&(&sum.place.key, sum.place.day));
    match sums[first..].binary_search_by(order) {
        Ok(same) => sums[first + same].sums.add(&part.sums),
        Err(place) => sums.insert(first + place, part),
    }
}

/// Lines to which nothing comes any more while the reading goes on.
fn complete(sums: &[Sum], group_by: GroupBy) -> usize {
    match sums.last() {
        Some(last) if group_by != GroupBy::Key => sums.partition_point(|sum| sum.place.owner > last.place.owner),
        _ => sums.len(),
    }
}

impl Sums {
    fn add(&mut self, more: &Self) {
        for (sum, more) in self.codes.iter_mut().zip(more.codes) {
            *sum = sum.saturating_add(more);
        }
        self.cost = self.cost.saturating_add(more.cost);
    }
}

/// The line with names as they are now.
fn line(db: &Conn, asked: &Asked, Sum { place, sums }: &Sum) -> Result<Line> {
    let owner = OwnerId::parse(&place.owner).ok_or_else(|| Error::internal("uses are of an unknown owner"))?;
    let named = db.first("SELECT external_id, name FROM owners WHERE id = $1", &[(&place.owner).into()], |row| {
        Ok((row.opt_text()?.map(str::to_owned), row.text()?.to_owned()))
    })?;
    let (external_id, name) = named.map_or((None, None), |(external_id, name)| (external_id, Some(name)));
    let key = match &place.key {
        None => None,
        Some(id) => {
            let sql = "SELECT name FROM keys WHERE id = $1";
            let name = db.first(sql, &[id.into()], |row| row.text().map(str::to_owned))?;
            Some(BilledKey { id: id.clone(), name })
        }
    };
    let (from, to) = place.day.map_or((asked.from, asked.to), |day| (Date(day), Date(day)));
    let uses = sums.codes.iter().fold(0_i64, |all, uses| all.saturating_add(*uses));
    let counted = CODES.iter().zip(sums.codes).filter(|(_, uses)| *uses > 0);
    Ok(Line {
        from,
        to,
        owner: Billed { kind: owner.kind(), id: place.owner.clone(), external_id, name },
        key,
        uses,
        valid: sums.codes[0],
        refused: uses - sums.codes[0],
        codes: counted.map(|((_, name), uses)| (*name, uses)).collect(),
        cost: sums.cost,
        place: place.to_text(),
    })
}
