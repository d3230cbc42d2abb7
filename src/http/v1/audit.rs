//! `/v1/audit-events`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::Timestamp;
use crate::event::Event;
use crate::event::audit::{self, Filter, Report};
use crate::http::error::Problem;
use crate::http::export::{self, Export, Form, Listing};
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

pub async fn verify(who: Backend<guard::Audit>) -> Reply<Answer<Report>> {
    let realm = who.call.realm();
    Ok(Answer(audit::verify(&realm.store, &realm.journal).await?))
}
