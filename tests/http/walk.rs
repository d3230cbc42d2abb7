//! Every route as every kind of caller. `walk.snap` holds who is answered what: a new route or a new right changes the table, and whoever
//! changes it reads it. `KEYSTEAD_UPDATE_SNAPSHOTS=1` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write;

use keystead::base::crypto::{hex, sha256};
use keystead::http::{Entry, routes};
use keystead::people::SessionId;
use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::{NOBODY, START, stranger};
use crate::stage::{EMAIL, PASSWORD, Stage};

/// Whom or whose key a path means.
#[derive(Clone, Copy, PartialEq)]
enum Target {
    /// The user, the team, or a key of the user with no scopes: nothing of it is beyond any caller.
    Plain,
    /// The caller: `me`, or a key of their own.
    Itself,
    /// A key of the user, with a scope of a backend.
    Backend,
    /// A key of the team.
    Team,
    /// A key of the instance.
    Instance,
}

/// One row of the table in the making.
struct Ask<'a> {
    stage: &'a Stage,
    entry: &'a Entry,
    target: Target,
    made: &'a mut u32,
}

impl Ask<'_> {
    /// The status of one call. Whatever it changes is its own, or made good afterwards. `None` where there is nothing to ask.
    fn ask(&mut self, caller: usize, credential: &str) -> Option<u16> {
        let (kit, method) = (&self.stage.kit, self.entry.method.as_str());
        let path = self.path(caller, credential)?;
        assert!(!path.contains('{'), "{path}: the walk knows every parameter of a path");
        let call = Call::new(method, &path).bearer(credential);
        let call = if OPEN.contains(&(method, self.entry.path)) { call.ours() } else { call };
        let call = match self.body() {
            Some(body) if self.entry.path == "/v1/api-keys/import" => {
                call.header("Content-Type", "application/x-ndjson").body(format!("{body}\n"))
            }
            Some(body) if self.entry.path == "/v1/introspect" => {
                let form = format!("token={}", body["token"].as_str().expect("a token"));
                call.header("Content-Type", "application/x-www-form-urlencoded").body(form)
            }
            Some(body) => call.json(&body),
            None => call,
        };
        let status = kit.call(call).status;
        let about_people = ["/v1/users/", "/v1/teams/", "/v1/me"].iter().any(|start| path.starts_with(start));
        if !matches!(method, "GET" | "HEAD") && about_people && status < 300 {
            self.stage.restore();
        }
        Some(status)
    }

    fn path(&self, caller: usize, credential: &str) -> Option<String> {
        let (stage, path, deletes) = (self.stage, self.entry.path, self.entry.method == "DELETE");
        let id = match path {
            _ if self.target == Target::Itself && !path.starts_with("/v1/api-keys/") => "me".to_owned(),
            "/v1/me/identities/{id}" => "idn_00000000000000000000000000".to_owned(),
            "/v1/users/{id}" | "/v1/users/{id}/sessions" if deletes => {
                stage.kit.user(&format!("to lose {} by {path}", self.made))
            }
            "/v1/teams/{id}" if deletes => stage.team_to_lose(),
            "/v1/users/{id}/invitations" => stage.kit.mailed(&format!("to-invite-{}@example.com", self.made)),
            "/v1/leaks/{id}" => self.leak(),
            _ if path.starts_with("/v1/users/") => stage.user.clone(),
            _ if path.starts_with("/v1/teams/") => stage.team.clone(),
            _ if path.starts_with("/v1/sessions/{id}") => SessionId::new(START).to_string(),
            _ if path.starts_with("/v1/api-keys/{id}") => self.key(caller, credential)?,
            _ => "any".to_owned(),
        };
        let name = match path {
            "/v1/roles/{name}" => self.role(),
            _ if path.starts_with("/assets") => "page.css".to_owned(),
            _ => "keys".to_owned(),
        };
        let path = path.replace("{id}", &id).replace("{name}", &name).replace("{gateway}", "edge");
        let path = path.replace("{tab}", "any").replace("{code}", "of-no-link");
        let path = path.replace("{external_id}", &format!("put-{}", self.made));
        Some(if path.contains("{user_id}") { path.replace("{user_id}", &stage.guest()) } else { path })
    }

    /// A role that is there, whoever removed one before.
    fn role(&self) -> String {
        let (kit, name) = (&self.stage.kit, format!("walked-{}", self.made));
        kit.post(&kit.admin, "/v1/roles", &json!({ "name": name }));
        name
    }

    /// A leak of a key of the user's.
    fn leak(&self) -> String {
        let kit = &self.stage.kit;
        let key = kit.key(&self.stage.user, json!({}));
        kit.fate(json!({ "key": key.secret, "exposure": "local" }))["leak_id"].as_str().expect("an id").to_owned()
    }

    /// A new key to act upon: one call's revocation is not the next one's 404. `None` where the caller has no key of its own.
    fn key(&self, caller: usize, credential: &str) -> Option<String> {
        let (stage, kit) = (self.stage, &self.stage.kit);
        Some(match self.target {
            // What is added to must be there.
            Target::Plain if self.entry.path.ends_with("/credits") => {
                kit.key(&stage.user, json!({ "credits": { "remaining": 1 } })).id
            }
            Target::Plain => kit.key(&stage.user, json!({})).id,
            Target::Backend => kit.key(&stage.user, json!({ "scopes": ["keystead:verify"] })).id,
            Target::Team => kit.key(&stage.team, json!({})).id,
            Target::Instance => kit.backend(&["keystead:verify"]).id,
            Target::Itself => match stage.person(caller) {
                Some(person) => kit.try_key(&kit.admin, person, json!({})).json["data"]["id"].as_str()?.to_owned(),
                // A key that gave itself a new secret would walk on with a former one: `rotate` has a test of its own for that.
                None if self.entry.path.ends_with("/rotate") => return None,
                None => kit.get(credential, "/v1/me").json["data"]["key"]["id"].as_str()?.to_owned(),
            },
        })
    }

    /// A body that an authorised caller is taken at its word for.
    fn body(&mut self) -> Option<Value> {
        *self.made += 1;
        Some(match (self.entry.method.as_str(), self.entry.path) {
            ("POST", "/v1/users" | "/v1/teams") => {
                json!({ "name": "new", "external_id": format!("new {}", self.made) })
            }
            ("POST", "/v1/roles") => json!({ "name": format!("new-{}", self.made) }),
            ("POST", path) if path.ends_with("/api-keys") => json!({ "description": "new", "expires_at": null }),
            ("POST", path) if path.ends_with("/portal-sessions") || path.ends_with("/invitations") => json!({}),
            ("POST", "/v1/invitations/accept") => json!({ "token": "of no link", "password": PASSWORD }),
            ("POST", "/v1/setup") => json!({ "token": "of no link", "email": "x@example.com", "password": PASSWORD }),
            ("POST", "/v1/sessions") => json!({ "email": EMAIL, "password": PASSWORD }),
            ("POST", "/v1/sessions/current/confirm") => json!({ "password": PASSWORD }),
            ("POST", "/v1/me/password") => json!({ "current_password": PASSWORD, "new_password": PASSWORD }),
            ("POST", "/v1/portal-sessions/exchange") => json!({ "code": "of no panel" }),
            ("POST", "/v1/api-keys/verify") => json!({ "key": stranger("sk_live_") }),
            ("POST", "/v1/api-keys/verify-batch") => json!({ "questions": [{ "key": stranger("sk_live_") }] }),
            ("POST", "/v1/api-keys/token") => json!({ "key": stranger("sk_live_"), "audience": "a" }),
            ("POST", "/v1/signing-keys") => json!({ "at_once": true }),
            ("POST", "/v1/introspect") => json!({ "token": stranger("sk_live_") }),
            ("POST", "/v1/api-keys/import") => {
                let hash = hex(&sha256(self.made.to_string().as_bytes()));
                json!({ "hash": hash, "algorithm": "sha256", "encoding": "hex", "name": "n", "owner": { "type": "user", "id": self.stage.user } })
            }
            ("POST", "/v1/leaks") => json!({ "reports": [{ "key": stranger("sk_live_") }] }),
            ("PATCH", "/v1/leaks/{id}") => json!({ "state": "confirmed" }),
            ("POST", "/v1/api-keys/revoke") => json!({ "ids": ["key_01h455vb4pex5vsknk084sn02q"] }),
            ("POST", "/v1/api-keys/{id}/credits") => json!({ "add": 1 }),
            ("POST", "/v1/api-keys/{id}/transfer") => json!({ "owner": { "id": self.stage.user } }),
            (
                "POST",
                "/v1/api-keys/{id}/rotate"
                | "/v1/me/second-factor"
                | "/v1/me/recovery-codes"
                | "/v1/me/identities/start",
            ) => json!({}),
            ("POST", "/v1/me/second-factor/confirm") => json!({ "code": "000000" }),
            ("PATCH", "/v1/api-keys/{id}" | "/v1/roles/{name}") => json!({ "description": "changed" }),
            ("PUT", path) if path.contains("/by-external-id/") => json!({ "name": "put" }),
            ("PUT", "/v1/teams/{id}/members/{user_id}") => json!({ "permissions": [] }),
            ("PATCH", "/v1/me" | "/v1/users/{id}" | "/v1/teams/{id}") => json!({ "name": "changed" }),
            ("PATCH", "/v1/settings") => json!({ "allow_never": true }),
            ("GET" | "HEAD" | "DELETE", _) => return None,
            (method, path) => panic!("{method} {path}: the walk has no body for this route yet"),
        })
    }
}

/// Routes of the API that make a credential out of something else.
const OPEN: [(&str, &str); 9] = [
    // Who says nothing of themselves is told nothing.
    ("POST", "/v1/leaks"),
    // The secret of a gateway opens it, and there is none.
    ("GET", "/v1/forward-auth/{gateway}"),
    ("POST", "/v1/portal-sessions/exchange"),
    ("POST", "/v1/setup"),
    ("POST", "/v1/sessions"),
    ("POST", "/v1/invitations/accept"),
    ("GET", "/v1/oidc"),
    ("GET", "/v1/oidc/start"),
    ("GET", "/v1/oidc/callback"),
];

/// `1-3 7`, for people.
fn ranges(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let run = |(first, last): (usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    runs.into_iter().map(run).collect::<Vec<_>>().join(" ")
}

fn row(stage: &Stage, made: &mut u32, entry: &Entry, target: Target, note: &str) -> String {
    let mut by_status: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    // Who ends all sessions of theirs may end one that calls next.
    let ends_others = entry.method == "DELETE" && entry.path == "/v1/sessions";
    let mut credentials = stage.credentials();
    for caller in 0..credentials.len() {
        if ends_others {
            credentials = stage.credentials();
        }
        let credential = &credentials[caller];
        let mut ask = Ask { stage, entry, target, made: &mut *made };
        if let Some(status) = ask.ask(caller, credential) {
            by_status.entry(status).or_default().push(caller + 1);
        }
    }
    let cells: Vec<String> = by_status
        .iter()
        .map(|(status, callers)| match by_status.len() {
            1 if callers.len() == stage.callers.len() => format!("{status} all"),
            _ => format!("{status}: {}", ranges(callers)),
        })
        .collect();
    format!("{:<6} {}{note}\n       {}\n", entry.method, entry.path, cells.join("   "))
}

fn table(stage: &Stage) -> String {
    let mut out = String::from("Who is answered what: each status, and the numbers of those who get it.\n\n");
    for (n, caller) in stage.callers.iter().enumerate() {
        writeln!(out, "{:>3}  {}", n + 1, caller.name).expect("a String takes everything");
    }
    out.push('\n');
    let (routes, mut made) = (routes(), 0);
    let mut add = |entry: &Entry, target: Target, note: &str| out.push_str(&row(stage, &mut made, entry, target, note));
    for entry in &routes {
        add(entry, Target::Plain, "");
    }
    let owners = ["/v1/users/{id}", "/v1/users/{id}/api-keys", "/v1/teams/{id}", "/v1/teams/{id}/api-keys"];
    for entry in routes.iter().filter(|entry| entry.method != "DELETE" && owners.contains(&entry.path)) {
        add(entry, Target::Itself, " for me");
    }
    let of_a_key = || routes.iter().filter(|entry| entry.path.starts_with("/v1/api-keys/{id}"));
    for (target, note) in [
        (Target::Team, " of the team"),
        (Target::Backend, " with keystead:verify"),
        (Target::Instance, " of the instance"),
    ] {
        of_a_key().for_each(|entry| add(entry, target, note));
    }
    // Last: after it, the keys that call have revoked themselves.
    of_a_key().for_each(|entry| add(entry, Target::Itself, " of the caller"));
    out
}
#[test]
fn every_route_answers_every_kind_of_caller_as_the_table_says() {
    let table = table(&Stage::set());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/walk.snap");
    #[expect(clippy::disallowed_methods, reason = "a switch of the test, no setting of the program")]
    let update = std::env::var_os("KEYSTEAD_UPDATE_SNAPSHOTS").is_some();
    if update {
        std::fs::write(file, &table).expect("the snapshot can be written");
    }
    let kept = std::fs::read_to_string(file).expect("tests/http/walk.snap");
    for (now, kept) in table.lines().zip(kept.lines()) {
        assert_eq!(now, kept, "read what changed, then set KEYSTEAD_UPDATE_SNAPSHOTS=1");
    }
    assert_eq!(table.len(), kept.len(), "a row came or went: read what changed, then set KEYSTEAD_UPDATE_SNAPSHOTS=1");
}

#[test]
fn without_a_credential_only_what_is_for_everybody_answers() {
    let stage = Stage::set();
    for entry in &routes() {
        let mut ask = Ask { stage: &stage, entry, target: Target::Plain, made: &mut 0 };
        let status = ask.ask(0, NOBODY).expect("every route is asked");
        assert_eq!(status == 401, entry.access.credential(), "{entry:?}: {status}");
        assert_eq!(
            entry.access.credential(),
            entry.path.starts_with("/v1/") && !OPEN.contains(&(entry.method.as_str(), entry.path)),
            "{entry:?}: all of the API needs a credential, but for what makes one"
        );
    }
}

#[test]
fn a_credential_that_is_dead_opens_no_more_than_none_at_all() {
    let stage = Stage::set();
    let events = stage.kit.events();
    let credentials = stage.credentials();
    let dead =
        ["garbage", "unknown", "revoked", "expired", "disabled", "suspended", "invited person", "removed person"];
    for (caller, credential) in credentials.iter().enumerate() {
        let name = &stage.callers[caller].name;
        if !dead.iter().any(|dead| name.contains(dead)) {
            continue;
        }
        // A verification asks for a key before it looks anybody up.
        let skipped = |path: &str| {
            path.contains("{id}")
                || path.contains("/roles/")
                || (path.ends_with("/verify") && stage.person(caller).is_some())
        };
        for entry in routes().iter().filter(|entry| entry.access.credential() && !skipped(entry.path)) {
            let mut ask = Ask { stage: &stage, entry, target: Target::Plain, made: &mut 0 };
            assert_eq!(ask.ask(caller, credential), Some(401), "{entry:?} as {name}");
        }
    }
    assert_eq!(stage.kit.events(), events, "and changes nothing");
}

#[test]
fn nothing_of_a_request_is_looked_at_before_its_caller_is_known() {
    let stage = Stage::set();
    let credentials = stage.credentials();
    let dead = stage.callers.iter().position(|caller| caller.name.contains("invited person")).expect("one of them");
    for entry in routes().iter().filter(|entry| entry.access.credential() && entry.path != "/v1/api-keys/verify") {
        let path = ["{id}", "{user_id}", "{external_id}", "{name}"]
            .iter()
            .fold(entry.path.to_owned(), |path, parameter| path.replace(parameter, "none"));
        for credential in [NOBODY, &credentials[dead]] {
            let call = Call::new(entry.method.as_str(), &format!("{path}?unknown=1")).bearer(credential);
            let wrong = call.header("Content-Type", "text/plain").header("If-Match", "3").header("Idempotency-Key", "");
            let status = stage.kit.call(if entry.method == "GET" { wrong } else { wrong.body("{") }).status;
            assert_eq!(status, 401, "{entry:?}");
        }
    }
}
