//! `/v1/users`

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::base::Error;
use crate::http::error::Problem;
use crate::http::guard::{Among, Backend, OwnPeople, PeopleRead, PeopleWrite};
use crate::http::input::{At, AtOrMe, Body, ByExternalId, Creating, Query, cursor, page_size};
use crate::http::reply::{Changed, Created, Gone, Listed, One, Reply, Upserted};
use crate::http::v1::owner_keys::named;
use crate::key::Fate;
use crate::key::authority::Reach;
use crate::people::{
    Metadata, OwnerFilter, OwnerId, OwnerKind, OwnerStatus, RateLimit, Role, User, UserChange, UserKind, scope,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The host application's own id, unique among users. This or an e-mail is needed.
    #[schemars(length(min = 1, max = 255))]
    external_id: Option<String>,
    /// Unique without regard to case.
    #[schemars(length(max = 254))]
    email: Option<String>,
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// `member` by default. Set by an admin only.
    role: Option<Role>,
    /// Scopes that this person may give to their own keys.
    #[serde(default)]
    #[schemars(length(max = 64))]
    scopes_grantable: Vec<String>,
    /// Limits that all of their keys share.
    #[serde(default)]
    #[schemars(length(max = 8))]
    rate_limits: Vec<RateLimit>,
    /// A JSON object of at most 16 KiB.
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    external_id: Option<String>,
    email: Option<String>,
    /// Part of the name, the e-mail or the external id, or the id; 255 characters at most.
    q: Option<String>,
    status: Option<OwnerStatus>,
    role: Option<Role>,
}

pub async fn create(
    who: Backend<PeopleWrite>,
    Creating { body: new, once }: Creating<NewUser>,
) -> Reply<Created<User>> {
    let new = crate::people::NewUser {
        external_id: new.external_id,
        email: new.email,
        name: new.name,
        role: new.role,
        scopes_grantable: new.scopes_grantable,
        rate_limits: new.rate_limits,
        metadata: new.metadata,
    };
    Ok(Created(who.call.people().create_user(who.act().once(once), who.power, new).await?))
}

pub async fn list(who: Backend<PeopleRead>, Query(query): Query<ListUsers>) -> Reply<Listed<User>> {
    let limit = page_size(query.limit)?;
    let before = cursor::<UserKind>(query.cursor.as_deref())?.map(|id| id.to_string());
    let ListUsers { external_id, email, q, status, role, .. } = query;
    let filter = OwnerFilter { external_id, email, q, status, role, before, limit: limit + 1 };
    let users = who.call.people().users(filter).await?;
    Ok(Listed::page(users, limit, |user| user.id.clone()))
}

pub async fn show(who: Among<OwnPeople>, at: AtOrMe<UserKind>) -> Reply<One<User>> {
    let id = named(who.me, at)?;
    who.standing.sees(UserKind::owner(id))?;
    Ok(One(who.call.people().user(id).await?))
}

/// Null and absent differ: whatever is present, null included, is `Some`.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// Null takes it away from a user who has an e-mail.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>", length(min = 1, max = 255))]
    external_id: Option<Option<String>>,
    /// Null takes it away from a user who has an external_id.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>", length(max = 254))]
    email: Option<Option<String>>,
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// `suspended` switches all keys of this person off and ends their sessions; `active` switches the keys on again.
    status: Option<SettableStatus>,
    /// Set by an admin only. The last active admin stays one.
    role: Option<Role>,
    /// Replaces the whole list.
    #[schemars(length(max = 64))]
    scopes_grantable: Option<Vec<String>>,
    /// Limits that all of their keys share. Replaces the whole list; what was used of a limit stays used.
    #[schemars(length(max = 8))]
    rate_limits: Option<Vec<RateLimit>>,
    /// Replaces the whole object.
    metadata: Option<Metadata>,
}

/// A user whom an application knows by its own id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutUser {
    /// Null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>", length(max = 254))]
    email: Option<Option<String>>,
    /// Of a new user by default the e-mail or the external_id.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// `suspended` switches all keys of this person off and ends their sessions; `active` switches the keys on again.
    status: Option<SettableStatus>,
    /// Set by an admin only. The last active admin stays one.
    role: Option<Role>,
    /// Replaces the whole list.
    #[schemars(length(max = 64))]
    scopes_grantable: Option<Vec<String>>,
    /// Limits that all of their keys share. Replaces the whole list; what was used of a limit stays used.
    #[schemars(length(max = 8))]
    rate_limits: Option<Vec<RateLimit>>,
    /// Replaces the whole object.
    metadata: Option<Metadata>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SettableStatus {
    Active,
    Suspended,
}

impl From<SettableStatus> for OwnerStatus {
    fn from(status: SettableStatus) -> Self {
        match status {
            SettableStatus::Active => Self::Active,
            SettableStatus::Suspended => Self::Suspended,
        }
    }
}

pub async fn change(
    who: Backend<PeopleWrite>,
    At(id): At<UserKind>,
    Body(change): Body<ChangeUser>,
) -> Reply<Changed<User>> {
    let change = UserChange {
        name: change.name,
        external_id: change.external_id,
        email: change.email,
        status: change.status.map(Into::into),
        role: change.role,
        scopes_grantable: change.scopes_grantable,
        rate_limits: change.rate_limits,
        metadata: change.metadata,
    };
    Ok(Changed(who.call.keys().change_user(who.act(), who.power, id, change).await?))
}

pub async fn put(
    who: Backend<PeopleWrite>,
    ByExternalId(external_id): ByExternalId,
    Body(put): Body<PutUser>,
) -> Reply<Upserted<User>> {
    let change = UserChange {
        name: put.name,
        external_id: None,
        email: put.email,
        status: put.status.map(Into::into),
        role: put.role,
        scopes_grantable: put.scopes_grantable,
        rate_limits: put.rate_limits,
        metadata: put.metadata,
    };
    Ok(Upserted(who.call.keys().put_user(who.act(), who.power, external_id, change).await?))
}

/// What becomes of the keys of whoever is removed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// `revoke`, the default, ends all keys of the owner; `transfer` moves those that are not revoked.
    keys: Option<KeysOf>,
    /// The user or team that gets the keys.
    to: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum KeysOf {
    Revoke,
    Transfer,
}

impl Remove {
    /// `reach` is the caller's among keys, asked for only where keys move.
    pub(super) fn fate(self, reach: impl FnOnce() -> Result<Reach, Error>) -> Result<Fate, Problem> {
        let wrong = |why| Problem::invalid("/to".into(), why);
        match (self.keys.unwrap_or(KeysOf::Revoke), self.to) {
            (KeysOf::Revoke, None) => Ok(Fate::Revoked),
            (KeysOf::Revoke, Some(_)) => Err(wrong("only with keys=transfer")),
            (KeysOf::Transfer, None) => Err(wrong("is required with keys=transfer: the id of a user or a team")),
            (KeysOf::Transfer, Some(to)) => {
                let to = OwnerId::parse(&to)
                    .ok_or_else(|| wrong("must be the id of a user or a team, as in usr_… or team_…"))?;
                Ok(Fate::Moved { to, reach: reach()? })
            }
        }
    }
}

pub async fn remove(who: Backend<PeopleWrite>, At(id): At<UserKind>, Query(remove): Query<Remove>) -> Reply<Gone> {
    let fate = remove.fate(|| who.reach(scope::KEYS_WRITE))?;
    who.call.keys().remove_user(who.act(), who.power, id, fate).await?;
    Ok(Gone("User removed successfully"))
}
