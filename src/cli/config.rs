//! `keystead config …`: what holds, and why.

use std::path::PathBuf;

use super::{Outcome, Ran, out};
use crate::config::{self, Sources};

#[derive(Debug, clap::Subcommand)]
pub enum Config {
    /// Print every setting, its value and where it came from; secrets as ***
    Show {
        /// A TOML file of settings
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// One JSON array
        #[arg(long)]
        json: bool,
    },
    /// Check the settings without starting anything
    Check {
        /// A TOML file of settings
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

impl Config {
    pub fn run(self) -> Ran {
        match self {
            Self::Show { config, json } => {
                let shown = config::load(&Sources::of_process(config.as_deref(), Vec::new())?)?.show();
                if json {
                    out::json(&serde_json::to_value(&shown)?);
                } else {
                    let rows =
                        shown.into_iter().map(|shown| vec![shown.setting, shown.value.to_string(), shown.source]);
                    out::table(&["SETTING", "VALUE", "FROM"], rows.collect());
                    eprintln!(
                        "\nSet one with a file (--config), as KEYSTEAD_<SECTION>__<KEY>, or with a flag of serve."
                    );
                }
            }
            Self::Check { config } => {
                let loaded = config::load(&Sources::of_process(config.as_deref(), Vec::new())?)?;
                for warning in loaded.warnings {
                    out::say(&format!("warning: {warning}"));
                }
                out::say("the configuration is fine");
            }
        }
        Ok(Outcome::Fine)
    }
}
