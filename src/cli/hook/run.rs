//! `keystead hook run HOOK [OPTIONS] --told ARGS`: a scan of what Git tells this hook. Runs at every commit and push; ends like a scan, and
//! Git goes on only for 0.

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;

use crate::cli::scan::Scan;
use crate::cli::{Failure, Ran};
use crate::scan::hook::{Hook, Place, TOLD};

#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Run {
    #[arg(value_enum)]
    hook: Hook,
    /// Options of a scan, `--told`, and what Git tells the hook
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
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
        let end = self.rest.iter().position(|word| word == TOLD).unwrap_or(self.rest.len());
        let mut line = self.rest[..end].to_vec();
        let mode = mode(self.hook, self.rest.get(end + 1..).unwrap_or_default())?;
        // A server names its tiers in its settings.
        let of_server = matches!(self.hook, Hook::PreReceive | Hook::Update);
        if !of_server && !line.iter().any(|option| option == "--tier") {
            line.extend(["--tier".into(), "a,b".into()]);
        }
        line.extend(mode);
        parse(&line)?.run()
    }
}

/// The options that make a scan of what this hook is given.
fn mode(hook: Hook, given: &[OsString]) -> Result<Vec<OsString>, Failure> {
    let word = |n: usize| {
        let missing = || Failure(format!("{} is run by Git, which tells it what to look at", hook.name()));
        given.get(n).cloned().ok_or_else(missing)
    };
    Ok(match hook {
        // The pre-commit framework names files, also where nothing is staged (`pre-commit run --all-files`).
        Hook::PreCommit if !given.is_empty() && Place::nothing_is_staged(Path::new("."))? => {
            [&["--".into()], given].concat()
        }
        Hook::PreCommit => vec!["--staged".into()],
        Hook::CommitMsg => vec!["--commit-msg".into(), word(0)?],
        Hook::PrePush => vec!["--pre-push".into(), word(0)?],
        Hook::PreReceive => vec!["--pre-receive".into()],
        Hook::Update => vec!["--update".into(), word(0)?, word(1)?, word(2)?],
    })
}

/// Would these options make a scan of a push?
pub fn check(options: &[String]) -> Result<(), Failure> {
    let line: Vec<OsString> = options.iter().map(OsString::from).chain(["--pre-receive".into()]).collect();
    parse(&line)?.check()
}

fn parse(line: &[OsString]) -> Result<Scan, Failure> {
    let told = |error: clap::Error| Failure(error.to_string().trim_start_matches("error: ").trim_end().to_owned());
    Line::try_parse_from(line).map(|line| line.scan).map_err(told)
}
