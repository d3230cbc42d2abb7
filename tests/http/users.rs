//! Changing people: by id and by the application's own id, what an admin alone may set, and the last admin, who stays.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, stranger};
use crate::world::at;

fn put(kit: &Kit, external_id: &str, body: &Value) -> Answer {
    kit.put(&kit.admin, &format!("/v1/users/by-external-id/{external_id}"), body)
}

fn last_event(kit: &Kit) -> Value {
    kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200).json["data"][0].clone()
}

#[test]
fn what_is_given_changes_the_rest_stays_and_both_are_in_the_event() {
    let kit = Kit::start();
    let body = json!({ "external_id": "maya", "email": "maya@example.com", "name": "Maya", "metadata": { "plan": 1 } });
    let made = kit.post(&kit.admin, "/v1/users", &body).expect(201);
    let path = at(made.str("/data/id"));
    let change = json!({ "name": "Maya B.", "email": "MAYA@example.com", "external_id": null,
        "scopes_grantable": ["b:read", "a:read"], "metadata": { "plan": 2 } });
    let changed = kit.patch(&kit.admin, &path, &change).expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let mut wanted = made.json["data"].clone();
    for (name, value) in change.as_object().expect("an object") {
        wanted[name] = value.clone();
    }
    wanted["scopes_grantable"] = json!(["a:read", "b:read"]);
    assert_eq!(changed.json["data"], wanted);
    assert_eq!(kit.get(&kit.admin, &path).expect(200).json["data"], wanted);
    let event = last_event(&kit);
    assert_eq!(event["action"], "user.changed");
    assert_eq!(
        event["details"],
        json!({ "name": { "before": "Maya", "after": "Maya B." },
            "email": { "before": "maya@example.com", "after": "MAYA@example.com" },
            "external_id": { "before": "maya", "after": null },
            "scopes_grantable": { "before": [], "after": ["a:read", "b:read"] }, "metadata": "changed" })
    );
    assert!(kit.ids(&kit.admin, "/v1/users?external_id=maya").is_empty(), "it is free again");
    put(&kit, "maya", &json!({})).expect(201);
}

#[test]
fn a_change_that_changes_nothing_leaves_neither_version_nor_event() {
    let kit = Kit::start();
    let path = at(&kit.user("maya"));
    let events = kit.events();
    for body in [json!({}), json!({ "name": "maya" }), json!({ "status": "active", "email": null })] {
        assert_eq!(kit.patch(&kit.admin, &path, &body).expect(200).header("etag"), Some("\"1\""));
    }
    assert_eq!(put(&kit, "maya", &json!({ "name": "maya" })).expect(200).header("etag"), Some("\"1\""));
    assert_eq!(kit.events(), events);
}

#[test]
fn a_change_of_what_somebody_changed_meanwhile_is_412_and_changes_nothing() {
    let kit = Kit::start();
    let path = at(&kit.user("maya"));
    let tag = kit.get(&kit.admin, &path).expect(200).header("etag").expect("a tag").to_owned();
    let change = |tag: &str, name: &str| {
        let call = Call::new("PATCH", &path).bearer(&kit.admin).header("If-Match", tag);
        kit.call(call.json(&json!({ "name": name })))
    };
    change(&tag, "first").expect(200);
    change(&tag, "second").fails(412, "precondition_failed");
    let removed = Call::new("DELETE", &path).bearer(&kit.admin).header("If-Match", &tag);
    kit.call(removed).fails(412, "precondition_failed");
    let absent = Call::new("PUT", "/v1/users/by-external-id/nobody").bearer(&kit.admin).header("If-Match", &tag);
    kit.call(absent.json(&json!({}))).fails(412, "precondition_failed");
    assert_eq!(kit.get(&kit.admin, &path).expect(200).str("/data/name"), "first");
}

#[test]
fn a_user_keeps_an_email_or_an_external_id_and_takes_nobody_elses() {
    let kit = Kit::start();
    kit.post(&kit.admin, "/v1/users", &json!({ "external_id": "taken", "email": "taken@example.com" })).expect(201);
    let path = at(&kit.user("maya"));
    let events = kit.events();
    let change = |body: Value| kit.patch(&kit.admin, &path, &body);
    change(json!({ "external_id": null })).fails(422, "unprocessable");
    change(json!({ "external_id": null, "email": null })).fails(422, "unprocessable");
    change(json!({ "external_id": "taken" })).fails(409, "conflict").at("/external_id");
    change(json!({ "email": "TAKEN@example.com" })).fails(409, "conflict").at("/email");
    change(json!({ "email": "no address" })).fails(422, "unprocessable").at("/email");
    change(json!({ "scopes_grantable": ["keystead:verify"] })).fails(422, "unprocessable").at("/scopes_grantable");
    change(json!({ "metadata": { "big": "x".repeat(16 * 1024) } })).fails(422, "unprocessable").at("/metadata");
    change(json!({ "password": "x" })).fails(400, "invalid").at("/password");
    assert_eq!(kit.events(), events);
    assert_eq!(kit.get(&kit.admin, &path).expect(200).str("/data/external_id"), "maya");
}

#[test]
fn an_application_makes_and_changes_users_by_its_own_id_whatever_characters_are_in_it() {
    let kit = Kit::start();
    for (n, (encoded, id)) in [
        ("maya", "maya"),
        ("https%3A%2F%2Fexample.com%2Fu%2F7%3Fx%3D1", "https://example.com/u/7?x=1"),
        ("cn%3Dmaya%2Cou%3Dpeople", "cn=maya,ou=people"),
        ("a+b%20c", "a+b c"),
        ("100%25", "100%"),
        ("%C3%A9%E2%82%AC", "é€"),
        ("api-keys", "api-keys"),
    ]
    .into_iter()
    .enumerate()
    {
        let made = put(&kit, encoded, &json!({ "name": format!("n{n}"), "scopes_grantable": ["a:read"] })).expect(201);
        assert_eq!(made.str("/data/external_id"), id);
        let again = put(&kit, encoded, &json!({ "email": format!("{n}@example.com") })).expect(200);
        assert_eq!(again.str("/data/id"), made.str("/data/id"));
        assert_eq!(again.str("/data/name"), format!("n{n}"), "what is not given stays");
        assert_eq!(again.json["data"]["scopes_grantable"], json!(["a:read"]));
    }
    assert_eq!(
        put(&kit, "by-mail", &json!({ "email": "m@example.com" })).expect(201).str("/data/name"),
        "m@example.com"
    );
    assert_eq!(put(&kit, "bare", &json!({})).expect(201).str("/data/name"), "bare");
    let suspended = put(&kit, "off", &json!({ "status": "suspended" })).expect(201);
    assert_eq!(suspended.str("/data/status"), "suspended");
}

#[test]
fn what_cannot_be_an_external_id_is_refused_in_a_path_as_in_a_body() {
    let kit = Kit::start();
    let owners = kit.number("SELECT COUNT(*) FROM owners");
    for (encoded, status) in [
        ("%FF", 400),
        ("%C3", 400),
        ("a%2", 400),
        ("a%zz", 400),
        ("%20%20", 422),
        ("a%00b", 422),
        ("a%0Ab", 422),
        (&*"x".repeat(256), 422),
        (&*"%C3%A9".repeat(256), 422),
        (&*stranger("sk_live_"), 400),
    ] {
        put(&kit, encoded, &json!({})).expect(status);
    }
    put(&kit, "", &json!({})).fails(404, "not_found");
    put(&kit, "x", &json!({ "external_id": "y" })).fails(400, "invalid").at("/external_id");
    assert_eq!(kit.number("SELECT COUNT(*) FROM owners"), owners);
    put(&kit, &"%C3%A9".repeat(255), &json!({})).expect(201);
}

#[test]
fn only_an_admin_sets_a_role_or_touches_an_admins_account() {
    let kit = Kit::start();
    let (backend, chief, maya) =
        (kit.backend(&["keystead:people:write"]).secret, kit.operator("chief"), kit.user("maya"));
    let events = kit.events();
    let new = json!({ "external_id": "new", "role": "member" });
    kit.post(&backend, "/v1/users", &new).fails(403, "forbidden").at("/role");
    kit.put(&backend, "/v1/users/by-external-id/new", &json!({ "role": "admin" })).fails(403, "forbidden").at("/role");
    kit.put(&backend, "/v1/users/by-external-id/maya", &json!({ "role": "admin" })).fails(403, "forbidden").at("/role");
    kit.patch(&backend, &at(&maya), &json!({ "role": "admin" })).fails(403, "forbidden").at("/role");
    for body in
        [json!({ "name": "x" }), json!({ "email": "x@example.com" }), json!({ "status": "suspended" }), json!({})]
    {
        kit.patch(&backend, &at(&chief), &body).fails(403, "forbidden");
        kit.put(&backend, "/v1/users/by-external-id/chief", &body).fails(403, "forbidden");
    }
    kit.delete(&backend, &at(&chief)).fails(403, "forbidden");
    assert_eq!(kit.events(), events);

    // An admin in a session whose password was given long ago confirms it first.
    let session = kit.session(&chief);
    kit.patch(&session, &at(&maya), &json!({ "role": "admin" })).expect(200);
    kit.clock.advance_ms(11 * 60 * 1000);
    let refused = kit.patch(&session, &at(&maya), &json!({ "role": "member" })).fails(403, "forbidden");
    assert!(refused.str("/error/message").contains("confirm your password"), "{}", refused.text);
    kit.delete(&session, &at(&maya)).fails(403, "forbidden");
    let (member, session) = (kit.user("member"), kit.session(&chief));
    kit.patch(&session, &at(&member), &json!({ "name": "by the admin" })).expect(200);
    kit.delete(&session, &at(&maya)).expect(200);
}

#[test]
fn the_last_active_admin_stays_one() {
    let kit = Kit::start();
    let (first, second) = (kit.operator("first"), kit.operator("second"));
    kit.patch(&kit.admin, &at(&second), &json!({ "status": "suspended" })).expect(200);
    let events = kit.events();
    for (body, field) in [(json!({ "role": "member" }), "/role"), (json!({ "status": "suspended" }), "/status")] {
        kit.patch(&kit.admin, &at(&first), &body).fails(409, "conflict").at(field);
    }
    kit.delete(&kit.admin, &at(&first)).fails(409, "conflict");
    assert_eq!(kit.events(), events);
    assert_eq!(kit.get(&kit.admin, &at(&first)).expect(200).str("/data/role"), "admin");
    kit.patch(&kit.admin, &at(&second), &json!({ "status": "active" })).expect(200);
    kit.patch(&kit.admin, &at(&first), &json!({ "role": "member" })).expect(200);
    kit.delete(&kit.admin, &at(&second)).fails(409, "conflict");
}

#[test]
fn suspending_ends_sessions_and_activating_does_not_bring_them_back() {
    let kit = Kit::start();
    let maya = kit.user("maya");
    let session = kit.session(&maya);
    kit.get(&session, "/v1/me").expect(200);
    kit.suspend(&maya);
    kit.get(&session, "/v1/me").fails(401, "unauthenticated");
    kit.patch(&kit.admin, &at(&maya), &json!({ "status": "active" })).expect(200);
    kit.get(&session, "/v1/me").fails(401, "unauthenticated");
    assert_eq!(kit.number("SELECT COUNT(*) FROM sessions"), 0);
}

#[test]
fn a_person_changes_and_removes_nobody_not_even_themselves_here() {
    let kit = Kit::start();
    let (maya, other) = (kit.user("maya"), kit.user("other"));
    let session = kit.session(&maya);
    for user in [&maya, &other] {
        kit.patch(&session, &at(user), &json!({ "name": "x" })).fails(403, "forbidden");
        kit.delete(&session, &at(user)).fails(403, "forbidden");
    }
    kit.put(&session, "/v1/users/by-external-id/maya", &json!({ "name": "x" })).fails(403, "forbidden");
    kit.get(&session, "/v1/users").fails(403, "forbidden");
}
