//! The old side of a change: what a file had before does not block again. Asked for findings alone, so most scans never come here.

use std::collections::HashMap;
use std::path::Path;

use super::batch::Objects;
use super::object::Id;
use crate::scan::{Hit, Result, Scanner, Scratch};

/// A rule and a value, by the hash of both: values are not kept.
type Known = [u8; 32];

/// The blobs of old sides, each looked into once.
#[derive(Debug)]
pub(super) struct OldSides<'a> {
    scanner: &'a Scanner,
    pub objects: Objects,
    scratch: Scratch,
    looked: HashMap<Id, Vec<Known>>,
}

impl<'a> OldSides<'a> {
    pub fn new(directory: &Path, scanner: &'a Scanner) -> Self {
        Self { scanner, objects: Objects::new(directory), scratch: Scratch::default(), looked: HashMap::new() }
    }

    /// Had this blob the value already? One that cannot be read had nothing, so that what was found blocks.
    pub fn had(&mut self, blob: Id, path: &[u8], hit: &Hit) -> Result<bool> {
        if !self.looked.contains_key(&blob) {
            let text = self.objects.read(&blob.hex())?.map(|(_, _, text)| text).unwrap_or_default();
            let found = self.scanner.look(&text, Some(path), &mut self.scratch);
            self.looked.insert(blob, found.hits.iter().map(known).collect());
        }
        Ok(self.looked[&blob].contains(&known(hit)))
    }
}

fn known(hit: &Hit) -> Known {
    let mut text = hit.rule.id.as_bytes().to_vec();
    text.push(0);
    text.extend_from_slice(hit.value.expose().as_bytes());
    crate::base::crypto::sha256(&text)
}
