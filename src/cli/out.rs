//! Printing: data to stdout, as tables for people and JSON for programs; talk to stderr. A closed pipe ends the output, not the program
//! with a panic, and nothing that somebody else wrote reaches the terminal as a command to it.

use std::io::{IsTerminal, Write};

use serde_json::Value;

use crate::base::printable::{printable, printable_json};

pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", printable(text));
}

/// One line of talk.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable(text));
}

/// How far something has come: one line of a terminal that is written over, and nothing where stderr is none.
pub fn progress(text: &str) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[K{}", printable(text)).and_then(|()| stderr.flush());
    }
}

/// One value on one line, for programs that read line by line.
pub fn json_line(value: &Value) {
    let _ = writeln!(std::io::stdout(), "{}", printable(&value.to_string()));
}

pub fn json(value: &Value) {
    let text = printable_json(&format!("{value:#}\n"));
    let _ = write!(std::io::stdout(), "{text}");
}

/// Columns as wide as their widest cell, two spaces apart.
pub fn table(head: &[&str], rows: Vec<Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(n, title)| rows.iter().map(|row| row[n].chars().count()).chain([title.len()]).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    let titles = head.iter().map(|title| (*title).to_owned()).collect();
    for row in std::iter::once(&titles).chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    let _ = write!(std::io::stdout(), "{text}");
}

/// A field of an answer as text: `-` for null.
pub fn cell(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => "-".into(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        Some(other) => other.to_string(),
    }
}
