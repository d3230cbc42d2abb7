//! From what was found in objects to findings with a place: which kind of text it is, what is new in it, and which findings are one.

use std::collections::HashMap;

use super::look::Wanted;
use super::object::Id;
use super::raw::LINK;
use crate::scan::matcher::Found;
use crate::scan::{Finding, Hit, Kind, Looked, MORE_MAX, Place, Skip, Standing, Why};

/// Objects that are not there and are named one by one; the rest of them is in no list, and the scan ends with 2 all the same.
const MISSING_MAX: usize = 100_000;

/// A place in an object.
pub(super) fn place(kind: Kind, path: Option<&[u8]>, id: Option<&Id>) -> Place {
    Place { kind, path: path.map(Into::into), object: id.map(|id| id.hex().into()), commit: None }
}

/// What kind of text a blob is, by its mode and path. The path of a note is the id that it speaks of, with slashes in it.
pub(super) fn kind(mode: u32, path: &[u8]) -> Kind {
    if mode == LINK {
        return Kind::Link;
    }
    let digits = path.iter().filter(|byte| **byte != b'/').count();
    let is_id = path.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'/'));
    if is_id && matches!(digits, 40 | 64) { Kind::Note } else { Kind::Content }
}

/// Takes a hit that is new, or one that the old side had.
pub(super) fn take(looked: &mut Looked, place: &Place, hit: Hit, is_new: bool) {
    looked.take(place, Found { hits: vec![hit], ..Found::default() });
    if let Some(finding) = looked.findings.last_mut().filter(|_| !is_new) {
        finding.standing = Standing::Old;
    }
}

/// Says what in an object could not be opened.
pub(super) fn skips(looked: &mut Looked, place: &Place, found: &Found) {
    looked.take(place, Found { hits: Vec::new(), skips: found.skips.clone(), content: found.content });
}

/// Says what is not there.
pub(super) fn missing(looked: &mut Looked, missing: &[Wanted], why: Why) {
    for wanted in missing.iter().take(MISSING_MAX) {
        let place = place(Kind::Content, wanted.path.as_deref(), Some(&wanted.id));
        looked.skips.push(Skip { place, why, content: None, accepted: None });
    }
}

/// Makes one finding of all with the same rule, value and (unless `anywhere`) path: a file has as many blobs as versions. The first one
/// that is new stays, the other places are named with it.
pub(super) fn gather(looked: &mut Looked, anywhere: bool) {
    let mut known: HashMap<[u8; 32], usize> = HashMap::new();
    let mut gathered: Vec<Finding> = Vec::new();
    for finding in looked.findings.drain(..) {
        let path = finding.place.path.as_deref().filter(|_| !anywhere);
        let key = crate::base::crypto::sha256(
            &[finding.hit.rule.id.as_bytes(), finding.hit.value.expose().as_bytes(), path.unwrap_or_default()].join(&0),
        );
        let Some(&at) = known.get(&key) else {
            known.insert(key, gathered.len());
            gathered.push(finding);
            continue;
        };
        let one = &mut gathered[at];
        let mut other = finding;
        if one.standing == Standing::Old && other.standing != Standing::Old {
            std::mem::swap(&mut other.more, &mut one.more);
            std::mem::swap(&mut other.unnamed, &mut one.unnamed);
            std::mem::swap(one, &mut other);
        }
        if other.place == one.place || one.more.contains(&other.place) {
            continue;
        }
        if one.more.len() < MORE_MAX {
            one.more.push(other.place);
        } else {
            one.unnamed += 1;
        }
    }
    looked.findings = gathered;
}
