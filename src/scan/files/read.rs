//! Reads one file: opened so that no pipe or device holds it up, whole where it is small and in windows where it is not, and again where
//! it changed meanwhile.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use crate::scan::matcher::Found;
use crate::scan::{Scanner, Scratch, Why};

/// Files up to here are read whole, 4 MiB: with a buffer for each of two threads, half of the memory that a scan may take.
const WHOLE_MAX: usize = 4 * 1024 * 1024;
/// How often a file that changes while it is read is begun anew.
const TRIES: usize = 3;

/// What a thread keeps between files.
#[derive(Debug, Default)]
pub struct Reading {
    buffer: Vec<u8>,
    scratch: Scratch,
}

/// Is a link that a path ends with followed? Only where a person named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    Followed,
    Refused,
}

impl Reading {
    /// Looks at a short text: a name, a link.
    pub fn text(&mut self, scanner: &Scanner, text: &[u8]) -> Found {
        scanner.look(text, None, &mut self.scratch)
    }

    /// Looks into a file. Answers how many bytes it has, or why it was not looked into.
    pub fn file(&mut self, scanner: &Scanner, path: &Path, name: &[u8], links: Links) -> Result<(Found, u64), Why> {
        let mut last = None;
        for _ in 0..TRIES {
            let file = open(path, links)?;
            let before = file.metadata().map_err(|_| Why::Unreadable)?;
            if !before.is_file() {
                return Err(Why::NotAFile);
            }
            let looked = self.once(scanner, &file, &before, name).map_err(|_| Why::Unreadable)?;
            let after = file.metadata().map_err(|_| Why::Unreadable)?;
            if same(&before, &after) {
                return Ok(looked);
            }
            last = Some(looked);
        }
        let (mut found, bytes) = last.expect("it was tried");
        found.skips.push(Why::Changed);
        Ok((found, bytes))
    }

    fn once(&mut self, scanner: &Scanner, file: &File, about: &Metadata, name: &[u8]) -> io::Result<(Found, u64)> {
        self.buffer.clear();
        // One byte more than there is, so that the end is seen without growing.
        let expected = usize::try_from(about.len()).unwrap_or(usize::MAX).min(WHOLE_MAX);
        self.buffer.reserve(expected + 1);
        let mut start = file.take(WHOLE_MAX as u64 + 1);
        start.read_to_end(&mut self.buffer)?;
        if self.buffer.len() <= WHOLE_MAX {
            let found = scanner.look(&self.buffer, Some(name), &mut self.scratch);
            return Ok((found, self.buffer.len() as u64));
        }
        scanner.look_through(self.buffer.as_slice().chain(file), Some(name), &mut self.scratch)
    }
}

fn open(path: &Path, links: Links) -> Result<File, Why> {
    // Without waiting: a pipe that nobody writes to would hold up the scan.
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if links == Links::Refused {
        flags |= OFlags::NOFOLLOW;
    }
    let flags = i32::try_from(flags.bits()).expect("flags of open(2) are an int");
    OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| match error.raw_os_error() {
        // What open(2) says of a socket, and of a link that came in place of a file.
        Some(code) if code == rustix::io::Errno::NXIO.raw_os_error() => Why::NotAFile,
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => Why::Changed,
        _ if error.kind() == io::ErrorKind::NotFound => Why::Changed,
        _ => Why::Unreadable,
    })
}

fn same(before: &Metadata, after: &Metadata) -> bool {
    let state = |about: &Metadata| (about.len(), about.mtime(), about.mtime_nsec(), about.ctime(), about.ctime_nsec());
    state(before) == state(after)
}
