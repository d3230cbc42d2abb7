//! The scanner from outside, as a person, CI or Git runs it: one file for each part of it. `kit` makes folders, repositories and secrets.

mod allow;
#[path = "../binary/mod.rs"]
mod binary;
mod decode;
mod decode_archives;
mod files;
mod formats;
#[path = "../../fuzz/scan.rs"]
mod fuzzed;
mod git_history;
mod git_hostile;
mod git_pushed;
mod git_range;
mod git_staged;
mod hooks;
mod kit;
mod managers;
mod matcher;
mod places;
mod report;
mod rules;
mod settings;
