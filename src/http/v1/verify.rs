//! `POST /v1/api-keys/verify`: the question that backends put on every request of theirs. A bad key is data, not an error.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Secret, Timestamp};
use crate::config::Environment;
use crate::http::guard::Verifier;
use crate::http::input::SecretBody;
use crate::http::reply::{Answer, Reply};
use crate::key::verify::{Code, Facts, Question, Verdict, Wanted};
use crate::key::{KeyId, Owner, RevokedReason, Status};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The key as your caller sent it.
    key: Secret,
    /// Which environment to accept; absent means that of your own key.
    environment: Option<AskedEnvironment>,
    /// All of these must be on the key.
    #[serde(default)]
    #[schemars(length(max = 64))]
    scopes: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum AskedEnvironment {
    Live,
    Test,
    Any,
}

impl From<AskedEnvironment> for Wanted {
    fn from(asked: AskedEnvironment) -> Self {
        match asked {
            AskedEnvironment::Live => Self::Only(Environment::Live),
            AskedEnvironment::Test => Self::Only(Environment::Test),
            AskedEnvironment::Any => Self::Any,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Verified {
    /// True exactly where `code` is `valid`.
    valid: bool,
    code: Code,
    revoked_reason: Option<RevokedReason>,
    /// Null for a malformed or unknown key only.
    key: Option<VerifiedKey>,
    owner: Option<Owner>,
    /// Scopes that were asked for and are not on the key.
    missing_scopes: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifiedKey {
    #[schemars(with = "String")]
    id: KeyId,
    name: Arc<str>,
    environment: Environment,
    is_public: bool,
    /// Null where it is unknown: of an imported key.
    prefix: Option<Arc<str>>,
    last_four: Option<String>,
    status: Status,
    expires_at: Option<Timestamp>,
    scopes: Arc<[String]>,
}

pub async fn verify(who: Verifier, SecretBody(ask): SecretBody<Ask>) -> Reply<Answer<Verified>> {
    let question = Question { key: ask.key.expose(), environment: ask.environment.map(Into::into), scopes: ask.scopes };
    let asker = who.call.keys().asker(who.credential).await?;
    let verdict = who.call.in_realm(asker.realm()).keys().verify(&asker, question).await?;
    Ok(Answer(verdict.into()))
}

impl From<Verdict> for Verified {
    fn from(Verdict { code, facts, status, revoked_reason, missing_scopes }: Verdict) -> Self {
        let (key, owner) = facts.zip(status).map(|(facts, status)| show(facts, status)).unzip();
        Self { valid: code == Code::Valid, code, revoked_reason, key, owner, missing_scopes }
    }
}

fn show(facts: Facts, status: Status) -> (VerifiedKey, Owner) {
    let key = VerifiedKey {
        id: facts.id,
        name: facts.name,
        environment: facts.environment,
        is_public: facts.is_public,
        prefix: Some(facts.prefix).filter(|prefix| !prefix.is_empty()),
        last_four: facts.last_four.as_str().map(str::to_owned),
        status,
        expires_at: facts.expires_at.map(Timestamp),
        scopes: facts.scopes,
    };
    let owner = Owner {
        kind: facts.owner.id.kind(),
        id: facts.owner.id.to_string(),
        external_id: facts.owner.external_id.clone(),
        name: facts.owner.name.clone(),
    };
    (key, owner)
}
