//! The floors of the house, held: which folder of `src/` may name which. Every path that starts at `crate::`, or climbs there by
//! `super::`, counts, in `use` lines and anywhere else; test modules too. A folder that is not in the table has no place yet.

mod source;

use source::{File, files, split};

const GROUND: [&str; 3] = ["store", "config", "base"];
const FACES: [&str; 3] = ["http", "work", "cli"];

/// Folder (or file at the root) → folders that it may name, besides itself.
const FLOORS: [(&str, &[&str]); 13] = [
    ("base", &[]),
    ("config", &["base"]),
    ("store", &["config", "base"]),
    ("event", &["store", "config", "base"]),
    ("people", &["event", "store", "config", "base"]),
    ("key", &["people", "event", "store", "config", "base"]),
    ("leak", &["key", "people", "event", "store", "config", "base"]),
    // Of keys the token alone, and of the ground neither store nor events: see below.
    ("scan", &["key", "config", "base"]),
    ("instance", &["leak", "key", "people", "event", "store", "config", "base"]),
    ("http", &["instance", "leak", "key", "people", "event", "store", "config", "base"]),
    ("work", &["instance", "leak", "key", "people", "event", "store", "config", "base"]),
    ("cli", &["http", "work", "instance", "scan", "leak", "key", "people", "event", "store", "config", "base"]),
    // Declares the folders and uses none of them.
    ("lib", &[]),
];

/// Lines in a file, its unit tests included.
const LINES_MAX: usize = 400;
/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 5] = ["utils", "common", "helpers", "types", "manager"];

#[test]
fn every_folder_names_only_the_floors_below_it() {
    let wrong: Vec<String> = files().iter().flat_map(violations).collect();
    assert!(wrong.is_empty(), "imports point down (see the table in tests/floors.rs):\n{}", wrong.join("\n"));
}

#[test]
fn the_table_itself_points_down() {
    let below = |floor: &str| FLOORS.iter().find(|(name, _)| *name == floor).map_or(&[][..], |(_, below)| below);
    for (floor, named) in FLOORS {
        for name in named {
            assert!(!below(name).contains(&floor), "{floor} and {name} name each other");
            assert!(!GROUND.contains(&floor) || GROUND.contains(name), "the ground floor {floor} must not know {name}");
            assert!(!FACES.contains(name) || floor == "cli", "only cli starts other faces, and {floor} names {name}");
        }
    }
}

#[test]
fn of_keys_the_scanner_knows_the_string_alone() {
    for file in files().iter().filter(|file| file.path.starts_with("scan/")) {
        let code = split(&file.text).code;
        let wrong = code.match_indices("crate::key::").find(|(at, _)| !code[*at..].starts_with("crate::key::token"));
        assert!(
            wrong.is_none() && !code.contains("crate::{"),
            "src/{}: the scanner may name crate::key::token only",
            file.path
        );
    }
}

#[test]
fn a_wrong_line_is_found_wherever_it_stands() {
    for (path, text) in [
        ("store/lane.rs", "use crate::key::Key;"),
        ("store/mod.rs", "use super::key::Key;"),
        ("http/v1/users.rs", "fn f() { let _ = super::super::super::cli::run; }"),
        ("http/v1/users.rs", "#[cfg(test)] mod tests { use super::super::super::super::cli; }"),
        ("work/flush.rs", "use crate::{base::Result, http};"),
        ("work/flush.rs", "use crate::{base::{Error, Result}, http::{start}};"),
        ("people/user.rs", "fn f() -> crate :: key :: Key { loop {} }"),
        ("event/mod.rs", "pub(in crate::people) struct S;"),
        ("base/id.rs", "#[cfg(test)] mod tests { use crate::store::Store; }"),
        ("key/mod.rs", "use crate::instance::Instance;"),
        ("key/mod.rs", "use crate::*;"),
        ("cellar/mod.rs", "fn f() {}"),
        ("lib.rs", "pub use crate::key::Key;"),
    ] {
        let file = File { path: path.into(), text: text.into() };
        assert_eq!(violations(&file).len(), 1, "{path}: {text}: {:?}", violations(&file));
    }
}

#[test]
fn a_right_line_is_no_finding() {
    for (path, text) in [
        ("key/mod.rs", "use crate::people::{self, scope};\nuse crate::{base, event::Act};\nuse super::key::token;"),
        ("key/token.rs", "use super::Key; mod tests { use super::super::Keys; }"),
        ("store/lane.rs", "// use crate::key::Key;\n/* crate::key /* nested */ crate::http */\n//! crate::cli"),
        (
            "store/lane.rs",
            "const A: &str = \"crate::key \\\" crate::http\"; const B: &str = r#\"crate::\"key\"#; const C: char = '\"';",
        ),
        ("store/lane.rs", "fn f<'a>(x: &'a str) -> (char, &'a str) { ('\\'', x) } // crate::key"),
        ("cli/serve.rs", "use crate::{http, work};"),
        ("http/v1/users.rs", "pub(super) fn f() { super::super::reply::json() }"),
        ("main.rs", "fn main() { keystead::cli::run() }"),
    ] {
        let file = File { path: path.into(), text: text.into() };
        assert_eq!(violations(&file), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn no_file_is_longer_than_can_be_read_at_a_sitting() {
    for file in files() {
        let lines = file.text.lines().count();
        assert!(lines <= LINES_MAX, "src/{}: {lines} lines, {LINES_MAX} at most: split it by verb", file.path);
    }
}

#[test]
fn every_name_says_what_is_inside() {
    for file in files() {
        let words = file.path.trim_end_matches(".rs").split('/');
        for word in words {
            assert!(!EMPTY_NAMES.contains(&word), "src/{}: name it after what it does", file.path);
        }
    }
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    // lib.rs opens with the architecture, however long that is.
    for file in files().iter().filter(|file| file.path != "lib.rs") {
        let opening = file.text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!((1..=8).contains(&opening), "src/{}: {opening} lines of //! at its top", file.path);
    }
}

/// What a file names and must not.
fn violations(file: &File) -> Vec<String> {
    let floor = file.path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    if floor == "main" {
        return Vec::new();
    }
    let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == floor) else {
        return vec![format!("src/{}: the folder {floor} is not in the table", file.path)];
    };
    let wrong =
        named(&file.path, &file.text).into_iter().filter(|name| name != floor && !below.contains(&name.as_str()));
    wrong.map(|name| format!("src/{}: {floor} must not name {name}", file.path)).collect()
}

/// The first word behind the root of the crate, for every path that starts there.
fn named(path: &str, text: &str) -> Vec<String> {
    let code = split(text).code;
    let words = tokens(&code);
    // `src/a/b.rs` is the module a::b, `src/a/mod.rs` the module a.
    let file_depth = path.split('/').filter(|part| *part != "mod.rs").count();
    let (mut found, mut braces, mut inline) = (Vec::new(), 0_usize, Vec::new());
    let mut at = 0;
    while at < words.len() {
        match words[at] {
            "{" => {
                if at >= 2 && words[at - 2] == "mod" {
                    inline.push(braces);
                }
                braces += 1;
            }
            "}" => {
                braces = braces.saturating_sub(1);
                if inline.last() == Some(&braces) {
                    inline.pop();
                }
            }
            "crate" if words.get(at + 1) == Some(&"::") => found.extend(heads(&words[at + 2..])),
            "super" if at == 0 || words[at - 1] != "::" => {
                let climbs = words[at..].chunks(2).take_while(|pair| pair == &["super", "::"]).count();
                if climbs >= file_depth + inline.len() {
                    found.extend(heads(&words[at + 2 * climbs..]));
                }
                at += (2 * climbs).saturating_sub(1);
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The word that a path goes on with, or the first word of each branch of `{a::b, c}`.
fn heads(words: &[&str]) -> Vec<String> {
    if words.first() != Some(&"{") {
        return words.first().map(|word| (*word).to_owned()).into_iter().collect();
    }
    let (mut depth, mut heads) = (0, Vec::new());
    for pair in words.windows(2) {
        match pair[0] {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (pair[0] == "{" || pair[0] == ",") && pair[1] != "}" {
            heads.push(pair[1].to_owned());
        }
    }
    heads
}

/// Words, `::`, and every other character by itself.
fn tokens(code: &str) -> Vec<&str> {
    let mut rest = code.trim_start();
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if word > 0 {
            word
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        found.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    found
}
