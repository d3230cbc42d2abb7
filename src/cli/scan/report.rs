//! `keystead scan --report URL`: tells a server which of its own keys were found, by digest and place. Once at the end of a scan that found
//! some. It changes nothing of how the scan ends, and what does not get through is kept and sent with the next report.

use std::time::Duration;

use serde_json::{Value, json};

use super::mode::Mode;
use super::spool::Spool;
use crate::base::crypto::{hex, sha256};
use crate::base::{Clock, Secret, Timestamp};
use crate::cli::{Failure, out};
use crate::config::plain_variable;
use crate::key::token::Reader;
use crate::scan::{Looked, Place, Standing, Tier};

/// A hook must not keep anybody waiting: for the connection, and for all requests together.
const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(10);
/// Reports in one request, and their bytes: what a server takes by default is 256 KiB.
const REPORTS_MAX: usize = 1_000;
const BYTES_MAX: usize = 200 * 1024;
/// An answer to a thousand reports is some 120 KiB.
const ANSWER_MAX: u64 = 1024 * 1024;
/// Bytes of the texts of a place. Were each character of the first three escaped, it would still be within the 2 KiB that a server takes.
const REPOSITORY_MAX: usize = 250;
const PATH_MAX: usize = 450;
const AUTHOR_MAX: usize = 150;

/// Where to report to.
#[derive(Debug)]
pub struct Report {
    url: String,
    is_public: bool,
}

/// What came of one request.
enum Sent {
    Taken(Value),
    /// It may get through another time.
    NotNow(String),
    /// It never will.
    Refused(u16, String),
}

impl Report {
    pub fn to(url: &str, is_public: bool) -> Result<Self, Failure> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let rest = rest.filter(|rest| !rest.is_empty()).ok_or_else(|| {
            Failure("--report must be the URL of a Keystead server, as in https://keys.example.com".into())
        })?;
        if rest.split('/').next().is_some_and(|authority| authority.contains('@')) {
            return Err(Failure("--report: a URL is no place for a credential: set KEYSTEAD_TOKEN instead".into()));
        }
        Ok(Self { url: url.trim_end_matches('/').to_owned(), is_public })
    }

    /// Reports what blocks of our own keys, and what earlier reports left behind. Says on standard error what came of it.
    pub fn send(&self, looked: &Looked, mode: &Mode, reader: &Reader) {
        let spool = Spool::of(&self.url);
        let mut reports = spool.as_ref().map(Spool::read).unwrap_or_default();
        let kept = reports.len();
        for report in self.compose(looked, mode, reader) {
            if !reports.contains(&report) {
                reports.push(report);
            }
        }
        if reports.is_empty() {
            return;
        }
        if kept > 0 {
            out::say(&format!("keystead: {} of earlier scans did not get through, and is sent now", counted(kept)));
        }
        let left = self.send_all(&reports);
        match spool.map(|spool| spool.keep(&reports, &left)) {
            Some(Ok(_)) | None if left.is_empty() => {}
            Some(Ok(file)) => out::say(&format!(
                "keystead: {} not sent: kept in {}, for the next --report",
                counted(left.len()),
                file.display()
            )),
            Some(Err(error)) => out::say(&format!("keystead: reports could not be kept: {error}: scan again later")),
            None => out::say("keystead: reports are not kept, because there is no home directory: scan again later"),
        }
    }

    /// One report for each place.
    fn compose(&self, looked: &Looked, mode: &Mode, reader: &Reader) -> Vec<String> {
        let exposure = if self.is_public { "public" } else { mode.exposure() };
        let found = looked
            .findings
            .iter()
            .filter(|finding| finding.hit.rule.tier == Tier::Own && finding.standing == Standing::Blocks);
        let mut repository = None;
        let mut reports = Vec::new();
        for finding in found {
            let repository = repository.get_or_insert_with(|| mode.repository());
            let digest = hex(&sha256(finding.hit.value.expose().as_bytes()));
            let line = u32::try_from(finding.hit.line).ok();
            for (n, place) in std::iter::once(&finding.place).chain(&finding.more).enumerate() {
                let line = line.filter(|_| n == 0);
                let place = told(place, line, repository.as_deref(), reader);
                reports.push(
                    json!({ "sha256": digest, "exposure": exposure, "place": place,
                        "tool": concat!("keystead ", env!("CARGO_PKG_VERSION")) })
                    .to_string(),
                );
            }
        }
        reports
    }

    /// Gives what did not get through.
    fn send_all(&self, reports: &[String]) -> Vec<String> {
        let clock = Clock::system();
        let deadline = clock.monotonic_ns() + u64::try_from(TOTAL.as_nanos()).unwrap_or(u64::MAX);
        let mut token = token();
        let mut rest = reports;
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch(rest));
            let left = Duration::from_nanos(deadline.saturating_sub(clock.monotonic_ns()));
            match self.post(batch, token.as_ref(), left) {
                Sent::Taken(answer) => self.tell(batch.len(), &answer),
                // A leak is reported whatever has become of the token.
                Sent::Refused(401 | 403, why) if token.take().is_some() => {
                    out::say(&format!(
                        "keystead: {why}; reporting without the token, which tells nothing of what came of it"
                    ));
                    continue;
                }
                Sent::Refused(_, why) => out::say(&format!("keystead: {} took no report: {why}", self.url)),
                Sent::NotNow(why) => {
                    out::say(&format!("keystead: {} could not be told: {why}", self.url));
                    return rest.to_vec();
                }
            }
            rest = later;
        }
        Vec::new()
    }

    fn post(&self, batch: &[String], token: Option<&Secret>, left: Duration) -> Sent {
        if left.is_zero() {
            return Sent::NotNow("it takes too long".into());
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(left))
            .user_agent(concat!("keystead/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent: ureq::Agent = config.into();
        let mut request = agent.post(format!("{}/v1/leaks", self.url)).content_type("application/json");
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {}", token.expose()));
        }
        let mut response = match request.send(format!("{{\"reports\":[{}]}}", batch.join(","))) {
            Ok(response) => response,
            Err(error) => return Sent::NotNow(error.to_string()),
        };
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(ANSWER_MAX).read_to_string().unwrap_or_default();
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let why = || answer["error"]["message"].as_str().map_or_else(|| format!("it answered {status}"), str::to_owned);
        match status {
            200 | 202 if answer["success"] == true => Sent::Taken(answer),
            400 | 401 | 403 | 413 | 422 => Sent::Refused(status, why()),
            429 | 503 => Sent::NotNow(why()),
            _ => Sent::NotNow(format!("it answered {status}, not as Keystead does: is the URL right?")),
        }
    }

    fn tell(&self, count: usize, answer: &Value) {
        let url = &self.url;
        let reports = counted(count);
        let Some(fates) = answer["data"].as_array() else {
            return out::say(&format!("keystead: {reports} sent to {url}"));
        };
        let with = |outcome: &str| fates.iter().filter(|fate| fate["outcome"] == outcome).count();
        let words = [
            ("revoked", "revoked its key"),
            ("secret_ended", "ended a former secret"),
            ("already_ended", "on what is of no use any more"),
            ("suspected", "told as a suspicion"),
            ("told", "told to the owner"),
        ];
        let mut told: Vec<String> = words
            .into_iter()
            .filter(|(outcome, _)| with(outcome) > 0)
            .map(|(outcome, words)| format!("{} {words}", with(outcome)))
            .collect();
        let unknown = fates.iter().filter(|fate| fate["outcome"].is_null()).count();
        told.extend((unknown > 0).then(|| format!("{unknown} unknown there")));
        out::say(&format!("keystead: {reports} sent to {url}: {}", told.join(", ")));
    }
}

fn counted(reports: usize) -> String {
    if reports == 1 { "1 report".into() } else { format!("{reports} reports") }
}

/// How many of these go into one request: at least one.
fn batch(reports: &[String]) -> usize {
    let mut bytes = 0;
    let fit = reports.iter().take(REPORTS_MAX).take_while(|report| {
        bytes += report.len() + 1;
        bytes <= BYTES_MAX
    });
    fit.count().max(1)
}

/// A token is not needed; one that cannot be read is none.
fn token() -> Option<Secret> {
    if let Ok(Some(token)) = plain_variable("KEYSTEAD_TOKEN") {
        return Some(Secret::new(token.trim().to_owned()));
    }
    let file = plain_variable("KEYSTEAD_TOKEN_FILE").ok()??;
    match crate::cli::remote::read_secret(&file.into()) {
        Ok(token) => Some(token),
        Err(Failure(why)) => {
            out::say(&format!("keystead: {why}; reporting without a token"));
            None
        }
    }
}

fn told(place: &Place, line: Option<u32>, repository: Option<&str>, reader: &Reader) -> Value {
    let text = |text: &str, most: usize| plain(&reader.redacted(text), most);
    let mut told = json!({});
    if let Some(repository) = repository {
        told["repository"] = text(repository, REPOSITORY_MAX).into();
    }
    told["path"] = text(&place.shown(), PATH_MAX).into();
    if let Some(line) = line {
        told["line"] = line.into();
    }
    if let Some(commit) = &place.commit {
        told["commit"] = (*commit.id).into();
        told["author"] = text(&commit.author, AUTHOR_MAX).into();
        told["committed_at"] = Timestamp(commit.committed_at_s.saturating_mul(1_000)).to_string().into();
    }
    told
}

/// The end of a text that is too long, without characters that no server takes.
fn plain(text: &str, most: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    let mut start = clean.len().saturating_sub(most);
    while !clean.is_char_boundary(start) {
        start += 1;
    }
    clean[start..].to_owned()
}
