//! The rules in the binary: constants that `build.rs` makes of `config/rules.toml`. Turned into rules at each start of a scan, which takes
//! a tenth of a millisecond; nothing is parsed, and no regex compiled.

use std::borrow::Cow;
use std::sync::Arc;

use super::pattern::Pattern;
use super::written::REACH;
use super::{Reach, Rule, Tier, check};

struct Built {
    id: &'static str,
    tier: Tier,
    description: &'static str,
    anchors: &'static [&'static str],
    any_case: bool,
    regex: &'static str,
    group: usize,
    entropy: Option<f64>,
    reach: Option<usize>,
    check: Option<&'static str>,
    except: &'static [&'static str],
    references: &'static [&'static str],
    remedy: Option<&'static str>,
    matches: &'static [Cow<'static, str>],
    silent: &'static [Cow<'static, str>],
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

pub(super) fn rules() -> Vec<Arc<Rule>> {
    RULES.iter().map(|built| Arc::new(rule(built))).collect()
}

fn rule(built: &Built) -> Rule {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).into()).collect();
    Rule {
        id: built.id.into(),
        tier: built.tier,
        description: built.description.into(),
        anchors: owned(built.anchors),
        any_case: built.any_case,
        reach: Reach::Around(built.reach.unwrap_or(REACH)),
        group: built.group,
        entropy: built.entropy,
        check: built.check.and_then(check::named),
        references: owned(built.references),
        remedy: built.remedy.map(Into::into),
        matches: built.matches.into(),
        silent: built.silent.into(),
        pattern: Pattern::new(built.regex),
        except: built.except.iter().map(|except| Pattern::new(*except)).collect(),
        path: None,
        first_group: false,
        exempt: Vec::new(),
    }
}
