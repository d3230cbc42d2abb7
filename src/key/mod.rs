//! API keys: what one is, and every rule about it. `token` is the string, `verify` the judgement, `manage` the verbs, `authority` who may
//! do what, `table` the SQL. `facts` is what a verification knows of a key, `restrict`, `limit` and `credit` what it is held to, `usage` what it
//! counts.

pub mod authority;
mod bootstrap;
mod bulk;
mod callers;
mod change;
pub mod credit;
pub mod facts;
mod fill;
mod find;
pub mod import;
pub mod include;
mod index;
mod leaked;
pub mod limit;
mod manage;
pub mod offline;
mod owner;
mod policy;
mod purge;
mod refill;
mod removal;
pub mod restrict;
pub mod role;
mod rotate;
mod sort;
mod table;
mod terms;
pub mod token;
mod transfer;
pub mod usage;
pub mod verify;

use std::sync::Arc;

use serde::Serialize;

use crate::base::clock::{DAY_MS, UnixMs};
use crate::base::id::Kind;
use crate::base::{Clock, Id, Secret, Timestamp};
use crate::config::Environment;
use crate::event::Journal;
use crate::people::{Metadata, OwnerType, RateLimit};
use crate::store::Store;

pub use bootstrap::BackendKey;
pub use bulk::{IDS_MAX, Which};
pub use change::Settings;
pub use credit::Credits;
pub(crate) use find::Among;
pub use find::{Filter, StatusFilter};
pub use leaked::Exposed;
pub use manage::NewKey;
pub use policy::{Policy, PolicyChange, Switch, Switches};
pub use removal::Fate;
pub use restrict::{Restrictions, RestrictionsChange};
pub use rotate::{GRACE_MAX_S, Rotation};
pub use sort::{After, Sort};
pub use terms::Terms;

#[derive(Debug)]
pub struct KeyKind;

impl Kind for KeyKind {
    const PREFIX: &'static str = "key";
}

pub type KeyId = Id<KeyKind>;

/// Worked out from a key's row and the time, never stored. `Revoked` beats `Disabled` beats `Expired`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    Expired,
    Disabled,
    Revoked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevokedReason {
    Manual,
    Leaked,
    OwnerRemoved,
    /// Said of a former secret whose grace is over; the key itself goes on.
    Rotated,
}

impl RevokedReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Leaked => "leaked",
            Self::OwnerRemoved => "owner_removed",
            Self::Rotated => "rotated",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Manual, Self::Leaked, Self::OwnerRemoved].into_iter().find(|reason| reason.as_str() == text)
    }
}

/// Why a key does not work, in the words of other systems' screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhyInvalid {
    ManuallyRevoked,
    Leaked,
    OwnerRemoved,
    Expired,
    Disabled,
}

impl WhyInvalid {
    fn of(status: Status, reason: Option<RevokedReason>) -> Option<Self> {
        match (status, reason) {
            (Status::Active, _) => None,
            (Status::Expired, _) => Some(Self::Expired),
            (Status::Disabled, _) => Some(Self::Disabled),
            (Status::Revoked, Some(RevokedReason::Leaked)) => Some(Self::Leaked),
            (Status::Revoked, Some(RevokedReason::OwnerRemoved)) => Some(Self::OwnerRemoved),
            (Status::Revoked, _) => Some(Self::ManuallyRevoked),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManuallyRevoked => "manually-revoked",
            Self::Leaked => "leaked",
            Self::OwnerRemoved => "owner-removed",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
        }
    }
}

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Owner {
    #[serde(rename = "type")]
    pub kind: OwnerType,
    pub id: String,
    pub external_id: Option<String>,
    pub name: String,
}

/// A key as its owner and the operator see it. Never its secret.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four answers to four questions, as the wire has them")]
pub struct Key {
    pub id: String,
    pub name: String,
    /// The same as `name`.
    pub description: String,
    pub owner: Owner,
    /// Who made it: `key:<id>`, `cli:<uid>` or `configuration`.
    pub created_by: String,
    pub environment: Environment,
    pub is_public: bool,
    /// Null where it is unknown: of an imported key.
    pub prefix: Option<String>,
    /// Null where they are unknown: of an imported key.
    pub last_four: Option<String>,
    /// The system that its secret came from, where that was imported by its hash; null where it was made here.
    pub origin: Option<String>,
    pub status: Status,
    /// Why it is not good for anything now; null where `status` is `active`.
    pub why_invalid: Option<WhyInvalid>,
    pub enabled: bool,
    /// A live key whose secret is older than the operator wants (`rotate_after_days`).
    pub rotation_due: bool,
    pub created_at: Timestamp,
    pub secret_created_at: Timestamp,
    /// Null: never.
    pub expires_at: Option<Timestamp>,
    pub last_used: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub revoked_reason: Option<RevokedReason>,
    /// The secret before a rotation, as long as it is in its grace.
    pub previous_secret: Option<PreviousSecret>,
    pub scopes: Vec<String>,
    /// Named sets of scopes that it has besides.
    pub roles: Vec<String>,
    pub metadata: Metadata,
    pub restrictions: Restrictions,
    pub rate_limits: Vec<RateLimit>,
    /// Null: its uses are not paid for.
    pub credits: Option<Credits>,
    /// May it be exchanged for a token that others check by themselves?
    pub offline: bool,
    /// Counts changes: the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// A former secret that still verifies, and manages nothing.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct PreviousSecret {
    /// Null where they are unknown: of an imported key.
    pub last_four: Option<String>,
    pub valid_until: Timestamp,
    pub last_used: Option<Timestamp>,
}

/// A key at the one moment when its secret is known.
#[derive(Debug)]
pub struct Issued {
    pub key: Key,
    pub secret: Secret,
}

/// Keys of one store.
#[derive(Debug, Clone)]
pub struct Keys {
    store: Store,
    clock: Clock,
    journal: Journal,
    reader: Arc<token::Reader>,
    pepper: token::Pepper,
    settings: Arc<crate::config::Keys>,
    board: Arc<policy::Board>,
    usage: Arc<usage::Usage>,
    index: Arc<index::Index>,
    roles: Arc<role::Roles>,
    buckets: Arc<limit::Buckets>,
    offline: Arc<offline::Offline>,
}

impl Keys {
    pub fn new(
        store: Store,
        clock: Clock,
        journal: Journal,
        pepper: token::Pepper,
        settings: crate::config::Keys,
        policy: &crate::config::Policy,
        offline: offline::Offline,
    ) -> Self {
        let reader = Arc::new(token::Reader::new(&settings.prefixes));
        let buckets = Arc::new(limit::Buckets::new(clock.clone()));
        let changes = Arc::new(offline::changed::Changes::new(clock.clone()));
        Self {
            store,
            clock,
            journal,
            reader,
            pepper,
            board: Arc::new(policy::Board::new(policy, &settings)),
            settings: Arc::new(settings),
            usage: Arc::default(),
            index: Arc::new(index::Index::new(Arc::clone(&buckets), Arc::clone(&changes))),
            roles: Arc::new(role::Roles::new(changes)),
            buckets,
            offline: Arc::new(offline),
        }
    }

    pub fn reader(&self) -> &token::Reader {
        &self.reader
    }

    /// How a row is seen now.
    fn view(&self) -> table::View {
        table::View { now: self.clock.now_ms(), rotate_after_ms: i64::from(self.policy().rotate_after_days) * DAY_MS }
    }
}

/// The one statement of what beats what.
fn status(revoked: bool, enabled: bool, expires_at: Option<UnixMs>, now: UnixMs) -> Status {
    if revoked {
        Status::Revoked
    } else if !enabled {
        Status::Disabled
    } else if expires_at.is_some_and(|at| now > at) {
        Status::Expired
    } else {
        Status::Active
    }
}
