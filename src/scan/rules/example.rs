//! The examples that a rule carries, which are its tests. A break `{{}}` in one is taken out when it is asked for, so that files with
//! examples are clean themselves.

use super::Rule;
use crate::scan::{Failed, Result};

const BREAK: &str = "{{}}";

impl Rule {
    /// Texts that it must find something in, whole.
    pub fn matches(&self) -> impl Iterator<Item = String> {
        self.matches.iter().map(|text| text.replace(BREAK, ""))
    }

    /// Texts that it must find nothing in, whole.
    pub fn silent(&self) -> impl Iterator<Item = String> {
        self.silent.iter().map(|text| text.replace(BREAK, ""))
    }

    /// Compiles all of it, and looks whether there is such a group.
    pub fn compiles(&self) -> Result<()> {
        let wrong = |what: String| Failed::new(format!("rules: rule `{}`: {what}", self.id));
        for pattern in std::iter::once(&self.pattern).chain(&self.except).chain(&self.path) {
            pattern.compiles().map_err(|error| wrong(format!("regex: {error}")))?;
        }
        let groups = self.regex().captures_len();
        if self.group >= groups {
            let most = groups - 1;
            return Err(wrong(format!("group is {} and the regex has {most}: put the secret in brackets", self.group)));
        }
        Ok(())
    }

    /// What is wrong with it by its own examples. Example texts are counted, not shown: they may be secrets.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for (n, text) in self.matches().enumerate() {
            let text = text.as_bytes();
            if self.holds(text, None).is_none() {
                let regex = self.regex().captures(text);
                let why = match regex.map(|captures| self.secret_in(&captures).is_some()) {
                    None => "the regex does not match",
                    Some(false) => "the regex matches, and its group is empty",
                    Some(true) if !self.anchors.iter().any(|anchor| self.anchor_in(anchor, text)) => {
                        "no anchor stands in it"
                    }
                    Some(true) => "the regex matches, and check, entropy or except say no",
                };
                failures.push(format!("matches, example {}: {why}", n + 1));
            }
        }
        for (n, text) in self.silent().enumerate() {
            if self.holds(text.as_bytes(), None).is_some() {
                failures.push(format!("silent, example {}: it is found", n + 1));
            }
        }
        failures
    }
}
