//! `keystead scan baseline`: entries of `.keystead-ignore` for all that is found today, so that only what is new blocks; and without those
//! that nobody needs any more.

use super::allow::Here;
use super::mode::Mode;
use crate::cli::{Failure, Outcome, Ran, out};
use crate::scan::allow::baseline::OwnKeys;
use crate::scan::allow::file;
use crate::scan::git::Judged;
use crate::scan::settings::Settings;
use crate::scan::{Looked, Progress, Scanner, Why};

#[derive(Debug, clap::Subcommand)]
pub enum Baseline {
    /// Make an entry for everything that is found, one reason for all
    #[command(
        after_help = "Example: keystead scan baseline create --history --reason \"before we looked; see the wiki\""
    )]
    Create(Create),
    /// Remove the entries that nothing needs any more, neither in the work tree nor in the history
    Prune,
}

#[derive(Debug, clap::Args)]
pub struct Create {
    /// Why they may stay
    #[arg(long, value_name = "TEXT", default_value = "was there when the baseline was made")]
    reason: String,
    /// What was ever committed, too, and not the work tree alone
    #[arg(long)]
    history: bool,
    /// Keys of your own, too. Better revoke them: whoever has the repository can use them
    #[arg(long)]
    own_keys: bool,
    /// Replace the .keystead-ignore that is there. Entries that are needed keep their date and reason
    #[arg(long)]
    force: bool,
}

impl Baseline {
    pub fn run(self) -> Ran {
        match self {
            Self::Create(create) => create.run(),
            Self::Prune => prune(),
        }
    }
}

impl Create {
    fn run(self) -> Ran {
        let reason = file::reason(&self.reason).map_err(|why| Failure(format!("--reason: {why}")))?;
        let here = Here::find()?;
        let settings = here.settings()?;
        if settings.allowed.file.is_some() && !self.force {
            return Err(Failure(format!(
                "there is a {} already: `keystead scan allow` adds to it, and --force replaces it",
                file::NAME
            )));
        }
        let history = here.history().filter(|_| self.history);
        if self.history && history.is_none() {
            return Err(Failure("--history: this is no Git repository".into()));
        }
        let mut looked = Looked::default();
        for mode in std::iter::once(here.work_tree()).chain(history) {
            looked.join(look(&settings, &mode)?);
        }
        for remark in settings.allowed.apply(&mut looked)? {
            out::say(&remark);
        }
        let own_keys = if self.own_keys { OwnKeys::Include } else { OwnKeys::Leave };
        let (file, made) = settings.allowed.baseline(&looked, &reason, own_keys)?;
        file.keep(&here.root)?;
        out::line(&format!("{}: {} entries", here.root.join(file::NAME).display(), made.entries));
        here.say_what_next();
        if made.own_keys > 0 {
            out::say(&format!(
                "{} keys of your own have no entry and go on to block: revoke them, or say --own-keys",
                made.own_keys
            ));
        }
        if made.skips > 0 {
            return Err(Failure(format!(
                "{} things could not be looked into, and no entry can accept them: `keystead scan --explain-skips`",
                made.skips
            )));
        }
        Ok(Outcome::Fine)
    }
}

fn look(settings: &Settings, mode: &Mode) -> Result<Looked, Failure> {
    let scanner = Scanner::new(&settings.rules, &settings.prefixes, settings.tiers);
    Ok(mode.look(&scanner, Judged::Whole, &Progress::default())?)
}

fn prune() -> Ran {
    let here = Here::find()?;
    let settings = here.settings()?;
    if settings.allowed.file.is_none() {
        return Err(Failure(format!("there is no {} here", file::NAME)));
    }
    let mut all = Vec::new();
    for mode in std::iter::once(here.work_tree()).chain(here.history()) {
        let looked = look(&settings, &mode)?;
        let unseen = looked.skips.iter().any(|skip| skip.content.is_none() && skip.why != Why::Asked);
        if unseen {
            return Err(Failure(
                "not everything could be looked into, so nobody knows what is needed: `keystead scan --explain-skips` and \
                 `keystead scan --history --explain-skips` say what"
                    .into(),
            ));
        }
        all.push(looked);
    }
    let (file, gone) = settings.allowed.pruned(&all);
    if gone > 0 {
        file.keep(&here.root)?;
        here.say_what_next();
    }
    out::line(&format!("{gone} entries removed, {} left", file.entries.len()));
    Ok(Outcome::Fine)
}
