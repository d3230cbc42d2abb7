//! Reads what `diff-index`, `diff-tree` and their like write with `--raw -z`: never a line of a diff's text, so that no name and no
//! setting bends it. Streamed, since a history has more changes than memory.

use std::io::BufRead;

use super::object::Id;
use crate::scan::{Failed, Result};

/// What a raw diff consists of.
#[derive(Debug)]
pub(super) enum Record {
    /// The entries that follow are this commit's against one of its parents.
    Commit(Id),
    Entry(Entry),
}

/// One path that differs.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// 0 where the path is in this side alone.
    pub old_mode: u32,
    pub new_mode: u32,
    pub old: Id,
    pub new: Id,
    /// `A`, `C`, `D`, `M`, `R`, `T`, `U`.
    pub status: u8,
    pub path: Box<[u8]>,
    /// Of a renamed or copied file: the path that it had.
    pub from: Option<Box<[u8]>>,
}

/// A symbolic link.
pub(super) const LINK: u32 = 0o120_000;
/// A commit of another repository.
pub(super) const SUBMODULE: u32 = 0o160_000;

/// Reads a raw diff to its end.
pub(super) fn each(mut raw: impl BufRead, mut each: impl FnMut(Record)) -> Result<()> {
    let mut word = Vec::new();
    while next(&mut raw, &mut word)? {
        let Some(fields) = word.strip_prefix(b":") else {
            let id = Id::parse(&word).ok_or_else(unknown)?;
            each(Record::Commit(id));
            continue;
        };
        let fields: Vec<&[u8]> = fields.split(|byte| *byte == b' ').collect();
        let [old_mode, new_mode, old, new, status] = fields[..] else { return Err(unknown()) };
        let id = |hex| Id::parse(hex).ok_or_else(unknown);
        let mut entry = Entry {
            old_mode: mode(old_mode)?,
            new_mode: mode(new_mode)?,
            old: id(old)?,
            new: id(new)?,
            status: *status.first().ok_or_else(unknown)?,
            path: Box::default(),
            from: None,
        };
        let mut path = || if next(&mut raw, &mut word)? { Ok(Box::from(&word[..])) } else { Err(unknown()) };
        if matches!(entry.status, b'R' | b'C') {
            entry.from = Some(path()?);
        }
        entry.path = path()?;
        each(Record::Entry(entry));
    }
    Ok(())
}

/// Up to the next zero byte, without it.
pub(super) fn next(raw: &mut impl BufRead, word: &mut Vec<u8>) -> Result<bool> {
    word.clear();
    raw.read_until(0, word).map_err(|error| Failed::new(format!("git: {error}")))?;
    if word.is_empty() {
        return Ok(false);
    }
    if word.pop() == Some(0) { Ok(true) } else { Err(unknown()) }
}

fn mode(octal: &[u8]) -> Result<u32> {
    let text = std::str::from_utf8(octal).map_err(|_| unknown())?;
    u32::from_str_radix(text, 8).map_err(|_| unknown())
}

fn unknown() -> Failed {
    Failed::new("git wrote something that is no raw diff: it is too old, or its output was cut off")
}
