//! ZIP (PKWARE's APPNOTE 6.3.10), read by the headers that stand before each member and not by the directory at the end: so a member that
//! the directory hides is opened too, and one in a file that was cut off, appended to, or put in the middle of another. Sizes are believed
//! only where a member is stored, and no further than the text goes. Runs where a header's magic stands.

use std::borrow::Cow;
use std::cell::Cell;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;

use super::unpack::{End, unpack, unpacks_far};
use super::{Opened, Origin, View, Why};

/// Begin of a member's header (4.3.7).
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
/// Begin of what stands behind the directory (4.3.16).
const DIRECTORY_END: &[u8] = b"PK\x05\x06";
/// Begin of a member's entry in the directory (4.3.12), and of what stands between a large directory and its end (4.3.15).
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCATOR: &[u8] = b"PK\x06\x07";
const HEADER: usize = 30;
/// Begin of what may follow a member whose sizes are not stated before it (4.3.9).
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const ENCRYPTED: u16 = 1;
/// Sizes and checksum stand behind the member.
const STATED_BEHIND: u16 = 8;

/// What stands before a member.
#[derive(Debug)]
pub(super) struct Header<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    crc: u32,
    /// Bytes that it has in the archive, as is stated.
    packed: u64,
    /// Where these begin.
    at: usize,
}

/// How a member ended.
#[derive(Debug)]
pub(super) struct Done {
    pub why: Option<Why>,
    /// Where to go on.
    pub end: usize,
    /// Bytes that it unpacked to.
    pub unpacked: usize,
    /// It went on where the text ends.
    pub is_cut: bool,
}

/// The content of a member that is not packed.
struct Stored<'a> {
    content: &'a [u8],
    /// It is what was stored, as far as can be said.
    whole: bool,
    why: Option<Why>,
}

fn u16_at(text: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*text.get(at..)?.first_chunk()?))
}

fn u32_at(text: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*text.get(at..)?.first_chunk()?))
}

impl<'a> Header<'a> {
    /// Reads the one at the begin of `text`. None if it cannot be one: the magic alone is four bytes that may stand anywhere.
    pub fn read(text: &'a [u8]) -> Option<Self> {
        // 4.4.3.2: the versions that there are end with 6.3; the methods of 4.4.5.
        let version = u16_at(text, 4)? & 0xff;
        let method = u16_at(text, 8)?;
        if version > 63 || !matches!(method, 0..=20 | 92..=99) {
            return None;
        }
        let (name, extra) = (usize::from(u16_at(text, 26)?), usize::from(u16_at(text, 28)?));
        let at = HEADER + name + extra;
        let (name, extra) = text.get(HEADER..at)?.split_at(name);
        let packed = match u32_at(text, 18)? {
            u32::MAX => packed_64(extra).unwrap_or(u64::from(u32::MAX)),
            packed => u64::from(packed),
        };
        Some(Self { name, flags: u16_at(text, 6)?, method, crc: u32_at(text, 14)?, packed, at })
    }

    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Hands over the name and the content; `text` begins with the header.
    pub fn open(&self, text: &[u8], left: &Cell<u64>, each: &mut dyn FnMut(Opened<'_>)) -> Done {
        let name: Cow<'_, str> = String::from_utf8_lossy(self.name);
        let mut hand =
            |bytes: &[u8]| each(Opened { view: View::Zip(name.as_ref().into()), bytes, origin: Origin::Own });
        hand(self.name);
        let packed = &text[self.at..];
        match self.method {
            _ if self.has(ENCRYPTED) => self.closed(packed),
            0 => {
                let stored = self.stored(packed);
                hand(stored.content);
                let end = self.at + if stored.whole { stored.content.len() } else { 0 };
                let is_cut = self.goes_beyond(packed);
                Done { why: stored.why, end, unpacked: stored.content.len(), is_cut }
            }
            8 => {
                let mut out = Vec::new();
                let mut inflating = DeflateDecoder::new(packed);
                let end = unpack(&mut inflating, left, &mut out);
                let behind = inflating.into_inner();
                if !out.is_empty() {
                    hand(&out);
                }
                let why = match end {
                    End::More => Some(Why::Bomb),
                    End::Whole if self.is(&out, behind) => None,
                    End::Whole | End::Broken => Some(Why::Closed),
                };
                // Where it broke is not where it ends: members may stand in what was taken for this one.
                let end = if end == End::Whole { text.len() - behind.len() } else { self.at };
                Done { why, end, unpacked: out.len(), is_cut: behind.is_empty() }
            }
            _ => self.closed(packed),
        }
    }

    fn closed(&self, packed: &[u8]) -> Done {
        let length = usize::try_from(self.packed).unwrap_or(usize::MAX).min(packed.len());
        Done { why: Some(Why::Closed), end: self.at + length, unpacked: 0, is_cut: false }
    }

    /// Is more of it stated than there is?
    fn goes_beyond(&self, packed: &[u8]) -> bool {
        usize::try_from(self.packed).map_or(true, |stated| stated > packed.len())
    }

    /// Is it packed in the way that is unpacked here?
    pub fn is_deflated(&self) -> bool {
        self.method == 8 && !self.has(ENCRYPTED)
    }

    /// Is there a member in truth, and not four bytes by accident? It unpacks; or, where it is stored, encrypted or packed in another way, it has
    /// a name that a file can have, and its checksum is right, another part of the archive stands behind it, or it goes on beyond the text.
    pub fn stands(&self, text: &[u8], left: &Cell<u64>) -> bool {
        let packed = &text[self.at..];
        if self.is_deflated() {
            return unpacks_far(&mut DeflateDecoder::new(packed), left) != End::Broken;
        }
        // A writer of old has names in an encoding of old.
        if self.name.is_empty() || self.name.iter().any(u8::is_ascii_control) {
            return false;
        }
        if self.goes_beyond(packed) || (self.packed == 0 && self.has(STATED_BEHIND)) {
            return true;
        }
        let (content, behind) = packed.split_at(usize::try_from(self.packed).unwrap_or(packed.len()));
        let is_part = matches!(behind, [b'P', b'K', 1, 2, ..] | [b'P', b'K', 3, 4, ..] | [b'P', b'K', 7, 8, ..]);
        is_part || (self.method == 0 && self.is(content, behind))
    }

    /// What a stored member has. Where its size is not stated it goes to the next magic: an archive in it ends it early, and is found where
    /// it goes on. Where its checksum does not bear its size out, it is gone on in it as well: it may have been made to cover the next one.
    fn stored<'t>(&self, packed: &'t [u8]) -> Stored<'t> {
        if self.packed == 0 && self.has(STATED_BEHIND) {
            let is_next = |at: &usize| matches!(packed.get(at + 2..at + 4), Some([1, 2] | [3, 4] | [7, 8]));
            let next = memmem::find_iter(packed, b"PK").find(is_next);
            let content = &packed[..next.unwrap_or(packed.len())];
            return Stored { content, whole: true, why: next.is_none().then_some(Why::Closed) };
        }
        let stated = usize::try_from(self.packed).unwrap_or(usize::MAX);
        let (content, behind) = packed.split_at(stated.min(packed.len()));
        let whole = stated <= packed.len() && self.is(content, behind);
        Stored { content, whole, why: (!whole).then_some(Why::Closed) }
    }

    /// Is the content the one that the checksum was made of? What was unpacked otherwise than its writer meant was not looked into.
    fn is(&self, content: &[u8], behind: &[u8]) -> bool {
        let is = crc32fast::hash(content);
        if !self.has(STATED_BEHIND) {
            // Some write none here, and the right one in the directory.
            return self.crc == is || self.crc == 0;
        }
        // The magic before it is customary and not required.
        u32_at(behind, 0) == Some(is) || (behind.starts_with(DESCRIPTOR) && u32_at(behind, 4) == Some(is))
    }
}

/// Where the last directory ends that has an entry. Programs that write ZIP have its magics in them, and no directory.
pub(super) fn last_directory(text: &[u8]) -> Option<usize> {
    let stands = |at: usize, magic: &[u8]| text[at..].starts_with(magic);
    let is_one = |end: &usize| {
        let size = u32_at(text, end + 12).and_then(|size| usize::try_from(size).ok());
        let begin = size.and_then(|size| end.checked_sub(size));
        begin.is_some_and(|at| stands(at, ENTRY)) || end.checked_sub(20).is_some_and(|at| stands(at, LOCATOR))
    };
    memmem::find_iter(text, DIRECTORY_END).filter(is_one).last()
}

/// The packed size in the field 0x0001 (4.5.3), which stands behind the other one in a member's header.
fn packed_64(mut extra: &[u8]) -> Option<u64> {
    loop {
        let (id, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let field = extra.get(4..4 + length)?;
        if id == 1 {
            return Some(u64::from_le_bytes(*field.get(8..)?.first_chunk()?));
        }
        extra = &extra[4 + length..];
    }
}
