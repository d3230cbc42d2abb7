//! `keystead audit …`: the trail of all changes, and the proof that nobody touched it. `verify` also works at the machine itself, on a
//! server that runs and on one that does not.

use serde_json::Value;

use super::admin::{At, Verb};
use super::remote::Server;
use super::{Failure, Outcome, Ran, out};

#[derive(Debug, clap::Subcommand)]
pub enum Audit {
    /// List events, newest first
    #[command(after_help = "Example: keystead audit list --subject key_… --from 2027-01-31T00:00:00Z")]
    List(List),
    /// Check the whole chain of events; ends with 1 if an event was changed, removed or inserted
    #[command(
        after_help = "The head stands for every event before it: keep it elsewhere, and you can tell a whole older database, too.\n\n\
        Examples:\n  keystead audit verify\n  keystead audit verify --data-dir ./keystead-data"
    )]
    Verify {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// Who did it: key:key_…, person:usr_…, panel:usr_…, cli:1000; or a kind of caller, as in person:
    #[arg(long)]
    actor: Option<String>,
    /// What was done, as in key.revoked
    #[arg(long)]
    action: Option<String>,
    /// The id of what was changed
    #[arg(long)]
    subject: Option<String>,
    /// The id of the user or team whose it was
    #[arg(long)]
    owner: Option<String>,
    /// At this time or later, as in 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    server: Server,
}

impl Audit {
    pub fn run(self) -> Ran {
        match self {
            Self::List(list) => list.run(),
            Self::Verify { at, server } => {
                let report = if at.is_given() {
                    serde_json::from_str(at.existing()?.fetch(Verb::AuditVerify)?.data())?
                } else {
                    server.connect()?.get("/v1/audit-events/verify")?["data"].take()
                };
                tell(&report, server.json)
            }
        }
    }
}

fn tell(report: &Value, json: bool) -> Ran {
    let (count, head) = (out::cell(report, "/count"), out::cell(report, "/head"));
    if json {
        out::json(report);
    } else {
        out::line(&format!("{count} events, head {head}"));
    }
    match report["problem"].as_str() {
        None if report["ok"] == true => Ok(Outcome::Fine),
        None => Err(Failure("the answer is no report: is the server of another version than the command?".into())),
        Some(problem) => {
            let place = report["first_bad"].as_i64().map(|seq| format!(" (event {seq})")).unwrap_or_default();
            out::say(&format!("the trail is broken: {problem}{place}. Compare it with a backup from before"));
            Ok(Outcome::Refused)
        }
    }
}

impl List {
    fn run(self) -> Ran {
        let limit = (!self.all).then_some(self.limit as usize);
        let query = [
            ("actor", self.actor),
            ("action", self.action),
            ("subject", self.subject),
            ("owner", self.owner),
            ("from", self.from),
            ("to", self.to),
        ];
        let items = self.server.connect()?.list("/v1/audit-events", &query, limit)?;
        if self.server.json {
            out::json(&Value::Array(items));
            return Ok(Outcome::Fine);
        }
        let columns = ["seq", "at", "actor", "action", "subject", "address"];
        let rows = items.iter().map(|item| columns.map(|column| out::cell(item, &format!("/{column}"))).to_vec());
        out::table(&["SEQ", "AT", "ACTOR", "ACTION", "SUBJECT", "ADDRESS"], rows.collect());
        Ok(Outcome::Fine)
    }
}
