//! The log: to stderr, as text or as one JSON object a line.

use std::io::IsTerminal;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::config::{Format, Log};

/// Starts logging for the rest of the process. Libraries are heard from warnings on.
pub fn start(log: &Log) {
    let targets = Targets::new().with_default(LevelFilter::WARN).with_target("keystead", log.level());
    let registry = tracing_subscriber::registry().with(targets);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    // A second start, as in tests, keeps the first.
    let _ = match log.format() {
        Format::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        Format::Text => registry.with(layer.with_ansi(std::io::stderr().is_terminal())).try_init(),
    };
}
