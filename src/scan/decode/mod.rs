//! Opens what is packed: base64, escapes of several kinds, UTF-16, gzip and zip, one in another up to [`DEPTH_MAX`]. Runs for every text,
//! behind cheap signs that there is something to open. Whatever it does not open wholly, it says; nothing is written to disk, and no size
//! that an archive states is trusted.

mod archive;
mod base64;
mod escapes;
mod gzip;
mod html;
mod marks;
mod percent;
mod quoted;
mod unpack;
mod utf16;
mod zip;

use std::cell::Cell;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::packed::Searcher;

use super::{View, Why};

/// Layers that are taken off, one in another.
pub const DEPTH_MAX: usize = 3;
/// Bytes that the archives of one text unpack to, together. One of them is in memory at a time on each layer.
pub const UNPACKED_MAX: u64 = 256 * 1024 * 1024;

/// Where positions in an opened text count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It stood here in the outer text, which is what a person looks at.
    At(usize),
    /// It has lines of its own.
    Own,
}

/// What was opened.
#[derive(Debug)]
pub struct Opened<'a> {
    pub view: View,
    pub bytes: &'a [u8],
    pub origin: Origin,
}

/// What is looked for in one pass, since hardly any text has it. None on processors on which that would be slow.
static SIGNS: LazyLock<Option<Searcher>> =
    LazyLock::new(|| Searcher::new(quoted::SAID.map(str::as_bytes).into_iter().chain([gzip::MAGIC, zip::MAGIC])));

/// Opens one layer of a text and hands over each thing that was in it, in no order: not the whole text once more, but the parts of it that
/// read otherwise than they stand there, with what is around them. `left` counts down from [`UNPACKED_MAX`] and is shared with the layers
/// below, which `each` may open in turn. Of archives those are opened that begin within `own`: the others are in the next or last window of
/// the same text. A reason may come more than once.
pub fn open(text: &[u8], own: &Range<usize>, left: &Cell<u64>, each: &mut dyn FnMut(Opened<'_>)) -> Vec<Why> {
    percent::open(text, each);
    escapes::open(text, each);
    html::open(text, each);
    base64::open(text, each);
    utf16::open(text, each);
    let mut whys = Vec::new();
    whys.extend(archive::is_closed(text).then_some(Why::Closed));
    if SIGNS.as_ref().is_none_or(|signs| signs.find(text).is_some()) {
        quoted::open(text, each);
        archive::open(text, own, left, each, &mut whys);
    }
    whys
}

/// Is there an archive in it that [`open`] would unpack? Asked at the last depth, where nothing more is opened.
pub fn something_to_open(text: &[u8]) -> bool {
    archive::is_in(text)
}
