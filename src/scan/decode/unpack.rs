//! Takes bytes out of a packed stream until it ends or the budget does. Runs for every member of an archive; never holds more than the
//! budget, whatever the archive says about its size.

use std::cell::Cell;
use std::io::Read;

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// Cut off, or not packed in this way.
    Broken,
    /// There is more than is left.
    More,
}

/// What it costs of the budget to open anything at all, in bytes: half a million of members take a second or two, as 256 MiB do.
const OPENING: u64 = 512;

/// Puts what it unpacks to behind `out`, and takes that off `left`.
pub(super) fn unpack(mut packed: impl Read, left: &Cell<u64>, out: &mut Vec<u8>) -> End {
    let Some(may) = left.get().checked_sub(OPENING) else {
        left.set(0);
        return End::More;
    };
    let before = out.len();
    let end = match packed.by_ref().take(may).read_to_end(out) {
        Err(_) => End::Broken,
        Ok(length) if length as u64 == may => match packed.read(&mut [0]) {
            Ok(0) => End::Whole,
            Ok(_) => End::More,
            Err(_) => End::Broken,
        },
        Ok(_) => End::Whole,
    };
    left.set(may - (out.len() - before) as u64);
    end
}
