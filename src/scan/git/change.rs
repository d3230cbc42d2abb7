//! Which commit brought a blob or a name to which path, and what stood there before. Asked for what was found alone: `diff-tree` goes once
//! over the commits, on every core, whatever number of blobs is sought.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Write};
use std::path::Path;

use super::command::{Child, git, output};
use super::object::Id;
use super::old::OldSides;
use super::raw::{self, Entry, Record};
use crate::scan::{Failed, Hit, Result};

/// Commits that a child of Git is worth: fewer of them take less time than its start.
const PART_MIN: usize = 500;
const WORKERS_MAX: usize = 16;

/// What is sought.
#[derive(Debug, Default)]
pub(super) struct Sought {
    pub blobs: HashSet<Id>,
    /// Names of files or folders, without what they stand in.
    pub names: HashSet<Box<[u8]>>,
    /// Changes of one blob that are of interest: the oldest ones.
    pub each_max: usize,
}

/// A blob came to a path.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub commit: Id,
    pub path: Box<[u8]>,
    pub mode: u32,
    /// What the path was in each parent that differs there; zero where there was none.
    pub olds: Vec<Id>,
}

/// What became of a name.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Commits, and paths that they added with it, against how many parents.
    pub added: Vec<(Id, Box<[u8]>, usize)>,
    /// Commits that removed a path with it: there it was moved.
    pub removed: HashSet<Id>,
}

#[derive(Debug, Default)]
pub(super) struct Changes {
    pub blobs: HashMap<Id, Vec<Change>>,
    pub names: HashMap<Box<[u8]>, Named>,
    pub parents: HashMap<Id, Vec<Id>>,
    renames: HashMap<Id, Vec<Entry>>,
}

impl Changes {
    /// Finds them in these commits, which are newest first. What is found is oldest first.
    pub fn find(directory: &Path, commits: &[Id], sought: &Sought) -> Result<Self> {
        let workers = std::thread::available_parallelism().map_or(1, |n| n.get().min(WORKERS_MAX));
        let part = commits.len().div_ceil(workers).max(PART_MIN);
        std::thread::scope(|scope| {
            let parents = scope.spawn(|| parents(directory, commits));
            // The oldest ones end the list.
            let parts = commits.rchunks(part).map(|part| scope.spawn(move || Self::of(directory, part, sought)));
            let parts: Vec<_> = parts.collect();
            let mut changes = Self::default();
            for part in parts {
                changes.join(part.join().expect("it does not panic")?, sought);
            }
            changes.parents = parents.join().expect("it does not panic")?;
            Ok(changes)
        })
    }

    /// What one child finds in some of them.
    fn of(directory: &Path, commits: &[Id], sought: &Sought) -> Result<Self> {
        let mut changes = Self::default();
        let args = ["diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "-z", "--no-renames", "--no-abbrev"];
        let (child, mut stdin, stdout) = Child::start(git(directory, args))?;
        let lines = lines(commits.iter().rev());
        let feeder = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
        let mut commit = None;
        raw::each(BufReader::with_capacity(64 * 1024, stdout), |record| match record {
            Record::Commit(id) => commit = Some(id),
            Record::Entry(entry) => {
                if let Some(commit) = commit {
                    changes.take(commit, entry, sought);
                }
            }
        })?;
        let _ = feeder.join();
        child.end()?.fine("git diff-tree")?;
        Ok(changes)
    }

    /// Takes what commits that are newer brought.
    fn join(&mut self, newer: Self, sought: &Sought) {
        for (blob, changes) in newer.blobs {
            let all = self.blobs.entry(blob).or_default();
            all.extend(changes.into_iter().take(sought.each_max - all.len()));
        }
        for (name, newer) in newer.names {
            let named = self.names.entry(name).or_default();
            named.added.extend(newer.added);
            named.removed.extend(newer.removed);
        }
    }

    fn take(&mut self, commit: Id, entry: Entry, sought: &Sought) {
        if !sought.names.is_empty() && matches!(entry.status, b'A' | b'D') {
            for name in entry.path.split(|byte| *byte == b'/').filter(|name| sought.names.contains(*name)) {
                let named = self.names.entry(name.into()).or_default();
                if entry.status == b'D' {
                    named.removed.insert(commit);
                } else if let Some(known) =
                    named.added.iter_mut().rfind(|(id, path, _)| (id, path) == (&commit, &entry.path))
                {
                    known.2 += 1;
                } else {
                    named.added.push((commit, entry.path.clone(), 1));
                }
            }
        }
        if entry.status == b'D' || !sought.blobs.contains(&entry.new) {
            return;
        }
        let all = self.blobs.entry(entry.new).or_default();
        // The parents of a merge come one after another.
        let mut same = all.iter_mut().rev().take_while(|change| change.commit == commit);
        if let Some(known) = same.find(|change| change.path == entry.path) {
            known.olds.push(entry.old);
        } else if all.len() < sought.each_max {
            all.push(Change { commit, path: entry.path, mode: entry.new_mode, olds: vec![entry.old] });
        }
    }

    /// Is the value new where this change put it: had no parent it there, nor the file that was renamed to there?
    pub fn brings(&mut self, change: &Change, hit: &Hit, olds: &mut OldSides<'_>, directory: &Path) -> Result<bool> {
        let parents = self.parents.get(&change.commit).map_or(0, Vec::len);
        if change.olds.len() < parents {
            // A parent has the very same blob there.
            return Ok(false);
        }
        for old in change.olds.iter().filter(|old| !old.is_zero()) {
            if olds.had(*old, &change.path, hit)? {
                return Ok(false);
            }
        }
        if parents == 0 || change.olds.iter().all(|old| !old.is_zero()) {
            return Ok(true);
        }
        if !self.renames.contains_key(&change.commit) {
            let found = self.renames(directory, &change.commit)?;
            self.renames.insert(change.commit, found);
        }
        for entry in self.renames[&change.commit].iter().filter(|entry| entry.path == change.path) {
            if olds.had(entry.old, entry.from.as_deref().unwrap_or_default(), hit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn renames(&self, directory: &Path, commit: &Id) -> Result<Vec<Entry>> {
        let (mut found, commit_hex) = (Vec::new(), commit.hex());
        for parent in &self.parents[commit] {
            let parent = parent.hex();
            // More than a thousand new files are not compared with as many removed ones: what they hold is new then.
            let args = ["diff-tree", "-r", "--raw", "-z", "--no-abbrev", "-M", "-l1000", &parent, &commit_hex];
            let (raw, ended) = output(git(directory, args), b"")?;
            ended.fine("git diff-tree")?;
            raw::each(&raw[..], |record| match record {
                Record::Entry(entry) if entry.status == b'R' => found.push(entry),
                _ => {}
            })?;
        }
        Ok(found)
    }
}

/// The parents of each of these commits.
fn parents(directory: &Path, commits: &[Id]) -> Result<HashMap<Id, Vec<Id>>> {
    let (listed, ended) = output(
        git(directory, ["rev-list", "--no-walk=unsorted", "--parents", "--stdin"]),
        lines(commits.iter()).as_bytes(),
    )?;
    ended.fine("git rev-list")?;
    let mut all = HashMap::with_capacity(commits.len());
    for line in listed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let ids: Option<Vec<Id>> = line.split(|byte| *byte == b' ').map(Id::parse).collect();
        let ids = ids.ok_or_else(|| Failed::new("git rev-list: a line without ids: this Git is too old"))?;
        all.insert(ids[0], ids[1..].to_vec());
    }
    Ok(all)
}

/// A line for each.
pub(super) fn lines<'a>(ids: impl Iterator<Item = &'a Id>) -> String {
    ids.map(|id| id.hex() + "\n").collect()
}
