//! What a rule of gitleaks' form exempts: its allowlists. Asked for each match that would count otherwise.

use super::pattern::Pattern;

/// One allowlist.
#[derive(Debug, Clone, Default)]
pub struct Exempt {
    pub paths: Vec<Pattern>,
    pub regexes: Vec<Pattern>,
    pub target: Target,
    /// In lower case; each exempts a secret that contains it.
    pub stopwords: Vec<Box<str>>,
    /// Every kind of entry that is there must hold, not just one of them.
    pub all: bool,
}

/// What the regexes of an allowlist look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    #[default]
    Secret,
    Match,
    /// The whole line, or lines, that the match stands in.
    Line,
}

/// What is judged.
pub(super) struct Seen<'a> {
    pub secret: &'a [u8],
    pub matched: &'a [u8],
    pub line: &'a [u8],
    pub path: Option<&'a [u8]>,
}

impl Exempt {
    pub(super) fn holds(&self, seen: &Seen<'_>) -> bool {
        let target = match self.target {
            Target::Secret => seen.secret,
            Target::Match => seen.matched,
            Target::Line => seen.line,
        };
        let path = seen.path.unwrap_or_default();
        let secret = String::from_utf8_lossy(seen.secret).to_lowercase();
        let mut kinds = [
            (!self.paths.is_empty()).then(|| any(&self.paths, path)),
            (!self.regexes.is_empty()).then(|| any(&self.regexes, target)),
            (!self.stopwords.is_empty()).then(|| self.stopwords.iter().any(|word| secret.contains(&**word))),
        ]
        .into_iter()
        .flatten()
        .peekable();
        // An empty allowlist exempts nothing.
        kinds.peek().is_some() && if self.all { kinds.all(|holds| holds) } else { kinds.any(|holds| holds) }
    }
}

fn any(patterns: &[Pattern], text: &[u8]) -> bool {
    patterns.iter().any(|pattern| pattern.regex().is_match(text))
}
