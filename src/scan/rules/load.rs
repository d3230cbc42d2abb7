//! Brings rules together: those in the binary, and those of a file in the same form or in gitleaks' own. Once a scan. A file adds; it takes
//! something away only by saying so, and what of it cannot be honoured is an error or is told.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;

use super::written::Written;
use super::{Rule, Rules, gitleaks};
use crate::scan::{Failed, Result};

/// Bytes of a file with rules: gitleaks' own has some 130 kB.
pub const FILE_MAX: usize = 1 << 20;
/// Rules in a set: of gitleaks' there are some 220. 5,000 of a kilobyte and 4 MiB of compiled regex at worst are 20 GB, and some 50 MB in practice,
/// as a regex is compiled for good only when it is asked.
pub const RULES_MAX: usize = 5_000;
/// Ids that no file may give: the rules that find this program's own keys.
pub const OWN: [&str; 2] = ["keystead-key", "keystead-public-key"];

/// A file's own words about the others.
#[derive(Default)]
struct Terms {
    replace: bool,
    disable: Vec<String>,
}

pub(super) fn extend(rules: Rules, text: &str) -> Result<Rules> {
    if text.len() > FILE_MAX {
        return Err(Failed::new(format!(
            "rules: the file has {} bytes, {FILE_MAX} are the most: split it",
            text.len()
        )));
    }
    let file: toml::Table = text.parse().map_err(|error| Failed::new(format!("rules: this is no TOML: {error}")))?;
    let rules = if gitleaks::is(&file) { gitleaks::extend(rules, file)? } else { ours(rules, file)? };
    let mut ids = HashSet::new();
    for rule in rules.all() {
        if !ids.insert(&rule.id) {
            return Err(Failed::new(format!(
                "rules: there are two of the id `{}`: give one another id, or switch the one in the binary off by `disable = [\"{0}\"]`",
                rule.id
            )));
        }
    }
    if rules.all().is_empty() {
        return Err(Failed::new(
            "rules: there is not one, so nothing would be found: leave `replace` out, or write a rule",
        ));
    }
    if rules.all().len() > RULES_MAX {
        return Err(Failed::new(format!("rules: there are {}, {RULES_MAX} are the most", rules.all().len())));
    }
    Ok(rules)
}

/// A file of our own form, added to what is there.
fn ours(before: Rules, file: toml::Table) -> Result<Rules> {
    let (rules, terms) = read(file)?;
    let Rules { all: mut before, told } = before;
    for id in &terms.disable {
        if !before.iter().any(|rule| *rule.id == **id) {
            return Err(Failed::new(format!(
                "rules: `disable` names `{id}`, and there is no such rule: `keystead scan rules list` has their ids"
            )));
        }
    }
    if terms.replace {
        before.clear();
    }
    before.retain(|rule| !terms.disable.iter().any(|id| **id == *rule.id));
    for rule in &rules {
        rule.compiles()?;
    }
    before.extend(rules);
    Ok(Rules { all: before, told })
}

/// A file of our own form, by itself.
fn read(mut file: toml::Table) -> Result<(Vec<Arc<Rule>>, Terms)> {
    let wrong = |error: toml::de::Error| Failed::new(format!("rules: {}", error.message()));
    let written = file.remove("rule").unwrap_or(toml::Value::Array(Vec::new()));
    let mut terms = Terms::default();
    for (field, value) in file {
        match field.as_str() {
            "replace" => terms.replace = bool::deserialize(value).map_err(wrong)?,
            "disable" => terms.disable = Vec::deserialize(value).map_err(wrong)?,
            _ => {
                return Err(Failed::new(format!(
                    "rules: `{field}` is not known: a file has `replace`, `disable` and tables `[[rule]]` (/docs/scan-rules)"
                )));
            }
        }
    }
    let toml::Value::Array(written) = written else {
        return Err(Failed::new("rules: `rule` is a list of tables: write `[[rule]]`"));
    };
    let rules = written.into_iter().enumerate().map(|(n, rule)| Written::read(rule, n + 1)?.rule().map(Arc::new));
    Ok((rules.collect::<Result<_>>()?, terms))
}
