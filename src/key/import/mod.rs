//! Import of other systems' keys by their hashes, line by line: `body` goes through the lines that `lines` cuts, `native`, `unkey` and
//! `better_auth` read one, `entry` says whether it may be stored, `write` stores a batch. Runs when somebody moves in; never holds more
//! than a batch, and never tells anything of what a line said. One line, one report; the same line again changes nothing.

mod better_auth;
mod body;
mod entry;
mod foreign;
mod hash;
mod lines;
mod native;
mod unkey;
mod write;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Error;
use crate::people::OwnerId;

pub use body::Import;
pub use lines::LINE_MAX;
pub use native::{Kind, Line};

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
