//! Finds all anchors of all rules in one pass over a text: the busiest code of a scan, run for every byte of it. Never misses an anchor, and
//! names one only where all of it stands.
//!
//! The three rarest bytes of each anchor are hashed into a table of 32 KiB, which stays in the first cache, and so are the three bytes at each
//! place of the text, eight places a turn. Case is left out of the hash, so that one pass serves both kinds of anchors. The few places that pass
//! are compared with the anchors of their hash. An automaton over all anchors would read one byte a step: with 200 anchors it took four times as
//! long, and milliseconds to build.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

/// Bytes that are hashed at a place.
const GRAM: usize = 3;
/// Places that a turn looks at …
const PLACES: usize = 8;
/// … and the bytes that it reads, the last place's gram among them.
const TURN: usize = 12;
/// Makes letters lower case, and does to every other byte what is the same each time.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// A hash has 15 bits: with 600 anchors, one place in 55 passes by chance.
const HASHES: usize = 1 << 15;
/// Hashes that share an entry of the index over [`Gram`]s.
const SHARED: usize = 64;
/// Ordinary text, in which it is counted how often a hash comes: code, settings, prose, and digests.
const ORDINARY: [&str; 4] = [
    include_str!("anchors.rs"),
    include_str!("../../../config/default.toml"),
    include_str!("../../../README.md"),
    include_str!("../../../Cargo.lock"),
];
/// So many bytes of each are enough, and take some microseconds.
const ORDINARY_MAX: usize = 12 * 1024;

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
    /// 1 for each hash that some literal has.
    table: Box<[u8; HASHES]>,
    /// Sorted by hash; `index` says where each [`SHARED`] hashes begin.
    grams: Vec<Gram>,
    index: Box<[u32]>,
    /// Literals of one or two bytes, which would fill the table, as they are spelt.
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
    /// The bytes themselves and the next one, where there is one, without case: most places that pass are told apart by these.
    bytes: u32,
    mask: u32,
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
        let often = ordinary();
        let (mut grams, mut short) = (Vec::with_capacity(literals.len()), Vec::new());
        for (literal, number) in literals.iter().zip(0..) {
            if literal.text.len() < GRAM {
                short.extend(literal.spellings().map(|text| (Finder::new(&text).into_owned(), number)));
            } else {
                grams.push(literal.gram(number, &often));
            }
        }
        grams.sort_unstable();
        let mut table = zeros::<u8>();
        for gram in &grams {
            table[usize::from(gram.hash)] = 1;
        }
        let begins = |first: usize| grams.partition_point(|gram| usize::from(gram.hash) < first);
        let index = (0..=HASHES / SHARED).map(|part| u32::try_from(begins(part * SHARED)).expect("fewer than 2³²"));
        Self { index: index.collect(), literals, table, grams, short }
    }

    /// Calls `each` for every anchor in the text, in no particular order.
    pub fn each_in(&self, text: &[u8], mut each: impl FnMut(Sighting)) {
        let mut at = 0;
        while let Some(turn) = text[at..].first_chunk::<TURN>() {
            // All of them, without a branch for each.
            if hashes(turn).iter().fold(0, |passed, hash| passed | self.table[*hash]) != 0 {
                self.compare(text, at, turn, &mut each);
            }
            at += PLACES;
        }
        // The rest, as if zeros followed.
        while at < text.len() {
            let mut turn = [0; TURN];
            let rest = &text[at..text.len().min(at + TURN)];
            turn[..rest.len()].copy_from_slice(rest);
            self.compare(text, at, &turn, &mut each);
            at += PLACES;
        }
        for (finder, literal) in &self.short {
            for start in finder.find_iter(text) {
                self.literals[*literal as usize].say(start, &mut each);
            }
        }
    }

    /// Names the anchors at the places of a turn.
    fn compare(&self, text: &[u8], at: usize, turn: &[u8; TURN], each: &mut impl FnMut(Sighting)) {
        for (place, hash) in hashes(turn).into_iter().enumerate().filter(|(_, hash)| self.table[*hash] != 0) {
            let four: [u8; 4] = std::array::from_fn(|n| turn[place + n]);
            let four = u32::from_le_bytes(four) | 0x2020_2020;
            let part = hash / SHARED;
            let same = &self.grams[self.index[part] as usize..self.index[part + 1] as usize];
            for gram in same.iter().filter(|gram| four & gram.mask == gram.bytes) {
                let literal = &self.literals[gram.literal as usize];
                let Some(start) = (at + place).checked_sub(usize::from(gram.offset)) else { continue };
                if literal.stands(text, start) {
                    literal.say(start, each);
                }
            }
        }
    }
}

/// The hashes of the grams at a turn's places.
#[inline]
fn hashes(turn: &[u8; TURN]) -> [usize; PLACES] {
    let low = u64::from_le_bytes(*turn.first_chunk().expect("8 of 12")) | FOLD;
    let high = u64::from_le_bytes(*turn.last_chunk().expect("8 of 12")) | FOLD;
    let gram = |place: usize| if place < 4 { low >> (8 * place) } else { high >> (8 * (place - 4)) };
    std::array::from_fn(|place| hash(gram(place)))
}

#[expect(clippy::unnecessary_box_returns, reason = "up to 128 KiB are too much for a stack")]
fn zeros<T: Default + Clone>() -> Box<[T; HASHES]> {
    vec![T::default(); HASHES].try_into().ok().expect("as many as there are hashes")
}

/// How often each hash comes in ordinary text.
fn ordinary() -> Box<[u16; HASHES]> {
    let mut often = zeros::<u16>();
    for text in ORDINARY {
        let text = &text.as_bytes()[..text.len().min(ORDINARY_MAX)];
        for hash in text.windows(TURN).step_by(PLACES).filter_map(|turn| turn.first_chunk().map(hashes)).flatten() {
            often[hash] += 1;
        }
    }
    often
}

/// Of the lowest three bytes: the upper part of a product with a number of no pattern (2³² over the golden ratio).
#[inline]
fn hash(gram: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "three bytes of it are meant")]
    let gram = (gram as u32) << 8;
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - HASHES.trailing_zeros())) as usize
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

    /// The gram of which `often` says the least, the first of them.
    fn gram(&self, literal: u32, often: &[u16; HASHES]) -> Gram {
        let folded: Vec<u8> = self.text.iter().map(|byte| byte | 0x20).collect();
        // Within so many bytes there is a rare one.
        let grams = folded.windows(GRAM).take(64).zip(0_u16..).map(|(_, offset)| {
            let there = folded[usize::from(offset)..].iter().chain(&[0]).take(4).copied();
            let bytes = there.zip([0, 8, 16, 24]).fold(0, |bytes, (byte, shift)| bytes | u32::from(byte) << shift);
            let mask = if bytes >> 24 == 0 { 0x00ff_ffff } else { u32::MAX };
            Gram { hash: u16::try_from(hash(u64::from(bytes))).expect("15 bits"), offset, literal, bytes, mask }
        });
        grams.min_by_key(|gram| often[usize::from(gram.hash)]).expect("it has three bytes or more")
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
