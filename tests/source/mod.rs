//! Rust source as the tests that read it see it: code without comments, and string literals by themselves. A small reader of our own,
//! because a whole parser of the language would be the largest dependency of the project.

#![allow(dead_code, reason = "each test binary that includes this file uses a part of it")]

use std::path::{Path, PathBuf};

/// One file of `src/`.
pub struct File {
    /// As in `key/manage.rs`.
    pub path: String,
    pub text: String,
}

/// The sources of this package, sorted by path.
pub fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found): (Vec<PathBuf>, Vec<PathBuf>) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    let file = |path: PathBuf| File {
        path: path.strip_prefix(&root).expect("under src").to_str().expect("UTF-8").to_owned(),
        text: std::fs::read_to_string(&path).expect("a source file is text"),
    };
    found.into_iter().map(file).collect()
}

/// What [`split`] finds.
#[derive(Debug, Default)]
pub struct Split {
    /// The text with comments gone and every literal empty.
    pub code: String,
    /// The literals' contents, as they are written.
    pub strings: Vec<String>,
}

/// Takes a source text apart. Knows line and nested block comments, plain, raw and byte strings, characters and lifetimes.
pub fn split(text: &str) -> Split {
    let mut out = Split::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = out.code.chars().last().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((length, content)) = string(rest).filter(|_| first == '"' || !after_word) {
            out.strings.push(content.to_owned());
            out.code.push_str("\"\"");
            length
        } else if let Some(length) = (first == '\'').then(|| character(rest)).flatten() {
            out.code.push_str("' '");
            length
        } else {
            out.code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        if text.as_bytes()[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text.as_bytes()[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Length and content of the string literal that `text` begins with.
fn string(text: &str) -> Option<(usize, &str)> {
    let prefix = ["b", "c", ""].into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or_default();
    let body = &text[prefix.len()..];
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let content = raw[hashes..].strip_prefix('"')?;
        let end = content.find(&format!("\"{}", "#".repeat(hashes)))?;
        return Some((prefix.len() + 1 + hashes + 1 + end + 1 + hashes, &content[..end]));
    }
    let content = body.strip_prefix('"')?;
    let mut escaped = false;
    let end = content.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some((prefix.len() + 1 + end + 1, &content[..end]))
}

/// Length of the character literal that `text` begins with; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let inner = &text[1..];
    if let Some(escape) = inner.strip_prefix('\\') {
        let end = escape.char_indices().skip(1).find(|(_, c)| *c == '\'')?;
        return Some(2 + end.0 + 1);
    }
    let first = inner.chars().next()?;
    inner[first.len_utf8()..].starts_with('\'').then(|| 1 + first.len_utf8() + 1)
}
