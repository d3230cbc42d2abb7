//! Reads rules in gitleaks' form (its README, "Configuration"; version 8), once a scan. What means something is honoured; what cannot be is
//! an error or is told, and never dropped without a word.

mod allowlist;
mod expression;
mod form;

use std::borrow::Cow;
use std::sync::Arc;

use self::form::{File, Named};
use super::load::OWN;
use super::pattern::Pattern;
use super::{Exempt, Reach, Rule, Rules, Tier};
use crate::scan::{Failed, Result};

/// Is a file in this form? Ours has `rule`, in the singular.
pub(super) fn is(file: &toml::Table) -> bool {
    const THEIRS: [&str; 5] = ["rules", "allowlist", "allowlists", "extend", "title"];
    file.keys().any(|key| THEIRS.contains(&key.to_ascii_lowercase().as_str()))
}

/// The file's rules and allowlists, added to what is there. A rule with the id of one that is there stands in for it, as in gitleaks.
pub(super) fn extend(rules: Rules, file: toml::Table) -> Result<Rules> {
    let file = File::read(file)?;
    let mut set = Set { rules, replaced: Vec::new() };
    if file.extend.path.is_some() || file.extend.url.is_some() {
        return Err(wrong("[extend] path and url are not followed: put what that file has into this one"));
    }
    for id in &file.extend.disabled_rules {
        if !set.remove(id) {
            set.tell(format!("disabledRules names `{id}`, and there is no such rule here"));
        }
    }
    for rule in file.rules {
        set.take(rule)?;
    }
    for list in file.allowlist.into_iter().chain(file.allowlists) {
        let targets = list.target_rules.clone();
        let Some(exempt) = allowlist::exempt(list, "[[allowlists]]", &mut set.rules.told)?.map(Arc::new) else {
            continue;
        };
        for target in &targets {
            if !set.rules.all.iter().any(|rule| *rule.id == *slug(target)) {
                set.tell(format!("an allowlist is for `{target}`, and there is no such rule here"));
            }
        }
        for rule in &mut set.rules.all {
            if targets.is_empty() || targets.iter().any(|target| *slug(target) == *rule.id) {
                Arc::make_mut(rule).exempt.push(Arc::clone(&exempt));
            }
        }
    }
    if !set.replaced.is_empty() {
        let replaced = set.replaced.join(", ");
        set.tell(format!(
            "these rules of the file stand in for the built-in ones of the same id, and for their checks: {replaced}"
        ));
    }
    Ok(set.rules)
}

fn wrong(what: impl std::fmt::Display) -> Failed {
    Failed::new(format!("rules in gitleaks' form: {what}"))
}

struct Set {
    rules: Rules,
    replaced: Vec<String>,
}

impl Set {
    fn tell(&mut self, what: String) {
        self.rules.told.push(format!("rules in gitleaks' form: {what}"));
    }

    fn remove(&mut self, id: &str) -> bool {
        let before = self.rules.all.len();
        self.rules.all.retain(|rule| *rule.id != *id);
        self.rules.all.len() < before
    }

    fn take(&mut self, written: Named) -> Result<()> {
        let id = slug(&written.id);
        if OWN.contains(&&*id) {
            return Err(wrong(format!(
                "rule `{id}`: this id belongs to the rules for keys of Keystead: choose another one"
            )));
        }
        if *id != *written.id {
            self.tell(format!("rule `{}` is called `{id}` here", written.id));
        }
        if written.skip_report {
            self.tell(format!("rule `{id}` has skipReport, as a part of other rules: it is not looked for"));
            return Ok(());
        }
        if !written.required.is_empty() {
            self.tell(format!(
                "rule `{id}` is taken without what it requires beside it: it finds more than in gitleaks"
            ));
        }
        let lists = written.allowlist.into_iter().chain(written.allowlists);
        let mut exempt = Vec::new();
        for list in lists {
            exempt.extend(allowlist::exempt(list, &id, &mut self.rules.told)?.map(Arc::new));
        }
        let Some(regex) = written.regex.filter(|regex| !regex.is_empty()) else {
            if written.path.is_some() {
                self.tell(format!(
                    "rule `{id}` goes by the path alone, in which there is no secret: it is not looked for"
                ));
            } else if let Some(rule) = self.rules.all.iter_mut().find(|rule| *rule.id == *id) {
                let rule = Arc::make_mut(rule);
                rule.exempt.extend(exempt);
                rule.entropy = written.entropy.filter(|least| *least > 0.0).map(f64::next_up).or(rule.entropy);
            } else {
                self.tell(format!("rule `{id}` changes a rule, and there is no such rule here"));
            }
            return Ok(());
        };
        if self.remove(&id) {
            self.replaced.push(id.to_string());
        }
        let rule = Rule {
            description: written.description.filter(|text| !text.is_empty()).unwrap_or_else(|| id.clone()),
            id,
            tier: Tier::Vendor,
            anchors: written.keywords.into_iter().filter(|keyword| !keyword.is_empty()).collect(),
            any_case: true,
            reach: Reach::Whole,
            group: written.secret_group,
            // There a secret must have more than this.
            entropy: written.entropy.filter(|least| *least > 0.0).map(f64::next_up),
            check: None,
            references: Vec::new(),
            remedy: None,
            matches: Cow::Borrowed(&[]),
            silent: Cow::Borrowed(&[]),
            pattern: Pattern::new(expression::translated(&regex)),
            except: Vec::new(),
            path: written.path.map(|path| Pattern::new(expression::translated(&path))),
            first_group: written.secret_group == 0,
            exempt,
        };
        rule.compiles()?;
        self.rules.all.push(Arc::new(rule));
        Ok(())
    }
}

/// An id as ours are: small letters, digits and dashes.
fn slug(id: &str) -> Box<str> {
    let dashed = id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    dashed.collect::<String>().into()
}
