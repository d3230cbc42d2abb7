//! What a person may do now: their own keys, and in each of their teams what their role and permissions say. Read anew on every request,
//! so that leaving a team or losing a permission is in force on the next one.

use serde::{Deserialize, Serialize};

use super::{OwnerId, TeamId, UserId, list, scope};
use crate::base::{Error, Result};
use crate::store::Conn;

/// What a member of a team may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Permission {
    /// See and manage the team's keys.
    #[serde(rename = "$manage_api_keys")]
    ManageApiKeys,
    #[serde(rename = "$read_members")]
    ReadMembers,
    /// Put people into the team.
    #[serde(rename = "$invite_members")]
    InviteMembers,
    #[serde(rename = "$remove_members")]
    RemoveMembers,
    /// Change the team's name.
    #[serde(rename = "$update_team")]
    UpdateTeam,
    #[serde(rename = "$delete_team")]
    DeleteTeam,
}

impl Permission {
    pub const ALL: [Self; 6] = [
        Self::ManageApiKeys,
        Self::ReadMembers,
        Self::InviteMembers,
        Self::RemoveMembers,
        Self::UpdateTeam,
        Self::DeleteTeam,
    ];
}

/// A set of [`Permission`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u8);

impl Permissions {
    pub const ALL: Self = Self((1 << Permission::ALL.len()) - 1);

    pub fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// Does it hold all of these?
    pub fn covers(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// These, and none of those.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |bits, permission| bits | 1 << permission as u8))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TeamRole {
    /// May do everything in the team.
    Admin,
    Member,
}

impl TeamRole {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "admin" => Ok(Self::Admin),
            "member" => Ok(Self::Member),
            _ => Err(Error::internal("a membership has an unknown role")),
        }
    }
}

/// A person and where they may do what.
#[derive(Debug, Clone)]
pub struct Rights {
    pub user: UserId,
    /// The teams that they are in, with what they may do there; an admin of the team, everything.
    pub teams: Vec<(TeamId, Permissions)>,
    /// Of an embedded panel: the scopes out of the owner's grantable ones that it may give to keys; `None` is all of those.
    pub narrowed: Option<Vec<String>>,
}

impl Rights {
    pub fn may(&self, team: TeamId, permission: Permission) -> bool {
        self.teams.iter().any(|(id, held)| *id == team && held.has(permission))
    }

    pub fn is_in(&self, team: TeamId) -> bool {
        self.teams.iter().any(|(id, _)| *id == team)
    }

    /// Whose keys they see and manage: their own, and those of teams where they hold `$manage_api_keys`.
    pub fn manages_keys_of(&self, owner: OwnerId) -> bool {
        match owner {
            OwnerId::User(user) => user == self.user,
            OwnerId::Team(team) => self.may(team, Permission::ManageApiKeys),
            OwnerId::Instance => false,
        }
    }

    /// All owners whose keys they see.
    pub fn owners(&self) -> impl Iterator<Item = OwnerId> {
        let teams = self.teams.iter().filter(|(_, held)| held.has(Permission::ManageApiKeys));
        std::iter::once(OwnerId::User(self.user)).chain(teams.map(|(team, _)| OwnerId::Team(*team)))
    }

    /// Of the scopes that an owner may give to its own keys, those that this person may.
    pub fn grants(&self, owner: OwnerId, grantable: &[String]) -> Vec<String> {
        match &self.narrowed {
            _ if !self.manages_keys_of(owner) => Vec::new(),
            Some(only) => scope::both(grantable, only),
            None => grantable.to_vec(),
        }
    }

    /// As they are in the store now; `team` keeps only that one.
    pub(super) fn read(db: &Conn, user: UserId, only: Option<TeamId>) -> Result<Self> {
        let teams = db.all(
            "SELECT m.team_id, m.role, m.permissions FROM memberships m JOIN owners o ON o.id = m.team_id
             WHERE m.user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.team_id = $2) AND o.removed_at IS NULL
             ORDER BY m.team_id",
            &[(&user.to_string()).into(), (&only.map(|team| team.to_string())).into()],
            |row| {
                let team = TeamId::parse(row.text()?).ok_or_else(|| Error::internal("a membership without a team"))?;
                Ok((team, permissions(TeamRole::parse(row.text()?)?, row.text()?)?))
            },
        )?;
        Ok(Self { user, teams, narrowed: None })
    }
}

/// What a membership with this role and these stored permissions amounts to.
pub(super) fn permissions(role: TeamRole, stored: &str) -> Result<Permissions> {
    if role == TeamRole::Admin {
        return Ok(Permissions::ALL);
    }
    let names = list(stored)?;
    Ok(Permission::ALL
        .into_iter()
        .filter(|permission| {
            names.iter().any(|name| serde_json::to_value(permission).is_ok_and(|known| known == **name))
        })
        .collect())
}

/// How far a caller reaches among people and teams.
#[derive(Debug, Clone)]
pub enum Standing {
    /// Everywhere.
    All(Power),
    /// As this person.
    Person(Rights),
    /// A key's holder: reads its own owner.
    Owner(OwnerId),
}

/// What stands behind a reach over everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// A backend's scope for the thing at hand.
    Backend,
    /// All scopes of a backend, and what only an admin does: `keystead:` scopes, roles, accounts of admins.
    Admin,
    /// An admin person who has not given the password lately: sees like an admin, and must confirm it before what only an admin does.
    Unconfirmed,
}

impl Power {
    /// Does it see what is for admins?
    pub fn is_admin(self) -> bool {
        self != Self::Backend
    }

    /// Has whoever stands behind it proved lately who they are? A backend does with every request.
    pub fn confirmed(self) -> Result<()> {
        if self == Self::Unconfirmed { self.dangerous("") } else { Ok(()) }
    }

    /// May it do what only an admin does, now?
    pub fn dangerous(self, why: &'static str) -> Result<()> {
        match self {
            Self::Admin => Ok(()),
            Self::Backend => Err(Error::forbidden(why)),
            Self::Unconfirmed => Err(Error::forbidden(
                "confirm your password first (POST /v1/sessions/current/confirm), then try again within ten minutes",
            )),
        }
    }
}

impl Standing {
    /// May the caller know of this owner? A refusal looks like absence.
    pub fn sees(&self, owner: OwnerId) -> Result<()> {
        let seen = match self {
            Self::All(power) => power.is_admin() || owner != OwnerId::Instance,
            Self::Person(rights) => match owner {
                OwnerId::User(user) => user == rights.user,
                OwnerId::Team(team) => rights.is_in(team),
                OwnerId::Instance => false,
            },
            Self::Owner(own) => *own == owner,
        };
        if seen { Ok(()) } else { Err(Error::NotFound) }
    }

    /// The owner that `me` means: a person themselves, or the owner of a holder's key.
    pub fn me(&self) -> Option<OwnerId> {
        match self {
            Self::All(_) => None,
            Self::Person(rights) => Some(OwnerId::User(rights.user)),
            Self::Owner(owner) => Some(*owner),
        }
    }
}
