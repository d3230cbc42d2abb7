//! `/v1/usage` and `/v1/api-keys/{id}/usage`: who has used what, as pages or as a table for a bill.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::{Date, Timestamp};
use crate::http::error::Problem;
use crate::http::export::{self, Export, Form, Listing};
use crate::http::guard::{Call, KeysRead, Reaching, UsageRead};
use crate::http::input::{At, Query, page_size};
use crate::http::reply::{Listed, Reply};
use crate::key::KeyKind;
use crate::key::usage::{Asked, CODES, GroupBy, Line, Place};
use crate::people::OwnerId;

/// Days that one bill goes over: a leap year.
const DAYS_MAX: i64 = 366;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsage {
    /// Items on a page: 1 to 200, 50 by default. An export has no pages.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// A line for each owner, the default; for each key of each owner; or for each day of each owner.
    group_by: Option<GroupBy>,
    /// Only this user or team.
    owner: Option<String>,
    /// The first day, in UTC: by default the first of the month of `to`.
    from: Option<Date>,
    /// The last day, which belongs to it: by default today. 366 days at most.
    to: Option<Date>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListKeyUsage {
    /// Items on a page: 1 to 200, 50 by default. An export has no pages.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// The first day, in UTC: by default the first of the month of `to`.
    from: Option<Date>,
    /// The last day, which belongs to it: by default today. 366 days at most.
    to: Option<Date>,
}

/// What both ask in common.
struct Paged {
    limit: Option<i64>,
    cursor: Option<String>,
    from: Option<Date>,
    to: Option<Date>,
}

impl Paged {
    fn asked(&self, call: &Call, form: Form, group_by: GroupBy, owner: Option<OwnerId>) -> Result<Asked, Problem> {
        let wrong = |field: &'static str, why| Problem::invalid(field.into(), why);
        if form != Form::Page {
            let paged = [("/limit", self.limit.is_some()), ("/cursor", self.cursor.is_some())];
            if let Some((field, _)) = paged.into_iter().find(|(_, given)| *given) {
                return Err(wrong(field, "an export has no pages: leave limit and cursor out"));
            }
        }
        let to = self.to.unwrap_or_else(|| Timestamp(call.now()).date());
        let from = self.from.unwrap_or_else(|| to.month());
        if from > to {
            return Err(wrong("/from", "must not be after to, which is today where it is left out"));
        }
        if to.0 - from.0 >= DAYS_MAX {
            return Err(wrong("/from", "must be so that 366 days are asked for at most: ask year by year"));
        }
        let place = |text: &String| {
            Place::parse(group_by, text).ok_or_else(|| {
                wrong("/cursor", "must be a next_cursor from a list before, asked for with the same group_by")
            })
        };
        let after = self.cursor.as_ref().map(place).transpose()?;
        Ok(Asked { group_by, owner, from, to, after, limit: page_size(self.limit)? + 1 })
    }
}

pub async fn list(who: Reaching<UsageRead>, Query(query): Query<ListUsage>, form: Form) -> Reply<Listing<Line>> {
    let ListUsage { limit, cursor, group_by, owner, from, to } = query;
    let wrong = || Problem::invalid("/owner".into(), "must be the id of a user or a team, as in usr_… or team_…");
    let owner = owner.map(|id| OwnerId::parse(&id).ok_or_else(wrong)).transpose()?;
    let paged = Paged { limit, cursor, from, to };
    let asked = paged.asked(&who.call, form, group_by.unwrap_or(GroupBy::Owner), owner)?;
    let (keys, reach) = (who.call.keys().clone(), who.reach);
    keys.settle_usage().await?;
    if form == Form::Page {
        return Ok(page(asked.limit, keys.usage(reach, asked).await?));
    }
    let pages = move |after: Option<String>| {
        let (keys, reach, asked) = (keys.clone(), reach.clone(), behind(&asked, after));
        async move { keys.usage(reach, asked).await }
    };
    Listing::whole(form, pages).await
}

/// By the day.
pub async fn of_key(
    who: Reaching<KeysRead>,
    At(id): At<KeyKind>,
    Query(query): Query<ListKeyUsage>,
    form: Form,
) -> Reply<Listing<Line>> {
    let ListKeyUsage { limit, cursor, from, to } = query;
    let asked = Paged { limit, cursor, from, to }.asked(&who.call, form, GroupBy::Day, None)?;
    let (keys, reach) = (who.call.keys().clone(), who.reach);
    keys.settle_usage().await?;
    if form == Form::Page {
        return Ok(page(asked.limit, keys.usage_of(reach, id, asked).await?));
    }
    let pages = move |after: Option<String>| {
        let (keys, reach, asked) = (keys.clone(), reach.clone(), behind(&asked, after));
        async move { keys.usage_of(reach, id, asked).await }
    };
    Listing::whole(form, pages).await
}

fn page(limit: i64, lines: Vec<Line>) -> Listing<Line> {
    Listing::Page(Listed::page(lines, limit - 1, Line::cursor))
}

/// The next part of an export.
fn behind(asked: &Asked, after: Option<String>) -> Asked {
    let after = after.and_then(|after| Place::parse(asked.group_by, &after));
    Asked { after, limit: export::PAGE, ..asked.clone() }
}

impl Export for Line {
    const COLUMNS: &'static [&'static str] = &[
        "from",
        "to",
        "owner_type",
        "owner_id",
        "owner_external_id",
        "owner_name",
        "key_id",
        "key_name",
        "uses",
        "valid",
        "refused",
        "cost",
        "revoked",
        "disabled",
        "expired",
        "wrong_environment",
        "ip_denied",
        "referrer_denied",
        "endpoint_denied",
        "insufficient_scope",
        "rate_limited",
        "credits_exhausted",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        let key = self.key.as_ref();
        let mut cells = vec![
            self.from.to_string(),
            self.to.to_string(),
            self.owner.kind.as_str().to_owned(),
            self.owner.id.clone(),
            text(self.owner.external_id.as_ref()),
            text(self.owner.name.as_ref()),
            text(key.map(|key| &key.id)),
            text(key.and_then(|key| key.name.as_ref())),
            self.uses.to_string(),
            self.valid.to_string(),
            self.refused.to_string(),
            self.cost.to_string(),
        ];
        // In the order of the head: all but `valid`.
        cells.extend(CODES[1..].iter().map(|(_, name)| self.codes.get(name).unwrap_or(&0).to_string()));
        cells
    }

    fn cursor(&self) -> String {
        self.place.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_column_for_every_code_in_their_order() {
        let codes: Vec<&str> = CODES[1..].iter().map(|(_, name)| *name).collect();
        assert_eq!(Line::COLUMNS[12..], codes);
    }
}
