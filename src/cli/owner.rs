//! `keystead user …` and `keystead team …`: the same three verbs for both.

use serde_json::{Value, json};

use super::remote::{Remote, Server, encode};
use super::{Failure, Outcome, Ran, out};

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
        server: Server,
    },
    /// List users, newest first
    List(List),
    /// Show one user
    Show(Show),
}

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
        server: Server,
    },
    /// List teams, newest first
    List(List),
    /// Show one team
    Show(Show),
}

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

impl User {
    pub fn run(self) -> Ran {
        match self {
            Self::Create { external_id, email, name, scopes_grantable, server } => {
                let body = json!({ "external_id": external_id, "email": email, "name": name, "scopes_grantable": scopes_grantable });
                create(&server, "/v1/users", &body)
            }
            Self::List(list) => list.run("/v1/users", &["id", "name", "email", "external_id", "status", "created_at"]),
            Self::Show(show) => show.run(Kind::User),
        }
    }
}

impl Team {
    pub fn run(self) -> Ran {
        match self {
            Self::Create { name, external_id, scopes_grantable, server } => {
                let body = json!({ "name": name, "external_id": external_id, "scopes_grantable": scopes_grantable });
                create(&server, "/v1/teams", &body)
            }
            Self::List(list) => list.run("/v1/teams", &["id", "name", "external_id", "created_at"]),
            Self::Show(show) => show.run(Kind::Team),
        }
    }
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
    fn run(self, path: &str, columns: &[&str]) -> Ran {
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
