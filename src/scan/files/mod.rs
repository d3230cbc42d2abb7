//! Texts from the disk: files and folders as they are given, and standard input. Runs once a scan, on as many threads as there are
//! processors. Follows no link but one that was named, waits for no pipe, and opens nothing that is not a file. Whatever it leaves out, it
//! says.

mod ignores;
mod message;
mod queue;
mod read;
mod walk;

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Failed, Kind, Looked, Place, Progress, Result, Scanner, Scratch, Skip, Why};

#[derive(Debug, Clone)]
pub struct Files {
    pub paths: Vec<PathBuf>,
    /// Leave out what `.gitignore` names, keys of our own too: what is asked to be left out is left out, and said.
    pub respect_gitignore: bool,
}

/// Looks into all of them. A path that does not exist fails before anything is looked into.
pub fn look(scanner: &Scanner, files: &Files, progress: &Progress) -> Result<Looked> {
    for path in &files.paths {
        if let Err(error) = std::fs::symlink_metadata(path)
            && error.kind() != std::io::ErrorKind::PermissionDenied
        {
            let shown = path.display();
            return Err(match error.kind() {
                std::io::ErrorKind::NotFound => Failed::new(format!("{shown}: there is no such file or folder")),
                _ => Failed::new(format!("{shown}: {error}")),
            });
        }
    }
    Ok(walk::walk(scanner, files, progress))
}

/// Looks into what comes through a reader; nothing at all is a skip, because something was to come.
pub fn look_through(scanner: &Scanner, text: impl Read, progress: &Progress) -> Result<Looked> {
    let (found, bytes) = scanner
        .look_through(text, None, &mut Scratch::default())
        .map_err(|error| Failed::new(format!("standard input: {error}")))?;
    let place = Place { kind: Kind::Stdin, path: None, object: None, commit: None };
    let mut looked = Looked::default();
    looked.take(&place, found);
    looked.seen.texts = 1;
    looked.seen.bytes = bytes;
    progress.did(bytes);
    if bytes == 0 {
        looked.skips.push(Skip::new(place, Why::Empty));
    }
    Ok(looked)
}

/// Looks into the message of a commit that is being made.
pub fn look_at_message(scanner: &Scanner, path: &Path) -> Result<Looked> {
    let text = std::fs::read(path).map_err(|error| Failed::new(format!("{}: {error}", path.display())))?;
    let text = message::without_diff(&text);
    let mut looked = Looked::default();
    looked.take(&place(Kind::Commit, path), scanner.look(text, None, &mut Scratch::default()));
    looked.seen.texts = 1;
    looked.seen.bytes = text.len() as u64;
    Ok(looked)
}

/// Is this the `.git` of a repository: its folder, or the file that a linked work tree and a submodule have? Others may bear the name.
pub fn is_git(path: &Path) -> bool {
    let about = path.symlink_metadata();
    about.is_ok_and(|about| {
        !about.is_dir() || (path.join("HEAD").symlink_metadata().is_ok() && path.join("objects").is_dir())
    })
}

/// A path as it is shown: without the `./` that a walk from here would begin with.
fn shown(path: &Path) -> &[u8] {
    let bytes = path.as_os_str().as_encoded_bytes();
    match bytes.strip_prefix(b"./") {
        Some(rest) if !rest.is_empty() => rest,
        _ => bytes,
    }
}

fn place(kind: Kind, path: &Path) -> Place {
    Place { kind, path: Some(shown(path).into()), object: None, commit: None }
}
