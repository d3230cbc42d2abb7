//! A place where a rule found a value, and which of several at one place stay. Once a text; pure.

use std::ops::Range;

/// The rule that found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    OwnSecret,
    OwnPublic,
    /// By its index in the set.
    Rule(usize),
}

/// Who wins where two find the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Own,
    Vendor,
    Generic,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub whose: Whose,
    pub rank: Rank,
    /// Where the secret part stands.
    pub value: Range<usize>,
}

impl Spot {
    fn meets(&self, other: &Range<usize>) -> bool {
        self.value.start < other.end && other.start < self.value.end
    }
}

/// Leaves one spot for each secret, in the order of the text. A key of our own always stays. A vendor's token stays unless it lies within such a
/// key; of several that overlap the longest one stays, and of those as long the one whose rule comes first. A generic one
/// stays where it touches none of these.
pub(super) fn settle(spots: &mut Vec<Spot>) {
    spots.sort_unstable_by_key(|spot| (spot.rank, spot.value.start, std::cmp::Reverse(spot.value.end), spot.whose));
    spots.dedup();
    if spots.len() < 2 {
        return;
    }
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut kept: Vec<Spot> = Vec::with_capacity(spots.len());
    for rank in [Rank::Own, Rank::Vendor, Rank::Generic] {
        let first = kept.len();
        for spot in spots.iter().filter(|spot| spot.rank == rank) {
            let around = near(&taken, &spot.value);
            let covered = match rank {
                Rank::Own => false,
                Rank::Vendor => around.is_some_and(|own| own.start <= spot.value.start && spot.value.end <= own.end),
                Rank::Generic => around.is_some(),
            };
            if covered {
                continue;
            }
            match kept[first..].last_mut().filter(|last| rank != Rank::Own && last.meets(&spot.value)) {
                Some(last) if last.value.len() < spot.value.len() => *last = spot.clone(),
                Some(_) => {}
                None => kept.push(spot.clone()),
            }
        }
        taken = merged(&kept);
    }
    kept.sort_by_key(|spot| (spot.value.start, spot.rank));
    *spots = kept;
}

/// The first of these ranges that this one meets. They are sorted and apart.
fn near<'a>(taken: &'a [Range<usize>], value: &Range<usize>) -> Option<&'a Range<usize>> {
    let at = taken.partition_point(|range| range.end <= value.start);
    taken.get(at).filter(|range| range.start < value.end)
}

/// What the spots cover, as ranges that are sorted and apart.
fn merged(spots: &[Spot]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = spots.iter().map(|spot| spot.value.clone()).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match apart.last_mut().filter(|last| range.start < last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => apart.push(range),
        }
    }
    apart
}
