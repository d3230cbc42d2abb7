//! Texts from the disk: files and folders as they are given, and standard input. Follows no link, and reads no file that it did not name.

mod message;

use std::path::{Path, PathBuf};

use super::{Looked, Place, Progress, Result, Scanner, Scratch};

#[derive(Debug, Clone)]
pub struct Files {
    pub paths: Vec<PathBuf>,
    /// Leave out what `.gitignore` names. Keys of our own are found there all the same? No: what is asked to be left out is, and said.
    pub respect_gitignore: bool,
}

/// Looks into all of them, on as many threads as there are processors.
pub fn look(scanner: &Scanner, files: &Files, progress: &Progress) -> Result<Looked> {
    let mut looked = Looked::default();
    let mut scratch = Scratch::default();
    for path in &files.paths {
        let bytes = std::fs::read(path).map_err(|error| super::Failed::new(format!("{}: {error}", path.display())))?;
        let name = path.as_os_str().as_encoded_bytes();
        looked.take(&Place::file(name), scanner.look(&bytes, Some(name), &mut scratch));
        looked.seen.files += 1;
        looked.seen.bytes += bytes.len() as u64;
        progress.did(bytes.len() as u64);
    }
    Ok(looked)
}

/// Looks into what comes through a reader.
pub fn look_through(scanner: &Scanner, text: impl std::io::Read) -> Result<Looked> {
    let mut looked = Looked::default();
    let (found, bytes) = scanner
        .look_through(text, None, &mut Scratch::default())
        .map_err(|error| super::Failed::new(format!("standard input: {error}")))?;
    let place = Place { kind: super::Kind::Stdin, path: None, object: None, commit: None };
    looked.take(&place, found);
    looked.seen.texts += 1;
    looked.seen.bytes += bytes;
    Ok(looked)
}

/// Looks into the message of a commit that is being made.
pub fn look_at_message(scanner: &Scanner, path: &Path) -> Result<Looked> {
    let text = std::fs::read(path).map_err(|error| super::Failed::new(format!("{}: {error}", path.display())))?;
    let text = message::without_diff(&text);
    let place = Place {
        kind: super::Kind::Commit,
        path: Some(path.as_os_str().as_encoded_bytes().into()),
        object: None,
        commit: None,
    };
    let mut looked = Looked::default();
    looked.take(&place, scanner.look(text, None, &mut Scratch::default()));
    looked.seen.texts += 1;
    looked.seen.bytes += text.len() as u64;
    Ok(looked)
}
