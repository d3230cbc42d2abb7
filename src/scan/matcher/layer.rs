//! One text, or what was packed in one: looks through it, opens what is in it, and looks through that. Once for each layer of a text.

use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::lines::{Lines, Position};
use super::spot::{Rank, Spot, Whose};
use super::{Found, Scanner, Scratch, mark};
use crate::base::Secret;
use crate::base::crypto::Digest;
use crate::scan::decode::{self, Opened, Origin};
use crate::scan::{Hit, View, Why};

/// A text and how it was come by.
pub(super) struct Layer<'a> {
    pub text: &'a [u8],
    pub name: Option<&'a [u8]>,
    pub place: Place<'a>,
    /// What was opened to see it, outermost first.
    pub through: Vec<View>,
}

/// Where positions count.
pub(super) enum Place<'a> {
    /// In the text itself; the number tells the texts with lines of their own apart.
    Own(Lines<'a>, usize),
    /// Here in the text that it was in.
    In(&'a Layer<'a>, usize),
}

/// What is gathered from all layers.
#[derive(Default)]
pub(super) struct Gathered {
    /// Each with the number of the text whose line it names.
    hits: Vec<(usize, Hit)>,
    skips: Vec<Why>,
    texts: usize,
    /// The text is looked through by windows, and two of them may see the same packed part from different places on.
    by_windows: bool,
}

impl<'a> Layer<'a> {
    /// The outermost one.
    pub fn outer(text: &'a [u8], name: Option<&'a [u8]>, begin: Position) -> Self {
        Self { text, name, place: Place::Own(Lines::new(text, begin), 0), through: Vec::new() }
    }

    /// Which text's line a value stands in to a person, and where.
    fn seen(&self, value: &Range<usize>) -> (usize, Position) {
        match &self.place {
            Place::Own(lines, number) => (*number, lines.position(value.start)),
            Place::In(outer, at) => outer.seen(&self.outside(outer, *at, value)),
        }
    }

    /// The place of a value in the text that this one was in: where the packed part begins, or for UTF-16 where the value does.
    fn outside(&self, outer: &Layer<'_>, at: usize, value: &Range<usize>) -> Range<usize> {
        let scale = if self.through.last() == Some(&View::Utf16) { 2 } else { 0 };
        let place = |inner: usize| (at + scale * inner).min(outer.text.len());
        place(value.start)..place(value.end)
    }

    /// Where this place of the outermost text is to a person.
    pub fn position(&self, at: usize) -> Position {
        self.seen(&(at..at)).1
    }

    /// Why a mark allows a value: one beside it here, or beside the packed part.
    fn allowed(&self, value: &Range<usize>) -> Option<Box<str>> {
        mark::reason(self.text, value).or_else(|| match &self.place {
            Place::Own(..) => None,
            Place::In(outer, at) => outer.allowed(&self.outside(outer, *at, value)),
        })
    }
}

impl Scanner {
    /// Gathers what is in a layer and below it. Of the layer's own values and archives only those that begin within `own` are taken; `left` is what archives
    /// may still unpack to.
    pub(super) fn gather(
        &self,
        layer: &Layer<'_>,
        own: &Range<usize>,
        left: &Cell<u64>,
        scratch: &mut Scratch,
        gathered: &mut Gathered,
    ) {
        self.sweep(layer.text, layer.name, scratch);
        for spot in scratch.spots.drain(..).filter(|spot| own.contains(&spot.value.start)) {
            gathered.hits.push(self.hit(layer, &spot));
        }
        if layer.through.len() == decode::DEPTH_MAX {
            gathered.skips.extend(decode::something_to_open(layer.text).then_some(Why::Depth));
            return;
        }
        let closed = decode::open(layer.text, own, left, &mut |opened: Opened<'_>| {
            let Opened { view, bytes, origin } = opened;
            let place = match origin {
                Origin::At(at) => Place::In(layer, at),
                Origin::Own => {
                    gathered.texts += 1;
                    Place::Own(Lines::new(bytes, Position::START), gathered.texts)
                }
            };
            let name = match &view {
                View::Zip(member) => Some(member.as_bytes().to_vec()),
                _ => None,
            };
            let through = layer.through.iter().cloned().chain([view]).collect();
            let inner = Layer { text: bytes, name: name.as_deref().or(layer.name), place, through };
            self.gather(&inner, &(0..bytes.len()), left, scratch, gathered);
        });
        gathered.skips.extend(closed);
    }

    fn hit(&self, layer: &Layer<'_>, spot: &Spot) -> (usize, Hit) {
        let (number, position) = layer.seen(&spot.value);
        let hit = Hit {
            rule: Arc::clone(match spot.whose {
                Whose::OwnSecret => &self.own_secret,
                Whose::OwnPublic => &self.own_public,
                Whose::Rule(rule) => &self.rules[rule],
            }),
            line: position.line,
            column: position.column,
            value: Secret::new(String::from_utf8_lossy(&layer.text[spot.value.clone()]).into_owned()),
            through: layer.through.clone(),
            inline: if spot.rank == Rank::Own { None } else { layer.allowed(&spot.value) },
        };
        (number, hit)
    }
}

impl Gathered {
    pub fn of_windows() -> Self {
        Self { by_windows: true, ..Self::default() }
    }

    /// Everything, each value of a rule once a line however many ways there are to see it, and the shortest of them.
    /// `digest` is asked for SHA-256 of the outermost text where something about it is to be said.
    pub fn found(mut self, digest: impl FnOnce() -> Digest) -> Found {
        let mut order: Vec<usize> = (0..self.hits.len()).collect();
        order.sort_by_key(|n| self.hits[*n].1.through.len());
        let mut seen = HashSet::new();
        let mut stays = vec![true; self.hits.len()];
        for n in order {
            let (number, hit) = &self.hits[n];
            let (rule, value) = (Arc::as_ptr(&hit.rule), hit.value.expose());
            let mut new = seen.insert((*number, hit.line, rule, value));
            if self.by_windows && !hit.through.is_empty() {
                new &= seen.insert((usize::MAX, 0, rule, value));
            }
            stays[n] = new || hit.through.is_empty();
        }
        drop(seen);
        let mut stays = stays.into_iter();
        self.hits.retain(|_| stays.next() == Some(true));
        self.skips.sort_unstable();
        self.skips.dedup();
        let content = self.skips.iter().any(|why| why.is_of_content()).then(digest);
        Found { hits: self.hits.into_iter().map(|(_, hit)| hit).collect(), skips: self.skips, content }
    }
}
