//! `keystead leak …`: keys that were found where they should not be: reported, listed, judged. The token is that of a backend with
//! `keystead:leaks`, or of an admin.

use std::io::Read;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::owner::given;
use super::remote::{Server, encode};
use super::{Failure, Outcome, Ran, out};

#[derive(Debug, clap::Subcommand)]
pub enum Leak {
    /// List leaks, newest first
    #[command(after_help = "Example: keystead leak list --state open --exposure public")]
    List(List),
    /// Show one leak, with the places where it was found
    Show {
        /// The leak's id, leak_…
        id: String,
        #[command(flatten)]
        server: Server,
    },
    /// Say what a leak is, once you have looked
    #[command(
        after_help = "Examples:\n  keystead leak judge leak_… --state confirmed --note 'in the log of build 712'\n  \
        keystead leak judge leak_… --state dismissed"
    )]
    Judge(Judge),
    /// Report keys that you found, one a line: the key itself, or its SHA-256 in hexadecimal
    #[command(after_help = "A key in a private or public place is revoked by this.\n\n\
        Examples:\n  keystead leak report found.txt\n  pbpaste | keystead leak report - --exposure private --found-at https://paste.example.com/7")]
    Report(Report),
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// The id of a key
    #[arg(long)]
    key: Option<String>,
    /// The id of a user or team
    #[arg(long)]
    owner: Option<String>,
    /// What people say of it
    #[arg(long, value_parser = ["open", "confirmed", "dismissed"])]
    state: Option<String>,
    /// The worst that was reported
    #[arg(long, value_parser = ["local", "private", "public"])]
    exposure: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, clap::Args)]
pub struct Judge {
    /// The leak's id, leak_…
    id: String,
    /// confirmed: it is one; dismissed: it is none, or does not matter; open: nobody knows yet
    #[arg(long, value_parser = ["open", "confirmed", "dismissed"])]
    state: Option<String>,
    /// What you found out; '' removes it
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, clap::Args)]
pub struct Report {
    /// The file with keys or digests; - reads standard input
    file: PathBuf,
    /// Who can read the place where they were found
    #[arg(long, default_value = "public", value_parser = ["local", "private", "public"])]
    exposure: String,
    /// The address of the place where they were found
    #[arg(long, value_name = "URL")]
    found_at: Option<String>,
    #[command(flatten)]
    server: Server,
}

const PATH: &str = "/v1/leaks";
/// Reports in one request.
const BATCH: usize = 1_000;
/// Bytes that are read: a hundred thousand keys.
const FILE_MAX: u64 = 8 * 1024 * 1024;

impl Leak {
    pub fn run(self) -> Ran {
        match self {
            Self::List(list) => list.run(),
            Self::Show { id, server } => {
                let answer = server.connect()?.get(&format!("{PATH}/{}", encode(&id)))?;
                show(&server, &answer["data"]);
                Ok(Outcome::Fine)
            }
            Self::Judge(judge) => {
                let body = given([("state", judge.state.map(Value::from)), ("note", judge.note.map(Value::from))])?;
                let answer = judge.server.connect()?.patch(&format!("{PATH}/{}", encode(&judge.id)), &body)?;
                show(&judge.server, &answer["data"]);
                Ok(Outcome::Fine)
            }
            Self::Report(report) => report.run(),
        }
    }
}

impl List {
    fn run(self) -> Ran {
        let limit = (!self.all).then_some(self.limit as usize);
        let query = [("key", self.key), ("owner", self.owner), ("state", self.state), ("exposure", self.exposure)];
        let items = self.server.connect()?.list(PATH, &query, limit)?;
        if self.server.json {
            out::json(&Value::Array(items));
            return Ok(Outcome::Fine);
        }
        let columns = [
            "/id",
            "/state",
            "/exposure",
            "/outcome",
            "/key/id",
            "/key/name",
            "/key/owner/name",
            "/places",
            "/last_seen_at",
        ];
        let rows = items.iter().map(|item| columns.map(|column| out::cell(item, column)).to_vec());
        let head = ["ID", "STATE", "EXPOSURE", "OUTCOME", "KEY", "NAME", "OWNER", "PLACES", "LAST SEEN"];
        out::table(&head, rows.collect());
        Ok(Outcome::Fine)
    }
}

fn show(server: &Server, leak: &Value) {
    if server.json {
        return out::json(leak);
    }
    let fields = [
        ("id", "/id"),
        ("key", "/key/id"),
        ("name", "/key/name"),
        ("owner", "/key/owner/name"),
        ("last four", "/key/last_four"),
        ("former secret", "/former_secret"),
        ("exposure", "/exposure"),
        ("outcome", "/outcome"),
        ("state", "/state"),
        ("note", "/note"),
        ("judged by", "/judged_by"),
        ("first seen", "/first_seen_at"),
        ("last seen", "/last_seen_at"),
        ("reports", "/reports"),
    ];
    let rows = fields.iter().map(|(name, pointer)| vec![(*name).to_owned(), out::cell(leak, pointer)]);
    out::table(&["FIELD", "VALUE"], rows.collect());
    let sightings = leak["sightings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let columns = [
        "/place/repository",
        "/place/path",
        "/place/line",
        "/place/commit",
        "/place/url",
        "/exposure",
        "/reporter",
        "/last_seen_at",
    ];
    let rows = sightings.iter().map(|one| columns.map(|column| out::cell(one, column)).to_vec());
    out::line("");
    out::table(&["REPOSITORY", "PATH", "LINE", "COMMIT", "URL", "EXPOSURE", "REPORTER", "LAST SEEN"], rows.collect());
}

impl Report {
    fn run(self) -> Ran {
        let mut text = zeroize::Zeroizing::new(String::new());
        let read = if self.file.as_os_str() == "-" {
            std::io::stdin().lock().take(FILE_MAX).read_to_string(&mut text)
        } else {
            std::fs::File::open(&self.file).and_then(|file| file.take(FILE_MAX).read_to_string(&mut text))
        };
        read.map_err(|error| Failure(format!("{}: {error}", self.file.display())))?;
        let found: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if found.is_empty() {
            return Err(Failure(format!("{}: there is nothing in it: one key or digest a line", self.file.display())));
        }
        let remote = self.server.connect()?;
        let mut fates = Vec::new();
        for batch in found.chunks(BATCH) {
            let reports: Vec<Value> = batch.iter().map(|line| self.report(line)).collect();
            let answer = remote.post(PATH, &json!({ "reports": reports }))?;
            fates.extend(answer["data"].as_array().into_iter().flatten().cloned());
        }
        if self.server.json {
            out::json(&Value::Array(fates));
            return Ok(Outcome::Fine);
        }
        let row = |(n, fate): (usize, &Value)| {
            let outcome = if fate["outcome"].is_null() { "unknown".into() } else { out::cell(fate, "/outcome") };
            vec![(n + 1).to_string(), outcome, out::cell(fate, "/key_id"), out::cell(fate, "/leak_id")]
        };
        out::table(&["LINE", "OUTCOME", "KEY", "LEAK"], fates.iter().enumerate().map(row).collect());
        Ok(Outcome::Fine)
    }

    fn report(&self, line: &str) -> Value {
        let lower = line.to_ascii_lowercase();
        let is_digest = lower.len() == 64 && lower.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut report = if is_digest { json!({ "sha256": lower }) } else { json!({ "key": line }) };
        report["exposure"] = self.exposure.as_str().into();
        report["tool"] = concat!("keystead ", env!("CARGO_PKG_VERSION"), " leak report").into();
        if let Some(url) = &self.found_at {
            report["place"] = json!({ "url": url });
        }
        report
    }
}
