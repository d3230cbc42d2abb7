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

/// What begins like an archive in the middle of something, unpacks to less than this and then breaks was none: any deflate stream of random
/// bytes breaks after a few hundred bytes.
pub(super) const ACCIDENT_MAX: usize = 4096;

/// Takes bytes out as far as tells an archive from an accident: [`End::More`] where there are more than [`ACCIDENT_MAX`].
pub(super) fn unpacks_far(packed: &mut impl Read, left: &Cell<u64>) -> End {
    let may = Cell::new(left.get().min(OPENING + ACCIDENT_MAX as u64));
    let before = may.get();
    let end = unpack(packed, &may, &mut Vec::new());
    left.set(left.get() - (before - may.get()));
    end
}

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
