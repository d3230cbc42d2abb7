//! `keystead key import`: sends a file of other systems' keys in requests of a few thousand lines, so that it can be of any length, what
//! is done is seen, and a connection that breaks costs one of them. A request that broke is sent again: what it had done stays as it is.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::remote::{NotSent, Remote, Server, encode};
use super::super::{Failure, Outcome, Ran, out};
use crate::key::import::LINE_MAX;

/// Lines and bytes in one request: its answer, of some 100 bytes a line, fits into the buffers of any connection.
const LINES: u64 = 2_000;
const BYTES: usize = 1024 * 1024;
/// Bad lines that are told of; where there are more, something is wrong with the file, and `--json` tells all of them.
const TOLD: u64 = 50;
/// Seconds before the same lines are sent again, one after the other.
const PAUSES_S: [u64; 5] = [1, 2, 4, 8, 16];

#[derive(Debug, clap::Args)]
pub struct Import {
    /// JSON Lines; - reads standard input
    file: PathBuf,
    /// Whose export it is: keystead, unkey or better-auth
    #[arg(long, value_name = "FORMAT", default_value = "keystead", value_parser = ["keystead", "unkey", "better-auth"])]
    format: String,
    /// Look at every line and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Make users and teams that lines name and that are not there
    #[arg(long)]
    create_owners: bool,
    /// What the owners of another system's keys are here: user or team
    #[arg(long, value_name = "TYPE", value_parser = ["user", "team"])]
    owner_type: Option<String>,
    /// Who gets another system's keys without an owner: usr_… or team_…
    #[arg(long, value_name = "ID")]
    default_owner: Option<String>,
    /// Begin behind this line
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip_lines: u64,
    #[command(flatten)]
    server: Server,
}

/// What became of all lines so far.
#[derive(Debug, Default)]
struct Tally {
    /// The last line that is dealt with.
    line: u64,
    by_status: BTreeMap<String, u64>,
    left_out: BTreeMap<String, u64>,
    owners_created: u64,
}

impl Import {
    pub fn run(self) -> Ran {
        if self.server.token_is_stdin() && self.file.as_os_str() == "-" {
            return Err(Failure(
                "standard input cannot be both the token and the keys: name a file for one of them".into(),
            ));
        }
        let remote = self.server.connect()?;
        let unreadable = |error: std::io::Error| Failure(format!("{}: {error}", self.file.display()));
        let source: Box<dyn Read> = if self.file.as_os_str() == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(std::fs::File::open(&self.file).map_err(unreadable)?)
        };
        let mut source = BufReader::with_capacity(64 * 1024, source);
        let mut tally = Tally { line: self.skip_lines, ..Tally::default() };
        for _ in 0..self.skip_lines {
            read_line(&mut source, &mut Vec::new()).map_err(unreadable)?;
        }
        let path = self.path();
        loop {
            let (mut lines, mut count) = (Vec::new(), 0);
            while count < LINES && lines.len() < BYTES && read_line(&mut source, &mut lines).map_err(unreadable)? {
                count += 1;
            }
            if count == 0 {
                break;
            }
            self.send(&remote, &path, &lines, count, &mut tally)?;
            out::progress(&tally.text());
        }
        out::progress("");
        self.sum_up(&tally);
        Ok(if tally.by_status.contains_key("error") { Outcome::Refused } else { Outcome::Fine })
    }

    fn path(&self) -> String {
        let mut path = format!(
            "/v1/api-keys/import?format={}&dry_run={}&create_owners={}",
            self.format, self.dry_run, self.create_owners
        );
        for (name, value) in [("owner_type", &self.owner_type), ("default_owner", &self.default_owner)] {
            if let Some(value) = value {
                path.extend(["&", name, "=", &encode(value)]);
            }
        }
        path
    }

    /// Sends these lines until all of them are dealt with, or that is hopeless.
    fn send(&self, remote: &Remote, path: &str, lines: &[u8], count: u64, tally: &mut Tally) -> Result<(), Failure> {
        let (before, end) = (tally.line, tally.line + count);
        let mut pauses = PAUSES_S.iter();
        while tally.line < end {
            // Lines of this request that are dealt with already, by a try that broke.
            let skip = tally.line - before;
            let why = match remote.post_lines(&format!("{path}&skip_lines={skip}"), lines) {
                Ok(answer) => match self.take(&answer, before, tally) {
                    None => continue,
                    Some(why) => Failure(why),
                },
                Err(NotSent::Now(why)) => why,
                Err(NotSent::Ever(why)) => return Err(stopped(tally, &why)),
            };
            let Some(pause) = pauses.next() else { return Err(stopped(tally, &why)) };
            out::progress("");
            out::say(&format!("line {}: {}; trying again in {pause} s", tally.line, why.0));
            std::thread::sleep(Duration::from_secs(*pause));
        }
        Ok(())
    }

    /// Tells of the lines of one answer. `Some` is why not all of them are dealt with.
    fn take(&self, answer: &[Value], before: u64, tally: &mut Tally) -> Option<String> {
        let reached = tally.line;
        for told in answer {
            let number = |field: &str| told[field].as_u64().unwrap_or(0);
            if told["status"] == "summary" {
                tally.line = before + number("lines");
                tally.owners_created += number("owners_created");
                let why = told["message"].as_str().unwrap_or("the server stopped");
                // Whatever is said of an answer that brings nothing further: it would be asked for without end.
                let done = told["complete"] == true && tally.line > reached;
                return (!done).then(|| why.to_owned());
            }
            self.tell(told, before + number("line"), tally);
        }
        tally.line = answer.last().and_then(|told| told["line"].as_u64()).map_or(reached, |line| before + line);
        Some("the answer was cut".to_owned())
    }

    fn tell(&self, told: &Value, line: u64, tally: &mut Tally) {
        let status = told["status"].as_str().unwrap_or("error");
        *tally.by_status.entry(status.to_owned()).or_default() += 1;
        for what in told["left_out"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            *tally.left_out.entry(what.to_owned()).or_default() += 1;
        }
        if self.server.json {
            let mut told = told.clone();
            told["line"] = line.into();
            out::json_line(&told);
        } else if status == "error" && tally.by_status[status] <= TOLD {
            out::progress("");
            let field = told["field"].as_str().map(|field| format!("{field}: ")).unwrap_or_default();
            out::say(&format!("line {line}: {field}{}", told["message"].as_str().unwrap_or("refused")));
        }
    }

    fn sum_up(&self, tally: &Tally) {
        if self.server.json {
            let mut summary = json!({ "status": "summary", "complete": true, "lines": tally.line, "owners_created": tally.owners_created });
            for (name, field) in [
                ("imported", "imported"),
                ("would_import", "would_import"),
                ("exists", "exists"),
                ("skipped", "skipped"),
                ("error", "errors"),
            ] {
                summary[field] = tally.by_status.get(name).copied().unwrap_or(0).into();
            }
            out::json_line(&summary);
            return;
        }
        out::line(&tally.text());
        let untold = tally.by_status.get("error").copied().unwrap_or(0).saturating_sub(TOLD);
        if untold > 0 {
            out::say(&format!("{untold} more lines were refused: --json tells of each"));
        }
        for (what, count) in &tally.left_out {
            out::say(&format!("{what} of {count} keys could not be carried over"));
        }
        if tally.owners_created > 0 {
            out::say(&format!("{} owners were made", tally.owners_created));
        }
    }
}

impl Tally {
    fn text(&self) -> String {
        let counts = self.by_status.iter().map(|(status, count)| format!("{count} {}", status.replace('_', " ")));
        format!("{} lines: {}", self.line, counts.collect::<Vec<_>>().join(", "))
    }
}

fn stopped(tally: &Tally, why: &Failure) -> Failure {
    out::progress("");
    Failure(format!(
        "{} ({}). It stopped behind line {}; what was imported stays. Run it again with the same file, or go on with --skip-lines {}",
        why.0,
        tally.text(),
        tally.line,
        tally.line
    ))
}

/// Appends the next line with an end. One that is too long for the server loses its rest: it will say so. `false` at the end of the file.
fn read_line(source: &mut impl BufRead, lines: &mut Vec<u8>) -> std::io::Result<bool> {
    let start = lines.len();
    let read = source.by_ref().take(LINE_MAX as u64 + 2).read_until(b'\n', lines)?;
    if read == 0 {
        return Ok(false);
    }
    if lines.last() != Some(&b'\n') {
        if lines.len() - start > LINE_MAX {
            source.skip_until(b'\n')?;
        }
        lines.push(b'\n');
    }
    Ok(true)
}
