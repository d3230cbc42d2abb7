//! `/v1/teams`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::error::Problem;
use crate::http::guard::{Among, Backend, InTeam, OwnPeople, PeopleWrite, TeamsRead, TeamsWrite};
use crate::http::input::{At, AtOrMe, Body, ByExternalId, Creating, Query, cursor, page_size};
use crate::http::reply::{Changed, Created, Gone, Listed, One, Reply, Upserted};
use crate::http::v1::owner_keys::named;
use crate::http::v1::users::{Remove, present};
use crate::people::{Metadata, OwnerFilter, OwnerKind, RateLimit, Team, TeamChange, TeamKind, UserId, scope};

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
    /// Limits that all of its keys share.
    #[serde(default)]
    #[schemars(length(max = 8))]
    rate_limits: Vec<RateLimit>,
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
    /// Part of the name or the external id, or the id; 255 characters at most.
    q: Option<String>,
    /// Only teams that this user is in. A person sees none but their own, whoever is named.
    member: Option<String>,
}

pub async fn create(
    who: Backend<PeopleWrite>,
    Creating { body: new, once }: Creating<NewTeam>,
) -> Reply<Created<Team>> {
    let new = crate::people::NewTeam {
        external_id: new.external_id,
        name: new.name,
        scopes_grantable: new.scopes_grantable,
        rate_limits: new.rate_limits,
        metadata: new.metadata,
    };
    Ok(Created(who.call.people().create_team(who.act().once(once), new).await?))
}

/// All teams for an admin and a backend, for a person their own.
pub async fn list(who: InTeam<TeamsRead>, Query(query): Query<ListTeams>) -> Reply<Listed<Team>> {
    let limit = page_size(query.limit)?;
    let before = cursor::<TeamKind>(query.cursor.as_deref())?.map(|id| id.to_string());
    let filter =
        OwnerFilter { external_id: query.external_id, q: query.q, before, limit: limit + 1, ..OwnerFilter::default() };
    let wrong = || Problem::invalid("/member".into(), "must be the id of a user, as in usr_…");
    let member = query.member.map(|id| UserId::parse(&id).ok_or_else(wrong)).transpose()?;
    // A member who is somebody else shares teams with them; those are the other's business.
    if who.me().is_some_and(|me| member.is_some_and(|member| member != me)) {
        return Ok(Listed { items: Vec::new(), next_cursor: None });
    }
    let teams = who.call.people().teams(who.me().or(member), filter).await?;
    Ok(Listed::page(teams, limit, |team| team.id.clone()))
}

pub async fn show(who: Among<OwnPeople>, at: AtOrMe<TeamKind>) -> Reply<One<Team>> {
    let id = named(who.me, at)?;
    who.standing.sees(TeamKind::owner(id))?;
    Ok(One(who.call.people().team(id).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTeam {
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// Null takes it away. Set by an admin or a backend, as all that follows.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>", length(min = 1, max = 255))]
    external_id: Option<Option<String>>,
    /// Replaces the whole list.
    #[schemars(length(max = 64))]
    scopes_grantable: Option<Vec<String>>,
    /// Limits that all of its keys share. Replaces the whole list; what was used of a limit stays used.
    #[schemars(length(max = 8))]
    rate_limits: Option<Vec<RateLimit>>,
    /// Replaces the whole object.
    metadata: Option<Metadata>,
}

/// A team that an application knows by its own id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutTeam {
    /// Of a new team by default the external_id.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// Replaces the whole list.
    #[schemars(length(max = 64))]
    scopes_grantable: Option<Vec<String>>,
    /// Limits that all of its keys share. Replaces the whole list; what was used of a limit stays used.
    #[schemars(length(max = 8))]
    rate_limits: Option<Vec<RateLimit>>,
    /// Replaces the whole object.
    metadata: Option<Metadata>,
}

pub async fn change(
    who: InTeam<TeamsWrite>,
    At(id): At<TeamKind>,
    Body(change): Body<ChangeTeam>,
) -> Reply<Changed<Team>> {
    let change = TeamChange {
        name: change.name,
        external_id: change.external_id,
        scopes_grantable: change.scopes_grantable,
        rate_limits: change.rate_limits,
        metadata: change.metadata,
    };
    let act = who.act();
    Ok(Changed(who.call.keys().change_team(act, who.standing, id, change).await?))
}

pub async fn put(
    who: Backend<PeopleWrite>,
    ByExternalId(external_id): ByExternalId,
    Body(put): Body<PutTeam>,
) -> Reply<Upserted<Team>> {
    let change = TeamChange {
        name: put.name,
        external_id: None,
        scopes_grantable: put.scopes_grantable,
        rate_limits: put.rate_limits,
        metadata: put.metadata,
    };
    Ok(Upserted(who.call.keys().put_team(who.act(), who.power, external_id, change).await?))
}

pub async fn remove(who: InTeam<TeamsWrite>, At(id): At<TeamKind>, Query(remove): Query<Remove>) -> Reply<Gone> {
    let fate = remove.fate(|| who.reach(scope::KEYS_WRITE))?;
    let act = who.act();
    who.call.keys().remove_team(act, who.standing, id, fate).await?;
    Ok(Gone("Team removed successfully"))
}
