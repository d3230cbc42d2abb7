//! `keystead key enable|disable|transfer|purge`: what is done to a key that is there, told on stderr.

use serde_json::{Value, json};

use super::super::owner::Kind;
use super::super::remote::{Server, encode};
use super::super::{Outcome, Ran, out};

/// Keys by their ids.
#[derive(Debug, clap::Args)]
pub struct Ids {
    /// key_…
    #[arg(required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, clap::Args)]
pub struct Transfer {
    /// key_…
    #[arg(required = true)]
    ids: Vec<String>,
    /// The user who gets it: id, e-mail or external id
    #[arg(long, value_name = "USER", required_unless_present = "to_team", conflicts_with = "to_team")]
    to_user: Option<String>,
    /// The team that gets it: id or external id
    #[arg(long, value_name = "TEAM")]
    to_team: Option<String>,
    #[command(flatten)]
    server: Server,
}

impl Ids {
    pub fn enable(self) -> Ran {
        self.switch(true, "enabled")
    }

    pub fn disable(self) -> Ran {
        self.switch(false, "disabled")
    }

    fn switch(self, enabled: bool, word: &str) -> Ran {
        let remote = self.server.connect()?;
        for id in &self.ids {
            let answer = remote.patch(&format!("/v1/api-keys/{}", encode(id)), &json!({ "enabled": enabled }))?;
            told(&self.server, &answer["data"], &format!("{id} is {word}"));
        }
        Ok(Outcome::Fine)
    }

    pub fn purge(self) -> Ran {
        let remote = self.server.connect()?;
        for id in &self.ids {
            let answer = remote.delete(&format!("/v1/api-keys/{}?purge=true", encode(id)))?;
            told(&self.server, &answer, &format!("{id} is removed for good"));
        }
        Ok(Outcome::Fine)
    }
}

impl Transfer {
    pub fn run(self) -> Ran {
        let remote = self.server.connect()?;
        let to = match (&self.to_user, &self.to_team) {
            (Some(who), _) => Kind::User.find(&remote, who)?,
            (None, who) => Kind::Team.find(&remote, who.as_deref().unwrap_or_default())?,
        };
        for id in &self.ids {
            let body = json!({ "owner": { "id": to } });
            let answer = remote.post(&format!("/v1/api-keys/{}/transfer", encode(id)), &body)?;
            told(&self.server, &answer["data"], &format!("{id} belongs to {}", out::cell(&answer, "/data/owner/name")));
        }
        Ok(Outcome::Fine)
    }
}

fn told(server: &Server, answer: &Value, words: &str) {
    if server.json {
        out::json(answer);
    } else {
        out::say(words);
    }
}
