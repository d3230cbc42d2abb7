//! Finds secrets in one text: anchors first, then the checksum of our own keys, or a rule's regex around the anchor. Runs for every text
//! of a scan, on several threads; keeps no state between texts but what [`Scratch`] holds for speed.
//!
//! `anchors` sees where something may be, `own` and `near` whether it is, `spot` which of several stay, `lines` and `mark` what a person is
//! told of it; `layer` does this for a text and for whatever is packed in it, and `window` for texts of any length.

mod anchors;
mod layer;
mod lines;
mod mark;
mod near;
mod own;
mod spot;
mod window;

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use super::decode::UNPACKED_MAX;
use super::rules::{Reach, Rule, Rules, Tier};
use super::{Hit, Why};
use crate::base::crypto::{self, Digest};
use crate::config::Prefixes;
use crate::key::token::Reader;
use anchors::{Anchors, Owner};
use layer::{Gathered, Layer};
use lines::Position;
use near::Search;
use spot::Spot;
pub use window::Window;

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
    tiers: Tiers,
    own: Reader,
    own_secret: Arc<Rule>,
    own_public: Arc<Rule>,
    /// Those of the tiers that are looked for.
    rules: Vec<Arc<Rule>>,
    /// Which of them have no anchor, so that their regex runs over everything.
    without_anchor: Vec<usize>,
    anchors: Anchors,
}

/// What a worker keeps between texts, so that nothing is allocated for each.
#[derive(Debug, Default)]
pub struct Scratch {
    /// For each rule, where its anchors stand.
    seen: Vec<Vec<Range<usize>>>,
    /// The rules for which there are any.
    rules: Vec<usize>,
    spots: Vec<Spot>,
}

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
    pub fn new(rules: &Rules, own: &Prefixes, tiers: Tiers) -> Self {
        let wanted = |rule: &&Arc<Rule>| match rule.tier {
            Tier::Own => tiers.own,
            Tier::Vendor => tiers.vendor,
            Tier::Generic => tiers.generic,
        };
        let rules: Vec<_> = rules.all().iter().filter(wanted).cloned().collect();
        let own = Reader::new(own);
        let kinds = own.kinds().iter().enumerate().filter(|_| tiers.own);
        let prefixes = kinds.map(|(number, kind)| (kind.prefix.as_bytes(), false, Owner::Own(number)));
        let of_rules = rules.iter().enumerate().flat_map(|(number, rule)| {
            let any_case = rule.any_case || rule.reach == Reach::Whole;
            rule.anchors.iter().map(move |anchor| (anchor.as_bytes(), any_case, Owner::Rule(number)))
        });
        let anchors = Anchors::new(prefixes.chain(of_rules));
        let without_anchor = (0..rules.len()).filter(|rule| rules[*rule].anchors.is_empty()).collect();
        let (own_secret, own_public) = (Rule::own_secret(), Rule::own_public());
        Self { tiers, own, own_secret, own_public, rules, without_anchor, anchors }
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
    pub fn look(&self, text: &[u8], name: Option<&[u8]>, scratch: &mut Scratch) -> Found {
        let mut gathered = Gathered::default();
        let outer = Layer::outer(text, name, Position::START);
        self.gather(&outer, &(0..text.len()), &Cell::new(UNPACKED_MAX), scratch, &mut gathered);
        gathered.found(|| crypto::sha256(text))
    }

    /// Leaves in `scratch` the spots of all values in this text as it is.
    fn sweep(&self, text: &[u8], name: Option<&[u8]>, scratch: &mut Scratch) {
        let Scratch { seen, rules, spots } = scratch;
        spots.clear();
        seen.resize_with(seen.len().max(self.rules.len()), Vec::new);
        self.anchors.each_in(text, |sighting| match sighting.owner {
            Owner::Own(kind) => spots.extend(self.own_key(text, kind, sighting.start)),
            Owner::Rule(rule) => {
                let seen = &mut seen[rule];
                // One anchor anywhere says as much as many where the whole text is searched.
                if self.rules[rule].reach == Reach::Whole && !seen.is_empty() {
                    return;
                }
                if seen.is_empty() {
                    rules.push(rule);
                }
                seen.push(sighting.start..sighting.end);
            }
        });
        for rule in rules.drain(..) {
            let seen = &mut seen[rule];
            seen.sort_unstable_by_key(|anchor| (anchor.start, anchor.end));
            self.near(&Search { text, name, rule }, seen, spots);
            seen.clear();
        }
        for rule in &self.without_anchor {
            self.whole(&Search { text, name, rule: *rule }, spots);
        }
        spot::settle(spots);
    }
}
