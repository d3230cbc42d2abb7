//! Lists objects with `rev-list --objects`: what is reachable from some commits and not from others. Streamed to whoever looks into them,
//! while Git still walks.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;

use crossbeam_channel::Sender;

use super::command::{Child, git};
use super::look::{CHUNK, Chunk, Wanted};
use super::object::Id;
use crate::scan::{Failed, Progress, Result};

/// Chunks that wait for a worker: 64 × 64 objects.
pub(super) const WAITING: usize = 64;

/// What was listed.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Newest first.
    pub commits: Vec<Id>,
    /// Named by others and not there.
    pub missing: Vec<Id>,
    pub objects: u64,
}

/// A listing under way.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    listed: Listed,
    /// All that was listed, where more is listed after it.
    known: Option<HashSet<Id>>,
    chunk: Chunk,
    chunks: Sender<Chunk>,
    progress: &'a Progress,
}

impl<'a> Listing<'a> {
    pub fn new(chunks: Sender<Chunk>, progress: &'a Progress) -> Self {
        Self { listed: Listed::default(), known: None, chunk: Chunk::new(), chunks, progress }
    }

    /// What comes later, comes after this: see [`Self::rest`].
    pub fn remember(mut self) -> Self {
        self.known = Some(HashSet::new());
        self
    }

    /// Runs `rev-list --objects`. `input` are its revisions, a line each.
    pub fn revisions(&mut self, command: Command, input: Vec<u8>) -> Result<()> {
        each_line(command, input, "git rev-list", |text| {
            if let Some(missing) = text.strip_prefix(b"?") {
                let id = missing.split(|byte| *byte == b' ').next().and_then(Id::parse);
                self.listed.missing.push(id.ok_or_else(unknown)?);
                return Ok(());
            }
            let space = memchr::memchr(b' ', text);
            let id = Id::parse(&text[..space.unwrap_or(text.len())]).ok_or_else(unknown)?;
            // A commit stands alone; everything else has its path behind it, empty for the tree of a commit.
            if space.is_none() {
                self.listed.commits.push(id);
            }
            if let Some(known) = &mut self.known {
                known.insert(id);
            }
            let path = space.map(|at| &text[at + 1..]).filter(|path| !path.is_empty());
            self.send(Wanted { id, path: path.map(Into::into) });
            Ok(())
        })
    }

    /// Lists what is in the repository besides: whatever no ref reaches, of its alternates too.
    pub fn rest(&mut self, directory: &Path) -> Result<()> {
        let format = "--batch-check=%(objectname) %(objecttype)";
        let command = git(directory, ["cat-file", format, "--batch-all-objects", "--unordered", "--buffer"]);
        each_line(command, Vec::new(), "git cat-file", |text| {
            let mut words = text.split(|byte| *byte == b' ');
            let id = words.next().and_then(Id::parse).ok_or_else(unknown)?;
            if self.known.as_ref().is_some_and(|known| known.contains(&id)) {
                return Ok(());
            }
            if words.next() == Some(b"commit") {
                self.listed.commits.push(id);
            }
            self.send(Wanted { id, path: None });
            Ok(())
        })
    }

    fn send(&mut self, wanted: Wanted) {
        self.listed.objects += 1;
        self.chunk.push(wanted);
        if self.chunk.len() == CHUNK {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.progress.expect(self.chunk.len() as u64);
        // Nobody listens where looking failed: that is told by whoever looked.
        let _ = self.chunks.send(std::mem::take(&mut self.chunk));
    }

    pub fn end(mut self) -> Listed {
        if !self.chunk.is_empty() {
            self.flush();
        }
        self.listed
    }
}

/// Runs a command that writes lines.
fn each_line(command: Command, input: Vec<u8>, task: &str, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let (child, mut stdin, stdout) = Child::start(command)?;
    // Git reads all of it before it writes anything, or ends and says why.
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let mut lines = BufReader::with_capacity(64 * 1024, stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(|error| Failed::new(format!("{task}: {error}")))? == 0 {
            break;
        }
        each(line.strip_suffix(b"\n").ok_or_else(unknown)?)?;
    }
    let _ = feeder.join();
    child.end()?.fine(task)
}

fn unknown() -> Failed {
    Failed::new("git names an object in a way that is not known: this Git is too old, or its output was cut off")
}
