//! `keystead hook …`: scans at every commit and push. Installing writes a short script that runs `keystead hook run`, which is a scan with
//! what Git tells that hook.

mod prefixes;
mod run;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Failure, Outcome, Ran, out};
use crate::scan::hook::{self, Command, Hook as Name, Place, State};

#[derive(Debug, clap::Subcommand)]
pub enum Hook {
    /// Look for secrets at every commit and push from now on, beside the hooks that are there
    #[command(
        after_help = "Examples:\n  keystead hook install                     pre-commit, commit-msg and pre-push of this repository\n  \
            keystead hook install --global            the same for all of your repositories\n  \
            keystead hook install pre-receive         in a bare repository on a server\n  \
            keystead hook install pre-receive --print > custom_hooks/pre-receive.d/keystead\n  \
            keystead hook install --from https://keys.example.com    with the prefixes of your instance"
    )]
    Install(Install),
    /// Say which hooks would run, and what keeps them from it
    Status {
        #[command(flatten)]
        which: Which,
        /// Print the answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take hooks out again, and put back what was there
    Uninstall(Which),
    /// What an installed hook runs
    #[command(hide = true)]
    Run(run::Run),
}

#[derive(Debug, clap::Args)]
pub struct Which {
    /// pre-commit, commit-msg, pre-push, pre-receive, update; those that fit the repository by default
    #[arg(value_enum, value_name = "HOOK")]
    hooks: Vec<Name>,
    /// For all of your repositories: the folder of core.hooksPath in your own configuration of Git
    #[arg(long)]
    global: bool,
}

#[derive(Debug, clap::Args)]
pub struct Install {
    #[command(flatten)]
    which: Which,
    /// Print the hook instead, to be put into its place by yourself
    #[arg(long, conflicts_with = "global")]
    print: bool,
    /// Take the prefixes of keys from this server, once, now
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Tell this server of its own keys that are found, by digest
    #[arg(long, value_name = "URL")]
    report: Option<String>,
    /// A prefix of your keys, as in acme_sk_live_
    #[arg(long, value_name = "PREFIX")]
    prefix: Vec<String>,
    /// More rules
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// On a server: settings for the repository, instead of keystead.toml in its folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which rules: a own keys, b vendors' formats, c generic assignments [default: a,b]
    #[arg(long, value_name = "TIERS")]
    tier: Option<String>,
}

impl Hook {
    pub fn run(self) -> Ran {
        match self {
            Self::Install(install) => install.run(),
            Self::Status { which, json } => status(&which, json),
            Self::Uninstall(which) => uninstall(&which),
            Self::Run(run) => run.run(),
        }
    }
}

impl Which {
    fn place(&self) -> Result<Place, Failure> {
        if !self.global {
            return Ok(Place::of_repository(Path::new("."))?);
        }
        let none =
            || Failure("you have no hooks for all repositories: `keystead hook install --global` makes them".into());
        Place::of_person()?.ok_or_else(none)
    }

    fn hooks(&self, place: &Place) -> Result<Vec<Name>, Failure> {
        let bare = place.root.is_none() && !place.global;
        if let Some(wrong) = self.hooks.iter().find(|hook| hook.is_of_servers() && !bare) {
            return Err(Failure(format!(
                "{} runs where pushes arrive: install it in the bare repository on the server",
                wrong.name()
            )));
        }
        Ok(if self.hooks.is_empty() { Name::usual(bare).to_vec() } else { self.hooks.clone() })
    }
}

impl Install {
    fn run(self) -> Ran {
        if self.print {
            return self.print();
        }
        let place = if self.which.global { Place::make_of_person()? } else { self.which.place()? };
        let hooks = self.which.hooks(&place)?;
        let command = Command { program: std::env::current_exe()?, options: self.options()? };
        for done in hook::install(&place, &hooks, &command)? {
            let before = if done.chained { "; what was there runs first" } else { "" };
            out::line(&format!("{}: {}{before}", done.hook, done.path.display()));
        }
        if place.shared {
            out::say("These files are part of the repository: whoever else commits needs `keystead` in PATH.");
        }
        Ok(Outcome::Fine)
    }

    fn print(&self) -> Ran {
        let [one] = self.which.hooks[..] else { return Err(Failure("--print: name the one hook to print".into())) };
        let command = Command { program: std::env::current_exe()?, options: self.options()? };
        for line in hook::text(one, &command).lines() {
            out::line(line);
        }
        Ok(Outcome::Fine)
    }

    /// What each run of the hook gets.
    fn options(&self) -> Result<Vec<String>, Failure> {
        let mut options = Vec::new();
        let mut add = |name: &str, value: String| options.extend([name.to_owned(), value]);
        let told = self.from.as_deref().map(prefixes::of_server).transpose()?.unwrap_or_default();
        for prefix in self.prefix.iter().cloned().chain(told) {
            add("--prefix", prefix);
        }
        for (name, file) in [("--rules", &self.rules), ("--config", &self.config)] {
            if let Some(file) = file {
                let failed = |error| Failure(format!("{}: {error}", file.display()));
                add(name, std::fs::canonicalize(file).map_err(failed)?.to_string_lossy().into_owned());
            }
        }
        if let Some(tier) = &self.tier {
            add("--tier", tier.clone());
        }
        if let Some(report) = &self.report {
            add("--report", report.clone());
        }
        // What does not make a scan now would not make one at any commit.
        run::check(&options)?;
        Ok(options)
    }
}

fn uninstall(which: &Which) -> Ran {
    let place = which.place()?;
    let hooks = if which.hooks.is_empty() { Name::ALL.to_vec() } else { which.hooks.clone() };
    let touched = hook::uninstall(&place, &hooks)?;
    if touched.is_empty() {
        out::say("there was nothing of ours");
    }
    for path in touched {
        out::line(&path.display().to_string());
    }
    Ok(Outcome::Fine)
}

/// Ends with 1 where a hook that should run does not.
fn status(which: &Which, as_json: bool) -> Ran {
    let place = which.place()?;
    let all = hook::status(&place, &which.hooks(&place)?)?;
    let fine = all.iter().all(|one| matches!(one.state, State::Runs { .. }));
    let word = |state: &State| match state {
        State::Runs { chained: false } => "runs".to_owned(),
        State::Runs { chained: true } => "runs, after what was there".into(),
        State::Absent => "is not installed".into(),
        State::Foreign => "is not installed; another hook is there".into(),
        State::NotExecutable => "does not run: the file is not executable (chmod +x)".into(),
        State::ProgramGone(program) => format!("stops everything: {} is gone; install again", program.display()),
    };
    if as_json {
        let rows = all.iter().map(|one| {
            json!({ "hook": one.hook.name(), "path": one.path.to_string_lossy(),
                    "runs": matches!(one.state, State::Runs { .. }), "state": word(&one.state) })
        });
        out::json(&rows.collect());
    } else {
        let row = |one: &hook::Status| vec![one.hook.name().into(), word(&one.state), one.path.display().to_string()];
        out::table(&["HOOK", "STATE", "FILE"], all.iter().map(row).collect());
    }
    Ok(if fine { Outcome::Fine } else { Outcome::Refused })
}
