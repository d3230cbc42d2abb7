//! `keystead offline …`: the keys that sign tokens, on a running server.

use serde_json::json;

use super::remote::Server;
use super::{Outcome, Ran, out};

#[derive(Debug, clap::Subcommand)]
pub enum Offline {
    /// Make the next key that tokens are signed with
    #[command(
        after_help = "It is published now and signs ten minutes later; the former one stays published until its tokens are over."
    )]
    Roll {
        /// Sign with it now, and withdraw all former ones: for when somebody else may have one. Their tokens are refused from then on
        #[arg(long)]
        at_once: bool,
        #[command(flatten)]
        server: Server,
    },
}

impl Offline {
    pub fn run(self) -> Ran {
        let Self::Roll { at_once, server } = self;
        let answer = server.connect()?.post("/v1/signing-keys", &json!({ "at_once": at_once }))?;
        if server.json {
            out::json(&answer["data"]);
            return Ok(Outcome::Fine);
        }
        out::say(&format!(
            "{} signs from {} on",
            out::cell(&answer, "/data/kid"),
            out::cell(&answer, "/data/signs_at"),
        ));
        for kid in answer["data"]["withdrawn"].as_array().into_iter().flatten() {
            out::say(&format!("{} is withdrawn", kid.as_str().unwrap_or_default()));
        }
        Ok(Outcome::Fine)
    }
}
