//! `GET /v1/me`: who am I, to the holder of a key.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Timestamp;
use crate::config::Environment;
use crate::http::guard::AnyKey;
use crate::http::reply::{Answer, Reply};
use crate::key::{Owner, Status};

/// What a key says to its own holder. A public key, which anybody may hold, tells nothing of its owner.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    key: MyKey,
    owner: Option<Owner>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MyKey {
    id: String,
    environment: Environment,
    expires_at: Option<Timestamp>,
    is_public: bool,
    name: Option<String>,
    prefix: Option<String>,
    last_four: Option<String>,
    status: Option<Status>,
    scopes: Option<Vec<String>>,
}

pub async fn show(who: AnyKey) -> Reply<Answer<Me>> {
    let key = who.call.app.instance.keys.own(&who.holder).await?;
    let secret = !key.is_public;
    let mine = MyKey {
        id: key.id,
        environment: key.environment,
        expires_at: key.expires_at,
        is_public: key.is_public,
        name: secret.then_some(key.name),
        prefix: secret.then_some(key.prefix),
        last_four: secret.then_some(key.last_four),
        status: secret.then_some(key.status),
        scopes: secret.then_some(key.scopes),
    };
    Ok(Answer(Me { key: mine, owner: secret.then_some(key.owner) }))
}
