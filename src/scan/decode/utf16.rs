//! UTF-16, with and without a mark of its order: whole files (PowerShell, .reg), and words of it in the middle of anything, at odd offsets
//! too (programs for Windows). Runs for every text with a NUL in it.

use super::{Opened, Origin, View};

/// The shortest run that is decoded, in characters: no secret is shorter.
const RUN_MIN: usize = 12;
/// How far apart it is looked for one, in bytes. A run has at least `2 * RUN_MIN - 1` bytes, and three are looked at.
const STRIDE: usize = 2 * RUN_MIN - 3;

pub(super) fn open(text: &[u8], each: &mut dyn FnMut(Opened<'_>)) {
    let Some(nul) = memchr::memchr(0, text) else { return };
    let whole = whole(text);
    if let Some(decoded) = &whole {
        each(Opened { view: View::Utf16, bytes: decoded.as_bytes(), origin: Origin::Own });
    }
    // The whole has the characters at even places, in whichever order.
    let skipped = whole.is_some().then(|| usize::from(text[0] == 0xfe));
    let mut decoded = Vec::new();
    let mut at = nul.saturating_sub(2);
    while at + 3 <= text.len() {
        let Some(char) = char_at(text, at) else {
            at += STRIDE;
            continue;
        };
        let (first, last) = run(text, char);
        at = last + 1;
        if last - first < 2 * (RUN_MIN - 1) || skipped == Some(first % 2) {
            continue;
        }
        decoded.clear();
        decoded.extend(text[first..=last].iter().step_by(2));
        let origin = if first <= 1 { Origin::Own } else { Origin::At(first) };
        each(Opened { view: View::Utf16, bytes: &decoded, origin });
    }
}

/// All of it, if it begins with the mark of an order: FF FE or FE FF.
fn whole(text: &[u8]) -> Option<String> {
    let read = match text {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (units, _) = text[2..].as_chunks::<2>();
    let chars = char::decode_utf16(units.iter().map(|unit| read(*unit)));
    Some(chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// A character of a run in these three bytes.
fn char_at(text: &[u8], at: usize) -> Option<usize> {
    match text[at..at + 3] {
        [one, 0, two] if is_text(one) && is_text(two) => Some(at),
        [0, one, 0] if is_text(one) => Some(at + 1),
        _ => None,
    }
}

/// The first and the last character of the run around one: characters with one NUL between each two, whatever the order is.
fn run(text: &[u8], char: usize) -> (usize, usize) {
    let (mut first, mut last) = (char, char);
    while first >= 2 && text[first - 1] == 0 && is_text(text[first - 2]) {
        first -= 2;
    }
    while last + 2 < text.len() && text[last + 1] == 0 && is_text(text[last + 2]) {
        last += 2;
    }
    (first, last)
}

fn is_text(byte: u8) -> bool {
    matches!(byte, 0x20..0x7f | b'\t' | b'\n' | b'\r')
}
