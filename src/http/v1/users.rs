//! `/v1/users`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::guard::{Among, Backend, OwnPeople, PeopleRead, PeopleWrite};
use crate::http::input::{At, AtOrMe, Body, Creating, Query, cursor, page_size};
use crate::http::reply::{Changed, Created, Listed, One, Reply};
use crate::http::v1::owner_keys::named;
use crate::key::UserChange;
use crate::people::{Metadata, OwnerFilter, OwnerKind, OwnerStatus, User, UserKind};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The host application's own id, unique among users. This or an e-mail is needed.
    #[schemars(length(min = 1, max = 255))]
    external_id: Option<String>,
    /// Unique without regard to case.
    #[schemars(length(max = 254))]
    email: Option<String>,
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// Scopes that this person may give to their own keys.
    #[serde(default)]
    #[schemars(length(max = 64))]
    scopes_grantable: Vec<String>,
    /// A JSON object of at most 16 KiB.
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    external_id: Option<String>,
    email: Option<String>,
}

pub async fn create(
    who: Backend<PeopleWrite>,
    Creating { body: new, once }: Creating<NewUser>,
) -> Reply<Created<User>> {
    let new = crate::people::NewUser {
        external_id: new.external_id,
        email: new.email,
        name: new.name,
        scopes_grantable: new.scopes_grantable,
        metadata: new.metadata,
    };
    Ok(Created(who.call.people().create_user(who.act().once(once), new).await?))
}

pub async fn list(who: Backend<PeopleRead>, Query(query): Query<ListUsers>) -> Reply<Listed<User>> {
    let limit = page_size(query.limit)?;
    let before = cursor::<UserKind>(query.cursor.as_deref())?.map(|id| id.to_string());
    let filter = OwnerFilter { external_id: query.external_id, email: query.email, before, limit: limit + 1 };
    let users = who.call.people().users(filter).await?;
    Ok(Listed::page(users, limit, |user| user.id.clone()))
}

pub async fn show(who: Among<OwnPeople>, at: AtOrMe<UserKind>) -> Reply<One<User>> {
    let id = named(who.me, at)?;
    who.standing.sees(UserKind::owner(id))?;
    Ok(One(who.call.people().user(id).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// `suspended` switches all keys of this person off, `active` on again.
    status: Option<SettableStatus>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SettableStatus {
    Active,
    Suspended,
}

pub async fn change(
    who: Backend<PeopleWrite>,
    At(id): At<UserKind>,
    Body(change): Body<ChangeUser>,
) -> Reply<Changed<User>> {
    let status = change.status.map(|status| match status {
        SettableStatus::Active => OwnerStatus::Active,
        SettableStatus::Suspended => OwnerStatus::Suspended,
    });
    let realm = who.call.realm();
    realm.keys.change_user(who.act(), id, UserChange { name: change.name, status }).await?;
    Ok(Changed(realm.people.user(id).await?))
}
