//! Roles: what they are, who sets and reads them, and that a change is in force with its answer for every key that bears one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keystead::event::{Act, Actor};
use keystead::key::role::RoleChange;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, START, time, wait};
use crate::world::{Issued, at};

fn role(name: &str) -> String {
    format!("/v1/roles/{name}")
}

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn set(kit: &Kit, name: &str, scopes: &[&str]) -> Answer {
    kit.patch(&kit.admin, &role(name), &json!({ "scopes": scopes })).expect(200)
}

fn has(kit: &Kit, secret: &str, scope: &str) -> bool {
    let question = json!({ "key": secret, "scopes": [scope], "environment": "any" });
    kit.verify_as(&kit.admin, question)["valid"] == true
}

/// The newest event.
fn event(kit: &Kit) -> Value {
    kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200).json["data"][0].clone()
}

#[test]
fn a_role_is_made_read_changed_and_removed_each_with_its_event() {
    let kit = Kit::start();
    let body = json!({ "name": "support", "description": "reads", "scopes": ["b:*", "a:read", "b:*"] });
    let made = kit.post(&kit.admin, "/v1/roles", &body).expect(201);
    let shown =
        json!({ "name": "support", "description": "reads", "scopes": ["a:read", "b:*"], "created_at": time(START) });
    assert_eq!(made.json["data"], shown);
    let told = event(&kit);
    assert_eq!((&told["action"], &told["subject"]), (&json!("role.created"), &json!("support")));
    assert_eq!(told["details"], json!({ "description": "reads", "scopes": ["a:read", "b:*"] }));
    let read = kit.get(&kit.admin, &role("support")).expect(200);
    assert_eq!((&read.json["data"], read.header("etag")), (&shown, made.header("etag")));
    kit.post(&kit.admin, "/v1/roles", &json!({ "name": "support" })).fails(409, "conflict").at("/name");

    let changed = set(&kit, "support", &["a:read"]);
    assert_eq!(changed.json["data"]["scopes"], json!(["a:read"]));
    assert_eq!(changed.json["data"]["description"], "reads");
    let told = event(&kit);
    assert_eq!(told["action"], "role.changed");
    assert_eq!(told["details"], json!({ "scopes": { "before": ["a:read", "b:*"], "after": ["a:read"] } }));
    let events = kit.events();
    let same = set(&kit, "support", &["a:read"]);
    assert_eq!((kit.events(), same.header("etag")), (events, changed.header("etag")), "the same is no change");

    let stale = read.header("etag").expect("a tag").to_owned();
    for method in ["PATCH", "DELETE"] {
        let call = Call::new(method, &role("support")).bearer(&kit.admin).header("If-Match", &stale);
        let call = if method == "PATCH" { call.json(&json!({ "description": "" })) } else { call };
        kit.call(call).fails(412, "precondition_failed");
    }
    kit.delete(&kit.admin, &role("support")).expect(200);
    let told = event(&kit);
    assert_eq!(told["action"], "role.removed");
    assert_eq!(told["details"], json!({ "before": { "description": "reads", "scopes": ["a:read"] } }));
    for gone in ["support", "Support", "%20", "a%22", &"a".repeat(65)] {
        kit.get(&kit.admin, &role(gone)).fails(404, "not_found");
        kit.patch(&kit.admin, &role(gone), &json!({})).fails(404, "not_found");
        kit.delete(&kit.admin, &role(gone)).fails(404, "not_found");
    }
}

#[test]
fn a_role_is_made_once_under_one_idempotency_key() {
    let kit = Kit::start();
    let make = |description: &str| {
        let body = json!({ "name": "support", "description": description });
        kit.call(Call::new("POST", "/v1/roles").bearer(&kit.admin).header("Idempotency-Key", "one").json(&body))
    };
    let first = make("x").expect(201);
    assert_eq!(make("x").expect(201).json, first.json);
    make("y").fails(422, "unprocessable");
    assert_eq!(kit.get(&kit.admin, "/v1/roles").expect(200).json["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_name_a_description_and_scopes_that_cannot_be_are_refused_where_they_stand() {
    let kit = Kit::start();
    kit.role("support", &[]);
    for (field, value, at) in [
        ("name", json!("Support"), "/name"),
        ("name", json!(""), "/name"),
        ("name", json!("a b"), "/name"),
        ("name", json!("a".repeat(65)), "/name"),
        ("description", json!("x".repeat(201)), "/description"),
        ("description", json!("a\nb"), "/description"),
        ("scopes", json!(["a", "b*"]), "/scopes/1"),
        ("scopes", json!(["keystead:verify"]), "/scopes/0"),
        ("scopes", json!(["a", "own:keys:write"]), "/scopes/1"),
        ("scopes", json!(["keystead:*"]), "/scopes/0"),
        ("scopes", json!((0..65).map(|n| format!("s{n}")).collect::<Vec<_>>()), "/scopes"),
    ] {
        let mut body = json!({ "name": "fine" });
        body[field] = value.clone();
        kit.post(&kit.admin, "/v1/roles", &body).fails(422, "unprocessable").at(at);
        if field != "name" {
            kit.patch(&kit.admin, &role("support"), &json!({ field: value })).fails(422, "unprocessable").at(at);
        }
    }
    kit.patch(&kit.admin, &role("support"), &json!({ "name": "other" })).fails(400, "invalid").at("/name");
}

#[test]
fn admins_set_roles_and_whoever_reads_all_keys_reads_them() {
    let kit = Kit::start();
    let maya = kit.user_granting("maya", &["a:read"]);
    kit.role("support", &["a:read"]);
    let key = kit.key(&maya, json!({ "scopes": ["own:keys:write"] }));
    let (panel, session) = (kit.panel(&maya, &json!({})), kit.session(&maya));
    let writer = kit.backend(&["keystead:keys:write", "keystead:people:write", "keystead:verify"]).secret;
    let reader = kit.backend(&["keystead:keys:read"]).secret;
    let chief = kit.session(&kit.operator("chief"));
    for (caller, reads, sets) in [
        (&kit.admin, true, true),
        (&chief, true, true),
        (&reader, true, false),
        (&writer, false, false),
        (&session, false, false),
        (&panel, false, false),
        (&key.secret, false, false),
    ] {
        for path in ["/v1/roles".to_owned(), role("support")] {
            kit.get(caller, &path).expect(if reads { 200 } else { 403 });
        }
        let status = if sets { 200 } else { 403 };
        kit.patch(caller, &role("support"), &json!({ "scopes": ["a:read"] })).expect(status);
        kit.post(caller, "/v1/roles", &json!({ "name": "made" })).expect(if sets { 201 } else { 403 });
        kit.delete(caller, &role("made")).expect(status);
    }
    // Whoever makes keys for others gives roles to them; owners do not.
    for (caller, fine) in [(&writer, true), (&chief, true), (&session, false), (&panel, false), (&key.secret, false)] {
        let made = kit.try_key(caller, &maya, json!({ "roles": ["support"] })).expect(if fine { 201 } else { 403 });
        let own = kit.key(&maya, json!({}));
        let changed = kit.patch(caller, &path(&own), &json!({ "roles": [] })).expect(if fine { 200 } else { 403 });
        if !fine {
            made.at("/roles");
            changed.at("/roles");
        }
    }
}

#[test]
fn a_change_of_a_role_is_in_force_on_the_next_verification_for_every_secret_that_bears_it() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    kit.role("support", &["a:read"]);
    kit.role("billing", &["b:*"]);
    let keys = [
        kit.key(&owner, json!({ "scopes": ["own"], "roles": ["support"] })),
        kit.key(&owner, json!({ "roles": ["support", "billing"], "environment": "test" })),
        kit.key(&kit.team("Acme"), json!({ "roles": ["support"], "is_public": true })),
    ];
    let rotated = kit.post(&kit.admin, &format!("{}/rotate", path(&keys[0])), &json!({ "grace_s": 600 })).expect(200);
    let secrets = [rotated.str("/data/secret"), &keys[0].secret, &keys[1].secret, &keys[2].secret];
    let all = |kit: &Kit, scope: &str| secrets.map(|secret| has(kit, secret, scope));
    assert_eq!(all(&kit, "a:read"), [true; 4]);
    assert_eq!(all(&kit, "b:read"), [false, false, true, false]);
    set(&kit, "support", &["c:*"]);
    assert_eq!((all(&kit, "a:read"), all(&kit, "c:x")), ([false; 4], [true; 4]));
    // Out of the store, before memory is filled, and out of memory after.
    let kit = kit.restarted();
    assert_eq!((all(&kit, "a:read"), all(&kit, "c:x")), ([false; 4], [true; 4]));
    set(&kit, "support", &["a:read"]);
    assert_eq!((all(&kit, "a:read"), all(&kit, "c:x")), ([true; 4], [false; 4]));
    kit.fill();
    assert_eq!((all(&kit, "a:read"), all(&kit, "c:x")), ([true; 4], [false; 4]));
    set(&kit, "support", &[]);
    assert_eq!(all(&kit, "a:read"), [false; 4]);
    // Taken from one key, it stays with the others.
    set(&kit, "support", &["a:read"]);
    kit.patch(&kit.admin, &path(&keys[0]), &json!({ "roles": ["billing"] })).expect(200);
    assert_eq!(all(&kit, "a:read"), [false, false, true, true]);
    let verdict = kit.verify_as(&kit.admin, json!({ "key": keys[0].secret, "scopes": ["own", "a:read", "b:read"] }));
    assert_eq!(verdict["missing_scopes"], json!(["a:read"]));
    assert_eq!((&verdict["key"]["scopes"], &verdict["key"]["roles"]), (&json!(["own"]), &json!(["billing"])));
    let me = kit.get(secrets[0], "/v1/me").expect(200);
    assert_eq!(me.json["data"]["key"]["roles"], json!(["billing"]));
}

#[test]
fn a_scope_that_a_role_was_answered_to_have_is_there_on_every_connection() {
    const STEPS: usize = 40;
    let kit = Kit::with(&[("http.workers", "2")]);
    kit.role("growing", &[]);
    let secret = kit.key(&kit.user("maya"), json!({ "roles": ["growing"] })).secret;
    let (answered, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let newest = answered.load(Ordering::SeqCst);
                    if newest > 0 && !has(&kit, &secret, &format!("s:{newest}")) {
                        done.store(true, Ordering::SeqCst);
                        panic!("scope {newest} was answered to be there");
                    }
                }
            });
        }
        let mut scopes = Vec::new();
        for n in 1..=STEPS {
            scopes.push(format!("s:{n}"));
            let answer = kit.patch(&kit.admin, &role("growing"), &json!({ "scopes": scopes }));
            if answer.status != 200 || done.load(Ordering::SeqCst) {
                break;
            }
            answered.store(n, Ordering::SeqCst);
        }
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(answered.load(Ordering::SeqCst), STEPS);
}

#[test]
fn a_change_of_a_role_that_fails_is_not_in_memory_either() {
    let kit = Kit::start();
    kit.role("support", &["a:read"]);
    let secret = kit.key(&kit.user("maya"), json!({ "roles": ["support"] })).secret;
    let act = Act::new(Actor::cli(0), START);
    let change = || {
        let change = RoleChange { scopes: Some(vec!["b:read".into()]), description: None };
        wait(kit.instance.live.keys.change_role(act.clone(), "support".into(), change))
    };
    kit.run("ALTER TABLE events RENAME TO hidden_events", Vec::new());
    change().expect_err("no change without its event");
    assert!(has(&kit, &secret, "a:read") && !has(&kit, &secret, "b:read"));
    kit.run("ALTER TABLE hidden_events RENAME TO events", Vec::new());
    change().expect("a change");
    assert!(!has(&kit, &secret, "a:read") && has(&kit, &secret, "b:read"));
}

#[test]
fn a_role_that_keys_bear_stays_until_they_are_revoked_or_lose_it() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for name in ["a", "a_b", "axb", "aa"] {
        kit.role(name, &["x"]);
    }
    let near = kit.key(&owner, json!({ "roles": ["axb", "aa"] }));
    kit.delete(&kit.admin, &role("a_b")).expect(200);
    kit.delete(&kit.admin, &role("a")).expect(200);
    let off = kit.key(&owner, json!({ "roles": ["aa"], "enabled": false }));
    let expired = kit.key(&owner, json!({ "roles": ["aa"], "expires_at": time(START + 1) }));
    kit.clock.advance_ms(2);
    let events = kit.events();
    kit.delete(&kit.admin, &role("aa")).fails(409, "conflict");
    assert_eq!(kit.events(), events);
    assert!(has(&kit, &near.secret, "x"));
    kit.delete(&kit.admin, &path(&near)).expect(200);
    kit.delete(&kit.admin, &role("aa")).fails(409, "conflict");
    kit.patch(&kit.admin, &path(&off), &json!({ "roles": [] })).expect(200);
    kit.delete(&kit.admin, &role("aa")).fails(409, "conflict");
    kit.delete(&kit.admin, &path(&expired)).expect(200);
    kit.delete(&kit.admin, &role("aa")).expect(200);
    assert_eq!(kit.get(&kit.admin, &path(&near)).expect(200).json["data"]["roles"], json!(["aa", "axb"]));
}

#[test]
fn roles_of_a_key_are_roles_that_exist_and_16_at_most() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for n in 0..17 {
        kit.role(&format!("r{n:02}"), &[]);
    }
    let names = |count: usize| (0..count).map(|n| format!("r{n:02}")).collect::<Vec<_>>();
    let key = kit.key(&owner, json!({ "roles": ["r02", "r01", "r02"] }));
    assert_eq!(key.data["roles"], json!(["r01", "r02"]));
    assert_eq!(event(&kit)["details"]["roles"], json!(["r01", "r02"]));
    for (roles, at) in [
        (json!(["r00", "none"]), "/roles/1"),
        (json!(["R00"]), "/roles/0"),
        (json!([""]), "/roles/0"),
        (json!(["%"]), "/roles/0"),
        (json!(names(17)), "/roles"),
    ] {
        let body = json!({ "roles": roles });
        kit.try_key(&kit.admin, &owner, body.clone()).fails(422, "unprocessable").at(at);
        kit.patch(&kit.admin, &path(&key), &body).fails(422, "unprocessable").at(at);
        kit.post(&kit.admin, &format!("{}/rotate", path(&key)), &body).fails(422, "unprocessable").at(at);
    }
    let (before, events) = (kit.get(&kit.admin, &path(&key)).expect(200), kit.events());
    let same = kit.patch(&kit.admin, &path(&key), &json!({ "roles": ["r02", "r02", "r01"] })).expect(200);
    assert_eq!((same.header("etag"), kit.events()), (before.header("etag"), events), "the same in another order");
    kit.patch(&kit.admin, &path(&key), &json!({ "roles": names(16) })).expect(200);
    let told = event(&kit)["details"]["roles"].clone();
    assert_eq!(told, json!({ "before": ["r01", "r02"], "after": names(16) }));
    assert_eq!(kit.code(&key.secret), "valid");
}

#[test]
fn keys_are_found_counted_and_revoked_by_their_role() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for name in ["a_b", "axb"] {
        kit.role(name, &[]);
    }
    let first = kit.key(&owner, json!({ "roles": ["a_b"] }));
    let near = kit.key(&owner, json!({ "roles": ["axb"] }));
    let both = kit.key(&kit.team("Acme"), json!({ "roles": ["axb", "a_b"] }));
    assert_eq!(kit.ids(&kit.admin, "/v1/api-keys?role=a_b"), [&*both.id, &first.id]);
    assert_eq!(kit.ids(&first.secret, "/v1/api-keys?role=axb"), [&*near.id], "as far as the caller reaches");
    assert!(kit.ids(&kit.admin, "/v1/api-keys?role=none").is_empty());
    kit.get(&kit.admin, "/v1/api-keys?role=A%25").fails(400, "invalid").at("/role");
    let revoke = |dry_run: bool| {
        let body = json!({ "role": "a_b", "dry_run": dry_run });
        kit.post(&kit.admin, "/v1/api-keys/revoke", &body).expect(200).json["data"]["count"].clone()
    };
    assert_eq!((revoke(true), revoke(false), revoke(false)), (json!(2), json!(2), json!(0)));
    assert_eq!([&first, &near, &both].map(|key| kit.code(&key.secret)), ["revoked", "valid", "revoked"]);
}

#[test]
fn a_thousand_roles_are_listed_newest_first_and_one_more_is_refused() {
    let kit = Kit::start();
    kit.run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO roles (name, description, scopes, created_at) SELECT 'r' || i, '', '[]', i / 10 FROM n",
        Vec::new(),
    );
    kit.role("newest", &[]);
    kit.post(&kit.admin, "/v1/roles", &json!({ "name": "one-more" })).fails(409, "conflict");
    let pages = kit.pages(&kit.admin, "/v1/roles", 150);
    let all: Vec<Value> = pages.concat();
    let order: Vec<(&str, &str)> = all
        .iter()
        .map(|role| (role["created_at"].as_str().expect("a time"), role["name"].as_str().expect("a name")))
        .collect();
    assert_eq!((order.len(), order[0].1), (1_000, "newest"));
    assert!(order.is_sorted_by(|a, b| a > b), "each once, newest first");
    kit.get(&kit.admin, "/v1/roles?cursor=r7").fails(400, "invalid").at("/cursor");
    kit.delete(&kit.admin, &role("r7")).expect(200);
    kit.role("one-more", &[]);
}

#[test]
fn the_sandbox_has_roles_of_its_own() {
    let kit = Kit::start();
    kit.role("live", &["a"]);
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    kit.get(&sandbox, &role("live")).fails(404, "not_found");
    kit.post(&sandbox, "/v1/roles", &json!({ "name": "tried", "scopes": ["b"] })).expect(201);
    kit.get(&kit.admin, &role("tried")).fails(404, "not_found");
    let sam = kit.post(&sandbox, "/v1/users", &json!({ "external_id": "sam" })).expect(201).str("/data/id").to_owned();
    kit.try_key(&sandbox, &sam, json!({ "roles": ["live"] })).fails(422, "unprocessable").at("/roles/0");
    let key = kit.key_by(&sandbox, &sam, json!({ "roles": ["tried"] }));
    let asks = json!({ "key": key.secret, "scopes": ["b"], "environment": "any" });
    assert_eq!(kit.verify_as(&sandbox, asks.clone())["code"], "valid");
    kit.patch(&sandbox, &role("tried"), &json!({ "scopes": [] })).expect(200);
    assert_eq!(kit.verify_as(&sandbox, asks)["code"], "insufficient_scope");
}

#[test]
fn what_a_role_gives_counts_where_a_person_moves_or_removes_keys() {
    let kit = Kit::start();
    let maya = kit.user_granting("maya", &["a:*"]);
    let [from, to] = ["From", "To"].map(|name| kit.team(name));
    for team in [&from, &to] {
        kit.seat(team, &maya, json!({ "role": "admin" })).expect(201);
    }
    let grants = |owner: &str, scopes: &[&str]| {
        kit.patch(&kit.admin, &at(owner), &json!({ "scopes_grantable": scopes })).expect(200);
    };
    kit.role("support", &["a:read"]);
    let session = kit.session(&maya);
    let key = kit.key(&maya, json!({ "roles": ["support"] }));
    let transfer =
        |to: &str| kit.post(&session, &format!("{}/transfer", path(&key)), &json!({ "owner": { "id": to } }));
    transfer(&from).fails(403, "forbidden").at("/owner");
    grants(&from, &["a:*"]);
    transfer(&from).expect(200);
    let remove = || kit.delete(&session, &format!("{}?keys=transfer&to={to}", at(&from)));
    remove().fails(403, "forbidden").at("/to");
    grants(&to, &["a:read"]);
    // By now the role is more than the new owner may grant, and the next moment it is not.
    set(&kit, "support", &["a:read", "b:read"]);
    remove().fails(403, "forbidden").at("/to");
    kit.patch(&session, &path(&key), &json!({ "name": "n" })).fails(403, "forbidden");
    set(&kit, "support", &["a:read"]);
    kit.patch(&session, &path(&key), &json!({ "name": "n" })).expect(200);
    remove().expect(200);
    assert_eq!(kit.verify(&key.secret)["owner"]["id"], to);
    assert!(has(&kit, &key.secret, "a:read"), "it goes on as it is");
    // Ending a key grants nothing.
    set(&kit, "support", &["*"]);
    kit.delete(&session, &path(&key)).expect(200);
}
