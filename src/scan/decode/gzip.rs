//! gzip (RFC 1952): one member or several, with anything before and behind. Runs where its magic stands.

use std::cell::Cell;

use flate2::bufread::GzDecoder;

use super::unpack::{End, unpack, unpacks_far};
use super::{Opened, Origin, View};

/// Magic and the only method that there is.
pub(super) const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// The magic stands at the begin: can it be one? The three highest flags are always 0, and the header has ten bytes.
pub(super) fn is_one(text: &[u8]) -> bool {
    text.len() > 10 && text[3] & 0xe0 == 0
}

/// What the members came to.
#[derive(Debug)]
pub(super) struct Done {
    pub end: End,
    pub unpacked: usize,
    /// Bytes of the members that were whole.
    pub whole: usize,
    /// It broke where the text ends.
    pub is_cut: bool,
}

/// Does what begins here unpack, as far as that is tried?
pub(super) fn unpacks(text: &[u8], left: &Cell<u64>) -> bool {
    is_one(text) && unpacks_far(&mut GzDecoder::new(text), left) != End::Broken
}

/// Opens the members that stand at the begin: together they are one content.
pub(super) fn open(text: &[u8], left: &Cell<u64>, each: &mut dyn FnMut(Opened<'_>)) -> Done {
    let mut out = Vec::new();
    let (mut rest, mut end, mut is_cut) = (text, End::Whole, false);
    while rest.starts_with(MAGIC) && is_one(rest) {
        let mut member = GzDecoder::new(rest);
        end = unpack(&mut member, left, &mut out);
        if end != End::Whole {
            is_cut = member.into_inner().is_empty();
            break;
        }
        rest = member.into_inner();
    }
    if !out.is_empty() {
        each(Opened { view: View::Gzip, bytes: &out, origin: Origin::Own });
    }
    Done { end, unpacked: out.len(), whole: text.len() - rest.len(), is_cut }
}
