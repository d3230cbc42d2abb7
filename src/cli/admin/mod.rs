//! `keystead admin …`: verbs on the data directory of this machine, one file a group. They run in the server when one has the directory,
//! and open the store themselves when nobody does. There is no third way, so there is one writer.

mod account;
mod break_glass;
mod create;
mod token;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Failure, Outcome, Ran, socket};
use crate::base::{Clock, Timestamp};
use crate::config::{self, Environment, Sources};
use crate::event::{Act, Actor, audit};
use crate::instance::Instance;
use crate::key::BackendKey;
use crate::store::{DataDir, LockError};

pub use token::environment;

#[derive(Debug, clap::Subcommand)]
pub enum Admin {
    /// Print a new backend key: on stdout, and nothing else there
    #[command(after_help = "Scopes: keystead:verify, keystead:keys:read, keystead:keys:write, keystead:people:read, \
        keystead:people:write, keystead:audit, and keystead:admin, which is all of them and the default.\n\n\
        Example: export KEYSTEAD_TOKEN=$(keystead admin token --scope keystead:verify --expires 365d --name \"shop backend\")")]
    Token(token::Token),
    /// Make an admin who signs in with a password
    #[command(after_help = "Example: keystead admin create --email maya@example.com --password-stdin < password-file")]
    Create(create::Create),
    /// Print a one-time link by which somebody sets a new password; a second factor stays
    ResetPassword(account::OfUser),
    /// Switch off the second factor of somebody who has lost it
    #[command(name = "disable-2fa")]
    Disable2fa(account::OfUser),
    /// Let somebody sign in again after too many failed attempts
    Unlock(account::OfUser),
    /// End sessions of people
    #[command(subcommand)]
    Sessions(account::Sessions),
    /// Let an admin in by password for a while, although `sign_in.sso_only` is set
    #[command(subcommand)]
    BreakGlass(break_glass::BreakGlass),
}

/// Which instance a command is about.
#[derive(Debug, clap::Args)]
pub struct At {
    /// Where the data is [default: ./keystead-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// A TOML file of settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// A verb as it crosses the admin socket.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verb {
    /// Check the chain of events; answers the report as JSON.
    AuditVerify,
    CreateAdmin {
        email: String,
        name: Option<String>,
        password: Typed,
    },
    Disable2fa {
        email: String,
    },
    ResetPassword {
        email: String,
    },
    /// Of everybody, where there is no e-mail.
    RevokeSessions {
        email: Option<String>,
    },
    Unlock {
        email: String,
    },
    Token {
        name: String,
        scopes: Vec<String>,
        environment: Environment,
        expires_at: Option<Timestamp>,
    },
    /// Without minutes, it is ended.
    BreakGlass {
        email: String,
        minutes: Option<u32>,
    },
}

/// A password on its way through the socket. Wiped when it goes, and never printed.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(String);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// What a verb answers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Data, for stdout: whole lines, or nothing.
    out: String,
    /// Talk, for stderr.
    said: String,
}

impl Answer {
    pub fn data(&self) -> &str {
        &self.out
    }

    /// Nothing but talk.
    fn say(said: &str) -> Self {
        Self { out: String::new(), said: said.to_owned() }
    }

    /// One line of data.
    fn line(data: &str) -> Self {
        Self { out: format!("{data}\n"), said: String::new() }
    }

    /// The same with talk beside it.
    fn saying(mut self, said: &str) -> Self {
        said.clone_into(&mut self.said);
        self
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.out);
    }
}

impl Admin {
    pub fn run(self) -> Ran {
        match self {
            Self::Token(token) => token.run(),
            Self::Create(create) => create.run(),
            Self::ResetPassword(of) => of.reset_password(),
            Self::Disable2fa(of) => of.disable_2fa(),
            Self::Unlock(of) => of.unlock(),
            Self::Sessions(sessions) => sessions.run(),
            Self::BreakGlass(verb) => verb.run(),
        }
    }
}

impl At {
    /// Was one named?
    pub fn is_given(&self) -> bool {
        self.data_dir.is_some() || self.config.is_some()
    }

    /// The same, for a verb that looks at what is there and must not begin anything new.
    pub fn existing(&self) -> Result<&Self, Failure> {
        let dir = self.settings()?.store.data_dir;
        if dir.join("keystead.db").exists() {
            return Ok(self);
        }
        Err(Failure(format!("{}: there is no database of Keystead here: is --data-dir right?", dir.display())))
    }

    /// Has the verb done, and prints what it answers.
    fn ask(&self, verb: Verb) -> Ran {
        let answer = self.fetch(verb)?;
        if !answer.said.is_empty() {
            super::out::say(&answer.said);
        }
        answer.out.lines().for_each(super::out::line);
        Ok(Outcome::Fine)
    }

    /// Has the verb done.
    pub fn fetch(&self, verb: Verb) -> Result<Answer, Failure> {
        dispatch(self.settings()?, verb)
    }

    fn settings(&self) -> Result<config::Config, Failure> {
        let mut flags = Vec::new();
        if let Some(dir) = &self.data_dir {
            let dir = dir.to_str().ok_or_else(|| Failure("--data-dir must be UTF-8".into()))?;
            flags.push(("store.data_dir", "--data-dir", dir.to_owned()));
        }
        Ok(config::load(&Sources::of_process(self.config.as_deref(), flags)?)?.config)
    }
}

/// A server that is just starting or stopping holds the lock without listening for about this long.
const PATIENCE: Duration = Duration::from_secs(5);

fn dispatch(config: config::Config, verb: Verb) -> Result<Answer, Failure> {
    let began = Instant::now();
    let path = config.store.data_dir.clone();
    loop {
        if let Some(answer) = socket::ask(&path, &verb)? {
            return Ok(answer);
        }
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        match DataDir::lock(&path) {
            Ok(dir) => return directly(config, dir, verb),
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

fn directly(config: config::Config, dir: DataDir, verb: Verb) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let instance: Arc<Instance> = Instance::open(config, dir, Clock::system()).await?;
        let uid = rustix::process::getuid().as_raw();
        perform(&instance, Actor::cli(uid), verb).await
    })
}

/// Does a verb, in whichever process has the store open.
pub async fn perform(instance: &Instance, actor: Actor, verb: Verb) -> Result<Answer, Failure> {
    let act = Act::new(actor, instance.clock.now_ms());
    match verb {
        Verb::AuditVerify => {
            let report = audit::verify(&instance.live.store, &instance.live.journal).await?;
            Ok(Answer::line(&serde_json::to_string(&report)?))
        }
        Verb::CreateAdmin { email, name, password } => create::create(instance, act, email, name, password).await,
        Verb::Disable2fa { email } => account::disable_2fa(instance, act, email).await,
        Verb::ResetPassword { email } => account::reset_password(instance, act, email).await,
        Verb::RevokeSessions { email } => account::revoke_sessions(instance, act, email).await,
        Verb::Unlock { email } => account::unlock(instance, act, email).await,
        Verb::Token { name, scopes, environment, expires_at } => {
            token::make(instance, act, BackendKey { name, scopes, environment, expires_at }).await
        }
        Verb::BreakGlass { email, minutes } => break_glass::set(instance, act, &email, minutes).await,
    }
}
