//! `keystead scan rules`: which rules there are, what one of them looks for, and whether a file of one's own does what it says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use crate::cli::{Failure, Outcome, Ran, out};
use crate::scan::rules::FILE_MAX;
use crate::scan::{Rule, Tier};

#[derive(Debug, clap::Subcommand)]
pub enum Rules {
    /// List what is looked for
    List {
        /// With the rules of this file
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Read a file of rules, and try each on its own examples
    #[command(after_help = "Exit codes: 0 all right, 1 an example fails, 2 the file is no file of rules.")]
    Check { file: PathBuf },
    /// Show all that there is about a rule, and what to do about its findings
    Explain {
        id: String,
        /// With the rules of this file
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
}

impl Rules {
    pub fn run(self) -> Ran {
        match self {
            Self::List { rules, json } => {
                list(&all(rules.as_deref())?, json);
                Ok(Outcome::Fine)
            }
            Self::Check { file } => check(&file),
            Self::Explain { id, rules } => {
                let all = all(rules.as_deref())?;
                let rule = all.iter().find(|rule| *rule.id == *id);
                explain(rule.ok_or_else(|| {
                    Failure("there is no rule of this id: keystead scan rules list has all of them".into())
                })?);
                Ok(Outcome::Fine)
            }
        }
    }
}

/// The rules for our own keys first, then those of the set.
fn all(file: Option<&Path>) -> Result<Vec<Arc<Rule>>, Failure> {
    let rules = match file {
        Some(file) => with(crate::scan::Rules::built_in(), file)?,
        None => crate::scan::Rules::built_in(),
    };
    let own = [Rule::own_secret(), Rule::own_public()];
    Ok(own.into_iter().chain(rules.all().iter().cloned()).collect())
}

fn with(before: crate::scan::Rules, file: &Path) -> Result<crate::scan::Rules, Failure> {
    let about = |what: String| Failure(format!("{}: {what}", file.display()));
    // One byte more than is read says that there is more.
    let mut text = String::new();
    let open = std::fs::File::open(file).map_err(|error| about(format!("{error}: name a file that can be read")))?;
    let read = std::io::Read::take(open, FILE_MAX as u64 + 1);
    std::io::Read::read_to_string(&mut { read }, &mut text).map_err(|error| about(error.to_string()))?;
    let rules = before.with_file(&text).map_err(|error| about(error.to_string()))?;
    for remark in rules.told() {
        out::say(remark);
    }
    Ok(rules)
}

fn check(file: &Path) -> Ran {
    let built_in = crate::scan::Rules::built_in();
    let rules = with(built_in.clone(), file)?;
    let is_built_in = |rule: &Arc<Rule>| built_in.all().iter().any(|other| Arc::ptr_eq(rule, other));
    let (mut checked, mut failed, mut without) = (0, 0, Vec::new());
    for rule in rules.all().iter().filter(|rule| !is_built_in(rule)) {
        checked += 1;
        let failures = rule.failures();
        failed += usize::from(!failures.is_empty());
        for failure in failures {
            out::line(&format!("{}: {failure}", rule.id));
        }
        if rule.matches().next().is_none() {
            without.push(&*rule.id);
        }
    }
    out::say(&format!("{checked} rules of this file, {failed} fail their own examples"));
    if !without.is_empty() {
        out::say(&format!(
            "{} of them have no example, so nobody knows whether they find anything: {}",
            without.len(),
            without.join(", ")
        ));
    }
    Ok(if failed > 0 { Outcome::Refused } else { Outcome::Fine })
}

fn list(rules: &[Arc<Rule>], json: bool) {
    if json {
        let rules: Vec<_> = rules
            .iter()
            .map(|rule| {
                json!({
                    "id": rule.id, "tier": rule.tier.as_str(), "description": rule.description, "anchors": rule.anchors,
                    "regex": rule.pattern(), "check": rule.check.map(|check| check.name), "references": rule.references,
                })
            })
            .collect();
        return out::json(&json!({ "rules": rules }));
    }
    let row = |rule: &Arc<Rule>| vec![rule.id.to_string(), rule.tier.as_str().into(), rule.description.to_string()];
    out::table(&["ID", "TIER", "WHAT"], rules.iter().map(row).collect());
}

fn explain(rule: &Rule) {
    let tier = match rule.tier {
        Tier::Own => "a: a key of your own, which blocks",
        Tier::Vendor => "b: a vendor's exact format, which blocks",
        Tier::Generic => "c: it may be a secret, which warns",
    };
    let mut rows =
        vec![("Rule", rule.id.to_string()), ("What", rule.description.to_string()), ("Tier", tier.to_owned())];
    if !rule.anchors.is_empty() {
        let case = if rule.any_case { " (in any case)" } else { "" };
        rows.push(("Anchors", format!("{}{case}", rule.anchors.join("  "))));
    }
    if !rule.pattern().is_empty() {
        rows.push(("Regex", rule.pattern().to_owned()));
    }
    if rule.group > 0 {
        rows.push(("Secret", format!("group {} of the regex", rule.group)));
    }
    if let Some(entropy) = rule.entropy {
        rows.push(("Entropy", format!("at least {entropy:.1} bits a byte")));
    }
    if let Some(check) = rule.check {
        rows.push(("Check", format!("{}: {}", check.name, check.says)));
    }
    if rule.tier == Tier::Own {
        rows.push(("Check", "the checksum in the key: there are no false findings".into()));
    }
    rows.extend(rule.references.iter().map(|reference| ("See", reference.to_string())));
    let usual = "Take it out, and change it: whoever has the text has the secret.";
    let own = "Take it out and rotate it: keystead key rotate KEY_ID. Whoever has the text has the key.";
    let usual = if rule.tier == Tier::Own { own } else { usual };
    rows.push(("What to do", rule.remedy.as_deref().unwrap_or(usual).to_owned()));
    rows.push(("To keep it", "keystead scan allow FINGERPRINT --reason TEXT".into()));
    for (name, text) in rows {
        out::line(&format!("{name:<11} {text}"));
    }
}
