//! What commits bring: a range, or a push before it leaves or before it is taken. By objects and not by diffs, so merges count whatever they
//! hold. Runs at every push on a server: two children of Git for a small one, unless something is found.

use std::collections::HashSet;

use crossbeam_channel::bounded;

use super::change::lines;
use super::command::git;
use super::list::{self, Listed, Listing};
use super::look::{Sights, look};
use super::names::Names;
use super::object::Id;
use super::old::OldSides;
use super::told::{gather, place};
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
        let mut looked = self.judge(judged, &listed, sights, &mut olds)?;
        gather(&mut looked, false);
        self.shallow(&mut looked, &listed)?;
        Ok(looked)
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
        let refs = ref_names(sights);
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
        let mut looked = self.judge(judged, &listed, sights, &mut olds)?;
        gather(&mut looked, false);
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
            let listing = scope.spawn(move || {
                let mut list = Listing::new(sender, progress);
                list.revisions(command, revisions.into_bytes())?;
                Ok(list.end())
            });
            let sights = look(self, scanner, &chunks, progress);
            let listed: Result<Listed> = listing.join().expect("it does not panic");
            // Where nothing could be listed, that is why nothing could be looked into.
            Ok((listed?, sights?))
        })
    }

    /// Says so where the commits of a shallow clone end.
    pub(super) fn shallow(&self, looked: &mut Looked, listed: &Listed) -> Result<()> {
        let text = match std::fs::read(self.common_directory.join("shallow")) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failed::new(format!("the repository's list of shallow commits: {error}"))),
        };
        let ends: HashSet<Id> = text.split(|byte| *byte == b'\n').filter_map(Id::parse).collect();
        for id in listed.commits.iter().filter(|id| ends.contains(id)) {
            let place = place(Kind::Commit, None, Some(id));
            looked.skips.push(Skip { place, why: Why::Shallow, content: None, accepted: None });
        }
        Ok(())
    }

    fn has(&self, id: &Id) -> Result<bool> {
        let (_, ended) = super::command::output(git(&self.directory, ["cat-file", "-e", &id.hex()]), b"")?;
        Ok(ended.is_fine())
    }
}

/// Names of refs in which something was found.
pub(super) fn ref_names(sights: Sights) -> Looked {
    let mut refs = Looked { seen: sights.seen, ..Looked::default() };
    for sight in sights.all {
        refs.take(&place(Kind::Ref, sight.path.as_deref(), Some(&sight.id)), sight.found);
    }
    refs
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
