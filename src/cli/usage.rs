//! `keystead usage`: who has used what, as a table for people, CSV for a bill and JSON for programs.

use serde_json::Value;

use super::owner::Kind;
use super::remote::{Remote, Server, encode};
use super::{Failure, Outcome, Ran, out};

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Owner,
    Key,
    Day,
}

/// What to bill: everybody, one owner or one key
#[derive(Debug, clap::Args)]
pub struct Usage {
    /// Only this user's or team's, by id
    #[arg(long, value_name = "ID", conflicts_with_all = ["user", "team", "key"])]
    owner: Option<String>,
    /// Only this user's: id, e-mail or external id
    #[arg(long, conflicts_with_all = ["team", "key"])]
    user: Option<String>,
    /// Only this team's: id or external id
    #[arg(long, conflicts_with = "key")]
    team: Option<String>,
    /// Only this key's, by the day
    #[arg(long, value_name = "ID", conflicts_with = "by")]
    key: Option<String>,
    /// The first day, in UTC, as in 2027-01-01 [default: the first of the month of --to]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// The last day, which belongs to it [default: today]
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// A line for each owner, for each key or for each day of each owner [default: owner]
    #[arg(long)]
    by: Option<By>,
    /// Print CSV, with all that a line says
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    server: Server,
}

impl Usage {
    pub fn run(self) -> Ran {
        let remote = self.server.connect()?;
        let path =
            self.key.as_ref().map_or_else(|| "/v1/usage".into(), |key| format!("/v1/api-keys/{}/usage", encode(key)));
        let by = self.by.map(|by| match by {
            By::Owner => "owner".to_owned(),
            By::Key => "key".to_owned(),
            By::Day => "day".to_owned(),
        });
        let query = [("owner", self.owner(&remote)?), ("group_by", by), ("from", self.from), ("to", self.to)];
        if self.csv {
            remote.download(&path, &query, "text/csv", &mut std::io::stdout().lock())?;
            return Ok(Outcome::Fine);
        }
        let lines = remote.list(&path, &query, None)?;
        if self.server.json {
            out::json(&Value::Array(lines));
            return Ok(Outcome::Fine);
        }
        let columns = ["from", "to", "owner/id", "owner/name", "key/id", "uses", "valid", "refused", "cost"];
        let rows = lines.iter().map(|line| columns.map(|column| out::cell(line, &format!("/{column}"))).to_vec());
        out::table(&["FROM", "TO", "OWNER", "NAME", "KEY", "USES", "VALID", "REFUSED", "COST"], rows.collect());
        Ok(Outcome::Fine)
    }

    fn owner(&self, remote: &Remote) -> Result<Option<String>, Failure> {
        match (&self.owner, &self.user, &self.team) {
            (Some(id), ..) => Ok(Some(id.clone())),
            (None, Some(who), _) => Kind::User.find(remote, who).map(Some),
            (None, None, Some(who)) => Kind::Team.find(remote, who).map(Some),
            (None, None, None) => Ok(None),
        }
    }
}
