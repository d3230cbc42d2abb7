//! What a scan looks into, as the options say: the repository is found once, and standard input of a hook read once.

use std::path::{Path, PathBuf};

use super::{Scan, refs};
use crate::cli::Failure;
use crate::scan::files::{self, Files};
use crate::scan::git::{Judged, Known, Repository, Update};
use crate::scan::settings::About;
use crate::scan::{Looked, Progress, Result, Scanner};

/// One way to scan.
#[derive(Debug)]
pub enum Mode {
    Files(Files),
    Stdin,
    Message(PathBuf, Repository),
    Staged(Repository),
    Range(Repository, String),
    Sent(Repository, Vec<Update>, String),
    Received(Repository, Vec<Update>),
    History { repository: Repository, all_objects: bool },
}

impl Mode {
    pub fn of(scan: &Scan) -> Result<Self, Failure> {
        let here = || Repository::find(Path::new("."));
        Ok(if scan.stdin {
            Self::Stdin
        } else if scan.staged {
            Self::Staged(Repository::find_staged(Path::new("."))?)
        } else if let Some(range) = &scan.range {
            Self::Range(here()?, range.clone())
        } else if scan.pre_receive {
            Self::Received(here()?, refs::received(std::io::stdin().lock())?)
        } else if let Some(remote) = &scan.pre_push {
            Self::Sent(here()?, refs::sent(std::io::stdin().lock())?, remote.clone())
        } else if let [name, old, new] = &scan.update[..] {
            Self::Received(here()?, refs::updated(name, old, new)?)
        } else if let Some(file) = &scan.commit_msg {
            Self::Message(file.clone(), here()?)
        } else if scan.history {
            Self::History { repository: here()?, all_objects: scan.all_objects }
        } else {
            let paths = if scan.paths.is_empty() { vec![".".into()] } else { scan.paths.clone() };
            Self::Files(Files { paths, respect_gitignore: scan.respect_gitignore })
        })
    }

    /// Whose settings it goes by.
    pub fn about(&self) -> About {
        match self {
            Self::Files(files) if files.respect_gitignore => About::Some(files.paths.clone()),
            Self::Files(files) => About::Files(files.paths.clone()),
            Self::Stdin => About::Some(vec![".".into()]),
            Self::Message(_, repository) | Self::Staged(repository) => About::Staged(repository.clone()),
            Self::Range(repository, range) => {
                let tip = range.rsplit("..").next().filter(|tip| !tip.is_empty()).unwrap_or("HEAD");
                About::Commit(repository.clone(), tip.to_owned())
            }
            Self::Sent(repository, updates, _) => {
                let tip =
                    updates.iter().map(|update| update.new.as_str()).find(|new| new.bytes().any(|byte| byte != b'0'));
                About::Commit(repository.clone(), tip.unwrap_or("HEAD").to_owned())
            }
            Self::Received(repository, _) => About::Push(repository.clone()),
            Self::History { repository, .. } => About::History(repository.clone()),
        }
    }

    /// Who can read what is looked into, as far as the way to scan tells: a key that has not left the machine is only told of.
    pub fn exposure(&self) -> &'static str {
        match self {
            Self::Files(_) | Self::Stdin | Self::Message(..) | Self::Staged(_) | Self::Sent(..) => "local",
            Self::Range(..) | Self::Received(..) | Self::History { .. } => "private",
        }
    }

    /// What the repository is called elsewhere; `None` outside of one.
    pub fn repository(&self) -> Option<String> {
        match self {
            Self::Files(_) | Self::Stdin => None,
            Self::Sent(repository, _, remote) => Some(repository.called(Some(remote))),
            Self::Message(_, repository)
            | Self::Staged(repository)
            | Self::Range(repository, _)
            | Self::Received(repository, _)
            | Self::History { repository, .. } => Some(repository.called(None)),
        }
    }

    pub fn look(&self, scanner: &Scanner, judged: Judged, progress: &Progress) -> Result<Looked> {
        match self {
            Self::Files(files) => files::look(scanner, files, progress),
            Self::Stdin => files::look_through(scanner, std::io::stdin().lock(), progress),
            Self::Message(file, _) => files::look_at_message(scanner, file),
            Self::Staged(repository) => repository.staged(scanner, judged, progress),
            Self::Range(repository, range) => repository.range(scanner, range, judged, progress),
            Self::Sent(repository, updates, remote) => {
                repository.pushed(scanner, updates, &Known::Remote(remote.clone()), judged, progress)
            }
            Self::Received(repository, updates) => repository.pushed(scanner, updates, &Known::Refs, judged, progress),
            Self::History { repository, all_objects } => repository.history(scanner, *all_objects, progress),
        }
    }
}
