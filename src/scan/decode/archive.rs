//! Finds archives anywhere in a text, and says of those that are not opened that they are closed. Runs where there is a magic; archives do
//! not stand in each other here, since a member is opened as a text of its own.

use std::cell::{Cell, LazyCell};
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::unpack::{ACCIDENT_MAX, End};
use super::zip::Header;
use super::{Opened, UNPACKED_MAX, Why, gzip, zip};

static GZIP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(gzip::MAGIC));
static ZIP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(zip::MAGIC));

/// Archives that are not opened, by what they begin with.
const CLOSED: [&[u8]; 9] = [
    b"\xfd7zXZ\0",         // xz
    b"\x28\xb5\x2f\xfd",   // Zstandard
    b"7z\xbc\xaf\x27\x1c", // 7-Zip
    b"Rar!\x1a\x07",       // RAR
    b"\x04\x22\x4d\x18",   // LZ4
    b"\x1f\x9d",           // compress
    b"LZIP\x01",           // lzip
    b"MSCF\0\0\0\0",       // Cabinet
    b"xar!\0\x1c",         // xar
];
/// bzip2 has its block size, a digit, between these two.
const BZIP2: (&[u8], &[u8]) = (b"BZh", b"1AY&SY");

/// An archive that may be one: where it begins.
enum Magic<'a> {
    Gzip,
    Zip(Option<Header<'a>>),
}

/// Where magics stand, in order.
struct Magics<'a> {
    text: &'a [u8],
    gzip: Option<usize>,
    zip: Option<usize>,
}

impl<'a> Magics<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, gzip: GZIP.find(text), zip: ZIP.find(text) }
    }

    /// The first at `from` or behind.
    fn next(&mut self, from: usize) -> Option<(usize, Magic<'a>)> {
        let again = |finder: &Finder<'_>, last: Option<usize>| {
            let last = last?;
            if last >= from { Some(last) } else { Some(from + finder.find(self.text.get(from..)?)?) }
        };
        self.gzip = again(&GZIP, self.gzip);
        self.zip = again(&ZIP, self.zip);
        match (self.gzip, self.zip) {
            (Some(gzip), zip) if zip.is_none_or(|zip| gzip < zip) => Some((gzip, Magic::Gzip)),
            (_, Some(zip)) => Some((zip, Magic::Zip(Header::read(&self.text[zip..])))),
            (_, None) => None,
        }
    }
}

/// Opens those that begin within `own`, and puts to `whys` why one was not, or not wholly. Where the text goes on behind what is here of it, an
/// archive that ends there was longer than is held in memory.
pub(super) fn open(
    text: &[u8],
    own: &Range<usize>,
    left: &Cell<u64>,
    each: &mut dyn FnMut(Opened<'_>),
    whys: &mut Vec<Why>,
) {
    let mut magics = Magics::new(text);
    let mut from = own.start;
    let goes_on = own.end < text.len();
    let closed = |is_cut: bool| if goes_on && is_cut { Why::Bomb } else { Why::Closed };
    // Where the last directory of a ZIP is: what stands before it is meant to be one, and so is a whole text.
    let directory = LazyCell::new(|| zip::last_directory(text));
    let is_meant = |at: usize| at == 0 || directory.is_some_and(|directory| at < directory);
    // A member was opened: what looks like one more is meant to be one.
    let mut zipped = false;
    while let Some((at, magic)) = magics.next(from).filter(|(at, _)| own.contains(at)) {
        match magic {
            Magic::Gzip if !gzip::is_one(&text[at..]) => {
                whys.extend((at == 0).then_some(Why::Closed));
                from = at + gzip::MAGIC.len();
            }
            Magic::Gzip | Magic::Zip(Some(_)) if left.get() == 0 => {
                whys.push(Why::Bomb);
                return;
            }
            Magic::Gzip => {
                let done = gzip::open(&text[at..], left, each);
                whys.extend(match done.end {
                    End::Whole => None,
                    End::More => Some(Why::Bomb),
                    End::Broken => {
                        let is_meant = at == 0 || done.whole > 0 || done.unpacked > ACCIDENT_MAX;
                        is_meant.then_some(closed(done.is_cut))
                    }
                });
                from = at + done.whole + if done.end == End::Whole { 0 } else { gzip::MAGIC.len() };
            }
            Magic::Zip(None) => {
                whys.extend((zipped || is_meant(at)).then_some(Why::Closed));
                from = at + zip::MAGIC.len();
            }
            // What is not packed is in the text as it is, so that nothing is lost with an accident.
            Magic::Zip(Some(header))
                if !(header.is_deflated() || zipped || is_meant(at) || header.stands(&text[at..], left)) =>
            {
                from = at + zip::MAGIC.len();
            }
            Magic::Zip(Some(header)) => {
                let done = header.open(&text[at..], left, each);
                let broke = done.why == Some(Why::Closed) && done.unpacked <= ACCIDENT_MAX;
                let accident = broke && !zipped && !is_meant(at);
                let why = done.why.map(|why| if why == Why::Closed { closed(done.is_cut) } else { why });
                whys.extend(why.filter(|_| !accident));
                zipped |= !accident;
                from = at + if accident { zip::MAGIC.len() } else { done.end };
            }
        }
    }
}

/// Is there one? A magic may stand anywhere by accident, as in every program that reads archives: behind one in the middle of a text, it is
/// tried whether anything unpacks, as often as the budget of a text allows.
pub(super) fn is_in(text: &[u8]) -> bool {
    let mut magics = Magics::new(text);
    let (mut from, left) = (0, Cell::new(UNPACKED_MAX));
    while let Some((at, magic)) = magics.next(from) {
        let is_one = match &magic {
            _ if left.get() == 0 => true,
            Magic::Gzip if at == 0 => gzip::is_one(text),
            Magic::Gzip => gzip::unpacks(&text[at..], &left),
            Magic::Zip(Some(header)) => at == 0 || header.stands(&text[at..], &left),
            Magic::Zip(None) => false,
        };
        if is_one {
            return true;
        }
        from = at + 1;
    }
    false
}

/// Does one begin here, as far as can be said by its first sixteen bytes?
pub(super) fn begins(text: &[u8]) -> bool {
    text.starts_with(zip::MAGIC) || (text.starts_with(gzip::MAGIC) && gzip::is_one(text))
}

/// Is it one that is not opened?
pub(super) fn is_closed(text: &[u8]) -> bool {
    let bzip2 =
        text.strip_prefix(BZIP2.0).is_some_and(|rest| rest.get(1..).is_some_and(|rest| rest.starts_with(BZIP2.1)));
    bzip2 || CLOSED.iter().any(|magic| text.starts_with(magic))
}
