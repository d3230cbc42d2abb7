//! A small client of the API, for the commands that work on a running server. The token comes from a file, the environment or standard
//! input, and never from the command line, where every user of the machine could read it.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Response, StatusCode};

use super::Failure;
use crate::base::Secret;
use crate::config::plain_variable;

/// Where the server is, and with which token to speak to it
#[derive(Debug, clap::Args)]
pub struct Server {
    /// The server's URL [env: KEYSTEAD_URL] [default: http://127.0.0.1:7300]
    #[arg(long, value_name = "URL", help_heading = "Server")]
    url: Option<String>,
    /// A file with the token; - reads it from standard input [env: KEYSTEAD_TOKEN, KEYSTEAD_TOKEN_FILE]
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    token_file: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long, help_heading = "Server")]
    pub json: bool,
}

#[derive(Debug)]
pub struct Remote {
    agent: ureq::Agent,
    url: String,
    token: Secret,
}

/// Why lines did not get through.
#[derive(Debug)]
pub enum NotSent {
    /// The connection or the server failed: the same lines may get through in a moment.
    Now(Failure),
    /// They were refused.
    Ever(Failure),
}

const TIMEOUT: Duration = Duration::from_secs(30);
/// For what goes on as long as there are keys: a hundred thousand are some half a minute.
const TIMEOUT_AT_LENGTH: Duration = Duration::from_hours(1);
/// A page of 200 keys with full metadata is some 4 MiB.
const ANSWER_MAX: u64 = 16 * 1024 * 1024;

impl Server {
    pub fn connect(&self) -> Result<Remote, Failure> {
        let url = match &self.url {
            Some(url) => url.clone(),
            None => plain_variable("KEYSTEAD_URL")?.unwrap_or_else(|| "http://127.0.0.1:7300".into()),
        };
        let url = url.trim_end_matches('/').to_owned();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure("--url must begin with http:// or https://".into()));
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("keystead/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Remote { agent: config.into(), url, token: self.token()? })
    }

    pub fn token_is_stdin(&self) -> bool {
        self.token_file.as_ref().is_some_and(|file| file.as_os_str() == "-")
    }

    fn token(&self) -> Result<Secret, Failure> {
        if let Some(file) = &self.token_file {
            return read_secret(file);
        }
        if let Some(token) = plain_variable("KEYSTEAD_TOKEN")? {
            return Ok(Secret::new(token.trim().to_owned()));
        }
        if let Some(file) = plain_variable("KEYSTEAD_TOKEN_FILE")? {
            return read_secret(&PathBuf::from(file));
        }
        Err(Failure(
            "no token: set KEYSTEAD_TOKEN or KEYSTEAD_TOKEN_FILE, or pass --token-file. On the server's own machine, `keystead admin token` prints one".into(),
        ))
    }
}

/// The first line of a file, or of standard input for `-`.
pub fn read_secret(file: &PathBuf) -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(64 * 1024).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(64 * 1024).read_to_string(&mut text))
    };
    read.map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    let text = zeroize::Zeroizing::new(text);
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(Secret::new(line.to_owned())),
        None => Err(Failure(format!("{}: there is nothing in it", file.display()))),
    }
}

impl Remote {
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("Authorization", self.authorization());
        self.finish(request.call())
    }

    pub fn delete(&self, path: &str) -> Result<Value, Failure> {
        let request = self.agent.delete(format!("{}{path}", self.url)).header("Authorization", self.authorization());
        self.finish(request.call())
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("Authorization", self.authorization())
            .content_type("application/json");
        self.finish(request.send(body.to_string()))
    }

    /// The same where the answer may take long.
    pub fn post_at_length(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .config()
            .timeout_global(Some(TIMEOUT_AT_LENGTH))
            .build()
            .header("Authorization", self.authorization())
            .content_type("application/json");
        self.finish(request.send(body.to_string()))
    }

    /// Copies an answer of any length, in this form, as it comes. One that breaks off is a failure.
    pub fn download(
        &self,
        path: &str,
        query: &[(&str, Option<String>)],
        accept: &str,
        to: &mut impl std::io::Write,
    ) -> Result<(), Failure> {
        let mut url = format!("{}{path}?", self.url);
        for (name, value) in query {
            if let Some(value) = value {
                url.extend(["&", name, "=", &encode(value)]);
            }
        }
        let request = self
            .agent
            .get(url.replacen("?&", "?", 1).trim_end_matches('?'))
            .config()
            .timeout_global(Some(TIMEOUT_AT_LENGTH))
            .build()
            .header("Authorization", self.authorization())
            .header("Accept", accept);
        let mut response = request.call().map_err(|error| self.unreachable(&error))?;
        if !response.status().is_success() {
            return self.finish(Ok(response)).map(drop);
        }
        let copied = std::io::copy(&mut response.body_mut().as_reader(), to).and_then(|_| to.flush());
        match copied {
            // Whoever reads has enough: `| head`.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            copied => copied.map_err(|error| Failure(format!("the answer broke off: {error}"))),
        }
    }

    pub fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self
            .agent
            .patch(format!("{}{path}", self.url))
            .header("Authorization", self.authorization())
            .content_type("application/json");
        self.finish(request.send(body.to_string()))
    }

    pub fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self
            .agent
            .put(format!("{}{path}", self.url))
            .header("Authorization", self.authorization())
            .content_type("application/json");
        self.finish(request.send(body.to_string()))
    }

    /// Sends lines of JSON, and gives the lines of the answer. Not sent by itself again: [`NotSent`] says whether that makes sense.
    pub fn post_lines(&self, path: &str, lines: &[u8]) -> Result<Vec<Value>, NotSent> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("Authorization", self.authorization())
            .content_type("application/x-ndjson");
        let mut response = request.send(lines).map_err(|error| NotSent::Now(self.unreachable(&error)))?;
        let status = response.status();
        let text = response.body_mut().with_config().limit(ANSWER_MAX).read_to_string();
        if status.is_success() {
            let text = text.map_err(|error| NotSent::Now(self.unreachable(&error)))?;
            let lines: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
            return lines.map_err(|_| NotSent::Now(Failure(format!("{}: the answer was cut", self.url))));
        }
        let body = text.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let failure = self.refused(status, &body);
        Err(if status.is_server_error() { NotSent::Now(failure) } else { NotSent::Ever(failure) })
    }

    /// Pages of a list until `limit` items are here, or all where it is `None`.
    pub fn list(
        &self,
        path: &str,
        query: &[(&str, Option<String>)],
        limit: Option<usize>,
    ) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let wanted = limit.map_or(200, |limit| (limit - items.len()).min(200));
            let mut url = format!("{path}?limit={wanted}");
            for (name, value) in query.iter().chain([&("cursor", cursor.clone())]) {
                if let Some(value) = value {
                    url.extend(["&", name, "=", &encode(value)]);
                }
            }
            let page = self.get(&url)?;
            items.extend(page["data"].as_array().into_iter().flatten().cloned());
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() || limit.is_some_and(|limit| items.len() >= limit) {
                return Ok(items);
            }
        }
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.token.expose())
    }

    fn finish(&self, answered: Result<Response<ureq::Body>, ureq::Error>) -> Result<Value, Failure> {
        let mut response = answered.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let text = response.body_mut().with_config().limit(ANSWER_MAX).read_to_string();
        let body: Value = text.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if status.is_success() && body["success"] == true {
            return Ok(body);
        }
        Err(self.refused(status, &body))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let hint = match error {
            ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => {
                "is the server running there? Check --url or KEYSTEAD_URL"
            }
            ureq::Error::Timeout(_) => "it did not answer in time: try again",
            _ => "the request could not be made",
        };
        Failure(format!("{}: {hint} ({error})", self.url))
    }

    fn refused(&self, status: StatusCode, body: &Value) -> Failure {
        let error = &body["error"];
        let Some(message) = error["message"].as_str() else {
            return Failure(format!("{}: answered {status}, not as Keystead does: is the URL right?", self.url));
        };
        let field = error["field"].as_str().map(|field| format!("{field}: ")).unwrap_or_default();
        let id = error["request_id"].as_str().map(|id| format!(" ({status}, {id})")).unwrap_or_default();
        Failure(format!("{field}{message}{id}"))
    }
}

/// RFC 3986: everything but unreserved characters as %XX.
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
