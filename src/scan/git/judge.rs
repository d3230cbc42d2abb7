//! Judges what was found in the objects of commits: which commit brought it to which path, and whether it is new there. Runs only where
//! something was found.

use super::change::{Changes, Sought};
use super::command::{git, output};
use super::commit::Commits;
use super::list::Listed;
use super::look::{Sight, Sights, Wanted};
use super::object::{Id, Type};
use super::old::OldSides;
use super::told::{self, kind, missing, place};
use super::{Judged, Repository};
use crate::scan::{Kind, Looked, MORE_MAX, Result, Why};

impl Repository {
    /// Judges what was found by what stood in its place before. Each version of a file is a finding of its own yet.
    pub(super) fn judge(
        &self,
        judged: Judged,
        listed: &Listed,
        sights: Sights,
        olds: &mut OldSides<'_>,
    ) -> Result<Looked> {
        let mut looked = Looked { seen: sights.seen, ..Looked::default() };
        missing(&mut looked, &sights.missing, Why::Missing);
        let absent: Vec<Wanted> = listed.missing.iter().map(|id| Wanted { id: *id, path: None }).collect();
        missing(&mut looked, &absent, Why::Missing);
        if sights.all.is_empty() {
            return Ok(looked);
        }
        let mut sought =
            Sought { each_max: if judged == Judged::Whole { MORE_MAX + 1 } else { usize::MAX }, ..Sought::default() };
        for sight in &sights.all {
            match (sight.kind, &sight.path) {
                (Type::Blob, _) => drop(sought.blobs.insert(sight.id)),
                (Type::Tree, Some(name)) => drop(sought.names.insert(name.clone())),
                _ => {}
            }
        }
        let changes = Changes::find(&self.directory, &listed.commits, &sought)?;
        let mut judge = Judge { repository: self, judged, olds, changes, commits: Commits::default(), looked };
        for sight in sights.all {
            judge.sight(sight)?;
        }
        Ok(judge.looked)
    }
}

/// Turns sights into findings.
struct Judge<'a, 'b> {
    repository: &'a Repository,
    judged: Judged,
    olds: &'a mut OldSides<'b>,
    changes: Changes,
    commits: Commits,
    looked: Looked,
}

impl Judge<'_, '_> {
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
            let (paths, ended) = output(git(&self.repository.directory, args), b"")?;
            if ended.is_fine() && paths.split(|byte| matches!(byte, 0 | b'/')).any(|word| word == name) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
