//! `keystead team member …`: who is in a team, and what they may do there.

use serde_json::{Value, json};

use super::super::remote::{Remote, Server, encode};
use super::super::{Failure, Outcome, Ran, out};
use super::{Kind, said};

#[derive(Debug, clap::Subcommand)]
pub enum Member {
    /// Put a user into a team, or change what they may do there
    #[command(
        after_help = "Permissions: manage_api_keys, read_members, invite_members, remove_members, update_team, delete_team. \
        An admin of the team has all of them; a member has those given here, and no others.\n\n\
        Example: keystead team member add acme maya@example.com --permission manage_api_keys"
    )]
    Add {
        #[command(flatten)]
        seat: Seat,
        /// Make them an admin of the team
        #[arg(long, conflicts_with = "permissions")]
        admin: bool,
        /// What they may do; may be repeated
        #[arg(long = "permission", value_name = "NAME", value_parser = permission)]
        permissions: Vec<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Take a user out of a team
    Remove {
        #[command(flatten)]
        seat: Seat,
        #[command(flatten)]
        server: Server,
    },
    /// List the members of a team
    List {
        /// The team: id or external id
        team: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, clap::Args)]
pub struct Seat {
    /// The team: id or external id
    team: String,
    /// The user: id, e-mail or external id
    user: String,
}

/// A shell takes `$name` for a variable, so the dollar is ours to add.
fn permission(text: &str) -> Result<String, String> {
    let name = format!("${}", text.trim_start_matches('$'));
    let known: Result<crate::people::Permission, _> = serde_json::from_value(name.clone().into());
    known.map(|_| name).map_err(|_| "there is no such permission: see --help".into())
}

impl Member {
    pub fn run(self) -> Ran {
        match self {
            Self::Add { seat, admin, permissions, server } => {
                let remote = server.connect()?;
                let role = if admin { "admin" } else { "member" };
                let answer = remote.put(&seat.path(&remote)?, &json!({ "role": role, "permissions": permissions }))?;
                let member = &answer["data"];
                let held = match out::cell(member, "/permissions") {
                    held if held.is_empty() => "no permissions".to_owned(),
                    held => held,
                };
                let (id, role) = (out::cell(member, "/user_id"), out::cell(member, "/role"));
                said(&server, member, &format!("{id} is in the team as {role}: {held}"));
            }
            Self::Remove { seat, server } => {
                let remote = server.connect()?;
                let answer = remote.delete(&seat.path(&remote)?)?;
                said(&server, &answer, &out::cell(&answer, "/message"));
            }
            Self::List { team, server } => list(&server, &team)?,
        }
        Ok(Outcome::Fine)
    }
}

impl Seat {
    fn path(&self, remote: &Remote) -> Result<String, Failure> {
        let (team, user) = (Kind::Team.find(remote, &self.team)?, Kind::User.find(remote, &self.user)?);
        Ok(format!("/v1/teams/{}/members/{}", encode(&team), encode(&user)))
    }
}

fn list(server: &Server, team: &str) -> Result<(), Failure> {
    let remote = server.connect()?;
    let team = Kind::Team.find(&remote, team)?;
    let members = remote.list(&format!("/v1/teams/{}/members", encode(&team)), &[], None)?;
    if server.json {
        out::json(&Value::Array(members));
        return Ok(());
    }
    let columns = ["/user_id", "/name", "/email", "/status", "/role", "/permissions"];
    let rows = members.iter().map(|member| columns.iter().map(|column| out::cell(member, column)).collect());
    out::table(&["USER", "NAME", "EMAIL", "STATUS", "ROLE", "PERMISSIONS"], rows.collect());
    Ok(())
}
