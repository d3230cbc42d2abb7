//! `/.well-known/keystead`: what programs must know of this server before they have a credential. Asked when a hook is installed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Environment;
use crate::http::guard::Nobody;
use crate::http::reply::{Answer, Reply};

/// What this server is and can.
#[derive(Debug, Serialize, JsonSchema)]
pub struct About {
    /// Always `keystead`.
    name: &'static str,
    version: &'static str,
    /// What its keys begin with: those in use, then those that were in use once. For scanners.
    prefixes: Vec<Beginning>,
    /// `leak_reports`: takes `POST /v1/leaks` from everybody. `offline`: makes tokens that others check by themselves.
    capabilities: Vec<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Beginning {
    prefix: String,
    environment: Environment,
    /// Keys that begin so may be read by everybody.
    is_public: bool,
}

pub async fn about(who: Nobody) -> Reply<Answer<About>> {
    let config = &who.0.app.instance.config;
    let prefixes = config.keys.prefixes.all().map(|kind| Beginning {
        prefix: kind.prefix,
        environment: kind.environment,
        is_public: kind.is_public,
    });
    let mut capabilities = vec!["leak_reports"];
    if config.offline.enabled {
        capabilities.push("offline");
    }
    let (name, version) = ("keystead", env!("CARGO_PKG_VERSION"));
    Ok(Answer(About { name, version, prefixes: prefixes.collect(), capabilities }))
}
