//! `keystead team …`

use serde_json::{Value, json};

use super::super::Ran;
use super::super::rate_limit::RateLimits;
use super::super::remote::Server;
use super::member::Member;
use super::user::{scopes, taken_or};
use super::{Kind, List, Remove, Show, change, create, given};

#[derive(Debug, clap::Subcommand)]
pub enum Team {
    /// Create a team; prints the id
    Create {
        #[arg(long)]
        name: String,
        /// Your application's own id of this team
        #[arg(long)]
        external_id: Option<String>,
        /// A scope that this team may give to its own keys; may be repeated
        #[arg(long = "grantable", value_name = "SCOPE")]
        scopes_grantable: Vec<String>,
        #[command(flatten)]
        rate_limits: RateLimits,
        #[command(flatten)]
        server: Server,
    },
    /// List teams, newest first
    List(List),
    /// Show one team
    Show(Show),
    /// Change a team
    Set(Set),
    /// Remove a team for good, and revoke or move its keys
    Remove(Remove),
    /// Add, list and remove members of a team
    #[command(subcommand)]
    Member(Member),
}

#[derive(Debug, clap::Args)]
pub struct Set {
    /// An id or an external id
    who: String,
    #[arg(long)]
    name: Option<String>,
    /// Your application's own id of this team
    #[arg(long)]
    external_id: Option<String>,
    /// Take the external id away
    #[arg(long, conflicts_with = "external_id")]
    no_external_id: bool,
    /// A scope that this team may give to its own keys, instead of those so far; may be repeated
    #[arg(long = "grantable", value_name = "SCOPE")]
    scopes_grantable: Vec<String>,
    /// No scopes that this team may give
    #[arg(long, conflicts_with = "scopes_grantable")]
    no_grantable: bool,
    #[command(flatten)]
    rate_limits: RateLimits,
    #[command(flatten)]
    server: Server,
}

impl Team {
    pub fn run(self) -> Ran {
        match self {
            Self::Create { name, external_id, scopes_grantable, rate_limits, server } => {
                let body = json!({ "name": name, "external_id": external_id, "scopes_grantable": scopes_grantable,
                    "rate_limits": rate_limits.field().unwrap_or_else(|| json!([])) });
                create(&server, "/v1/teams", &body)
            }
            Self::List(list) => list.run("/v1/teams", &["id", "name", "external_id", "created_at"]),
            Self::Show(show) => show.run(Kind::Team),
            Self::Set(set) => set.run(),
            Self::Remove(remove) => remove.run(Kind::Team),
            Self::Member(member) => member.run(),
        }
    }
}

impl Set {
    fn run(self) -> Ran {
        let body = given([
            ("name", self.name.map(Value::from)),
            ("external_id", taken_or(self.no_external_id, self.external_id)),
            ("scopes_grantable", scopes(self.no_grantable, self.scopes_grantable)),
            ("rate_limits", self.rate_limits.field()),
        ])?;
        change(&self.server, Kind::Team, &self.who, &body)
    }
}
