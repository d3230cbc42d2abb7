//! A block of lines in a file that belongs to somebody else (husky's, lefthook's): put in at its end, and taken out byte for byte.

use std::path::Path;

use crate::scan::{Failed, Result};

const BEGIN: &str = "# >>> keystead: `keystead hook uninstall` takes this out";
/// The same where the file had no line end at its end, so that this line brought one.
const BEGIN_JOINED: &str = "# >>> keystead, behind a line end of its own: `keystead hook uninstall` takes this out";
const END: &str = "# <<< keystead\n";

/// The file with the block in it, whatever block was there before.
pub fn with(text: &str, lines: &str) -> String {
    let text = without(text);
    let (begin, joint) = if text.is_empty() || text.ends_with('\n') { (BEGIN, "") } else { (BEGIN_JOINED, "\n") };
    format!("{text}{joint}{begin}\n{lines}{END}")
}

/// The file without it, as it was before.
pub fn without(text: &str) -> String {
    let Some((at, joined)) = find(text) else { return text.to_owned() };
    let Some(end) = text[at..].find(END).map(|end| at + end + END.len()) else { return text.to_owned() };
    let mut before = &text[..at];
    if joined {
        before = before.strip_suffix('\n').unwrap_or(before);
    }
    format!("{before}{}", &text[end..])
}

pub fn is_in(text: &str) -> bool {
    find(text).is_some()
}

fn find(text: &str) -> Option<(usize, bool)> {
    let plain = text.find(BEGIN).map(|at| (at, false));
    plain.or_else(|| text.find(BEGIN_JOINED).map(|at| (at, true)))
}

/// Reads a file that may be absent.
pub fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failed::new(format!("{}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_comes_out_byte_for_byte() {
        for text in ["", "a", "a\n", "a\r\nb", "a\n\n", "#!/bin/sh\nexit 0"] {
            let once = with(text, "keystead hook run\n");
            assert!(is_in(&once) && once.contains("\nkeystead hook run\n"), "{once}");
            assert_eq!(with(&once, "keystead hook run\n"), once, "twice is once");
            assert_eq!(without(&once), text);
            assert_eq!(without(&format!("{once}later\n")).strip_suffix("later\n"), Some(text));
        }
    }
}
