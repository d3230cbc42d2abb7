//! Reading and listing keys.

use super::authority::{Holder, Reach};
use super::manage::seen;
use super::table::{View, select_keys};
use super::{Key, KeyId, Keys, role};
use crate::base::{Error, Result, Timestamp};
use crate::config::Environment;
use crate::people::OwnerId;
use crate::store::{Conn, Val, containing};

/// A state to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusFilter {
    Active,
    Expired,
    Disabled,
    Revoked,
}

impl StatusFilter {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
        }
    }
}

/// Which keys to list; everything given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub owner: Option<OwnerId>,
    pub status: Option<StatusFilter>,
    pub environment: Option<Environment>,
    /// Part of the name, the last four characters, or the id.
    pub q: Option<String>,
    pub expires_before: Option<Timestamp>,
    /// Not used since then, and older than that.
    pub unused_since: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    /// Bearing the role with this name.
    pub role: Option<String>,
    /// Only keys made before this one.
    pub before: Option<KeyId>,
    pub limit: i64,
}

/// The conditions that both lists share, after their own on `$1`. The bounds of the id are there on every page, so that a page deep in a long
/// list begins where it begins. Other filters are looked for along the way: at 100,000 keys the longest way, to nothing at all, is 35 ms of
/// one reader, and 70 ms with `q`.
macro_rules! conditions {
    () => {
        " AND k.id < $2 AND k.id >= $12
          AND (CAST($3 AS TEXT) IS NULL OR k.environment = $3)
          AND (CAST($4 AS TEXT) IS NULL OR $4 = CASE
                 WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.enabled = 0 THEN 'disabled'
                 WHEN k.expires_at < $5 THEN 'expired' ELSE 'active' END)
          AND (CAST($6 AS TEXT) IS NULL OR lower(k.name) LIKE lower($6) ESCAPE '!' OR k.last_four = $7 OR k.id = $7)
          AND (CAST($8 AS BIGINT) IS NULL OR k.expires_at < $8)
          AND (CAST($9 AS BIGINT) IS NULL OR (COALESCE(k.last_used_at, k.created_at) < $9))
          AND (CAST($10 AS BIGINT) IS NULL OR k.created_at < $10)
          AND (CAST($13 AS TEXT) IS NULL OR lower(k.roles) LIKE lower($13) ESCAPE '!')
         "
    };
}
pub(super) use conditions;

/// Ids from the first on, and before the other.
#[derive(Debug)]
pub(super) struct Bounds {
    pub from: String,
    pub before: String,
}

/// Sorts behind every id of a key.
pub(super) const AFTER_ALL: &str = "key_~";

const OF_ONE: &str = select_keys!("WHERE k.owner_id = $1", conditions!(), "ORDER BY k.id DESC LIMIT $11");
const EVERYBODY: &str =
    select_keys!("WHERE ($1 = 1 OR k.owner_id <> 'instance')", conditions!(), "ORDER BY k.id DESC LIMIT $11");

/// Whose keys a question goes over.
#[derive(Debug, Clone)]
pub(crate) enum Among {
    /// Everybody's, the instance's own included.
    All,
    /// Everybody's but the instance's.
    Customers,
    /// These owners' and nobody else's.
    Owners(Vec<OwnerId>),
}

impl Among {
    /// What of `asked`, or of everything, the caller may know of: nothing is found where there is nothing to see, be the owner unknown or
    /// somebody else.
    pub fn of(reach: &Reach, asked: Option<OwnerId>) -> Self {
        match (reach, asked) {
            (_, Some(owner)) => Self::Owners(reach.sees(owner).map(|()| owner).into_iter().collect()),
            (Reach::Own(holder), None) => Self::Owners(vec![holder.owner]),
            (Reach::Person(rights), None) => Self::Owners(rights.owners().collect()),
            (Reach::All(power), None) if power.is_admin() => Self::All,
            (Reach::All(_), None) => Self::Customers,
        }
    }
}

impl Filter {
    /// Newest first; over several owners, a page of each, of which the newest are kept.
    pub(super) fn page(&self, db: &Conn, view: View, among: &Among) -> Result<Vec<Key>> {
        let owners = match among {
            Among::All => return self.run(db, view, EVERYBODY, true.into()),
            Among::Customers => return self.run(db, view, EVERYBODY, false.into()),
            Among::Owners(owners) => owners,
        };
        let mut keys = Vec::new();
        for owner in owners {
            keys.extend(self.run(db, view, OF_ONE, (&owner.to_string()).into())?);
        }
        if owners.len() > 1 {
            keys.sort_by(|a, b| b.id.cmp(&a.id));
            keys.truncate(usize::try_from(self.limit).unwrap_or_default());
        }
        Ok(keys)
    }

    fn run(&self, db: &Conn, view: View, sql: &'static str, first: Val<'_>) -> Result<Vec<Key>> {
        let before = self.before.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string());
        let Some(bounds) = self.bounds(String::new(), before) else { return Ok(Vec::new()) };
        let (like, role) = (self.like(), self.role.as_deref().map(role::like));
        db.all(sql, &self.values(view, first, &bounds, (&like, &role)), |row| view.key(row))
    }

    /// Between which ids to look. `None` where no key can be: whoever asks for an id means that one key.
    pub(super) fn bounds(&self, from: String, before: String) -> Option<Bounds> {
        let Some(id) = self.q.as_deref().filter(|q| KeyId::parse(q).is_some()) else {
            return Some(Bounds { from, before });
        };
        (*from <= *id && *id < *before).then(|| Bounds { from: id.to_owned(), before: format!("{id}~") })
    }

    pub(super) fn like(&self) -> Option<String> {
        self.q.as_deref().map(containing)
    }

    /// `$1` to `$13` of [`conditions`].
    pub(super) fn values<'a>(
        &'a self,
        view: View,
        first: Val<'a>,
        bounds: &'a Bounds,
        (like, role): (&'a Option<String>, &'a Option<String>),
    ) -> [Val<'a>; 13] {
        [
            first,
            (&bounds.before).into(),
            self.environment.map(Environment::as_str).into(),
            self.status.map(StatusFilter::as_str).into(),
            view.now.into(),
            like.into(),
            (&self.q).into(),
            self.expires_before.map(|at| at.0).into(),
            self.unused_since.map(|at| at.0).into(),
            self.created_before.map(|at| at.0).into(),
            self.limit.into(),
            (&bounds.from).into(),
            role.into(),
        ]
    }
}

impl Keys {
    pub async fn key(&self, reach: Reach, id: KeyId) -> Result<Key> {
        let view = self.view();
        let key = self.store.read(move |db| seen(db, view, &reach, id)).await?;
        Ok(self.with_last_use(key))
    }

    /// A holder's own key, whatever its kind.
    pub async fn own(&self, holder: &Holder) -> Result<Key> {
        let (view, id) = (self.view(), holder.id.to_string());
        let key = self.store.read(move |db| view.by_id(db, &id)?.ok_or(Error::Unauthenticated)).await?;
        Ok(self.with_last_use(key))
    }

    /// Newest first. A caller that reaches only some owners' keys gets those, whatever the filter says.
    pub async fn keys(&self, reach: Reach, filter: Filter) -> Result<Vec<Key>> {
        let view = self.view();
        let keys = self.store.read(move |db| filter.page(db, view, &Among::of(&reach, filter.owner)));
        Ok(keys.await?.into_iter().map(|key| self.with_last_use(key)).collect())
    }

    /// A use that memory knows and the store does not yet.
    pub(super) fn with_last_use(&self, mut key: Key) -> Key {
        let Some(id) = KeyId::parse(&key.id) else { return key };
        key.last_used = key.last_used.max(self.usage.last_used(id, key.secret_created_at.0).map(Timestamp));
        if let Some(previous) = &mut key.previous_secret {
            previous.last_used = previous.last_used.max(self.usage.previous_last_used(id).map(Timestamp));
        }
        key
    }
}
