//! `keystead hook run HOOK [OPTIONS] -- ARGS`: a scan of what Git tells this hook. Runs at every commit and push; ends like a scan, and
//! Git goes on only for 0.

use std::path::Path;

use clap::Parser;

use crate::cli::scan::Scan;
use crate::cli::{Failure, Ran};
use crate::scan::hook::{Hook, Place};

#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Run {
    #[arg(value_enum)]
    hook: Hook,
    /// Options of a scan
    #[arg(allow_hyphen_values = true, num_args = 0..)]
    options: Vec<String>,
    /// What Git gives the hook
    #[arg(last = true)]
    given: Vec<String>,
}

/// A scan, as it is written on a command line.
#[derive(Debug, Parser)]
#[command(name = "keystead scan", no_binary_name = true)]
struct Line {
    #[command(flatten)]
    scan: Scan,
}

impl Run {
    pub fn run(self) -> Ran {
        let mode = self.mode()?;
        let mut line = self.options;
        // A server names its tiers in its settings.
        let of_server = matches!(self.hook, Hook::PreReceive | Hook::Update);
        if !of_server && !line.iter().any(|option| option == "--tier") {
            line.extend(["--tier".into(), "a,b".into()]);
        }
        line.extend(mode);
        parse(&line)?.run()
    }

    /// The options that make a scan of what this hook is told.
    fn mode(&self) -> Result<Vec<String>, Failure> {
        let given = |n: usize| {
            let missing = || Failure(format!("{} is run by Git, which tells it what to look at", self.hook.name()));
            self.given.get(n).cloned().ok_or_else(missing)
        };
        Ok(match self.hook {
            // The pre-commit framework names files, also where nothing is staged (`pre-commit run --all-files`).
            Hook::PreCommit if !self.given.is_empty() && Place::nothing_is_staged(Path::new("."))? => {
                let mut line = vec!["--".to_owned()];
                line.extend(self.given.iter().cloned());
                line
            }
            Hook::PreCommit => vec!["--staged".into()],
            Hook::CommitMsg => vec!["--commit-msg".into(), given(0)?],
            Hook::PrePush => vec!["--pre-push".into(), given(0)?],
            Hook::PreReceive => vec!["--pre-receive".into()],
            Hook::Update => vec!["--update".into(), given(0)?, given(1)?, given(2)?],
        })
    }
}

/// Would these options make a scan of a push?
pub fn check(options: &[String]) -> Result<(), Failure> {
    parse(&[options, &["--pre-receive".into()]].concat())?.check()
}

fn parse(line: &[String]) -> Result<Scan, Failure> {
    let told = |error: clap::Error| Failure(error.to_string().trim_start_matches("error: ").trim_end().to_owned());
    Line::try_parse_from(line).map(|line| line.scan).map_err(told)
}
