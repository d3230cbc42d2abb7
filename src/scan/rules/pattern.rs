//! A regex of a rule: kept as text, compiled where it is first needed, over bytes. Files are full of bytes that are not UTF-8, so a pattern
//! in ASCII knows bytes and ASCII classes only, which also compiles several times quicker; one that names other characters knows Unicode.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// A compiled program of one regex, bytes at most: a repetition of thousands is refused rather than left to eat memory.
const COMPILED_MAX: usize = 4 << 20;

#[derive(Debug, Clone)]
pub struct Pattern {
    text: Cow<'static, str>,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// Not compiled yet: for patterns that a test compiles.
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), compiled: OnceLock::new() }
    }

    /// Compiles it now: for patterns of somebody else.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the regex engine.
    pub(super) fn compiles(&self) -> Result<(), String> {
        if self.compiled.get().is_none() {
            let _ = self.compiled.set(compile(&self.text)?);
        }
        Ok(())
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| compile(&self.text).expect("a pattern is checked when it is loaded, or by a test"))
    }
}

fn compile(text: &str) -> Result<Regex, String> {
    let unicode = !text.is_ascii() || text.contains(r"\p") || text.contains(r"\P") || text.contains(r"\x{");
    RegexBuilder::new(text).unicode(unicode).size_limit(COMPILED_MAX).build().map_err(|error| {
        // A syntax error draws the pattern and points into it; its last line says what is wrong.
        let error = error.to_string();
        error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}
