//! `/v1/roles`: named sets of scopes. Admins set them, whoever reads all keys reads them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::error::Problem;
use crate::http::guard::{Backend, Operator, RolesRead};
use crate::http::input::{AtRole, Body, Creating, Query, page_size};
use crate::http::reply::{Changed, Created, Gone, Listed, One, Reply};
use crate::key::role::{self, Behind, Role};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// a-z, 0-9, `_`, `-` and `.`, the first a letter or a digit. It stays as it is.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[a-z0-9][a-z0-9_.-]*$"))]
    name: String,
    #[serde(default)]
    #[schemars(length(max = 200))]
    description: String,
    /// Scopes of your application, `invoices:*` and `*` among them; never `keystead:` or `own:`.
    #[serde(default)]
    #[schemars(length(max = 64))]
    scopes: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    #[schemars(length(max = 200))]
    description: Option<String>,
    /// Replaces the whole list, for every key that bears the role, with the answer.
    #[schemars(length(max = 64))]
    scopes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRoles {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub async fn create(who: Backend<Operator>, Creating { body: new, once }: Creating<NewRole>) -> Reply<Created<Role>> {
    let new = role::NewRole { name: new.name, description: new.description, scopes: new.scopes };
    Ok(Created(who.call.keys().create_role(who.act().once(once), new).await?))
}

pub async fn list(who: Backend<RolesRead>, Query(query): Query<ListRoles>) -> Reply<Listed<Role>> {
    let limit = page_size(query.limit)?;
    let wrong = || Problem::invalid("/cursor".into(), "must be a next_cursor from a list before");
    let behind = query.cursor.as_deref().map(|text| Behind::parse(text).ok_or_else(wrong)).transpose()?;
    let roles = who.call.keys().roles(behind, limit + 1).await?;
    Ok(Listed::page(roles, limit, Behind::cursor))
}

pub async fn show(who: Backend<RolesRead>, AtRole(name): AtRole) -> Reply<One<Role>> {
    Ok(One(who.call.keys().role(name).await?))
}

pub async fn change(
    who: Backend<Operator>,
    AtRole(name): AtRole,
    Body(change): Body<ChangeRole>,
) -> Reply<Changed<Role>> {
    let change = role::RoleChange { description: change.description, scopes: change.scopes };
    Ok(Changed(who.call.keys().change_role(who.act(), name, change).await?))
}

pub async fn remove(who: Backend<Operator>, AtRole(name): AtRole) -> Reply<Gone> {
    who.call.keys().remove_role(who.act(), name).await?;
    Ok(Gone("Role removed successfully"))
}
