//! `.keystead-ignore`: a key, and one sorted line for each finding that may stay. Read once a scan, written by `scan allow` and
//! `scan baseline`. A line that is not understood fails the scan with its number: nothing is allowed, and nothing forgotten, by mistake.
//!
//! ```text
//! # What may stay …
//! key 5fa0c6d2…
//! <fingerprint> <rule> <date added> [until <date>] <reason>
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Fingerprint, Key};
use crate::base::Date;
use crate::scan::{Failed, Result};

/// Its name, at the root of a repository or folder.
pub const NAME: &str = ".keystead-ignore";
/// Bytes of the file: four times what the entries need when their reasons are of usual length.
pub const SIZE_MAX: u64 = 1024 * 1024;
/// Entries: 20,000 × 52 bytes without rule and reason are about the size above.
pub const ENTRIES_MAX: usize = 20_000;
/// Characters of a reason.
pub const REASON: std::ops::RangeInclusive<usize> = 4..=300;

/// Bytes of a rule's id.
const RULE_MAX: usize = 100;
/// Bytes of a key: the id of a commit in a SHA-256 repository.
const KEY_MAX: usize = 64;
/// What stands for the empty key.
const NO_KEY: &str = "none";
const HEAD: &str =
    "# Findings that may stay, one a line: fingerprint, rule, date, reason. /docs/scan-allow says how.\n";

/// One finding that may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub rule: Box<str>,
    pub added: Date,
    /// The last day on which it holds, in UTC.
    pub until: Option<Date>,
    pub reason: Box<str>,
    /// Where it was read, for people. 0 for a new one.
    pub line: usize,
}

/// The file.
#[derive(Debug, Clone, Default)]
pub struct File {
    pub key: Key,
    pub entries: BTreeMap<Fingerprint, Entry>,
    /// Comments above the key, as they were.
    head: String,
    /// Its lines end as Windows ends them.
    crlf: bool,
}

impl File {
    /// A new one, whose fingerprints are made with this key.
    pub fn new(key: Key) -> Self {
        Self { key, head: HEAD.into(), ..Self::default() }
    }

    /// Reads it. The errors name lines and repeat nothing of them.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() as u64 > SIZE_MAX {
            return Err(Failed::new(format!("{NAME} has more than {SIZE_MAX} bytes: `keystead scan baseline prune`")));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count() + 1;
            wrong(line, "it is not UTF-8: save the file as UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut file = Self { crlf: text.contains("\r\n"), ..Self::default() };
        let mut keyed = false;
        for (n, line) in text.split_terminator('\n').enumerate() {
            let (n, line) = (n + 1, line.strip_suffix('\r').unwrap_or(line));
            if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
                return Err(wrong(n, "a merge is not resolved here: keep the entries of both sides"));
            }
            if line.chars().any(|c| c.is_control() && c != '\t') {
                return Err(wrong(n, "a control character stands here: remove it"));
            }
            if line.trim().is_empty() {
                continue;
            }
            if !keyed && line.starts_with('#') {
                let _ = writeln!(file.head, "{line}");
            } else if let Some(key) = line.strip_prefix("key ").filter(|_| !keyed) {
                file.key = read_key(key.trim()).ok_or_else(|| {
                    wrong(
                        n,
                        "this is no key: \"key\" and the hexadecimal digits that `keystead scan allow` wrote there",
                    )
                })?;
                keyed = true;
            } else if !keyed {
                return Err(wrong(n, "the line \"key …\" must stand above the entries: take it from a former version"));
            } else {
                let (fingerprint, entry) = entry(n, line)?;
                if let Some(former) = file.entries.insert(fingerprint, entry) {
                    let text = format!("the fingerprint of line {} again: leave one of the two", former.line);
                    return Err(wrong(n, &text));
                }
            }
        }
        if file.entries.len() > ENTRIES_MAX {
            let text = format!("{NAME} has more than {ENTRIES_MAX} entries: `keystead scan baseline prune`");
            return Err(Failed::new(text));
        }
        if !keyed {
            return Err(Failed::new(format!(
                "{NAME}: the line \"key …\" is missing: take it from a former version, or delete the file"
            )));
        }
        Ok(file)
    }

    /// As it is written: sorted, so that two people's entries merge.
    pub fn text(&self) -> String {
        let mut text = self.head.clone();
        let key = if self.key.text().is_empty() { NO_KEY } else { self.key.text() };
        let _ = writeln!(text, "key {key}");
        for (fingerprint, entry) in &self.entries {
            let Entry { rule, added, until, reason, .. } = entry;
            let until = until.map(|date| format!("until {date} ")).unwrap_or_default();
            let _ = writeln!(text, "{fingerprint} {rule} {added} {until}{reason}");
        }
        if self.crlf { text.replace('\n', "\r\n") } else { text }
    }
}

fn wrong(line: usize, what: &str) -> Failed {
    Failed::new(format!("{NAME}: line {line}: {what}"))
}

fn read_key(text: &str) -> Option<Key> {
    if text == NO_KEY {
        return Some(Key::default());
    }
    let fine = (1..=KEY_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fine.then(|| Key::of(text))
}

/// `<fingerprint> <rule> <date> [until <date>] <reason>`
fn entry(n: usize, line: &str) -> Result<(Fingerprint, Entry)> {
    let mut rest = line;
    let fingerprint = Fingerprint::parse(word(&mut rest))
        .ok_or_else(|| wrong(n, "it does not begin with a fingerprint of 32 hexadecimal digits"))?;
    let rule = word(&mut rest);
    if !is_rule(rule) {
        return Err(wrong(n, "behind the fingerprint stands no rule, as in github-pat"));
    }
    let added = Date::parse(word(&mut rest))
        .ok_or_else(|| wrong(n, "behind the rule stands no date of when it was added, as in 2027-01-31"))?;
    let mut until = None;
    if rest.split_whitespace().next() == Some("until") {
        word(&mut rest);
        let date = Date::parse(word(&mut rest));
        until = Some(date.ok_or_else(|| wrong(n, "behind \"until\" stands no date, as in 2027-01-31"))?);
    }
    let reason = reason(rest).map_err(|why| wrong(n, why))?;
    Ok((fingerprint, Entry { rule: rule.into(), added, until, reason, line: n }))
}

/// Takes the first word off.
fn word<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start();
    let (word, behind) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    *rest = behind;
    word
}

/// Could this be the id of a rule?
pub fn is_rule(text: &str) -> bool {
    (1..=RULE_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A reason as it is kept, or what is wrong with it.
pub fn reason(text: &str) -> Result<Box<str>, &'static str> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("a reason is one line without control characters");
    }
    if !REASON.contains(&text.chars().count()) {
        return Err("a reason of 4 to 300 characters is needed: why may it stay?");
    }
    if text.split_whitespace().next() == Some("until") {
        return Err("a reason cannot begin with \"until\": that is where a date would stand");
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME_1: &str = "0123456789abcdef0123456789abcdef";

    fn broken(text: &str) -> String {
        File::parse(text.as_bytes()).expect_err("it is broken").0
    }

    #[test]
    fn what_is_written_reads_back_and_is_the_same_again() {
        let mut file = File::new(Key::of("5fa0"));
        let entry = |until, reason: &str| Entry {
            rule: "github-pat".into(),
            added: Date::parse("2027-01-31").expect("a date"),
            until,
            reason: reason.into(),
            line: 0,
        };
        file.entries.insert(Fingerprint::parse(NAME_1).expect("digits"), entry(None, "an example of the vendor's"));
        let other = Fingerprint::parse(&NAME_1.replace('0', "f")).expect("digits");
        file.entries.insert(other, entry(Date::parse("2027-02-28"), "dead, and to be removed"));
        let text = file.text();
        let again = File::parse(text.as_bytes()).expect("own text");
        assert_eq!(again.text(), text);
        assert_eq!(again.entries.len(), 2);
        let windows = text.replace('\n', "\r\n");
        assert_eq!(File::parse(windows.as_bytes()).expect("own text").text(), windows);
    }

    #[test]
    fn a_broken_line_is_named_and_not_repeated() {
        let entry = format!("{NAME_1} github-pat 2027-01-31 a reason");
        for (text, line, what) in [
            (format!("key 5f\n{entry}\n<<<<<<< HEAD\n"), 3, "merge"),
            (format!("key 5f\n{entry}\n{entry}\n"), 3, "line 2 again"),
            ("key zz\n".into(), 1, "no key"),
            (format!("{entry}\nkey 5f\n"), 1, "above"),
            (format!("key 5f\n# here?\n{entry}\n"), 2, "fingerprint"),
            (format!("key 5f\n{}\n", entry.replace("abcdef", "ABCDEF")), 2, "fingerprint"),
            (format!("key 5f\n{NAME_1}\n"), 2, "rule"),
            (format!("key 5f\n{}\n", entry.replace("01-31", "02-31")), 2, "date"),
            (format!("key 5f\n{}\n", entry.replace("a reason", "")), 2, "reason"),
            (format!("key 5f\n{}\n", entry.replace("a reason", "until soon")), 2, "until"),
            (format!("key 5f\n{}\n", entry.replace("a reason", "until 2027-02-01")), 2, "reason"),
            (format!("key 5f\n{}\n", entry.replace("a reason", "nul \0 inside")), 2, "control"),
        ] {
            let said = broken(&text);
            assert!(said.contains(&format!("line {line}: ")) && said.contains(what), "{text}: {said}");
            assert!(!said.contains(NAME_1), "{said}");
        }
        assert!(broken("# nothing\n").contains("missing"));
        assert!(File::parse(b"key 5f\n\xff\n").expect_err("no UTF-8").0.contains("line 2"));
        assert!(File::parse(&vec![b'#'; 1024 * 1024 + 1]).is_err());
    }
}
