//! What a key has by its scopes: as they are, and below wildcards; and what a question may ask.

use serde_json::{Value, json};

use crate::kit::Kit;
use crate::world::keys_of;

/// What a verification with this question says: the code, and what is missing.
fn asks(kit: &Kit, secret: &str, scopes: &[&str], any_scopes: &[&str]) -> (String, Value) {
    let question = json!({ "key": secret, "scopes": scopes, "any_scopes": any_scopes });
    let verdict = kit.verify_as(&kit.admin, question);
    (verdict["code"].as_str().expect("a code").to_owned(), verdict["missing_scopes"].clone())
}

#[test]
fn a_wildcard_on_a_key_stands_for_what_is_below_it_and_never_for_a_reserved_scope() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let some = kit.key(&owner, json!({ "scopes": ["invoices:*", "files:read"] })).secret;
    for fine in ["invoices:read", "invoices:read:own", "invoices:*", "invoices:read:*", "files:read"] {
        assert_eq!(asks(&kit, &some, &[fine], &[]), ("valid".into(), json!([])), "{fine}");
    }
    for lacked in ["invoices", "invoicesx:read", "files:write", "files:*", "*", "keystead:verify", "own:keys:write"] {
        assert_eq!(asks(&kit, &some, &[lacked], &[]), ("insufficient_scope".into(), json!([lacked])));
    }
    for is_public in [false, true] {
        let all = kit.key(&owner, json!({ "scopes": ["*"], "is_public": is_public })).secret;
        for fine in ["invoices", "a:b:c", "*", "keystead", "own"] {
            assert_eq!(asks(&kit, &all, &[fine], &[]).0, "valid", "{fine}");
        }
        for reserved in keystead::people::scope::BACKEND.into_iter().chain(["own:keys:write", "own:keys:revoke"]) {
            assert_eq!(asks(&kit, &all, &[reserved], &[]).0, "insufficient_scope", "{reserved}");
        }
    }
}

#[test]
fn a_wildcard_opens_nothing_of_this_api() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["*"]);
    kit.role("everything", &["*"]);
    let key = kit.key(&owner, json!({ "scopes": ["*"], "roles": ["everything"] }));
    let other = kit.key(&owner, json!({}));
    kit.post(&key.secret, "/v1/api-keys/verify", &json!({ "key": other.secret })).fails(403, "forbidden");
    kit.try_key(&key.secret, &owner, json!({})).fails(403, "forbidden");
    kit.delete(&key.secret, &format!("/v1/api-keys/{}", other.id)).fails(403, "forbidden");
    for closed in ["/v1/users", "/v1/audit-events", "/v1/roles", "/v1/settings"] {
        kit.get(&key.secret, closed).fails(403, "forbidden");
    }
    assert_eq!(kit.ids(&key.secret, &keys_of(&owner)).len(), 2, "as any secret live key");
}

#[test]
fn missing_scopes_are_what_is_lacked_of_all_and_all_of_any_where_none_is_held() {
    let kit = Kit::start();
    let secret = kit.key(&kit.user("maya"), json!({ "scopes": ["a:*", "b"] })).secret;
    let short = |missing: &[&str]| ("insufficient_scope".to_owned(), json!(missing));
    let fine = ("valid".to_owned(), json!([]));
    assert_eq!(asks(&kit, &secret, &["a:x", "b"], &["z", "a:y"]), fine);
    assert_eq!(asks(&kit, &secret, &["z", "b", "c:*"], &["a:y"]), short(&["z", "c:*"]));
    assert_eq!(asks(&kit, &secret, &["b"], &["z", "y"]), short(&["z", "y"]));
    assert_eq!(asks(&kit, &secret, &["z", "c"], &["c", "d"]), short(&["z", "c", "d"]), "each once");
    assert_eq!(asks(&kit, &secret, &[], &[]), fine);
}

#[test]
fn what_a_question_asks_for_must_be_scopes() {
    let kit = Kit::start();
    let secret = kit.key(&kit.user("maya"), json!({ "scopes": ["*"] })).secret;
    let many: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();
    for (field, scopes, at) in [
        ("scopes", json!(["a", "a b"]), "/scopes/1"),
        ("scopes", json!(["invoices*"]), "/scopes/0"),
        ("any_scopes", json!(["*:read"]), "/any_scopes/0"),
        ("any_scopes", json!(["a", "keystead:*"]), "/any_scopes/1"),
        ("scopes", json!(["keystead:verfy"]), "/scopes/0"),
        ("scopes", json!([""]), "/scopes/0"),
        ("any_scopes", json!(many), "/any_scopes"),
    ] {
        let question = json!({ "key": secret, field: scopes });
        kit.post(&kit.admin, "/v1/api-keys/verify", &question).fails(422, "unprocessable").at(at);
        kit.post(&secret, "/v1/api-keys/verify", &question).fails(403, "forbidden");
    }
}

#[test]
fn a_wildcard_that_an_owner_may_grant_or_a_panel_is_narrowed_to_grants_what_is_below_it() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["invoices:*", "files:read"]);
    let session = kit.session(&owner);
    let panel = kit.panel(&owner, &json!({ "scopes": ["invoices:read:*", "files:*"] }));
    for (scope, by_session, by_panel) in [
        ("invoices:*", 201, 403),
        ("invoices:write", 201, 403),
        ("invoices:read:own", 201, 201),
        ("invoices:read:*", 201, 201),
        ("invoices:read", 201, 403),
        ("files:read", 201, 201),
        ("files:write", 403, 403),
        ("files:*", 403, 403),
        ("*", 403, 403),
        ("own:keys:write", 403, 403),
    ] {
        for (caller, status) in [(&session, by_session), (&panel, by_panel)] {
            let made = kit.try_key(caller, &owner, json!({ "scopes": [scope] })).expect(status);
            if status == 403 {
                made.at("/scopes");
            }
        }
    }
}

#[test]
fn a_key_that_has_a_wildcard_grants_below_it_and_a_scope_below_its_own_is_no_widening() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["*"]);
    let until = crate::kit::time(crate::kit::START + 1_000);
    let caller = kit.key(&owner, json!({ "scopes": ["own:keys:write", "a:*"], "expires_at": until }));
    kit.key_by(&caller.secret, &owner, json!({ "scopes": ["a:read", "a:b:*"], "expires_at": until }));
    for scope in ["b:read", "*", "a", "own:keys:write"] {
        let settings = json!({ "scopes": [scope], "expires_at": until });
        kit.try_key(&caller.secret, &owner, settings).fails(403, "forbidden").at("/scopes");
    }
    // It outlives the caller, and may so become less, and not more.
    let lasting = kit.key(&owner, json!({ "scopes": ["a:b:*"] }));
    let path = format!("/v1/api-keys/{}", lasting.id);
    kit.patch(&caller.secret, &path, &json!({ "scopes": ["a:b:c"] })).expect(200);
    kit.patch(&caller.secret, &path, &json!({ "scopes": ["a:b:*"] })).fails(403, "forbidden").at("/expires_at");
}
