//! `keystead key …`: keys on a running server, and minting one without any.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::admin::environment;
use super::owner::{Kind, details};
use super::remote::{Remote, Server, encode, read_secret};
use super::{Failure, Outcome, Ran, out};
use crate::base::time::parse_expiry;
use crate::base::{Clock, Timestamp};
use crate::config::{self, Environment, Sources};
use crate::key::{GRACE_MAX_S, token};

#[derive(Debug, clap::Subcommand)]
pub enum Key {
    /// Print a well-formed new key and store nothing: for bootstrap.token
    Mint(Mint),
    /// Create a key; prints it, for the only time
    #[command(
        after_help = "The key goes to stdout, alone. Example:\n  keystead key create --team acme --description ci --expires 90d > key"
    )]
    Create(Create),
    /// List keys, newest first
    List(List),
    /// Show one key; never its secret
    Show {
        /// key_…
        id: String,
        #[command(flatten)]
        server: Server,
    },
    /// Give a key a new secret; prints it, for the only time
    #[command(
        after_help = "The former secret works for the grace that you give it, and not at all without one. Example:\n  keystead key rotate key_… --grace 24h > key"
    )]
    Rotate(Rotate),
    /// Revoke keys for good
    Revoke {
        /// key_…
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Is a key good? Reads it from standard input; ends with 1 if not
    #[command(after_help = "Example: keystead key verify --scope invoices:read < key")]
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
pub struct Mint {
    /// live or test
    #[arg(long, value_name = "ENV", default_value = "live", value_parser = environment)]
    environment: Environment,
    /// A public key (pk_…)
    #[arg(long)]
    public: bool,
    /// A TOML file of settings, for the prefix
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Create {
    /// The user who owns it: id, e-mail or external id
    #[arg(long, required_unless_present = "team", conflicts_with = "team")]
    user: Option<String>,
    /// The team that owns it: id or external id
    #[arg(long)]
    team: Option<String>,
    /// What it is for
    #[arg(long)]
    description: String,
    /// When it stops working: 90d, 2027-01-31, 2027-01-31T12:00:00Z, or never
    #[arg(long, value_name = "WHEN")]
    expires: String,
    /// live or test
    #[arg(long, value_name = "ENV", default_value = "live", value_parser = environment)]
    environment: Environment,
    /// A public key (pk_…): may be seen by everyone
    #[arg(long)]
    public: bool,
    /// A scope; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// key_…
    id: String,
    /// How long the former secret stays valid: seconds, or 30m, 24h, 7d; 30d at most
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = grace)]
    grace: i64,
    /// End a former secret that is still in its grace
    #[arg(long)]
    end_previous: bool,
    /// A new expiry: 90d, 2027-01-31, 2027-01-31T12:00:00Z, or never; without it the old one stays
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    #[command(flatten)]
    server: Server,
}

/// Seconds, out of a number with an optional unit.
fn grace(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("must be seconds, or a number with m, h or d".into()),
    };
    let seconds = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
    seconds.filter(|seconds| (0..=GRACE_MAX_S).contains(seconds)).ok_or_else(|| "must be from 0 to 30d".into())
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// Only this user's: id, e-mail or external id
    #[arg(long, conflicts_with = "team")]
    user: Option<String>,
    /// Only this team's: id or external id
    #[arg(long)]
    team: Option<String>,
    /// active, expired, disabled or revoked
    #[arg(long)]
    status: Option<String>,
    /// live or test
    #[arg(long)]
    environment: Option<String>,
    /// Part of the name, the last four characters, or the id
    #[arg(long, short = 'q', value_name = "TEXT")]
    query: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Read the key from this file instead
    #[arg(long, value_name = "FILE", default_value = "-")]
    key_file: PathBuf,
    /// A scope that it must have; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// live, test or any [default: that of your token]
    #[arg(long)]
    environment: Option<String>,
    #[command(flatten)]
    server: Server,
}

impl Key {
    pub fn run(self) -> Ran {
        match self {
            Self::Mint(mint) => mint.run(),
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Show { id, server } => {
                let answer = server.connect()?.get(&format!("/v1/api-keys/{}", encode(&id)))?;
                if server.json {
                    out::json(&answer["data"]);
                } else {
                    details(&answer["data"]);
                }
                Ok(Outcome::Fine)
            }
            Self::Rotate(rotate) => rotate.run(),
            Self::Revoke { ids, server } => revoke(&ids, &server),
            Self::Verify(verify) => verify.run(),
        }
    }
}

impl Mint {
    fn run(self) -> Ran {
        let loaded = config::load(&Sources::of_process(self.config.as_deref(), Vec::new())?)?;
        let prefix = loaded.config.keys.prefixes.for_new(self.environment, self.public).to_owned();
        out::line(token::mint(&prefix).expose());
        Ok(Outcome::Fine)
    }
}

impl Create {
    fn run(self) -> Ran {
        let expires_at = expiry(&self.expires)?;
        let remote = self.server.connect()?;
        let path = owner_path(&remote, self.user.as_deref(), self.team.as_deref())?.expect("clap asks for one of them");
        let body = json!({ "description": self.description, "expires_at": expires_at, "environment": self.environment,
            "is_public": self.public, "scopes": self.scopes });
        let answer = remote.post(&path, &body)?;
        first_view(&self.server, &answer);
        Ok(Outcome::Fine)
    }
}

impl Rotate {
    fn run(self) -> Ran {
        let mut body = json!({ "grace_s": self.grace, "end_previous": self.end_previous });
        if let Some(expires) = &self.expires {
            body["expires_at"] = json!(expiry(expires)?);
        }
        let answer = self.server.connect()?.post(&format!("/v1/api-keys/{}/rotate", encode(&self.id)), &body)?;
        first_view(&self.server, &answer);
        if let Some(until) = answer["data"]["previous_secret"]["valid_until"].as_str().filter(|_| !self.server.json) {
            out::say(&format!("The former secret works until {until}."));
        }
        Ok(Outcome::Fine)
    }
}

fn expiry(text: &str) -> Result<Option<Timestamp>, Failure> {
    parse_expiry(text, Clock::system().now_ms()).ok_or_else(|| {
        Failure("--expires must be a number of days (90d), a date (2027-01-31), a time, or never".into())
    })
}

/// The one answer with a secret: the secret on stdout, alone, and the rest beside it.
fn first_view(server: &Server, answer: &Value) {
    if server.json {
        out::json(&answer["data"]);
        return;
    }
    out::line(&out::cell(answer, "/data/secret"));
    out::say(&format!(
        "{} for {}, expires {}. Shown once: keep it now, it is stored nowhere.",
        out::cell(answer, "/data/id"),
        out::cell(answer, "/data/owner/name"),
        answer["data"]["expires_at"].as_str().unwrap_or("never"),
    ));
}

/// `/v1/users/…/api-keys` or the team's; `None` where neither is named.
fn owner_path(remote: &Remote, user: Option<&str>, team: Option<&str>) -> Result<Option<String>, Failure> {
    let (kind, who) = match (user, team) {
        (Some(who), _) => (Kind::User, who),
        (None, Some(who)) => (Kind::Team, who),
        (None, None) => return Ok(None),
    };
    Ok(Some(format!("{}/{}/api-keys", kind.path(), encode(&kind.find(remote, who)?))))
}

impl List {
    fn run(self) -> Ran {
        let remote = self.server.connect()?;
        let path =
            owner_path(&remote, self.user.as_deref(), self.team.as_deref())?.unwrap_or_else(|| "/v1/api-keys".into());
        let query = [("status", self.status), ("environment", self.environment), ("q", self.query)];
        let keys = remote.list(&path, &query, (!self.all).then_some(self.limit as usize))?;
        if self.server.json {
            out::json(&Value::Array(keys));
            return Ok(Outcome::Fine);
        }
        let rows = keys.iter().map(|key| {
            let mut row = vec![
                out::cell(key, "/id"),
                out::cell(key, "/name"),
                format!("{}•••{}", out::cell(key, "/prefix"), out::cell(key, "/last_four")),
                out::cell(key, "/owner/name"),
                out::cell(key, "/status"),
            ];
            row.push(key["expires_at"].as_str().unwrap_or("never").to_owned());
            row.push(out::cell(key, "/last_used"));
            row
        });
        out::table(&["ID", "NAME", "KEY", "OWNER", "STATUS", "EXPIRES", "LAST USED"], rows.collect());
        Ok(Outcome::Fine)
    }
}

fn revoke(ids: &[String], server: &Server) -> Ran {
    let remote = server.connect()?;
    for id in ids {
        let answer = remote.delete(&format!("/v1/api-keys/{}", encode(id)))?;
        if server.json {
            out::json(&answer);
        } else {
            out::say(&format!("{id} is revoked"));
        }
    }
    Ok(Outcome::Fine)
}

impl Verify {
    fn run(self) -> Ran {
        if self.server.token_is_stdin() && self.key_file.as_os_str() == "-" {
            return Err(Failure(
                "standard input cannot be both the token and the key: name a file for one of them".into(),
            ));
        }
        let remote = self.server.connect()?;
        let key = read_secret(&self.key_file)?;
        let mut body = json!({ "key": key.expose(), "scopes": self.scopes });
        if let Some(environment) = self.environment {
            body["environment"] = environment.into();
        }
        let answer = remote.post("/v1/api-keys/verify", &body)?;
        let verdict = &answer["data"];
        if self.server.json {
            out::json(verdict);
        } else {
            let more = ["/owner/name", "/key/name", "/revoked_reason", "/missing_scopes"]
                .into_iter()
                .map(|pointer| out::cell(verdict, pointer))
                .filter(|text| text != "-" && !text.is_empty())
                .collect::<Vec<_>>()
                .join(" · ");
            out::line(format!("{}  {more}", out::cell(verdict, "/code")).trim_end());
        }
        Ok(if verdict["valid"] == true { Outcome::Fine } else { Outcome::Refused })
    }
}
