//! `POST /v1/setup`: the first admin, by the token of the link that the server prints while it has none.

use schemars::JsonSchema;
use serde::Deserialize;

use super::sessions::{SignedIn, entered};
use crate::base::Secret;
use crate::event::Actor;
use crate::http::cookie::WithCookie;
use crate::http::guard::{Browser, Nobody};
use crate::http::input::Body;
use crate::http::reply::{Created, Reply};
use crate::people::NewAdmin;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// What stands behind `#token=` in the link.
    token: Secret,
    #[schemars(length(max = 254))]
    email: String,
    /// 8 characters at least, 1024 bytes at most, and none of the most common ones.
    password: Secret,
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
}

pub async fn create(
    Nobody(call): Nobody,
    browser: Browser,
    Body(new): Body<Setup>,
) -> Reply<WithCookie<Created<SignedIn>>> {
    let Setup { token, email, password, name } = new;
    let admin = NewAdmin { email, name, password };
    let who = call.people().set_up(call.act(Actor::nobody()), &token, admin, browser.user_agent).await?;
    call.app.instance.forget_setup_token();
    let (data, cookie) = entered(&call.app, who);
    Ok(WithCookie(Created(data), cookie))
}
