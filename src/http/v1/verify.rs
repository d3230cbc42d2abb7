//! `POST /v1/api-keys/verify`: the question that backends put on every request of theirs. A bad key is data, not an error.
//! `verify_batch` asks it many times at once, `introspect` in the words of RFC 7662.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::verified::Verified;
use crate::base::{Error, Field, Result, Secret};
use crate::config::Environment;
use crate::http::guard::Verifier;
use crate::http::input::SecretBody;
use crate::http::reply::{Answer, Reply};
use crate::key::Keys;
use crate::key::authority::Holder;
use crate::key::credit::CREDITS_MAX;
use crate::key::include::{More, Wants};
use crate::key::limit::Named;
use crate::key::restrict::Place;
use crate::key::verify::{Question, Verdict, Wanted};
use crate::people::limit::{LIMIT_MAX, LIMITS_MAX};
use crate::people::scope;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The key as your caller sent it.
    pub(super) key: Secret,
    /// Which environment to accept; absent means that of your own key.
    pub(super) environment: Option<AskedEnvironment>,
    /// The address of your caller. A key that is bound to addresses is refused without it.
    #[schemars(with = "Option<String>")]
    #[serde(default, deserialize_with = "address")]
    pub(super) ip: Option<IpAddr>,
    /// Your caller's `Referer`, or `Origin` where there is none. A key that is bound to referrers is refused without it.
    #[schemars(length(max = 2048))]
    pub(super) referrer: Option<String>,
    /// Your caller's method and path. A key that is bound to endpoints is refused without them.
    #[schemars(length(max = 32))]
    pub(super) method: Option<String>,
    #[schemars(length(max = 8192))]
    pub(super) path: Option<String>,
    /// All of these must be on the key: as they are, below a wildcard of it, or by a role.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub(super) scopes: Vec<String>,
    /// At least one of these must be on the key.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub(super) any_scopes: Vec<String>,
    /// Credits that a valid answer costs, for a key that has credits: 1 by default; 0 looks without spending.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    pub(super) cost: Option<i64>,
    /// Limits to check besides those that are always checked, or to take another cost from.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub(super) rate_limits: Vec<AskedLimit>,
    /// What to answer besides, at the cost of a look into the store.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub(super) include: Vec<Include>,
}

/// Each is named as the place in the answer where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Include {
    /// The key's metadata.
    #[serde(rename = "metadata")]
    Metadata,
    /// The owner's e-mail.
    #[serde(rename = "owner.email")]
    OwnerEmail,
    /// The whole key, as GET /v1/api-keys/{id} shows it, in place of its short form.
    #[serde(rename = "key")]
    Key,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedLimit {
    name: String,
    /// 1 by default; 0 looks without taking.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    cost: Option<u32>,
}

impl Ask {
    /// The bounds of what is asked.
    fn check(&self) -> Result<()> {
        let refused = |field, why| Err(Error::refused(field, why));
        let long = |text: &Option<String>, most| text.as_ref().is_some_and(|text| text.len() > most);
        match self {
            _ if long(&self.referrer, 2048) => refused("/referrer", "must have 2048 bytes at most"),
            _ if long(&self.method, 32) => refused("/method", "must have 32 bytes at most"),
            _ if long(&self.path, 8192) => refused("/path", "must have 8192 bytes at most"),
            _ if !(0..=CREDITS_MAX).contains(&self.cost.unwrap_or(1)) => {
                refused("/cost", "must be from 0 to 1000000000000")
            }
            _ if self.rate_limits.len() > 2 * LIMITS_MAX => refused("/rate_limits", "must be 16 limits at most"),
            _ if self.include.len() > 8 => refused("/include", "must be 8 words at most"),
            _ => {
                scope::check_asked("/scopes", &self.scopes)?;
                scope::check_asked("/any_scopes", &self.any_scopes)?;
                self.check_costs()
            }
        }
    }

    fn check_costs(&self) -> Result<()> {
        let Some(n) = self.rate_limits.iter().position(|limit| limit.cost > Some(LIMIT_MAX)) else { return Ok(()) };
        let field = Field::from_client(["rate_limits", &n.to_string(), "cost"]);
        Err(Error::refused(field, "must be from 0 to 1000000000"))
    }

    /// The limits that it names, if it keeps to its bounds.
    pub(super) fn checked(&self) -> Result<Vec<Named>> {
        self.check()?;
        let named = |limit: &AskedLimit| Named { name: limit.name.clone(), cost: limit.cost.unwrap_or(1) };
        Ok(self.rate_limits.iter().map(named).collect())
    }

    pub(super) fn question<'a>(&'a self, asker: &Holder, named: &'a [Named]) -> Question<'a> {
        Question {
            key: self.key.expose(),
            environment: self.environment.map_or(Wanted::Only(asker.class.environment), Into::into),
            place: Place {
                ip: self.ip.map(|ip| ip.to_canonical()),
                referrer: self.referrer.as_deref(),
                method: self.method.as_deref(),
                path: self.path.as_deref(),
            },
            scopes: &self.scopes,
            any_scopes: &self.any_scopes,
            cost: self.cost.unwrap_or(1),
            rate_limits: named,
        }
    }

    /// The verdict, by the keys of the asker's realm.
    pub(super) async fn judge(&self, keys: &Keys, asker: &Holder) -> Result<Verdict> {
        let named = self.checked()?;
        keys.verify(self.question(asker, &named)).await
    }

    /// The verdict, with what else was asked for.
    pub(super) async fn answer(&self, keys: &Keys, asker: &Holder) -> Result<Verified> {
        let verdict = self.judge(keys, asker).await?;
        if self.include.is_empty() {
            return Ok(Verified::new(verdict));
        }
        let has = |wanted| self.include.contains(&wanted);
        let wants =
            Wants { metadata: has(Include::Metadata), owner_email: has(Include::OwnerEmail), key: has(Include::Key) };
        let more = match &verdict.facts {
            Some((facts, owner)) => Box::pin(keys.more(facts.id, owner.id, wants)).await?,
            None => More::default(),
        };
        Ok(Verified::new(verdict).with(wants, more))
    }
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AskedEnvironment {
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

/// An address, or null; anything else is refused in our words.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpAddr>, D::Error> {
    let wrong = |_| D::Error::custom("must be an IPv4 or IPv6 address: without a port, brackets or a zone");
    Option::deserialize(deserializer).map_err(wrong)
}

pub async fn verify(who: Verifier, SecretBody(ask): SecretBody<Ask>) -> Reply<Answer<Verified>> {
    let asker = who.asker().await?;
    let call = who.call.in_realm(asker.realm());
    Ok(Answer(ask.answer(call.keys(), &asker).await?))
}
