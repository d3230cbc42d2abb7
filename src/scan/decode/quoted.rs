//! Quoted-printable as in mail (RFC 2045 §6.7): `=5F`, and lines broken by a `=` at their end. Runs only for texts that say that they have
//! it, as mails must: elsewhere a `=` with two digits behind it is no mark.

use memchr::memmem;

use super::marks::{Mark, Way, hex, line_end};
use super::{Opened, Origin, View};

/// How they say it.
pub(super) const SAID: [&str; 3] = ["quoted-printable", "QUOTED-PRINTABLE", "Quoted-Printable"];

pub(super) fn open(text: &[u8], each: &mut dyn FnMut(Opened<'_>)) {
    if !SAID.iter().any(|said| memmem::find(text, said.as_bytes()).is_some()) {
        return;
    }
    Way { lead: b'=', read }.open(text, &mut |stretch| {
        each(Opened { view: View::QuotedPrintable, bytes: stretch.decoded, origin: Origin::At(stretch.at) });
    });
}

fn read(text: &[u8], at: usize) -> Option<Mark> {
    if let Some(end) = line_end(text, at + 1) {
        return Some(Mark::nothing(1 + end));
    }
    let byte = u8::try_from(hex(text, at + 1, 2)?).ok()?;
    Some(Mark::byte(3, byte))
}
