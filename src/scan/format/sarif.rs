//! SARIF 2.1.0 (OASIS), as code scanning of GitHub, GitLab and editors read it. Fingerprints carry no line, so that a finding stays the same
//! one when its file changes or moves.

use std::collections::BTreeMap;
use std::io::{Result, Write};

use serde_json::{Value, json};

use super::{Told, words};
use crate::base::printable::printable_json;
use crate::scan::{Finding, Kind, Place, Rule, Skip, Standing, Tier, Verdict, Why};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub fn write(told: &Told<'_>, out: &mut dyn Write) -> Result<()> {
    let mut rules: BTreeMap<&str, &Rule> = BTreeMap::new();
    for finding in told.known() {
        rules.insert(&finding.hit.rule.id, &finding.hit.rule);
    }
    let place: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(n, id)| (*id, n)).collect();
    let results: Vec<Value> = told.known().map(|finding| result(told, finding, &place)).collect();
    let rules: Vec<Value> = rules.values().map(|rule| self::rule(rule)).collect();
    let mut whys: Vec<Why> = told.looked.skips.iter().map(|skip| skip.why).collect();
    whys.sort_unstable();
    whys.dedup();
    let notices: Vec<Value> = whys.iter().map(|why| notice(*why)).collect();
    let skips: Vec<Value> = told.looked.skips.iter().map(|skip| notification(told, skip)).collect();
    let verdict = told.looked.verdict(&told.telling.least);
    let seen = &told.looked.seen;
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Keystead", "version": env!("CARGO_PKG_VERSION"), "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules, "notifications": notices,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": told.looked.counts().skipped == 0 && verdict != Verdict::Incomplete,
                "exitCode": verdict.exit_code(),
                "toolExecutionNotifications": skips,
            }],
            "results": results,
            "properties": {
                "files": seen.files, "blobs": seen.blobs, "commits": seen.commits, "texts": seen.texts, "bytes": seen.bytes,
            },
        }],
    });
    writeln!(out, "{}", printable_json(&format!("{document:#}")))
}

fn rule(rule: &Rule) -> Value {
    let sure = rule.tier != Tier::Generic && &*rule.id != "keystead-public-key";
    let mut value = json!({
        "id": rule.id,
        "shortDescription": { "text": rule.description },
        "help": { "text": rule.remedy.as_deref().unwrap_or("Remove it from the file, and revoke it where it was issued.") },
        "defaultConfiguration": { "level": if sure { "error" } else { "warning" } },
        // What GitHub sorts by: 9 and over is critical.
        "properties": {
            "tags": ["security", "secret"], "tier": rule.tier.as_str(), "security-severity": if sure { "9.0" } else { "4.0" },
        },
    });
    if let Some(reference) = rule.references.first() {
        value["helpUri"] = reference.as_ref().into();
    }
    value
}

fn notice(why: Why) -> Value {
    json!({ "id": words::why(why), "shortDescription": { "text": words::reason(why) }, "help": { "text": words::remedy(why) } })
}

fn result(told: &Told<'_>, finding: &Finding, rules: &BTreeMap<&str, usize>) -> Value {
    let rule = &finding.hit.rule;
    let [fix, allow] = words::fixes(finding, told.allowed);
    let mut value = json!({
        "ruleId": rule.id,
        "ruleIndex": rules[&*rule.id],
        "level": if rule.tier == Tier::Generic || finding.standing == Standing::Warns { "warning" } else { "error" },
        "message": { "text": format!("{}. {fix} {allow}", told.sentence(finding)) },
        "locations": [location(told, &finding.place, Some(finding))],
        "partialFingerprints": { "keystead/v1": told.allowed.fingerprint(finding).as_str() },
    });
    if !finding.more.is_empty() {
        value["relatedLocations"] = finding.more.iter().map(|place| location(told, place, None)).collect();
    }
    // Where one result says it, all must (section 3.27.29): an empty list is "nobody suppresses it".
    value["suppressions"] = match &finding.standing {
        Standing::Allowed(reason) => {
            let kind = if finding.hit.inline.is_some() { "inSource" } else { "external" };
            json!([{ "kind": kind, "justification": told.redactor.text(reason.as_bytes()) }])
        }
        _ => json!([]),
    };
    value
}

fn notification(told: &Told<'_>, skip: &Skip) -> Value {
    let fine = skip.why == Why::Asked || skip.accepted.is_some();
    json!({
        "descriptor": { "id": words::why(skip.why) },
        "level": if fine { "note" } else { "error" },
        "message": { "text": format!("Not looked into: {}. {}", words::reason(skip.why), words::remedy(skip.why)) },
        "locations": [location(told, &skip.place, None)],
    })
}

fn location(told: &Told<'_>, place: &Place, finding: Option<&Finding>) -> Value {
    let mut value = json!({});
    if let Some(path) = &place.path {
        value["physicalLocation"] = json!({ "artifactLocation": { "uri": uri(&told.redactor.bytes(path)) } });
        if let Some(finding) = finding.filter(|_| place.kind == Kind::Content) {
            let region = json!({ "startLine": finding.hit.line, "startColumn": finding.hit.column });
            value["physicalLocation"]["region"] = region;
        }
    }
    let mut logical = Vec::new();
    if let Some(commit) = &place.commit {
        logical.push(json!({ "name": commit.id, "kind": "commit" }));
    }
    if let Some(object) = &place.object {
        logical.push(json!({ "name": object, "kind": "object" }));
    }
    if logical.is_empty() && place.path.is_none() {
        logical.push(json!({ "name": told.shown(place), "kind": words::kind(place.kind) }));
    }
    if !logical.is_empty() {
        value["logicalLocations"] = logical.into();
    }
    value
}

/// A path as a URI (RFC 3986): bytes other than unreserved ones and `/` percent-encoded; an absolute one with its scheme.
fn uri(path: &[u8]) -> String {
    let mut text = String::from(if path.starts_with(b"/") { "file://" } else { "" });
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(*byte)),
            byte => {
                let _ = std::fmt::Write::write_fmt(&mut text, format_args!("%{byte:02X}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_of_any_bytes_is_a_uri() {
        for (path, uri) in [
            (&b"src/main.rs"[..], "src/main.rs"),
            (b"/tmp/a b", "file:///tmp/a%20b"),
            (b"c:/x%41#?", "c%3A/x%2541%23%3F"),
            (b"\xff\n\xc3\xa4", "%FF%0A%C3%A4"),
        ] {
            assert_eq!(super::uri(path), uri);
        }
    }
}
