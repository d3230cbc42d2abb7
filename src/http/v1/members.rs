//! `/v1/teams/{id}/members`: who is in a team, and what they may do there.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::Error;
use crate::http::guard::{InTeam, TeamsRead, TeamsWrite};
use crate::http::input::{At, AtMember, Body, Query, cursor, page_size};
use crate::http::reply::{Gone, Listed, One, Reply, Upserted};
use crate::people::{Left, Member, Permission, Seat, TeamKind, TeamRole, UserId, UserKind};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMembers {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What somebody is to be in the team: all of it, whatever they were.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutMember {
    /// `member` by default. An admin of the team holds every permission.
    role: Option<TeamRole>,
    /// None by default. A person gives no permission that they do not hold themselves.
    #[serde(default)]
    #[schemars(length(max = 6))]
    permissions: Vec<Permission>,
}

pub async fn list(
    who: InTeam<TeamsRead>,
    At(team): At<TeamKind>,
    Query(query): Query<ListMembers>,
) -> Reply<Listed<Member>> {
    let limit = page_size(query.limit)?;
    let before = cursor::<UserKind>(query.cursor.as_deref())?;
    let members = who.call.people().members(who.standing, team, before, limit + 1).await?;
    Ok(Listed::page(members, limit, |member| member.user_id.clone()))
}

pub async fn show(who: InTeam<TeamsRead>, at: AtMember) -> Reply<One<Member>> {
    let user = named(who.me(), &at)?;
    Ok(One(who.call.people().member(who.standing, at.team, user).await?))
}

pub async fn put(who: InTeam<TeamsWrite>, at: AtMember, Body(put): Body<PutMember>) -> Reply<Upserted<Member>> {
    let user = named(who.me(), &at)?;
    let seat = Seat::new(put.role.unwrap_or(TeamRole::Member), put.permissions.into_iter().collect());
    let act = who.act();
    Ok(Upserted(who.call.people().put_member(act, who.standing, at.team, user, seat).await?))
}

pub async fn remove(who: InTeam<TeamsWrite>, at: AtMember) -> Reply<Gone> {
    let user = named(who.me(), &at)?;
    let act = who.act();
    Ok(Gone(match who.call.people().remove_member(act, who.standing, at.team, user).await? {
        Left::WithAdmins => "Member removed successfully",
        Left::WithoutAdmin => "Member removed successfully. The team has no active admin now: make another member one",
    }))
}

fn named(me: Option<UserId>, at: &AtMember) -> Result<UserId, Error> {
    at.user.or(me).ok_or(Error::NotFound)
}
