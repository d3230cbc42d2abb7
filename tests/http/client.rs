//! A small blocking HTTP client. It keeps every answer, and holds each to what holds for all of them: the envelope, the headers of
//! every response, a status that the OpenAPI document names, and nothing secret that was sent.

use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

pub struct Client {
    agent: Mutex<Option<ureq::Agent>>,
    base: String,
    answers: Mutex<Vec<String>>,
}

/// A request in the making.
#[derive(Debug, Clone)]
pub struct Call {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// Null where the body is not JSON.
    pub json: Value,
    pub asked: String,
}

impl Call {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: None }
    }

    /// Nobody's key, "", sends none.
    pub fn bearer(self, key: &str) -> Self {
        if key.is_empty() { self } else { self.header("Authorization", &format!("Bearer {key}")) }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
        let agent = config.allow_non_standard_methods(true).build().new_agent();
        Self { agent: Mutex::new(Some(agent)), base: format!("http://{address}"), answers: Mutex::default() }
    }

    pub fn send(&self, call: Call) -> Answer {
        let agent = self.agent.lock().unwrap_or_else(PoisonError::into_inner).clone().expect("the Kit is in use");
        let asked = format!("{} {}", call.method, call.path);
        let mut request =
            ureq::http::Request::builder().method(call.method.as_str()).uri(format!("{}{}", self.base, call.path));
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let sent = match &call.body {
            Some(body) => agent.run(request.body(body.as_slice()).expect("a request")),
            None => agent.run(request.body(()).expect("a request")),
        };
        let mut response = sent.unwrap_or_else(|error| panic!("{asked}: no answer: {error}"));
        let headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let text = response.body_mut().read_to_string().expect("a body in UTF-8");
        let json = serde_json::from_str(&text).unwrap_or_default();
        let answer = Answer { status: response.status().as_u16(), headers, text, json, asked };
        let whole = answer.whole();
        no_echo(&call, &whole);
        answer.holds(&call);
        self.keep(whole);
        answer
    }

    /// Reads the OpenAPI document, to hold answers to; once in a process.
    pub fn learn(&self) {
        if DOCUMENT.get().is_none() {
            let answer = self.send(Call::new("GET", "/openapi.json"));
            if answer.status == 200 {
                let _ = DOCUMENT.set(answer.json);
            }
        }
    }

    /// Remembers what was answered.
    pub fn keep(&self, answer: String) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }

    pub fn answers(&self) -> Vec<String> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of all connections.
    pub fn close(&self) {
        self.agent.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self
    }

    /// A failure with this status and code.
    #[track_caller]
    pub fn fails(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.str("/error/code"), code, "{}: {}", answer.asked, answer.text);
        answer
    }

    /// A failure that points at this field.
    #[track_caller]
    pub fn at(self, field: &str) -> Self {
        assert_eq!(self.json.pointer("/error/field"), Some(&field.into()), "{}: {}", self.asked, self.text);
        self
    }

    #[track_caller]
    pub fn str(&self, pointer: &str) -> &str {
        let found = self.json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("{}: no text at {pointer} in {}", self.asked, self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn ids(&self) -> Vec<String> {
        let items = self.json["data"].as_array().expect("a list");
        items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    }

    fn whole(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{headers}\n{}", self.text)
    }

    /// What holds for every answer.
    fn holds(&self, call: &Call) {
        let shown = || format!("{}: {} {}", self.asked, self.status, self.whole());
        assert!(self.status < 500 || self.status == 503, "a fault of ours: {}", shown());
        for name in
            ["x-request-id", "content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"]
        {
            assert!(self.header(name).is_some(), "no {name}: {}", shown());
        }
        if self.status >= 400 && self.status != 503 && call.method != "HEAD" {
            assert_eq!(self.json["success"], false, "a failure has the envelope: {}", shown());
            assert_eq!(self.str("/error/request_id"), self.header("x-request-id").unwrap_or_default());
            let message = self.str("/error/message");
            assert!(
                message.len() > 12 && self.json["error"].as_object().is_some_and(|error| error.len() == 4),
                "{}",
                shown()
            );
        }
        if let Some(documented) = documented(&call.method, &call.path) {
            assert!(documented.contains(&self.status.to_string()), "undocumented, only {documented:?}: {}", shown());
        }
    }
}

/// Whatever looks like a key in a request must not come back, not even in part.
fn no_echo(call: &Call, answer: &str) {
    let mut sent = call.path.clone();
    for (name, value) in &call.headers {
        sent.push_str(&format!(" {name} {value}"));
    }
    sent.push(' ');
    sent.push_str(&String::from_utf8_lossy(call.body.as_deref().unwrap_or_default()));
    for word in sent.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        // 43 random characters and 6 of checksum behind the prefix's last underscore.
        let Some((_, tail)) = word.rsplit_once('_').filter(|(_, tail)| tail.len() == 49) else { continue };
        for part in [&tail[..12], &tail[20..32], &tail[37..]] {
            assert!(!answer.contains(part), "{} {}: a key that was sent comes back: {answer}", call.method, call.path);
        }
    }
}

/// The OpenAPI document, as the first server of this process serves it.
static DOCUMENT: OnceLock<Value> = OnceLock::new();

/// The statuses that it promises for the operation that this request means, if it means one.
fn documented(method: &str, path: &str) -> Option<Vec<String>> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |pattern: &str| {
        let (wanted, given): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted
                .iter()
                .zip(given)
                .all(|(wanted, given)| *wanted == given || (wanted.starts_with('{') && !given.is_empty()))
    };
    let paths = DOCUMENT.get()?["paths"].as_object().expect("paths");
    // A literal path wins over a pattern.
    let found = paths.get(path).or_else(|| paths.iter().find(|(pattern, _)| fits(pattern)).map(|(_, item)| item))?;
    let responses = found.get(method.to_lowercase())?["responses"].as_object()?;
    Some(responses.keys().cloned().collect())
}
