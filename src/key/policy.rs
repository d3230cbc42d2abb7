//! The operator's switches: which keys people, panels and holders of keys may make. They bind whoever makes a key or makes one more than it
//! was, not admins and not backends; a key that is there already goes on working. Read from memory on every such change; the writer
//! replaces what is there when a change of the switches is on disk.

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Keys;
use super::authority::Reach;
use crate::base::clock::{DAY_MS, SECOND_MS, UnixMs};
use crate::base::{Error, Field, Result, Timestamp};
use crate::config::{self, Environment, LIFETIME_DAYS_MAX, LeakedKeys, LiveKeys};
use crate::event::{Act, Change};
use crate::people::{OwnerId, Power};
use crate::store::Conn;

/// The switches as they are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub allow_user_api_keys: bool,
    pub allow_team_api_keys: bool,
    /// 0 is no bound.
    pub max_lifetime_days: u32,
    /// What is offered to whoever has not chosen; 0 is nothing.
    pub default_lifetime_days: u32,
    pub allow_never: bool,
    /// When a live key's secret counts as old; 0 is never.
    pub rotate_after_days: u32,
    pub live_keys: LiveKeys,
    pub leaked_keys: LeakedKeys,
}

/// What to change; `None` leaves a switch as it is.
#[derive(Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_user_api_keys: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_team_api_keys: Option<bool>,
    /// The longest time from now until a key expires, in days; 0 is no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 36_500))]
    max_lifetime_days: Option<u32>,
    /// The lifetime that is offered, in days; 0 offers none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 36_500))]
    default_lifetime_days: Option<u32>,
    /// May a key never expire?
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_never: Option<bool>,
    /// A live key whose secret is older is marked `rotation_due`, in days; 0 never marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 36_500))]
    rotate_after_days: Option<u32>,
    /// Who makes live keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    live_keys: Option<LiveKeys>,
    /// What becomes of a secret key that is reported to be in a private or public place.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaked_keys: Option<LeakedKeys>,
}

/// One switch as an admin sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Switch<T> {
    /// What is in force.
    pub value: T,
    /// What the configuration says.
    pub default: T,
    /// The configuration sets it, and only there it can be changed.
    pub pinned: bool,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Switches {
    /// May people have keys?
    pub allow_user_api_keys: Switch<bool>,
    /// May teams have keys?
    pub allow_team_api_keys: Switch<bool>,
    /// The longest time from now until a key expires, in days; 0 is no bound.
    pub max_lifetime_days: Switch<u32>,
    /// The lifetime that is offered, in days; 0 offers none.
    pub default_lifetime_days: Switch<u32>,
    /// May a key never expire?
    pub allow_never: Switch<bool>,
    /// A live key whose secret is older is marked `rotation_due`, in days; 0 never marks.
    pub rotate_after_days: Switch<u32>,
    /// Who makes live keys: everyone, or admins (and backends).
    pub live_keys: Switch<LiveKeys>,
    /// What becomes of a secret key that is reported to be in a private or public place: it is revoked, or its owner is told and it goes on.
    pub leaked_keys: Switch<LeakedKeys>,
    /// Counts changes: the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// A caller's clock may be so far ahead of ours when it works out "in 90 days".
const AHEAD_MS: i64 = 60 * SECOND_MS;

impl Policy {
    /// May the caller make a key like this, or make one more than it was?
    pub(super) fn makes(&self, reach: &Reach, owner: OwnerId, environment: Environment) -> Result<()> {
        let refused = |field: Field, why| Err(Error::Forbidden { field, why, scope: None });
        match owner {
            _ if !bound(reach) => Ok(()),
            OwnerId::User(_) if !self.allow_user_api_keys => {
                refused(Field::NONE, "keys of people are switched off here: use a team's key, or ask an admin")
            }
            OwnerId::Team(_) if !self.allow_team_api_keys => {
                refused(Field::NONE, "keys of teams are switched off here: use a key of your own, or ask an admin")
            }
            _ if environment == Environment::Live && self.live_keys == LiveKeys::Admins => {
                refused("/environment".into(), "only admins make live keys here: make a test key, or ask an admin")
            }
            _ => Ok(()),
        }
    }

    /// May the caller let a key last until then?
    pub(super) fn lasts(&self, reach: &Reach, expires_at: Option<Timestamp>, now: UnixMs) -> Result<()> {
        if !bound(reach) {
            return Ok(());
        }
        let last = now + i64::from(self.max_lifetime_days) * DAY_MS + AHEAD_MS;
        if self.max_lifetime_days > 0 && expires_at.is_none_or(|at| at.0 > last) {
            return Err(Error::TooLong { field: "/expires_at".into(), days: self.max_lifetime_days });
        }
        if expires_at.is_none() && !self.allow_never {
            return Err(Error::refused(
                "/expires_at",
                "a key must expire some day here: choose a time instead of never",
            ));
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        for (field, days) in [
            ("/max_lifetime_days", self.max_lifetime_days),
            ("/default_lifetime_days", self.default_lifetime_days),
            ("/rotate_after_days", self.rotate_after_days),
        ] {
            if days > LIFETIME_DAYS_MAX {
                return Err(Error::refused(field, "must be a number of days from 0 to 36500"));
            }
        }
        if self.max_lifetime_days > 0 && self.default_lifetime_days > self.max_lifetime_days {
            return Err(Error::refused("/default_lifetime_days", "must not be more than max_lifetime_days"));
        }
        Ok(())
    }

    fn fields(&self) -> Result<Map<String, Value>> {
        match serde_json::to_value(self).map_err(Error::internal)? {
            Value::Object(fields) => Ok(fields),
            _ => Err(Error::internal("a policy is an object")),
        }
    }

    fn of(fields: Map<String, Value>) -> Result<Self> {
        serde_json::from_value(Value::Object(fields)).map_err(Error::internal)
    }
}

/// The switches are for those whom the operator does not trust with everything.
fn bound(reach: &Reach) -> bool {
    !matches!(reach, Reach::All(_))
}

/// The switches in memory, and what the configuration says of them.
#[derive(Debug)]
pub(super) struct Board {
    default: Policy,
    pinned: Vec<&'static str>,
    now: RwLock<Arc<Policy>>,
}

impl Board {
    pub fn new(policy: &config::Policy, keys: &config::Keys) -> Self {
        let default = Policy {
            allow_user_api_keys: policy.allow_user_api_keys,
            allow_team_api_keys: policy.allow_team_api_keys,
            max_lifetime_days: policy.max_lifetime_days,
            default_lifetime_days: policy.default_lifetime_days,
            allow_never: policy.allow_never,
            rotate_after_days: keys.rotate_after_days,
            live_keys: policy.live_keys,
            leaked_keys: policy.leaked_keys,
        };
        Self { now: RwLock::new(Arc::new(default.clone())), default, pinned: policy.pinned.clone() }
    }

    pub fn now(&self) -> Arc<Policy> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, policy: Policy) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// What is stored, over what the configuration says; what that pins, it has the last word on.
    fn stored(&self, db: &Conn) -> Result<(Policy, i64)> {
        let mut fields = self.default.fields()?;
        let mut version = 1;
        let rows = db.all("SELECT name, value, version FROM settings ORDER BY name", &[], |row| {
            Ok((row.text()?.to_owned(), row.text()?.to_owned(), row.int()?))
        })?;
        for (name, value, changes) in rows {
            version += changes;
            // A name of another version of the program means nothing to this one.
            if let Some(field) = fields.get_mut(&name).filter(|_| !self.pinned.contains(&name.as_str())) {
                *field = serde_json::from_str(&value).map_err(Error::internal)?;
            }
        }
        Ok((Policy::of(fields)?, version))
    }

    fn show(&self, policy: &Policy, version: i64) -> Switches {
        fn switch<T: Copy>(board: &Board, now: &Policy, name: &str, of: impl Fn(&Policy) -> T) -> Switch<T> {
            Switch { value: of(now), default: of(&board.default), pinned: board.pinned.contains(&name) }
        }
        Switches {
            allow_user_api_keys: switch(self, policy, "allow_user_api_keys", |policy| policy.allow_user_api_keys),
            allow_team_api_keys: switch(self, policy, "allow_team_api_keys", |policy| policy.allow_team_api_keys),
            max_lifetime_days: switch(self, policy, "max_lifetime_days", |policy| policy.max_lifetime_days),
            default_lifetime_days: switch(self, policy, "default_lifetime_days", |policy| policy.default_lifetime_days),
            allow_never: switch(self, policy, "allow_never", |policy| policy.allow_never),
            rotate_after_days: switch(self, policy, "rotate_after_days", |policy| policy.rotate_after_days),
            live_keys: switch(self, policy, "live_keys", |policy| policy.live_keys),
            leaked_keys: switch(self, policy, "leaked_keys", |policy| policy.leaked_keys),
            version,
        }
    }
}

impl Keys {
    /// The switches as they are now.
    pub fn policy(&self) -> Arc<Policy> {
        self.board.now()
    }

    /// Reads the stored switches: once, before the first request.
    pub async fn load_policy(&self) -> Result<()> {
        let board = Arc::clone(&self.board);
        let (policy, _) = self.store.read(move |db| board.stored(db)).await?;
        self.board.set(policy);
        Ok(())
    }

    pub async fn switches(&self) -> Result<Switches> {
        let board = Arc::clone(&self.board);
        self.store.read(move |db| board.stored(db).map(|(policy, version)| board.show(&policy, version))).await
    }

    /// Changes switches, for the next request. One that the configuration pins stays (409).
    pub async fn change_policy(&self, act: Act, power: Power, change: PolicyChange) -> Result<Switches> {
        power.dangerous("only an admin, or keystead:admin, changes the settings")?;
        let Value::Object(given) = serde_json::to_value(change).map_err(Error::internal)? else {
            return Err(Error::internal("a change of the policy is an object"));
        };
        let (board, journal) = (Arc::clone(&self.board), self.journal.clone());
        self.store
            .write(move |db| {
                let (before, version) = board.stored(db)?;
                act.expects(version)?;
                let (old, mut new) = (before.fields()?, before.fields()?);
                new.extend(given);
                let after = Policy::of(new.clone())?;
                after.check()?;
                let mut told = Map::new();
                for (name, value) in new.iter().filter(|(name, value)| old[*name] != **value) {
                    if board.pinned.contains(&name.as_str()) {
                        return Err(Error::conflict(
                            Field::from_client([name.as_str()]),
                            "the configuration pins this setting: change it there and restart, or take it out of there",
                        ));
                    }
                    db.run(
                        "INSERT INTO settings (name, value, version, changed_at) VALUES ($1, $2, 1, $3)
                         ON CONFLICT (name) DO UPDATE SET value = excluded.value, version = settings.version + 1,
                           changed_at = excluded.changed_at",
                        &[name.into(), (&value.to_string()).into(), act.at.into()],
                    )?;
                    told.insert(name.clone(), json!({ "before": old[name], "after": value }));
                }
                if !told.is_empty() {
                    let details = Value::Object(told);
                    let change = Change { action: "settings.changed", subject: "settings", owner_id: None, details };
                    journal.append(db, &act, &change)?;
                }
                let (policy, version) = board.stored(db)?;
                let shown = board.show(&policy, version);
                db.after_commit(move || board.set(policy));
                Ok(shown)
            })
            .await
    }
}
