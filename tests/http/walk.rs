//! Every route as every kind of caller. `walk.snap` holds the statuses: a new route or a new right changes the table, and whoever changes
//! it reads it. `KEYSTEAD_UPDATE_SNAPSHOTS=1` writes it anew.

use std::fmt::Write;

use keystead::config::Environment;
use keystead::http::{Entry, routes};
use keystead::people::scope;
use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::{Kit, NOBODY, START, stranger, time};

/// The people and keys that calls are about, and everybody who calls.
struct Stage {
    kit: Kit,
    user: String,
    team: String,
    callers: Vec<(String, String)>,
    made: std::cell::Cell<u32>,
}

/// Whose key a path with a key's id means.
#[derive(Clone, Copy)]
enum Target {
    /// The user's, with no scopes: nothing of it is beyond any caller.
    Plain,
    /// The caller's own.
    Itself,
    /// The user's, with a scope of a backend.
    Backend,
    Team,
    Instance,
}

impl Stage {
    fn set() -> Self {
        let kit = Kit::start();
        let user = kit.user_granting("maya", &["own:keys:write", "own:keys:revoke"]);
        let (team, other, gone) = (kit.team("Acme"), kit.user("other"), kit.user("gone"));
        let key = |owner: &str, settings: Value| kit.key(owner, settings).secret;
        let revoked = kit.key(&user, json!({ "scopes": ["keystead:admin"] }));
        kit.delete(&kit.admin, &format!("/v1/api-keys/{}", revoked.id)).expect(200);
        let mut callers = vec![
            ("nobody".to_owned(), NOBODY.to_owned()),
            ("garbage".into(), "garbage".into()),
            ("an unknown well-formed key".into(), stranger("sk_live_")),
            ("a revoked admin's key".into(), revoked.secret),
            (
                "an expired admin's key".into(),
                key(&user, json!({ "scopes": ["keystead:admin"], "expires_at": time(START + 1) })),
            ),
            ("a disabled admin's key".into(), key(&user, json!({ "scopes": ["keystead:admin"], "enabled": false }))),
            ("a suspended owner's admin's key".into(), key(&gone, json!({ "scopes": ["keystead:admin"] }))),
            ("a public live key of the user".into(), key(&user, json!({ "is_public": true }))),
            ("a public test key of the user".into(), key(&user, json!({ "is_public": true, "environment": "test" }))),
            (
                "a test key of the user".into(),
                key(&user, json!({ "environment": "test", "scopes": ["own:keys:write"] })),
            ),
            (
                "a test backend with keystead:admin".into(),
                kit.backend_in(Environment::Test, &[scope::ADMIN], None).secret,
            ),
            ("a live key of the user".into(), key(&user, json!({}))),
            ("a live key of the team".into(), key(&team, json!({}))),
            ("a live key of another user".into(), key(&other, json!({}))),
            ("a live key of the user with own:keys:write".into(), key(&user, json!({ "scopes": ["own:keys:write"] }))),
            (
                "a live key of the user with own:keys:revoke".into(),
                key(&user, json!({ "scopes": ["own:keys:revoke"] })),
            ),
            (
                "a live key of another user with both".into(),
                key(&other, json!({ "scopes": ["own:keys:write", "own:keys:revoke"] })),
            ),
        ];
        callers.push(("a panel of the user".into(), kit.panel(&user, &json!({}))));
        callers.push(("a panel of another user".into(), kit.panel(&other, &json!({}))));
        callers.extend(
            scope::BACKEND.iter().map(|scope| (format!("a backend with {scope}"), kit.backend(&[scope]).secret)),
        );
        kit.suspend(&gone);
        kit.clock.advance_ms(2);
        Self { kit, user, team, callers, made: std::cell::Cell::new(0) }
    }

    /// The status of one call. Whatever it changes is its own.
    fn ask(&self, entry: &Entry, caller: &(String, String), target: Target) -> u16 {
        // A caller that gave itself a new secret would walk on with a former one: `rotate` has a test of its own for that.
        if matches!(target, Target::Itself) && entry.path.ends_with("/rotate") {
            return 0;
        }
        let id = match entry.path {
            path if path.starts_with("/v1/users/") => self.user.clone(),
            path if path.starts_with("/v1/teams/") => self.team.clone(),
            path if path.starts_with("/v1/api-keys/{id}") => match self.target(target, caller) {
                Some(id) => id,
                None => return 0,
            },
            _ => String::new(),
        };
        let name = if entry.path.starts_with("/assets") { "page.css" } else { "keys" };
        let path = entry.path.replace("{id}", &id).replace("{name}", name);
        assert!(!path.contains('{'), "{path}: the walk knows every parameter of a path");
        let call = Call::new(entry.method.as_str(), &path).bearer(&caller.1);
        let call = match self.body(entry) {
            Some(body) => call.json(&body),
            None => call,
        };
        self.kit.call(call).status
    }

    /// A new key to act upon: one call's revocation is not the next one's 404. `None` where the caller has no key of its own.
    fn target(&self, target: Target, caller: &(String, String)) -> Option<String> {
        Some(match target {
            Target::Plain => self.kit.key(&self.user, json!({})).id,
            Target::Backend => self.kit.key(&self.user, json!({ "scopes": ["keystead:verify"] })).id,
            Target::Team => self.kit.key(&self.team, json!({})).id,
            Target::Instance => self.kit.backend(&["keystead:verify"]).id,
            Target::Itself => self.kit.get(&caller.1, "/v1/me").json["data"]["key"]["id"].as_str()?.to_owned(),
        })
    }

    /// A body that an authorised caller is taken at its word for.
    fn body(&self, entry: &Entry) -> Option<Value> {
        self.made.set(self.made.get() + 1);
        Some(match (entry.method.as_str(), entry.path) {
            ("POST", "/v1/users" | "/v1/teams") => {
                json!({ "name": "new", "external_id": format!("new {}", self.made.get()) })
            }
            ("POST", path) if path.ends_with("/api-keys") => json!({ "description": "new", "expires_at": null }),
            ("POST", path) if path.ends_with("/portal-sessions") => json!({}),
            ("POST", "/v1/portal-sessions/exchange") => json!({ "code": "of no panel" }),
            ("POST", "/v1/api-keys/verify") => json!({ "key": stranger("sk_live_") }),
            ("POST", "/v1/api-keys/{id}/rotate") => json!({}),
            ("PATCH", "/v1/api-keys/{id}") => json!({ "description": "changed" }),
            ("PATCH", "/v1/users/{id}") => json!({ "name": "changed" }),
            ("GET" | "HEAD" | "DELETE", _) => return None,
            (method, path) => panic!("{method} {path}: the walk has no body for this route yet"),
        })
    }
}

/// Routes of the API that make a credential out of something else.
const OPEN: [&str; 1] = ["/v1/portal-sessions/exchange"];

fn table(stage: &Stage) -> String {
    let mut out = String::from("Statuses by caller; - is a caller without a key of its own.\n\n");
    for (n, (name, _)) in stage.callers.iter().enumerate() {
        writeln!(out, "{:>3}  {name}", n + 1).expect("a String takes everything");
    }
    let numbers: Vec<String> = (1..=stage.callers.len()).map(|n| format!("{n:>4}")).collect();
    write!(out, "\n{:<52}{}\n", "", numbers.concat()).expect("a String takes everything");
    let mut row = |entry: &Entry, target: Target, note: &str| {
        write!(out, "{:<52}", format!("{:<6} {}{note}", entry.method, entry.path)).expect("a String takes everything");
        for caller in &stage.callers {
            let status = match stage.ask(entry, caller, target) {
                0 => "-".to_owned(),
                status => status.to_string(),
            };
            write!(out, "{status:>4}").expect("a String takes everything");
        }
        out.push('\n');
    };
    let routes = routes();
    for entry in routes.iter().filter(|entry| !ends_its_caller(entry)) {
        row(entry, Target::Plain, "");
    }
    let of_a_key = || routes.iter().filter(|entry| entry.path.starts_with("/v1/api-keys/{id}"));
    for (target, note) in [
        (Target::Team, " of the team"),
        (Target::Backend, " with keystead:verify"),
        (Target::Instance, " of the instance"),
    ] {
        of_a_key().for_each(|entry| row(entry, target, note));
    }
    for entry in routes.iter().filter(|entry| ends_its_caller(entry)) {
        row(entry, Target::Plain, "");
    }
    // Last: after it, the callers have revoked themselves.
    of_a_key().for_each(|entry| row(entry, Target::Itself, " of the caller"));
    out
}

/// After it, whoever called without a key is nobody.
fn ends_its_caller(entry: &Entry) -> bool {
    entry.method == "DELETE" && entry.path.ends_with("/current")
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
    for entry in routes() {
        let status = stage.ask(&entry, &(String::new(), NOBODY.to_owned()), Target::Plain);
        assert_eq!(status == 401, entry.access.credential, "{entry:?}: {status}");
        assert_eq!(
            entry.access.credential,
            entry.path.starts_with("/v1/") && !OPEN.contains(&entry.path),
            "{entry:?}: all of the API needs a credential, but for what makes one"
        );
    }
}

#[test]
fn a_key_that_is_not_active_opens_no_more_than_no_key_at_all() {
    let stage = Stage::set();
    let events = stage.kit.events();
    let dead = ["garbage", "unknown", "revoked", "expired", "disabled", "suspended"];
    for caller in stage.callers.iter().filter(|(name, _)| dead.iter().any(|dead| name.contains(dead))) {
        for entry in routes().iter().filter(|entry| entry.access.credential && !entry.path.contains("{id}")) {
            assert_eq!(stage.ask(entry, caller, Target::Plain), 401, "{entry:?} as {}", caller.0);
        }
    }
    assert_eq!(stage.kit.events(), events, "and changes nothing");
}
