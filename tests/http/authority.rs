//! Self-service by a key's holder. One rule over all: nobody grants what they do not hold.

use serde_json::json;

use crate::kit::{Kit, START, time};
use crate::world::{Issued, at, keys_of};

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

#[test]
fn a_holder_reads_its_owner_and_its_owners_keys_and_nobody_elses() {
    let kit = Kit::start();
    let owners = [kit.user("maya"), kit.team("Acme"), kit.user("other"), kit.team("Other")];
    let keys: Vec<Issued> = owners.iter().map(|owner| kit.key(owner, json!({}))).collect();
    for (mine, key) in owners.iter().zip(&keys) {
        for (owner, theirs) in owners.iter().zip(&keys) {
            for asked in [at(owner), keys_of(owner), path(theirs)] {
                let answer = kit.get(&key.secret, &asked);
                if mine == owner {
                    answer.expect(200)
                } else {
                    answer.fails(404, "not_found")
                };
            }
            let filtered = kit.ids(&key.secret, &format!("/v1/api-keys?owner={owner}"));
            assert_eq!(filtered.is_empty(), mine != owner, "a filter finds nothing where there is nothing to see");
        }
        assert_eq!(
            kit.ids(&key.secret, "/v1/api-keys"),
            std::slice::from_ref(&key.id),
            "the list of all is that of its owner"
        );
        let admin = kit.get(&kit.admin, "/v1/me").expect(200).str("/data/key/id").to_owned();
        kit.get(&key.secret, &format!("/v1/api-keys/{admin}")).fails(404, "not_found");
        assert!(kit.ids(&key.secret, "/v1/api-keys?owner=instance").is_empty());
        for closed in ["/v1/users", "/v1/teams", "/v1/audit-events", "/v1/audit-events/verify"] {
            kit.get(&key.secret, closed).fails(403, "forbidden");
        }
    }
}

#[test]
fn a_key_revokes_itself_and_other_keys_of_its_owner_with_the_scope() {
    let kit = Kit::start();
    for owner in [kit.user("maya"), kit.team("Acme")] {
        let (plain, other) = (kit.key(&owner, json!({})), kit.key(&owner, json!({ "scopes": ["a:read"] })));
        let foreign = kit.key(&kit.user(&owner), json!({}));
        let refused = kit.delete(&plain.secret, &path(&other)).fails(403, "forbidden");
        assert!(refused.header("www-authenticate").expect("a challenge").contains("scope=\"own:keys:revoke\""));
        kit.delete(&plain.secret, &path(&foreign)).fails(404, "not_found");
        kit.delete(&plain.secret, &path(&plain)).expect(200);
        assert_eq!(kit.code(&plain.secret), "revoked");
        kit.delete(&plain.secret, &path(&plain)).fails(401, "unauthenticated");

        let revoker = kit.key(&owner, json!({ "scopes": ["own:keys:revoke"] }));
        kit.delete(&revoker.secret, &path(&foreign)).fails(404, "not_found");
        kit.delete(&revoker.secret, &path(&other)).expect(200);
        assert_eq!((kit.code(&other.secret), kit.code(&foreign.secret)), ("revoked".into(), "valid".into()));
        kit.patch(&revoker.secret, &path(&revoker), &json!({ "name": "n" })).fails(403, "forbidden");
        kit.try_key(&revoker.secret, &owner, json!({})).fails(403, "forbidden");
    }
}

#[test]
fn a_key_never_creates_one_beyond_itself() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["a:read", "b:read", "own:keys:write"]);
    let settings = json!({ "scopes": ["own:keys:write", "a:read", "held:only"], "expires_at": time(START + 100) });
    let caller = kit.key(&owner, settings);
    let events = kit.events();
    let within = json!({ "expires_at": time(START + 100) });
    let with = |name: &str, value: serde_json::Value| {
        let mut settings = within.clone();
        settings[name] = value;
        kit.try_key(&caller.secret, &owner, settings)
    };
    for scopes in [
        json!(["b:read"]),
        json!(["held:only"]),
        json!(["a:read", "b:read"]),
        json!(["own:keys:revoke"]),
        json!(["keystead:verify"]),
    ] {
        with("scopes", scopes).fails(403, "forbidden").at("/scopes");
    }
    with("expires_at", json!(time(START + 101))).fails(403, "forbidden").at("/expires_at");
    with("expires_at", json!(null)).fails(403, "forbidden").at("/expires_at");
    with("metadata", json!({})).fails(403, "forbidden").at("/metadata");
    kit.try_key(&caller.secret, &kit.user("other"), within.clone()).fails(404, "not_found");
    kit.try_key(&caller.secret, &kit.team("Acme"), within.clone()).fails(404, "not_found");
    assert_eq!(kit.events(), events + 2, "two new owners, and no key");

    let made = kit.key_by(
        &caller.secret,
        &owner,
        json!({ "scopes": ["a:read", "own:keys:write"], "expires_at": time(START + 100) }),
    );
    assert_eq!(made.data["created_by"], format!("key:{}", caller.id));
    assert_eq!(kit.code(&made.secret), "valid");
    kit.key_by(
        &caller.secret,
        &owner,
        json!({ "environment": "test", "is_public": true, "expires_at": time(START + 1) }),
    );
}

#[test]
fn a_key_never_changes_one_so_that_it_is_beyond_itself() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["a:read", "own:keys:write"]);
    let caller = kit.key(&owner, json!({ "scopes": ["own:keys:write", "a:read"], "expires_at": time(START + 100) }));
    let plain = kit.key(&owner, json!({ "expires_at": time(START + 50) }));
    let lasting = kit.key(&owner, json!({ "scopes": ["own:keys:write"], "enabled": false }));
    let beyond = kit.key(&owner, json!({ "scopes": ["z:read"], "expires_at": time(START + 50) }));
    let foreign = kit.key(&kit.user("other"), json!({}));
    let events = kit.events();
    let change = |key: &Issued, body| kit.patch(&caller.secret, &path(key), &body);

    change(&foreign, json!({ "name": "n" })).fails(404, "not_found");
    for body in [json!({ "name": "n" }), json!({ "enabled": false }), json!({ "scopes": [] })] {
        change(&beyond, body).fails(403, "forbidden");
    }
    change(&plain, json!({ "scopes": ["z:read"] })).fails(403, "forbidden").at("/scopes");
    change(&caller, json!({ "scopes": ["own:keys:write", "a:read", "z:read"] })).fails(403, "forbidden").at("/scopes");
    change(&plain, json!({ "expires_at": null })).fails(403, "forbidden").at("/expires_at");
    change(&caller, json!({ "expires_at": time(START + 101) })).fails(403, "forbidden").at("/expires_at");
    change(&plain, json!({ "metadata": {} })).fails(403, "forbidden").at("/metadata");
    // A key that lives longer than the caller gets no more of what the caller holds.
    change(&lasting, json!({ "enabled": true })).fails(403, "forbidden").at("/expires_at");
    change(&lasting, json!({ "scopes": ["own:keys:write", "a:read"] })).fails(403, "forbidden").at("/expires_at");
    assert_eq!(kit.events(), events, "nothing was changed");

    change(&lasting, json!({ "scopes": [], "description": "narrower" })).expect(200);
    change(&plain, json!({ "scopes": ["a:read"], "enabled": false, "expires_at": time(START + 100), "name": "n" }))
        .expect(200);
    change(&caller, json!({ "scopes": ["a:read"] })).expect(200);
    change(&plain, json!({ "name": "m" })).fails(403, "forbidden");
}

#[test]
fn a_public_or_test_key_asks_who_it_is_and_nothing_else() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write"]);
    let target = kit.key(&owner, json!({}));
    let callers = [
        kit.key(&owner, json!({ "is_public": true })),
        kit.key(&owner, json!({ "is_public": true, "environment": "test" })),
        kit.key(&owner, json!({ "environment": "test" })),
        kit.key(&owner, json!({ "environment": "test", "scopes": ["own:keys:write", "own:keys:revoke"] })),
    ];
    for caller in &callers {
        kit.get(&caller.secret, "/v1/me").expect(200);
        let mine = path(caller);
        for asked in [
            "/v1/users",
            "/v1/users/me",
            &at(&owner),
            &keys_of(&owner),
            "/v1/api-keys",
            &path(&target),
            &mine,
            "/v1/audit-events",
        ] {
            kit.get(&caller.secret, asked).fails(403, "forbidden");
        }
        kit.try_key(&caller.secret, &owner, json!({})).fails(403, "forbidden");
        kit.patch(&caller.secret, &path(&target), &json!({ "name": "n" })).fails(403, "forbidden");
        kit.delete(&caller.secret, &path(&target)).fails(403, "forbidden");
        kit.delete(&caller.secret, &mine).fails(403, "forbidden");
        kit.post(&caller.secret, "/v1/api-keys/verify", &json!({ "key": target.secret })).fails(403, "forbidden");
    }
}

#[test]
fn a_key_that_loses_a_scope_loses_what_it_opened_with_the_next_call() {
    let kit = Kit::start();
    let owner = kit.user_granting("maya", &["own:keys:write"]);
    let caller = kit.key(&owner, json!({ "scopes": ["own:keys:write"] }));
    kit.key_by(&caller.secret, &owner, json!({}));
    kit.patch(&kit.admin, &path(&caller), &json!({ "scopes": [] })).expect(200);
    kit.try_key(&caller.secret, &owner, json!({})).fails(403, "forbidden");
}
