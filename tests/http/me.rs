//! `GET /v1/me`, and `me` in the place of an id.

use keystead::config::Environment;
use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::{Kit, NOBODY, START, stranger, time};
use crate::world::keys_of;

#[test]
fn a_secret_key_learns_what_it_is_and_whose() {
    let kit = Kit::start();
    for owner in [kit.user("maya"), kit.team("Acme")] {
        for environment in ["live", "test"] {
            let settings = json!({ "description": "laptop", "environment": environment, "scopes": ["a:read"],
                "expires_at": time(START + 5), "metadata": { "internal": "note" } });
            let key = kit.key(&owner, settings);
            let me = kit.get(&key.secret, "/v1/me").expect(200).json["data"].clone();
            for field in
                ["id", "name", "environment", "is_public", "prefix", "last_four", "status", "scopes", "expires_at"]
            {
                assert_eq!(me["key"][field], key.data[field], "{field}");
            }
            assert_eq!(me["owner"], key.data["owner"]);
            assert_eq!(me["key"].get("metadata"), None, "the host application's notes are its own");
        }
    }
}

#[test]
fn a_public_key_learns_nothing_of_its_owner() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for environment in ["live", "test"] {
        let key = kit.key(&owner, json!({ "is_public": true, "environment": environment, "scopes": ["a:read"] }));
        let answer = kit.get(&key.secret, "/v1/me").expect(200);
        let shown: Vec<&String> = answer.json["data"]["key"]
            .as_object()
            .expect("an object")
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(shown, ["environment", "id", "is_public"], "and expires_at, where there is one");
        assert_eq!(answer.json["data"]["owner"], Value::Null);
        assert!(!answer.text.contains(&owner) && !answer.text.contains("maya"));
        assert_eq!(answer.str("/data/key/id"), key.id);
    }
}

#[test]
fn a_backend_is_told_that_it_belongs_to_the_instance() {
    let kit = Kit::start();
    for environment in [Environment::Live, Environment::Test] {
        let backend = kit.backend_in(environment, &["keystead:verify"], None);
        let me = kit.get(&backend.secret, "/v1/me").expect(200);
        assert_eq!(me.str("/data/owner/type"), "instance");
        assert_eq!(me.str("/data/key/environment"), environment.as_str());
        assert_eq!(me.json["data"]["key"]["scopes"], json!(["keystead:verify"]));
    }
}

#[test]
fn a_401_says_whether_a_credential_came_and_never_why_it_failed() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let none = kit.get(NOBODY, "/v1/me").fails(401, "unauthenticated");
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"keystead\""));

    let revoked = kit.key(&owner, json!({}));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", revoked.id)).expect(200);
    let disabled = kit.key(&owner, json!({ "enabled": false }));
    let expired = kit.key(&owner, json!({ "expires_at": time(START + 1) }));
    kit.clock.advance_ms(2);
    let gone = kit.user("gone");
    let suspended = kit.key(&gone, json!({}));
    kit.suspend(&gone);
    let mut said = Vec::new();
    for secret in
        [revoked.secret, disabled.secret, expired.secret, suspended.secret, stranger("sk_live_"), "garbage".into()]
    {
        let answer = kit.get(&secret, "/v1/me").fails(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"keystead\", error=\"invalid_token\""));
        said.push(answer.str("/error/message").to_owned());
    }
    said.dedup();
    assert_eq!(said.len(), 1, "one text for all of them");
}

#[test]
fn a_key_may_come_in_either_header_and_in_both_when_it_is_the_same() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let call = || Call::new("GET", "/v1/me");
    kit.call(call().header("X-API-Key", &key.secret)).expect(200);
    kit.call(call().header("Authorization", &format!("bEaReR   {}", key.secret))).expect(200);
    kit.call(call().bearer(&key.secret).header("x-api-key", &key.secret)).expect(200);
}

#[test]
fn me_stands_for_the_callers_owner_where_the_type_fits() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    for (owner, mine, other) in [(&user, "users", "teams"), (&team, "teams", "users")] {
        let key = kit.key(owner, json!({}));
        assert_eq!(kit.get(&key.secret, &format!("/v1/{mine}/me")).expect(200).str("/data/id"), owner);
        assert_eq!(kit.ids(&key.secret, &format!("/v1/{mine}/me/api-keys")), std::slice::from_ref(&key.id));
        kit.get(&key.secret, &format!("/v1/{other}/me")).fails(404, "not_found");
        kit.get(&key.secret, &format!("/v1/{other}/me/api-keys")).fails(404, "not_found");
        let writer = kit.key(owner, json!({ "scopes": ["own:keys:write"] }));
        let made =
            kit.post(&writer.secret, &format!("/v1/{mine}/me/api-keys"), &json!({ "name": "n", "expires_at": null }));
        assert_eq!(made.expect(201).str("/data/owner/id"), owner);
    }
    kit.get(&kit.admin, &keys_of("me")).fails(404, "not_found");
}
