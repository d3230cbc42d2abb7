//! Runs a rule's regex around the places where its anchors stand. Once a text for each rule that has any there; what lies close together is
//! searched in one go, so that a text full of anchors costs no more than one search of all of it.

use std::ops::Range;

use regex::bytes::Captures;

use super::Scanner;
use super::spot::{Rank, Spot, Whose};
use crate::scan::rules::{Reach, Tier};

/// A match that ends where the search ends may go on behind it: it is tried again with this many bytes more, then twice as many, …
const WIDER: usize = 1024;
/// … up to a match of so many bytes. Nothing longer is a secret; windows over a long text overlap by more.
pub(super) const MATCH_MAX: usize = 64 * 1024;

/// What is searched, and for whom.
pub(super) struct Search<'t> {
    pub text: &'t [u8],
    /// The text's path.
    pub name: Option<&'t [u8]>,
    /// The rule's index in the set.
    pub rule: usize,
}

impl Scanner {
    /// The values of one rule whose anchors stand at `seen`, which is sorted.
    pub(super) fn near(&self, search: &Search<'_>, seen: &[Range<usize>], spots: &mut Vec<Spot>) {
        let Reach::Around(reach) = self.rules[search.rule].reach else { return self.whole(search, spots) };
        let reach = reach.min(MATCH_MAX);
        let around = |seen: &Range<usize>| seen.start.saturating_sub(reach)..seen.end.saturating_add(reach);
        let mut rest = seen;
        while let Some(first) = rest.first() {
            let mut within = around(first);
            let joins = |next: &&Range<usize>| {
                let next = around(next);
                let joins = next.start <= within.end;
                within.end = if joins { within.end.max(next.end) } else { within.end };
                joins
            };
            let close = 1 + rest[1..].iter().take_while(joins).count();
            within.end = within.end.min(search.text.len());
            self.search(search, within, Some(&rest[..close]), spots);
            rest = &rest[close..];
        }
    }

    /// The values of one rule anywhere in the text.
    pub(super) fn whole(&self, search: &Search<'_>, spots: &mut Vec<Spot>) {
        self.search(search, 0..search.text.len(), None, spots);
    }

    fn search(&self, search: &Search<'_>, within: Range<usize>, seen: Option<&[Range<usize>]>, spots: &mut Vec<Spot>) {
        let rule = &self.rules[search.rule];
        let mut at = within.start;
        while at <= within.end {
            let Some((found, captures)) = self.next(search, at, within.end) else { return };
            // An empty match must not stand still.
            at = found.end.max(found.start + 1);
            if found.len() > MATCH_MAX || seen.is_some_and(|seen| !holds_one(seen, &found)) {
                continue;
            }
            if let Some(secret) = rule.counts(search.text, &captures, search.name) {
                let rank = if rule.tier == Tier::Generic { Rank::Generic } else { Rank::Vendor };
                spots.push(Spot { whose: Whose::Rule(search.rule), rank, value: secret.range() });
            }
        }
    }

    /// The first match from `at` on that begins before `end`. What stands before `at` counts for `\b` and its like.
    fn next<'t>(&self, search: &Search<'t>, at: usize, end: usize) -> Option<(Range<usize>, Captures<'t>)> {
        let regex = self.rules[search.rule].regex();
        let (mut until, mut wider) = (end, WIDER);
        loop {
            let text = &search.text[..until];
            let found = regex.find_at(text, at)?.range();
            if found.end < until || until == search.text.len() || found.len() > MATCH_MAX {
                let captures = regex.captures_at(text, found.start)?;
                return Some((found, captures));
            }
            until = search.text.len().min(until + wider);
            wider *= 2;
        }
    }
}

/// Does a match hold one of these anchors, which are sorted?
fn holds_one(seen: &[Range<usize>], found: &Range<usize>) -> bool {
    let first = seen.partition_point(|anchor| anchor.start < found.start);
    seen[first..].iter().take_while(|anchor| anchor.start < found.end).any(|anchor| anchor.end <= found.end)
}
