//! A small blocking HTTP client. It keeps every answer, and holds each to what `promise` says of all of them.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::promise::{self, DOCUMENT};

pub struct Client {
    agent: Mutex<Option<ureq::Agent>>,
    base: String,
    answers: Mutex<Vec<String>>,
}

/// A request in the making.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
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

    /// Nobody's key, "", sends none; a session's token goes as our own pages send it.
    pub fn bearer(self, key: &str) -> Self {
        match key {
            "" => self,
            session if session.starts_with("ses_") => {
                self.header("Cookie", &format!("keystead={session}")).header("X-Keystead-Request", "1")
            }
            key => self.header("Authorization", &format!("Bearer {key}")),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// As a page of the server itself asks.
    pub fn ours(self) -> Self {
        self.header("X-Keystead-Request", "1")
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
            http::Request::builder().method(call.method.as_str()).uri(format!("{}{}", self.base, call.path));
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
        promise::holds(&call, &answer, &whole);
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

    /// The one cookie that is set, with its attributes.
    #[track_caller]
    pub fn cookie(&self) -> &str {
        let set: Vec<_> = self.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
        assert_eq!(set.len(), 1, "{}: {:?}", self.asked, self.headers);
        &set[0].1
    }

    /// The token of the session whose cookie is set.
    #[track_caller]
    pub fn session(&self) -> String {
        let value = self.cookie().split(['=', ';']).nth(1).unwrap_or_default().to_owned();
        assert!(value.starts_with("ses_"), "{}: {value}", self.asked);
        value
    }

    pub fn ids(&self) -> Vec<String> {
        let items = self.json["data"].as_array().expect("a list");
        items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    }

    fn whole(&self) -> String {
        let headers: Vec<String> = self.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{}\n\n{}", headers.join("\n"), self.text)
    }
}
