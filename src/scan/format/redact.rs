//! Shows of a secret what is enough to recognise it and never enough to use it, wherever it stands: in a name, a path, a message too.

use aho_corasick::{AhoCorasick, MatchKind};

use super::Telling;
use crate::base::printable::printable;
use crate::scan::{Hit, Kind, Looked, Tier, View};

const MASK: &str = "***";
/// What follows the prefix of a key of our own.
const OWN_TAIL: usize = 49;
/// Values of this many bytes are taken out of paths wherever they stand in one; shorter ones, which may be words, only where a name holds them.
const SURE: usize = 12;

/// All that was found, to be taken out of whatever else is told.
#[derive(Debug)]
pub struct Redactor {
    values: Option<AhoCorasick>,
    masks: Vec<String>,
    shows: bool,
}

impl Redactor {
    pub fn new(looked: &Looked, telling: &Telling) -> Self {
        let mut pairs: Vec<(Vec<u8>, String)> = Vec::new();
        for finding in looked.findings.iter().filter(|_| !telling.show_secrets) {
            let (hit, place) = (&finding.hit, &finding.place);
            let value = hit.value.expose().as_bytes();
            let in_name = !matches!(place.kind, Kind::Content | Kind::Stdin) || in_member(hit);
            if value.len() >= SURE || in_name {
                pairs.push((value.to_owned(), mask(hit)));
            }
            // A name that only shows the value when it is decoded: the name itself is as good as the value.
            if in_name && !hit.through.is_empty() {
                let name = place.path.as_deref().and_then(|path| path.rsplit(|byte| *byte == b'/').next());
                pairs.extend(name.filter(|name| !name.is_empty()).map(|name| (name.to_owned(), MASK.to_owned())));
            }
        }
        pairs.sort();
        pairs.dedup_by(|one, other| one.0 == other.0);
        let (values, masks): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let values = (!values.is_empty()).then(|| {
            let builder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(values);
            builder.expect("values of a scan are far below the automaton's bounds")
        });
        Self { values, masks, shows: telling.show_secrets }
    }

    /// The secret of a finding.
    pub fn secret(&self, hit: &Hit) -> String {
        if self.shows { printable(hit.value.expose()) } else { mask(hit) }
    }

    /// Text with whatever was found taken out.
    pub fn bytes(&self, text: &[u8]) -> Vec<u8> {
        self.values.as_ref().map_or_else(|| text.to_owned(), |values| values.replace_all_bytes(text, &self.masks))
    }

    /// The same as text: bytes that are not UTF-8 replaced.
    pub fn text(&self, text: impl AsRef<[u8]>) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_ref())).into_owned()
    }
}

/// Does the name of an archive's member hold it, or lead to it?
fn in_member(hit: &Hit) -> bool {
    hit.through.iter().any(|view| matches!(view, View::Zip(member) if member.contains(hit.value.expose())))
}

/// Of our own keys prefix and last four, as everywhere; of a vendor's what names the vendor and at most a tenth of what follows; of whatever
/// else, nothing that helps to guess it.
fn mask(hit: &Hit) -> String {
    let (rule, value) = (&hit.rule, hit.value.expose());
    if rule.id.starts_with("keystead-") {
        let (head, tail) = value.split_at_checked(value.len().saturating_sub(OWN_TAIL)).unwrap_or(("", value));
        return format!("{head}{MASK}{}", last(tail, 4));
    }
    let named = |anchor: &str| match value.get(..anchor.len()) {
        Some(head) if rule.any_case => head.eq_ignore_ascii_case(anchor),
        head => head == Some(anchor),
    };
    let anchors = rule.anchors.iter().filter(|anchor| rule.tier == Tier::Vendor && named(anchor));
    let anchor = anchors.map(|anchor| anchor.len());
    let (head, tail) = value.split_at(anchor.max().unwrap_or(0));
    let shown = match tail.len() {
        _ if tail.contains(char::is_whitespace) => 0,
        ..20 => 0,
        20..36 => 2,
        36.. => 4,
    };
    // A value that is hardly more than its anchor would be told by it.
    let head = if tail.len() < 8 { "" } else { head };
    printable(&format!("{head}{MASK}{}", last(tail, shown)))
}

fn last(text: &str, count: usize) -> &str {
    let begin = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    &text[begin..]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::Secret;
    use crate::scan::{Rule, Rules};

    fn hit(rule: Arc<Rule>, value: &str) -> Hit {
        let value = Secret::new(value.to_owned());
        Hit { rule, line: 1, column: 1, value, through: Vec::new(), inline: None }
    }

    #[test]
    fn enough_to_recognise_and_never_enough_to_use() {
        let body = "0123456789".repeat(4);
        let key = format!("sk_live_{body}uvwxyzABC");
        assert_eq!(mask(&hit(Rule::own_secret(), &key)), "sk_live_***zABC");
        let rules = Rules::built_in();
        let github = rules.all().iter().find(|rule| &*rule.id == "github-pat").expect("a built-in rule");
        let token = format!("{}{}", "ghp_", &body[..36]);
        assert_eq!(mask(&hit(Arc::clone(github), &token)), "ghp_***2345");
        for short in ["hunter2", "", "ghp_1", "päss wörd"] {
            let shown = mask(&hit(Arc::clone(github), short));
            assert_eq!(shown, MASK, "{short}");
        }
    }
}
