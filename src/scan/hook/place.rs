//! Where Git runs hooks from, and who put it there: asked of Git itself, so that linked worktrees, `core.hooksPath` and GIT_DIR are as they
//! are. Runs once for each verb about hooks.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scan::{Failed, Result};

/// Who writes the hook files of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manager {
    /// Nobody: they are plain files in this folder.
    Plain,
    /// husky 9 runs this folder's files out of generated ones; older ones run them directly.
    Husky,
    /// lefthook generates them, from files at the root.
    Lefthook,
}

/// Where hooks are.
#[derive(Debug, Clone)]
pub struct Place {
    pub manager: Manager,
    /// The folder that hook files go into.
    pub hooks: PathBuf,
    /// The root of the work tree; none in a bare repository, and none for all of a person's repositories.
    pub root: Option<PathBuf>,
    /// It is part of what is committed: others will run it on machines of their own.
    pub shared: bool,
    /// For all of a person's repositories.
    pub global: bool,
}

/// Where a person's hooks for all repositories go when they have none yet. Git resolves the `~`.
const GLOBAL_HOOKS: &str = "~/.config/keystead/hooks";

const LEFTHOOK_NAMES: [&str; 8] = [
    "lefthook.yml",
    "lefthook.yaml",
    "lefthook.toml",
    "lefthook.json",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".lefthook.toml",
    ".lefthook.json",
];

impl Place {
    /// Of the repository that `directory` is in.
    pub fn of_repository(directory: &Path) -> Result<Self> {
        let bare = match git(directory, &["rev-parse", "--is-bare-repository"])?.as_deref() {
            Some(answer) => answer == "true",
            None => {
                return Err(Failed::new(
                    "this is not a Git repository: change into one, or pass --global for all of yours",
                ));
            }
        };
        let root = if bare { None } else { git(directory, &["rev-parse", "--show-toplevel"])?.map(PathBuf::from) };
        let scope = git(directory, &["config", "--show-scope", "--get", "core.hooksPath"])?;
        let foreign = scope.as_deref().and_then(|line| line.split_whitespace().next());
        if let Some(scope @ ("global" | "system")) = foreign {
            return Err(Failed::new(format!(
                "core.hooksPath is set in the {scope} configuration of Git, so hooks of this repository alone would never run: \
                 `keystead hook install --global` puts them where they do"
            )));
        }
        let hooks = git(directory, &["rev-parse", "--path-format=absolute", "--git-path", "hooks"])?
            .map(PathBuf::from)
            .ok_or_else(|| Failed::new("Git does not say where its hooks are: it must be version 2.31 or later"))?;
        Ok(Self::managed(hooks, root))
    }

    fn managed(hooks: PathBuf, root: Option<PathBuf>) -> Self {
        let Some(top) = &root else {
            return Self { manager: Manager::Plain, hooks, root, shared: false, global: false };
        };
        // husky 9 points Git to .husky/_, and its files there run those of .husky.
        if hooks.ends_with(".husky/_") || hooks.ends_with(".husky") {
            let hooks = if hooks.ends_with("_") { hooks.parent().unwrap_or(&hooks).to_owned() } else { hooks };
            return Self { manager: Manager::Husky, hooks, root, shared: true, global: false };
        }
        let names = LEFTHOOK_NAMES.iter().map(|name| top.join(name)).chain([top.join(".config/lefthook.yml")]);
        if names.into_iter().any(|name| name.is_file()) {
            return Self { manager: Manager::Lefthook, hooks, root, shared: false, global: false };
        }
        let inside = hooks.starts_with(top) && !hooks.starts_with(top.join(".git"));
        Self { manager: Manager::Plain, hooks, root, shared: inside, global: false }
    }

    /// The file of a hook. Where a forge (Gitea) runs whatever is in `pre-receive.d`, it is one of those, and theirs stays theirs.
    pub fn file(&self, hook: super::Hook) -> PathBuf {
        let many = self.hooks.join(format!("{}.d", hook.name()));
        if hook.is_of_servers() && many.is_dir() { many.join("keystead") } else { self.hooks.join(hook.name()) }
    }

    /// Is the index what HEAD has?
    pub fn nothing_is_staged(directory: &Path) -> Result<bool> {
        let asked = ["diff-index", "--cached", "--quiet", "--no-ext-diff", "--ignore-submodules=none", "HEAD", "--"];
        Ok(git(directory, &asked)?.is_some())
    }

    /// Of all repositories of this person. `None` where none was ever set.
    pub fn of_person() -> Result<Option<Self>> {
        let set = git(Path::new("/"), &["config", "--global", "--type=path", "--get", "core.hooksPath"])?;
        Ok(set.map(|hooks| Self::global(PathBuf::from(hooks))))
    }

    /// The same; makes the folder known to Git where none is.
    pub fn make_of_person() -> Result<Self> {
        if let Some(place) = Self::of_person()? {
            return Ok(place);
        }
        let asked = format!("keystead.hooks={GLOBAL_HOOKS}");
        let hooks = git(Path::new("/"), &["-c", &asked, "config", "--type=path", "--get", "keystead.hooks"])?
            .ok_or_else(|| Failed::new("Git does not know your home directory: set HOME"))?;
        std::fs::create_dir_all(&hooks).map_err(|error| Failed::new(format!("{hooks}: {error}")))?;
        git(Path::new("/"), &["config", "--global", "core.hooksPath", &hooks])?;
        Ok(Self::global(PathBuf::from(hooks)))
    }

    fn global(hooks: PathBuf) -> Self {
        Self { manager: Manager::Plain, hooks, root: None, shared: false, global: true }
    }

    /// Takes back what [`Place::make_of_person`] told Git, once nothing is left there.
    pub fn forget_of_person(&self) -> Result<()> {
        let empty = std::fs::read_dir(&self.hooks).is_ok_and(|mut entries| entries.next().is_none());
        if self.global && empty && self.hooks.ends_with("keystead/hooks") {
            let _ = std::fs::remove_dir(&self.hooks);
            git(Path::new("/"), &["config", "--global", "--unset", "core.hooksPath"])?;
        }
        Ok(())
    }
}

/// One line that Git answers; `None` where it ends with another status than 0.
fn git(directory: &Path, args: &[&str]) -> Result<Option<String>> {
    let ran = Command::new("git").arg("-C").arg(directory).args(args).output();
    let ran = ran.map_err(|error| Failed::new(format!("git cannot be run ({error}): install it, or mend PATH")))?;
    let text = String::from_utf8_lossy(&ran.stdout).trim_end_matches(['\r', '\n']).to_owned();
    let complaint = String::from_utf8_lossy(&ran.stderr);
    if complaint.contains("dubious ownership") {
        return Err(Failed::new(
            "the repository belongs to somebody else, and Git refuses to look at it: `git config --global --add safe.directory <its path>` trusts it",
        ));
    }
    Ok(ran.status.success().then_some(text))
}
