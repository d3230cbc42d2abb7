//! References to characters as in HTML and XML: `&#95;`, `&#x5f;`, and those names that stand for what a secret has, or that stand beside
//! one (HTML standard §13.5). Runs for every text with a `&` in it.

use super::marks::{Mark, Way, hex};
use super::{Opened, Origin, View};

pub(super) fn open(text: &[u8], each: &mut dyn FnMut(Opened<'_>)) {
    Way { lead: b'&', read }.open(text, &mut |stretch| {
        each(Opened { view: View::Html, bytes: stretch.decoded, origin: Origin::At(stretch.at) });
    });
}

const NAMES: [(&[u8], u8); 15] = [
    (b"amp;", b'&'),
    (b"apos;", b'\''),
    (b"colon;", b':'),
    (b"commat;", b'@'),
    (b"dollar;", b'$'),
    (b"equals;", b'='),
    (b"gt;", b'>'),
    (b"lowbar;", b'_'),
    (b"lt;", b'<'),
    (b"nbsp;", b' '),
    (b"percnt;", b'%'),
    (b"period;", b'.'),
    (b"plus;", b'+'),
    (b"quot;", b'"'),
    (b"sol;", b'/'),
];

fn read(text: &[u8], at: usize) -> Option<Mark> {
    let rest = &text[at + 1..];
    match *rest.first()? {
        b'#' => number(text, at),
        b'a'..=b'z' => {
            let (name, byte) = NAMES.iter().find(|(name, _)| rest.starts_with(name))?;
            Some(Mark::byte(1 + name.len(), *byte))
        }
        _ => None,
    }
}

/// `&#95;` or `&#x5f;`: at most eight digits, which is more than any character needs.
fn number(text: &[u8], at: usize) -> Option<Mark> {
    let hexadecimal = matches!(text.get(at + 2)?, b'x' | b'X');
    let begin = at + 2 + usize::from(hexadecimal);
    let digits = text.get(begin..)?.iter().take(9).position(|byte| *byte == b';').filter(|digits| *digits > 0)?;
    let number = if hexadecimal {
        hex(text, begin, digits)?
    } else {
        let digits = &text[begin..begin + digits];
        digits.iter().try_fold(0u32, |number, digit| Some(number * 10 + char::from(*digit).to_digit(10)?))?
    };
    Mark::char(begin + digits + 1 - at, number)
}
