//! Reads objects raw out of `git cat-file --batch`: no filter, attribute or textconv touches them. One child for each worker, for thousands of
//! objects; and one for the few that are asked for one after another.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout};

use super::command::{Child, git};
use super::object::{Id, Type};
use crate::scan::{Failed, Result};

/// Bytes of the pipe that are read at once.
const BUFFER: usize = 256 * 1024;
/// Bytes that wait in the pipe: Git and a worker take turns on a processor less often than with the usual 64 KiB.
#[cfg(target_os = "linux")]
const PIPE: usize = 256 * 1024;
/// A commit, a tag or an old side that is asked for alone is held in memory up to here; larger ones count as missing.
const ALONE_MAX: u64 = 256 * 1024 * 1024;

/// What `cat-file --batch` says of an object before its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// Its bytes follow: this many, and a line end.
    Here(Id, Type, u64),
    /// It is named and not there.
    Missing,
    /// The child ended: the object before this one, or this one, is broken.
    Over,
}

/// What comes out of the child.
#[derive(Debug)]
pub(super) struct Answers(BufReader<ChildStdout>);

impl Answers {
    pub fn new(stdout: ChildStdout) -> Self {
        Self(BufReader::with_capacity(BUFFER, stdout))
    }

    pub fn header(&mut self) -> Result<Header> {
        let mut line = Vec::new();
        // Only names of our own are asked for, and Git repeats them: a line has a bound.
        (&mut self.0).take(4096).read_until(b'\n', &mut line).map_err(|error| unreadable(&error))?;
        if line.pop() != Some(b'\n') {
            return Ok(Header::Over);
        }
        if line.ends_with(b" missing") {
            return Ok(Header::Missing);
        }
        let mut words = line.split(|byte| *byte == b' ');
        let id = words.next().and_then(Id::parse);
        let kind = words.next().and_then(Type::parse);
        let size = words.next().and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
        match (id, kind, size, words.next()) {
            (Some(id), Some(kind), Some(size), None) => Ok(Header::Here(id, kind, size)),
            _ => Err(Failed::new("git cat-file: an answer that is none: this Git is too old, or no Git")),
        }
    }

    /// The bytes that a header spoke of. `false`: the child ended amid them.
    pub fn body(&mut self, size: u64, into: &mut Vec<u8>) -> Result<bool> {
        into.clear();
        let read = self.part(size).read_to_end(into).map_err(|error| unreadable(&error))?;
        Ok(read as u64 == size && self.line_end()?)
    }

    /// The same, not held in memory. Whoever read it calls [`Self::line_end`].
    pub fn part(&mut self, size: u64) -> std::io::Take<&mut BufReader<ChildStdout>> {
        (&mut self.0).take(size)
    }

    pub fn line_end(&mut self) -> Result<bool> {
        let mut end = [0];
        Ok((&mut self.0).take(1).read(&mut end).map_err(|error| unreadable(&error))? == 1 && end == *b"\n")
    }
}

/// A child that waits to be asked.
pub(super) type Open = (Child, ChildStdin, Answers);

/// Starts a child for many objects: what it answers is buffered, so all that is asked for must be written, and the pipe closed.
pub(super) fn many(directory: &Path) -> Result<Open> {
    open(directory, &["cat-file", "--batch", "--buffer"])
}

fn open(directory: &Path, args: &[&str]) -> Result<Open> {
    let (child, stdin, stdout) = Child::start(git(directory, args.iter().copied()))?;
    // Linux lets a user have so much in pipes, and no more than that; a smaller pipe is slower and does as well.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(&stdout, PIPE);
    Ok((child, stdin, Answers::new(stdout)))
}

/// Objects one after another, by any name that Git knows.
#[derive(Debug)]
pub(super) struct Objects {
    directory: Box<Path>,
    open: Option<Open>,
}

impl Objects {
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.into(), open: None }
    }

    /// Starts its child before it is asked, unless it has one.
    pub fn start(&mut self) -> Result<()> {
        if self.open.is_none() {
            self.open = Some(open(&self.directory, &["cat-file", "--batch"])?);
        }
        Ok(())
    }

    /// Its child, which nothing is asked at the time.
    pub fn take_open(&mut self) -> Option<Open> {
        self.open.take()
    }

    /// `None` where it is not there, broken, or larger than [`ALONE_MAX`]. `name` holds no line end.
    pub fn read(&mut self, name: &str) -> Result<Option<(Id, Type, Vec<u8>)>> {
        self.start()?;
        let (child, mut stdin, mut answers) = self.open.take().expect("it was started");
        // One request is shorter than any pipe, and nothing is waiting in it.
        let _ = writeln!(stdin, "{name}");
        let Header::Here(id, kind, size) = (match answers.header()? {
            // It does not go on after a broken object: the next one gets a child of its own.
            Header::Over => return Ok(None),
            header => header,
        }) else {
            self.open = Some((child, stdin, answers));
            return Ok(None);
        };
        let mut bytes = Vec::new();
        if size > ALONE_MAX || !answers.body(size, &mut bytes)? {
            return Ok(None);
        }
        self.open = Some((child, stdin, answers));
        Ok(Some((id, kind, bytes)))
    }
}

fn unreadable(error: &std::io::Error) -> Failed {
    Failed::new(format!("git cat-file: {error}"))
}
