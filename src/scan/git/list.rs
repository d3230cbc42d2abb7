//! Lists objects with `rev-list --objects`: what is reachable from some commits and not from others. Streamed to whoever looks into them,
//! while Git still walks.

use std::io::{BufRead, BufReader, Write};
use std::process::Command;

use crossbeam_channel::Sender;

use super::command::Child;
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

/// Runs the listing, and sends what it lists. `input` are its revisions, a line each.
pub(super) fn list(command: Command, input: Vec<u8>, chunks: Sender<Chunk>, progress: &Progress) -> Result<Listed> {
    let (child, mut stdin, stdout) = Child::start(command)?;
    // It reads all of it before it writes anything, or ends and says why.
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let mut listed = Listed::default();
    let mut chunk = Chunk::new();
    let mut lines = BufReader::with_capacity(64 * 1024, stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(|error| Failed::new(format!("git rev-list: {error}")))? == 0 {
            break;
        }
        let text = line.strip_suffix(b"\n").ok_or_else(unknown)?;
        if let Some(missing) = text.strip_prefix(b"?") {
            let id = missing.split(|byte| *byte == b' ').next().and_then(Id::parse);
            listed.missing.push(id.ok_or_else(unknown)?);
            continue;
        }
        let space = memchr::memchr(b' ', text);
        let id = Id::parse(&text[..space.unwrap_or(text.len())]).ok_or_else(unknown)?;
        // A commit stands alone; everything else has its path behind it, empty for the tree of a commit.
        let path = space.map(|at| &text[at + 1..]).filter(|path| !path.is_empty());
        if space.is_none() {
            listed.commits.push(id);
        }
        listed.objects += 1;
        chunk.push(Wanted { id, path: path.map(Into::into) });
        if chunk.len() == CHUNK {
            progress.expect(CHUNK as u64);
            // Nobody listens where looking failed: that is told by whoever looked.
            let _ = chunks.send(std::mem::take(&mut chunk));
        }
    }
    if !chunk.is_empty() {
        progress.expect(chunk.len() as u64);
        let _ = chunks.send(chunk);
    }
    let _ = feeder.join();
    child.end()?.fine("git rev-list")?;
    Ok(listed)
}

fn unknown() -> Failed {
    Failed::new("git rev-list: a line that names no object: this Git is too old, or its output was cut off")
}
