//! `/v1/audit-events`, and `/v1/api-keys/{id}/events` for whoever may read that key.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::Timestamp;
use crate::event::Event;
use crate::event::audit::{self, Filter, Report};
use crate::http::error::Problem;
use crate::http::export::{self, Export, Form, Listing};
use crate::http::guard::{self, Backend, KeysRead, Reaching};
use crate::http::input::{At, Query, page_size};
use crate::http::reply::{Answer, Listed, Reply};
use crate::key::KeyKind;
use crate::key::authority::Reach;

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

impl ListEvents {
    fn filter(self) -> Result<Filter, Problem> {
        Ok(Filter {
            actor: self.actor,
            action: self.action,
            subject: self.subject,
            owner_id: self.owner,
            from: self.from.map(|at| at.0),
            to: self.to.map(|at| at.0),
            before: self.cursor.as_deref().map(seq).transpose()?,
            limit: page_size(self.limit)? + 1,
        })
    }
}

fn seq(cursor: &str) -> Result<i64, Problem> {
    cursor.parse().map_err(|_| Problem::invalid("/cursor".into(), "must be a next_cursor from a list before"))
}

pub async fn list(who: Backend<guard::Audit>, Query(query): Query<ListEvents>, form: Form) -> Reply<Listing<Event>> {
    let (filter, store) = (query.filter()?, who.call.store().clone());
    if form != Form::Lines {
        let limit = filter.limit - 1;
        let events = audit::list(&store, filter).await?;
        return Ok(Listing::Page(Listed::page(events, limit, Event::cursor)));
    }
    let begin = filter.before;
    let pages = move |after: Option<String>| {
        let before = after.and_then(|after| after.parse().ok()).or(begin);
        let (store, filter) = (store.clone(), Filter { before, limit: export::PAGE, ..filter.clone() });
        async move { audit::list(&store, filter).await }
    };
    Listing::whole(form, pages).await
}

impl Export for Event {
    /// What happened has no one form that fits a table.
    const COLUMNS: &'static [&'static str] = &[];

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }

    fn cursor(&self) -> String {
        self.seq.to_string()
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListKeyEvents {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What happened to a key, for whoever may read it. Who is no admin is told who did what and when while the key was its present owner's; in which request and from
/// which address, which is a backend's more often than not, stays with the audit trail.
pub async fn of_key(
    who: Reaching<KeysRead>,
    At(id): At<KeyKind>,
    Query(query): Query<ListKeyEvents>,
) -> Reply<Listed<Event>> {
    let limit = page_size(query.limit)?;
    let before = query.cursor.as_deref().map(seq).transpose()?;
    let key = who.call.keys().key(who.reach.clone(), id).await?;
    let all = matches!(who.reach, Reach::All(power) if power.is_admin());
    let owner_id = (!all).then_some(key.owner.id);
    let filter = Filter { subject: Some(key.id), owner_id, before, limit: limit + 1, ..Filter::default() };
    let mut events = audit::list(who.call.store(), filter).await?;
    if !all {
        for event in &mut events {
            (event.address, event.request_id) = (None, None);
        }
    }
    Ok(Listed::page(events, limit, Event::cursor))
}

pub async fn verify(who: Backend<guard::Audit>) -> Reply<Answer<Report>> {
    let realm = who.call.realm();
    Ok(Answer(audit::verify(&realm.store, &realm.journal).await?))
}
