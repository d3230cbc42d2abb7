//! `/v1/teams`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::guard::{Among, Backend, OwnPeople, PeopleRead, PeopleWrite};
use crate::http::input::{AtOrMe, Creating, Query, cursor, page_size};
use crate::http::reply::{Created, Listed, One, Reply};
use crate::http::v1::owner_keys::named;
use crate::people::{Metadata, OwnerFilter, OwnerKind, Team, TeamKind};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// The host application's own id, unique among teams.
    #[schemars(length(min = 1, max = 255))]
    external_id: Option<String>,
    /// Scopes that this team may give to its own keys.
    #[serde(default)]
    #[schemars(length(max = 64))]
    scopes_grantable: Vec<String>,
    /// A JSON object of at most 16 KiB.
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTeams {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    external_id: Option<String>,
}

pub async fn create(
    who: Backend<PeopleWrite>,
    Creating { body: new, once }: Creating<NewTeam>,
) -> Reply<Created<Team>> {
    let new = crate::people::NewTeam {
        external_id: new.external_id,
        name: new.name,
        scopes_grantable: new.scopes_grantable,
        metadata: new.metadata,
    };
    Ok(Created(who.call.people().create_team(who.act().once(once), new).await?))
}

pub async fn list(who: Backend<PeopleRead>, Query(query): Query<ListTeams>) -> Reply<Listed<Team>> {
    let limit = page_size(query.limit)?;
    let before = cursor::<TeamKind>(query.cursor.as_deref())?.map(|id| id.to_string());
    let filter = OwnerFilter { external_id: query.external_id, email: None, before, limit: limit + 1 };
    let teams = who.call.people().teams(filter).await?;
    Ok(Listed::page(teams, limit, |team| team.id.clone()))
}

pub async fn show(who: Among<OwnPeople>, at: AtOrMe<TeamKind>) -> Reply<One<Team>> {
    let id = named(who.me, at)?;
    who.standing.sees(TeamKind::owner(id))?;
    Ok(One(who.call.people().team(id).await?))
}
