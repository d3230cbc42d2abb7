//! `keystead role …`: named sets of scopes that keys bear.

use serde_json::{Value, json};

use super::owner::{List, details, given, said, scopes};
use super::remote::{Server, encode};
use super::{Outcome, Ran, out};

#[derive(Debug, clap::Subcommand)]
pub enum Role {
    /// Create a role
    #[command(after_help = "Example: keystead role create support --scope 'tickets:*' --scope invoices:read")]
    Create {
        /// What keys call it by: a-z, 0-9, _ . and - in it
        name: String,
        /// What it is for
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
        /// A scope that every key with this role has; may be repeated
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        #[command(flatten)]
        server: Server,
    },
    /// List roles, newest first
    List(List),
    /// Show one role
    Show {
        /// The role's name
        name: String,
        #[command(flatten)]
        server: Server,
    },
    /// Change what is given, for every key that bears the role, at once
    Change(Change),
    /// Remove a role that no key bears
    Remove {
        /// The role's name
        name: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, clap::Args)]
pub struct Change {
    /// The role's name, which stays
    name: String,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// A scope, instead of those so far; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// No scopes: the role gives nothing any more
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,
    #[command(flatten)]
    server: Server,
}

const PATH: &str = "/v1/roles";

fn at(name: &str) -> String {
    format!("{PATH}/{}", encode(name))
}

impl Role {
    pub fn run(self) -> Ran {
        match self {
            Self::Create { name, description, scopes, server } => {
                let body = json!({ "name": name, "description": description, "scopes": scopes });
                let answer = server.connect()?.post(PATH, &body)?;
                show(&server, &answer["data"]);
            }
            Self::List(list) => return list.run(PATH, &["name", "scopes", "description"]),
            Self::Show { name, server } => {
                let answer = server.connect()?.get(&at(&name))?;
                show(&server, &answer["data"]);
            }
            Self::Change(change) => {
                let body = given([
                    ("description", change.description.map(Value::from)),
                    ("scopes", scopes(change.no_scopes, change.scopes)),
                ])?;
                let answer = change.server.connect()?.patch(&at(&change.name), &body)?;
                show(&change.server, &answer["data"]);
            }
            Self::Remove { name, server } => {
                let answer = server.connect()?.delete(&at(&name))?;
                said(&server, &answer, &format!("{name} is removed"));
            }
        }
        Ok(Outcome::Fine)
    }
}

fn show(server: &Server, role: &Value) {
    if server.json {
        out::json(role);
    } else {
        details(role);
    }
}
