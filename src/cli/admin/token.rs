//! `keystead admin token`: a backend key, made at the machine.

use super::{Answer, At, Verb};
use crate::base::Clock;
use crate::base::time::parse_expiry;
use crate::cli::{Failure, Ran};
use crate::config::Environment;
use crate::event::Act;
use crate::instance::Instance;
use crate::key::BackendKey;
use crate::people::scope;

#[derive(Debug, clap::Args)]
pub struct Token {
    #[command(flatten)]
    at: At,
    /// What the key may do; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", default_value = scope::ADMIN)]
    scopes: Vec<String>,
    /// When it stops working: 90d, 2027-01-31, 2027-01-31T12:00:00Z, or never
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    expires: String,
    /// live, or test for a backend of the sandbox (see /docs/testing)
    #[arg(long, value_name = "ENV", default_value = "live", value_parser = environment)]
    environment: Environment,
    /// What it is for, as lists show it
    #[arg(long, value_name = "NAME", default_value = "admin token")]
    name: String,
}

/// `live` or `test`, for clap.
pub fn environment(text: &str) -> Result<Environment, String> {
    match text {
        "live" => Ok(Environment::Live),
        "test" => Ok(Environment::Test),
        _ => Err("must be live or test".into()),
    }
}

impl Token {
    pub fn run(self) -> Ran {
        let expires_at = parse_expiry(&self.expires, Clock::system().now_ms()).ok_or_else(|| {
            Failure("--expires must be a number of days (90d), a date (2027-01-31), a time, or never".into())
        })?;
        let Self { name, scopes, environment, .. } = self;
        self.at.ask(Verb::Token { name, scopes, environment, expires_at })
    }
}

/// The verb itself. The secret is the only line.
pub(super) async fn make(instance: &Instance, act: Act, new: BackendKey) -> Result<Answer, Failure> {
    let issued = instance.live.keys.create_backend_key(act, new).await?;
    Ok(Answer::line(issued.secret.expose()))
}
