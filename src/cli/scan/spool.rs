//! Reports that did not get through: kept in a file of this person's own, a line each, for the next `--report` to the same server. Digests and
//! places, never a key and never a token.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use crate::base::crypto::{hex, sha256};
use crate::config::scan::folder_of_state;
use crate::store::write_private;

/// Reports kept for one server: beyond them, the oldest go. Of 2.5 KiB at most each.
const REPORTS_MAX: usize = 2_000;
const BYTES_MAX: u64 = 5 * 1024 * 1024;

/// The file for one server.
#[derive(Debug)]
pub struct Spool {
    file: PathBuf,
}

impl Spool {
    /// `None` where there is no home directory to keep anything in.
    pub fn of(url: &str) -> Option<Self> {
        let name = &hex(&sha256(url.as_bytes()))[..16];
        Some(Self { file: folder_of_state()?.join("leak-spool").join(format!("{name}.jsonl")) })
    }

    /// What is kept. A file that cannot be read, or is not ours, holds nothing.
    pub fn read(&self) -> Vec<String> {
        let mut text = String::new();
        let read = File::open(&self.file).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text));
        if read.is_err() {
            return Vec::new();
        }
        let is_report =
            |line: &&str| serde_json::from_str::<serde_json::Value>(line).is_ok_and(|one| one["sha256"].is_string());
        text.lines().filter(is_report).map(str::to_owned).collect()
    }

    /// Takes those out that are done with, and puts those in that are left. Another scan may do the same at this moment.
    pub fn keep(&self, done: &[String], left: &[String]) -> io::Result<PathBuf> {
        if left.is_empty() && !self.file.exists() {
            return Ok(self.file.clone());
        }
        let folder = self.file.parent().expect("it stands in a folder");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(folder.join("lock"))?;
        lock.lock()?;
        let done: HashSet<&String> = done.iter().collect();
        let mut kept: Vec<String> = self.read().into_iter().filter(|report| !done.contains(report)).collect();
        kept.extend(left.iter().cloned());
        kept.drain(..kept.len().saturating_sub(REPORTS_MAX));
        if kept.is_empty() {
            std::fs::remove_file(&self.file)?;
        } else {
            write_private(&self.file, (kept.join("\n") + "\n").as_bytes())?;
        }
        Ok(self.file.clone())
    }
}
