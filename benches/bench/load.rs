//! The load on verification: wrk, with 32 connections, asking for the keys of the sample in turn: 90 % valid, 5 % revoked, 5 % unknown.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::client::{head, question};
use crate::seed::Seed;
use crate::server::Server;
use crate::{Outcome, go_on};

pub const CONNECTIONS: u32 = 32;
pub const THREADS: u32 = 2;

/// Requests are made before the clock runs, so that the client takes little from the server it shares the machine with.
const SCRIPT: &str = r#"
local head, tail, sample, threads = "@head@", "@tail@", "@sample@", @threads@
local turns, requests, count, at = 0, {}, 0, 0

function setup(thread)
  thread:set("turn", turns)
  turns = turns + 1
end

function init()
  for key in io.lines(sample) do
    count = count + 1
    requests[count] = head .. key .. tail
  end
  at = math.floor(count * turn / threads)
end

function request()
  at = at % count + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("figures %d %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
"#;

/// What one run of wrk found.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub requests: f64,
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
}

/// Fails where there is no wrk.
pub fn find() -> Outcome<()> {
    match Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err("the load is made by wrk, which is missing: install it with `apt-get install wrk` and start again"
                .into())
        }
        Err(error) => Err(format!("wrk does not run: {error}").into()),
    }
}

/// The load of one server.
#[derive(Debug)]
pub struct Load {
    script: PathBuf,
    url: String,
}

impl Load {
    pub fn on(server: &Server, seed: &Seed, name: &str) -> Outcome<Self> {
        const HOLE: &str = "@key@";
        let key_len = seed.few[0].0.len();
        let body = question(HOLE);
        let length = body.len() - HOLE.len() + key_len;
        let request = head(server.address, "/v1/api-keys/verify", seed.verifier.expose(), length) + &body;
        let (head, tail) = request.split_once(HOLE).expect("the hole was just put there");
        let text = SCRIPT
            .replace("@head@", &quoted(head))
            .replace("@tail@", &quoted(tail))
            .replace("@sample@", &quoted(&seed.sample.to_string_lossy()))
            .replace("@threads@", &THREADS.to_string());
        let script = seed.home.join(format!("{name}.lua"));
        std::fs::write(&script, text)?;
        Ok(Self { script, url: format!("http://{}", server.address) })
    }

    /// Asks for so long. An answer that is not a success, or a connection that failed, is an error.
    pub fn run(&self, length: Duration) -> Outcome<Figures> {
        let output = Command::new("wrk")
            .arg(format!("-c{CONNECTIONS}"))
            .arg(format!("-t{THREADS}"))
            .arg(format!("-d{}s", length.as_secs()))
            .arg("-s")
            .arg(&self.script as &Path)
            .arg(&self.url)
            .stdin(Stdio::null())
            .output()?;
        go_on()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text
            .lines()
            .find_map(|line| line.strip_prefix("figures "))
            .map(|line| line.split(' ').filter_map(|number| number.parse().ok()).collect())
            .unwrap_or_default();
        let [requests, duration_us, p50_us, p99_us, refused, failed] = numbers[..] else {
            return Err(format!("wrk said:\n{text}{}", String::from_utf8_lossy(&output.stderr)).into());
        };
        if refused > 0.0 || failed > 0.0 || requests < 1.0 {
            return Err(format!(
                "of {requests} requests {refused} were refused, and {failed} times a connection failed"
            )
            .into());
        }
        Ok(Figures { requests, per_second: requests / duration_us * 1e6, p50_us, p99_us })
    }
}

/// As a string of Lua stands between its quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\r").replace('\n', "\\n")
}
