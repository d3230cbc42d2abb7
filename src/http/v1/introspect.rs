//! `POST /v1/introspect`: the same verification for software that already speaks OAuth 2.0 Token Introspection (RFC 7662). Whatever is not
//! valid is inactive, and nothing else is told of it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verify::{Ask, AskedEnvironment, address};
use crate::base::Secret;
use crate::base::clock::UnixMs;
use crate::config::Environment;
use crate::http::guard::{Asker, Basic};
use crate::http::input::SecretForm;
use crate::http::reply::{Bare, Reply};
use crate::key::verify::Code;

/// RFC 7662 section 2.1. What it knows besides the token are words of ours; without them, a key that is bound to a place is inactive.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Introspection {
    /// The key.
    token: Secret,
    /// Read by nobody: there is one type of token.
    #[serde(rename = "token_type_hint")]
    _token_type_hint: Option<String>,
    /// Which environment to accept; absent means that of your own key.
    environment: Option<AskedEnvironment>,
    /// As a verification takes them: of your caller.
    #[schemars(with = "Option<String>")]
    #[serde(default, deserialize_with = "address")]
    ip: Option<IpAddr>,
    #[schemars(length(max = 2048))]
    referrer: Option<String>,
    #[schemars(length(max = 32))]
    method: Option<String>,
    #[schemars(length(max = 8192))]
    path: Option<String>,
    /// Credits that an active answer costs, for a key that has credits: 1 by default; 0 looks without spending.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    cost: Option<i64>,
}

/// RFC 7662 section 2.2. Inactive is `active` alone.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Introspected {
    active: bool,
    #[serde(flatten)]
    of: Option<Token>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Token {
    /// All scopes of the key, those of its roles among them, with a space between two.
    scope: String,
    /// The key's id.
    client_id: String,
    /// The id of the key's owner.
    sub: String,
    /// The owner's name, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Always `Bearer`.
    #[serde(rename = "token_type")]
    kind: &'static str,
    /// When it ends, in unix seconds; absent for a key that does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// When the key was made, in unix seconds.
    iat: i64,
    /// This server.
    iss: String,
    environment: Environment,
}

pub async fn introspect(who: Asker<Basic>, SecretForm(asked): SecretForm<Introspection>) -> Reply<Bare<Introspected>> {
    let ask = Ask {
        key: asked.token,
        environment: asked.environment,
        ip: asked.ip,
        referrer: asked.referrer,
        method: asked.method,
        path: asked.path,
        scopes: Vec::new(),
        any_scopes: Vec::new(),
        cost: asked.cost,
        rate_limits: Vec::new(),
        include: Vec::new(),
    };
    let keys = who.call.keys();
    let verdict = ask.judge(keys, &who.holder).await?;
    let Some((facts, owner)) = verdict.facts.filter(|_| verdict.code == Code::Valid) else {
        return Ok(Bare(Introspected::default()));
    };
    let ends = facts.expires_at().into_iter().chain(facts.superseded_until()).min();
    let token = Token {
        scope: keys.scopes_of(&facts).join(" "),
        client_id: facts.id.to_string(),
        sub: owner.id.to_string(),
        username: Some(owner.name.to_string()).filter(|name| !name.is_empty()),
        kind: "Bearer",
        exp: ends.map(seconds),
        // An id may be ahead of a clock that was set back, and nobody takes what is made tomorrow.
        iat: seconds(facts.id.made_at().min(who.call.now())),
        iss: who.call.app.public_url.clone(),
        environment: facts.class.environment,
    };
    Ok(Bare(Introspected { active: true, of: Some(token) }))
}

/// Cut, not rounded: nothing lives longer for it.
fn seconds(at: UnixMs) -> i64 {
    at.div_euclid(1000)
}
