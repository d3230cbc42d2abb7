//! A running server and a small client for it. It is known to listen by the line in its own log, and where by the address in that
//! line; it is killed when its handle goes.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Ended, Guard, PATIENCE, admin_token, run, serve, until};

/// A server that listens. Killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    pub data_dir: PathBuf,
    /// `None` where somebody else has started it.
    child: Option<Guard>,
    said: Arc<Mutex<String>>,
    token: OnceLock<String>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    /// The token of a session, where its cookie was set.
    pub session: Option<String>,
}

impl Reply {
    /// The `data` of an answer that must be a success.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        &self.body["data"]
    }
}

impl Server {
    #[track_caller]
    pub fn start(data_dir: &Path) -> Self {
        Self::launch(serve(data_dir), data_dir).expect("the server starts")
    }

    /// Waits for the line that says where it listens; gives how it ended where it does not come to that.
    #[track_caller]
    pub fn launch(mut command: Command, data_dir: &Path) -> Result<Self, Ended> {
        let mut child = Guard(command.spawn().expect("the program starts"));
        let said = Arc::new(Mutex::new(String::new()));
        for pipe in [child.0.stderr.take().map(boxed), child.0.stdout.take().map(boxed)].into_iter().flatten() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let mut said = said.lock().expect("no reader panics");
                    said.push_str(&line);
                    said.push('\n');
                }
            });
        }
        let address = until(PATIENCE, "the server listens or ends", || {
            let ended = child.0.try_wait().expect("a child of ours");
            let text = said.lock().expect("no reader panics").clone();
            match (address_in(&text), ended) {
                (Some(address), _) => Some(Ok(address)),
                (None, Some(status)) => Some(Err(Ended { code: status.code(), stdout: String::new(), stderr: text })),
                (None, None) => None,
            }
        });
        match address {
            Ok(address) => {
                Ok(Self { address, data_dir: data_dir.to_owned(), child: Some(child), said, token: OnceLock::new() })
            }
            Err(mut ended) => {
                // The readers may be a line behind the end of the process.
                until(PATIENCE, "its last words are read", || (Arc::strong_count(&said) == 1).then_some(()));
                ended.stderr.clone_from(&said.lock().expect("no reader panics"));
                Err(ended)
            }
        }
    }

    /// A server that somebody else has started and ends, known by its log and by a token of it.
    #[track_caller]
    pub fn elsewhere(log: &Path, data_dir: &Path, token: &str) -> Self {
        let address = until(PATIENCE, "the server listens", || address_in(&std::fs::read_to_string(log).ok()?));
        let token = OnceLock::from(token.to_owned());
        Self { address, data_dir: data_dir.to_owned(), child: None, said: Arc::default(), token }
    }

    /// All that it said so far, on stdout and stderr.
    pub fn said(&self) -> String {
        self.said.lock().expect("no reader panics").clone()
    }

    /// All that it said, once this is in it.
    #[track_caller]
    pub fn said_with(&self, text: &str) -> String {
        until(PATIENCE, text, || Some(self.said()).filter(|said| said.contains(text)))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child.as_ref().expect("a child of ours").0)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a child of ours");
    }

    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.0.try_wait().expect("a child of ours"))
    }

    /// Sends the signal and waits for the end. How it ended, what it had said, and how long that took.
    #[track_caller]
    pub fn stop(mut self, signal: Signal) -> (ExitStatus, String, Duration) {
        let began = Instant::now();
        self.signal(signal);
        let status = until(PATIENCE, "the server stops", || self.has_ended());
        let took = began.elapsed();
        until(PATIENCE, "its last words are read", || (Arc::strong_count(&self.said) == 1).then_some(()));
        (status, self.said(), took)
    }

    /// Speaks with this token instead of one of its own.
    pub fn with_token(self, token: &str) -> Self {
        Self { token: OnceLock::from(token.to_owned()), ..self }
    }

    /// A backend key with all rights, made once.
    pub fn token(&self) -> &str {
        self.token.get_or_init(|| run(admin_token(&self.data_dir, &[])).fine().trim().to_owned())
    }

    pub fn get(&self, path: &str) -> Reply {
        call("GET", &format!("{}{path}", self.url()), Some(self.token()), None).expect("the server answers")
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        call("POST", &format!("{}{path}", self.url()), Some(self.token()), Some(body)).expect("the server answers")
    }

    pub fn delete(&self, path: &str) -> Reply {
        call("DELETE", &format!("{}{path}", self.url()), Some(self.token()), None).expect("the server answers")
    }

    /// Without a credential, as probes ask.
    pub fn probe(&self, path: &str) -> Reply {
        call("GET", &format!("{}{path}", self.url()), None, None).expect("the server answers")
    }

    /// What a verification of this key says, as this caller.
    #[track_caller]
    pub fn code_of(&self, key: &str) -> String {
        let answer = self.post("/v1/api-keys/verify", &serde_json::json!({ "key": key, "environment": "any" }));
        answer.data()["code"].as_str().expect("a code").to_owned()
    }

    /// A user to own keys.
    pub fn user(&self, external_id: &str) -> String {
        let made = self.post("/v1/users", &serde_json::json!({ "external_id": external_id }));
        made.data()["id"].as_str().expect("an id").to_owned()
    }

    /// A key of this user's: its id and its secret.
    pub fn key(&self, user: &str) -> (String, String) {
        let body = serde_json::json!({ "description": "made by a test", "expires_at": null });
        let made = self.post(&format!("/v1/users/{user}/api-keys"), &body);
        let text = |field: &str| made.data()[field].as_str().expect("text").to_owned();
        (text("id"), text("secret"))
    }
}

fn boxed(pipe: impl std::io::Read + Send + 'static) -> Box<dyn std::io::Read + Send> {
    Box::new(pipe)
}

fn address_in(log: &str) -> Option<SocketAddr> {
    let said = log.lines().filter(|line| line.contains("listening"));
    said.filter_map(|line| match serde_json::from_str::<Value>(line) {
        Ok(line) => line["address"].as_str().map(str::to_owned),
        Err(_) => line.split("address=").nth(1)?.split(' ').next().map(str::to_owned),
    })
    .find_map(|address| address.parse().ok())
}

/// One request. `None` where no answer came.
pub fn call(method: &str, url: &str, token: Option<&str>, body: Option<&Value>) -> Option<Reply> {
    static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        config.max_idle_connections(0).build().into()
    });
    // As pages of the server itself ask.
    let mut request = http::Request::builder().method(method).uri(url).header("X-Keystead-Request", "1");
    request = match token {
        Some(session) if session.starts_with("ses_") => request.header("Cookie", format!("keystead={session}")),
        Some(token) => request.header("Authorization", format!("Bearer {token}")),
        None => request,
    };
    if body.is_some() {
        request = request.header("Content-Type", "application/json");
    }
    let sent = match body {
        Some(body) => AGENT.run(request.body(body.to_string()).expect("a request")),
        None => AGENT.run(request.body(()).expect("a request")),
    };
    let mut response = sent.ok()?;
    let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok());
    let session = cookie.and_then(|cookie| Some(cookie.split(';').next()?.split_once('=')?.1.to_owned()));
    let text = response.body_mut().read_to_string().ok()?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Some(Reply { status: response.status().as_u16(), body, session })
}
