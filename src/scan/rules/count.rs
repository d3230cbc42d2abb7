//! Does what a regex found count? Asked for each match, which are few. Pure.

use std::ops::Range;

use regex::bytes::{Captures, Match};

use super::Rule;

impl Rule {
    /// The part of a match that is the secret.
    pub fn secret_in<'t>(&self, captures: &Captures<'t>) -> Option<Match<'t>> {
        if self.first_group {
            let first = captures.iter().skip(1).flatten().find(|part| !part.is_empty());
            return first.or_else(|| captures.get(0));
        }
        captures.get(self.group).filter(|part| !part.is_empty())
    }

    /// Is this value, by itself, one that the rule is about? Its check, its entropy, and what the rule exempts.
    pub fn accepts(&self, secret: &[u8]) -> bool {
        self.entropy.is_none_or(|least| entropy(secret) >= least)
            && !self.except.iter().any(|except| except.regex().is_match(secret))
            && self.check.is_none_or(|check| (check.holds)(secret))
    }

    /// The secret of a match, where it counts: [`Self::accepts`], and what the rule says of paths and of what stands around. `text` is what
    /// the regex ran on, `name` the path of the text where it has one.
    pub fn counts<'t>(&self, text: &'t [u8], captures: &Captures<'t>, name: Option<&[u8]>) -> Option<Match<'t>> {
        if let Some(path) = &self.path
            && !name.is_some_and(|name| path.regex().is_match(name))
        {
            return None;
        }
        let secret = self.secret_in(captures).filter(|secret| self.accepts(secret.as_bytes()))?;
        let whole = captures.get(0)?.range();
        let exempt = self.exempt.iter().any(|exempt| {
            exempt.holds(&super::exempt::Seen {
                secret: secret.as_bytes(),
                matched: &text[whole.clone()],
                line: &text[line(text, &whole)],
                path: name,
            })
        });
        (!exempt).then_some(secret)
    }

    /// Looks through a text by this rule alone, as plainly as can be: for examples and tests. A scan has the matcher.
    pub fn holds<'t>(&self, text: &'t [u8], name: Option<&[u8]>) -> Option<Match<'t>> {
        let anchored = self.anchors.is_empty() || self.anchors.iter().any(|anchor| self.anchor_in(anchor, text));
        if !anchored {
            return None;
        }
        self.regex().captures_iter(text).find_map(|captures| self.counts(text, &captures, name))
    }

    /// Does this anchor stand in the text, in the case that the rule asks for?
    pub fn anchor_in(&self, anchor: &str, text: &[u8]) -> bool {
        if self.any_case {
            return memchr::memmem::find(&text.to_ascii_lowercase(), anchor.to_ascii_lowercase().as_bytes()).is_some();
        }
        memchr::memmem::find(text, anchor.as_bytes()).is_some()
    }
}

/// The lines that a match stands in.
fn line(text: &[u8], matched: &Range<usize>) -> Range<usize> {
    let begin = memchr::memrchr(b'\n', &text[..matched.start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[matched.end..]).map_or(text.len(), |at| matched.end + at);
    begin..end
}

/// Shannon entropy in bits a byte, from 0 to 8: a word of a language has some 3, a random text of 40 letters and digits some 4.7.
pub fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "a secret is short")]
    let length = text.len() as f64;
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}
