//! `/v1/api-keys/{id}`: one key and what is done with it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::base::Timestamp;
use crate::http::error::Problem;
use crate::http::guard::{KeysRead, KeysRevoke, KeysWrite, Reaching};
use crate::http::input::{At, Body, Creating, Query};
use crate::http::reply::{Changed, Gone, One, Reply};
use crate::http::v1::owner_keys::{FirstView, one_name};
use crate::key::{Credits, Key, KeyKind, RestrictionsChange, RevokedReason, Rotation, Settings, Terms};
use crate::people::{Metadata, OwnerId, OwnerType, RateLimit};

pub async fn show(who: Reaching<KeysRead>, At(id): At<KeyKind>) -> Reply<One<Key>> {
    Ok(One(who.call.keys().key(who.reach, id).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeKey {
    #[schemars(length(min = 1, max = 200))]
    description: Option<String>,
    /// The same as `description`.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// A time, or null for never; absent leaves it.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Timestamp>")]
    expires_at: Option<Option<Timestamp>>,
    enabled: Option<bool>,
    #[schemars(length(max = 64))]
    scopes: Option<Vec<String>>,
    /// Replaces the whole object; set by backends only.
    metadata: Option<Metadata>,
    /// From where and for what it may be used; a list that is given replaces the one there was, the others stay.
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

/// Null and absent differ: whatever is present, null included, is `Some`.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

pub async fn change(
    who: Reaching<KeysWrite>,
    At(id): At<KeyKind>,
    Body(change): Body<ChangeKey>,
) -> Reply<Changed<Key>> {
    let settings = Settings {
        name: one_name(change.description, change.name)?,
        expires_at: change.expires_at,
        enabled: change.enabled,
        scopes: change.scopes,
        metadata: change.metadata,
        terms: Terms {
            restrictions: change.restrictions,
            roles: change.roles,
            rate_limits: change.rate_limits,
            credits: change.credits,
            offline: change.offline,
        },
    };
    let act = who.act();
    Ok(Changed(who.call.keys().change(act, who.reach, id, settings).await?))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// Seconds for which the former secret stays valid: 0, the default, to 2592000 (30 days); never past the key's own expiry.
    #[schemars(range(min = 0, max = 2_592_000))]
    grace_s: Option<i64>,
    /// End a former secret that is still in its grace; without it that is a conflict.
    #[serde(default)]
    end_previous: bool,
    #[schemars(length(min = 1, max = 200))]
    description: Option<String>,
    /// The same as `description`.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// A time, or null for never; absent leaves it. Required for an expired key.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Timestamp>")]
    expires_at: Option<Option<Timestamp>>,
    enabled: Option<bool>,
    #[schemars(length(max = 64))]
    scopes: Option<Vec<String>>,
    /// Replaces the whole object; set by backends only.
    metadata: Option<Metadata>,
    /// From where and for what it may be used; a list that is given replaces the one there was, the others stay.
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

pub async fn rotate(
    who: Reaching<KeysWrite>,
    At(id): At<KeyKind>,
    Creating { body: rotate, once }: Creating<RotateKey>,
) -> Reply<Changed<FirstView>> {
    let rotation = Rotation {
        grace_s: rotate.grace_s.unwrap_or(0),
        end_previous: rotate.end_previous,
        settings: Settings {
            name: one_name(rotate.description, rotate.name)?,
            expires_at: rotate.expires_at,
            enabled: rotate.enabled,
            scopes: rotate.scopes,
            metadata: rotate.metadata,
            terms: Terms {
                restrictions: rotate.restrictions,
                roles: rotate.roles,
                rate_limits: rotate.rate_limits,
                credits: rotate.credits,
                offline: rotate.offline,
            },
        },
    };
    let act = who.act().once(once);
    Ok(Changed(who.call.keys().rotate(act, who.reach, id, rotation).await?.into()))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    owner: OwnerRef,
}

/// A user or a team.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerRef {
    /// May be left out: the id says it.
    #[serde(rename = "type")]
    kind: Option<OwnerType>,
    id: String,
}

impl OwnerRef {
    fn read(&self) -> Result<OwnerId, Problem> {
        let wrong = |field: &'static str, why| Problem::invalid(field.into(), why);
        let id = OwnerId::parse(&self.id)
            .ok_or_else(|| wrong("/owner/id", "must be the id of a user or a team, as in usr_… or team_…"))?;
        if self.kind.is_some_and(|kind| kind != id.kind()) {
            return Err(wrong("/owner/type", "must be the type that the id is of, or left out"));
        }
        Ok(id)
    }
}

pub async fn transfer(who: Reaching<KeysWrite>, At(id): At<KeyKind>, Body(new): Body<NewOwner>) -> Reply<Changed<Key>> {
    let act = who.act();
    Ok(Changed(who.call.keys().transfer(act, who.reach, id, new.owner.read()?).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndKey {
    /// Removes what remains of a key that is revoked or has expired, instead of revoking it.
    #[serde(default)]
    purge: bool,
}

pub async fn end(who: Reaching<KeysRevoke>, At(id): At<KeyKind>, Query(how): Query<EndKey>) -> Reply<Gone> {
    let act = who.act();
    if how.purge {
        who.call.keys().purge(act, who.reach, id).await?;
        return Ok(Gone("API key removed for good"));
    }
    who.call.keys().revoke(act, who.reach, id, RevokedReason::Manual).await?;
    Ok(Gone("API key revoked successfully"))
}
