//! `POST /v1/api-keys/import`: keys of other systems by their hashes, a line each. The report goes out while lines come in; an import that
//! ends early says so in its last line, and is taken up again with the same file.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Error;
use crate::http::error::{Problem, log};
use crate::http::guard::{Backend, Importing};
use crate::http::input::Query;
use crate::http::ndjson::{Broken, LinesIn, LinesOut, Writer, lines};
use crate::http::reply::Reply;
use crate::key::import::{Format, Import, Kind, Line, Mode, Plan, Report, Summary};
use crate::people::{OwnerId, scope};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportKeys {
    /// Whose export it is: `keystead` by default, which is the form that is described here.
    format: Option<Format>,
    /// Look at every line and write nothing.
    dry_run: Option<bool>,
    /// Make users and teams that lines name by an `external_id` and that are not here. Needs `keystead:people:write` besides.
    create_owners: Option<bool>,
    /// What the owners of another system's keys are here: `user` by default.
    owner_type: Option<Kind>,
    /// The user or team that gets another system's keys without an owner.
    default_owner: Option<String>,
    /// Lines at the beginning that are not looked at: `lines` of the last line of a report that is not complete.
    #[schemars(range(min = 0))]
    skip_lines: Option<i64>,
}

/// A line of the report.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Told {
    Line(Report),
    End(End),
}

/// The last line of the report.
#[derive(Debug, Serialize, JsonSchema)]
pub struct End {
    /// `summary`
    status: &'static str,
    /// Were all lines dealt with?
    complete: bool,
    /// Where not: why, and what to do.
    message: Option<Cow<'static, str>>,
    #[serde(flatten)]
    summary: Summary,
}

pub async fn import(
    who: Backend<Importing>,
    Query(asked): Query<ImportKeys>,
    body: LinesIn<Line>,
) -> Reply<LinesOut<Told>> {
    let plan = asked.plan()?;
    if plan.create_owners {
        who.needs(scope::PEOPLE_WRITE)?;
    }
    let import = Import::new(who.call.keys().clone(), who.act(), who.power, plan);
    let (writer, answer) = lines();
    // The answer has begun before the body is whole; the task ends with it, or when nobody reads it any more.
    actix_web::rt::spawn(run(import, body, writer));
    Ok(answer)
}

impl ImportKeys {
    fn plan(self) -> Result<Plan, Problem> {
        let wrong = |field: &'static str, why: &'static str| Problem::invalid(field.into(), why);
        let owner = |id: String| {
            let owner = OwnerId::parse(&id).filter(|owner| *owner != OwnerId::Instance);
            owner.ok_or_else(|| wrong("/default_owner", "must be the id of a user or a team, as in usr_… or team_…"))
        };
        let skip_lines = u64::try_from(self.skip_lines.unwrap_or(0))
            .map_err(|_| wrong("/skip_lines", "must be a number of lines: 0 or more"))?;
        Ok(Plan {
            format: self.format.unwrap_or_default(),
            mode: if self.dry_run == Some(true) { Mode::Dry } else { Mode::Write },
            create_owners: self.create_owners == Some(true),
            owner_kind: self.owner_type.unwrap_or(Kind::User),
            default_owner: self.default_owner.map(owner).transpose()?,
            skip_lines,
        })
    }
}

const STORE_FAILED: &str = "the store could not take the next lines: send the body again in a moment, or its rest with ?skip_lines= and the number of lines";

async fn run(mut import: Import, mut body: LinesIn<Line>, writer: Writer<Told>) {
    let ended = loop {
        let (reports, last) = match body.next().await {
            Ok(Some(piece)) => (import.feed(&piece).await, None),
            Ok(None) => (import.finish().await, Some(None)),
            Err(broken) => (import.settle().await, Some(Some(explain(broken).into()))),
        };
        match reports {
            Err(error) => {
                log(&error);
                break Some(match &error {
                    Error::Busy { .. } | Error::Internal(_) => STORE_FAILED.into(),
                    refused => refused.why(),
                });
            }
            Ok(reports) => {
                if writer.write(reports.into_iter().map(Told::Line)).await.is_err() {
                    return;
                }
            }
        }
        if let Some(why) = last {
            break why;
        }
        // Others are served by this thread, too.
        tokio::task::yield_now().await;
    };
    let end = End { status: "summary", complete: ended.is_none(), message: ended, summary: import.summary().clone() };
    // Nobody to tell: the same lines again find everything as it is.
    let _ = writer.write([Told::End(end)]).await;
}

fn explain(broken: Broken) -> &'static str {
    match broken {
        Broken::Cut => {
            "the body ended before its end: send it again, or its rest with ?skip_lines= and the number of lines"
        }
        Broken::Idle => {
            "nothing came for 30 seconds: send it again, or its rest with ?skip_lines= and the number of lines"
        }
        Broken::TooLong => {
            "the body is over http.max_import_mib: send its rest as another request, or all of it with ?skip_lines= and the number of lines"
        }
    }
}
