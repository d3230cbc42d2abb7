//! Where a secret is after all that can happen to it: once in the response that created it, and nowhere else. Not in the database or its
//! log, no file of the data directory, no line of the program's log, no audit event, no other response.

use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::{Kit, NOBODY};
use crate::watch::LOG;
use crate::world::{Issued, keys_of};
use keystead::base::crypto::{hex, sha256};

/// Whatever would give a key away: itself, its random part, and the plain hash, in bytes and as text, that reports of leaks speak of.
fn traces(secret: &str) -> [(&'static str, String); 6] {
    let body = &secret[secret.len() - 49..secret.len() - 6];
    let digest = sha256(secret.as_bytes());
    [
        ("the key", secret.into()),
        ("its body", body.into()),
        ("most of its body", body[..30].into()),
        ("its hash in hexadecimal", hex(&digest)),
        ("its hash in upper case", hex(&digest).to_uppercase()),
        ("its hash in bytes", as_text(&digest)),
    ]
}

/// One character for each byte, so that text and bytes are searched alike.
fn as_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Every file below the data directory.
pub fn files(dir: &std::path::Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), as_text(&std::fs::read(&path).expect("a file"))));
        }
    }
    found
}

/// Uses a key in every way, right and wrong.
fn use_everywhere(kit: &Kit, key: &Issued, owner: &str) {
    let secret = &key.secret;
    let path = format!("/v1/api-keys/{}", key.id);
    for environment in ["live", "test", "any"] {
        kit.verify_as(&kit.admin, json!({ "key": secret, "environment": environment, "scopes": ["none:such"] }));
    }
    for entry in keystead::http::routes() {
        let path = entry.path.replace("{id}", owner).replace("{name}", "keys");
        for caller in [secret.as_str(), NOBODY] {
            let call = Call::new(entry.method.as_str(), &path).bearer(caller);
            kit.call(if entry.method == "POST" { call.json(&json!({ "key": secret })) } else { call });
        }
        kit.call(Call::new(entry.method.as_str(), &path).header("X-API-Key", secret));
        kit.call(
            Call::new(entry.method.as_str(), &entry.path.replace("{id}", secret).replace("{name}", secret))
                .bearer(&kit.admin),
        );
        kit.call(Call::new(entry.method.as_str(), &format!("{path}?q={secret}&cursor={secret}")).bearer(&kit.admin));
    }
    kit.call(
        Call::new("POST", "/v1/api-keys/verify")
            .bearer(&kit.admin)
            .header("Content-Type", "application/json")
            .body(secret.as_str()),
    );
    kit.call(Call::new("POST", &keys_of(owner)).bearer(&kit.admin).json(&json!({ secret.clone(): secret })));
    kit.call(Call::new("GET", "/v1/me").bearer(secret).header("X-API-Key", "other"));
    // Found on a machine, so that it goes on: by everybody, in every field that takes a text.
    for caller in [NOBODY, &kit.admin] {
        let place = json!({ "repository": secret, "commit": secret, "path": format!("a/{secret}.txt"), "url": secret, "author": secret });
        for named in [json!({ "key": secret }), json!({ "sha256": hex(&sha256(secret.as_bytes())) })] {
            let mut report = named;
            (report["exposure"], report["place"]) = ("local".into(), place.clone());
            report["tool"] = secret.as_str().into();
            kit.report(caller, &json!([report]));
        }
        kit.report(caller, &json!([{ "key": secret, "sha256": secret, secret.clone(): secret }]));
    }
    let leaks = kit.ids(&kit.admin, "/v1/leaks");
    assert!(!leaks.is_empty(), "it is recorded");
    for leak in &leaks {
        kit.get(&kit.admin, &format!("/v1/leaks/{leak}")).expect(200);
        if secret.starts_with("sk_") {
            kit.patch(&kit.admin, &format!("/v1/leaks/{leak}"), &json!({ "note": secret })).fails(422, "unprocessable");
        }
    }
    kit.raw(
        format!("GET /{secret} HTTP/1.1\r\nHost: {secret}\r\nConnection: close\r\n{secret}: {secret}\r\n\r\n")
            .as_bytes(),
    );
    kit.raw(format!("{secret} HTTP/1.1\r\n\r\n").as_bytes());
    kit.patch(&kit.admin, &path, &json!({ "name": "renamed", "enabled": false })).expect(200);
    kit.get(secret, "/v1/me").fails(401, "unauthenticated");
    kit.patch(&kit.admin, &path, &json!({ "enabled": true })).expect(200);
    kit.flush();
    kit.delete(secret, &path);
    kit.delete(&kit.admin, &path).expect(200);
    assert_eq!(kit.verify(secret)["code"], "revoked");
}

#[test]
fn every_secret_is_found_once_in_the_response_that_created_it() {
    let kit = Kit::start();
    let owners = [kit.user("maya"), kit.team("Acme")];
    let mut keys = Vec::new();
    for owner in &owners {
        for (environment, is_public) in [("live", false), ("test", false), ("live", true), ("test", true)] {
            let key =
                kit.key(owner, json!({ "environment": environment, "is_public": is_public, "metadata": { "n": 1 } }));
            use_everywhere(&kit, &key, owner);
            keys.push(key.secret);
        }
    }
    let backend = kit.backend(&["keystead:verify"]).secret;
    kit.verify_as(&backend, json!({ "key": keys[0] }));
    let audit = kit.pages(&kit.admin, "/v1/audit-events", 200).concat();
    assert!(audit.len() > 30, "the audit answers are among the responses");
    let last = kit.get(&kit.admin, "/v1/me").expect(200);

    let (answers, log) = (as_text(kit.answers().join("\n").as_bytes()), as_text(LOG.text().as_bytes()));
    let files = files(&kit.data_dir());
    let names: Vec<&str> = files.iter().filter_map(|(name, _)| name.rsplit_once('/').map(|(_, name)| name)).collect();
    for name in ["keystead.db", "keystead.db-wal", "keystead.db-shm", "master.key"] {
        assert!(names.contains(&name), "{name} is looked into: {names:?}");
    }
    assert!(log.contains(last.header("x-request-id").expect("an id")), "the log is captured, down to single requests");
    assert!(files.iter().any(|(_, text)| text.contains(&owners[0])), "the files are those of this server");
    for (secret, created) in keys.iter().map(|key| (key, 1)).chain([(&kit.admin, 0), (&backend, 0)]) {
        for (what, trace) in traces(secret) {
            let expected = if what.contains("hash") { 0 } else { created };
            assert_eq!(answers.matches(&trace).count(), expected, "{what} in responses");
            assert!(!log.contains(&trace), "{what} in the log");
            for (name, text) in &files {
                assert!(!text.contains(&trace), "{what} in {name}");
            }
        }
    }
}

#[test]
fn an_answer_of_whatever_kind_shows_the_last_four_and_no_more() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let four = &key.secret[key.secret.len() - 4..];
    let five = &key.secret[key.secret.len() - 5..];
    for answer in [
        kit.get(&kit.admin, &format!("/v1/api-keys/{}", key.id)),
        kit.get(&kit.admin, &keys_of(&owner)),
        kit.get(&key.secret, "/v1/me"),
        kit.post(&kit.admin, "/v1/api-keys/verify", &json!({ "key": key.secret })),
        kit.patch(&kit.admin, &format!("/v1/api-keys/{}", key.id), &json!({ "name": "n" })),
        kit.get(&kit.admin, "/v1/audit-events"),
    ] {
        let answer = answer.expect(200);
        assert!(answer.text.contains(four) && !answer.text.contains(five), "{}", answer.asked);
        assert_eq!(answer.json.pointer("/data/secret"), None::<&Value>);
    }
}

#[test]
fn only_the_owner_of_the_process_may_read_the_data_directory() {
    use std::os::unix::fs::PermissionsExt;
    let kit = Kit::start();
    kit.user("maya");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&kit.data_dir()), 0o700);
    assert_eq!(mode(&kit.data_dir().join("master.key")), 0o600);
    assert_eq!(mode(&kit.data_dir().join("lock")), 0o600);
}

#[test]
fn a_secret_key_pasted_where_it_would_be_stored_is_refused_and_nothing_is_written() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let (events, secret) = (kit.events(), key.secret.as_str());
    let at = format!("/v1/api-keys/{}", key.id);
    for body in [
        json!({ "description": format!("key {secret}"), "expires_at": null }),
        json!({ "description": "n", "expires_at": null, "scopes": [secret] }),
        json!({ "description": "n", "expires_at": null, "metadata": { "a": [{ "b": secret }] } }),
        json!({ "description": "n", "expires_at": null, "metadata": { secret: 1 } }),
    ] {
        kit.post(&kit.admin, &keys_of(&owner), &body).fails(422, "unprocessable");
    }
    kit.post(&kit.admin, "/v1/users", &json!({ "external_id": secret })).fails(422, "unprocessable");
    kit.post(&kit.admin, "/v1/teams", &json!({ "name": format!("x{secret}0") })).fails(422, "unprocessable");
    kit.patch(&kit.admin, &at, &json!({ "name": secret })).fails(422, "unprocessable");
    kit.post(&kit.admin, &format!("{at}/rotate"), &json!({ "name": secret })).fails(422, "unprocessable");
    assert_eq!(kit.events(), events);
    assert_eq!(kit.code(secret), "valid", "a question about a key may hold it");
}
