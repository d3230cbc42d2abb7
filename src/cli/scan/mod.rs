//! `keystead scan …`: options to a source, what it found to the form that was asked for, and an exit code that never says clean when
//! something was not looked into.

mod options;
mod refs;

use std::io::IsTerminal;

use super::{Failure, Outcome, Ran};
use crate::config::Prefixes;
use crate::scan::allow::Allowed;
use crate::scan::format::{self, Telling};
use crate::scan::git::{Judged, Known, Repository};
use crate::scan::matcher::Tiers;
use crate::scan::{Looked, Progress, Rules, Scanner, Standing, Why, files};
pub use options::Scan;

impl Scan {
    pub fn run(self) -> Ran {
        let rules = Rules::built_in();
        let prefixes: Prefixes = crate::config::load(&crate::config::Sources::default())?.config.keys.prefixes;
        let tiers = Tiers { own: true, vendor: true, generic: true };
        let scanner = Scanner::new(&rules, &prefixes, tiers);
        let progress = Progress::default();
        let mut looked = self.look(&scanner, &progress)?;
        let allowed = Allowed::default();
        let _unused = allowed.apply(&mut looked)?;
        let telling = Telling { show_secrets: self.show_secrets, explain_skips: self.explain_skips };
        if telling.show_secrets && !std::io::stdout().is_terminal() {
            return Err(Failure("--show-secrets: standard output is no terminal, and secrets go nowhere else".into()));
        }
        format::write(&looked, &allowed, self.format, telling, &mut std::io::stdout())?;
        ended(&looked)
    }

    fn look(&self, scanner: &Scanner, progress: &Progress) -> Result<Looked, Failure> {
        let judged = if self.whole { Judged::Whole } else { Judged::Added };
        let here = || Repository::find(std::path::Path::new("."));
        let looked = if self.stdin {
            files::look_through(scanner, std::io::stdin().lock())
        } else if self.staged {
            here()?.staged(scanner, judged, progress)
        } else if let Some(range) = &self.range {
            here()?.range(scanner, range, judged, progress)
        } else if self.pre_receive {
            here()?.pushed(scanner, &refs::received(std::io::stdin().lock())?, &Known::Refs, judged, progress)
        } else if let Some(remote) = &self.pre_push {
            let updates = refs::sent(std::io::stdin().lock())?;
            here()?.pushed(scanner, &updates, &Known::Remote(remote.clone()), judged, progress)
        } else if let [name, old, new] = &self.update[..] {
            here()?.pushed(scanner, &refs::updated(name, old, new)?, &Known::Refs, judged, progress)
        } else if let Some(file) = &self.commit_msg {
            files::look_at_message(scanner, file)
        } else if self.history {
            here()?.history(scanner, self.all_objects, progress)
        } else {
            let paths = if self.paths.is_empty() { vec![".".into()] } else { self.paths.clone() };
            let files = files::Files { paths, respect_gitignore: self.respect_gitignore };
            files::look(scanner, &files, progress)
        };
        Ok(looked?)
    }
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
