//! Backslashes as in JSON, JavaScript, C, Python, YAML, shells and Markdown: `\u0073`, `\u{73}`, `\x73`, `\163`, `\/`, `\_`, `\n`, and a
//! backslash at the end of a line that goes on in the next. Runs for every text with a backslash in it.

use super::marks::{Mark, Way, hex, line_end};
use super::{Opened, Origin, View};

pub(super) fn open(text: &[u8], each: &mut dyn FnMut(Opened<'_>)) {
    Way { lead: b'\\', read }.open(text, &mut |stretch| {
        each(Opened { view: View::Escapes, bytes: stretch.decoded, origin: Origin::At(stretch.at) });
    });
}

fn read(text: &[u8], at: usize) -> Option<Mark> {
    match *text.get(at + 1)? {
        b'n' => Some(Mark::byte(2, b'\n')),
        b'r' => Some(Mark::byte(2, b'\r')),
        b't' => Some(Mark::byte(2, b'\t')),
        b'x' => Mark::char(4, hex(text, at + 2, 2)?),
        b'u' if text.get(at + 2) == Some(&b'{') => braced(text, at),
        b'u' => Mark::char(6, hex(text, at + 2, 4)?),
        b'U' => Mark::char(10, hex(text, at + 2, 8)?),
        b'0' | b'1' => octal(text, at),
        // Escaped once more: the next layer reads it, so it is part of the word.
        b'\\' => {
            let again = matches!(text.get(at + 2), Some(b'u' | b'x' | b'U' | b'/' | b'\\' | b'0' | b'1'));
            Some(Mark { joins: again, ..Mark::byte(2, b'\\') })
        }
        b'\n' | b'\r' => line_end(text, at + 1).map(|end| Mark::nothing(1 + end + indent(text, at + 1 + end))),
        other if other.is_ascii_punctuation() => Some(Mark::byte(2, other)),
        _ => None,
    }
}

/// `\u{5f}`: one to six digits.
fn braced(text: &[u8], at: usize) -> Option<Mark> {
    let digits = text.get(at + 3..)?.iter().take(7).position(|byte| *byte == b'}')?;
    if digits == 0 {
        return None;
    }
    Mark::char(digits + 4, hex(text, at + 3, digits)?)
}

/// `\137`: three digits, of ASCII alone. Fewer are references to groups of a regular expression.
fn octal(text: &[u8], at: usize) -> Option<Mark> {
    let digits = text.get(at + 1..at + 4)?;
    let number = digits.iter().try_fold(0u32, |number, digit| Some(number << 3 | char::from(*digit).to_digit(8)?))?;
    Mark::char(4, number)
}

/// YAML takes the next line without its indentation. So does this for the others: no secret has a space in it.
fn indent(text: &[u8], at: usize) -> usize {
    // Deeper than people indent.
    text[at..].iter().take(64).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
