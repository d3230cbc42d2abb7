//! Where a scan's settings and entries are read from: the version that goes with what is looked at. Small files by name, each with a bound,
//! and nothing outside of the repository, whatever its names and links say.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::scan::git::Stored;
use crate::scan::{Failed, Result};

/// The version of a repository's files.
#[derive(Debug)]
pub enum Source {
    /// As they are on the disk, below this folder.
    Folder(PathBuf),
    /// As they are staged or committed with what is looked at, and not what else lies around.
    Git(Stored),
}

impl Source {
    /// A file by its path from the root. `None` where there is none.
    pub fn read(&mut self, path: &str, max: u64) -> Result<Option<Vec<u8>>> {
        let path = &inside(path).ok_or_else(|| {
            Failed::new("a path in settings goes from the repository's root on, without \"..\" and not from \"/\" on")
        })?;
        match self {
            Self::Folder(root) => read_below(root, path, max),
            Self::Git(stored) => match stored.read(path)? {
                Some(bytes) if bytes.len() as u64 > max => Err(too_large(path, max)),
                bytes => Ok(bytes),
            },
        }
    }
}

/// The path without `.`, which Git would take as one from the current folder on. `None` where it does not stay below its root, as far as
/// its text says.
fn inside(path: &str) -> Option<String> {
    let mut clean = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => clean.push(part.to_str().filter(|part| !part.chars().any(char::is_control))?),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!clean.is_empty()).then(|| clean.join("/"))
}

fn read_below(root: &Path, path: &str, max: u64) -> Result<Option<Vec<u8>>> {
    let file = root.join(path);
    let Ok(about) = file.symlink_metadata() else { return read(&file, max) };
    let inside = || Some(file.canonicalize().ok()?.starts_with(root.canonicalize().ok()?));
    if about.is_symlink() || inside() != Some(true) {
        return Err(Failed::new(format!(
            "{}: a symbolic link leads there: a file of the repository is needed",
            file.display()
        )));
    }
    read(&file, max)
}

/// A file that a person or a server names, wherever it is. `None` where there is none.
pub fn read(path: &Path, max: u64) -> Result<Option<Vec<u8>>> {
    let wrong = |what: &dyn std::fmt::Display| Failed::new(format!("{}: {what}", path.display()));
    let about = match path.metadata() {
        Ok(about) => about,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(wrong(&error)),
    };
    // A pipe would be waited for, for ever.
    if !about.is_file() {
        return Err(wrong(&"it is no file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| wrong(&error))?;
    file.take(max + 1).read_to_end(&mut bytes).map_err(|error| wrong(&error))?;
    if bytes.len() as u64 > max {
        return Err(too_large(&path.display().to_string(), max));
    }
    Ok(Some(bytes))
}

fn too_large(name: &str, max: u64) -> Failed {
    Failed::new(format!("{name}: more than {max} bytes: make it smaller"))
}
