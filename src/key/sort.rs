//! Keys in another order than newest first, page by page. A cursor holds the value that the page ended with, and the id that breaks ties, so
//! that the next page begins behind it whatever was made or removed meanwhile.
//!
//! No index serves these orders: one over the last use would be written on every use. A page looks at all keys that it chooses among, and
//! only those on it are read whole: at 100,000 keys 70 to 75 ms of one reader, 95 to 130 by name, and half a millisecond for an owner of 300.
//! By `created_at` it is a walk along the ids.

use serde::{Deserialize, Serialize};

use super::authority::Reach;
use super::find::{AFTER_ALL, Among, Filter, conditions};
use super::table::{View, select_keys};
use super::{Key, KeyId, Keys, role};
use crate::base::Result;
use crate::store::{Conn, Val};

/// An order of keys; `-` turns it round. Whatever has no such time stands last, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Sort {
    /// As they came to this server, which for imported ones is their import: the oldest first.
    #[serde(rename = "created_at")]
    Created,
    #[serde(rename = "-created_at")]
    CreatedDown,
    /// In any case of ASCII letters.
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    /// True to a second or two: a key that is used while a list is read may be seen twice, or not at all.
    #[serde(rename = "last_used")]
    Used,
    #[serde(rename = "-last_used")]
    UsedDown,
    #[serde(rename = "expires_at")]
    Expires,
    #[serde(rename = "-expires_at")]
    ExpiresDown,
}

/// What a key is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum By {
    Number(i64),
    Text(String),
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    sort: Sort,
    by: By,
    id: String,
}

impl After {
    /// Was it made by a list in this order?
    pub fn fits(&self, sort: Sort) -> bool {
        let number = matches!(sort, Sort::Used | Sort::UsedDown | Sort::Expires | Sort::ExpiresDown);
        self.sort == sort && number == matches!(self.by, By::Number(_)) && KeyId::parse(&self.id).is_some()
    }
}

/// The statements for one owner and for everybody: the ids of a page in order, then the keys of those. `$14` and `$15` are where the page
/// before ended.
macro_rules! sorted {
    ($by:literal, $type:literal, $behind:literal, $way:literal) => {
        [
            sorted!("WHERE k.owner_id = $1", $by, $type, $behind, $way),
            sorted!("WHERE ($1 = 1 OR k.owner_id <> 'instance')", $by, $type, $behind, $way),
        ]
    };
    ($of:literal, $by:literal, $type:literal, $behind:literal, $way:literal) => {
        select_keys!(
            "WHERE k.id IN (SELECT k.id FROM keys k ",
            $of,
            conditions!(),
            "AND (CAST($14 AS ",
            $type,
            ") IS NULL OR ",
            $by,
            $behind,
            "$14 OR (",
            $by,
            " = $14 AND k.id ",
            $behind,
            "$15)) ORDER BY ",
            $by,
            $way,
            ", k.id",
            $way,
            " LIMIT $11) ORDER BY ",
            $by,
            $way,
            ", k.id",
            $way
        )
    };
}

/// Behind every time there is, and before.
const LAST: i64 = i64::MAX;
const LAST_DOWN: i64 = -1;

impl Sort {
    fn statements(self) -> [&'static str; 2] {
        match self {
            Self::Created => sorted!("k.id", "TEXT", " > ", " ASC"),
            Self::CreatedDown => sorted!("k.id", "TEXT", " < ", " DESC"),
            Self::Name => sorted!("lower(k.name)", "TEXT", " > ", " ASC"),
            Self::NameDown => sorted!("lower(k.name)", "TEXT", " < ", " DESC"),
            Self::Used => sorted!("COALESCE(k.last_used_at, 9223372036854775807)", "BIGINT", " > ", " ASC"),
            Self::UsedDown => sorted!("COALESCE(k.last_used_at, -1)", "BIGINT", " < ", " DESC"),
            Self::Expires => sorted!("COALESCE(k.expires_at, 9223372036854775807)", "BIGINT", " > ", " ASC"),
            Self::ExpiresDown => sorted!("COALESCE(k.expires_at, -1)", "BIGINT", " < ", " DESC"),
        }
    }

    fn goes_down(self) -> bool {
        matches!(self, Self::CreatedDown | Self::NameDown | Self::UsedDown | Self::ExpiresDown)
    }

    /// The value of a key that the store has read: what memory knows besides of its last use is in no order.
    fn by(self, key: &Key) -> By {
        match self {
            Self::Created | Self::CreatedDown => By::Text(key.id.clone()),
            Self::Name | Self::NameDown => By::Text(key.name.to_ascii_lowercase()),
            Self::Used => By::Number(key.last_used.map_or(LAST, |at| at.0)),
            Self::UsedDown => By::Number(key.last_used.map_or(LAST_DOWN, |at| at.0)),
            Self::Expires => By::Number(key.expires_at.map_or(LAST, |at| at.0)),
            Self::ExpiresDown => By::Number(key.expires_at.map_or(LAST_DOWN, |at| at.0)),
        }
    }
}

impl Filter {
    /// In this order; over several owners, a page of each, of which the first are kept.
    fn sorted(&self, db: &Conn, view: View, among: &Among, sort: Sort, after: Option<&After>) -> Result<Vec<Key>> {
        let [of_one, everybody] = sort.statements();
        let owners = match among {
            Among::All => return self.run_sorted(db, view, everybody, true.into(), after),
            Among::Customers => return self.run_sorted(db, view, everybody, false.into(), after),
            Among::Owners(owners) => owners,
        };
        let mut keys = Vec::new();
        for owner in owners {
            keys.extend(self.run_sorted(db, view, of_one, (&owner.to_string()).into(), after)?);
        }
        if owners.len() > 1 {
            keys.sort_by_cached_key(|key| (sort.by(key), key.id.clone()));
            if sort.goes_down() {
                keys.reverse();
            }
            keys.truncate(usize::try_from(self.limit).unwrap_or_default());
        }
        Ok(keys)
    }

    fn run_sorted(
        &self,
        db: &Conn,
        view: View,
        sql: &'static str,
        first: Val<'_>,
        after: Option<&After>,
    ) -> Result<Vec<Key>> {
        // By id, a page deep in a long list begins where it begins; no id of a key has anything but its own behind it.
        let (from, before) = match after {
            Some(After { sort: Sort::Created, id, .. }) => (format!("{id}~"), AFTER_ALL.to_owned()),
            Some(After { sort: Sort::CreatedDown, id, .. }) => (String::new(), id.clone()),
            _ => (String::new(), AFTER_ALL.to_owned()),
        };
        let Some(bounds) = self.bounds(from, before) else { return Ok(Vec::new()) };
        let (like, role) = (self.like(), self.role.as_deref().map(role::like));
        let by = match after.map(|after| &after.by) {
            None => Val::Null,
            Some(By::Number(number)) => (*number).into(),
            Some(By::Text(text)) => text.into(),
        };
        let mut values = self.values(view, first, &bounds, (&like, &role)).to_vec();
        values.extend([by, after.map_or("", |after| &after.id).into()]);
        db.all(sql, &values, |row| view.key(row))
    }
}

impl Keys {
    /// One page in this order, and where it ended, if there is another.
    pub async fn keys_sorted(
        &self,
        reach: Reach,
        filter: Filter,
        sort: Sort,
        after: Option<After>,
    ) -> Result<(Vec<Key>, Option<After>)> {
        let (view, size) = (self.view(), usize::try_from(filter.limit).unwrap_or_default());
        let filter = Filter { limit: filter.limit + 1, ..filter };
        let found =
            self.store.read(move |db| filter.sorted(db, view, &Among::of(&reach, filter.owner), sort, after.as_ref()));
        let mut keys = found.await?;
        let more = keys.len() > size;
        keys.truncate(size);
        let end = keys.last().filter(|_| more);
        let end = end.map(|key| After { sort, by: sort.by(key), id: key.id.clone() });
        Ok((keys.into_iter().map(|key| self.with_last_use(key)).collect(), end))
    }
}
