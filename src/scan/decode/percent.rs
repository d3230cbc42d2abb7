//! Percent-encoding as in addresses and forms: `%5F` (RFC 3986 §2.1), and `+` for a space. Runs for every text with a `%` in it.

use super::marks::{Mark, Way, hex};
use super::{Opened, Origin, View};

pub(super) fn open(text: &[u8], each: &mut dyn FnMut(Opened<'_>)) {
    let way = Way { lead: b'%', read };
    way.open(text, &mut |stretch| {
        let mut hand = |bytes: &[u8]| each(Opened { view: View::Percent, bytes, origin: Origin::At(stretch.at) });
        hand(stretch.decoded);
        // A form has `+` for a space; elsewhere it is itself, and secrets have it. Nobody says which it is: both.
        if stretch.raw.contains(&b'+') {
            let form: Vec<u8> = stretch.raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
            hand(&way.whole(&form));
        }
    });
}

fn read(text: &[u8], at: usize) -> Option<Mark> {
    let byte = u8::try_from(hex(text, at + 1, 2)?).ok()?;
    Some(Mark::byte(3, byte))
}
