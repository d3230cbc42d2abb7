//! `PATCH /v1/me` and `POST /v1/me/password`: what people change about their own account.

use schemars::JsonSchema;
use serde::Deserialize;

use super::sessions::{SignedIn, entered};
use crate::base::Secret;
use crate::http::cookie::WithCookie;
use crate::http::guard::Myself;
use crate::http::input::{Body, SecretBody};
use crate::http::reply::{Answer, Changed, Reply};
use crate::people::{Power, User, UserChange};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// What one signs in by. Needs a password that was confirmed lately.
    #[schemars(length(max = 254))]
    email: Option<String>,
}

pub async fn change(who: Myself, Body(change): Body<ChangeMe>) -> Reply<Changed<User>> {
    if change.email.is_some() && !who.me.confirmed {
        Power::Unconfirmed.dangerous("").map_err(|error| error.at("/email"))?;
    }
    let change = UserChange { name: change.name, email: change.email.map(Some), ..UserChange::default() };
    // What an admin alone may change of an admin is here one's own.
    Ok(Changed(who.call.keys().change_user(who.act(), Power::Admin, who.me.rights.user, change).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    current_password: Secret,
    /// 8 characters at least, 1024 bytes at most, and none of the most common ones.
    new_password: Secret,
}

pub async fn password(who: Myself, SecretBody(given): SecretBody<NewPassword>) -> Reply<WithCookie<Answer<SignedIn>>> {
    let NewPassword { current_password, new_password } = given;
    let changed = who.call.people().change_password(who.act(), &who.me, &current_password, &new_password).await?;
    let (data, cookie) = entered(&who.call.app, changed);
    Ok(WithCookie(Answer(data), cookie))
}
