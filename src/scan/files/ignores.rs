//! What `.gitignore` names, for `--respect-gitignore`: the files of that name from the repository's root down, the deepest that speaks of a
//! path wins. Read once a folder, and only when it was asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::Gitignore;

/// The `.gitignore` of a folder, and those over it.
#[derive(Debug, Clone, Default)]
pub struct Ignores(Option<Arc<Level>>);

#[derive(Debug)]
struct Level {
    above: Ignores,
    /// As the system has it, without links: patterns count from here.
    folder: PathBuf,
    patterns: Gitignore,
}

impl Ignores {
    /// What holds in a folder that a walk begins with: the files from the root of its repository down to the folder above.
    pub fn over(folder: &Path) -> Self {
        let Ok(folder) = folder.canonicalize() else { return Self::default() };
        let Some(root) = folder.ancestors().find(|above| above.join(".git").exists()) else { return Self::default() };
        let mut above: Vec<&Path> = folder.ancestors().skip(1).take_while(|above| above.starts_with(root)).collect();
        above.reverse();
        above.into_iter().fold(Self::default(), |ignores, folder| ignores.level(folder.to_owned()))
    }

    /// What holds inside of this folder.
    pub fn inside(&self, folder: &Path) -> Self {
        folder.canonicalize().map_or_else(|_| self.clone(), |folder| self.level(folder))
    }

    fn level(&self, folder: PathBuf) -> Self {
        // A pattern that cannot be read ignores nothing, so nothing is left out by it.
        let (patterns, _) = Gitignore::new(folder.join(".gitignore"));
        if patterns.is_empty() && self.0.is_none() {
            return Self::default();
        }
        Self(Some(Arc::new(Level { above: self.clone(), folder, patterns })))
    }

    /// Is this entry of the innermost folder to be left out?
    pub fn names(&self, name: &Path, is_folder: bool) -> bool {
        let Some(innermost) = &self.0 else { return false };
        let path = innermost.folder.join(name);
        let mut level = self;
        while let Some(here) = &level.0 {
            match here.patterns.matched(&path, is_folder) {
                Match::None => level = &here.above,
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
            }
        }
        false
    }
}
