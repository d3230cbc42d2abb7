//! `keystead user …` and `keystead team …`: one file a noun; what both need is here.

mod member;
mod team;
mod user;

use serde_json::{Map, Value};

use super::remote::{Remote, Server, encode};
use super::{Failure, Outcome, Ran, out};

pub use team::Team;
pub use user::{User, scopes};

#[derive(Debug, clap::Args)]
pub struct List {
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
pub struct Show {
    /// An id, an external id, or a user's e-mail
    who: String,
    #[command(flatten)]
    server: Server,
}

fn create(server: &Server, path: &str, body: &Value) -> Ran {
    let answer = server.connect()?.post(path, body)?;
    if server.json {
        out::json(&answer["data"]);
    } else {
        out::line(&out::cell(&answer, "/data/id"));
    }
    Ok(Outcome::Fine)
}

impl List {
    pub fn run(self, path: &str, columns: &[&str]) -> Ran {
        let limit = (!self.all).then_some(self.limit as usize);
        let items = self.server.connect()?.list(path, &[], limit)?;
        if self.server.json {
            out::json(&Value::Array(items));
            return Ok(Outcome::Fine);
        }
        let head: Vec<String> = columns.iter().map(|column| column.to_uppercase().replace('_', " ")).collect();
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let rows =
            items.iter().map(|item| columns.iter().map(|column| out::cell(item, &format!("/{column}"))).collect());
        out::table(&head, rows.collect());
        Ok(Outcome::Fine)
    }
}

impl Show {
    fn run(self, kind: Kind) -> Ran {
        let remote = self.server.connect()?;
        let id = kind.find(&remote, &self.who)?;
        let answer = remote.get(&format!("{}/{}", kind.path(), encode(&id)))?;
        if self.server.json {
            out::json(&answer["data"]);
        } else {
            details(&answer["data"]);
        }
        Ok(Outcome::Fine)
    }
}

/// What becomes of the keys of whoever is removed
#[derive(Debug, clap::Args)]
pub struct Remove {
    /// An id, an external id, or a user's e-mail
    who: String,
    /// Move the keys to this user instead of revoking them
    #[arg(long, value_name = "USER", conflicts_with = "keys_to_team")]
    keys_to_user: Option<String>,
    /// Move the keys to this team instead of revoking them
    #[arg(long, value_name = "TEAM")]
    keys_to_team: Option<String>,
    #[command(flatten)]
    server: Server,
}

impl Remove {
    fn run(self, kind: Kind) -> Ran {
        let remote = self.server.connect()?;
        let id = kind.find(&remote, &self.who)?;
        let to = match (&self.keys_to_user, &self.keys_to_team) {
            (Some(user), _) => Some(Kind::User.find(&remote, user)?),
            (None, Some(team)) => Some(Kind::Team.find(&remote, team)?),
            (None, None) => None,
        };
        let (query, keys) = match to {
            Some(to) => (format!("?keys=transfer&to={}", encode(&to)), "moved"),
            None => (String::new(), "revoked"),
        };
        let answer = remote.delete(&format!("{}/{}{query}", kind.path(), encode(&id)))?;
        said(&self.server, &answer, &format!("{id} is removed, and the keys are {keys}"));
        Ok(Outcome::Fine)
    }
}

/// Only what was given, as a body of a change.
pub fn given<'a>(fields: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Result<Value, Failure> {
    let body: Map<String, Value> =
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    if body.is_empty() {
        return Err(Failure("nothing to change: give at least one setting; --help lists them".into()));
    }
    Ok(Value::Object(body))
}

/// Changes one and shows it.
fn change(server: &Server, kind: Kind, who: &str, body: &Value) -> Ran {
    let remote = server.connect()?;
    let id = kind.find(&remote, who)?;
    let answer = remote.patch(&format!("{}/{}", kind.path(), encode(&id)), body)?;
    if server.json {
        out::json(&answer["data"]);
    } else {
        details(&answer["data"]);
    }
    Ok(Outcome::Fine)
}

/// The whole answer for programs, one line of talk for people.
pub fn said(server: &Server, answer: &Value, words: &str) {
    if server.json {
        out::json(answer);
    } else {
        out::say(words);
    }
}

/// One thing, a line a field.
pub fn details(data: &Value) {
    let fields = data.as_object().into_iter().flatten();
    out::table(
        &["FIELD", "VALUE"],
        fields.map(|(name, _)| vec![name.clone(), out::cell(data, &format!("/{name}"))]).collect(),
    );
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    User,
    Team,
}

impl Kind {
    pub fn path(self) -> &'static str {
        match self {
            Self::User => "/v1/users",
            Self::Team => "/v1/teams",
        }
    }

    /// The id of the one that is meant: by id, by a user's e-mail, or by external id.
    pub fn find(self, remote: &Remote, who: &str) -> Result<String, Failure> {
        let prefix = match self {
            Self::User => "usr_",
            Self::Team => "team_",
        };
        if who.starts_with(prefix) || who == "me" {
            return Ok(who.to_owned());
        }
        let by = if matches!(self, Self::User) && who.contains('@') { "email" } else { "external_id" };
        let found = remote.list(self.path(), &[(by, Some(who.to_owned()))], Some(1))?;
        found.first().map(|one| out::cell(one, "/id")).ok_or_else(|| {
            let create = if matches!(self, Self::User) { "user create" } else { "team create" };
            Failure(format!("there is none with this {by}: `keystead {create}` makes one"))
        })
    }
}
