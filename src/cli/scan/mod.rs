//! `keystead scan …`: options to a source, what it found to the form that was asked for, and an exit code that never says clean when
//! something was not looked into.

mod allow;
mod baseline;
mod mode;
mod options;
mod output;
mod progress;
mod refs;
mod report;
mod rules;
mod spool;

use std::io::IsTerminal;

use super::{Failure, Outcome, Ran, out};
use crate::base::{Clock, Date, Timestamp};
use crate::key::token::Reader;
use crate::scan::format::{self, Format, Telling};
use crate::scan::git::Judged;
use crate::scan::matcher::Tiers;
use crate::scan::settings::{Given, Settings};
use crate::scan::{Progress, Scanner, Standing, Verdict};
use mode::Mode;
pub use options::Scan;
use output::Output;
use report::Report;

impl Scan {
    pub fn run(self) -> Ran {
        if let Some(verb) = self.verb {
            return verb.run();
        }
        let output = Output::at(self.output.as_deref())?;
        let telling = self.telling(&output)?;
        let report = self.report.as_deref().map(|url| Report::to(url, self.public)).transpose()?;
        let mode = Mode::of(&self)?;
        let Settings { rules, prefixes, tiers, allowed } = Settings::read(&mode.about(), &self.given()?, today())?;
        for remark in rules.told() {
            out::say(remark);
        }
        let scanner = Scanner::new(&rules, &prefixes, tiers);
        let progress = Progress::default();
        let judged = if self.whole { Judged::Whole } else { Judged::Added };
        let mut looked = progress::shown(&progress, || mode.look(&scanner, judged, &progress))?;
        for remark in allowed.apply(&mut looked)? {
            out::say(&remark);
        }
        output.write(|out| format::write(&looked, &allowed, self.format, &telling, out))?;
        if self.format == Format::Text {
            for line in format::summary(&looked, &telling) {
                out::say(&format!("keystead: {line}"));
            }
        }
        if let Some(report) = report {
            report.send(&looked, &mode, &Reader::new(&prefixes));
        }
        match looked.verdict(&telling.least) {
            Verdict::Clean => Ok(Outcome::Fine),
            Verdict::Found => Ok(Outcome::Refused),
            Verdict::Incomplete => Err(Failure(
                "not everything could be looked into, so this scan is not clean: --explain-skips says what, and what to do".into(),
            )),
        }
    }

    fn telling(&self, output: &Output) -> Result<Telling, Failure> {
        if self.show_secrets && !(output.is_stdout() && std::io::stdout().is_terminal()) {
            return Err(Failure(
                "--show-secrets: secrets are shown on a terminal and written nowhere else: leave it out, or let the report go to one".into(),
            ));
        }
        let least = if self.fail_on.is_some() { Standing::Warns } else { Standing::Blocks };
        Ok(Telling { show_secrets: self.show_secrets, explain_skips: self.explain_skips, least })
    }

    /// Do the options mean something? For those that are written down and run later.
    pub fn check(&self) -> Result<(), Failure> {
        self.given().map(drop)
    }

    /// What the options say of rules and settings.
    fn given(&self) -> Result<Given, Failure> {
        let tiers = if self.tier.is_empty() { None } else { Some(Tiers::parse(&self.tier)?) };
        Ok(Given {
            prefixes: self.prefix.clone(),
            rules: self.rules.clone(),
            tiers,
            default_tiers: Tiers { generic: !self.pre_receive && self.update.is_empty(), ..Tiers::ALL },
            server: self.config.clone(),
            person: crate::config::scan::file_of_person(),
        })
    }
}

/// The day in UTC.
fn today() -> Date {
    Timestamp(Clock::system().now_ms()).date()
}
