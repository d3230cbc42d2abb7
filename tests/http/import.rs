//! Keys of other systems, imported by their hashes: what a line comes to, what verifies then, and what an import that ends early leaves.

use keystead::base::crypto::{hex, sha256};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, START, stranger, time};
use crate::world::at;

/// A secret of no form that this server knows.
pub fn foreign(n: usize) -> String {
    format!("acme_3Z{n:020}xQ")
}

pub fn line(secret: &str, more: Value) -> Value {
    let mut line = json!({ "hash": hex(&sha256(secret.as_bytes())), "algorithm": "sha256", "encoding": "hex", "name": "moved",
        "owner": { "type": "user", "external_id": "maya" } });
    line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    line
}

pub fn send(kit: &Kit, caller: &str, query: &str, body: impl Into<Vec<u8>>) -> Answer {
    let call = Call::new("POST", &format!("/v1/api-keys/import{query}")).bearer(caller);
    kit.call(call.header("Content-Type", "application/x-ndjson").body(body))
}

/// The reports and the summary of an import by the admin.
pub fn import(kit: &Kit, query: &str, body: impl Into<Vec<u8>>) -> (Vec<Value>, Value) {
    told(&send(kit, &kit.admin, query, body).expect(200).text)
}

pub fn told(text: &str) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let summary = lines.pop().expect("a last line");
    assert_eq!(summary["status"], "summary", "{text}");
    assert!(lines.iter().all(|line| line["status"] != "summary"));
    (lines, summary)
}

pub fn body(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

pub fn statuses(reports: &[Value]) -> Vec<&str> {
    reports.iter().map(|report| report["status"].as_str().expect("a status")).collect()
}

pub fn base64(text: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(sha256(text))
}

pub fn base64url(text: &[u8]) -> String {
    base64(text).replace('+', "-").replace('/', "_").replace('=', "")
}

#[test]
fn an_imported_key_verifies_by_its_secret_and_calls_as_its_owner() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let secret = foreign(1);
    assert_eq!(kit.code(&secret), "malformed", "nothing was imported yet");
    kit.get(&secret, "/v1/me").fails(401, "unauthenticated");
    let (reports, summary) =
        import(&kit, "", body(&[line(&secret, json!({ "scopes": ["a:read"], "metadata": { "plan": "pro" } }))]));
    assert_eq!(
        (statuses(&reports), &summary["imported"], &summary["complete"]),
        (vec!["imported"], &1.into(), &true.into())
    );
    let verified = kit.verify(&secret);
    assert_eq!((&verified["code"], &verified["owner"]["id"]), (&"valid".into(), &user.clone().into()));
    assert_eq!((&verified["key"]["prefix"], &verified["key"]["last_four"]), (&Value::Null, &Value::Null));
    assert_eq!(kit.verify_as(&kit.admin, json!({ "key": secret, "scopes": ["b:read"] }))["code"], "insufficient_scope");
    let me = kit.get(&secret, "/v1/me").expect(200);
    assert_eq!(
        (me.str("/data/key/id"), me.str("/data/owner/id")),
        (reports[0]["id"].as_str().expect("an id"), user.as_str())
    );
    let key = kit.get(&kit.admin, &format!("/v1/api-keys/{}", me.str("/data/key/id"))).expect(200);
    assert_eq!((key.str("/data/origin"), &key.json["data"]["metadata"]["plan"]), ("import", &"pro".into()));
    // Now that there are such keys, a text of any form may be one; what can be none stays malformed.
    assert_eq!(kit.code(&foreign(2)), "not_found");
    for none in ["short", "with a space in it", "", &"x".repeat(513), "ünïcödé-kéy"] {
        assert_eq!(kit.code(none), "malformed", "{none}");
    }
    kit.get(&foreign(2), "/v1/me").fails(401, "unauthenticated");
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", me.str("/data/key/id"))).expect(200);
    assert_eq!(kit.code(&secret), "revoked");
}

#[test]
fn imported_keys_verify_right_after_a_restart() {
    let kit = Kit::start();
    kit.user("maya");
    import(&kit, "", body(&[line(&foreign(1), json!({}))]));
    let kit = kit.restarted();
    assert_eq!(kit.code(&foreign(1)), "valid", "while memory is being filled");
    assert_eq!(kit.code(&foreign(2)), "not_found");
    kit.fill();
    assert_eq!((kit.code(&foreign(1)), kit.code(&foreign(2))), ("valid".into(), "not_found".into()));
    let clean = Kit::start().restarted();
    assert_eq!(clean.code(&foreign(1)), "malformed", "without an import nothing is looked for");
}

#[test]
fn a_rotated_import_gets_a_secret_of_our_own_and_keeps_the_old_one_for_its_grace() {
    let kit = Kit::start();
    kit.user("maya");
    let secret = foreign(1);
    let id =
        import(&kit, "", body(&[line(&secret, json!({ "last_four": "00xQ", "prefix": "acme_" }))])).0[0]["id"].clone();
    let path = format!("/v1/api-keys/{}/rotate", id.as_str().expect("an id"));
    let rotated = kit.post(&kit.admin, &path, &json!({ "grace_s": 60 })).expect(200);
    assert_eq!((&rotated.json["data"]["id"], &rotated.json["data"]["origin"]), (&id, &Value::Null));
    assert_eq!(rotated.str("/data/previous_secret/last_four"), "00xQ");
    assert!(rotated.str("/data/secret").starts_with("sk_live_"));
    assert_eq!((kit.code(&secret), kit.code(rotated.str("/data/secret"))), ("valid".into(), "valid".into()));
    kit.clock.advance_ms(60_000);
    let verified = kit.verify(&secret);
    assert_eq!((&verified["code"], &verified["revoked_reason"]), (&"revoked".into(), &"rotated".into()));
    // The hash is known for ever: it cannot come back as another key.
    assert_eq!(
        import(&kit, "", body(&[line(&secret, json!({}))])).0[0],
        json!({ "line": 1, "status": "exists", "id": id })
    );
    let kit = kit.restarted();
    assert_eq!(kit.code(&secret), "revoked", "a former secret alone is looked for after a restart, too");
}

#[test]
fn the_same_import_again_changes_nothing() {
    let kit = Kit::start();
    kit.user("maya");
    let lines: Vec<Value> = (0..5).map(|n| line(&foreign(n), json!({}))).collect();
    let (first, _) = import(&kit, "", body(&lines));
    let (events, version) = (kit.events(), kit.number("SELECT SUM(version) FROM keys"));
    let (again, summary) = import(&kit, "", body(&lines));
    assert_eq!(statuses(&again), ["exists"; 5]);
    assert_eq!(summary["exists"], 5);
    let ids = |reports: &[Value]| reports.iter().map(|report| report["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&first));
    assert_eq!((kit.events(), kit.number("SELECT SUM(version) FROM keys")), (events, version));
    let mut twice = lines[..2].to_vec();
    twice[0]["hash"] = hex(&sha256(b"new and twice")).into();
    twice[1]["hash"] = twice[0]["hash"].clone();
    assert_eq!(statuses(&import(&kit, "?dry_run=true", body(&twice)).0), ["would_import", "exists"]);
    assert_eq!(statuses(&import(&kit, "", body(&twice)).0), ["imported", "exists"]);
    // Ours, imported: it is here.
    let own = kit.key(&kit.user("other"), json!({}));
    assert_eq!(
        import(&kit, "", body(&[line(&own.secret, json!({}))])).0[0],
        json!({ "line": 1, "status": "exists", "id": own.id })
    );
}

#[test]
fn a_dry_run_says_what_would_be_and_writes_nothing() {
    let kit = Kit::start();
    let (events, keys) = (kit.events(), kit.number("SELECT COUNT(*) FROM keys"));
    let lines = body(&[line(&foreign(1), json!({})), json!({ "hash": "x" })]);
    assert_eq!(statuses(&import(&kit, "?dry_run=true", lines.clone()).0), ["error", "error"], "there is no maya");
    let (reports, summary) = import(&kit, "?dry_run=true&create_owners=true", lines);
    assert_eq!((statuses(&reports), &summary["owners_created"]), (vec!["would_import", "error"], &0.into()));
    assert_eq!((kit.events(), kit.number("SELECT COUNT(*) FROM keys")), (events, keys));
    assert_eq!(kit.code(&foreign(1)), "malformed");
}

#[test]
fn owners_are_made_where_that_is_asked_for_and_allowed() {
    let kit = Kit::start();
    let lines = body(&[
        line(&foreign(1), json!({})),
        line(&foreign(2), json!({})),
        line(&foreign(3), json!({ "owner": { "type": "team", "external_id": "acme" } })),
        line(&foreign(4), json!({ "owner": { "type": "user", "id": "usr_01h455vb4pex5vsknk084sn02q" } })),
        line(&foreign(5), json!({ "owner": { "type": "user", "external_id": "" } })),
    ]);
    let writer = kit.backend(&["keystead:keys:write"]).secret;
    let refused = send(&kit, &writer, "?create_owners=true", lines.clone()).fails(403, "forbidden");
    assert!(refused.header("www-authenticate").is_some_and(|text| text.contains("keystead:people:write")));
    let (reports, _) = told(&send(&kit, &writer, "", lines.clone()).expect(200).text);
    assert_eq!(statuses(&reports), ["error"; 5]);
    assert!(reports[0]["message"].as_str().expect("why").contains("create_owners"));
    let both = kit.backend(&["keystead:keys:write", "keystead:people:write"]).secret;
    let (reports, summary) = told(&send(&kit, &both, "?create_owners=true", lines).expect(200).text);
    assert_eq!(statuses(&reports), ["imported", "imported", "imported", "error", "error"]);
    assert_eq!(summary["owners_created"], 2);
    assert_eq!(kit.get(&kit.admin, "/v1/users?external_id=maya").expect(200).ids().len(), 1);
    let owner = kit.verify(&foreign(3))["owner"].clone();
    assert_eq!((&owner["type"], &owner["external_id"]), (&"team".into(), &"acme".into()));
    kit.get(&kit.admin, &at(owner["id"].as_str().expect("an id"))).expect(200);
}

#[test]
fn a_bad_line_is_told_with_its_number_and_field_and_stops_nothing() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let team = kit.team("Acme");
    let good = line(&foreign(1), json!({}));
    let with = |more: Value| line(&foreign(2), more).to_string().into_bytes();
    let own = kit.key(&user, json!({})).secret;
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"not json".to_vec(), ""),
        (b"[1, 2]".to_vec(), ""),
        (b"{\"hash\": \"\xff\xfe\"}".to_vec(), ""),
        (b"{".to_vec(), ""),
        (["{\"metadata\":", &"{\"a\":".repeat(1_000)].concat().into_bytes(), ""),
        (b"{}".to_vec(), "/hash"),
        (with(json!({ "nick": 1 })), "/nick"),
        (with(json!({ "hash": 7 })), "/hash"),
        (with(json!({ "hash": "abcd" })), "/hash"),
        (with(json!({ "hash": hex(&[7; 31]) })), "/hash"),
        (with(json!({ "hash": hex(&[7; 33]) })), "/hash"),
        (with(json!({ "encoding": "base64" })), "/hash"),
        (with(json!({ "encoding": "base32" })), "/encoding"),
        (with(json!({ "algorithm": "md5" })), "/algorithm"),
        (with(json!({ "name": "" })), "/name"),
        (with(json!({ "name": "a\u{7}b" })), "/name"),
        (with(json!({ "name": null })), "/name"),
        (with(json!({ "name": "x".repeat(201) })), "/name"),
        (with(json!({ "description": "another" })), "/name"),
        (with(json!({ "owner": null })), "/owner"),
        (with(json!({ "owner": { "type": "user" } })), "/owner"),
        (with(json!({ "owner": { "type": "instance", "id": "instance" } })), "/owner/type"),
        (with(json!({ "owner": { "type": "user", "id": team } })), "/owner/id"),
        (with(json!({ "owner": { "type": "user", "external_id": "nobody" } })), "/owner"),
        (with(json!({ "owner": { "type": "team", "external_id": "maya" } })), "/owner"),
        (with(json!({ "expires_at": "soon" })), "/expires_at"),
        (with(json!({ "created_at": time(START + 2 * 86_400_000) })), "/created_at"),
        (with(json!({ "environment": "prod" })), "/environment"),
        (with(json!({ "prefix": "x".repeat(33) })), "/prefix"),
        (with(json!({ "last_four": "abc" })), "/last_four"),
        (with(json!({ "last_four": "abcé" })), "/last_four"),
        (with(json!({ "scopes": ["no scope"] })), "/scopes/0"),
        (with(json!({ "scopes": ["keystead:everything"] })), "/scopes/0"),
        (with(json!({ "scopes": ["keystead:admin"], "is_public": true })), "/scopes"),
        (with(json!({ "metadata": { "a": "\u{0}" } })), "/metadata"),
        (with(json!({ "metadata": { "a": "x".repeat(20_000) } })), "/metadata"),
        (with(json!({ "metadata": { "note": own } })), ""),
        (with(json!({ "origin": "Not A Word" })), "/origin"),
        (with(json!({ "revoked_reason": "because" })), "/revoked_reason"),
    ];
    let mut bytes: Vec<u8> = cases.iter().flat_map(|(line, _)| [line.as_slice(), b"\r\n"].concat()).collect();
    bytes.extend_from_slice(good.to_string().as_bytes());
    let (reports, summary) = import(&kit, "", bytes);
    assert_eq!(reports.len(), cases.len() + 1, "one report a line");
    for (n, ((text, field), report)) in cases.iter().zip(&reports).enumerate() {
        let text = String::from_utf8_lossy(text);
        assert_eq!((&report["line"], &report["status"]), (&(n + 1).into(), &"error".into()), "{text}");
        assert_eq!(report["field"].as_str().unwrap_or_default(), *field, "{text}: {report}");
        assert!(report["message"].as_str().is_some_and(|message| message.len() > 8), "{text}");
    }
    assert_eq!(reports[cases.len()]["status"], "imported");
    assert_eq!((&summary["errors"], &summary["lines"]), (&cases.len().into(), &(cases.len() + 1).into()));
}

#[test]
fn a_line_of_ten_megabytes_is_one_error_and_a_hash_is_never_told() {
    let kit = Kit::start();
    kit.user("maya");
    let mut bytes = vec![b'x'; 10 * 1024 * 1024];
    bytes.extend_from_slice(format!("\n\n{}\n", line(&foreign(1), json!({}))).as_bytes());
    let answer = send(&kit, &kit.admin, "", bytes).expect(200);
    let (reports, _) = told(&answer.text);
    assert_eq!(statuses(&reports), ["error", "skipped", "imported"]);
    let hash = hex(&sha256(foreign(1).as_bytes()));
    for answer in kit.answers() {
        assert!(!answer.contains(&hash));
    }
    assert!(!kit.get(&kit.admin, "/v1/audit-events").expect(200).text.contains(&hash));
}

#[test]
fn reserved_scopes_come_in_only_with_an_admin() {
    let kit = Kit::start();
    kit.user("maya");
    let writer = kit.backend(&["keystead:keys:write"]).secret;
    for (n, scope) in ["keystead:verify", "own:keys:write"].into_iter().enumerate() {
        let lines = body(&[line(&foreign(n), json!({ "scopes": [scope] }))]);
        let (reports, _) = told(&send(&kit, &writer, "", lines.clone()).expect(200).text);
        assert_eq!((&reports[0]["status"], &reports[0]["field"]), (&"error".into(), &"/scopes".into()));
        assert_eq!(statuses(&import(&kit, "", lines).0), ["imported"]);
    }
    assert_eq!(kit.verify_as(&foreign(0), json!({ "key": foreign(1) }))["code"], "valid", "it is a backend now");
    // A permission of another system never becomes one of ours.
    let row = json!({ "hash": base64(b"x"), "externalId": "maya", "permissions": ["keystead:admin"] });
    assert_eq!(import(&kit, "?format=unkey", body(&[row])).0[0]["field"], "/permissions");
}

#[test]
fn only_backends_that_write_keys_import() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let lines = body(&[line(&foreign(1), json!({}))]);
    let own = kit.key(&user, json!({ "scopes": ["own:keys:write"] })).secret;
    let reader = kit.backend(&["keystead:keys:read"]).secret;
    for caller in [own, reader, kit.session(&user)] {
        send(&kit, &caller, "", lines.clone()).fails(403, "forbidden");
    }
    send(&kit, "", "", lines).fails(401, "unauthenticated");
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE origin IS NOT NULL"), 0);
}

#[test]
fn the_state_of_a_key_comes_along() {
    let kit = Kit::start();
    kit.user("maya");
    let day = 86_400_000;
    let lines = body(&[
        line(&foreign(1), json!({ "expires_at": time(START - day), "created_at": time(START - 200 * day) })),
        line(&foreign(2), json!({ "enabled": false })),
        line(&foreign(3), json!({ "revoked_at": time(START - day), "revoked_reason": "leaked" })),
        line(&foreign(4), json!({ "environment": "test", "is_public": true })),
        line(
            &foreign(5),
            json!({ "created_at": time(START - 200 * day), "last_used_at": time(START - day), "origin": "kong" }),
        ),
        line(&foreign(6), json!({ "revoked": true })),
    ]);
    let (reports, _) = import(&kit, "", lines);
    assert_eq!(statuses(&reports), ["imported"; 6]);
    let codes: Vec<String> = (1..=6).map(|n| kit.code(&foreign(n))).collect();
    assert_eq!(codes, ["expired", "disabled", "revoked", "wrong_environment", "valid", "revoked"]);
    assert_eq!(kit.verify(&foreign(3))["revoked_reason"], "leaked");
    let key = kit.get(&kit.admin, &format!("/v1/api-keys/{}", reports[4]["id"].as_str().expect("an id"))).expect(200);
    assert_eq!((key.str("/data/origin"), &key.json["data"]["rotation_due"]), ("kong", &true.into()));
    assert_eq!(key.str("/data/created_at"), time(START - 200 * day));
    let event = kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200);
    assert_eq!(event.str("/data/0/action"), "key.imported");
    assert_eq!(kit.get(&kit.admin, "/v1/audit-events/verify").expect(200).json["data"]["ok"], true);
}

/// Base64 of the SHA-256 of this text, with padding: as Unkey keeps it.
#[test]
fn a_backend_of_the_sandbox_imports_into_it_and_nowhere_else() {
    let kit = Kit::start();
    let backend = kit.sandbox(&["keystead:admin"]).secret;
    let lines = body(&[line(&foreign(1), json!({ "environment": "test" }))]);
    let (reports, _) = told(&send(&kit, &backend, "?create_owners=true", lines).expect(200).text);
    assert_eq!(statuses(&reports), ["imported"]);
    let code = |caller: &str| kit.verify_as(caller, json!({ "key": foreign(1), "environment": "any" }))["code"].clone();
    assert_eq!((code(&backend), code(&kit.admin)), ("valid".into(), "malformed".into()));
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE origin IS NOT NULL"), 0);
}

#[test]
fn a_suspended_owners_import_and_a_mark_at_the_beginning_change_nothing() {
    let kit = Kit::start();
    let user = kit.user("maya");
    kit.suspend(&user);
    let (reports, _) = import(&kit, "", [b"\xef\xbb\xbf", body(&[line(&foreign(1), json!({}))]).as_bytes()].concat());
    assert_eq!(statuses(&reports), ["imported"]);
    assert_eq!(kit.code(&foreign(1)), "disabled");
    assert_eq!(kit.code(&stranger("sk_live_")), "not_found");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_every_line_gets_one_report_in_its_turn(pieces in proptest::collection::vec((0_usize..6, any::<Vec<u8>>()), 0..40), format in 0_usize..3) {
        thread_local!(static KIT: Kit = { let kit = Kit::start(); kit.user("maya"); kit });
        KIT.with(|kit| {
            let format = ["keystead", "unkey", "better-auth"][format];
            let mut bytes = Vec::new();
            for (n, (kind, random)) in pieces.iter().enumerate() {
                match kind {
                    0 => bytes.extend_from_slice(line(&foreign(n), json!({})).to_string().as_bytes()),
                    1 => bytes.extend_from_slice(json!({ "hash": base64(random), "key": base64url(random), "userId": "maya" }).to_string().as_bytes()),
                    2 => bytes.push(b'{'),
                    _ => bytes.extend_from_slice(random),
                }
                bytes.push(b'\n');
            }
            let count = bytes.split(|byte| *byte == b'\n').count() - 1;
            let (reports, summary) = import(kit, &format!("?format={format}"), bytes);
            let numbers: Vec<u64> = reports.iter().map(|report| report["line"].as_u64().expect("a number")).collect();
            assert_eq!(numbers, (1..=count as u64).collect::<Vec<_>>());
            let sum: u64 = ["imported", "exists", "skipped", "errors"].iter().map(|name| summary[*name].as_u64().expect("a number")).sum();
            assert_eq!((sum, &summary["complete"]), (count as u64, &true.into()));
        });
    }
}
