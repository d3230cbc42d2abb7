//! Who committed what, read from a commit itself: for what was found alone.

use std::collections::HashMap;
use std::sync::Arc;

use super::batch::Objects;
use super::object::{Id, Type};
use crate::scan::{CommitPlace, Result};

/// Commits that were read, each once.
#[derive(Debug, Default)]
pub(super) struct Commits(HashMap<Id, Option<Arc<CommitPlace>>>);

impl Commits {
    /// `None` where it cannot be read.
    pub fn place(&mut self, id: Id, objects: &mut Objects) -> Result<Option<Arc<CommitPlace>>> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let place = match objects.read(&id.hex())? {
            Some((_, Type::Commit, text)) => Some(Arc::new(read(&id, &text))),
            _ => None,
        };
        self.0.insert(id, place.clone());
        Ok(place)
    }
}

/// Headers stand before the first empty line: `author Name <mail> seconds zone`.
fn read(id: &Id, text: &[u8]) -> CommitPlace {
    let headers = text.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let (mut author, mut committed_at_s) = (Box::from(""), 0);
    for line in headers {
        if let Some(who) = line.strip_prefix(b"author ") {
            let end = memchr::memrchr(b'>', who).map_or(who.len(), |at| at + 1);
            author = String::from_utf8_lossy(&who[..end]).into();
        } else if let Some(who) = line.strip_prefix(b"committer ") {
            let when = memchr::memrchr(b'>', who).map_or(&[][..], |at| &who[at + 1..]);
            let seconds = String::from_utf8_lossy(when);
            committed_at_s = seconds.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default();
        }
    }
    CommitPlace { id: id.hex().into(), author, committed_at_s }
}
