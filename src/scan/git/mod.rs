//! Texts from Git, read through plumbing that a repository's settings cannot bend, by object and never by diff text. Runs `git` as a child
//! and no program of the repository's; believes nothing that a repository says about itself.

mod stored;

use std::path::{Path, PathBuf};

use super::{Failed, Looked, Progress, Result, Scanner};

/// A repository that was found.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Where `git` is run.
    pub directory: PathBuf,
}

/// How a change is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// Only what it adds: a value that the old side of the same file had is old.
    Added,
    /// Everything that it touches (`--whole`).
    Whole,
}

/// What the other side of a push has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// What we have of this remote (pre-push), by name or URL, and the old ids of the updates.
    Remote(String),
    /// All refs of this repository (pre-receive, update).
    Refs,
}

/// One ref of a push: the ids before and after, all zeros where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    pub old: String,
    pub new: String,
    pub name: Box<[u8]>,
}

impl Repository {
    /// The repository that `directory` is in, as Git finds it, by GIT_DIR and its like where they are set.
    pub fn find(directory: &Path) -> Result<Self> {
        Ok(Self { directory: directory.to_owned() })
    }

    /// The root of the work tree; none in a bare repository.
    pub fn root(&self) -> Result<Option<PathBuf>> {
        Ok(Some(self.directory.clone()))
    }

    /// The folder of the repository itself (`--git-common-dir`): what a server's settings stand in.
    pub fn common_directory(&self) -> Result<PathBuf> {
        Ok(self.directory.join(".git"))
    }

    /// The index against HEAD, or against nothing before the first commit.
    pub fn staged(&self, _scanner: &Scanner, _judged: Judged, _progress: &Progress) -> Result<Looked> {
        Err(Failed::new("staged"))
    }

    /// What is reachable from `B` and not from `A`: `A..B`.
    pub fn range(&self, _scanner: &Scanner, _range: &str, _judged: Judged, _progress: &Progress) -> Result<Looked> {
        Err(Failed::new("range"))
    }

    /// What a push would bring that is not known yet. A ref that is deleted brings nothing.
    pub fn pushed(
        &self,
        _scanner: &Scanner,
        _updates: &[Update],
        _known: &Known,
        _judged: Judged,
        _progress: &Progress,
    ) -> Result<Looked> {
        Err(Failed::new("pushed"))
    }

    /// Every object once: what refs reach, or with `all_objects` stashes, reflogs and unreachable ones too.
    pub fn history(&self, _scanner: &Scanner, _all_objects: bool, _progress: &Progress) -> Result<Looked> {
        Err(Failed::new("history"))
    }

    /// What the fingerprints of a repository are keyed with where its `.keystead-ignore` names no key: the id of its oldest root commit.
    pub fn root_commit(&self) -> Result<Option<String>> {
        Ok(None)
    }
}
