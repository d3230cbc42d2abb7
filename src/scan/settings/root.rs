//! Where the repository or folder of a scan begins: there stand its `keystead.toml` and `.keystead-ignore`. Found by looking upwards, without
//! a run of Git, because most scans of files need nothing else of it.

use std::path::{Path, PathBuf};

use super::{About, FOREIGN, Source};
use crate::config::scan as configured;
use crate::scan::allow::{Base, File, KeyFrom, Span, file};
use crate::scan::files::is_git;
use crate::scan::{Failed, Result};

/// A root, and what follows from it.
#[derive(Debug)]
pub struct Root {
    pub source: Source,
    pub key_from: KeyFrom,
    /// What paths of a scan of files are relative to.
    pub base: Option<Base>,
    pub span: Span,
    /// The work tree, where there is one.
    folder: Option<PathBuf>,
    is_staged: bool,
}

impl Root {
    pub fn of(about: &About) -> Result<Self> {
        let (repository, stored, span) = match about {
            About::Files(paths) => return Self::of_files(paths),
            About::Some(paths) => return Ok(Self { span: Span::Part, ..Self::of_files(paths)? }),
            About::Staged(repository) => (repository, Some(repository.stored_in_index()), Span::Part),
            About::Commit(repository, commit) => (repository, Some(repository.stored_in(commit)), Span::Part),
            About::History(repository) => (repository, None, Span::Everything),
            About::Push(_) => return Err(Failed::new("a push goes by its server's files")),
        };
        let folder = repository.root()?;
        let source = match (stored, &folder) {
            (Some(stored), _) => Source::Git(stored),
            (None, Some(folder)) => Source::Folder(folder.clone()),
            (None, None) => Source::Git(repository.stored_in("HEAD")),
        };
        let is_staged = matches!(about, About::Staged(_));
        Ok(Self { source, key_from: KeyFrom::Repository(repository.clone()), base: None, span, folder, is_staged })
    }

    fn of_files(paths: &[PathBuf]) -> Result<Self> {
        let current = std::path::absolute(".").map_err(|error| Failed::new(format!("the current folder: {error}")))?;
        let current = current.canonicalize().unwrap_or(current);
        let mut roots: Vec<(PathBuf, bool)> = Vec::new();
        let mut span = Span::Part;
        for path in paths {
            let root = root_of(path, &current);
            if path.canonicalize().is_ok_and(|path| path == root.0) {
                span = Span::Everything;
            }
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        let has_files = |root: &Path| [configured::FILE, file::NAME].iter().any(|name| root.join(name).exists());
        if roots.len() > 1 && roots.iter().any(|(root, _)| has_files(root)) {
            return Err(Failed::new(format!(
                "these paths are of several folders with a {} or {} of their own: scan one after another",
                configured::FILE,
                file::NAME
            )));
        }
        let (root, is_repository) = roots.into_iter().next().unwrap_or((current.clone(), false));
        let key_from = if is_repository { KeyFrom::Folder(root.clone()) } else { KeyFrom::Nothing };
        let base = Some(Base { root: root.clone(), current });
        Ok(Self { source: Source::Folder(root.clone()), key_from, base, span, folder: Some(root), is_staged: false })
    }

    /// What to tell a person who has findings: entries that lie there and do not count.
    pub fn hints(&self, counted: Option<&[u8]>) -> Result<Vec<String>> {
        let mut hints = Vec::new();
        let Some(folder) = &self.folder else { return Ok(hints) };
        if self.is_staged {
            let here = Source::Folder(folder.clone()).read(file::NAME, file::SIZE_MAX)?;
            let entries =
                |bytes: Option<&[u8]>| bytes.and_then(|bytes| File::parse(bytes).ok()).map(|file| file.entries);
            if here.is_some() && entries(here.as_deref()) != entries(counted) {
                hints.push(format!("what counts of {} is what is staged of it: git add {0}", file::NAME));
            }
        }
        if counted.is_none() && folder.join(FOREIGN).exists() {
            hints.push(format!(
                "{FOREIGN} is not read, because its entries name lines and commits, which move: `keystead scan baseline create` makes \
                 entries that stay"
            ));
        }
        Ok(hints)
    }
}

/// The repository that a path is in, or else the current folder where it is in that, or else its own; and whether it is a repository.
pub fn root_of(path: &Path, current: &Path) -> (PathBuf, bool) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = path.canonicalize().unwrap_or(path);
    if let Some(root) = path.ancestors().find(|folder| is_git(&folder.join(".git"))) {
        return (root.to_owned(), true);
    }
    if path.starts_with(current) {
        return (current.to_owned(), false);
    }
    let folder = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
    (folder.unwrap_or(&path).to_owned(), false)
}
