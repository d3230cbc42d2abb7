//! `keystead key change` and `keystead key credits add`: settings of a key that is there, shown as they are afterwards.

use serde_json::{Value, json};

use super::super::owner::{details, given, scopes};
use super::super::remote::{Server, encode};
use super::super::{Outcome, Ran, out};
use super::expiry;
use super::terms::Terms;

#[derive(Debug, clap::Args)]
pub struct Change {
    /// key_…
    id: String,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// When it stops working: 90d, 1y, 2027-01-31, 2027-01-31T12:00:00Z, or never
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    /// A scope, instead of those so far; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// No scopes
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    server: Server,
}

impl Change {
    pub fn run(self) -> Ran {
        let expires_at = self.expires.as_deref().map(expiry).transpose()?;
        let own = [
            ("description", self.description.map(Value::from)),
            ("expires_at", expires_at.map(|at| json!(at))),
            ("scopes", scopes(self.no_scopes, self.scopes)),
        ];
        let body = given(own.into_iter().chain(self.terms.fields()))?;
        let answer = self.server.connect()?.patch(&format!("/v1/api-keys/{}", encode(&self.id)), &body)?;
        show(&self.server, &answer["data"]);
        Ok(Outcome::Fine)
    }
}

#[derive(Debug, clap::Subcommand)]
pub enum Credits {
    /// Add credits to a key, whatever is spent meanwhile
    #[command(after_help = "Examples:\n  keystead key credits add key_… 500\n  keystead key credits add key_… -20")]
    Add {
        /// key_…
        id: String,
        /// So many more; below 0, so many fewer
        #[arg(allow_negative_numbers = true)]
        number: i64,
        #[command(flatten)]
        server: Server,
    },
}

impl Credits {
    pub fn run(self) -> Ran {
        let Self::Add { id, number, server } = self;
        let path = format!("/v1/api-keys/{}/credits", encode(&id));
        let answer = server.connect()?.post(&path, &json!({ "add": number }))?;
        if server.json {
            out::json(&answer["data"]);
        } else {
            out::say(&format!("{id} has {} credits", out::cell(&answer, "/data/remaining")));
        }
        Ok(Outcome::Fine)
    }
}

fn show(server: &Server, key: &Value) {
    if server.json {
        out::json(key);
    } else {
        details(key);
    }
}
