//! `/v1/users/{id}/api-keys` and `/v1/teams/{id}/api-keys`: the same body, the same answer, the same code for both owners.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::{Error, Id, Secret, Timestamp};
use crate::config::Environment;
use crate::http::error::Problem;
use crate::http::guard::{KeysRead, KeysWrite, Reaching};
use crate::http::input::{AtOrMe, Creating, Query};
use crate::http::reply::{Created, Listed, Reply, Tagged};
use crate::http::v1::keys::present;
use crate::http::v1::many_keys::{ListKeys, page};
use crate::key::{Credits, Issued, Key, RestrictionsChange, Terms};
use crate::people::{Metadata, OwnerId, OwnerKind, RateLimit};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What the key is for. This or `name`, which is the same, is required.
    #[schemars(length(min = 1, max = 200))]
    description: Option<String>,
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// When the key stops working, or null for never: the choice is the caller's.
    #[serde(deserialize_with = "nullable")]
    #[schemars(with = "Option<Timestamp>", required)]
    expires_at: Option<Timestamp>,
    /// `live` by default.
    environment: Option<Environment>,
    /// A public key may be seen by everyone and carries no reserved scopes.
    #[serde(default)]
    is_public: bool,
    /// On by default.
    enabled: Option<bool>,
    #[serde(default)]
    #[schemars(length(max = 64))]
    scopes: Vec<String>,
    /// A JSON object of at most 16 KiB; set by backends only.
    metadata: Option<Metadata>,
    /// From where and for what it may be used.
    restrictions: Option<RestrictionsChange>,
    /// Set by admins and backends only, as are the fields below. Named sets of scopes.
    #[schemars(length(max = 16))]
    roles: Option<Vec<String>>,
    #[schemars(length(max = 8))]
    rate_limits: Option<Vec<RateLimit>>,
    /// What its uses are paid with; null: they are not.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Credits>")]
    credits: Option<Option<Credits>>,
    /// May it be exchanged for a token that others check by themselves?
    offline: Option<bool>,
}

/// Null is a value here, and absence an error: serde would take absence for null without a function of our own.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Option::deserialize(deserializer)
}

/// The one answer that carries a secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FirstView {
    #[serde(flatten)]
    key: Key,
    /// The key itself. It is shown here and never again: keep it now.
    #[serde(serialize_with = "reveal")]
    secret: Secret,
}

pub(super) fn reveal<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

impl Tagged for FirstView {
    fn version(&self) -> i64 {
        self.key.version
    }
}

impl From<Issued> for FirstView {
    fn from(Issued { key, secret }: Issued) -> Self {
        Self { key, secret }
    }
}

pub async fn create<K: OwnerKind>(
    who: Reaching<KeysWrite>,
    at: AtOrMe<K>,
    creating: Creating<NewKey>,
) -> Reply<Created<FirstView>> {
    let Creating { body: new, once } = creating;
    let new = crate::key::NewKey {
        owner: K::owner(named(who.me, at)?),
        name: one_name(new.description, new.name)?.ok_or_else(|| {
            Problem::invalid("/description".into(), "this field is required: say what the key is for")
        })?,
        expires_at: new.expires_at,
        environment: new.environment.unwrap_or(Environment::Live),
        is_public: new.is_public,
        enabled: new.enabled.unwrap_or(true),
        scopes: new.scopes,
        metadata: new.metadata,
        terms: Terms {
            restrictions: new.restrictions,
            roles: new.roles,
            rate_limits: new.rate_limits,
            credits: new.credits,
            offline: new.offline,
        },
    };
    let issued = who.call.keys().create(who.act().once(once), who.reach, new).await?;
    Ok(Created(issued.into()))
}

pub async fn list<K: OwnerKind>(
    who: Reaching<KeysRead>,
    at: AtOrMe<K>,
    Query(query): Query<ListKeys>,
) -> Reply<Listed<Key>> {
    let owner = K::owner(named(who.me, at)?);
    who.reach.sees(owner)?;
    who.call.people().exists(owner).await?;
    page(who, Some(owner), query).await
}

/// `description` and `name` are one thing; two different ones are a mistake.
pub(super) fn one_name(description: Option<String>, name: Option<String>) -> Result<Option<String>, Problem> {
    match (description, name) {
        (Some(description), Some(name)) if description != name => {
            Err(Error::refused("/name", "name and description are the same thing: send one of them").into())
        }
        (description, name) => Ok(description.or(name)),
    }
}

/// The owner meant by a path. `me` is a person themselves, or the owner of a holder's key; a backend of the instance has none.
pub(super) fn named<K: OwnerKind>(me: Option<OwnerId>, at: AtOrMe<K>) -> Result<Id<K>, Problem> {
    match at {
        AtOrMe::Id(id) => Ok(id),
        AtOrMe::Me => Ok(me.and_then(K::of).ok_or(Error::NotFound)?),
    }
}
