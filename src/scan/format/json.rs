//! JSON as one document, and as one value a line. What is allowed and what was there before is in it, each with its standing.

use std::io::{Result, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Told, words};
use crate::base::Timestamp;
use crate::base::printable::printable_json;
use crate::scan::{Finding, Place, Skip, Standing, Verdict};

/// Of the form itself: raised when a field changes its meaning or goes.
const VERSION: u32 = 1;

pub fn write(told: &Told<'_>, out: &mut dyn Write) -> Result<()> {
    let mut document = summary(told);
    document["findings"] = told.looked.findings.iter().map(|finding| self::finding(told, finding)).collect();
    document["skips"] = told.looked.skips.iter().map(|skip| self::skip(told, skip)).collect();
    writeln!(out, "{}", printable_json(&format!("{document:#}")))
}

/// Findings, then skips, then the summary: a text without its last line is not whole.
pub fn write_lines(told: &Told<'_>, out: &mut dyn Write) -> Result<()> {
    let findings = told.looked.findings.iter().map(|finding| ("finding", self::finding(told, finding)));
    let skips = told.looked.skips.iter().map(|skip| ("skip", self::skip(told, skip)));
    for (kind, mut value) in findings.chain(skips).chain([("summary", summary(told))]) {
        value["type"] = kind.into();
        writeln!(out, "{}", printable_json(&value.to_string()))?;
    }
    Ok(())
}

fn summary(told: &Told<'_>) -> Value {
    let verdict = told.looked.verdict(&told.telling.least);
    let seen = &told.looked.seen;
    json!({
        "version": VERSION,
        "verdict": match verdict {
            Verdict::Clean => "clean",
            Verdict::Found => "found",
            Verdict::Incomplete => "incomplete",
        },
        "exit_code": verdict.exit_code(),
        "counts": told.looked.counts(),
        "seen": {
            "files": seen.files, "blobs": seen.blobs, "commits": seen.commits, "texts": seen.texts, "bytes": seen.bytes,
        },
    })
}

fn finding(told: &Told<'_>, finding: &Finding) -> Value {
    let (hit, rule) = (&finding.hit, &finding.hit.rule);
    let mut value = place(told, &finding.place);
    let reason = match &finding.standing {
        Standing::Allowed(reason) => Some(told.redactor.text(reason.as_bytes())),
        _ => None,
    };
    let through: Vec<String> = hit.through.iter().map(|view| told.redactor.text(view.to_string())).collect();
    let more: Vec<Value> = finding.more.iter().map(|more| place(told, more)).collect();
    let fields = json!({
        "rule": rule.id, "tier": rule.tier.as_str(), "description": rule.description, "references": rule.references,
        "standing": words::standing(&finding.standing), "reason": reason,
        "line": hit.line, "column": hit.column, "secret": told.redactor.secret(hit), "through": through,
        "fingerprint": told.allowed.fingerprint(finding).as_str(),
        "more": more, "unnamed": finding.unnamed,
        "fixes": words::fixes(finding, told.allowed),
    });
    join(&mut value, fields);
    value
}

fn skip(told: &Told<'_>, skip: &Skip) -> Value {
    let mut value = place(told, &skip.place);
    let accepted = skip.accepted.as_deref().map(|reason| told.redactor.text(reason.as_bytes()));
    let fields = json!({
        "why": words::why(skip.why), "reason": words::reason(skip.why), "remedy": words::remedy(skip.why),
        "accepted": accepted,
        "fingerprint": told.allowed.skip_fingerprint(skip).map(|name| name.as_str().to_owned()),
    });
    join(&mut value, fields);
    value
}

/// A path that is not UTF-8 is there twice: as it is shown, and as it is, in base64.
fn place(told: &Told<'_>, place: &Place) -> Value {
    let path = place.path.as_deref().map(|path| told.redactor.bytes(path));
    let raw = path.as_ref().filter(|path| std::str::from_utf8(path).is_err()).map(|path| STANDARD.encode(path));
    let commit = place.commit.as_ref().map(|commit| {
        let author = told.redactor.text(commit.author.as_bytes());
        let moment = Timestamp(commit.committed_at_s.saturating_mul(1_000)).to_string();
        json!({ "id": commit.id, "author": author, "committed_at": moment })
    });
    let mut value = json!({
        "kind": words::kind(place.kind), "path": path.map(|path| String::from_utf8_lossy(&path).into_owned()),
        "object": place.object, "commit": commit,
    });
    if let Some(raw) = raw {
        value["path_base64"] = raw.into();
    }
    value
}

fn join(value: &mut Value, fields: Value) {
    if let (Value::Object(value), Value::Object(fields)) = (value, fields) {
        value.extend(fields);
    }
}
