//! What must hold of the scanner for any bytes at all. Run for as long as one likes by cargo-fuzz, and with random bytes in every `cargo test`
//! (tests/scan/). For `scan` the first bytes of the input say how it is delivered, and the rest is the text; for `decode` all of it is.

use std::cell::Cell;
use std::io::Read;
use std::sync::LazyLock;

use keystead::config::Prefixes;
use keystead::scan::decode::{DEPTH_MAX, open, something_to_open};
use keystead::scan::matcher::{Found, Tiers, Window};
use keystead::scan::{Hit, Rules, Scanner, Scratch, View};

static SCANNER: LazyLock<Scanner> =
    LazyLock::new(|| Scanner::new(&Rules::built_in(), &Prefixes::built_in(), Tiers::ALL));

/// Gives its text in pieces of these lengths, over and over.
pub struct Pieces<'a> {
    pub text: &'a [u8],
    pub lengths: &'a [u8],
    pub reads: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = self.lengths.get(self.reads % self.lengths.len().max(1)).map_or(1, |length| usize::from(*length));
        self.reads += 1;
        let (piece, rest) = self.text.split_at(length.max(1).min(into.len()).min(self.text.len()));
        into[..piece.len()].copy_from_slice(piece);
        self.text = rest;
        Ok(piece.len())
    }
}

/// What is told of a hit.
pub fn told(hit: &Hit) -> (String, String, u64, u64, Option<String>) {
    let reason = hit.inline.as_deref().map(str::to_owned);
    (hit.rule.id.to_string(), hit.value.expose().to_owned(), hit.line, hit.column, reason)
}

/// What stood in the text as it was, in the order of the text.
pub fn plain(found: &Found) -> Vec<(String, String, u64, u64, Option<String>)> {
    found.hits.iter().filter(|hit| hit.through.is_empty()).map(told).collect()
}

pub fn scan(data: &[u8]) {
    let Some((lengths, text)) = data.split_first_chunk::<4>() else { return };
    let mut scratch = Scratch::default();
    let found = SCANNER.look(text, None, &mut scratch);
    let lines = memchr::memchr_iter(b'\n', text).count() as u64 + 1;
    for hit in found.hits.iter().filter(|hit| hit.through.is_empty()) {
        assert!((1..=lines).contains(&hit.line) && hit.column >= 1, "a place in the text");
        assert!(!(hit.rule.id.starts_with("keystead-") && hit.inline.is_some()), "no mark allows a key of ours");
    }
    // One window, however it comes.
    let pieces = Pieces { text, lengths, reads: 0 };
    let (again, length) = SCANNER.look_through(pieces, None, &mut scratch).expect("nothing fails to read");
    assert_eq!((length, again.skips.as_slice()), (text.len() as u64, found.skips.as_slice()));
    let all = |found: &Found| found.hits.iter().map(|hit| (told(hit), hit.through.clone())).collect::<Vec<_>>();
    assert_eq!(all(&again), all(&found), "whole or in pieces");
    // Many windows: keys of ours do not depend on what is around them.
    let window = Window { size: 1024, margin: 256, archive: 4096 };
    let (cut, _) = SCANNER.look_through_by(window, text, None, &mut scratch).expect("nothing fails to read");
    let own = |found: &Found| plain(found).into_iter().filter(|hit| hit.0.starts_with("keystead-")).collect::<Vec<_>>();
    assert_eq!(own(&cut), own(&found), "whole or by windows");
}

/// Opens what is packed in anything, as deep as a scan does: never to more than the budget.
pub fn decode(data: &[u8]) {
    fn layer(text: &[u8], depth: usize, left: &Cell<u64>) -> u64 {
        if depth == DEPTH_MAX {
            something_to_open(text);
            return 0;
        }
        let mut unpacked = 0;
        open(text, &(0..text.len()), left, &mut |opened| {
            unpacked += if opened.view == View::Gzip { opened.bytes.len() as u64 } else { 0 };
            unpacked += layer(opened.bytes, depth + 1, left);
        });
        unpacked
    }
    let budget = 1 << 20;
    assert!(layer(data, 0, &Cell::new(budget)) <= budget);
}
