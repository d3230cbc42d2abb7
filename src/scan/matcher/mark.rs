//! Marks in a line that allow what a vendor's or a generic rule finds in it: our own with a reason, and those of two other scanners. Asked for hits
//! alone; never for keys of our own.

use std::ops::Range;

use memchr::memmem;

const OURS: &[u8] = b"keystead:allow";
const THEIRS: [&str; 2] = ["gitleaks:allow", "pragma: allowlist secret"];
/// A mark further away from the value than this is not looked for: a line may be as long as its file.
const AWAY_MAX: usize = 1024;
/// Characters of a reason that are kept.
const REASON_MAX: usize = 200;

/// Why a mark allows the value, if one does. It stands in the line in which the value begins; for a value of several lines, a private key
/// for instance, it may stand in the line before, too.
pub(super) fn reason(text: &[u8], value: &Range<usize>) -> Option<Box<str>> {
    let line = line_of(text, value.start, value.end);
    let several = text[value.clone()].contains(&b'\n');
    let before = (several && line.start > 0).then(|| line_of(text, line.start - 1, line.start - 1));
    [Some(line), before].into_iter().flatten().find_map(|line| mark_in(&text[line]))
}

/// The line around a place, its last part at most [`AWAY_MAX`] behind `until`.
fn line_of(text: &[u8], at: usize, until: usize) -> Range<usize> {
    let first = at.saturating_sub(AWAY_MAX);
    let begin = memchr::memrchr(b'\n', &text[first..at]).map_or(first, |newline| first + newline + 1);
    let last = text.len().min(until.saturating_add(AWAY_MAX));
    let end = memchr::memchr(b'\n', &text[at..last]).map_or(last, |newline| at + newline);
    begin..end
}

fn mark_in(line: &[u8]) -> Option<Box<str>> {
    let ours = memmem::find_iter(line, OURS).find_map(|at| written(&line[at + OURS.len()..]));
    ours.or_else(|| THEIRS.into_iter().find(|mark| memmem::find(line, mark.as_bytes()).is_some()).map(Into::into))
}

/// The reason behind our mark. Without one it allows nothing.
fn written(behind: &[u8]) -> Option<Box<str>> {
    // `keystead:allowed` is no mark.
    behind.first().filter(|byte| byte.is_ascii_whitespace() || **byte == b':')?;
    let text = String::from_utf8_lossy(behind);
    let mut reason = text.trim_start_matches(|c: char| c == ':' || c.is_whitespace()).trim_end();
    for closing in ["*/", "-->", "#}", "--%>", "*)"] {
        reason = reason.strip_suffix(closing).unwrap_or(reason).trim_end();
    }
    let reason: String = reason.chars().filter(|c| !c.is_control()).take(REASON_MAX).collect();
    reason.chars().any(char::is_alphanumeric).then(|| reason.into())
}
