//! Who an owner is: the ids of users and teams, the instance itself, and the row that all of them have.

use serde::{Deserialize, Serialize};

use super::{Metadata, RateLimit, json};
use crate::base::clock::UnixMs;
use crate::base::id::Kind;
use crate::base::{Error, Id, Result};
use crate::store::Conn;

#[derive(Debug)]
pub struct UserKind;

impl Kind for UserKind {
    const PREFIX: &'static str = "usr";
}

#[derive(Debug)]
pub struct TeamKind;

impl Kind for TeamKind {
    const PREFIX: &'static str = "team";
}

pub type UserId = Id<UserKind>;
pub type TeamId = Id<TeamKind>;

/// A kind of id that names an owner with an address of its own: `/v1/users/{id}`, `/v1/teams/{id}`.
pub trait OwnerKind: Kind + Sized {
    fn owner(id: Id<Self>) -> OwnerId;
    /// The id, where the owner is of this kind.
    fn of(owner: OwnerId) -> Option<Id<Self>>;
}

impl OwnerKind for UserKind {
    fn owner(id: UserId) -> OwnerId {
        OwnerId::User(id)
    }

    fn of(owner: OwnerId) -> Option<UserId> {
        if let OwnerId::User(id) = owner { Some(id) } else { None }
    }
}

impl OwnerKind for TeamKind {
    fn owner(id: TeamId) -> OwnerId {
        OwnerId::Team(id)
    }

    fn of(owner: OwnerId) -> Option<TeamId> {
        if let OwnerId::Team(id) = owner { Some(id) } else { None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnerId {
    User(UserId),
    Team(TeamId),
    /// Only for keys with `keystead:` scopes, made at the machine itself.
    Instance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnerType {
    User,
    Team,
    Instance,
}

impl OwnerType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Team => "team",
            Self::Instance => "instance",
        }
    }
}

impl OwnerId {
    pub fn parse(text: &str) -> Option<Self> {
        if text == "instance" {
            return Some(Self::Instance);
        }
        UserId::parse(text).map(Self::User).or_else(|| TeamId::parse(text).map(Self::Team))
    }

    pub fn kind(self) -> OwnerType {
        match self {
            Self::User(_) => OwnerType::User,
            Self::Team(_) => OwnerType::Team,
            Self::Instance => OwnerType::Instance,
        }
    }
}

impl std::fmt::Display for OwnerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Team(id) => id.fmt(f),
            Self::Instance => f.write_str("instance"),
        }
    }
}

impl Serialize for OwnerId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::User(id) => id.serialize(serializer),
            Self::Team(id) => id.serialize(serializer),
            Self::Instance => serializer.serialize_str("instance"),
        }
    }
}

/// The row that every owner has; the caller adds what only its type has.
pub(super) struct NewOwner<'a> {
    pub id: OwnerId,
    pub kind: &'static str,
    pub external_id: Option<&'a str>,
    pub name: &'a str,
    pub scopes_grantable: &'a [String],
    pub rate_limits: &'a [RateLimit],
    pub metadata: &'a Metadata,
    pub at: UnixMs,
}

pub(super) fn insert_owner(db: &Conn, owner: &NewOwner<'_>) -> Result<()> {
    let (scopes, limits, metadata) = (json(owner.scopes_grantable)?, json(owner.rate_limits)?, json(owner.metadata)?);
    let inserted = db.first(
        "INSERT INTO owners (id, type, external_id, name, status, scopes_grantable, rate_limits, metadata, created_at)
         VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8)
         ON CONFLICT (type, external_id) DO NOTHING RETURNING id",
        &[
            (&owner.id.to_string()).into(),
            owner.kind.into(),
            owner.external_id.into(),
            owner.name.into(),
            (&scopes).into(),
            (&limits).into(),
            (&metadata).into(),
            owner.at.into(),
        ],
        |_| Ok(()),
    )?;
    inserted.ok_or_else(|| {
        Error::conflict("/external_id", "this external_id is taken: read the one that has it with ?external_id=")
    })
}
