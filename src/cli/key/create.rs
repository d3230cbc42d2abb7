//! `keystead key create`: the secret on stdout, alone.

use serde_json::json;

use super::super::admin::environment;
use super::super::remote::{Remote, Server};
use super::super::{Failure, Outcome, Ran};
use super::terms::Terms;
use super::{expiry, first_view, owner_path};
use crate::base::Timestamp;
use crate::config::Environment;

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
    /// When it stops working: 30d, 1y, 2027-01-31, 2027-01-31T12:00:00Z, or never [default: the server's default_lifetime_days, where an admin set one]
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
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
    terms: Terms,
    #[command(flatten)]
    server: Server,
}

impl Create {
    pub fn run(self) -> Ran {
        let chosen = self.expires.as_deref().map(expiry).transpose()?;
        let remote = self.server.connect()?;
        let expires_at = chosen.map_or_else(|| offered(&remote), Ok)?;
        let path = owner_path(&remote, self.user.as_deref(), self.team.as_deref())?.expect("clap asks for one of them");
        let mut body = json!({ "description": self.description, "expires_at": expires_at, "environment": self.environment,
            "is_public": self.public, "scopes": self.scopes });
        self.terms.put(&mut body);
        let answer = remote.post(&path, &body)?;
        first_view(&self.server, &answer);
        Ok(Outcome::Fine)
    }
}

/// The expiry that the server's operator offers to whoever has not chosen one.
fn offered(remote: &Remote) -> Result<Option<Timestamp>, Failure> {
    // Only admins may ask; for everybody else there is no default, and the choice is theirs.
    let days =
        remote.get("/v1/settings").ok().and_then(|shown| shown["data"]["default_lifetime_days"]["value"].as_u64());
    match days {
        Some(days) if days > 0 => expiry(&format!("{days}d")),
        _ => Err(Failure("choose when the key stops working: --expires 30d, 90d, 1y, a date, or never".into())),
    }
}
