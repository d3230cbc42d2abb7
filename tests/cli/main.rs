//! The command line, against the real binary: what it prints and where, how it ends, and what `serve` promises of its start and stop.

#[path = "../binary/mod.rs"]
mod binary;
mod first_key;
mod lock;
mod token;
