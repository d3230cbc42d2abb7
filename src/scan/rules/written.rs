//! A rule as it is written, and what must be true of it before it is one.

use std::borrow::Cow;

use serde::Deserialize;

use super::load::OWN;
use super::pattern::Pattern;
use super::{Reach, Rule, Tier, check};
use crate::scan::{Failed, Result};

/// Bytes around an anchor that its regex sees: the longest secret, a private key of 16,384 bits, has 13 kB.
const REACH_MAX: usize = 64 << 10;
/// Where a rule says nothing: a line or two, and four times the longest usual key.
pub(super) const REACH: usize = 256;
const ID_MAX: usize = 64;
/// A single byte stands in every other line, and the regex would run there.
const ANCHOR_MIN: usize = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    id: Box<str>,
    #[serde(default = "vendor")]
    tier: Tier,
    description: Box<str>,
    anchors: Vec<Box<str>>,
    #[serde(default)]
    any_case: bool,
    regex: Box<str>,
    #[serde(default)]
    group: usize,
    entropy: Option<f64>,
    #[serde(default = "reach")]
    reach: usize,
    check: Option<Box<str>>,
    #[serde(default)]
    except: Vec<Box<str>>,
    #[serde(default)]
    references: Vec<Box<str>>,
    remedy: Option<Box<str>>,
    #[serde(default)]
    matches: Vec<Cow<'static, str>>,
    #[serde(default)]
    silent: Vec<Cow<'static, str>>,
}

fn vendor() -> Tier {
    Tier::Vendor
}

fn reach() -> usize {
    REACH
}

impl Written {
    /// `n` says which one it is, from 1, where it has no id.
    pub(super) fn read(rule: toml::Value, n: usize) -> Result<Self> {
        let id = rule.get("id").and_then(toml::Value::as_str).map(str::to_owned);
        rule.try_into().map_err(|error: toml::de::Error| {
            let which = id.map_or_else(|| format!("rule {n}, which has no id"), |id| format!("rule `{id}`"));
            Failed::new(format!("rules: {which}: {}: /docs/scan-rules explains every field", error.message().trim()))
        })
    }

    pub(super) fn rule(self) -> Result<Rule> {
        if let Some(wrong) = self.wrong() {
            return Err(Failed::new(format!("rules: rule `{}`: {wrong}", self.id)));
        }
        let check = match self.check.as_deref().map(|name| (name, check::named(name))) {
            None => None,
            Some((_, Some(check))) => Some(check),
            Some((name, None)) => {
                let names = check::names();
                return Err(Failed::new(format!(
                    "rules: rule `{}`: there is no check `{name}`: there are {names}",
                    self.id
                )));
            }
        };
        Ok(Rule {
            id: self.id,
            tier: self.tier,
            description: self.description,
            anchors: self.anchors,
            any_case: self.any_case,
            reach: Reach::Around(self.reach),
            group: self.group,
            entropy: self.entropy,
            check,
            references: self.references,
            remedy: self.remedy,
            matches: self.matches.into(),
            silent: self.silent.into(),
            pattern: Pattern::new(self.regex.into_string()),
            except: self.except.into_iter().map(|except| Pattern::new(except.into_string())).collect(),
            path: None,
            first_group: false,
            exempt: Vec::new(),
        })
    }

    fn wrong(&self) -> Option<String> {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > ID_MAX || !self.id.chars().all(lower) {
            return Some(format!("an id has up to {ID_MAX} small letters, digits and dashes"));
        }
        if OWN.contains(&&*self.id) {
            return Some("this id belongs to the rules for keys of Keystead: choose another one".into());
        }
        if self.tier == Tier::Own {
            return Some("tier `a` is for keys of Keystead: write `b`, which blocks, or `c`, which warns".into());
        }
        if let Some(short) = self.anchors.iter().find(|anchor| anchor.len() < ANCHOR_MIN) {
            return Some(format!(
                "the anchor `{short}` has less than {ANCHOR_MIN} bytes and would stand in every other line: write a longer one"
            ));
        }
        if self.anchors.is_empty() {
            return Some("it has no anchor: name a text that stands in every match, so that the regex need not run over everything".into());
        }
        if self.reach > REACH_MAX {
            return Some(format!("reach is {} and at most {REACH_MAX} bytes", self.reach));
        }
        if self.entropy.is_some_and(|entropy| !(0.0..=8.0).contains(&entropy)) {
            return Some("entropy is in bits a byte, from 0 to 8".into());
        }
        None
    }
}
