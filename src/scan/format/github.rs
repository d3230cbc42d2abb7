//! Annotations of GitHub Actions: commands on standard output that its runner reads line by line (GitHub Docs, "Workflow commands"). Whatever
//! could end a command or begin another one is escaped.

use std::io::{Result, Write};

use super::{Told, words};
use crate::base::printable::printable;
use crate::scan::{Skip, Standing, Why};

pub fn write(told: &Told<'_>, out: &mut dyn Write) -> Result<()> {
    for finding in told.open() {
        let (hit, place) = (&finding.hit, &finding.place);
        let level = if finding.standing == Standing::Warns { "warning" } else { "error" };
        let mut head = String::new();
        if place.path.is_some() {
            head = format!("file={},line={},col={},", property(&told.shown(place)), hit.line, hit.column);
        }
        let [fix, allow] = words::fixes(finding, told.allowed);
        let commit = place.commit.as_ref().map(|commit| format!("\nCommit {}.", commit.id)).unwrap_or_default();
        let elsewhere = told.elsewhere(finding).map(|text| format!("\n{text}")).unwrap_or_default();
        let text = format!("{}{commit}{elsewhere}\n{fix}\n{allow}", told.sentence(finding));
        writeln!(out, "::{level} {head}title={}::{}", property(&hit.rule.id), data(&text))?;
    }
    // A runner shows ten annotations of a step: what was left out as asked takes none of them, unless that is asked for, too.
    let explained = |skip: &&Skip| skip.why != Why::Asked || told.telling.explain_skips;
    for skip in told.looked.skips.iter().filter(explained) {
        let level = if skip.why == Why::Asked || skip.accepted.is_some() { "notice" } else { "error" };
        let file = property(&told.shown(&skip.place));
        let text = format!("Not looked into: {}. {}", words::reason(skip.why), words::remedy(skip.why));
        writeln!(out, "::{level} file={file},title={}::{}", words::why(skip.why), data(&text))?;
    }
    writeln!(out, "::notice title=keystead scan::{}", data(&words::seen_and_asked(told.looked)))
}

fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| printable(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

fn property(text: &str) -> String {
    printable(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}
