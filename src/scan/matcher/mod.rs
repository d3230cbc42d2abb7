//! Finds secrets in one text: anchors first, then the checksum of our own keys, or a rule's regex around the anchor. Runs for every text
//! of a scan, on several threads; keeps no state between texts but what [`Scratch`] holds for speed.

use std::sync::Arc;

use super::rules::{Rule, Rules, Tier};
use super::{Hit, Why};
use crate::base::Secret;
use crate::base::crypto::Digest;
use crate::config::Prefixes;
use crate::key::token::Reader;

/// Which rules are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiers {
    pub own: bool,
    pub vendor: bool,
    pub generic: bool,
}

impl Default for Tiers {
    fn default() -> Self {
        Self::ALL
    }
}

impl Tiers {
    pub const ALL: Self = Self { own: true, vendor: true, generic: true };

    /// As they are named for people: `a`, `b`, `c`.
    pub fn parse(names: &[String]) -> super::Result<Self> {
        let mut tiers = Self { own: false, vendor: false, generic: false };
        for name in names {
            match name.as_str() {
                "a" => tiers.own = true,
                "b" => tiers.vendor = true,
                "c" => tiers.generic = true,
                _ => {
                    return Err(super::Failed::new(
                        "a tier is a (own keys), b (vendors' formats) or c (generic assignments)",
                    ));
                }
            }
        }
        if tiers == (Self { own: false, vendor: false, generic: false }) {
            return Err(super::Failed::new("not one tier is named: nothing would be found"));
        }
        Ok(tiers)
    }
}

/// Compiled rules. Shared by all workers of a scan.
#[derive(Debug)]
pub struct Scanner {
    own: Reader,
    own_rule: Arc<Rule>,
    tiers: Tiers,
}

/// What a worker keeps between texts, so that nothing is allocated for each.
#[derive(Debug, Default)]
pub struct Scratch {}

/// What one text came to.
#[derive(Debug, Default)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// What in it could not be opened.
    pub skips: Vec<Why>,
    /// SHA-256 of the whole text, where one of them is of its content ([`Why::is_of_content`]).
    pub content: Option<Digest>,
}

impl Scanner {
    pub fn new(_rules: &Rules, own: &Prefixes, tiers: Tiers) -> Self {
        Self { own: Reader::new(own), own_rule: Rule::own_secret(), tiers }
    }

    /// Is a rule of this tier looked for?
    pub fn wants(&self, tier: Tier) -> bool {
        match tier {
            Tier::Own => self.tiers.own,
            Tier::Vendor => self.tiers.vendor,
            Tier::Generic => self.tiers.generic,
        }
    }

    /// Looks through a whole text and whatever is packed in it. `name` is the text's path where it has one: some rules ask for it.
    pub fn look(&self, text: &[u8], _name: Option<&[u8]>, _scratch: &mut Scratch) -> Found {
        let mut found = Found::default();
        for place in 0..text.len() {
            for length in [57, 58, 59, 60] {
                let key = text.get(place..place + length).and_then(|key| std::str::from_utf8(key).ok());
                let Some(key) = key.filter(|key| self.own.parse(key).is_some()) else { continue };
                let before = &text[..place];
                let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
                let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                found.hits.push(Hit {
                    rule: Arc::clone(&self.own_rule),
                    line,
                    column: String::from_utf8_lossy(&text[begin..place]).chars().count() as u64 + 1,
                    value: Secret::new(key.to_owned()),
                    through: Vec::new(),
                    inline: None,
                });
            }
        }
        found
    }

    /// The same for a text of any length, which is never in memory as a whole. Answers how many bytes there were.
    pub fn look_through(
        &self,
        mut text: impl std::io::Read,
        name: Option<&[u8]>,
        scratch: &mut Scratch,
    ) -> std::io::Result<(Found, u64)> {
        let mut whole = Vec::new();
        text.read_to_end(&mut whole)?;
        Ok((self.look(&whole, name, scratch), whole.len() as u64))
    }
}
