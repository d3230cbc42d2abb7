//! Reads rules: `config/rules.toml` out of the binary, and files in the same form. Once a scan.

use std::sync::Arc;

use serde::Deserialize;

use super::pattern::Pattern;
use super::{Reach, Rule, Tier};
use crate::scan::{Failed, Result};

const BUILT_IN: &str = include_str!("../../../config/rules.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Written>,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
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
    #[serde(default)]
    except: Vec<Box<str>>,
    #[serde(default)]
    references: Vec<Box<str>>,
    remedy: Option<Box<str>>,
    matches: Vec<String>,
    silent: Vec<String>,
}

fn vendor() -> Tier {
    Tier::Vendor
}

fn reach() -> usize {
    256
}

pub(super) fn built_in() -> Vec<Arc<Rule>> {
    read(BUILT_IN).expect("the rules in the binary are tested")
}

pub(super) fn read(text: &str) -> Result<Vec<Arc<Rule>>> {
    let file: File = toml::from_str(text).map_err(|error| Failed::new(format!("rules: {error}")))?;
    Ok(file.rule.into_iter().map(rule).collect())
}

fn rule(written: Written) -> Arc<Rule> {
    let whole = |examples: Vec<String>| examples.into_iter().map(|text| text.replace("{{}}", "").into()).collect();
    Arc::new(Rule {
        id: written.id,
        tier: written.tier,
        description: written.description,
        anchors: written.anchors,
        any_case: written.any_case,
        reach: Reach::Around(written.reach),
        group: written.group,
        entropy: written.entropy,
        check: None,
        references: written.references,
        remedy: written.remedy,
        matches: whole(written.matches),
        silent: whole(written.silent),
        pattern: Pattern::new(&written.regex),
        except: written.except.iter().map(|except| Pattern::new(except)).collect(),
        path: None,
        first_group: false,
        exempt: Vec::new(),
    })
}
