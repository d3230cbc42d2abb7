//! Text that somebody else wrote, for a terminal: it may hold whatever a terminal would obey, and is only shown. Runs for everything that is
//! printed.

/// Control characters and marks of direction become U+FFFD.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || reorders(c) { '\u{fffd}' } else { c }).collect()
}

/// JSON leaves DEL, the C1 controls and marks of direction as they are; inside of strings, where alone they can stand, they may be escaped.
/// Line ends stay: between the values of a text in several lines.
pub fn printable_json(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() && c != '\n') || reorders(c) {
            let _ = std::fmt::Write::write_fmt(&mut printable, format_args!("\\u{:04x}", u32::from(c)));
        } else {
            printable.push(c);
        }
    }
    printable
}

/// Marks that turn text around them about (Unicode UAX 9 section 2): a name could so show as another one.
fn reorders(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
