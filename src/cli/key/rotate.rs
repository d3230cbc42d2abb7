//! `keystead key rotate`: a new secret on stdout, and a grace for the former one.

use serde_json::json;

use super::super::remote::{Server, encode};
use super::super::{Outcome, Ran, out, seconds};
use super::terms::Terms;
use super::{expiry, first_view};
use crate::key::GRACE_MAX_S;

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
    /// A new expiry: 90d, 1y, 2027-01-31, 2027-01-31T12:00:00Z, or never; without it the old one stays
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    server: Server,
}

impl Rotate {
    pub fn run(self) -> Ran {
        let mut body = json!({ "grace_s": self.grace, "end_previous": self.end_previous });
        if let Some(expires) = &self.expires {
            body["expires_at"] = json!(expiry(expires)?);
        }
        self.terms.put(&mut body);
        let answer = self.server.connect()?.post(&format!("/v1/api-keys/{}/rotate", encode(&self.id)), &body)?;
        first_view(&self.server, &answer);
        if let Some(until) = answer["data"]["previous_secret"]["valid_until"].as_str().filter(|_| !self.server.json) {
            out::say(&format!("The former secret works until {until}."));
        }
        Ok(Outcome::Fine)
    }
}

fn grace(text: &str) -> Result<i64, String> {
    let seconds = seconds(text)?;
    if (0..=GRACE_MAX_S).contains(&seconds) { Ok(seconds) } else { Err("must be from 0 to 30d".into()) }
}
