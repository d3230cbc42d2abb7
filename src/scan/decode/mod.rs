//! Opens what is packed: base64, percent and JSON escapes, UTF-16, gzip and zip, one in another up to [`DEPTH_MAX`]. Runs for every text,
//! behind cheap signs that there is something to open. Whatever it does not open wholly, it says.

use std::cell::Cell;

use super::{View, Why};

/// Layers that are taken off, one in another.
pub const DEPTH_MAX: usize = 3;
/// Bytes that the archives of one text unpack to, together.
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

/// Opens one layer of a text and hands over each thing that was in it, in no order. `left` counts down from [`UNPACKED_MAX`] and is shared
/// with the layers below, which `each` may open in turn. A reason may come more than once.
pub fn open(_text: &[u8], _left: &Cell<u64>, _each: &mut dyn FnMut(Opened<'_>)) -> Vec<Why> {
    Vec::new()
}

/// Is there an archive in it that [`open`] would unpack? Asked at the last depth, where nothing more is opened.
pub fn something_to_open(_text: &[u8]) -> bool {
    false
}
