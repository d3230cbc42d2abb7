//! Tells what was found, for people and for programs, once a scan. Redacts everywhere; the plain value only where a person at a terminal
//! asked for it. Every form says how much was looked into, and what was not.

mod csv;
mod github;
mod json;
mod junit;
mod redact;
mod sarif;
mod text;
mod words;

use std::io::{Result, Write};

use super::allow::Allowed;
use super::{Finding, Looked, Standing};
use redact::Redactor;
pub use text::summary;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
    Jsonl,
    Sarif,
    Junit,
    Csv,
    Github,
}

/// Places that are named of the many with the same value, or the same reason, in forms for people.
const NAMED: usize = 3;

/// How it is told.
#[derive(Debug, Clone)]
pub struct Telling {
    pub show_secrets: bool,
    /// List what was skipped, each with its reason.
    pub explain_skips: bool,
    /// The least that counts as found.
    pub least: Standing,
}

/// What each form is written from.
struct Told<'a> {
    looked: &'a Looked,
    allowed: &'a Allowed,
    telling: &'a Telling,
    redactor: Redactor,
}

/// Writes it, whole, in this form.
pub fn write(looked: &Looked, allowed: &Allowed, format: Format, telling: &Telling, out: &mut dyn Write) -> Result<()> {
    let told = Told { looked, allowed, telling, redactor: Redactor::new(looked, telling) };
    match format {
        Format::Text => text::write(&told, out),
        Format::Json => json::write(&told, out),
        Format::Jsonl => json::write_lines(&told, out),
        Format::Sarif => sarif::write(&told, out),
        Format::Junit => junit::write(&told, out),
        Format::Csv => csv::write(&told, out),
        Format::Github => github::write(&told, out),
    }
}

impl Told<'_> {
    /// What somebody is to act upon.
    fn open(&self) -> impl Iterator<Item = &Finding> {
        self.looked.findings.iter().filter(|finding| matches!(finding.standing, Standing::Blocks | Standing::Warns))
    }

    /// Those, and what was allowed.
    fn known(&self) -> impl Iterator<Item = &Finding> {
        self.looked.findings.iter().filter(|finding| finding.standing != Standing::Old)
    }

    /// One sentence about a finding, without its place.
    fn sentence(&self, finding: &Finding) -> String {
        let hit = &finding.hit;
        let mut text = format!("{}: {}", hit.rule.description.trim_end_matches('.'), self.redactor.secret(hit));
        if let Some(through) = self.through(finding) {
            text.push_str(", seen through ");
            text.push_str(&through);
        }
        text
    }

    /// What was taken apart to see it.
    fn through(&self, finding: &Finding) -> Option<String> {
        let views: Vec<String> = finding.hit.through.iter().map(|view| self.redactor.text(view.to_string())).collect();
        (!views.is_empty()).then(|| views.join(", "))
    }

    /// Where else it stands; nothing where it stands nowhere else.
    fn elsewhere(&self, finding: &Finding) -> Option<String> {
        let more = finding.more.len() as u64 + finding.unnamed;
        let mut named: Vec<String> = Vec::new();
        for shown in finding.more.iter().map(|place| self.shown(place)) {
            if named.len() < NAMED && !named.contains(&shown) {
                named.push(shown);
            }
        }
        if more > named.len() as u64 {
            named.push("…".into());
        }
        let number = words::count(more, "place more", "places more");
        (more > 0).then(|| format!("In {number} too: {}.", named.join(", ")))
    }

    fn shown(&self, place: &super::Place) -> String {
        match &place.path {
            Some(path) => self.redactor.text(path),
            None => self.redactor.text(place.shown()),
        }
    }
}
