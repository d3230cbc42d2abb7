//! Texts from Git, read through plumbing that a repository's settings cannot bend, by object and never by diff text. Runs `git` as a child
//! and no program of the repository's; believes nothing that a repository says about itself.

mod batch;
mod change;
mod children;
mod command;
mod commit;
mod history;
mod judge;
mod list;
mod look;
mod names;
mod object;
mod old;
mod pushed;
mod raw;
mod remote;
mod staged;
mod stored;
mod told;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Failed, Result};
use children::Children;
use command::{git, output};
pub use stored::Stored;

/// The tree with nothing in it: Git has it in every repository, by the hash function of its objects.
const EMPTY_TREES: [(&str, &str); 2] = [
    ("sha1", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    ("sha256", "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"),
];

const NO_REPOSITORY: &str =
    "not a Git repository: run it inside of one, or name files and folders (keystead scan PATH)";

/// A repository that was found.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Where `git` is run: where the caller stands, since `GIT_DIR` and its like may be relative to it.
    directory: PathBuf,
    git_directory: PathBuf,
    common_directory: PathBuf,
    root: Option<PathBuf>,
    empty_tree: &'static str,
    children: Arc<Children>,
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
        Self::find_any(directory)?.ok_or_else(|| Failed::new(NO_REPOSITORY))
    }

    /// The same, by whoever looks into what is staged next: Git answers that meanwhile.
    pub fn find_staged(directory: &Path) -> Result<Self> {
        let children = Children::for_staged(directory)?;
        Self::find_with(directory, children)?.ok_or_else(|| Failed::new(NO_REPOSITORY))
    }

    /// The same; `None` where there is none, as in a folder that only looks like one.
    pub fn find_any(directory: &Path) -> Result<Option<Self>> {
        Self::find_with(directory, Children::none(directory))
    }

    fn find_with(directory: &Path, children: Children) -> Result<Option<Self>> {
        let args = ["rev-parse", "--absolute-git-dir", "--git-common-dir", "--show-object-format", "--show-toplevel"];
        let (said, ended) = output(git(directory, args), b"")?;
        // The last question fails where there is no work tree, and the others are answered then.
        let lines: Vec<&[u8]> =
            said.split_inclusive(|byte| *byte == b'\n').map(|line| &line[..line.len() - 1]).collect();
        let (git_directory, common, format, root) = match lines[..] {
            [git_directory, common, format] if !ended.is_fine() => (git_directory, common, format, None),
            [git_directory, common, format, root] if ended.is_fine() => (git_directory, common, format, Some(root)),
            _ if ended.is_fine() => {
                return Err(Failed::new("the name of this repository's folder has a line end in it"));
            }
            _ if ended.is_no_repository() => return Ok(None),
            _ => return Err(ended.told("git rev-parse")),
        };
        let path = |bytes: &[u8]| directory.join(OsStr::from_bytes(bytes));
        let empty_tree = EMPTY_TREES.iter().find(|(name, _)| name.as_bytes() == format);
        let (_, empty_tree) =
            empty_tree.ok_or_else(|| Failed::new("objects of this repository have ids of an unknown kind"))?;
        Ok(Some(Self {
            directory: directory.to_owned(),
            git_directory: path(git_directory),
            common_directory: path(common),
            root: root.map(path),
            empty_tree,
            children: Arc::new(children),
        }))
    }

    /// The root of the work tree; none in a bare repository.
    pub fn root(&self) -> Result<Option<PathBuf>> {
        Ok(self.root.clone())
    }

    /// The folder of the repository itself (`--git-common-dir`): what a server's settings stand in.
    pub fn common_directory(&self) -> Result<PathBuf> {
        Ok(self.common_directory.clone())
    }

    /// What the fingerprints of a repository are keyed with where its `.keystead-ignore` names no key: the id of its oldest root commit, of
    /// equally old ones the lowest. None before the first commit, and in a shallow clone, whose roots are others. Walks all commits of HEAD.
    pub fn root_commit(&self) -> Result<Option<String>> {
        if self.common_directory.join("shallow").exists() {
            return Ok(None);
        }
        let (roots, ended) =
            output(git(&self.directory, ["rev-list", "--max-parents=0", "--timestamp", "HEAD", "--"]), b"")?;
        if !ended.is_fine() {
            return if self.is_unborn()? { Ok(None) } else { Err(ended.told("git rev-list")) };
        }
        let roots = String::from_utf8_lossy(&roots);
        let roots = roots.lines().filter_map(|line| line.split_once(' '));
        let oldest = roots.min_by_key(|(seconds, id)| (seconds.parse::<i64>().unwrap_or(i64::MAX), (*id).to_owned()));
        Ok(oldest.map(|(_, id)| id.to_owned()))
    }
}
