//! Bugs of others as our test cases. `cases.json` is the table: a row of the threat model, the bug, what is required, and the requests that
//! show it, each with the only answers that may come. A row may also name the tests that hold it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use keystead::base::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, wait};
use crate::second_factor::code;

const PASSWORD: &str = "tall trees by the lake";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "row")]
    number: u32,
    bug: String,
    required: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    cases: Vec<Case>,
    /// Tests, as module and name, that hold this row too.
    #[serde(default)]
    held_by: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "case")]
    what: String,
    steps: Vec<Step>,
    /// No step leaves an event.
    #[serde(default)]
    nothing_written: bool,
}

/// One request. `{name}` in its texts stands for what the scene or an earlier step gave that name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `nobody`, `page` (of this server, without a session), or whose credential.
    r#as: String,
    r#do: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    expect: Vec<u16>,
    /// So often, one after the other.
    #[serde(default = "once")]
    repeat: usize,
    /// So often, all at once.
    #[serde(default = "once")]
    parallel: usize,
    /// How many of those get this status.
    #[serde(default)]
    exactly: BTreeMap<String, usize>,
    /// How many of those have this text in this place.
    #[serde(default)]
    exactly_at: BTreeMap<String, BTreeMap<String, usize>>,
    /// The field that a failure points at.
    at: Option<String>,
    #[serde(default)]
    equals: BTreeMap<String, Value>,
    #[serde(default)]
    begins: BTreeMap<String, String>,
    /// Nowhere in the answer's body.
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    save: BTreeMap<String, String>,
    #[serde(default)]
    unchanged: BTreeMap<String, String>,
    /// The answer sets the cookie of a session, which gets this name.
    session: Option<String>,
    /// The answer is JSON and says so.
    #[serde(default)]
    json: bool,
}

fn once() -> usize {
    1
}

/// Who calls, and what the requests are about, each by name.
struct Scene {
    kit: Kit,
    callers: BTreeMap<String, String>,
    names: BTreeMap<String, Value>,
    /// What was not as required.
    wrong: Vec<String>,
}

impl Scene {
    fn set(row: &Row) -> Self {
        let settings: Vec<(&'static str, &str)> =
            row.settings.iter().map(|(name, value)| (&*name.clone().leak(), value.as_str())).collect();
        let kit = Kit::with(&settings);
        let backends = [("backend", kit.admin.clone()), ("keys:write", kit.backend(&["keystead:keys:write"]).secret)];
        let callers = backends.into_iter().map(|(name, secret)| (name.to_owned(), secret)).collect();
        let mut scene =
            Self { kit, callers, names: BTreeMap::from([("password".to_owned(), json!(PASSWORD))]), wrong: Vec::new() };
        scene.people();
        scene.keys();
        scene
    }

    fn people(&mut self) {
        let team = self.kit.team("Acme");
        for (who, role) in [
            ("maya", None),
            ("noor", None),
            ("tara", Some("admin")),
            ("member", Some("member")),
            ("invited", Some("admin")),
        ] {
            let id = self.person(&format!("{who}@example.com"), "member");
            self.callers.insert(who.to_owned(), self.kit.session(&id));
            if let Some(role) = role {
                self.kit.seat(&team, &id, json!({ "role": role }));
            }
            self.names.insert(who.to_owned(), json!(id));
        }
        self.kit.run("UPDATE owners SET status = 'invited' WHERE id = $1", vec![self.text("{invited}")]);
        let grantable = json!({ "scopes_grantable": ["a:read", "own:keys:write"] });
        self.kit.patch(&self.kit.admin, &self.text("/v1/users/{maya}"), &grantable).expect(200);
        let operator = self.person("operator@example.com", "admin");
        self.callers.insert("operator.unconfirmed".to_owned(), self.kit.session(&operator));
        self.kit.run("UPDATE sessions SET confirmed_at = 0 WHERE user_id = $1", vec![operator.clone()]);
        self.names.extend([("team".to_owned(), json!(team)), ("operator".to_owned(), json!(operator))]);
    }

    /// Somebody with the password. Its hash is computed once: it would be most of the time that all rows take.
    fn person(&self, email: &str, role: &str) -> String {
        static HASH: OnceLock<String> = OnceLock::new();
        let hash = HASH.get_or_init(|| {
            let password = Secret::new(PASSWORD.to_owned());
            wait(self.kit.instance.live.people.hash_password("/password", &password, &[])).expect("a hash")
        });
        let made = self.kit.post(&self.kit.admin, "/v1/users", &json!({ "email": email, "role": role })).expect(201);
        let id = made.str("/data/id").to_owned();
        self.kit.run("UPDATE users SET password = $2 WHERE id = $1", vec![id.clone(), hash.clone()]);
        id
    }

    fn keys(&mut self) {
        for (name, owner, settings) in [
            ("maya.key", "{maya}", json!({ "scopes": ["a:read", "own:keys:write"] })),
            ("noor.key", "{noor}", json!({})),
            ("team.key", "{team}", json!({})),
            ("public", "{maya}", json!({ "is_public": true })),
        ] {
            let key = self.kit.key(&self.text(owner), settings);
            self.callers.insert(name.to_owned(), key.secret.clone());
            self.names.extend([(name.to_owned(), json!(key.secret)), (format!("{name}.id"), json!(key.id))]);
        }
    }

    /// The text with its names put in.
    fn text(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
        let (name, after) = rest.split_once('}').unwrap_or_else(|| panic!("{text}: a name has an end"));
        let value = match *name.split(' ').collect::<Vec<_>>() {
            ["characters", count] => "n".repeat(count.parse().expect("a number")),
            ["code", secret, steps] => {
                code(&self.kit, &self.text(&format!("{{{secret}}}")), steps.parse().expect("a number"))
            }
            _ => self
                .names
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_else(|| panic!("{name}: what is that?"))
                .to_owned(),
        };
        format!("{before}{value}{}", self.text(after))
    }

    fn body(&self, body: &Value) -> Value {
        match body {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.body(item)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), self.body(value))).collect(),
            other => other.clone(),
        }
    }

    fn call(&self, step: &Step) -> Call {
        let (method, path) = step.r#do.split_once(' ').expect("a method and a path");
        let call = Call::new(method, &self.text(path));
        let call = match step.r#as.as_str() {
            "nobody" => call,
            "page" => call.ours(),
            who => call.bearer(self.callers.get(who).unwrap_or_else(|| panic!("{who}: who is that?"))),
        };
        let call = step.headers.iter().fold(call, |call, (name, value)| call.header(name, &self.text(value)));
        match &step.body {
            Some(body) => call.json(&self.body(body)),
            None => call,
        }
    }

    fn take(&mut self, step: &Step, place: &str) {
        let call = self.call(step);
        let answers: Vec<Answer> = if step.parallel > 1 {
            std::thread::scope(|scope| {
                let all: Vec<_> = (0..step.parallel).map(|_| scope.spawn(|| self.kit.call(call.clone()))).collect();
                all.into_iter().map(|one| one.join().expect("an answer")).collect()
            })
        } else {
            (0..step.repeat).map(|_| self.kit.call(call.clone())).collect()
        };
        for (status, wanted) in &step.exactly {
            let got = answers.iter().filter(|answer| answer.status.to_string() == *status).count();
            if got != *wanted {
                self.wrong.push(format!("{place}: {got} times {status}, and {wanted} is required"));
            }
        }
        for (pointer, counts) in &step.exactly_at {
            for (text, wanted) in counts {
                let is_there = |answer: &&Answer| answer.json.pointer(pointer).is_some_and(|found| *found == **text);
                let got = answers.iter().filter(is_there).count();
                if got != *wanted {
                    self.wrong.push(format!("{place}: {got} times {text}, and {wanted} is required"));
                }
            }
        }
        for answer in answers {
            self.check(step, &answer, place);
        }
    }

    /// Holds an answer to its step, and keeps what later steps speak of.
    fn check(&mut self, step: &Step, answer: &Answer, place: &str) {
        let found = |pointer: &str| answer.json.pointer(pointer).cloned().unwrap_or_default();
        let mut wrong = Vec::new();
        let mut needs = |holds: bool, what: String| wrong.extend((!holds).then_some(what));
        needs(step.expect.contains(&answer.status), format!("{:?} is required", step.expect));
        if let Some(field) = &step.at {
            needs(found("/error/field") == **field, format!("{field} is to be pointed at"));
        }
        for (pointer, value) in &step.equals {
            needs(found(pointer) == self.body(value), format!("{pointer} is to be {value}"));
        }
        for (pointer, start) in &step.begins {
            let begins = found(pointer).as_str().is_some_and(|text| text.starts_with(start));
            needs(begins, format!("{pointer} is to begin with {start}"));
        }
        for text in &step.lacks {
            needs(!answer.text.contains(text), format!("{text} is not to be there"));
        }
        for (name, pointer) in &step.unchanged {
            needs(found(pointer) == self.names[name], format!("{pointer} is to be as before"));
        }
        if step.json {
            needs(answer.header("content-type") == Some("application/json"), "JSON is required".into());
        }
        for (name, pointer) in &step.save {
            self.names.insert(name.clone(), found(pointer));
        }
        if let Some(name) = step.session.clone().filter(|_| answer.status < 300) {
            let token = answer.session();
            needs(token.len() == 47 && !token.contains('.'), "an opaque token is required".into());
            self.callers.insert(name, token);
        }
        if !wrong.is_empty() {
            let asked = format!("{} as {}: {} {}", step.r#do, step.r#as, answer.status, answer.text);
            self.wrong.push(format!("{place}:\n  {asked}\n  {}", wrong.join(", ")));
        }
    }
}

fn table() -> Vec<Row> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/cases.json");
    serde_json::from_str(&std::fs::read_to_string(file).expect("tests/http/cases.json")).expect("the table")
}

#[test]
fn every_bug_of_the_table_is_answered_as_it_requires() {
    let rows = table();
    // Cases do not know of each other, and there are two processors.
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = (0..2)
            .map(|half| {
                let mine = rows.iter().skip(half).step_by(2);
                scope.spawn(move || mine.flat_map(play).collect::<Vec<_>>())
            })
            .collect();
        halves.into_iter().flat_map(|half| half.join().expect("the rows are played")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What was not as required.
fn play(row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in &row.cases {
        let mut scene = Scene::set(row);
        let events = scene.kit.events();
        let place = format!("row {} ({}; required: {}), {}", row.number, row.bug, row.required, case.what);
        for step in &case.steps {
            scene.take(step, &place);
        }
        if case.nothing_written && scene.kit.events() != events {
            scene.wrong.push(format!("{place}: something was written"));
        }
        wrong.append(&mut scene.wrong);
    }
    wrong
}

#[test]
fn the_table_has_every_row_that_is_asked_for_and_names_only_tests_that_are_there() {
    let rows = table();
    let wanted: Vec<u32> = (1..=18).chain([21, 23, 24]).collect();
    let mut here: Vec<u32> = rows.iter().map(|row| row.number).collect();
    here.dedup();
    assert_eq!(here, wanted);
    for row in &rows {
        assert!(!row.cases.is_empty() || !row.held_by.is_empty(), "row {} is held by nothing", row.number);
        for test in &row.held_by {
            let (module, name) = test.split_once("::").expect("module::name");
            let file = format!("{}/tests/http/{module}.rs", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let there = text.contains(&format!("fn {name}("));
            assert!(there, "row {}: there is no {test}", row.number);
        }
    }
}
