//! An allowlist of gitleaks' form, made into what a rule exempts.

use super::form::List;
use super::{Exempt, Pattern, expression, wrong};
use crate::scan::Result;
use crate::scan::rules::exempt::Target;

/// `whose` says in errors where it stands. `None` where nothing is left of it, which is told.
pub(super) fn exempt(list: List, whose: &str, told: &mut Vec<String>) -> Result<Option<Exempt>> {
    let all = match list.condition.to_ascii_uppercase().as_str() {
        "" | "OR" | "||" => false,
        "AND" | "&&" => true,
        _ => return Err(wrong(format!("{whose}: an allowlist's condition is AND or OR"))),
    };
    let target = match list.regex_target.as_str() {
        "" | "secret" => Target::Secret,
        "match" => Target::Match,
        "line" => Target::Line,
        _ => return Err(wrong(format!("{whose}: an allowlist's regexTarget is secret, match or line"))),
    };
    let kinds = [&list.paths, &list.regexes, &list.stopwords, &list.commits];
    if kinds.iter().all(|kind| kind.is_empty()) {
        return Err(wrong(format!(
            "{whose}: an allowlist has paths, regexes, stopwords or commits, and this one has none"
        )));
    }
    if !list.commits.is_empty() {
        told.push(format!(
            "rules in gitleaks' form: {whose}: commits of an allowlist are not honoured, because a value in one of them is still known: \
             allow the value with `keystead scan allow`"
        ));
        if all || kinds[..3].iter().all(|kind| kind.is_empty()) {
            return Ok(None);
        }
    }
    let patterns = |texts: &[String]| -> Result<Vec<Pattern>> {
        let pattern = |text: &String| {
            let pattern = Pattern::new(expression::translated(text));
            let compiled = pattern.compiles().map(|()| pattern);
            compiled.map_err(|error| wrong(format!("{whose}: a regex of its allowlist: {error}")))
        };
        texts.iter().map(pattern).collect()
    };
    Ok(Some(Exempt {
        paths: patterns(&list.paths)?,
        regexes: patterns(&list.regexes)?,
        target,
        stopwords: list.stopwords.iter().map(|word| word.to_lowercase().into()).collect(),
        all,
    }))
}
