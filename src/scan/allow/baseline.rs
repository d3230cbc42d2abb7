//! Changes of `.keystead-ignore`: one more entry, an entry for everything that is found today, and without those that nobody needs. Pure;
//! the command line reads and writes.

use super::{Allowed, Entry, File, Fingerprint, SKIP_RULE, file};
use crate::base::Date;
use crate::scan::{Failed, Looked, Result, Standing, Tier};

/// Do entries for keys of our own belong to a baseline?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnKeys {
    Leave,
    Include,
}

/// What a baseline came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Made {
    pub entries: usize,
    /// Keys of our own that have no entry, and block as before.
    pub own_keys: usize,
    /// Skips that are no property of content: they cannot be accepted.
    pub skips: usize,
}

impl Allowed {
    /// The file as it is, or a new one with the key that fingerprints were made with so far.
    pub fn file_or_new(&self) -> File {
        self.file.clone().unwrap_or_else(|| File::new(self.key_so_far().clone()))
    }

    /// A file of all that was found. What an entry allowed already keeps it.
    pub fn baseline(&self, looked: &Looked, reason: &str, own_keys: OwnKeys) -> Result<(File, Made)> {
        let former = self.file_or_new();
        let mut file = former.clone();
        file.entries.clear();
        let mut made = Made::default();
        let today = self.today.expect("a scan has its day");
        let mut add = |name: Fingerprint, rule: &str, allowed: bool| {
            let kept = former.entries.get(&name).filter(|entry| allowed && *entry.rule == *rule).cloned();
            let entry = kept.unwrap_or_else(|| new(rule, today, None, reason));
            file.entries.insert(name, entry);
        };
        for finding in &looked.findings {
            let name = self.fingerprint(finding);
            let allowed = matches!(finding.standing, Standing::Allowed(_));
            let has_entry = former.entries.contains_key(&name);
            if (allowed && !has_entry) || finding.standing == Standing::Old {
                continue; // A mark in its line allows it.
            }
            if finding.hit.rule.tier == Tier::Own && own_keys == OwnKeys::Leave && !allowed {
                made.own_keys += 1;
                continue;
            }
            add(name, &finding.hit.rule.id, allowed);
        }
        for skip in looked.skips.iter().filter(|skip| skip.why != crate::scan::Why::Asked) {
            match self.skip_fingerprint(skip) {
                Some(name) => add(name, SKIP_RULE, skip.accepted.is_some()),
                None => made.skips += 1,
            }
        }
        made.entries = file.entries.len();
        if made.entries > file::ENTRIES_MAX {
            let text = format!(
                "{} findings, and {} entries at most: exclude what is not yours with ignore_paths",
                made.entries,
                file::ENTRIES_MAX
            );
            return Err(Failed::new(text));
        }
        Ok((file, made))
    }

    /// The file without the entries that nothing in any of these needs. Gives how many went.
    pub fn pruned<'a>(&self, looked: impl IntoIterator<Item = &'a Looked>) -> (File, usize) {
        let mut file = self.file_or_new();
        let before = file.entries.len();
        let mut needed = std::collections::HashSet::new();
        for looked in looked {
            needed.extend(looked.findings.iter().map(|finding| self.fingerprint(finding)));
            needed.extend(looked.skips.iter().filter_map(|skip| self.skip_fingerprint(skip)));
        }
        file.entries.retain(|name, _| needed.contains(name));
        let gone = before - file.entries.len();
        (file, gone)
    }
}

/// An entry of today.
pub fn new(rule: &str, today: Date, until: Option<Date>, reason: &str) -> Entry {
    Entry { rule: rule.into(), added: today, until, reason: reason.into(), line: 0 }
}
