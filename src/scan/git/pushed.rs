//! What commits bring: a range, or a push before it leaves or before it is taken. By objects and not by diffs, so merges count whatever they
//! hold. Runs at every push on a server: two children of Git for a small one, unless something is found.

use crossbeam_channel::bounded;

use super::change::{Changes, Sought, lines};
use super::command::git;
use super::commit::Commits;
use super::list::{self, Listed};
use super::look::{Sight, Sights, Wanted, look};
use super::names::Names;
use super::object::{Id, Type};
use super::old::OldSides;
use super::told::{self, gather, kind, missing, place};
use super::{Judged, Known, Repository, Update};
use crate::scan::{Failed, Kind, Looked, Progress, Result, Scanner, Scratch, Skip, Why};

impl Repository {
    /// What is reachable from `B` and not from `A`: `A..B`. `A` may be all zeros: CI says so of a new branch.
    pub fn range(&self, scanner: &Scanner, range: &str, judged: Judged, progress: &Progress) -> Result<Looked> {
        let (known, new) = range.split_once("..").ok_or_else(|| Failed::new("--range: it has the form A..B"))?;
        if new.starts_with('.') {
            return Err(Failed::new("--range: A..B, with two dots: what B brings over A"));
        }
        let or_head = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
        let mut olds = OldSides::new(&self.directory, scanner);
        let is_none = !known.is_empty() && known.bytes().all(|byte| byte == b'0');
        let mut revisions = String::new();
        let new = or_head(new);
        // A tag is looked into as well as what it names.
        let tip = olds.objects.read(&revision(&new)?)?.ok_or_else(|| unresolved("B"))?;
        revisions.push_str(&lines(std::iter::once(&tip.0)));
        if !is_none {
            let base = olds.objects.read(&format!("{}^{{commit}}", revision(&or_head(known))?))?;
            let base = base.ok_or_else(|| unresolved("A"))?;
            revisions.push('^');
            revisions.push_str(&lines(std::iter::once(&base.0)));
        }
        let (listed, sights) = self.reachable(scanner, revisions, &[], progress)?;
        let mut looked = self.changed(judged, listed, sights, &mut olds)?;
        self.shallow(&mut looked.0, &looked.1)?;
        Ok(looked.0)
    }

    /// What a push would bring that is not known yet, and the names of the refs that it makes. Deleting brings nothing.
    pub fn pushed(
        &self,
        scanner: &Scanner,
        updates: &[Update],
        known: &Known,
        judged: Judged,
        progress: &Progress,
    ) -> Result<Looked> {
        if updates.is_empty() && *known == Known::Refs {
            return Err(Failed::new(
                "there is no push: Git names its refs to this hook, one on each line of standard input",
            ));
        }
        let mut olds = OldSides::new(&self.directory, scanner);
        let (mut revisions, mut names, mut sights) = (String::new(), Names::default(), Sights::default());
        for update in updates {
            let (old, new) = (id(&update.old)?, id(&update.new)?);
            if new.is_zero() {
                continue;
            }
            revisions.push_str(&lines(std::iter::once(&new)));
            if old.is_zero() {
                names.name(new, &update.name);
            } else if matches!(known, Known::Remote(_)) && self.has(&old)? {
                revisions.push('^');
                revisions.push_str(&lines(std::iter::once(&old)));
            }
        }
        if revisions.is_empty() {
            return Ok(Looked::default());
        }
        names.look(scanner, &mut Scratch::default(), &mut sights);
        let mut refs = Looked::default();
        refs.seen += sights.seen;
        for sight in sights.sights {
            let place = place(Kind::Ref, sight.path.as_deref(), Some(&sight.id));
            refs.take(&place, sight.found);
        }
        let remote;
        let not: &[&str] = match known {
            Known::Refs => &["--not", "--all"],
            Known::Remote(name) if is_name(name) => {
                remote = format!("--remotes={name}");
                &["--not", &remote]
            }
            Known::Remote(_) => &[],
        };
        let (listed, sights) = self.reachable(scanner, revisions, not, progress)?;
        let (mut looked, _) = self.changed(judged, listed, sights, &mut olds)?;
        looked.join(refs);
        Ok(looked)
    }

    /// Looks into everything that is reachable from these revisions, a line each.
    fn reachable(
        &self,
        scanner: &Scanner,
        revisions: String,
        not: &[&str],
        progress: &Progress,
    ) -> Result<(Listed, Sights)> {
        let args = ["rev-list", "--objects", "--missing=print", "--stdin"];
        let command = git(&self.directory, args.into_iter().chain(not.iter().copied()));
        let (sender, chunks) = bounded(list::WAITING);
        std::thread::scope(|scope| {
            let listing = scope.spawn(move || list::list(command, revisions.into_bytes(), sender, progress));
            let sights = look(self, scanner, &chunks, progress);
            let listed = listing.join().expect("it does not panic");
            // Where nothing could be listed, that is why nothing could be looked into.
            Ok((listed?, sights?))
        })
    }

    /// Judges what was found by what stood in its place before.
    fn changed(
        &self,
        judged: Judged,
        listed: Listed,
        sights: Sights,
        olds: &mut OldSides<'_>,
    ) -> Result<(Looked, Listed)> {
        let mut looked = Looked { seen: sights.seen, ..Looked::default() };
        missing(&mut looked, &sights.missing, Why::Missing);
        let absent: Vec<Wanted> = listed.missing.iter().map(|id| Wanted { id: *id, path: None }).collect();
        missing(&mut looked, &absent, Why::Missing);
        if sights.sights.is_empty() {
            return Ok((looked, listed));
        }
        let mut sought = Sought::default();
        for sight in &sights.sights {
            match (sight.kind, &sight.path) {
                (Type::Blob, _) => drop(sought.blobs.insert(sight.id)),
                (Type::Tree, Some(name)) => drop(sought.names.insert(name.clone())),
                _ => {}
            }
        }
        let changes = Changes::find(&self.directory, &listed.commits, &sought)?;
        let mut telling = Telling { repository: self, judged, olds, changes, commits: Commits::default(), looked };
        for sight in sights.sights {
            telling.sight(sight)?;
        }
        let mut looked = telling.looked;
        gather(&mut looked, false);
        Ok((looked, listed))
    }

    /// Says so where the commits of a shallow clone end.
    fn shallow(&self, looked: &mut Looked, listed: &Listed) -> Result<()> {
        for id in self.shallow_commits()?.iter().filter(|id| listed.commits.contains(id)) {
            let place = place(Kind::Commit, None, Some(id));
            looked.skips.push(Skip { place, why: Why::Shallow, content: None, accepted: None });
        }
        Ok(())
    }

    /// Where a shallow clone ends; nothing in a whole one.
    pub(super) fn shallow_commits(&self) -> Result<Vec<Id>> {
        match std::fs::read(self.common_directory.join("shallow")) {
            Ok(text) => Ok(text.split(|byte| *byte == b'\n').filter_map(Id::parse).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Failed::new(format!("the repository's list of shallow commits: {error}"))),
        }
    }

    fn has(&self, id: &Id) -> Result<bool> {
        let (_, ended) = super::command::output(git(&self.directory, ["cat-file", "-e", &id.hex()]), b"")?;
        Ok(ended.is_fine())
    }
}

/// Turns sights into findings.
struct Telling<'a, 'b> {
    repository: &'a Repository,
    judged: Judged,
    olds: &'a mut OldSides<'b>,
    changes: Changes,
    commits: Commits,
    looked: Looked,
}

impl Telling<'_, '_> {
    fn sight(&mut self, sight: Sight) -> Result<()> {
        match sight.kind {
            Type::Blob => self.blob(sight),
            Type::Tree => self.name(sight),
            Type::Commit => {
                let mut place = place(Kind::Commit, None, Some(&sight.id));
                place.commit = self.commits.place(sight.id, &mut self.olds.objects)?;
                self.looked.take(&place, sight.found);
                Ok(())
            }
            Type::Tag => {
                self.looked.take(&place(Kind::Tag, None, Some(&sight.id)), sight.found);
                Ok(())
            }
        }
    }

    fn blob(&mut self, sight: Sight) -> Result<()> {
        let Some(all) = self.changes.blobs.remove(&sight.id) else {
            // No commit brings it: a tag names it.
            let place = place(Kind::Content, sight.path.as_deref(), Some(&sight.id));
            self.looked.take(&place, sight.found);
            return Ok(());
        };
        for change in &all {
            let mut place = place(kind(change.mode, &change.path), Some(&change.path), Some(&sight.id));
            place.commit = self.commits.place(change.commit, &mut self.olds.objects)?;
            for hit in &sight.found.hits {
                let is_new = self.judged == Judged::Whole
                    || self.changes.brings(change, hit, self.olds, &self.repository.directory)?;
                told::take(&mut self.looked, &place, hit.clone(), is_new);
            }
        }
        if let Some(change) = all.first() {
            let place = place(kind(change.mode, &change.path), Some(&change.path), Some(&sight.id));
            told::skips(&mut self.looked, &place, &sight.found);
        }
        Ok(())
    }

    /// A name is new where a commit adds a path with it and removes none.
    fn name(&mut self, sight: Sight) -> Result<()> {
        let name = sight.path.as_deref().unwrap_or_default();
        let named = self.changes.names.get(name);
        let added = named.into_iter().flat_map(|named| {
            let by_all = |(commit, _, times): &&(Id, Box<[u8]>, usize)| {
                let parents = self.changes.parents.get(commit).map_or(0, Vec::len);
                *times >= parents.max(1) && !named.removed.contains(commit)
            };
            named.added.iter().filter(by_all)
        });
        let first = added.map(|(commit, path, _)| (*commit, path.clone())).next();
        let is_new = first.is_some() || self.judged == Judged::Whole || !self.is_old_name(name)?;
        let path = first.as_ref().map_or(name, |(_, path)| path);
        let mut place = place(Kind::Name, Some(path), None);
        if let Some((commit, _)) = &first {
            place.commit = self.commits.place(*commit, &mut self.olds.objects)?;
        }
        for hit in sight.found.hits {
            told::take(&mut self.looked, &place, hit, is_new);
        }
        Ok(())
    }

    /// Is the name in a commit that these ones begin at?
    fn is_old_name(&self, name: &[u8]) -> Result<bool> {
        /// Begins of a push that are looked at: it has one, or one for each branch that was merged.
        const BEGINS_MAX: usize = 16;
        let parents = self.changes.parents.values().flatten();
        let begins = parents.filter(|id| !self.changes.parents.contains_key(id)).take(BEGINS_MAX);
        for begin in begins {
            let args = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", &begin.hex()];
            let (paths, ended) = super::command::output(git(&self.repository.directory, args), b"")?;
            if ended.is_fine() && paths.split(|byte| matches!(byte, 0 | b'/')).any(|word| word == name) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn id(hex: &str) -> Result<Id> {
    Id::parse(hex.as_bytes()).ok_or_else(|| Failed::new("a ref's id must be 40 or 64 hexadecimal digits"))
}

/// A revision as it can be asked for on a line.
fn revision(name: &str) -> Result<String> {
    if name.chars().any(|c| c.is_control()) || name.len() > 4000 {
        return Err(Failed::new("--range: a revision has no control characters and at most 4000 bytes"));
    }
    Ok(name.to_owned())
}

fn unresolved(side: &str) -> Failed {
    Failed::new(format!(
        "--range: {side} names no commit here. In a shallow clone fetch more (git fetch --unshallow, or fetch-depth: 0 in CI)"
    ))
}

/// A remote's name, and no URL and no pattern.
fn is_name(remote: &str) -> bool {
    !remote.is_empty() && !remote.contains(['*', '?', '[', '\\', ':'])
}
