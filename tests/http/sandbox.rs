//! The test environment: ordinary test keys, stored like any other, and the sandbox in memory that backends with a test key see. Neither
//! side sees, verifies or changes anything of the other.

use keystead::config::Environment;
use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::{Kit, NOBODY, START};
use crate::world::{Issued, at, keys_of};

impl Kit {
    /// A backend of the sandbox, as `keystead admin token --environment test` makes it.
    pub fn sandbox(&self, scopes: &[&str]) -> Issued {
        self.backend_in(Environment::Test, scopes, None)
    }

    fn make(&self, caller: &str, path: &str, body: Value) -> String {
        self.post(caller, path, &body).expect(201).str("/data/id").to_owned()
    }
}

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

/// What a verification by this backend says, in any environment.
fn code(kit: &Kit, backend: &str, secret: &str) -> String {
    let said = kit.verify_as(backend, json!({ "key": secret, "environment": "any" }));
    said["code"].as_str().expect("a code").to_owned()
}

#[test]
fn a_test_key_without_scopes_of_a_backend_verifies_and_manages_nothing() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write"]);
    let key = kit.key(&owner, json!({ "environment": "test", "scopes": ["own:keys:write"] }));
    assert_eq!(code(&kit, &kit.admin, &key.secret), "valid");
    assert_eq!(kit.code(&key.secret), "wrong_environment", "a live backend asks for live keys");
    for entry in keystead::http::routes().iter().filter(|entry| entry.access.credential() && entry.path != "/v1/me") {
        let path = entry
            .path
            .replace("{name}", "none")
            .replace("{id}", if entry.path.contains("api-keys/{id}") { &key.id } else { &owner });
        let call = Call::new(entry.method.as_str(), &path).bearer(&key.secret);
        let call = if ["POST", "PATCH", "PUT"].contains(&entry.method.as_str()) { call.json(&json!({})) } else { call };
        let status = kit.call(call).status;
        // A body that cannot be read may be told of first.
        assert!(status == 403 || status == 400, "{entry:?}: {status}");
    }
    assert_eq!(kit.get(&key.secret, "/v1/me").expect(200).str("/data/key/id"), key.id);
}

#[test]
fn the_use_of_a_test_key_is_shown_and_never_written_to_disk() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "environment": "test" }));
    code(&kit, &kit.admin, &key.secret);
    kit.get(&key.secret, "/v1/me").expect(200);
    kit.flush();
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE environment = 'test' AND last_used_at IS NOT NULL"), 0);
    assert!(kit.get(&kit.admin, &path(&key)).expect(200).json["data"]["last_used"].is_string());
}

#[test]
fn a_backend_of_the_sandbox_works_like_any_other_and_sees_an_empty_world() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let live = kit.key(&user, json!({}));
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    for list in ["/v1/users", "/v1/teams", "/v1/api-keys", "/v1/audit-events"] {
        assert!(kit.get(&sandbox, list).expect(200).ids().is_empty(), "{list}");
    }
    for nothing in [at(&user), at(&team), path(&live), keys_of(&user), keys_of("me")] {
        kit.get(&sandbox, &nothing).fails(404, "not_found");
    }
    let sam = kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya", "scopes_grantable": ["a:read"] }));
    let acme = kit.make(&sandbox, "/v1/teams", json!({ "name": "Acme" }));
    let key = kit.key_by(&sandbox, &sam, json!({ "scopes": ["a:read"] }));
    kit.key_by(&sandbox, &acme, json!({ "environment": "test" }));
    kit.patch(&sandbox, &path(&key), &json!({ "description": "changed" })).expect(200);
    let rotated = kit.post(&sandbox, &format!("{}/rotate", path(&key)), &json!({ "grace_s": 60 })).expect(200);
    assert_eq!(code(&kit, &sandbox, rotated.str("/data/secret")), "valid");
    assert_eq!(code(&kit, &sandbox, &key.secret), "valid", "in its grace");
    kit.clock.advance_ms(60_000);
    assert_eq!(code(&kit, &sandbox, &key.secret), "revoked");
    kit.patch(&sandbox, &at(&sam), &json!({ "status": "suspended" })).expect(200);
    assert_eq!(code(&kit, &sandbox, rotated.str("/data/secret")), "disabled", "in force with the answer");
    kit.patch(&sandbox, &at(&sam), &json!({ "status": "active" })).expect(200);
    kit.delete(&sandbox, &path(&key)).expect(200);
    assert_eq!(code(&kit, &sandbox, rotated.str("/data/secret")), "revoked");
    assert_eq!(kit.ids(&sandbox, "/v1/api-keys").len(), 2);
}

#[test]
fn without_an_environment_a_backend_of_the_sandbox_asks_for_test_keys() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    let user = kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya" }));
    let (live, test) =
        (kit.key_by(&sandbox, &user, json!({})), kit.key_by(&sandbox, &user, json!({ "environment": "test" })));
    assert_eq!(kit.verify_as(&sandbox, json!({ "key": live.secret }))["code"], "wrong_environment");
    assert_eq!(kit.verify_as(&sandbox, json!({ "key": live.secret, "environment": "live" }))["code"], "valid");
    assert_eq!(kit.verify_as(&sandbox, json!({ "key": test.secret }))["code"], "valid");
}

#[test]
fn a_key_is_known_only_in_the_world_where_it_was_made() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    let user = kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya" }));
    for environment in ["live", "test"] {
        let settings = json!({ "environment": environment, "scopes": ["keystead:admin"] });
        let inside = kit.key_by(&sandbox, &user, settings);
        let outside = kit.key(&kit.user(environment), json!({ "environment": environment }));
        assert_eq!(
            (&*code(&kit, &sandbox, &inside.secret), &*code(&kit, &kit.admin, &inside.secret)),
            ("valid", "not_found")
        );
        assert_eq!(
            (&*code(&kit, &sandbox, &outside.secret), &*code(&kit, &kit.admin, &outside.secret)),
            ("not_found", "valid")
        );
        // A key made in the sandbox opens nothing, neither here nor there, whatever it holds.
        for asked in ["/v1/me", "/v1/users", "/v1/api-keys"] {
            kit.get(&inside.secret, asked).fails(401, "unauthenticated");
        }
        kit.post(&inside.secret, "/v1/api-keys/verify", &json!({ "key": "k" })).fails(401, "unauthenticated");
    }
    assert_eq!(code(&kit, &sandbox, &kit.admin), "not_found");
    assert_eq!(code(&kit, &sandbox, &sandbox), "not_found", "the caller's own key is on disk");
    assert_eq!(code(&kit, &kit.admin, &sandbox), "valid");
}

#[test]
fn nothing_that_happens_in_the_sandbox_reaches_the_disk() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]);
    let counts = || {
        [
            "SELECT COUNT(*) FROM owners",
            "SELECT COUNT(*) FROM keys",
            "SELECT COUNT(*) FROM events",
            "SELECT COUNT(*) FROM once",
        ]
        .map(|sql| kit.number(sql))
    };
    let before = counts();
    let user = Call::new("POST", "/v1/users").bearer(&sandbox.secret).header("Idempotency-Key", "once");
    let user = kit.call(user.json(&json!({ "external_id": "in-memory-only" }))).expect(201);
    let key = kit.key_by(&sandbox.secret, user.str("/data/id"), json!({ "description": "in-memory-only" }));
    code(&kit, &sandbox.secret, &key.secret);
    kit.delete(&sandbox.secret, &path(&key)).expect(200);
    kit.flush();
    assert_eq!(counts(), before);
    for entry in std::fs::read_dir(kit.data_dir()).expect("a directory") {
        let path = entry.expect("an entry").path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("in-memory-only") && !text.contains(&key.id), "{}", path.display());
    }
    let me = kit.get(&sandbox.secret, "/v1/me").expect(200);
    assert_eq!((me.str("/data/key/id"), me.str("/data/owner/type")), (&*sandbox.id, "instance"));
}

#[test]
fn the_sandbox_has_events_of_its_own_told_of_the_key_that_called() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]);
    let user = kit.make(&sandbox.secret, "/v1/users", json!({ "external_id": "maya" }));
    let events = kit.get(&sandbox.secret, "/v1/audit-events").expect(200);
    assert_eq!(events.json["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(events.str("/data/0/subject"), user);
    assert_eq!(events.str("/data/0/actor"), format!("key:{}", sandbox.id));
    let verified = kit.get(&sandbox.secret, "/v1/audit-events/verify").expect(200);
    assert_eq!((&verified.json["data"]["ok"], &verified.json["data"]["count"]), (&json!(true), &json!(1)));
    let live = kit.get(&kit.admin, &format!("/v1/audit-events?subject={user}")).expect(200);
    assert_eq!(live.json["data"], json!([]));
}

#[test]
fn a_backend_of_the_sandbox_reaches_what_its_scopes_say_and_no_row_on_disk() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let (verifier, writer) = (kit.sandbox(&["keystead:verify"]), kit.sandbox(&["keystead:keys:write"]));
    kit.post(&verifier.secret, "/v1/api-keys/verify", &json!({ "key": "k" })).expect(200);
    kit.get(&verifier.secret, "/v1/api-keys").fails(403, "forbidden");
    kit.get(&writer.secret, "/v1/users").fails(403, "forbidden");
    kit.post(&writer.secret, "/v1/api-keys/verify", &json!({ "key": "k" })).fails(403, "forbidden");
    // Not even the caller's own key, which is on disk.
    for target in [&writer, &kit.key(&user, json!({}))] {
        kit.patch(&writer.secret, &path(target), &json!({ "enabled": false })).fails(404, "not_found");
        kit.delete(&writer.secret, &path(target)).fails(404, "not_found");
    }
    kit.try_key(&writer.secret, &user, json!({})).fails(404, "not_found");
    kit.get(&writer.secret, "/v1/me").expect(200);
}

#[test]
fn a_users_own_test_key_with_scopes_of_a_backend_is_one_of_the_sandbox() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let backend = kit.key(&user, json!({ "environment": "test", "scopes": ["keystead:people:read"] }));
    assert!(kit.get(&backend.secret, "/v1/users").expect(200).ids().is_empty());
    kit.get(&backend.secret, &at(&user)).fails(404, "not_found");
    kit.get(&backend.secret, "/v1/users/me").fails(404, "not_found");
    kit.suspend(&user);
    kit.get(&backend.secret, "/v1/users").fails(401, "unauthenticated");
}

#[test]
fn revoking_its_key_ends_a_backend_of_the_sandbox_at_once_and_the_sandbox_stays_for_the_others() {
    let kit = Kit::start();
    let (one, two) = (kit.sandbox(&["keystead:admin"]), kit.sandbox(&["keystead:admin"]));
    let user = kit.make(&one.secret, "/v1/users", json!({ "external_id": "maya" }));
    kit.get(&two.secret, &at(&user)).expect(200);
    kit.delete(&kit.admin, &path(&one)).expect(200);
    kit.get(&one.secret, &at(&user)).fails(401, "unauthenticated");
    kit.get(&two.secret, &at(&user)).expect(200);
}

#[test]
fn after_a_start_the_sandbox_is_empty_and_its_backends_go_on() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    let user = kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya" }));
    let key = kit.key_by(&sandbox, &user, json!({}));
    let kit = kit.restarted();
    assert!(kit.get(&sandbox, "/v1/users").expect(200).ids().is_empty());
    assert_eq!(code(&kit, &sandbox, &key.secret), "not_found");
    kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya" }));
}

#[test]
fn a_full_sandbox_says_so_and_what_is_there_stays_readable() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    let user = kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya" }));
    let fill = kit.instance.sandbox.store.write(|db| {
        db.run(
            "WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 9999)
             INSERT INTO owners (id, type, name, status, scopes_grantable, metadata, created_at)
             SELECT 'team_' || n, 'team', 'n', 'active', '[]', '{}', 0 FROM n",
            &[],
        )
    });
    crate::kit::wait(fill).expect("there is room for 9,999");
    let key = kit.key_by(&sandbox, &user, json!({}));
    let events = kit.get(&sandbox, "/v1/audit-events").expect(200).json["data"].as_array().map(Vec::len);
    for refused in [
        kit.try_key(&sandbox, &user, json!({})),
        kit.post(&sandbox, "/v1/users", &json!({ "external_id": "one too many" })),
        kit.post(&sandbox, "/v1/teams", &json!({ "name": "one too many" })),
    ] {
        let refused = refused.fails(409, "conflict");
        let message = refused.str("/error/message");
        assert!(message.contains("sandbox is full") && message.contains("restarts"), "{message}");
    }
    assert_eq!(kit.get(&sandbox, "/v1/audit-events").expect(200).json["data"].as_array().map(Vec::len), events);
    assert_eq!(code(&kit, &sandbox, &key.secret), "valid");
    kit.patch(&sandbox, &path(&key), &json!({ "description": "changed" })).expect(200);
    kit.user("and the disk has room");
}

#[test]
fn a_sandbox_out_of_bytes_says_so_too() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    let user = kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya" }));
    let fill = kit.instance.sandbox.store.write(|db| {
        db.run(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 63)
             INSERT INTO once (actor, name, request, subject, answer, at)
             SELECT 'filler', n, zeroblob(32), '', hex(zeroblob(512 * 1024)), 0 FROM n",
            &[],
        )
    });
    crate::kit::wait(fill).expect("there is room for 63 MiB");
    let metadata = json!({ "metadata": { "long": "x".repeat(16_000) } });
    let refused = (0..100).map(|_| kit.try_key(&sandbox, &user, metadata.clone())).find(|answer| answer.status != 201);
    let refused = refused.expect("64 MiB are no more than that").fails(409, "conflict");
    assert!(refused.str("/error/message").contains("sandbox is full"));
    kit.get(&sandbox, &at(&user)).expect(200);
    kit.get(&sandbox, "/v1/audit-events/verify").expect(200);
    let inside = kit.ids(&sandbox, "/v1/api-keys");
    let live = kit.key(&kit.user("maya"), json!({}));
    kit.get(&live.secret, "/v1/me").expect(200);
    kit.flush();
    let used = "SELECT COUNT(*) FROM keys WHERE last_used_at IS NOT NULL AND owner_id LIKE 'usr_%'";
    assert_eq!((inside.is_empty(), kit.number(used)), (false, 1), "uses on disk do not wait for a full sandbox");
}

#[test]
fn a_panel_of_the_sandbox_works_there_and_names_it() {
    let kit = Kit::start();
    let sandbox = kit.sandbox(&["keystead:admin"]).secret;
    let user = kit.make(&sandbox, "/v1/users", json!({ "external_id": "maya" }));
    let open = || {
        let body = json!({ "allowed_origin": "https://app.example.com" });
        kit.post(&sandbox, &format!("{}/portal-sessions", at(&user)), &body).expect(201)
    };
    let opened = open();
    let token = opened.str("/data/token");
    assert!(token.starts_with("ptl_test_"), "whoever reads it knows");
    let key = kit.try_key(token, &user, json!({})).expect(201);
    assert_eq!(code(&kit, &sandbox, key.str("/data/secret")), "valid");
    assert_eq!(code(&kit, &kit.admin, key.str("/data/secret")), "not_found");
    assert_eq!(kit.get(token, "/v1/me").expect(200).str("/data/user/id"), user);
    let page = || Call::new("GET", "/v1/me").bearer(token).header("Origin", "https://app.example.com");
    let read = kit.call(page()).expect(200);
    assert_eq!(read.header("access-control-allow-origin"), Some("https://app.example.com"));
    let preflight = Call::new("OPTIONS", "/v1/me").header("Origin", "https://app.example.com");
    kit.call(preflight.header("Access-Control-Request-Method", "GET")).expect(204);

    let code = opened.str("/data/url").rsplit('/').next().expect("a path");
    let exchanged = kit.post(NOBODY, "/v1/portal-sessions/exchange", &json!({ "code": code })).expect(200);
    let token = exchanged.str("/data/token");
    assert!(token.starts_with("ptl_test_"));
    kit.delete(token, "/v1/portal-sessions/current").expect(200);
    kit.get(token, "/v1/me").fails(401, "unauthenticated");
    kit.get(&token.replace("ptl_test_", "ptl_"), "/v1/me").fails(401, "unauthenticated");
    assert_eq!((kit.number("SELECT COUNT(*) FROM portal_sessions"), kit.clock.now_ms()), (0, START));
}
