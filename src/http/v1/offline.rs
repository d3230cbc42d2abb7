//! Offline verification: a key for a token (`POST /v1/api-keys/token`), what was changed meanwhile (`GET /v1/revoked`), the keys that sign
//! (`/.well-known/jwks.json`, `POST /v1/signing-keys`).

use std::net::IpAddr;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::owner_keys::reveal;
use super::verified::Verified;
use super::verify::{Ask, AskedEnvironment, AskedLimit};
use crate::base::{Error, Secret, Timestamp};
use crate::http::App;
use crate::http::guard::{Asker, Backend, Nobody, Operator};
use crate::http::input::{Body, Query, SecretBody};
use crate::http::openapi::Operation;
use crate::http::reply::{Bare, Decided, Reply, Shown};
use crate::http::route::Described;
use crate::key::offline::{Exchanged, JWKS_MAX_AGE_S, Jwks, Rolled, SignedList, Token, Wish};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The key as your caller sent it.
    key: Secret,
    /// What the service that will check the token calls itself.
    #[schemars(length(min = 1, max = 255))]
    audience: String,
    /// Which environment to accept; absent means that of your own key.
    environment: Option<AskedEnvironment>,
    /// The address of your caller. A key that is bound to addresses is refused without it.
    #[schemars(with = "Option<String>")]
    ip: Option<IpAddr>,
    /// What the token carries, and must be on the key; absent means all that the key has.
    #[schemars(length(max = 64))]
    scopes: Option<Vec<String>>,
    /// Limits to check besides those that are always checked, or to take another cost from.
    #[serde(default)]
    #[schemars(length(max = 16))]
    rate_limits: Vec<AskedLimit>,
    /// Seconds that it lives: `offline.lifetime_s` by default, and at most.
    #[schemars(range(min = 1, max = 900))]
    expires_in_s: Option<i64>,
}

/// The verdict, and a token where it is valid.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Issued {
    #[serde(flatten)]
    verified: Verified,
    /// A JWT (RFC 9068), signed with a key out of /.well-known/jwks.json; null where the key is not valid.
    #[serde(serialize_with = "shown")]
    token: Option<Secret>,
    /// `Bearer`, where there is a token.
    token_type: Option<&'static str>,
    expires_at: Option<Timestamp>,
}

#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn shown<S: serde::Serializer>(token: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    match token {
        Some(token) => reveal(token, serializer),
        None => serializer.serialize_none(),
    }
}

impl From<Exchanged> for Issued {
    fn from(Exchanged { verdict, token }: Exchanged) -> Self {
        let (token, expires_at) = token.map(|Token { text, expires_at }| (text, expires_at)).unzip();
        Self { verified: Verified::new(verdict), token_type: token.as_ref().map(|_| "Bearer"), token, expires_at }
    }
}

pub async fn exchange(who: Asker, SecretBody(asked): SecretBody<Exchange>) -> Reply<Shown<Issued>> {
    let ask = Ask {
        key: asked.key,
        environment: asked.environment,
        ip: asked.ip,
        referrer: None,
        method: None,
        path: None,
        scopes: asked.scopes.clone().unwrap_or_default(),
        any_scopes: Vec::new(),
        cost: None,
        rate_limits: asked.rate_limits,
        include: Vec::new(),
    };
    let wish = Wish {
        issuer: issuer(&who.call.app),
        audience: &asked.audience,
        expires_in_s: asked.expires_in_s,
        scopes: asked.scopes,
    };
    let named = ask.checked()?;
    Ok(Shown(who.call.keys().exchange(ask.question(&who.holder, &named), wish).await?.into()))
}

/// What tokens of this server name as their issuer.
fn issuer(app: &App) -> &str {
    match app.instance.config.offline.issuer.as_str() {
        "" => &app.public_url,
        set => set,
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// The `next` of the list before; 0 by default, for all that can matter.
    #[schemars(range(min = 0))]
    since: Option<i64>,
}

pub async fn changed(who: Asker, Query(asked): Query<Since>) -> Reply<Decided<SignedList>> {
    let since = asked.since.unwrap_or(0);
    if since < 0 {
        return Err(Error::invalid("/since", "must be 0, or the next of the list before").into());
    }
    Ok(Decided(who.call.keys().changed(issuer(&who.call.app), since).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Roll {
    /// The new key signs now, and all former ones are withdrawn: for when somebody else may have one. Tokens of theirs are refused from then
    /// on. Without it, the new key is published first and signs after ten minutes.
    #[serde(default)]
    at_once: bool,
}

pub async fn roll(who: Backend<Operator>, Body(asked): Body<Roll>) -> Reply<Decided<Rolled>> {
    who.power.dangerous("only an admin, or keystead:admin, makes a new signing key")?;
    Ok(Decided(who.call.keys().roll(who.act(), asked.at_once).await?))
}

/// RFC 7517, to be kept for as long as the next key is published before it signs, and half of that.
#[derive(Debug)]
pub struct Published(Jwks);

pub async fn published(who: Nobody) -> Reply<Published> {
    match who.0.keys().published_keys().await {
        Ok(keys) => Ok(Published(keys)),
        // Where there is no offline verification, there is no such document.
        Err(Error::Conflict { .. }) => Err(Error::NotFound.into()),
        Err(error) => Err(error.into()),
    }
}

impl Responder for Published {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = Bare(self.0).respond_to(request);
        let age = HeaderValue::try_from(format!("public, max-age={JWKS_MAX_AGE_S}")).expect("ASCII");
        response.headers_mut().insert(header::CACHE_CONTROL, age);
        response
    }
}

impl Described for Published {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Jwks>(StatusCode::OK, "A JWK set (RFC 7517).");
        operation.fails(StatusCode::NOT_FOUND, "Offline verification is switched off.");
    }
}
