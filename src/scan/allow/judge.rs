//! The judgement of what was found, in this order: what is old stays old; ignored paths; marks in the line; entries of `.keystead-ignore`.
//! Then one value is one finding, however many places it stands in. Runs once at the end of a scan, in memory alone.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Allowed, Entry, Fingerprint, Key, KeyFrom, Marks, SKIP_RULE, Span, file};
use crate::scan::git::Repository;
use crate::scan::{Finding, Looked, MORE_MAX, Result, Skip, Standing, Tier, Why};

/// Entries that are named in one remark.
const NAMED_MAX: usize = 10;

/// What became of the entries.
#[derive(Default)]
struct Used<'a> {
    needed: HashSet<&'a Fingerprint>,
    /// Needed, and over.
    over: BTreeSet<&'a Fingerprint>,
    /// Needed by a finding of another rule than they name.
    of_other_rule: BTreeSet<&'a Fingerprint>,
    /// Keys of our own that no entry may allow.
    enforced: BTreeSet<&'a Fingerprint>,
}

impl Allowed {
    /// Judges what was found, puts it in order, and gives remarks for people: on entries that are over and entries that nobody needed.
    pub fn apply(&self, looked: &mut Looked) -> Result<Vec<String>> {
        let mut remarks = self.find_key(looked)?;
        looked.findings.sort_by(|one, other| {
            let place = |finding: &Finding| (finding.hit.line, finding.hit.column);
            one.place.cmp(&other.place).then_with(|| place(one).cmp(&place(other)))
        });
        remarks.extend(self.leave_out(looked));
        let mut used = Used::default();
        let mut folded: HashMap<(Fingerprint, u8), usize> = HashMap::new();
        let mut findings: Vec<Finding> = Vec::new();
        for mut finding in std::mem::take(&mut looked.findings) {
            let name = self.fingerprint(&finding);
            self.judge(&mut finding, &name, &mut used);
            match folded.entry((name, rank(&finding.standing))) {
                Slot::Occupied(first) => findings[*first.get()].also(finding),
                Slot::Vacant(slot) => {
                    slot.insert(findings.len());
                    findings.push(finding);
                }
            }
        }
        looked.findings = findings;
        for skip in &mut looked.skips {
            let Some(name) = self.skip_fingerprint(skip) else { continue };
            if let Some(entry) = self.entry(&name, SKIP_RULE, &mut used) {
                skip.accepted = Some(entry.reason.clone());
            }
        }
        remarks.extend(self.remarks(&used));
        if looked.findings.iter().any(|finding| finding.standing == Standing::Blocks) {
            remarks.extend(self.hints.iter().cloned());
        }
        Ok(remarks)
    }

    /// Fingerprints need a key as soon as there is something to name.
    fn find_key(&self, looked: &Looked) -> Result<Vec<String>> {
        if self.file.is_some() || (looked.findings.is_empty() && looked.skips.iter().all(|skip| skip.content.is_none()))
        {
            return Ok(Vec::new());
        }
        let without = "fingerprints are made without the id of its first commit, and are others where that is known";
        match (self.make_key(), &self.key_from) {
            (Ok(true), _) => Ok(Vec::new()),
            (Ok(false), _) => Ok(vec![format!(
                "nothing is committed yet, or this is a shallow clone: {without} (a committed {} has it)",
                file::NAME
            )]),
            // Findings in files are told where Git is missing, or does not trust the repository.
            (Err(error), KeyFrom::Folder(_)) => Ok(vec![format!("{error}: {without}")]),
            (Err(error), _) => Err(error),
        }
    }

    /// Takes findings of ignored paths out, and says how many.
    fn leave_out(&self, looked: &mut Looked) -> Option<String> {
        let mut places = Vec::new();
        let before = looked.findings.len();
        looked.findings.retain(|finding| {
            let mut all = std::iter::once(&finding.place).chain(&finding.more);
            let out = finding.hit.rule.tier != Tier::Own
                && finding.unnamed == 0
                && all.all(|place| place.path.as_deref().is_some_and(|path| self.paths.leave_out(path)));
            if out && places.last() != Some(&finding.place) {
                places.push(finding.place.clone());
            }
            !out
        });
        let left_out = before - looked.findings.len();
        let files = places.len();
        let skip = |place| Skip { place, why: Why::Asked, content: None, accepted: None };
        looked.skips.extend(places.into_iter().map(skip));
        (left_out > 0).then(|| format!("ignore_paths left out {left_out} findings in {files} files"))
    }

    fn judge<'a>(&'a self, finding: &mut Finding, name: &Fingerprint, used: &mut Used<'a>) {
        if finding.standing == Standing::Old {
            return;
        }
        let own = finding.hit.rule.tier == Tier::Own;
        let mark = finding.hit.inline.as_ref().filter(|_| !own && self.marks == Marks::Count);
        if let Some(reason) = mark {
            finding.standing = Standing::Allowed(reason.clone());
        } else if own && self.own_keys_enforced {
            if let Some((name, _)) = self.file.as_ref().and_then(|file| file.entries.get_key_value(name)) {
                used.enforced.insert(name);
                used.needed.insert(name);
            }
        } else if let Some(entry) = self.entry(name, &finding.hit.rule.id, used) {
            finding.standing = Standing::Allowed(entry.reason.clone());
        }
    }

    /// The entry that allows this, if it still does.
    fn entry<'a>(&'a self, name: &Fingerprint, rule: &str, used: &mut Used<'a>) -> Option<&'a Entry> {
        let (name, entry) = self.file.as_ref()?.entries.get_key_value(name)?;
        used.needed.insert(name);
        if *entry.rule != *rule {
            used.of_other_rule.insert(name);
            return None;
        }
        if self.is_over(entry) {
            used.over.insert(name);
            return None;
        }
        Some(entry)
    }

    fn is_over(&self, entry: &Entry) -> bool {
        entry.until.zip(self.today).is_some_and(|(until, today)| until < today)
    }

    fn remarks(&self, used: &Used) -> Vec<String> {
        let mut remarks = Vec::new();
        let mut tell = |what: &str, names: &mut dyn Iterator<Item = &Fingerprint>| {
            let names: Vec<&str> = names.map(Fingerprint::as_str).collect();
            if let Some(text) = listed(&names) {
                remarks.push(format!("{}: {what}: {text}", file::NAME));
            }
        };
        tell("over since their date, so that they allow nothing any more", &mut used.over.iter().copied());
        tell("they name another rule than their finding's, and allow nothing", &mut used.of_other_rule.iter().copied());
        tell("keys of your own cannot be allowed here", &mut used.enforced.iter().copied());
        if self.span == Span::Everything {
            tell(
                "nothing that was found needs them any more (`keystead scan baseline prune`)",
                &mut self.unneeded(&used.needed),
            );
        }
        remarks
    }

    fn unneeded<'a>(&'a self, needed: &'a HashSet<&Fingerprint>) -> impl Iterator<Item = &'a Fingerprint> {
        let entries = self.file.iter().flat_map(|file| file.entries.keys());
        entries.filter(|name| !needed.contains(name))
    }
}

impl Finding {
    /// The same value stands there, too.
    fn also(&mut self, other: Self) {
        for place in std::iter::once(other.place).chain(other.more) {
            if self.more.len() < MORE_MAX {
                self.more.push(place);
            } else {
                self.unnamed += 1;
            }
        }
        self.unnamed += other.unnamed;
    }
}

/// Findings of different standing are told apart, whatever their reason is.
fn rank(standing: &Standing) -> u8 {
    match standing {
        Standing::Blocks => 0,
        Standing::Warns => 1,
        Standing::Allowed(_) => 2,
        Standing::Old => 3,
    }
}

/// The first few of them.
fn listed(names: &[&str]) -> Option<String> {
    let text = names.get(..NAMED_MAX).unwrap_or(names).join(", ");
    match names.len() {
        0 => None,
        1..=NAMED_MAX => Some(text),
        all => Some(format!("{text}, and {} more", all - NAMED_MAX)),
    }
}

impl Allowed {
    /// The key as it is known: that of the file, or what [`Allowed::make_key`] found.
    pub(super) fn key_so_far(&self) -> &Key {
        self.file.as_ref().map_or_else(|| self.key.get_or_init(Key::default), |file| &file.key)
    }

    /// Finds the key of a repository without a file. `false`: it has none, and the empty one is taken.
    pub fn make_key(&self) -> Result<bool> {
        if self.file.is_some() || self.key.get().is_some() {
            return Ok(true);
        }
        let root = match &self.key_from {
            KeyFrom::Nothing => return Ok(true),
            KeyFrom::Folder(folder) => match Repository::find_any(folder)? {
                Some(repository) => repository.root_commit()?,
                None => None,
            },
            KeyFrom::Repository(repository) => repository.root_commit()?,
        };
        let known = root.is_some();
        self.key.get_or_init(|| Key::of(root.as_deref().unwrap_or_default()));
        Ok(known)
    }
}
