//! JUnit XML, as test reports of CI read it: a finding is a failure, a skip an error, what was allowed or left out as asked is skipped.

use std::fmt::Write as _;
use std::io::{Result, Write};

use super::{Told, words};
use crate::base::printable::printable;
use crate::scan::{Standing, Why};

pub fn write(told: &Told<'_>, out: &mut dyn Write) -> Result<()> {
    let mut cases = String::new();
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    let mut case = |class: &str, name: &str, inside: &str| {
        tests += 1;
        let _ =
            writeln!(cases, "    <testcase classname=\"{}\" name=\"{}\">{inside}</testcase>", xml(class), xml(name));
    };
    for finding in told.known() {
        let (hit, place) = (&finding.hit, &finding.place);
        let name = format!("{}:{}:{}", told.shown(place), hit.line, hit.column);
        let sentence = told.sentence(finding);
        let elsewhere = told.elsewhere(finding).map(|text| format!("{text}\n")).unwrap_or_default();
        let inside = match &finding.standing {
            Standing::Allowed(reason) => {
                skipped += 1;
                let reason = told.redactor.text(reason.as_bytes());
                format!("<skipped message=\"{}\"/>", xml(&format!("{sentence}. Allowed: {reason}")))
            }
            Standing::Warns => {
                let [fix, allow] = words::fixes(finding, told.allowed);
                format!("<system-out>{}</system-out>", xml(&format!("Warning: {sentence}\n{elsewhere}{fix}\n{allow}")))
            }
            _ => {
                failures += 1;
                let [fix, allow] = words::fixes(finding, told.allowed);
                let kind = words::standing(&finding.standing);
                format!(
                    "<failure type=\"{kind}\" message=\"{}\">{}</failure>",
                    xml(&sentence),
                    xml(&format!("{elsewhere}{fix}\n{allow}"))
                )
            }
        };
        case(&hit.rule.id, &name, &inside);
    }
    for skip in &told.looked.skips {
        let text = xml(&format!("Not looked into: {}. {}", words::reason(skip.why), words::remedy(skip.why)));
        let why = words::why(skip.why);
        let inside = if skip.why == Why::Asked || skip.accepted.is_some() {
            skipped += 1;
            format!("<skipped message=\"{text}\"/>")
        } else {
            errors += 1;
            format!("<error type=\"{why}\" message=\"{text}\"/>")
        };
        case("skip", &format!("{why}: {}", told.shown(&skip.place)), &inside);
    }
    case("keystead", "scan", &format!("<system-out>{}</system-out>", xml(&words::seen(told.looked))));
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"");
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites {counts}>\n  <testsuite name=\"keystead scan\" {counts}>")?;
    write!(out, "{cases}")?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// Characters that XML 1.0 does not have are replaced, line ends stay.
fn xml(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    let mut escaped = String::with_capacity(text.len());
    for c in lines.join("\n").chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
