//! Which line and column a place of a text has. Asked for hits alone, so that whoever finds nothing counts no lines.

use std::cell::Cell;

use memchr::{memchr_iter, memrchr};

/// A place and what it is to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub at: usize,
    /// Both from 1; the column in characters, where each byte that is not UTF-8 is one.
    pub line: u64,
    pub column: u64,
}

impl Position {
    pub const START: Self = Self { at: 0, line: 1, column: 1 };

    /// A place of the same text further on.
    #[must_use]
    pub fn forward(self, text: &[u8], at: usize) -> Self {
        let between = &text[self.at..at];
        match memrchr(b'\n', between) {
            Some(last) => Self {
                at,
                line: self.line + memchr_iter(b'\n', between).count() as u64,
                column: 1 + characters(&between[last + 1..]),
            },
            None => Self { at, column: self.column + characters(between), ..self },
        }
    }
}

fn characters(text: &[u8]) -> u64 {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum::<usize>() as u64
}

/// Counts lines from where it was asked last: places that come in order are counted once altogether.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t [u8],
    /// Where the text begins: it may be a later part of a longer one.
    begin: Position,
    last: Cell<Position>,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t [u8], begin: Position) -> Self {
        Self { text, begin, last: Cell::new(begin) }
    }

    pub fn position(&self, at: usize) -> Position {
        let last = self.last.get();
        let from = if last.at <= at { last } else { self.begin };
        let position = from.forward(self.text, at);
        self.last.set(position);
        position
    }
}
