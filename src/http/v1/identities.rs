//! `/v1/me/identities`: the accounts of the OpenID Connect provider that sign a person in. Linking and unlinking ask for the password.

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::oidc::{callback_url, local, provider};
use crate::base::Error;
use crate::http::cookie::{self, WithCookie};
use crate::http::guard::Myself;
use crate::http::input::{At, Query};
use crate::http::openapi::Operation;
use crate::http::reply::{Answer, Done, Listed, Reply};
use crate::http::route::Described;
use crate::people::oidc::{Identity, IdentityKind, Wish};

pub async fn list(who: Myself) -> Reply<Listed<Identity>> {
    let items = who.call.people().identities(who.me.rights.user).await?;
    Ok(Listed { items, next_cursor: None })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// A path of this server to go to afterwards; `/` without it.
    return_to: Option<String>,
}

/// Where the person links the account, in the browser that asked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Started {
    url: String,
}

pub async fn start(who: Myself, Query(start): Query<Start>) -> Reply<Starting> {
    let app = &who.call.app;
    let oidc = provider(app)?;
    who.me.sure()?;
    let wish = Wish { return_to: local(start.return_to.as_deref())?, link: Some(who.me.session), fresh: false };
    let begun = oidc.begin(wish, &callback_url(app), who.call.now()).await;
    let begun =
        begun.map_err(|_| Error::Busy { why: "the provider does not answer: try again in a minute", source: None })?;
    Ok(Starting(WithCookie(Answer(Started { url: begun.url }), cookie::of_flow(app, begun.cookie))))
}

pub async fn unlink(who: Myself, At(id): At<IdentityKind>) -> Reply<Unlinked> {
    who.me.sure()?;
    who.call.people().unlink(who.act(), who.me.rights.user, id).await?;
    Ok(Unlinked)
}

/// 200 with a message.
#[derive(Debug)]
pub struct Unlinked;

impl Responder for Unlinked {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        Done("unlinked: this account does not sign you in any more").respond_to(request)
    }
}

impl Described for Unlinked {
    fn describe(operation: &mut Operation<'_>) {
        Done::describe(operation);
        operation.fails(actix_web::http::StatusCode::CONFLICT, "It is the only way in which the person can sign in.");
    }
}

/// 200 with [`Started`], and the cookie by which the return is known.
#[derive(Debug)]
pub struct Starting(WithCookie<Answer<Started>>);

impl Responder for Starting {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond_to(request)
    }
}

impl Described for Starting {
    fn describe(operation: &mut Operation<'_>) {
        Answer::<Started>::describe(operation);
        operation.fails(actix_web::http::StatusCode::NOT_FOUND, "No provider is configured.");
        operation.fails(actix_web::http::StatusCode::UNPROCESSABLE_ENTITY, "`return_to` is no path of this server.");
    }
}
