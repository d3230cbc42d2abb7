//! Backends short of admin: each scope opens its own routes, and none reaches what is Keystead's own.

use serde_json::json;

use crate::kit::Kit;
use crate::world::{Issued, at, keys_of};

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

#[test]
fn a_backend_short_of_admin_neither_grants_nor_touches_what_is_keysteads() {
    let kit = Kit::start();
    let (owner, writer) = (kit.user("maya"), kit.backend(&["keystead:keys:write", "keystead:keys:read"]));
    let backend_of_user = kit.key(&owner, json!({ "scopes": ["keystead:verify"] }));
    let of_instance = kit.backend(&["keystead:verify"]);
    for scope in ["keystead:verify", "keystead:keys:write", "keystead:admin"] {
        kit.try_key(&writer.secret, &owner, json!({ "scopes": [scope] })).fails(403, "forbidden").at("/scopes");
        let plain = kit.key_by(
            &writer.secret,
            &owner,
            json!({ "scopes": ["any:scope", "own:keys:write"], "metadata": { "n": 1 } }),
        );
        kit.patch(&writer.secret, &path(&plain), &json!({ "scopes": [scope] })).fails(403, "forbidden").at("/scopes");
        kit.patch(&writer.secret, &path(&plain), &json!({ "scopes": ["other:scope"] })).expect(200);
    }
    kit.patch(&writer.secret, &path(&backend_of_user), &json!({ "enabled": false })).fails(403, "forbidden");
    kit.delete(&writer.secret, &path(&backend_of_user)).fails(403, "forbidden");
    assert_eq!(kit.code(&backend_of_user.secret), "valid");
    for target in [&of_instance, &writer] {
        kit.get(&writer.secret, &path(target)).fails(404, "not_found");
        kit.patch(&writer.secret, &path(target), &json!({ "name": "n" })).fails(404, "not_found");
    }
    kit.delete(&writer.secret, &path(&of_instance)).fails(404, "not_found");
    assert!(kit.ids(&writer.secret, "/v1/api-keys?owner=instance").is_empty());
    let listed = kit.get(&writer.secret, "/v1/api-keys?limit=200").expect(200);
    assert!(listed.json["data"].as_array().expect("a list").iter().all(|key| key["owner"]["type"] != "instance"));
    kit.delete(&kit.admin, &path(&of_instance)).expect(200);
    assert_eq!(kit.code(&of_instance.secret), "revoked", "an admin touches both");
}

#[test]
fn each_scope_of_a_backend_opens_its_own_routes_only() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let writer = kit.backend(&["keystead:keys:write"]);
    kit.get(&writer.secret, &path(&key)).fails(403, "forbidden");
    kit.get(&writer.secret, &at(&owner)).fails(403, "forbidden");
    let reader = kit.backend(&["keystead:keys:read"]);
    kit.get(&reader.secret, &path(&key)).expect(200);
    kit.patch(&reader.secret, &path(&key), &json!({ "name": "n" })).fails(403, "forbidden");
    kit.delete(&reader.secret, &path(&key)).fails(403, "forbidden");
    let people = kit.backend(&["keystead:people:write"]);
    kit.post(&people.secret, "/v1/users", &json!({ "external_id": "x" })).expect(201);
    kit.get(&people.secret, "/v1/users").fails(403, "forbidden");
    kit.get(&people.secret, &keys_of(&owner)).fails(403, "forbidden");
}
