//! What is written down contains no secret: not the log in either form, at its most talkative; not the database, not its log; and not an
//! answer but the first.

use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::binary::{Server, call, home, serve, unknown_key};

/// A server that says all that it can say.
fn talkative(data: &Path, format: &str) -> Server {
    let mut command = serve(data);
    command.env("KEYSTEAD_LOG", "trace").env("KEYSTEAD_LOG__FORMAT", format);
    Server::launch(command, data).expect("it starts")
}

/// Uses keys in every way there is, the wrong ones included, and gives all secrets that came by.
fn use_keys(server: &Server) -> Vec<String> {
    let mut secrets = vec![server.token().to_owned(), unknown_key("sk", "live"), unknown_key("pk", "test")];
    let user = server.user("maya");
    for _ in 0..3 {
        let (id, secret) = server.key(&user);
        assert_eq!(server.code_of(&secret), "valid");
        let own = call("GET", &format!("{}/v1/me", server.url()), Some(&secret), None).expect("an answer");
        assert_eq!(own.status, 200);
        server.delete(&format!("/v1/api-keys/{id}"));
        assert_eq!(server.code_of(&secret), "revoked");
        secrets.push(secret);
    }
    for secret in secrets.clone() {
        // Where keys end up by mistake: in the path, the query, a name, a field, a header, a body that is no JSON.
        let url = server.url();
        let token = Some(server.token());
        call("GET", &format!("{url}/v1/api-keys/{secret}"), token, None);
        call("GET", &format!("{url}/{secret}?key={secret}"), token, None);
        call("GET", &format!("{url}/v1/api-keys?cursor={secret}&{secret}=1"), token, None);
        call("GET", &format!("{url}/v1/users"), Some(&format!("{secret}x")), None);
        call("POST", &format!("{url}/v1/api-keys/verify"), token, Some(&json!({ "key": secret, &secret: secret })));
        call("POST", &format!("{url}/v1/api-keys/verify"), token, Some(&json!(secret)));
        call("POST", &format!("{url}/v1/api-keys/verify"), token, Some(&json!({ "key": [secret] })));
        call(
            "POST",
            &format!("{url}/v1/api-keys/verify"),
            token,
            Some(&json!({ "key": secret, "scopes": [secret], "environment": secret })),
        );
    }
    secrets
}

#[track_caller]
fn assert_without(text: &str, secrets: &[String], place: &str) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{place}: a whole secret");
        // Half of a secret is too much as well; prefix and last four are shown to people.
        assert!(!text.contains(&secret[8..32]), "{place}: half of a secret");
    }
}

#[test]
fn the_log_contains_no_secret_in_either_form() {
    for format in ["json", "text"] {
        let (_home, data) = home();
        let server = talkative(&data, format);
        let secrets = use_keys(&server);
        let said = server.stop(Signal::TERM).1;
        assert!(said.contains("/v1/api-keys/verify"), "{format}: requests are in the log, or this proves nothing");
        assert_without(&said, &secrets, format);
        let master = std::fs::read_to_string(data.join("master.key")).expect("the master key");
        assert!(!said.contains(master.trim()), "the master key is in the log");
    }
}

#[test]
fn a_json_log_is_one_object_a_line() {
    let (_home, data) = home();
    // The walk of the first start is for people.
    Server::start(&data).stop(Signal::TERM);
    let server = talkative(&data, "json");
    use_keys(&server);
    let said = server.stop(Signal::TERM).1;
    for line in said.lines() {
        let line: Value = serde_json::from_str(line).expect(line);
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
}

#[test]
fn neither_the_database_nor_its_log_contains_a_secret() {
    let (_home, data) = home();
    let server = talkative(&data, "json");
    let secrets = use_keys(&server);
    for (moment, stopped) in [("while it runs", None), ("after the stop", Some(server))] {
        if let Some(server) = stopped {
            server.stop(Signal::TERM);
        }
        for entry in std::fs::read_dir(&data).expect("readable") {
            let path = entry.expect("an entry").path();
            let Ok(bytes) = std::fs::read(&path) else { continue };
            assert_without(&String::from_utf8_lossy(&bytes), &secrets, &format!("{} {moment}", path.display()));
        }
    }
}

#[test]
fn no_answer_repeats_a_secret() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let secrets = use_keys(&server);
    for path in
        ["/v1/api-keys?limit=200", "/v1/users", "/v1/audit-events?limit=200", "/v1/me", "/openapi.json", "/", "/docs"]
    {
        let answer = server.get(path);
        assert_without(&answer.body.to_string(), &secrets, path);
    }
    for secret in &secrets {
        for answer in [
            server.post("/v1/api-keys/verify", &json!({ "key": secret, "environment": "any" })),
            server.post("/v1/api-keys/verify", &json!({ secret.as_str(): secret })),
            server.post("/v1/users", &json!({ "external_id": "x", "email": secret })),
            server.get(&format!("/v1/api-keys/{secret}")),
            server.get(&format!("/v1/api-keys?status={secret}")),
            server.get(&format!("/v1/{secret}")),
        ] {
            assert_without(&answer.body.to_string(), &secrets, "an answer");
        }
    }
}
