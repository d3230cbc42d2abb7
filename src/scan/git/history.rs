//! Everything that was ever committed: every object once, in the order in which Git walks them, while it walks; what was found is then traced
//! to the commit that brought it. Runs by hand and in CI, over gigabytes.

use crossbeam_channel::bounded;

use super::command::{git, output};
use super::list::{self, Listed, Listing};
use super::look::{Sights, look};
use super::names::Names;
use super::object::Id;
use super::old::OldSides;
use super::pushed::ref_names;
use super::told::{gather, place};
use super::{Judged, Repository};
use crate::scan::{Failed, Kind, Looked, Progress, Result, Scanner, Scratch, Skip, Why};

/// Commits as they are, and not as a file beside them says: it could leave some out.
const AS_THEY_ARE: [&str; 2] = ["-c", "core.commitGraph=false"];
const LIST: [&str; 3] = ["rev-list", "--objects", "--missing=print"];

impl Repository {
    /// Every object once: what refs reach, or with `all_objects` stashes, reflogs and unreachable ones too. Nothing is old here.
    pub fn history(&self, scanner: &Scanner, all_objects: bool, progress: &Progress) -> Result<Looked> {
        let refs = self.ref_names(scanner)?;
        let (listed, sights, broken) = self.everything(scanner, all_objects, progress)?;
        if listed.objects == 0 {
            return Err(broken.unwrap_or_else(|| Failed::new("there is no commit here, so nothing was looked into")));
        }
        let mut olds = OldSides::new(&self.directory, scanner);
        let mut looked = self.judge(Judged::Whole, &listed, sights, &mut olds)?;
        // The oldest place of a value is where it came from; what no commit has comes last.
        looked
            .findings
            .sort_by_key(|finding| finding.place.commit.as_ref().map_or(i64::MAX, |commit| commit.committed_at_s));
        gather(&mut looked, true);
        self.shallow(&mut looked, &listed)?;
        if let Some(failed) = broken {
            // What was found counts all the same; without findings it is a failure and nothing else.
            if looked.findings.is_empty() {
                return Err(failed);
            }
            let place = place(Kind::Commit, None, None);
            looked.skips.push(Skip { place, why: Why::Unreadable, content: None, accepted: None });
        }
        looked.join(refs);
        Ok(looked)
    }

    /// Looks while it lists. Says why the listing ended early, where it did.
    fn everything(
        &self,
        scanner: &Scanner,
        all_objects: bool,
        progress: &Progress,
    ) -> Result<(Listed, Sights, Option<Failed>)> {
        let (sender, chunks) = bounded(list::WAITING);
        let which: &[&str] =
            if all_objects { &["--all", "--reflog", "--indexed-objects"] } else { &["--exclude=refs/stash", "--all"] };
        let command = git(&self.directory, AS_THEY_ARE.iter().chain(&LIST).chain(which).copied());
        std::thread::scope(|scope| {
            let listing = scope.spawn(move || {
                let mut list = Listing::new(sender, progress);
                if all_objects {
                    list = list.remember();
                }
                let mut ended = list.revisions(command, Vec::new());
                if all_objects {
                    ended = ended.and(list.rest(&self.directory));
                }
                (list.end(), ended.err())
            });
            let sights = look(self, scanner, &chunks, progress);
            let (listed, broken) = listing.join().expect("it does not panic");
            Ok((listed, sights?, broken))
        })
    }

    /// The names of all refs.
    fn ref_names(&self, scanner: &Scanner) -> Result<Looked> {
        let (listed, ended) = output(git(&self.directory, ["for-each-ref", "--format=%(objectname) %(refname)"]), b"")?;
        ended.fine("git for-each-ref")?;
        let (mut names, mut sights) = (Names::default(), Sights::default());
        for line in listed.split(|byte| *byte == b'\n') {
            if let Some(space) = memchr::memchr(b' ', line)
                && let Some(id) = Id::parse(&line[..space])
            {
                names.name(id, &line[space + 1..]);
            }
        }
        names.look(scanner, &mut Scratch::default(), &mut sights);
        Ok(ref_names(sights))
    }
}
