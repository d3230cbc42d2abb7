//! What a verification answers, written straight from what memory has: nothing of a key or its owner is copied for it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::base::Timestamp;
use crate::config::Environment;
use crate::key::facts::{Facts, OwnerFacts};
use crate::key::include::{More, Wants};
use crate::key::limit::Level;
use crate::key::verify::{Code, Verdict};
use crate::key::{Key, KeyId, RevokedReason, Status};
use crate::people::{Metadata, OwnerId, OwnerType};

/// A verdict, with what else was asked for.
#[derive(Debug)]
pub struct Verified {
    verdict: Verdict,
    /// In a box: few ask for it.
    more: Option<Box<(Wants, More)>>,
}

impl Verified {
    pub(super) fn new(verdict: Verdict) -> Self {
        Self { verdict, more: None }
    }

    /// What was asked for stands there, also where there is none.
    pub(super) fn with(self, wants: Wants, more: More) -> Self {
        Self { more: Some(Box::new((wants, more))), ..self }
    }

    fn shown(&self) -> Shown<'_> {
        let Self { verdict, more } = self;
        let known = verdict.facts.as_ref().zip(verdict.status);
        let whole = more.as_deref().and_then(|(_, more)| more.key.as_deref());
        let email = more.as_deref().filter(|(wants, _)| wants.owner_email).map(|(_, more)| more.owner_email.as_deref());
        Shown {
            valid: verdict.code == Code::Valid,
            code: verdict.code,
            revoked_reason: verdict.revoked_reason,
            key: whole.map(ShownKey::Whole).or(known.map(|((facts, _), status)| brief(facts, status))),
            owner: known.map(|((_, owner), _)| owner_of(owner, email)),
            missing_scopes: &verdict.missing_scopes,
            retry_after_ms: verdict.retry_after_ms,
            credits_remaining: verdict.credits_remaining,
            rate_limits: &verdict.rate_limits,
            metadata: more.as_deref().filter(|(wants, _)| wants.metadata).map(|(_, more)| more.metadata.as_ref()),
        }
    }
}

impl Serialize for Verified {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

impl JsonSchema for Verified {
    fn schema_name() -> Cow<'static, str> {
        Shown::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Shown::json_schema(generator)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Verified")]
struct Shown<'a> {
    /// True exactly where `code` is `valid`.
    valid: bool,
    code: Code,
    revoked_reason: Option<RevokedReason>,
    /// Null for a malformed or unknown key only.
    key: Option<ShownKey<'a>>,
    owner: Option<VerifiedOwner<'a>>,
    /// What the key lacks: of `scopes` each that it does not have, and all of `any_scopes` where it has none of them.
    missing_scopes: &'a [String],
    /// When to try again, where a limit refused; null where that would not help.
    retry_after_ms: Option<u64>,
    /// Null for a key without credits.
    credits_remaining: Option<i64>,
    /// Every limit that was looked at.
    rate_limits: &'a [Level],
    /// Only where `include` asks for it; null where there is no such key.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Option<&'a Metadata>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum ShownKey<'a> {
    Brief(VerifiedKey<'a>),
    /// Only where `include` asks for it.
    Whole(&'a Key),
}

/// Whose a key is.
#[derive(Debug, Serialize, JsonSchema)]
struct VerifiedOwner<'a> {
    #[serde(rename = "type")]
    kind: OwnerType,
    #[schemars(with = "String")]
    id: OwnerId,
    external_id: Option<&'a str>,
    name: &'a str,
    /// Only where `include` asks for it; null for whoever has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Option<&'a str>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct VerifiedKey<'a> {
    #[schemars(with = "String")]
    id: KeyId,
    name: &'a str,
    environment: Environment,
    is_public: bool,
    /// Null where it is unknown: of an imported key.
    prefix: Option<&'a str>,
    last_four: Option<&'a str>,
    status: Status,
    expires_at: Option<Timestamp>,
    /// The key's own; those of its roles come to them.
    scopes: &'a [String],
    roles: &'a [String],
}

fn brief(facts: &Facts, status: Status) -> ShownKey<'_> {
    ShownKey::Brief(VerifiedKey {
        id: facts.id,
        name: &facts.name,
        environment: facts.class.environment,
        is_public: facts.class.is_public,
        prefix: Some(&*facts.class.prefix).filter(|prefix| !prefix.is_empty()),
        last_four: facts.last_four.as_str(),
        status,
        expires_at: facts.expires_at().map(Timestamp),
        scopes: &facts.class.scopes,
        roles: &facts.class.roles,
    })
}

fn owner_of<'a>(owner: &'a OwnerFacts, email: Option<Option<&'a str>>) -> VerifiedOwner<'a> {
    VerifiedOwner {
        kind: owner.id.kind(),
        id: owner.id,
        external_id: owner.external_id.as_deref(),
        name: &owner.name,
        email,
    }
}
