//! What the next commit brings: the index against HEAD, by object id, so that no setting, attribute or state of the work tree counts. Runs
//! in every pre-commit hook: three children of Git, side by side, unless something is found.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use crossbeam_channel::unbounded;

use super::command::{Begun, Ended, git, output};
use super::look::{CHUNK, Wanted, look};
use super::names::Names;
use super::object::{Id, Type};
use super::old::OldSides;
use super::raw::{self, Entry, Record, SUBMODULE};
use super::told::{self, kind, missing, place};
use super::{Judged, Repository};
use crate::scan::{Failed, Hit, Kind, Looked, Progress, Result, Scanner, Scratch, Why};

const NO_RENAMES: &[&str] = &["--no-renames"];

impl Repository {
    /// The index against HEAD, or against nothing before the first commit. What the other side of a merge had already is not new.
    pub fn staged(&self, scanner: &Scanner, judged: Judged, progress: &Progress) -> Result<Looked> {
        let entries = self.staged_entries()?;
        let mut looked = Looked::default();
        self.staged_contents(scanner, judged, progress, &entries, &mut looked)?;
        staged_names(scanner, judged, &entries, &mut looked);
        Ok(looked)
    }

    fn staged_contents(
        &self,
        scanner: &Scanner,
        judged: Judged,
        progress: &Progress,
        entries: &[Entry],
        looked: &mut Looked,
    ) -> Result<()> {
        let mut places: HashMap<Id, Vec<&Entry>> = HashMap::new();
        let mut wanted = Vec::new();
        for entry in
            entries.iter().filter(|entry| is_blob(entry) && (entry.old != entry.new || judged == Judged::Whole))
        {
            looked.seen.files += 1;
            let at = places.entry(entry.new).or_default();
            if at.is_empty() {
                wanted.push(Wanted { id: entry.new, path: Some(entry.path.clone()) });
            }
            at.push(entry);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        progress.expect(wanted.len() as u64);
        let (sender, chunks) = unbounded();
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(CHUNK));
            sender.send(std::mem::replace(&mut wanted, rest)).expect("it is received below");
        }
        drop(sender);
        let sights = look(self, scanner, &chunks, progress)?;
        looked.seen += sights.seen;
        missing(looked, &sights.missing, Why::Missing);
        if sights.all.is_empty() {
            return Ok(());
        }
        let sides = if judged == Judged::Added { self.other_sides()? } else { Vec::new() };
        let mut olds = OldSides::new(&self.directory, scanner);
        for sight in sights.all {
            for entry in places.get(&sight.id).into_iter().flatten() {
                let place = place(kind(entry.new_mode, &entry.path), Some(&entry.path), Some(&sight.id));
                told::skips(looked, &place, &sight.found);
                for hit in &sight.found.hits {
                    let is_new = judged == Judged::Whole || is_new(entry, hit, &sides, &mut olds)?;
                    told::take(looked, &place, hit.clone(), is_new);
                }
            }
        }
        Ok(())
    }

    /// The index against HEAD with renames, and against each commit that is being merged.
    fn other_sides(&self) -> Result<Vec<Vec<Entry>>> {
        let mut sides = Vec::new();
        let heads = std::fs::read_to_string(self.git_directory.join("MERGE_HEAD")).unwrap_or_default();
        let heads = heads.lines().map(str::trim).filter(|line| Id::parse(line.as_bytes()).is_some());
        for side in std::iter::once("HEAD").chain(heads) {
            let (raw, ended) = self.diff_index(&["-M", "-l1000"], side)?;
            if ended.is_fine() {
                sides.push(entries(&raw)?);
            }
        }
        Ok(sides)
    }

    fn staged_entries(&self) -> Result<Vec<Entry>> {
        let begun = self.children.take_staged();
        let begun = begun.map_or_else(|| Begun::start(against_head(&self.directory)), Ok)?;
        let (mut raw, mut ended) = begun.output(b"")?;
        if !ended.is_fine() {
            if !self.is_unborn()? {
                return Err(ended.told("HEAD cannot be read, so there is nothing to compare with (git fsck)"));
            }
            (raw, ended) = self.diff_index(NO_RENAMES, self.empty_tree)?;
        }
        ended.fine("git diff-index")?;
        let mut entries = entries(&raw)?;
        if entries.iter().any(|entry| entry.status == b'U') {
            entries.extend(self.unmerged()?);
        }
        Ok(entries)
    }

    fn diff_index(&self, renames: &[&str], side: &str) -> Result<(Vec<u8>, Ended)> {
        output(diff_index(&self.directory, renames, side), b"")
    }

    /// Does HEAD name a branch that has no commit yet? A branch that is there and broken is none.
    pub(super) fn is_unborn(&self) -> Result<bool> {
        let (branch, ended) = output(git(&self.directory, ["symbolic-ref", "--quiet", "HEAD"]), b"")?;
        let branch = String::from_utf8_lossy(&branch).trim_end().to_owned();
        if !ended.is_fine() || branch.is_empty() {
            return Ok(false);
        }
        let (_, ended) = output(git(&self.directory, ["show-ref", "--verify", "--quiet", &branch]), b"")?;
        // A loose ref that is no id is "not there" to Git.
        Ok(!ended.is_fine() && !self.common_directory.join(&branch).is_file())
    }

    /// The sides of a conflict, which the index holds.
    fn unmerged(&self) -> Result<Vec<Entry>> {
        // It lists what is in the folder that it is run in.
        let folder = self.root.as_deref().unwrap_or(&self.directory);
        let (listed, ended) = output(git(folder, ["ls-files", "--unmerged", "--full-name", "-z"]), b"")?;
        ended.fine("git ls-files")?;
        let broken = || Failed::new("git ls-files: a line that is none: this Git is too old");
        let lines = listed.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let (fields, path) = memchr::memchr(b'\t', line).map(|at| line.split_at(at)).ok_or_else(broken)?;
                let mut fields = fields.split(|byte| *byte == b' ');
                let mode = fields.next().and_then(|mode| u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok());
                let new = fields.next().and_then(Id::parse).ok_or_else(broken)?;
                // Stages 1 and 2 are of HEAD and before, 3 is of the commit that comes in.
                let is_incoming = fields.next() == Some(b"3");
                let old = if is_incoming { new.zero() } else { new };
                let new_mode = mode.ok_or_else(broken)?;
                Ok(Entry { old_mode: 0, new_mode, old, new, status: b'U', path: path[1..].into(), from: None })
            })
            .collect()
    }
}

/// The index against HEAD: a question that needs no answer of Git's before it.
pub(super) fn against_head(directory: &Path) -> Command {
    diff_index(directory, NO_RENAMES, "HEAD")
}

fn diff_index(directory: &Path, renames: &[&str], side: &str) -> Command {
    let args = ["diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--ignore-submodules=none"];
    git(directory, args.into_iter().chain(renames.iter().copied()).chain([side, "--"]))
}

/// Had neither HEAD nor a commit that is merged the value in this file, under whatever name?
fn is_new(entry: &Entry, hit: &Hit, sides: &[Vec<Entry>], olds: &mut OldSides<'_>) -> Result<bool> {
    if !entry.old.is_zero() && olds.had(entry.old, &entry.path, hit)? {
        return Ok(false);
    }
    if entry.status == b'U' {
        // The incoming side of a conflict is in the commit that is merged; of a rebase or a stash it is new here.
        return Ok(sides.len() < 2);
    }
    for side in sides {
        // What is no difference is the same there.
        let Some(other) = side.iter().find(|other| other.path == entry.path) else { return Ok(false) };
        let path = other.from.as_deref().unwrap_or(&other.path);
        if !other.old.is_zero() && olds.had(other.old, path, hit)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whoever adds a file adds its name.
fn staged_names(scanner: &Scanner, judged: Judged, entries: &[Entry], looked: &mut Looked) {
    let is_added = |entry: &&Entry| entry.new_mode != 0 && (entry.old_mode == 0 || judged == Judged::Whole);
    let Some(any) = entries.iter().find(is_added) else { return };
    let mut names = Names::default();
    for entry in entries.iter().filter(is_added) {
        names.name(any.new, &entry.path);
    }
    let mut sights = super::look::Sights::default();
    names.look(scanner, &mut Scratch::default(), &mut sights);
    looked.seen += sights.seen;
    let removed: Vec<&Entry> = entries.iter().filter(|entry| entry.new_mode == 0).collect();
    for sight in sights.all.into_iter().filter(|sight| sight.kind == Type::Tree) {
        let place = place(Kind::Name, sight.path.as_deref(), None);
        for hit in sight.found.hits {
            let value = hit.value.expose().as_bytes();
            let moved = removed.iter().any(|entry| memchr::memmem::find(&entry.path, value).is_some());
            told::take(looked, &place, hit.clone(), judged == Judged::Whole || !moved);
        }
    }
}

fn is_blob(entry: &Entry) -> bool {
    entry.new_mode != 0 && entry.new_mode != SUBMODULE && !entry.new.is_zero()
}

fn entries(raw: &[u8]) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    raw::each(raw, |record| {
        if let Record::Entry(entry) = record {
            entries.push(entry);
        }
    })?;
    Ok(entries)
}
