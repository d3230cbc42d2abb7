//! `keystead scan allow`: one more line of `.keystead-ignore`, for a finding that is really there. Looks for it where a person has seen it:
//! in what is staged, in the work tree, in the history.

use std::path::{Path, PathBuf};

use super::mode::Mode;
use super::today;
use crate::base::Date;
use crate::cli::{Failure, Outcome, Ran, out};
use crate::scan::allow::{Allowed, Fingerprint, SKIP_RULE, baseline, file};
use crate::scan::git::{Judged, Repository};
use crate::scan::settings::{About, Given, Settings, root_of};
use crate::scan::{Progress, Result, Scanner, files};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: keystead scan allow 0f3c… --reason \"an example of the vendor's\" --until 2027-12-31")]
pub struct Allow {
    /// The finding's, as a scan tells it
    fingerprint: String,
    /// Why it may stay
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The last day on which it may, as in 2027-12-31
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Its rule, where nothing that is here has this fingerprint: it is then not looked for
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
}

impl Allow {
    pub fn run(self) -> Ran {
        let name = Fingerprint::parse(&self.fingerprint).ok_or_else(|| {
            Failure("a fingerprint is 32 hexadecimal digits, as a scan tells it with each finding".into())
        })?;
        let reason = file::reason(&self.reason).map_err(|why| Failure(format!("--reason: {why}")))?;
        let until = self.until.as_deref().map(last_day).transpose()?;
        let here = Here::find()?;
        let allowed = here.allowed()?;
        let rule = match self.rule {
            Some(rule) if file::is_rule(&rule) => rule.into(),
            Some(_) => return Err(Failure("--rule: the id of a rule, as in github-pat".into())),
            None => here.rule_of(&name)?,
        };
        let mut file = allowed.file_or_new();
        let entry = baseline::new(&rule, today(), until, &reason);
        let former = file.entries.insert(name.clone(), entry.clone());
        let same = former.is_some_and(|former| {
            (&former.rule, former.until, &former.reason) == (&entry.rule, entry.until, &entry.reason)
        });
        if !same {
            file.keep(&here.root)?;
        }
        out::line(&format!("{name} {rule}"));
        here.say_what_next();
        Ok(Outcome::Fine)
    }
}

fn last_day(text: &str) -> Result<Date, Failure> {
    let date = Date::parse(text).ok_or_else(|| Failure("--until: a day as in 2027-12-31".into()))?;
    if date < today() {
        return Err(Failure("--until: that day is over".into()));
    }
    Ok(date)
}

/// The folder that `.keystead-ignore` stands in.
#[derive(Debug)]
pub struct Here {
    pub root: PathBuf,
    pub repository: Option<Repository>,
}

impl Here {
    pub fn find() -> Result<Self, Failure> {
        let current = Path::new(".").canonicalize()?;
        let (root, is_repository) = root_of(&current, &current);
        let repository = if is_repository { Some(Repository::find(&root)?) } else { None };
        Ok(Self { root, repository })
    }

    /// What goes for a scan of the work tree; the key is known.
    pub fn settings(&self) -> Result<Settings> {
        let given = Given { person: crate::config::scan::file_of_person(), ..Given::default() };
        let settings = Settings::read(&About::Files(vec![self.root.clone()]), &given, today())?;
        settings.allowed.make_key()?;
        Ok(settings)
    }

    fn allowed(&self) -> Result<Allowed> {
        Ok(self.settings()?.allowed)
    }

    pub fn work_tree(&self) -> Mode {
        Mode::Files(files::Files { paths: vec![self.root.clone()], respect_gitignore: false })
    }

    pub fn history(&self) -> Option<Mode> {
        let history = |repository: &Repository| Mode::History { repository: repository.clone(), all_objects: false };
        self.repository.as_ref().map(history)
    }

    /// The rule of whatever has this fingerprint.
    fn rule_of(&self, name: &Fingerprint) -> Result<Box<str>, Failure> {
        let Settings { rules, prefixes, tiers, allowed } = self.settings()?;
        let scanner = Scanner::new(&rules, &prefixes, tiers);
        let staged = self.repository.clone().map(Mode::Staged);
        for mode in staged.into_iter().chain([self.work_tree()]).chain(self.history()) {
            // What cannot be looked into here does not matter: it has no fingerprint either.
            let Ok(looked) = mode.look(&scanner, Judged::Whole, &Progress::default()) else { continue };
            if let Some(finding) = looked.findings.iter().find(|finding| allowed.fingerprint(finding) == *name) {
                return Ok(finding.hit.rule.id.clone());
            }
            if looked.skips.iter().any(|skip| allowed.skip_fingerprint(skip).as_ref() == Some(name)) {
                return Ok(SKIP_RULE.into());
            }
        }
        Err(Failure(
            "nothing that is staged, in the work tree or in the history has this fingerprint: is it of this repository? --rule ID adds it \
             all the same"
                .into(),
        ))
    }

    pub fn say_what_next(&self) {
        if self.repository.is_some() {
            out::say(&format!("Commit it with the change: git add {}", self.root.join(file::NAME).display()));
        }
    }
}
