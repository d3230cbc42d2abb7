//! What a form needs to know of whoever fills it in: their teams by name, and the scopes that they may give to keys there. Read when they
//! ask who they are; what they do is judged anew, by the same rules.

use serde::Serialize;

use super::rights::{Permission, Rights, TeamRole};
use super::{OwnerId, People, TeamId, list, scope};
use crate::base::{Error, Result};

/// A team of the caller's own, as far as their credential reaches.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct MyTeam {
    pub id: String,
    pub name: String,
    pub role: TeamRole,
    /// An admin of the team has all of them.
    pub permissions: Vec<Permission>,
    /// Scopes that the caller may give to keys of this team; none where they do not manage its keys. A wildcard stands for what is below it, and
    /// none for a reserved scope.
    pub scopes_grantable: Vec<String>,
}

impl People {
    /// In the order of their ids. There are 500 at most.
    pub async fn my_teams(&self, rights: &Rights, admin: bool) -> Result<Vec<MyTeam>> {
        let rights = rights.clone();
        self.store
            .read(move |db| {
                let all = db.all(
                    "SELECT m.team_id, o.name, m.role, o.scopes_grantable FROM memberships m JOIN owners o ON o.id = m.team_id
                     WHERE m.user_id = $1 AND o.removed_at IS NULL ORDER BY m.team_id",
                    &[(&rights.user.to_string()).into()],
                    |row| {
                        let id = row.text()?.to_owned();
                        let team = TeamId::parse(&id).ok_or_else(|| Error::internal("a membership without a team"))?;
                        let (name, role) = (row.text()?.to_owned(), TeamRole::parse(row.text()?)?);
                        let grantable = list(row.text()?)?;
                        // Gone since the rights were read, or beyond a panel.
                        let Some((_, held)) = rights.teams.iter().find(|(known, _)| *known == team) else {
                            return Ok(None);
                        };
                        let scopes_grantable =
                            if admin { scope::all() } else { rights.grants(OwnerId::Team(team), &grantable) };
                        Ok(Some(MyTeam { id, name, role, permissions: held.iter().collect(), scopes_grantable }))
                    },
                )?;
                Ok(all.into_iter().flatten().collect())
            })
            .await
    }
}
