//! Finds all anchors of all rules in one pass over a text: the busiest code of a scan, run for every byte of it. Never misses an anchor, and
//! names one only where all of it stands.
//!
//! The four rarest bytes of each anchor are hashed into a filter of 65,536 bits (8 KiB: it stays in the first cache), and so are the four
//! bytes at each place of the text, eight places a turn. Case is left out of the hash, so that one pass serves both kinds of anchors. The few
//! places that pass are compared with the anchors of their hash.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

/// Bytes of an anchor, and of a place, that are hashed.
const GRAM: usize = 4;
/// Bytes that one turn reads: eight places, and the rest of the last one's gram.
const TURN: usize = 8 + GRAM;
/// Makes letters lower case, and does to every other byte what is the same each time.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// A hash has 16 bits: with 500 anchors, one place in 130 passes by chance.
const HASHES: usize = 1 << 16;
/// Hashes that share an entry of the index over [`Gram`]s.
const SHARED: usize = 64;
/// Folded bytes of source code from the most common one on, in which an anchor's rarest place is looked for.
const COMMON: &[u8] = b" etaoinsrlcdpumfhgbyv.0,-w1\x7f\"()=;/:kx2'3|4586979{}*>j<q#z&";

/// What an anchor belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// A prefix of our own keys, by its index.
    Own(usize),
    /// A rule, by its index in the set.
    Rule(usize),
}

/// Where an anchor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sighting {
    pub owner: Owner,
    pub start: usize,
    pub end: usize,
}

/// All anchors of a scan. Built in microseconds, at the start of every one.
#[derive(Debug)]
pub(super) struct Anchors {
    literals: Vec<Literal>,
    /// A bit for each hash that some literal has.
    filter: Box<[u64]>,
    /// Sorted by hash; `index` says where each [`SHARED`] hashes begin.
    grams: Vec<Gram>,
    index: Box<[u32]>,
    /// Literals of one or two bytes, which would fill the filter, as they are spelt.
    short: Vec<(Finder<'static>, u32)>,
}

#[derive(Debug)]
struct Literal {
    /// In lower case where any case does.
    text: Box<[u8]>,
    any_case: bool,
    owners: Vec<Owner>,
}

/// A hash, whose it is, and where in the literal those bytes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gram {
    hash: u16,
    offset: u16,
    literal: u32,
}

impl Anchors {
    /// Of all anchors: their text, whether any case does, and whose they are. An empty one is none.
    pub fn new<'a>(anchors: impl Iterator<Item = (&'a [u8], bool, Owner)>) -> Self {
        let mut owners: BTreeMap<(Box<[u8]>, bool), Vec<Owner>> = BTreeMap::new();
        for (text, any_case, owner) in anchors.filter(|(text, ..)| !text.is_empty()) {
            let text = if any_case { text.to_ascii_lowercase() } else { text.to_vec() };
            owners.entry((text.into(), any_case)).or_default().push(owner);
        }
        let literals: Vec<_> =
            owners.into_iter().map(|((text, any_case), owners)| Literal { text, any_case, owners }).collect();
        let (mut grams, mut short) = (Vec::with_capacity(literals.len()), Vec::new());
        for (literal, number) in literals.iter().zip(0..) {
            if literal.text.len() < GRAM - 1 {
                short.extend(literal.spellings().map(|text| (Finder::new(&text).into_owned(), number)));
            } else {
                let (offset, hashes) = literal.grams();
                grams.extend(hashes.map(|hash| Gram { hash, offset, literal: number }));
            }
        }
        grams.sort_unstable();
        let mut filter = vec![0; HASHES / 64].into_boxed_slice();
        for gram in &grams {
            filter[usize::from(gram.hash) / 64] |= 1 << (gram.hash % 64);
        }
        let begins = |first: usize| grams.partition_point(|gram| usize::from(gram.hash) < first);
        let index = (0..=HASHES / SHARED).map(|part| u32::try_from(begins(part * SHARED)).expect("fewer than 2³²"));
        Self { index: index.collect(), literals, filter, grams, short }
    }

    /// Calls `each` for every anchor in the text, in no particular order.
    pub fn each_in(&self, text: &[u8], mut each: impl FnMut(Sighting)) {
        let mut at = 0;
        while let Some(turn) = text[at..].first_chunk::<TURN>() {
            let passed = self.pass(turn);
            if passed != 0 {
                self.compare(text, at, passed, &mut each);
            }
            at += 8;
        }
        // The rest, and as many bytes behind the text as a gram may reach.
        let mut rest = [0; TURN + GRAM];
        rest[..text.len() - at].copy_from_slice(&text[at..]);
        for begin in [0, 4] {
            let turn = rest[begin..].first_chunk::<TURN>().expect("4 + 12 bytes are 16");
            // The places of two turns overlap in four, which count once.
            let passed = self.pass(turn) & if begin == 0 { 0x0f } else { 0xff };
            self.compare(text, at + begin, passed, &mut each);
        }
        for (finder, literal) in &self.short {
            for start in finder.find_iter(text) {
                self.literals[*literal as usize].say(start, &mut each);
            }
        }
    }

    /// Which of the eight places may begin a gram of some anchor: a bit each.
    #[inline]
    fn pass(&self, turn: &[u8; TURN]) -> u32 {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *turn;
        let low = u64::from_le_bytes([a, b, c, d, e, f, g, h]) | FOLD;
        let high = u64::from_le_bytes([e, f, g, h, i, j, k, l]) | FOLD;
        let mut passed = 0;
        for place in 0..4 {
            passed |= self.bit(low >> (8 * place)) << place;
            passed |= self.bit(high >> (8 * place)) << (place + 4);
        }
        passed
    }

    #[inline]
    fn bit(&self, gram: u64) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "the four bytes of the gram")]
        let hash = hash(gram as u32);
        let word = self.filter[usize::from(hash) / 64];
        u32::from((word >> (hash % 64)) & 1 != 0)
    }

    /// Names the anchors at the places that passed.
    fn compare(&self, text: &[u8], at: usize, mut passed: u32, each: &mut impl FnMut(Sighting)) {
        while passed != 0 {
            let place = at + passed.trailing_zeros() as usize;
            passed &= passed - 1;
            let mut gram = [0; GRAM];
            let Some(bytes) = text.get(place..) else { return };
            let bytes = &bytes[..bytes.len().min(GRAM)];
            gram[..bytes.len()].copy_from_slice(bytes);
            let hash = hash(u32::from_le_bytes(gram) | 0x2020_2020);
            let part = usize::from(hash) / SHARED;
            let same = &self.grams[self.index[part] as usize..self.index[part + 1] as usize];
            for gram in same.iter().filter(|gram| gram.hash == hash) {
                let literal = &self.literals[gram.literal as usize];
                let Some(start) = place.checked_sub(usize::from(gram.offset)) else { continue };
                if literal.stands(text, start) {
                    literal.say(start, each);
                }
            }
        }
    }
}

impl Literal {
    fn stands(&self, text: &[u8], start: usize) -> bool {
        let Some(there) = text.get(start..start + self.text.len()) else { return false };
        if self.any_case { there.eq_ignore_ascii_case(&self.text) } else { *there == *self.text }
    }

    fn say(&self, start: usize, each: &mut impl FnMut(Sighting)) {
        for owner in &self.owners {
            each(Sighting { owner: *owner, start, end: start + self.text.len() });
        }
    }

    /// The place of its rarest gram and the hashes that it may have there: one, or with three bytes those of everything that may follow.
    fn grams(&self) -> (u16, impl Iterator<Item = u16>) {
        let folded: Vec<u8> = self.text.iter().map(|byte| byte | 0x20).collect();
        let rank = |byte: &u8| COMMON.iter().position(|common| common == byte).unwrap_or(COMMON.len());
        let rarity = |gram: &[u8]| gram.iter().map(rank).sum::<usize>();
        // Behind so many bytes it is rare enough.
        let places = folded.windows(GRAM).take(64).zip(0_u16..);
        let rarest = places.max_by_key(|(gram, offset)| (rarity(gram), std::cmp::Reverse(*offset)));
        let offset = rarest.map_or(0, |(_, offset)| offset);
        let gram = folded[usize::from(offset)..].first_chunk::<GRAM>().map(|gram| u32::from_le_bytes(*gram));
        let follow = (0..=u8::MAX).filter(|byte| byte & 0x20 != 0);
        let three = move |last| u32::from_le_bytes([folded[0], folded[1], folded[2], last]);
        let open = follow.filter(move |_| gram.is_none()).map(three);
        (offset, gram.into_iter().chain(open).map(hash))
    }

    /// One spelling, or one for each case of each letter.
    fn spellings(&self) -> impl Iterator<Item = Vec<u8>> {
        let ways = 1_u32 << self.text.len();
        let spell = |way: u32| -> Vec<u8> {
            let letters = self.text.iter().zip(0..);
            letters.map(|(byte, n)| if way >> n & 1 == 1 { byte.to_ascii_uppercase() } else { *byte }).collect()
        };
        let mut all: Vec<_> = (0..if self.any_case { ways } else { 1 }).map(spell).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }
}

/// The upper half of a product with a number of no pattern (2³² over the golden ratio): every bit of the gram counts.
#[inline]
fn hash(gram: u32) -> u16 {
    (gram.wrapping_mul(0x9e37_79b1) >> 16) as u16
}
