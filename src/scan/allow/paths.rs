//! Ignored paths: what a repository or a person does not want to hear of from vendors' and generic rules. Patterns are those of
//! `.gitignore`, from the root on. Keys of our own are told wherever they stand.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::scan::{Failed, Result};

/// Patterns, and where paths begin.
#[derive(Debug, Default)]
pub struct Paths {
    patterns: Option<Gitignore>,
    /// What paths of a scan of files are relative to; `None` in Git, which tells them from the root on.
    base: Option<Base>,
}

/// Both absolute.
#[derive(Debug, Clone)]
pub struct Base {
    pub root: PathBuf,
    /// The folder in which the command runs.
    pub current: PathBuf,
}

impl Paths {
    pub fn new(patterns: &[String], base: Option<Base>) -> Result<Self> {
        if patterns.is_empty() {
            return Ok(Self::default());
        }
        let mut builder = GitignoreBuilder::new("");
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(|_| unknown())?;
        }
        Ok(Self { patterns: Some(builder.build().map_err(|_| unknown())?), base })
    }

    /// Is a file of this path, as a scan tells it, left out?
    pub fn leave_out(&self, path: &[u8]) -> bool {
        let Some(patterns) = &self.patterns else { return false };
        let path = Path::new(OsStr::from_bytes(path));
        let path = self.base.as_ref().map_or_else(|| clean(path), |base| base.below_root(path));
        path.is_some_and(|path| patterns.matched_path_or_any_parents(path, false).is_ignore())
    }
}

impl Base {
    fn below_root(&self, path: &Path) -> Option<PathBuf> {
        let path = clean(&self.current.join(path))?;
        path.strip_prefix(&self.root).ok().map(Path::to_owned)
    }
}

/// Without `.` and `..`. `None` where it climbs out, or nothing is left.
fn clean(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop().then_some(())?;
            }
            part => clean.push(part),
        }
    }
    (!clean.as_os_str().is_empty()).then_some(clean)
}

fn unknown() -> Failed {
    Failed::new("ignore_paths: a pattern is not one of .gitignore's, as in testdata/ or *.min.js")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_gitignore_from_the_root_on() {
        let patterns = ["testdata/".to_owned(), "*.min.js".into(), "/only/here".into()];
        let git = Paths::new(&patterns, None).expect("patterns");
        for (path, out) in [
            ("testdata/a", true),
            ("deep/testdata/b/c", true),
            ("testdata", false),
            ("x.min.js", true),
            ("only/here", true),
            ("not/only/here", false),
            ("../testdata/a", false),
        ] {
            assert_eq!(git.leave_out(path.as_bytes()), out, "{path}");
        }
        let base = Base { root: "/w".into(), current: "/w/sub".into() };
        let files = Paths::new(&patterns, Some(base)).expect("patterns");
        for (path, out) in
            [("../only/here", true), ("/w/only/here", true), ("./testdata/a", true), ("/x/testdata/a", false)]
        {
            assert_eq!(files.leave_out(path.as_bytes()), out, "{path}");
        }
        assert!(!files.leave_out(b"\xff/\xfe"));
    }
}
