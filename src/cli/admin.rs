//! `keystead admin …`: verbs on the data directory of this machine. They run in the server when one has the directory, and open the
//! store themselves when nobody does. There is no third way, so there is one writer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Failure, Outcome, Ran, socket};
use crate::base::time::parse_expiry;
use crate::base::{Clock, Timestamp};
use crate::config::{self, Environment, Sources};
use crate::event::{Act, Actor};
use crate::instance::Instance;
use crate::key::BackendKey;
use crate::people::scope;
use crate::store::{DataDir, LockError};

#[derive(Debug, clap::Subcommand)]
pub enum Admin {
    /// Print a new backend key: on stdout, and nothing else there
    #[command(after_help = "Scopes: keystead:verify, keystead:keys:read, keystead:keys:write, keystead:people:read, \
        keystead:people:write, keystead:audit, and keystead:admin, which is all of them and the default.\n\n\
        Example: export KEYSTEAD_TOKEN=$(keystead admin token --scope keystead:verify --expires 365d --name \"shop backend\")")]
    Token(Token),
}

#[derive(Debug, clap::Args)]
pub struct Token {
    /// Where the data is [default: ./keystead-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// A TOML file of settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the key may do; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", default_value = scope::ADMIN)]
    scopes: Vec<String>,
    /// When it stops working: 90d, 2027-01-31, 2027-01-31T12:00:00Z, or never
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    expires: String,
    /// live or test
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

/// A verb as it crosses the admin socket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verb {
    Token { name: String, scopes: Vec<String>, environment: Environment, expires_at: Option<Timestamp> },
}

/// What a verb answers, for stdout.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    secret: String,
}

impl Drop for Answer {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.secret);
    }
}

impl Admin {
    pub fn run(self) -> Ran {
        let Self::Token(token) = self;
        let clock = Clock::system();
        let expires_at = parse_expiry(&token.expires, clock.now_ms()).ok_or_else(|| {
            Failure("--expires must be a number of days (90d), a date (2027-01-31), a time, or never".into())
        })?;
        let mut flags = Vec::new();
        if let Some(dir) = &token.data_dir {
            let dir = dir.to_str().ok_or_else(|| Failure("--data-dir must be UTF-8".into()))?;
            flags.push(("store.data_dir", "--data-dir", dir.to_owned()));
        }
        let loaded = config::load(&Sources::of_process(token.config.as_deref(), flags)?)?;
        let verb = Verb::Token { name: token.name, scopes: token.scopes, environment: token.environment, expires_at };
        let answer = dispatch(loaded.config, verb, clock)?;
        println!("{}", answer.secret);
        Ok(Outcome::Fine)
    }
}

/// A server that is just starting or stopping holds the lock without listening for about this long.
const PATIENCE: Duration = Duration::from_secs(5);

fn dispatch(config: config::Config, verb: Verb, clock: Clock) -> Result<Answer, Failure> {
    let began = Instant::now();
    let path = config.store.data_dir.clone();
    loop {
        if let Some(answer) = socket::ask(&path, &verb)? {
            return Ok(answer);
        }
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        match DataDir::lock(&path) {
            Ok(dir) => return directly(config, dir, verb, clock),
            Err(LockError::Held) if began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(50)),
            Err(LockError::Held) => {
                return Err(Failure(
                    "a server holds this data directory and does not answer on its admin socket: only its own user and root may ask; try again as that user".into(),
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn directly(config: config::Config, dir: DataDir, verb: Verb, clock: Clock) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let instance: Arc<Instance> = Instance::open(config, dir, clock).await?;
        let uid = rustix::process::getuid().as_raw();
        perform(&instance, Actor::cli(uid), verb).await
    })
}

/// Does a verb, in whichever process has the store open.
pub async fn perform(instance: &Instance, actor: Actor, verb: Verb) -> Result<Answer, Failure> {
    let act = Act::new(actor, instance.clock.now_ms());
    match verb {
        Verb::Token { name, scopes, environment, expires_at } => {
            let new = BackendKey { name, scopes, environment, expires_at };
            let issued = instance.live.keys.create_backend_key(act, new).await?;
            Ok(Answer { secret: issued.secret.expose().to_owned() })
        }
    }
}
