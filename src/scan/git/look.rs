//! Looks into objects, on several threads, each with a `cat-file` of its own. Objects come through a channel, so that Git may still be
//! listing them. An object that is not there or broken is told as such, and the rest is looked into all the same.

use std::io::Write;
use std::process::ChildStdin;
use std::sync::Mutex;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::Repository;
use super::batch::{self, Answers, Header, Open};
use super::names::Names;
use super::object::{Id, Type};
use crate::scan::matcher::Found;
use crate::scan::{Failed, Progress, Result, Scanner, Scratch, Seen};

/// Objects that go to a worker at once: few enough that two workers end together, many enough that a channel costs nothing.
pub(super) const CHUNK: usize = 64;
/// Blobs above this are looked through in windows. Each worker holds one object: 2 × 32 MiB on two cores.
const WHOLE_MAX: u64 = 32 * 1024 * 1024;
/// More broken objects than this, and the repository is: every one costs a child.
const BROKEN_MAX: usize = 100;
const WORKERS_MAX: usize = 16;

/// An object to look into.
#[derive(Debug)]
pub(super) struct Wanted {
    pub id: Id,
    /// A path that it stands at, where one is known: some rules ask for it.
    pub path: Option<Box<[u8]>>,
}

pub(super) type Chunk = Vec<Wanted>;

/// Something was found in an object.
#[derive(Debug)]
pub(super) struct Sight {
    pub id: Id,
    pub kind: Type,
    /// The path that it was asked for with; of a tree the name of the entry.
    pub path: Option<Box<[u8]>>,
    pub found: Found,
}

/// What all of them came to.
#[derive(Debug, Default)]
pub(super) struct Sights {
    pub all: Vec<Sight>,
    pub missing: Vec<Wanted>,
    pub seen: Seen,
}

/// Looks into whatever comes through the channel, until it is closed.
pub(super) fn look(
    repository: &Repository,
    scanner: &Scanner,
    chunks: &Receiver<Chunk>,
    progress: &Progress,
) -> Result<Sights> {
    let all = Mutex::new(Ok(Sights::default()));
    let work = |first: Chunk, open: Option<Open>| {
        let mut worker = Worker {
            repository,
            scanner,
            chunks,
            progress,
            scratch: Scratch::default(),
            names: Names::default(),
            buffer: Vec::new(),
            sights: Sights::default(),
            broken: 0,
        };
        let result = worker.run(first, open);
        let mut all = all.lock().expect("no worker panics with it");
        match (&mut *all, result) {
            (Ok(all), Ok(())) => all.join(worker.sights),
            (Ok(_), Err(failed)) => *all = Err(failed),
            (Err(_), _) => {}
        }
    };
    let work = &work;
    std::thread::scope(|scope| {
        let mut workers = std::thread::available_parallelism().map_or(1, |n| n.get().min(WORKERS_MAX));
        for first in chunks {
            workers -= 1;
            // A second child costs more than the few objects of a small change.
            if workers == 0 || first.len() < CHUNK {
                // Nor is one started for them where one waits.
                let open = if first.len() < CHUNK { repository.children.take_open() } else { None };
                work(first, open);
                break;
            }
            scope.spawn(move || work(first, None));
        }
    });
    // Whoever lists objects must not wait for workers that failed.
    while chunks.recv().is_ok() {}
    all.into_inner().expect("no worker panicked")
}

impl Sights {
    fn join(&mut self, other: Self) {
        self.all.extend(other.all);
        self.missing.extend(other.missing);
        self.seen += other.seen;
    }
}

struct Worker<'a> {
    repository: &'a Repository,
    scanner: &'a Scanner,
    chunks: &'a Receiver<Chunk>,
    progress: &'a Progress,
    scratch: Scratch,
    names: Names,
    buffer: Vec<u8>,
    sights: Sights,
    broken: usize,
}

impl Worker<'_> {
    fn run(&mut self, first: Chunk, mut open: Option<Open>) -> Result<()> {
        let mut waiting = vec![first];
        while !waiting.is_empty() {
            let open = open.take().map_or_else(|| batch::many(&self.repository.directory), Ok)?;
            waiting = self.session(waiting, open)?;
            if self.broken > BROKEN_MAX {
                return Err(Failed::new("this repository is broken in more than 100 places: git fsck says where"));
            }
        }
        self.names.look(self.scanner, &mut self.scratch, &mut self.sights);
        Ok(())
    }

    /// One child, from its start to its end: what it was asked for and could not answer is given back.
    fn session(&mut self, waiting: Vec<Chunk>, open: Open) -> Result<Vec<Chunk>> {
        let (child, stdin, mut answers) = open;
        // Unbounded, so that nobody waits in a circle; the pipe to the child holds what is in it to some 1,600 objects.
        let (asked_in, asked) = unbounded();
        let chunks = self.chunks;
        std::thread::scope(|scope| {
            scope.spawn(move || feed(waiting.into_iter().chain(chunks), stdin, &asked_in));
            let left = self.answers(&asked, &mut answers);
            if left.as_ref().is_ok_and(Vec::is_empty) {
                child.end()?;
            } else {
                // Killed, so that the feeder ends at its next write.
                drop(child);
            }
            let mut left = left?;
            left.extend(asked);
            Ok(left)
        })
    }

    /// Reads what is answered, in the order in which it was asked for.
    fn answers(&mut self, asked: &Receiver<Chunk>, answers: &mut Answers) -> Result<Vec<Chunk>> {
        for chunk in asked {
            let mut chunk = chunk.into_iter();
            while let Some(wanted) = chunk.next() {
                let is_over = match answers.header()? {
                    Header::Here(id, kind, size) => {
                        let is_whole = self.one(id, kind, size, wanted.path.as_deref(), answers)?;
                        if !is_whole {
                            self.sights.missing.push(wanted);
                        }
                        !is_whole
                    }
                    Header::Missing => {
                        self.sights.missing.push(wanted);
                        false
                    }
                    Header::Over => {
                        self.sights.missing.push(wanted);
                        true
                    }
                };
                if is_over {
                    self.broken += 1;
                    return Ok(vec![chunk.collect()]);
                }
            }
        }
        Ok(Vec::new())
    }

    /// Looks into one object. `false`: the child ended amid it.
    fn one(&mut self, id: Id, kind: Type, size: u64, path: Option<&[u8]>, answers: &mut Answers) -> Result<bool> {
        let found = if kind == Type::Blob && size > WHOLE_MAX {
            let mut part = answers.part(size);
            let (found, read) = self.scanner.look_through(&mut part, path, &mut self.scratch).map_err(unreadable)?;
            if read < size || !answers.line_end()? {
                return Ok(false);
            }
            found
        } else {
            if !answers.body(size, &mut self.buffer)? {
                return Ok(false);
            }
            match kind {
                Type::Tree => {
                    self.names.tree(id, &self.buffer);
                    self.names.look_if_many(self.scanner, &mut self.scratch, &mut self.sights);
                    Found::default()
                }
                _ => self.scanner.look(&self.buffer, path, &mut self.scratch),
            }
        };
        match kind {
            Type::Blob => self.sights.seen.blobs += 1,
            Type::Commit => self.sights.seen.commits += 1,
            Type::Tag => self.sights.seen.texts += 1,
            Type::Tree => {}
        }
        self.sights.seen.bytes += size;
        self.progress.did(size);
        if !found.hits.is_empty() || !found.skips.is_empty() {
            self.sights.all.push(Sight { id, kind, path: path.map(Into::into), found });
        }
        Ok(true)
    }
}

/// Asks for objects until there are no more, or the child has ended. What it asked for, the reader knows first.
fn feed(chunks: impl Iterator<Item = Chunk>, mut stdin: ChildStdin, asked: &Sender<Chunk>) {
    for chunk in chunks {
        let mut lines = String::with_capacity(chunk.len() * 65);
        for wanted in &chunk {
            lines.push_str(&wanted.id.hex());
            lines.push('\n');
        }
        if asked.send(chunk).is_err() || stdin.write_all(lines.as_bytes()).is_err() {
            return;
        }
    }
}

fn unreadable(error: std::io::Error) -> Failed {
    Failed::new(format!("git cat-file: {error}"))
}
