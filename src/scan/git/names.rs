//! Names in trees. A folder has a tree for every commit that touched it, nearly all with the same names: each name is looked at once, and
//! many at a time. Runs for every tree of a scan.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::look::{Sight, Sights};
use super::object::{Id, Type};
use crate::scan::{Scanner, Scratch};

/// Names are looked at in one text of about this many bytes.
const TEXT: usize = 64 * 1024;

/// Names that were not looked at yet, and which ones ever were: by hash, eight bytes each. Keyed anew for every scan, so that nobody can
/// make a name whose hash is another's.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashSet<u64>,
    hasher: RandomState,
    text: Vec<u8>,
    places: Vec<(Id, std::ops::Range<usize>)>,
}

impl Names {
    /// Takes the names of a tree: `<mode> <name>\0<id>`, as many as there are.
    pub fn tree(&mut self, id: Id, mut tree: &[u8]) {
        while let Some(end) = memchr::memchr(0, tree) {
            let entry = &tree[..end];
            let name = memchr::memchr(b' ', entry).map_or(entry, |at| &entry[at + 1..]);
            self.name(id, name);
            tree = tree.get(end + 1 + id.length()..).unwrap_or_default();
        }
    }

    pub fn name(&mut self, id: Id, name: &[u8]) {
        if self.known.insert(self.hasher.hash_one(name)) {
            let begin = self.text.len();
            self.text.extend_from_slice(name);
            self.places.push((id, begin..self.text.len()));
            self.text.push(b'\n');
        }
    }

    pub fn look_if_many(&mut self, scanner: &Scanner, scratch: &mut Scratch, sights: &mut Sights) {
        if self.text.len() >= TEXT {
            self.look(scanner, scratch, sights);
        }
    }

    /// Looks at what has come together. Only where there is something in it, at each name.
    pub fn look(&mut self, scanner: &Scanner, scratch: &mut Scratch, sights: &mut Sights) {
        sights.seen.texts += self.places.len() as u64;
        let together = scanner.look(&self.text, None, scratch);
        if !together.hits.is_empty() || !together.skips.is_empty() {
            for (id, range) in &self.places {
                let name = &self.text[range.clone()];
                let found = scanner.look(name, None, scratch);
                if !found.hits.is_empty() || !found.skips.is_empty() {
                    sights.all.push(Sight { id: *id, kind: Type::Tree, path: Some(name.into()), found });
                }
            }
        }
        self.text.clear();
        self.places.clear();
    }
}
