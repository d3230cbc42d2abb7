//! For people: each finding with its place, what it is and two lines about what to do; and, apart from them, how much was looked into.

use std::collections::BTreeMap;
use std::io::{Result, Write};

use super::{NAMED, Telling, Told, words};
use crate::base::printable::printable;
use crate::scan::format::redact::Redactor;
use crate::scan::{Finding, Looked, Skip, Standing, Why};

pub fn write(told: &Told<'_>, out: &mut dyn Write) -> Result<()> {
    for finding in told.open() {
        let (hit, place) = (&finding.hit, &finding.place);
        let (shown, secret) = (printable(&told.shown(place)), told.redactor.secret(hit));
        writeln!(out, "{shown}:{}:{}: {} {secret}", hit.line, hit.column, hit.rule.id)?;
        for line in about(told, finding) {
            writeln!(out, "    {}", printable(&line))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn about(told: &Told<'_>, finding: &Finding) -> Vec<String> {
    let warns = if finding.standing == Standing::Warns { " This only warns." } else { "" };
    let mut lines = vec![format!("{}.{warns}", finding.hit.rule.description.trim_end_matches('.'))];
    lines.extend(words::part(finding.place.kind).map(str::to_owned));
    lines.extend(told.through(finding).map(|through| format!("Seen through {through}.")));
    if let Some(commit) = &finding.place.commit {
        let author = told.redactor.text(commit.author.as_bytes());
        lines.push(format!("Commit {} by {author}, {}.", commit.id, words::day(commit)));
    }
    lines.extend(told.elsewhere(finding));
    lines.extend(words::fixes(finding, told.allowed));
    lines
}

/// How much was looked into, what was found and what was left out, in lines of talk.
pub fn summary(looked: &Looked, telling: &Telling) -> Vec<String> {
    let redactor = Redactor::new(looked, telling);
    let counts = looked.counts();
    let mut found = Vec::new();
    let mut say = |number: usize, one: &str, many: &str| {
        if number > 0 {
            found.push(words::count(number as u64, one, many));
        }
    };
    say(counts.blocks, "secret", "secrets");
    say(counts.warns, "warning", "warnings");
    say(counts.allowed, "allowed", "allowed");
    say(counts.old, "that was there before", "that were there before");
    let found = if found.is_empty() { "nothing found".into() } else { found.join(", ") };
    let mut lines = vec![format!("{found}; {}", words::seen(looked))];
    let mut reasons: BTreeMap<(bool, Why), Vec<&Skip>> = BTreeMap::new();
    for skip in &looked.skips {
        reasons.entry((skip.accepted.is_some(), skip.why)).or_default().push(skip);
    }
    for ((accepted, why), skips) in reasons {
        lines.extend(left_out(accepted, why, &skips, &redactor, telling));
    }
    lines
}

fn left_out(accepted: bool, why: Why, skips: &[&Skip], redactor: &Redactor, telling: &Telling) -> Vec<String> {
    let shown = |skip: &&Skip| redactor.text(skip.place.path.as_deref().unwrap_or(skip.place.shown().as_bytes()));
    let reason = words::reason(why);
    let said = match (why, accepted) {
        (Why::Asked, _) => "left out",
        (_, true) => "not looked into and accepted",
        (_, false) => "NOT LOOKED INTO",
    };
    let number = words::count(skips.len() as u64, "place", "places");
    if telling.explain_skips {
        let mut lines: Vec<String> = skips.iter().map(|skip| format!("{}: {said}: {reason}", shown(skip))).collect();
        lines.push(format!("{number} {said} because {reason}. {}", words::remedy(why)));
        return lines;
    }
    let mut named: Vec<String> = skips.iter().take(NAMED).map(shown).collect();
    if skips.len() > NAMED {
        named.push("… (--explain-skips names all)".into());
    }
    let remedy = if why == Why::Asked || accepted { "" } else { words::remedy(why) };
    vec![format!("{number} {said} because {reason}: {}. {remedy}", named.join(", ")).trim_end().to_owned()]
}
