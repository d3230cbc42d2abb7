//! What is looked for: rules, each with its regex, its anchors and its examples. Read once at the start of a scan; a regex is compiled when
//! an anchor of it is seen for the first time.

mod built;
mod check;
mod count;
mod example;
mod exempt;
mod gitleaks;
mod load;
mod pattern;
mod written;

use std::borrow::Cow;
use std::sync::Arc;

use regex::bytes::Regex;

use super::Result;
pub use check::Check;
pub use count::entropy;
use exempt::Exempt;
pub use load::FILE_MAX;
use pattern::Pattern;

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
pub enum Tier {
    /// Our own keys: the checksum decides.
    #[serde(rename = "a")]
    Own,
    /// The exact format of a vendor.
    #[serde(rename = "b")]
    Vendor,
    /// Something secret is assigned: warns.
    #[serde(rename = "c")]
    Generic,
}

impl Tier {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "a",
            Self::Vendor => "b",
            Self::Generic => "c",
        }
    }
}

/// Where around an anchor the regex is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This many bytes before the anchor's begin and behind its end; a match contains the anchor.
    Around(usize),
    /// On the whole text, once, where any anchor stands anywhere in it, in any case: rules of other scanners are meant so.
    Whole,
}

#[derive(Debug, Clone)]
pub struct Rule {
    /// `[a-z0-9-]+`, once in a set.
    pub id: Box<str>,
    pub tier: Tier,
    pub description: Box<str>,
    /// Literal texts, one of which stands in every match. Case-sensitive unless `any_case`. Empty: the regex runs over everything.
    pub anchors: Vec<Box<str>>,
    pub any_case: bool,
    pub reach: Reach,
    /// The secret is this group of the regex; 0 is the whole match.
    pub group: usize,
    /// Shannon entropy of the secret, bits a character, at least.
    pub entropy: Option<f64>,
    /// What besides the regex must hold of the secret.
    pub check: Option<&'static Check>,
    pub references: Vec<Box<str>>,
    /// What to do about a finding, besides removing it.
    pub remedy: Option<Box<str>>,
    /// Examples as they are written: what must match and what must not.
    matches: Cow<'static, [Cow<'static, str>]>,
    silent: Cow<'static, [Cow<'static, str>]>,
    pattern: Pattern,
    /// Secrets that one of these matches do not count.
    except: Vec<Pattern>,
    /// Only texts with such a path.
    path: Option<Pattern>,
    /// The secret is the first group with something in it, as gitleaks has it; `group` says nothing then.
    first_group: bool,
    exempt: Vec<Arc<Exempt>>,
}

impl Rule {
    /// The key of this program with a secret prefix; found without a regex.
    pub fn own_secret() -> Arc<Self> {
        Self::own("keystead-key", Tier::Own, "API key of a Keystead instance")
    }

    /// The same with a public prefix: meant to be seen, so it only warns.
    pub fn own_public() -> Arc<Self> {
        Self::own("keystead-public-key", Tier::Generic, "Public API key of a Keystead instance")
    }

    fn own(id: &str, tier: Tier, description: &str) -> Arc<Self> {
        Arc::new(Self {
            id: id.into(),
            tier,
            description: description.into(),
            anchors: Vec::new(),
            any_case: false,
            reach: Reach::Around(0),
            group: 0,
            entropy: None,
            check: None,
            references: Vec::new(),
            remedy: None,
            matches: Cow::Borrowed(&[]),
            silent: Cow::Borrowed(&[]),
            pattern: Pattern::new(""),
            except: Vec::new(),
            path: None,
            first_group: false,
            exempt: Vec::new(),
        })
    }

    pub fn pattern(&self) -> &str {
        self.pattern.text()
    }

    /// Compiled at the first call. Rules were checked when they were loaded, so that this cannot fail.
    pub fn regex(&self) -> &Regex {
        self.pattern.regex()
    }
}

/// A set of rules.
#[derive(Debug, Clone)]
pub struct Rules {
    all: Vec<Arc<Rule>>,
    told: Vec<String>,
}

impl Rules {
    /// Those of `config/rules.toml`, which are in the binary.
    pub fn built_in() -> Self {
        Self { all: built::rules(), told: Vec::new() }
    }

    /// These and those of a file in the same form, or in gitleaks' own.
    ///
    /// # Errors
    /// What is wrong with the file, by rule and field, and what to do about it.
    pub fn with_file(self, text: &str) -> Result<Self> {
        load::extend(self, text)
    }

    pub fn all(&self) -> &[Arc<Rule>] {
        &self.all
    }

    /// The rule of this id.
    pub fn named(&self, id: &str) -> Option<&Arc<Rule>> {
        self.all.iter().find(|rule| *rule.id == *id)
    }

    /// What of the files is not honoured as another scanner would, one line each: to be told on stderr.
    pub fn told(&self) -> &[String] {
        &self.told
    }
}
