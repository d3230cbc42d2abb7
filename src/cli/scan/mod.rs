//! `keystead scan …`: options to a source, what it found to the form that was asked for, and an exit code that never says clean when
//! something was not looked into.

mod allow;
mod baseline;
mod mode;
mod options;
mod refs;

use std::io::IsTerminal;

use super::{Failure, Outcome, Ran, out};
use crate::base::{Clock, Date, Timestamp};
use crate::scan::format::{self, Telling};
use crate::scan::git::Judged;
use crate::scan::matcher::Tiers;
use crate::scan::settings::{Given, Settings};
use crate::scan::{Looked, Progress, Scanner, Standing, Why};
use mode::Mode;
pub use options::Scan;

impl Scan {
    pub fn run(self) -> Ran {
        if let Some(verb) = self.verb {
            return verb.run();
        }
        if self.show_secrets && !std::io::stdout().is_terminal() {
            return Err(Failure("--show-secrets: standard output is no terminal, and secrets go nowhere else".into()));
        }
        let mode = Mode::of(&self)?;
        let Settings { rules, prefixes, tiers, allowed } = Settings::read(&mode.about(), &self.given()?, today())?;
        let scanner = Scanner::new(&rules, &prefixes, tiers);
        let progress = Progress::default();
        let judged = if self.whole { Judged::Whole } else { Judged::Added };
        let mut looked = mode.look(&scanner, judged, &progress)?;
        for remark in allowed.apply(&mut looked)? {
            out::say(&remark);
        }
        let telling = Telling { show_secrets: self.show_secrets, explain_skips: self.explain_skips };
        format::write(&looked, &allowed, self.format, telling, &mut std::io::stdout())?;
        ended(&looked)
    }

    /// What the options say of rules and settings.
    fn given(&self) -> Result<Given, Failure> {
        let tiers = if self.tier.is_empty() { None } else { Some(Tiers::parse(&self.tier)?) };
        Ok(Given {
            prefixes: self.prefix.clone(),
            rules: self.rules.clone(),
            tiers,
            default_tiers: Tiers { generic: !(self.pre_receive || !self.update.is_empty()), ..Tiers::ALL },
            server: self.config.clone(),
            person: crate::config::scan::file_of_person(),
        })
    }
}

/// The day in UTC.
fn today() -> Date {
    Timestamp(Clock::system().now_ms()).date()
}

/// Findings win over skips, skips over fine.
fn ended(looked: &Looked) -> Ran {
    if looked.findings.iter().any(|finding| finding.standing == Standing::Blocks) {
        return Ok(Outcome::Refused);
    }
    if looked.skips.iter().any(|skip| skip.why != Why::Asked && skip.accepted.is_none()) {
        return Err(Failure("not everything could be looked into: --explain-skips says what, and why".into()));
    }
    Ok(Outcome::Fine)
}
