//! `/v1/api-keys` and `/v1/api-keys/revoke`: many keys at once, listed, exported or ended.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Error, Timestamp};
use crate::config::Environment;
use crate::http::error::Problem;
use crate::http::export::{self, Export, Form, Listing};
use crate::http::guard::{KeysRead, KeysRevokeMany, Reaching};
use crate::http::input::{Body, Query, cursor, page_size};
use crate::http::reply::{Decided, Listed, Reply};
use crate::key::role::is_name;
use crate::key::{After, Filter, Key, KeyId, KeyKind, Sort, StatusFilter, Which};
use crate::people::OwnerId;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListKeys {
    /// Items on a page: 1 to 200, 50 by default. An export has no pages.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only keys of this user or team.
    owner: Option<String>,
    status: Option<StatusFilter>,
    environment: Option<Environment>,
    /// Part of the name, the last four characters, or the id.
    q: Option<String>,
    created_before: Option<Timestamp>,
    expires_before: Option<Timestamp>,
    /// Neither used nor made since then.
    unused_since: Option<Timestamp>,
    /// Only keys that bear the role with this name.
    role: Option<String>,
    /// `-created_at` by default: newest first. An export has no other order.
    sort: Option<Sort>,
}

impl ListKeys {
    /// Without the cursor, which belongs to an order.
    fn filter(&self) -> Result<Filter, Problem> {
        Ok(Filter {
            owner: owner(self.owner.as_deref())?,
            status: self.status,
            environment: self.environment,
            q: self.q.clone().filter(|q| !q.is_empty()),
            created_before: self.created_before,
            expires_before: self.expires_before,
            unused_since: self.unused_since,
            role: role(self.role.as_deref())?,
            before: None,
            limit: page_size(self.limit)?,
        })
    }
}

/// Characters of a cursor: a name of 200 characters, at most six bytes each in JSON, an id and the order, in base64.
const CURSOR_MAX: usize = 2_048;

/// A cursor of an order that is not the usual one is base64 of JSON, for nobody but us to read.
fn after(sort: Sort, cursor: Option<&str>) -> Result<Option<After>, Problem> {
    let Some(text) = cursor else { return Ok(None) };
    let json = (text.len() <= CURSOR_MAX).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten();
    let after = json.and_then(|json| serde_json::from_slice::<After>(&json).ok()).filter(|after| after.fits(sort));
    let wrong = "must be a next_cursor of a list in this very order: leave it out to begin anew";
    after.map(Some).ok_or_else(|| Problem::invalid("/cursor".into(), wrong))
}

fn owner(id: Option<&str>) -> Result<Option<OwnerId>, Problem> {
    let wrong = || Problem::invalid("/owner".into(), "must be the id of a user or a team, as in usr_… or team_…");
    id.map(|id| OwnerId::parse(id).ok_or_else(wrong)).transpose()
}

fn role(name: Option<&str>) -> Result<Option<String>, Problem> {
    let wrong = || Problem::invalid("/role".into(), "must be the name of a role, as GET /v1/roles lists them");
    name.map(|name| is_name(name).then(|| name.to_owned()).ok_or_else(wrong)).transpose()
}

pub async fn list(who: Reaching<KeysRead>, Query(query): Query<ListKeys>, form: Form) -> Reply<Listing<Key>> {
    if form == Form::Page {
        return Ok(Listing::Page(page(who, None, query).await?));
    }
    let paged =
        [("/limit", query.limit.is_some()), ("/cursor", query.cursor.is_some()), ("/sort", query.sort.is_some())];
    if let Some((field, _)) = paged.into_iter().find(|(_, given)| *given) {
        return Err(Problem::invalid(
            field.into(),
            "an export has no pages and is newest first: leave limit, cursor and sort out",
        ));
    }
    let (filter, keys, reach) = (query.filter()?, who.call.keys().clone(), who.reach);
    let pages = move |after: Option<String>| {
        let (keys, reach, mut filter) = (keys.clone(), reach.clone(), filter.clone());
        filter.before = after.as_deref().and_then(KeyId::parse);
        filter.limit = export::PAGE;
        async move { keys.keys(reach, filter).await }
    };
    Listing::whole(form, pages).await
}

/// One page, for the list of all keys and for an owner's.
pub(super) async fn page(who: Reaching<KeysRead>, of: Option<OwnerId>, query: ListKeys) -> Reply<Listed<Key>> {
    let mut filter = query.filter()?;
    if of.is_some() && filter.owner.is_some() && of != filter.owner {
        return Ok(Listed { items: Vec::new(), next_cursor: None });
    }
    filter.owner = of.or(filter.owner);
    if let Some(sort) = query.sort.filter(|sort| *sort != Sort::CreatedDown) {
        let after = after(sort, query.cursor.as_deref())?;
        let (items, end) = who.call.keys().keys_sorted(who.reach, filter, sort, after).await?;
        let next_cursor = end.map(|end| serde_json::to_vec(&end).map(|json| URL_SAFE_NO_PAD.encode(json)));
        return Ok(Listed { items, next_cursor: next_cursor.transpose().map_err(Error::internal)? });
    }
    let limit = filter.limit;
    filter.before = cursor::<KeyKind>(query.cursor.as_deref())?;
    filter.limit = limit + 1;
    let keys = who.call.keys().keys(who.reach, filter).await?;
    Ok(Listed::page(keys, limit, |key| key.id.clone()))
}

impl Export for Key {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "owner_type",
        "owner_id",
        "owner_external_id",
        "owner_name",
        "created_by",
        "environment",
        "is_public",
        "prefix",
        "last_four",
        "origin",
        "status",
        "why_invalid",
        "enabled",
        "rotation_due",
        "created_at",
        "secret_created_at",
        "expires_at",
        "last_used",
        "revoked_at",
        "restrictions",
        "credits_remaining",
        "scopes",
        "roles",
        "metadata",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        vec![
            self.id.clone(),
            self.name.clone(),
            word(&self.owner.kind),
            self.owner.id.clone(),
            text(&self.owner.external_id),
            self.owner.name.clone(),
            self.created_by.clone(),
            self.environment.as_str().to_owned(),
            self.is_public.to_string(),
            text(&self.prefix),
            text(&self.last_four),
            text(&self.origin),
            word(&self.status),
            self.why_invalid.map(|why| why.as_str().to_owned()).unwrap_or_default(),
            self.enabled.to_string(),
            self.rotation_due.to_string(),
            self.created_at.to_string(),
            self.secret_created_at.to_string(),
            time(self.expires_at),
            time(self.last_used),
            time(self.revoked_at),
            if self.restrictions.is_empty() {
                String::new()
            } else {
                serde_json::to_string(&self.restrictions).unwrap_or_default()
            },
            self.credits.as_ref().map(|credits| credits.remaining.to_string()).unwrap_or_default(),
            self.scopes.join(" "),
            self.roles.join(" "),
            serde_json::to_string(&self.metadata).unwrap_or_default(),
        ]
    }

    fn cursor(&self) -> String {
        self.id.clone()
    }
}

/// The word that stands for this in JSON.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Which keys to revoke: those that fit all that is given, or those on a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeKeys {
    /// Only keys of this user or team; `instance` for the instance's own, which are never meant otherwise.
    owner: Option<String>,
    status: Option<StatusFilter>,
    environment: Option<Environment>,
    /// Part of the name, the last four characters, or the id.
    q: Option<String>,
    created_before: Option<Timestamp>,
    expires_before: Option<Timestamp>,
    /// Neither used nor made since then.
    unused_since: Option<Timestamp>,
    /// Only keys that bear the role with this name.
    role: Option<String>,
    /// These keys, 1,000 at most, and no filter beside them. Ids that the caller does not see are passed over.
    #[schemars(length(max = 1000))]
    ids: Option<Vec<String>>,
    /// Revoke only if exactly so many are meant, as a dry run has counted.
    expected_count: Option<u32>,
    /// Count, and revoke none.
    #[serde(default)]
    dry_run: bool,
}

impl RevokeKeys {
    fn which(&self) -> Result<Which, Problem> {
        let filter = Filter {
            owner: owner(self.owner.as_deref())?,
            status: self.status,
            environment: self.environment,
            q: self.q.clone().filter(|q| !q.is_empty()),
            created_before: self.created_before,
            expires_before: self.expires_before,
            unused_since: self.unused_since,
            role: role(self.role.as_deref())?,
            ..Filter::default()
        };
        let Some(ids) = &self.ids else { return Ok(Which::Matching(filter)) };
        if filter != Filter::default() {
            return Err(Error::refused("/ids", "send ids or filters, not both").into());
        }
        let wrong = || Problem::invalid("/ids".into(), "must be ids of keys, as in key_…");
        ids.iter().map(|id| KeyId::parse(id).ok_or_else(wrong)).collect::<Result<_, _>>().map(Which::These)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Counted {
    /// Keys that were revoked, or in a dry run would be. Those that were revoked before are none of them.
    count: usize,
    dry_run: bool,
}

pub async fn revoke(who: Reaching<KeysRevokeMany>, Body(revoke): Body<RevokeKeys>) -> Reply<Decided<Counted>> {
    let (act, keys, which) = (who.act(), who.call.keys(), revoke.which()?);
    if revoke.dry_run || revoke.expected_count.is_some() {
        let count = keys.count_to_revoke(&act, &who.reach, &which).await?;
        if revoke.dry_run {
            return Ok(Decided(Counted { count, dry_run: true }));
        }
        if revoke.expected_count.and_then(|expected| usize::try_from(expected).ok()) != Some(count) {
            return Err(Error::conflict(
                "/expected_count",
                "another number of keys is meant now: look at them again, then send the count of a new dry run",
            )
            .into());
        }
    }
    let count = keys.revoke_many(act, who.reach, which).await?;
    Ok(Decided(Counted { count, dry_run: false }))
}
