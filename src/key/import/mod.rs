//! Import of other systems' keys by their hashes, line by line: `lines` cuts the body, `native`, `unkey` and `better_auth` read a line,
//! `entry` says whether it may be stored, `write` stores a batch. Runs when somebody moves in; never holds more than a batch, and never
//! tells anything of what a line said. One line, one report, whatever stands in it; the same line again changes nothing.

mod better_auth;
mod entry;
mod foreign;
mod hash;
mod lines;
mod native;
mod unkey;
mod write;

use std::borrow::Cow;
use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Keys;
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::event::Act;
use crate::people::{OwnerId, Power};
use entry::{Checked, Read};
use lines::{Lines, Piece};

pub use lines::LINE_MAX;
pub use native::{Kind, Line};

/// Lines in one transaction: some 40 ms of the writer, so that others who write do not wait long.
const BATCH: usize = 500;
/// Bytes of lines in one transaction, so that long ones do not become 32 MiB of memory.
const BATCH_BYTES: usize = 1024 * 1024;
/// Hashes that a dry run remembers to find the second of two: 32 bytes and a slot each, 64 MiB at most.
const SEEN_MAX: usize = 1_000_000;

/// Whose export it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    #[default]
    Keystead,
    Unkey,
    BetterAuth,
}

/// What becomes of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Write,
    /// Only looks, and says what would be.
    Dry,
}

/// How to import.
#[derive(Debug, Clone)]
pub struct Plan {
    pub format: Format,
    pub mode: Mode,
    /// May owners be made that lines name by an external id, and that are not here?
    pub create_owners: bool,
    /// In exports of other systems: what their owners are here.
    pub owner_kind: Kind,
    /// In exports of other systems: whose keys without an owner become.
    pub default_owner: Option<OwnerId>,
    /// Lines at the beginning that are not looked at: to go on after an import that ended early.
    pub skip_lines: u64,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Imported,
    /// Of a dry run: nothing speaks against it.
    WouldImport,
    /// A key with this hash is here already, and stays as it is.
    Exists,
    /// Nothing to import in this line.
    Skipped,
    Error,
}

/// Tells of one line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// 1 is the first of the body.
    pub line: u64,
    pub status: Fate,
    /// Of the key that was made, or that was here already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is wrong, as a JSON pointer into the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Cow<'static, str>>,
    /// What the other system knows of this key and was not taken over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<&'static str>,
}

/// The last line of every report.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Summary {
    /// Lines that are dealt with, those skipped by `skip_lines` included: where to go on if the import is not complete.
    pub lines: u64,
    pub imported: u64,
    pub would_import: u64,
    pub exists: u64,
    pub skipped: u64,
    pub errors: u64,
    /// Users and teams that were made.
    pub owners_created: u64,
}

impl Report {
    fn new(line: u64, status: Fate) -> Self {
        Self { line, status, id: None, field: None, message: None, left_out: Vec::new() }
    }

    fn error(line: u64, error: &Error) -> Self {
        let field = error.field().map(str::to_owned);
        Self { field, message: Some(error.why()), ..Self::new(line, Fate::Error) }
    }
}

impl Summary {
    fn count(&mut self, report: &Report) {
        self.lines = report.line;
        let counter = match report.status {
            Fate::Imported => &mut self.imported,
            Fate::WouldImport => &mut self.would_import,
            Fate::Exists => &mut self.exists,
            Fate::Skipped => &mut self.skipped,
            Fate::Error => &mut self.errors,
        };
        *counter += 1;
    }
}

/// A line that waits for its batch.
#[derive(Debug)]
enum Waiting {
    Settled(Report),
    Key(u64, Digest, Box<Checked>),
}

/// One import in progress.
#[derive(Debug)]
pub struct Import {
    keys: Keys,
    act: Act,
    power: Power,
    plan: Plan,
    owners: foreign::Owners,
    lines: Lines,
    /// Number of the line that was read last.
    line: u64,
    waiting: Vec<Waiting>,
    /// Bytes of the lines that wait.
    weight: usize,
    seen: HashSet<Digest>,
    summary: Summary,
}

impl Import {
    pub fn new(keys: Keys, act: Act, power: Power, plan: Plan) -> Self {
        let owners = foreign::Owners { kind: plan.owner_kind, default: plan.default_owner };
        Self {
            keys,
            act,
            power,
            plan,
            owners,
            lines: Lines::default(),
            line: 0,
            waiting: Vec::new(),
            weight: 0,
            seen: HashSet::new(),
            summary: Summary::default(),
        }
    }

    /// Takes the next piece of the body, and gives the reports of whole batches. An error is one of the store: what was reported holds.
    pub async fn feed(&mut self, piece: &[u8]) -> Result<Vec<Report>> {
        let mut found = Vec::new();
        self.lines.feed(piece, |line| found.push(line));
        let mut reports = Vec::new();
        for line in found {
            self.take(line);
            if self.waiting.len() >= BATCH || self.weight >= BATCH_BYTES {
                reports.append(&mut self.settle().await?);
            }
        }
        Ok(reports)
    }

    /// The body has ended well: what stands behind the last line end counts, too.
    pub async fn finish(&mut self) -> Result<Vec<Report>> {
        if let Some(line) = self.lines.finish() {
            self.take(line);
        }
        self.settle().await
    }

    /// Deals with all whole lines that came so far. A line that was cut is none.
    pub async fn settle(&mut self) -> Result<Vec<Report>> {
        let waiting = std::mem::take(&mut self.waiting);
        self.weight = 0;
        let act = Act { at: self.keys.clock.now_ms(), ..self.act.clone() };
        let (reports, owners_created) = self.keys.import_batch(act, self.power, &self.plan, waiting).await?;
        reports.iter().for_each(|report| self.summary.count(report));
        self.summary.lines = self.summary.lines.max(self.line.min(self.plan.skip_lines));
        self.summary.owners_created += owners_created;
        Ok(reports)
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn take(&mut self, piece: Piece) {
        self.line += 1;
        if self.line <= self.plan.skip_lines {
            return;
        }
        let waiting = match &piece {
            Piece::TooLong => Waiting::Settled(Report::error(
                self.line,
                &Error::refused("", "this line is longer than 64 KiB: is it one JSON object a line?"),
            )),
            Piece::Line(text) => {
                self.weight += text.len();
                self.judge(text)
            }
        };
        self.waiting.push(waiting);
    }

    fn judge(&mut self, text: &[u8]) -> Waiting {
        let line = self.line;
        let text = if line == 1 { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text };
        let text = text.trim_ascii();
        if text.is_empty() {
            return Waiting::Settled(Report::new(line, Fate::Skipped));
        }
        match self.read(text) {
            Ok(Read::Skip(why)) => {
                Waiting::Settled(Report { message: Some(why.into()), ..Report::new(line, Fate::Skipped) })
            }
            Ok(Read::Key(entry)) => {
                let digest = self.keys.pepper.digest(&entry.hash.0);
                match entry.check(self.power, self.keys.clock.now_ms()) {
                    Err(error) => Waiting::Settled(Report::error(line, &error)),
                    Ok(_) if self.is_second(digest) => Waiting::Settled(Report {
                        message: Some("the same hash stands on an earlier line".into()),
                        ..Report::new(line, Fate::Exists)
                    }),
                    Ok(checked) => Waiting::Key(line, digest, Box::new(checked)),
                }
            }
            Err(error) => Waiting::Settled(Report::error(line, &error)),
        }
    }

    fn read(&self, text: &[u8]) -> Result<Read> {
        if self.keys.reader.leaks_from(text) {
            return Err(Error::refused(
                "",
                "there is an API key of this server in this line: rotate that key, and send hashes only",
            ));
        }
        let row = || native::object::<foreign::Row>(text);
        match self.plan.format {
            Format::Keystead => native::read(text),
            Format::Unkey => unkey::read(&row()?, &self.owners),
            Format::BetterAuth => better_auth::read(&row()?, &self.owners),
        }
    }

    /// A dry run writes nothing down in which it could find the first of two.
    fn is_second(&mut self, digest: Digest) -> bool {
        self.plan.mode == Mode::Dry && self.seen.len() < SEEN_MAX && !self.seen.insert(digest)
    }
}
