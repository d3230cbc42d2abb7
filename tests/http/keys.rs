//! Creating, listing, reading, changing and revoking keys, of users and of teams through the same code.

use serde_json::{Value, json};

use crate::kit::{Kit, START, time};
use crate::world::{Issued, keys_of};

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

#[test]
fn a_key_reads_back_as_it_was_made_for_both_owners_and_its_secret_only_once() {
    let kit = Kit::start();
    for owner in [kit.user("maya"), kit.team("Acme")] {
        let settings = json!({ "description": "production · checkout", "expires_at": "2027-06-01T02:00:00.1239+02:00",
            "scopes": ["b:read", "a:read", "b:read"], "metadata": { "cost": { "center": 7 } }, "environment": "live" });
        let key = kit.key(&owner, settings);
        let data = &key.data;
        assert_eq!(
            (&data["name"], &data["description"]),
            (&json!("production · checkout"), &json!("production · checkout"))
        );
        assert_eq!(
            data["expires_at"], "2027-06-01T00:00:00.123Z",
            "any offset and fraction is cut to milliseconds in UTC"
        );
        assert_eq!(data["scopes"], json!(["a:read", "b:read"]));
        assert_eq!(data["owner"]["id"], owner);
        assert_eq!(
            (&data["status"], &data["enabled"], &data["is_public"]),
            (&json!("active"), &json!(true), &json!(false))
        );
        assert_eq!((&data["created_at"], &data["last_used"]), (&json!(time(START)), &Value::Null));
        assert!(key.secret.starts_with("sk_live_") && key.secret.ends_with(data["last_four"].as_str().expect("text")));
        let mut shown = key.data.clone();
        shown.as_object_mut().expect("an object").remove("secret").expect("the create response has it");
        for answer in [
            kit.get(&kit.admin, &path(&key)).json["data"].clone(),
            kit.get(&kit.admin, &keys_of(&owner)).json["data"][0].clone(),
        ] {
            assert_eq!(answer, shown);
        }
    }
}

#[test]
fn the_prefix_says_environment_and_visibility() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for (environment, is_public, prefix) in [
        ("live", false, "sk_live_"),
        ("test", false, "sk_test_"),
        ("live", true, "pk_live_"),
        ("test", true, "pk_test_"),
    ] {
        let key = kit.key(&owner, json!({ "environment": environment, "is_public": is_public }));
        assert!(key.secret.starts_with(prefix));
        assert_eq!((&key.data["prefix"], &key.data["is_public"]), (&json!(prefix), &json!(is_public)));
    }
}

#[test]
fn the_choice_of_an_expiry_is_the_callers() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    kit.post(&kit.admin, &keys_of(&owner), &json!({ "name": "n" })).fails(400, "invalid").at("/expires_at");
    for past in [START, START - 1, 0] {
        kit.try_key(&kit.admin, &owner, json!({ "expires_at": time(past) }))
            .fails(422, "unprocessable")
            .at("/expires_at");
    }
    kit.key(&owner, json!({ "expires_at": time(START + 1) }));
    assert_eq!(kit.key(&owner, json!({ "expires_at": null })).data["expires_at"], Value::Null);
    let key = kit.key(&owner, json!({ "expires_at": null }));
    kit.patch(&kit.admin, &path(&key), &json!({ "expires_at": time(START) }))
        .fails(422, "unprocessable")
        .at("/expires_at");
    kit.patch(&kit.admin, &path(&key), &json!({ "expires_at": time(START + 9) })).expect(200);
    let named = kit.patch(&kit.admin, &path(&key), &json!({ "name": "absent leaves it" })).expect(200);
    assert_eq!(named.str("/data/expires_at"), time(START + 9));
    let never = kit.patch(&kit.admin, &path(&key), &json!({ "expires_at": null })).expect(200);
    assert_eq!(never.json["data"]["expires_at"], Value::Null);
}

#[test]
fn name_and_description_are_one_thing() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let post = |body: Value| kit.post(&kit.admin, &keys_of(&owner), &body);
    for body in [
        json!({ "name": "n", "expires_at": null }),
        json!({ "description": "n", "expires_at": null }),
        json!({ "name": "n", "description": "n", "expires_at": null }),
    ] {
        let made = post(body).expect(201);
        assert_eq!((made.str("/data/name"), made.str("/data/description")), ("n", "n"));
    }
    post(json!({ "expires_at": null })).fails(400, "invalid").at("/description");
    post(json!({ "name": "a", "description": "b", "expires_at": null })).fails(422, "unprocessable").at("/name");
    for wrong in ["", "  ", "a\u{0}", "line\nend", "\u{85}", &"é".repeat(201)] {
        post(json!({ "name": wrong, "expires_at": null })).fails(422, "unprocessable").at("/description");
    }
    post(json!({ "name": "é".repeat(200), "expires_at": null })).expect(201);
    post(json!({ "name": "\"><img src=x onerror=alert(1)> \u{202e}", "expires_at": null })).expect(201);
}

#[test]
fn metadata_is_an_object_of_16_kib_at_most() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let fits = json!({ "k": "x".repeat(16 * 1024 - 8) });
    assert_eq!(fits.to_string().len(), 16 * 1024);
    let key = kit.key(&owner, json!({ "metadata": fits }));
    let over = json!({ "k": "x".repeat(16 * 1024 - 7) });
    kit.try_key(&kit.admin, &owner, json!({ "metadata": over })).fails(422, "unprocessable").at("/metadata");
    kit.patch(&kit.admin, &path(&key), &json!({ "metadata": over })).fails(422, "unprocessable").at("/metadata");
    kit.patch(&kit.admin, &path(&key), &json!({ "metadata": "text" })).fails(400, "invalid").at("/metadata");
    let changed = kit.patch(&kit.admin, &path(&key), &json!({ "metadata": { "new": true } })).expect(200);
    assert_eq!(changed.json["data"]["metadata"], json!({ "new": true }), "the whole object is replaced");
}

#[test]
fn a_change_leaves_what_it_does_not_name() {
    let kit = Kit::start();
    let settings = json!({ "expires_at": time(START + 50), "scopes": ["a:read"], "metadata": { "m": 1 } });
    let key = kit.key(&kit.team("Acme"), settings);
    let mut expected = kit.get(&kit.admin, &path(&key)).expect(200).json["data"].clone();
    for (field, value) in [
        ("description", json!("new name")),
        ("enabled", json!(false)),
        ("scopes", json!(["z:write"])),
        ("expires_at", json!(null)),
        ("metadata", json!({})),
        ("enabled", json!(true)),
    ] {
        expected[field] = value.clone();
        expected["name"] = expected["description"].clone();
        expected["status"] = if expected["enabled"] == true { "active" } else { "disabled" }.into();
        expected["why_invalid"] = if expected["enabled"] == true { Value::Null } else { "disabled".into() };
        let answered = kit.patch(&kit.admin, &path(&key), &json!({ field: value })).expect(200);
        assert_eq!(answered.json["data"], expected, "{field}");
        assert_eq!(kit.get(&kit.admin, &path(&key)).json["data"], expected, "{field}");
    }
    for fixed in ["environment", "is_public", "owner", "id", "prefix", "secret", "revoked_at", "created_at", "status"] {
        kit.patch(&kit.admin, &path(&key), &json!({ fixed: "live" })).fails(400, "invalid").at(&format!("/{fixed}"));
    }
}

#[test]
fn revoking_is_for_good_and_the_first_time_stays() {
    let kit = Kit::start();
    for owner in [kit.user("maya"), kit.team("Acme")] {
        let key = kit.key(&owner, json!({}));
        let before = kit.events();
        let done = kit.delete(&kit.admin, &path(&key)).expect(200);
        assert_eq!(done.json, json!({ "success": true, "message": "API key revoked successfully" }));
        let first = kit.get(&kit.admin, &path(&key)).expect(200).json["data"].clone();
        assert_eq!((&first["status"], &first["revoked_reason"]), (&json!("revoked"), &json!("manual")));
        kit.clock.advance_ms(1_000);
        kit.delete(&kit.admin, &path(&key)).expect(200);
        assert_eq!(kit.get(&kit.admin, &path(&key)).json["data"], first, "the second call changes nothing");
        assert_eq!(kit.events(), before + 1, "and leaves no event");
        for change in [json!({ "enabled": true }), json!({ "expires_at": null }), json!({ "scopes": [] })] {
            kit.patch(&kit.admin, &path(&key), &change).fails(409, "conflict");
        }
        kit.patch(&kit.admin, &path(&key), &json!({ "name": "was the old one" })).expect(200);
        assert_eq!(kit.code(&key.secret), "revoked");
    }
}

#[test]
fn fields_and_scopes_that_cannot_be_are_refused_and_nothing_is_written() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let events = kit.events();
    for (settings, status, field) in [
        (json!({ "rate_limit": [] }), 400, "/rate_limit"),
        (json!({ "owner": { "type": "user" } }), 400, "/owner"),
        (json!({ "user_id": owner }), 400, "/user_id"),
        (json!({ "permissions": {} }), 400, "/permissions"),
        (json!({ "environment": "prod" }), 400, "/environment"),
        (json!({ "environment": "any" }), 400, "/environment"),
        (json!({ "is_public": "yes" }), 400, "/is_public"),
        (json!({ "expires_at": "tomorrow" }), 400, "/expires_at"),
        (json!({ "expires_at": 7 }), 400, "/expires_at"),
        (json!({ "scopes": "a:read" }), 400, "/scopes"),
        (json!({ "scopes": ["a:read", 7] }), 400, "/scopes/1"),
        (json!({ "scopes": ["a:read", "a b"] }), 422, "/scopes/1"),
        (json!({ "scopes": ["a*"] }), 422, "/scopes/0"),
        (json!({ "scopes": ["keystead:*"] }), 422, "/scopes/0"),
        (json!({ "scopes": ["keystead:everything"] }), 422, "/scopes/0"),
        (json!({ "scopes": ["own:keys:everything"] }), 422, "/scopes/0"),
        (json!({ "scopes": ["x".repeat(65)] }), 422, "/scopes/0"),
        (json!({ "scopes": (0..65).map(|n| format!("s{n}")).collect::<Vec<_>>() }), 422, "/scopes"),
        (json!({ "scopes": ["own:keys:write"], "is_public": true }), 422, "/scopes"),
        (json!({ "scopes": ["keystead:verify"], "is_public": true }), 422, "/scopes"),
    ] {
        kit.try_key(&kit.admin, &owner, settings).expect(status).at(field);
    }
    let public = kit.key(&owner, json!({ "is_public": true, "scopes": ["a:read"] }));
    kit.patch(&kit.admin, &path(&public), &json!({ "scopes": ["own:keys:revoke"] }))
        .fails(422, "unprocessable")
        .at("/scopes");
    assert_eq!((kit.events(), kit.ids(&kit.admin, &keys_of(&owner)).len()), (events + 1, 1));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let unknown = "/v1/api-keys/key_01h455vb4pex5vsknk084sn02q";
    kit.get(&kit.admin, unknown).fails(404, "not_found");
    kit.patch(&kit.admin, unknown, &json!({ "name": "n" })).fails(404, "not_found");
    kit.delete(&kit.admin, unknown).fails(404, "not_found");
    kit.try_key(&kit.admin, "usr_01h455vb4pex5vsknk084sn02q", json!({})).fails(404, "not_found");
    kit.try_key(&kit.admin, "team_01h455vb4pex5vsknk084sn02q", json!({})).fails(404, "not_found");
    kit.get(&kit.admin, &format!("/v1/api-keys/{}", key.secret)).fails(404, "not_found");
}
