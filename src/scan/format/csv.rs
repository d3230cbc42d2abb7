//! CSV (RFC 4180) for spreadsheets: a row for each finding and skip, and a last one with how much was looked into. No cell is a formula.

use std::io::{Result, Write};

use super::{Told, words};
use crate::base::printable::printable;
use crate::scan::{Place, Standing};

const HEAD: [&str; 14] = [
    "type",
    "rule",
    "tier",
    "standing",
    "path",
    "line",
    "column",
    "kind",
    "secret",
    "fingerprint",
    "object",
    "commit",
    "author",
    "description",
];

pub fn write(told: &Told<'_>, out: &mut dyn Write) -> Result<()> {
    row(out, &HEAD.map(str::to_owned))?;
    for finding in told.known() {
        let (hit, rule) = (&finding.hit, &finding.hit.rule);
        let mut text = told.sentence(finding);
        if let Some(elsewhere) = told.elsewhere(finding) {
            text = format!("{text}. {elsewhere}");
        }
        if let Standing::Allowed(reason) = &finding.standing {
            text = format!("{text}. Allowed: {}", told.redactor.text(reason.as_bytes()));
        }
        let [path, kind, object, commit, author] = place(told, &finding.place);
        let (standing, fingerprint) = (words::standing(&finding.standing), told.allowed.fingerprint(finding));
        row(
            out,
            &[
                "finding".into(),
                rule.id.to_string(),
                rule.tier.as_str().into(),
                standing.into(),
                path,
                hit.line.to_string(),
                hit.column.to_string(),
                kind,
                told.redactor.secret(hit),
                fingerprint.to_string(),
                object,
                commit,
                author,
                text,
            ],
        )?;
    }
    for skip in &told.looked.skips {
        let [path, kind, object, commit, author] = place(told, &skip.place);
        let (reason, remedy) = (words::reason(skip.why), words::remedy(skip.why));
        let standing = if skip.accepted.is_some() { "accepted" } else { "" };
        let none = String::new;
        row(
            out,
            &[
                "skip".into(),
                words::why(skip.why).into(),
                none(),
                standing.into(),
                path,
                none(),
                none(),
                kind,
                none(),
                none(),
                object,
                commit,
                author,
                format!("Not looked into: {reason}. {remedy}"),
            ],
        )?;
    }
    let mut last = [const { String::new() }; HEAD.len()];
    last[0] = "summary".into();
    last[HEAD.len() - 1] = words::seen(told.looked);
    row(out, &last)
}

fn place(told: &Told<'_>, place: &Place) -> [String; 5] {
    let commit = place.commit.as_deref();
    let author = commit.map(|commit| told.redactor.text(commit.author.as_bytes()));
    [
        told.shown(place),
        words::kind(place.kind).into(),
        place.object.as_deref().unwrap_or_default().into(),
        commit.map(|commit| commit.id.to_string()).unwrap_or_default(),
        author.unwrap_or_default(),
    ]
}

fn row(out: &mut dyn Write, cells: &[String]) -> Result<()> {
    let cells: Vec<String> = cells.iter().map(|cell| self::cell(cell)).collect();
    write!(out, "{}\r\n", cells.join(","))
}

/// What a spreadsheet would reckon with begins with an apostrophe, which makes it text.
fn cell(text: &str) -> String {
    let text = printable(text);
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if text.contains(['"', ',', ';']) || !guard.is_empty() {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
