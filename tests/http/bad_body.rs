//! Bodies that are no request: each is refused with the right status, the field and the remedy, and nothing is written.

use keystead::base::Secret;
use keystead::http::routes;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, stranger, time};
use crate::portal::code;
use crate::second_factor;
use crate::world::{Issued, keys_of, seat_of};

const PASSWORD: &str = "tall trees by the lake";

/// A route that reads a body, a body that it takes, and from whom.
type Reader = (&'static str, String, Value, String);

fn readers(kit: &Kit) -> (Issued, Vec<Reader>) {
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let key = kit.key(&user, json!({ "credits": { "remaining": 1 } }));
    kit.role("there", &[]);
    let other = kit.key(&user, json!({}));
    let leak =
        kit.fate(json!({ "key": other.secret, "exposure": "local" }))["leak_id"].as_str().expect("an id").to_owned();
    let new = || json!({ "description": "n", "expires_at": null });
    let of_backends = vec![
        ("POST", "/v1/users".to_owned(), json!({ "external_id": "x" })),
        ("POST", "/v1/teams".to_owned(), json!({ "name": "x" })),
        ("POST", keys_of(&user), new()),
        ("POST", keys_of(&team), new()),
        ("POST", "/v1/api-keys/verify".to_owned(), json!({ "key": "k" })),
        ("POST", "/v1/signing-keys".to_owned(), json!({ "at_once": false })),
        ("POST", "/v1/api-keys/token".to_owned(), json!({ "key": "k", "audience": "a" })),
        ("POST", "/v1/api-keys/verify-batch".to_owned(), json!({ "questions": [{ "key": "k" }] })),
        ("PATCH", format!("/v1/api-keys/{}", key.id), json!({ "description": "n" })),
        ("POST", format!("/v1/api-keys/{}/rotate", key.id), json!({ "description": "n", "end_previous": true })),
        ("POST", format!("/v1/api-keys/{}/transfer", key.id), json!({ "owner": { "id": team } })),
        ("POST", format!("/v1/api-keys/{}/credits", key.id), json!({ "add": 1 })),
        ("POST", "/v1/api-keys/revoke".into(), json!({ "ids": [key.id] })),
        ("POST", "/v1/leaks".into(), json!({ "reports": [{ "key": key.secret, "exposure": "local" }] })),
        ("PATCH", format!("/v1/leaks/{leak}"), json!({ "note": "n" })),
        ("POST", "/v1/roles".into(), json!({ "name": "n" })),
        ("PATCH", "/v1/roles/there".into(), json!({ "description": "n" })),
        ("PATCH", "/v1/settings".into(), json!({ "allow_never": true })),
        ("PATCH", format!("/v1/users/{user}"), json!({ "name": "n" })),
        ("POST", format!("/v1/users/{user}/portal-sessions"), json!({})),
        ("POST", "/v1/portal-sessions/exchange".into(), json!({ "code": code(&kit.open_panel(&user, &json!({}))) })),
        ("PUT", "/v1/users/by-external-id/put".to_owned(), json!({ "name": "n" })),
        ("PATCH", format!("/v1/teams/{team}"), json!({ "name": "n" })),
        ("PUT", "/v1/teams/by-external-id/put".to_owned(), json!({ "name": "n" })),
        ("PUT", seat_of(&team, &user), json!({ "role": "admin" })),
    ];
    let mut paths: Vec<Reader> =
        of_backends.into_iter().map(|(method, path, body)| (method, path, body, kit.admin.clone())).collect();
    let session = kit.session(&user);
    let secret = kit.post(&session, "/v1/me/second-factor", &json!({})).expect(200).str("/data/secret").to_owned();
    let code = json!({ "code": second_factor::code(kit, &secret, 0) });
    paths.push(("POST", "/v1/me/second-factor/confirm".into(), code, session));
    paths.extend(of_people(kit));
    (key, paths)
}

/// What people do who come in, and those who are in.
fn of_people(kit: &Kit) -> Vec<Reader> {
    let (maya, invited) = (kit.person("maya@example.com", PASSWORD), kit.mailed("invited@example.com"));
    let accept = json!({ "token": kit.invite(&invited), "password": PASSWORD });
    let setup = "setup_0123456789012345678901234567890123456789012";
    kit.instance.live.people.offer_setup(&Secret::new(setup.to_owned()));
    // Each of these ends its session, or gives it a new token.
    let [first, second, third] = [(); 3].map(|()| kit.session(&maya));
    // A session's cookie says nothing where nobody is asked for a credential, and its requests are those of our own pages.
    vec![
        ("POST", format!("/v1/users/{maya}/invitations"), json!({}), kit.admin.clone()),
        ("POST", "/v1/invitations/accept".into(), accept, first.clone()),
        (
            "POST",
            "/v1/setup".into(),
            json!({ "token": setup, "email": "boss@example.com", "password": PASSWORD }),
            first.clone(),
        ),
        ("POST", "/v1/sessions".into(), json!({ "email": "maya@example.com", "password": PASSWORD }), first.clone()),
        ("PATCH", "/v1/me".into(), json!({ "name": "n" }), second.clone()),
        ("POST", "/v1/sessions/current/confirm".into(), json!({ "password": PASSWORD }), second),
        ("POST", "/v1/me/password".into(), json!({ "current_password": PASSWORD, "new_password": PASSWORD }), third),
    ]
}

/// The credential as a line of a head.
fn line(caller: &str) -> String {
    if caller.starts_with("ses_") {
        format!("Cookie: keystead={caller}\r\nX-Keystead-Request: 1")
    } else {
        format!("Authorization: Bearer {caller}")
    }
}

fn send(kit: &Kit, caller: &str, method: &str, path: &str, body: &[u8]) -> Answer {
    kit.call(Call::new(method, path).bearer(caller).header("Content-Type", "application/json").body(body))
}

#[test]
fn every_route_that_reads_a_body_is_tried_here() {
    let kit = Kit::with(&[("offline.enabled", "true")]);
    let document = kit.get("", "/openapi.json").expect(200).json;
    let reading = routes()
        .iter()
        .filter(|entry| {
            let operation = &document["paths"][entry.path][entry.method.as_str().to_lowercase()];
            !operation["requestBody"]["content"]["application/json"].is_null()
        })
        .count();
    assert_eq!(readers(&kit).1.len(), reading, "a new route that reads a body belongs into this file's list");
}

#[test]
fn a_body_that_is_not_declared_as_json_is_415() {
    let kit = Kit::with(&[("offline.enabled", "true")]);
    let (_, paths) = readers(&kit);
    let events = kit.events();
    for (method, path, body, caller) in &paths {
        let call = || Call::new(method, path).bearer(caller).body(body.to_string());
        let types = [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "application/json-patch+json",
            "json",
            "",
            "é",
            ";",
        ];
        for content_type in types {
            kit.call(call().header("Content-Type", content_type)).fails(415, "unsupported_media_type");
        }
        kit.call(call().header("Content-Type", "multipart/form-data; boundary=application/json")).expect(415);
        let bare = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\n{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            line(caller),
            body.to_string().len()
        );
        let answer = kit.raw(bare.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 415") && answer.contains("unsupported_media_type"), "{answer}");
    }
    assert_eq!(kit.events(), events);
    for (n, (method, path, body, caller)) in paths.iter().enumerate() {
        let content_type = ["APPLICATION/JSON", "application/json; charset=utf-8", "application/json;"][n % 3];
        let answer = kit
            .call(Call::new(method, path).bearer(caller).body(body.to_string()).header("Content-Type", content_type));
        assert!(answer.status < 300, "{path}: {}", answer.text);
    }
}

/// A body that is no JSON, and the line and column up to which it can be read.
type Unreadable<'a> = (&'a [u8], Option<(u32, u32)>);

#[test]
fn json_that_cannot_be_read_is_400_with_the_place() {
    let kit = Kit::with(&[("offline.enabled", "true")]);
    let deep = format!("{{\"metadata\": {}{} }}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [Unreadable<'_>; 14] = [
        (b"", Some((1, 0))),
        (b"{", Some((1, 1))),
        (b"{\"description\": \"n\",\n\"expires_at\": nul}", Some((2, 18))),
        (b"{\"description\": \"n\", \"expires_at\": null} x", Some((1, 42))),
        (b"{'description': 'n'}", Some((1, 2))),
        (b"{\"description\": \"\x00\"}", Some((1, 18))),
        (b"{\"description\": \"a\nb\"}", None),
        (b"{\"description\": \"\\ud800\"}", None),
        (b"{\"description\": \"\xff\xfe\"}", None),
        (b"\xef\xbb\xbf{}", Some((1, 1))),
        (b"{\"description\": 1e999}", None),
        (b"NaN", Some((1, 1))),
        (b"{,}", Some((1, 2))),
        (deep.as_bytes(), None),
    ];
    let (_, paths) = readers(&kit);
    let events = kit.events();
    for (method, path, _, caller) in &paths {
        for (body, place) in &cases {
            let answer = send(&kit, caller, method, path, body).fails(400, "invalid");
            // Where the type knows no `description`, that is what is told first.
            if let Some((line, column)) = place.filter(|_| path.ends_with("/api-keys")) {
                let message = answer.str("/error/message");
                assert!(
                    message.contains(&format!("line {line}, column {column}")),
                    "{:?}: {message}",
                    String::from_utf8_lossy(body)
                );
            }
        }
        for body in ["[]", "7", "null", "\"text\"", "true"] {
            send(&kit, caller, method, path, body.as_bytes()).fails(400, "invalid");
        }
    }
    assert_eq!(kit.events(), events);
}

#[test]
fn a_field_that_is_unknown_missing_twice_or_of_another_type_is_named() {
    let kit = Kit::with(&[("offline.enabled", "true")]);
    let (key, _) = readers(&kit);
    let (users, keys, verify, one) =
        ("/v1/users", keys_of("me"), "/v1/api-keys/verify", format!("/v1/api-keys/{}", key.id));
    let owner = key.data["owner"]["id"].as_str().expect("an id");
    let keys = keys.replace("me", owner);
    for (method, path, body, field, remedy) in [
        ("POST", users, r#"{"external_id": "x", "nick": 1}"#, "/nick", "external_id"),
        ("POST", users, r#"{"external_id": ["x"]}"#, "/external_id", "must be a string"),
        ("POST", users, r#"{"external_id": "a", "external_id": "b"}"#, "/external_id", "twice"),
        ("POST", users, r#"{"scopes_grantable": null, "external_id": "a"}"#, "/scopes_grantable", "must be a sequence"),
        (
            "POST",
            users,
            r#"{"external_id": "a", "scopes_grantable": ["x", {}]}"#,
            "/scopes_grantable/1",
            "must be a string",
        ),
        ("POST", "/v1/teams", "{}", "/name", "required"),
        ("POST", "/v1/teams", r#"{"name": null}"#, "/name", "must be a string"),
        ("POST", &keys, r#"{"description": "n"}"#, "/expires_at", "required"),
        ("POST", &keys, r#"{"expires_at": null}"#, "/description", "required"),
        (
            "POST",
            &keys,
            r#"{"description": "n", "expires_at": "soon"}"#,
            "/expires_at",
            "must be a time as in 2027-01-31T12:00:00Z",
        ),
        ("POST", &keys, r#"{"description": "n", "expires_at": null, "environment": "prod"}"#, "/environment", "live"),
        (
            "POST",
            &keys,
            r#"{"description": "n", "expires_at": null, "is_public": 1}"#,
            "/is_public",
            "must be a boolean",
        ),
        ("POST", &keys, r#"{"description": "n", "expires_at": null, "credit": 5}"#, "/credit", "description"),
        ("POST", verify, "{}", "/key", "required"),
        ("POST", verify, r#"{"key": null}"#, "/key", "must be a string"),
        ("POST", verify, r#"{"key": 7}"#, "/key", "must be a string"),
        ("POST", verify, r#"{"key": "k", "environment": "LIVE"}"#, "/environment", "any"),
        ("POST", verify, r#"{"key": "k", "scopes": "a"}"#, "/scopes", "must be a sequence"),
        ("POST", verify, r#"{"key": "k", "key": "l"}"#, "/key", "twice"),
        ("PATCH", &one, r#"{"enabled": "no"}"#, "/enabled", "must be a boolean"),
        ("PATCH", &one, r#"{"metadata": 5}"#, "/metadata", "must be a map"),
        ("PATCH", &one, r#"{"Enabled": true}"#, "", "enabled"),
    ] {
        let answer = send(&kit, &kit.admin, method, path, body.as_bytes()).fails(400, "invalid");
        let pointer = answer.json["error"]["field"].as_str().unwrap_or_default();
        assert_eq!(pointer, field, "{body}: {}", answer.text);
        assert!(answer.str("/error/message").contains(remedy), "{body}: {}", answer.text);
    }
}

#[test]
fn a_body_over_the_bound_is_413_however_it_comes() {
    let kit = Kit::with(&[("http.max_body_kib", "4")]);
    let (_, paths) = readers(&kit);
    let fits = format!("{{\"key\": \"{}\"}}", "x".repeat(4096 - 11));
    assert_eq!(fits.len(), 4096);
    send(&kit, &kit.admin, "POST", "/v1/api-keys/verify", fits.as_bytes()).expect(200);
    let over = format!("{fits} ");
    for (method, path, _, caller) in &paths {
        send(&kit, caller, method, path, over.as_bytes()).fails(413, "too_large");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\n{}\r\nContent-Type: application/json\r\nConnection: close\r\n",
            line(caller)
        );
        let chunks = format!("400\r\n{}\r\n", " ".repeat(0x400)).repeat(5);
        let answer = kit.raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too_large"), "{answer}");
        let claimed = kit.raw(format!("{head}Content-Length: 99999999999\r\n\r\n{{}}").as_bytes());
        assert!(
            claimed.starts_with("HTTP/1.1 413"),
            "a length alone is refused without waiting for the body: {claimed}"
        );
    }
    kit.get(&kit.admin, "/v1/me").expect(200);
}

#[test]
fn whatever_is_refused_a_key_in_it_never_comes_back() {
    let kit = Kit::with(&[("offline.enabled", "true")]);
    let (issued, paths) = readers(&kit);
    // The client itself looks for parts of the key in headers and body of every answer.
    for key in [issued.secret.clone(), stranger("sk_test_")] {
        for (method, path, _, caller) in &paths {
            for body in [
                json!({ key.clone(): 1 }),
                json!({ "description": { key.clone(): { key.clone(): key } } }),
                json!({ "external_id": [key], "name": [key], "key": [key] }),
                json!({ "environment": key, "expires_at": key, "description": "n", "key": key }),
                json!({ "expires_at": time(i64::from(i32::MAX)), "description": "n", "scopes": key }),
                json!({ "expires_at": null, "description": "n", "scopes": [format!("{key}:{key}")] }),
                json!({ "external_id": "fine", "name": "n", "scopes_grantable": [key, format!("x {key}")] }),
                json!({ "external_id": format!("\0{key}"), "name": format!("\0{key}"), "description": format!("\0{key}"), "expires_at": null }),
                json!({ "email": format!("@{key}") }),
                json!({ "metadata": key, "enabled": key, "is_public": key }),
                json!(key),
                json!([key]),
                // In the words of the reader's own messages, from which the answer is made.
                json!({ "environment": format!("expected {key}"), "enabled": format!("expected {key} at line ") }),
                json!({ "environment": format!("`, expected {key} at line 1 column 1") }),
                json!({ "enabled": format!("must be {key}"), "scopes": format!("\", expected {key} at line 1") }),
                json!({ format!("`, expected {key}"): 1 }),
                json!({ format!("must be {key} at line 1"): 1 }),
            ] {
                let answer = send(&kit, caller, method, path, body.to_string().as_bytes());
                assert!(answer.status >= 400 || path.ends_with("verify"), "{method} {path} {}", answer.text);
            }
            for text in [key.clone(), format!("{{\"{key}\""), format!("{{\"a\": {key}}}"), format!("\"{key}\\u12\"")] {
                assert_eq!(send(&kit, caller, method, path, text.as_bytes()).status, 400);
            }
        }
    }
}
