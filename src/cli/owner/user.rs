//! `keystead user …`

use serde_json::{Value, json};

use super::super::rate_limit::RateLimits;
use super::super::remote::{Server, encode};
use super::super::{Outcome, Ran, out, seconds};
use super::{Kind, List, Remove, Show, change, create, given};

#[derive(Debug, clap::Subcommand)]
pub enum User {
    /// Create a user; prints the id
    Create {
        /// Your application's own id of this person
        #[arg(long, required_unless_present = "email")]
        external_id: Option<String>,
        #[arg(long)]
        email: Option<String>,
        #[arg(long)]
        name: Option<String>,
        /// A scope that this person may give to their own keys; may be repeated
        #[arg(long = "grantable", value_name = "SCOPE")]
        scopes_grantable: Vec<String>,
        #[command(flatten)]
        rate_limits: RateLimits,
        #[command(flatten)]
        server: Server,
    },
    /// List users, newest first
    List(List),
    /// Show one user
    Show(Show),
    /// Change a user
    Set(Set),
    /// Switch all keys of a user off, and end their sessions
    Suspend(One),
    /// Switch the keys of a suspended user on again
    Activate(One),
    /// Print a one-time link by which a user sets a password
    #[command(after_help = "The link goes to stdout, alone. It works without mail: give it to them yourself.")]
    Invite {
        /// An id, an e-mail or an external id
        who: String,
        /// How long the link works: a number with m, h or d; 30d at most
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = seconds)]
        expires: i64,
        #[command(flatten)]
        server: Server,
    },
    /// Remove a user for good, and revoke or move their keys
    Remove(Remove),
}

#[derive(Debug, clap::Args)]
pub struct One {
    /// An id, an e-mail or an external id
    who: String,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, clap::Args)]
pub struct Set {
    /// An id, an e-mail or an external id
    who: String,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// Take the e-mail away
    #[arg(long, conflicts_with = "email")]
    no_email: bool,
    /// Your application's own id of this person
    #[arg(long)]
    external_id: Option<String>,
    /// Take the external id away
    #[arg(long, conflicts_with = "external_id")]
    no_external_id: bool,
    /// admin or member; needs a token with keystead:admin
    #[arg(long, value_parser = ["admin", "member"])]
    role: Option<String>,
    /// A scope that this person may give to their own keys, instead of those so far; may be repeated
    #[arg(long = "grantable", value_name = "SCOPE")]
    scopes_grantable: Vec<String>,
    /// No scopes that this person may give
    #[arg(long, conflicts_with = "scopes_grantable")]
    no_grantable: bool,
    #[command(flatten)]
    rate_limits: RateLimits,
    #[command(flatten)]
    server: Server,
}

impl User {
    pub fn run(self) -> Ran {
        match self {
            Self::Create { external_id, email, name, scopes_grantable, rate_limits, server } => {
                let body = json!({ "external_id": external_id, "email": email, "name": name, "scopes_grantable": scopes_grantable,
                    "rate_limits": rate_limits.field().unwrap_or_else(|| json!([])) });
                create(&server, "/v1/users", &body)
            }
            Self::List(list) => list.run("/v1/users", &["id", "name", "email", "external_id", "status", "created_at"]),
            Self::Show(show) => show.run(Kind::User),
            Self::Set(set) => set.run(),
            Self::Suspend(One { who, server }) => change(&server, Kind::User, &who, &json!({ "status": "suspended" })),
            Self::Activate(One { who, server }) => change(&server, Kind::User, &who, &json!({ "status": "active" })),
            Self::Invite { who, expires, server } => invite(&server, &who, expires),
            Self::Remove(remove) => remove.run(Kind::User),
        }
    }
}

impl Set {
    fn run(self) -> Ran {
        let body = given([
            ("name", self.name.map(Value::from)),
            ("email", taken_or(self.no_email, self.email)),
            ("external_id", taken_or(self.no_external_id, self.external_id)),
            ("role", self.role.map(Value::from)),
            ("scopes_grantable", scopes(self.no_grantable, self.scopes_grantable)),
            ("rate_limits", self.rate_limits.field()),
        ])?;
        change(&self.server, Kind::User, &self.who, &body)
    }
}

fn invite(server: &Server, who: &str, expires_in_s: i64) -> Ran {
    let remote = server.connect()?;
    let id = Kind::User.find(&remote, who)?;
    let path = format!("/v1/users/{}/invitations", encode(&id));
    let answer = remote.post(&path, &json!({ "expires_in_s": expires_in_s }))?;
    if server.json {
        out::json(&answer["data"]);
    } else {
        out::line(&out::cell(&answer, "/data/url"));
        out::say(&format!("It works once, until {}.", out::cell(&answer, "/data/expires_at")));
    }
    Ok(Outcome::Fine)
}

/// Null where it is taken away, what was given otherwise.
pub(super) fn taken_or(taken: bool, given: Option<String>) -> Option<Value> {
    if taken { Some(Value::Null) } else { given.map(Value::from) }
}

pub fn scopes(none: bool, given: Vec<String>) -> Option<Value> {
    (none || !given.is_empty()).then(|| given.into())
}
