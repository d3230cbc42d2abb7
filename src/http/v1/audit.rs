//! `/v1/audit-events`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::Timestamp;
use crate::event::Event;
use crate::event::audit::{self, Filter, Report};
use crate::http::error::Problem;
use crate::http::guard::{self, Backend};
use crate::http::input::{Query, page_size};
use crate::http::reply::{Answer, Listed, Reply};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEvents {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Who did it: `key:<id>`, `cli:<uid>` or `configuration`. `person:` alone is every person, and so on.
    actor: Option<String>,
    /// What was done, as in `key.created`.
    action: Option<String>,
    /// The id of what was changed.
    subject: Option<String>,
    /// Whose it was.
    owner: Option<String>,
    /// At this time or later.
    from: Option<Timestamp>,
    /// Before this time.
    to: Option<Timestamp>,
}

pub async fn list(who: Backend<guard::Audit>, Query(query): Query<ListEvents>) -> Reply<Listed<Event>> {
    let limit = page_size(query.limit)?;
    let wrong = |_| Problem::invalid("/cursor".into(), "must be a next_cursor from a list before");
    let filter = Filter {
        actor: query.actor,
        action: query.action,
        subject: query.subject,
        owner_id: query.owner,
        from: query.from.map(|at| at.0),
        to: query.to.map(|at| at.0),
        before: query.cursor.map(|cursor| cursor.parse::<i64>().map_err(wrong)).transpose()?,
        limit: limit + 1,
    };
    let events = audit::list(who.call.store(), filter).await?;
    Ok(Listed::page(events, limit, |event| event.seq.to_string()))
}

pub async fn verify(who: Backend<guard::Audit>) -> Reply<Answer<Report>> {
    let realm = who.call.realm();
    Ok(Answer(audit::verify(&realm.store, &realm.journal).await?))
}
