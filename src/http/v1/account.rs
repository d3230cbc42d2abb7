//! `PATCH /v1/me` and `POST /v1/me/password`: what people change about their own account.

use schemars::JsonSchema;
use serde::Deserialize;

use super::sessions::{SignedIn, entered};
use crate::base::Secret;
use crate::http::cookie::WithCookie;
use crate::http::guard::Myself;
use crate::http::input::SecretBody;
use crate::http::reply::{Answer, Reply};

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
