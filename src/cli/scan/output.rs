//! Where a report goes: standard output, or a file of its owner's alone that is there whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::base::crypto::{hex, random};
use crate::cli::Failure;

#[derive(Debug)]
pub enum Output {
    Stdout,
    /// Written beside and renamed.
    File(PathBuf),
    /// What is no file, as `/dev/stderr`: written as it is.
    Device(PathBuf),
}

impl Output {
    /// Fails where it could not be written, before anything is looked into.
    pub fn at(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Stdout) };
        let failed = |error: &io::Error| {
            Failure(format!("--output {}: {error}: name a file in a folder that you may write to", path.display()))
        };
        // Behind a link stands what is meant.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match path.metadata() {
            Ok(about) if about.is_dir() => return Err(failed(&ErrorKind::IsADirectory.into())),
            Ok(about) if !about.is_file() => return Ok(Self::Device(path)),
            _ => {}
        }
        let (beside, _) = beside(&path).map_err(|error| failed(&error))?;
        std::fs::remove_file(beside).map_err(|error| failed(&error))?;
        Ok(Self::File(path))
    }

    pub fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// Writes all of it. A reader that went away has read what it wanted.
    pub fn write(&self, tell: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let written = match self {
            Self::Stdout => whole(io::stdout().lock(), tell).map(drop),
            Self::Device(path) => {
                OpenOptions::new().write(true).open(path).and_then(|file| whole(file, tell)).map(drop)
            }
            Self::File(path) => replace(path, tell),
        };
        match written {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure(format!("the report could not be written: {error}: nothing of it is to be relied upon")))
            }
            _ => Ok(()),
        }
    }
}

fn replace(path: &Path, tell: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let (beside, file) = beside(path)?;
    let written = whole(file, tell).and_then(|file| file.sync_all()).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn whole<W: Write>(out: W, tell: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<W> {
    let mut out = BufWriter::new(out);
    tell(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A new file in the same folder, which nobody else can read.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or(ErrorKind::IsADirectory)?;
    let mut new = std::ffi::OsString::from(".");
    new.push(name);
    new.push(format!(".{}", hex(&random::<8>())));
    let new = path.with_file_name(new);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    Ok((new, file))
}
