//! `keystead key mint`: a well-formed key out of nothing, for bootstrap.

use std::path::PathBuf;

use super::super::admin::environment;
use super::super::{Outcome, Ran, out};
use crate::config::{self, Environment, Sources};
use crate::key::token;

#[derive(Debug, clap::Args)]
pub struct Mint {
    /// live or test
    #[arg(long, value_name = "ENV", default_value = "live", value_parser = environment)]
    environment: Environment,
    /// A public key (pk_…)
    #[arg(long)]
    public: bool,
    /// A TOML file of settings, for the prefix
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Mint {
    pub fn run(self) -> Ran {
        let loaded = config::load(&Sources::of_process(self.config.as_deref(), Vec::new())?)?;
        let prefix = loaded.config.keys.prefixes.for_new(self.environment, self.public).to_owned();
        out::line(token::mint(&prefix).expose());
        Ok(Outcome::Fine)
    }
}
