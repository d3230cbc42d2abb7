//! The flows of `tests/contract`, from the server's side: what stands there is sent, and what is answered must stand there, to the letter.
//! tests/contract/README.md has the words; the SDK is held to the same files.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use crate::client::Call;
use crate::kit::{Kit, START, time};

/// What a flow knows so far, by placeholder.
struct Replay {
    kit: Kit,
    placeholder: Regex,
    named: BTreeMap<String, String>,
    flow: String,
}

/// What a placeholder of this kind may stand for. `new` and `once` are of the flow's choice, and answers only repeat them.
fn shape(kind: &str) -> &'static str {
    match kind {
        "usr" => "usr_[0-9a-z]{26}",
        "team" => "team_[0-9a-z]{26}",
        "key" => "key_[0-9a-z]{26}",
        "leak" => "leak_[0-9a-z]{26}",
        "evt" => "evt_[0-9a-z]{26}",
        "secret" => "[a-z]+_(?:live|test)_[0-9A-Za-z]{49}",
        "end" => "[0-9A-Za-z]{4}",
        "token" => "ptl_[0-9A-Za-z_]{43,}",
        "time" => r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",
        "request" => "req_[0-9a-f]{16}",
        "portal_url" => "https?://[0-9a-z.:]+/portal/[0-9A-Za-z_]{43,}",
        other => panic!("tests/contract/README.md has no <{other}>"),
    }
}

impl Replay {
    fn new(flow: &str) -> Self {
        let kit = Kit::start();
        let backend = kit.backend(&["keystead:admin"]);
        let named = [("<key:backend>", backend.id), ("backend", backend.secret)];
        Self {
            kit,
            placeholder: Regex::new("<([a-z_]+[?]?)(?::([^<>]+))?>").expect("a pattern"),
            named: named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            flow: flow.to_owned(),
        }
    }

    fn step(&mut self, step: &Value) {
        if let Some(seconds) = step["wait_s"].as_i64() {
            return self.kit.clock.advance_ms(seconds * 1_000);
        }
        if step["only"] == "sdk" {
            return;
        }
        let caller = match step["as"].as_str().expect("a step says as whom") {
            "nobody" => String::new(),
            "backend" => self.named["backend"].clone(),
            other => self.filled(other),
        };
        for call in step["calls"].as_array().expect("a step has calls") {
            self.call(&caller, &call["request"], &call["response"]);
        }
    }

    fn call(&mut self, caller: &str, request: &Value, response: &Value) {
        let method = request["method"].as_str().expect("a method");
        let mut path = encoded(&self.filled(request["path"].as_str().expect("a path")));
        for (n, (name, value)) in request["query"].as_object().into_iter().flatten().enumerate() {
            let value = encoded(&self.filled(value.as_str().expect("a query is text")));
            let _ = write!(path, "{}{name}={value}", if n == 0 { '?' } else { '&' });
        }
        let mut call = Call::new(method, &path).bearer(caller);
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            call = call.header(name, &self.filled(value.as_str().expect("a header is text")));
        }
        if let Some(body) = request.get("body") {
            let body = self.filled_in(body);
            call = call.json(&body);
        }
        let answer = self.kit.call(call);
        let place = format!("{}: {method} {path}", self.flow);
        assert_eq!(Value::from(answer.status), response["status"], "{place}: {}", answer.text);
        for (name, wanted) in response["headers"].as_object().into_iter().flatten() {
            let got = answer.header(name).map_or(Value::Null, Value::from);
            assert_eq!(self.difference(&got, wanted, &format!("{place}: {name}")), None);
        }
        // First whatever gets a name here, then all of it: the end of a secret stands before the secret.
        self.learn(&answer.json, &response["body"]);
        assert_eq!(self.difference(&answer.json, &response["body"], &place), None);
    }

    /// A text to send.
    fn filled(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut from = 0;
        for found in self.placeholder.clone().captures_iter(text) {
            let whole = found.get(0).expect("a match");
            out.push_str(&text[from..whole.start()]);
            from = whole.end();
            out.push_str(&self.value(whole.as_str(), &found[1], found.get(2).map(|name| name.as_str())));
        }
        out + &text[from..]
    }

    fn filled_in(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.filled(text).into(),
            Value::Array(items) => items.iter().map(|item| self.filled_in(item)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), self.filled_in(value))).collect(),
            other => other.clone(),
        }
    }

    fn value(&mut self, whole: &str, kind: &str, name: Option<&str>) -> String {
        if let Some(known) = self.known(whole, kind, name) {
            return known;
        }
        assert!(["new", "once"].contains(&kind), "{}: {whole} is sent before it was answered", self.flow);
        let made = format!("{kind}-{}", self.named.len());
        self.named.insert(whole.to_owned(), made.clone());
        made
    }

    fn known(&self, whole: &str, kind: &str, name: Option<&str>) -> Option<String> {
        match (kind, name) {
            ("in", Some(after)) => Some(time(START + milliseconds(after))),
            ("end", Some(name)) => {
                let secret = self.named.get(&format!("<secret:{name}>"))?;
                Some(secret[secret.len() - 4..].to_owned())
            }
            _ => self.named.get(whole).cloned(),
        }
    }

    /// The names that a text of an answer gets where `wanted` has them, if it is such a text.
    fn names(&self, got: &str, wanted: &str) -> Option<Vec<(String, String)>> {
        let (mut pattern, mut groups, mut from) = (String::from("^"), Vec::new(), 0);
        for found in self.placeholder.captures_iter(wanted) {
            let whole = found.get(0).expect("a match");
            pattern.push_str(&regex::escape(&wanted[from..whole.start()]));
            from = whole.end();
            let name = found.get(2).map(|name| name.as_str());
            if let Some(known) = self.known(whole.as_str(), &found[1], name) {
                pattern.push_str(&regex::escape(&known));
            } else {
                let _ = write!(pattern, "({})", shape(&found[1]));
                groups.push(name.map(|_| whole.as_str().to_owned()));
            }
        }
        pattern.push_str(&regex::escape(&wanted[from..]));
        let found = Regex::new(&format!("{pattern}$")).expect("a pattern").captures(got)?;
        let named = groups.into_iter().enumerate();
        Some(named.filter_map(|(n, name)| Some((name?, found[n + 1].to_owned()))).collect())
    }

    fn learn(&mut self, got: &Value, wanted: &Value) {
        match (got, wanted) {
            (Value::String(got), Value::String(wanted)) if wanted != "<time?>" && wanted != "<number>" => {
                self.named.extend(self.names(got, wanted).into_iter().flatten());
            }
            (Value::Array(got), Value::Array(wanted)) => {
                got.iter().zip(wanted).for_each(|(got, wanted)| self.learn(got, wanted));
            }
            (Value::Object(got), Value::Object(wanted)) => {
                wanted.iter().for_each(|(name, wanted)| self.learn(got.get(name).unwrap_or(&Value::Null), wanted));
            }
            _ => {}
        }
    }

    /// Where an answer is not as it should be, and how.
    fn difference(&self, got: &Value, wanted: &Value, place: &str) -> Option<String> {
        let fine = match (got, wanted) {
            (got, Value::String(wanted)) if wanted == "<number>" => got.is_number(),
            (Value::Null, Value::String(wanted)) if wanted == "<time?>" => true,
            (Value::String(got), Value::String(wanted)) => {
                self.names(got, if wanted == "<time?>" { "<time>" } else { wanted }).is_some()
            }
            (Value::Array(got), Value::Array(wanted)) if got.len() == wanted.len() => {
                let mut each = got.iter().zip(wanted).enumerate();
                return each.find_map(|(n, (got, wanted))| self.difference(got, wanted, &format!("{place}/{n}")));
            }
            (Value::Object(got), Value::Object(wanted)) if got.keys().eq(wanted.keys()) => {
                let mut each = wanted.iter();
                return each.find_map(|(name, wanted)| self.difference(&got[name], wanted, &format!("{place}/{name}")));
            }
            _ => got == wanted,
        };
        (!fine).then(|| format!("{place}: {got} is not {wanted}"))
    }
}

/// `90d`, `-1s`: with a unit of s, m, h or d.
fn milliseconds(text: &str) -> i64 {
    let (amount, unit) = text.split_at(text.len() - 1);
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => panic!("{text}: no such unit"),
    };
    amount.parse::<i64>().expect("a number") * unit_ms
}

/// As a part of a URL in which `/` stands for itself.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[test]
fn every_flow_of_the_contract_is_answered_to_the_letter() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
    let files = std::fs::read_dir(folder).expect("tests/contract").map(|entry| entry.expect("an entry").path());
    let mut flows: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    flows.sort();
    assert!(flows.len() > 9, "the flows are there");
    for path in flows {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let flow: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a flow")).expect("JSON");
        let mut replay = Replay::new(&name);
        for (n, step) in flow["steps"].as_array().expect("steps").iter().enumerate() {
            replay.flow = format!("{name}, step {}", n + 1);
            replay.step(step);
        }
    }
}

#[test]
fn an_answer_that_differs_in_a_field_a_word_or_a_name_is_found() {
    let mut replay = Replay::new("none");
    let id = "usr_01k9zzzzzzzzzzzzzzzzzzzzzz";
    let wanted = serde_json::json!({ "id": "<usr:maya>", "at": "<time?>", "left": "<number>", "of": ["<usr:maya>"] });
    let right = serde_json::json!({ "id": id, "at": null, "left": 3, "of": [id] });
    replay.learn(&right, &wanted);
    assert_eq!(replay.difference(&right, &wanted, ""), None);
    for (pointer, wrong) in [
        ("/id", Value::from("usr_02k9zzzzzzzzzzzzzzzzzzzzzz")),
        ("/id", Value::Null),
        ("/at", "yesterday".into()),
        ("/left", "3".into()),
        ("/of", serde_json::json!([id, id])),
        ("", serde_json::json!({ "id": id })),
    ] {
        let mut got = right.clone();
        *got.pointer_mut(pointer).expect("a place") = wrong;
        assert!(replay.difference(&got, &wanted, "").is_some(), "{got}");
    }
}
