//! Users and teams: creating, reading, listing, and what is refused.

use serde_json::{Value, json};

use crate::kit::Kit;
use crate::world::at;

#[test]
fn a_user_and_a_team_read_back_as_they_were_made() {
    let kit = Kit::start();
    let user = json!({ "external_id": "maya", "email": "Maya@Example.com", "name": "Maya",
        "scopes_grantable": ["own:keys:revoke", "b:read", "a:read", "b:read"], "metadata": { "plan": { "seats": 3 } } });
    let team = json!({ "external_id": "acme", "name": "Acme", "scopes_grantable": ["a:read"], "metadata": { "x": [1, null] } });
    for (path, prefix, body) in [("/v1/users", "usr_", user), ("/v1/teams", "team_", team)] {
        let made = kit.post(&kit.admin, path, &body).expect(201);
        let id = made.str("/data/id");
        assert!(id.starts_with(prefix));
        for (name, value) in body.as_object().expect("an object").iter().filter(|(name, _)| *name != "scopes_grantable")
        {
            assert_eq!(&made.json["data"][name], value, "{name}");
        }
        assert_eq!(made.str("/data/created_at"), "2027-01-15T08:00:00.000Z");
        assert_eq!(kit.get(&kit.admin, &at(id)).expect(200).json["data"], made.json["data"]);
        assert_eq!(kit.get(&kit.admin, path).expect(200).json["data"][0], made.json["data"]);
    }
    let listed = kit.get(&kit.admin, "/v1/users").expect(200);
    assert_eq!(
        listed.json["data"][0]["scopes_grantable"],
        json!(["a:read", "b:read", "own:keys:revoke"]),
        "sorted, once each"
    );
    assert_eq!(listed.json["data"][0]["status"], "active");
}

#[test]
fn an_external_id_belongs_to_one_user_and_to_one_team() {
    let kit = Kit::start();
    let body = json!({ "external_id": "42", "name": "first" });
    for path in ["/v1/users", "/v1/teams"] {
        kit.post(&kit.admin, path, &body).expect(201);
        let events = kit.events();
        kit.post(&kit.admin, path, &body).fails(409, "conflict").at("/external_id");
        assert_eq!(kit.events(), events, "a refused creation leaves no event");
        assert_eq!(kit.ids(&kit.admin, &format!("{path}?external_id=42")).len(), 1);
        assert!(kit.ids(&kit.admin, &format!("{path}?external_id=43")).is_empty());
    }
}

#[test]
fn an_email_is_unique_without_regard_to_case_and_a_refusal_leaves_nothing_behind() {
    let kit = Kit::start();
    kit.post(&kit.admin, "/v1/users", &json!({ "email": "Maya@Example.com" })).expect(201);
    kit.post(&kit.admin, "/v1/users", &json!({ "email": "mAYA@eXAMPLE.COM", "external_id": "new" }))
        .fails(409, "conflict")
        .at("/email");
    assert!(kit.ids(&kit.admin, "/v1/users?external_id=new").is_empty());
    assert_eq!(kit.ids(&kit.admin, "/v1/users?email=MAYA%40example.com").len(), 1);
    assert_eq!(kit.number("SELECT COUNT(*) FROM owners WHERE type = 'user'"), 1);
}

#[test]
fn a_user_needs_an_email_or_an_external_id_and_is_named_by_it() {
    let kit = Kit::start();
    kit.post(&kit.admin, "/v1/users", &json!({ "name": "Maya" })).fails(422, "unprocessable").at("/external_id");
    let made = kit.post(&kit.admin, "/v1/users", &json!({ "email": "m@example.com", "external_id": "x" })).expect(201);
    assert_eq!(made.str("/data/name"), "m@example.com");
    let made = kit.post(&kit.admin, "/v1/users", &json!({ "external_id": "y" })).expect(201);
    assert_eq!(made.str("/data/name"), "y");
    assert_eq!(made.json["data"]["email"], Value::Null);
}

#[test]
fn lists_are_newest_first_and_their_pages_hold_everything_once() {
    let kit = Kit::start();
    for (noun, make) in [("users", Kit::user as fn(&Kit, &str) -> String), ("teams", Kit::team)] {
        let mut made: Vec<String> = (0..7).map(|n| make(&kit, &format!("n{n}"))).collect();
        made.reverse();
        for limit in [1, 2, 3, 7, 8] {
            let pages = kit.pages(&kit.admin, &format!("/v1/{noun}"), limit);
            assert_eq!(pages.len(), 7_usize.div_ceil(limit), "a full last page is known to be the last");
            let found: Vec<&str> = pages.iter().flatten().filter_map(|item| item["id"].as_str()).collect();
            assert_eq!(found, made);
        }
    }
}

#[test]
fn what_an_owner_cannot_be_is_refused_with_the_field() {
    let kit = Kit::start();
    let long = "x".repeat(256);
    let cases = [
        (json!({ "external_id": "" }), 422, "/external_id"),
        (json!({ "external_id": "   ", "name": "n" }), 422, "/external_id"),
        (json!({ "external_id": long, "name": "n" }), 422, "/external_id"),
        (json!({ "external_id": "a\u{0}b", "name": "n" }), 422, "/external_id"),
        (json!({ "external_id": "x", "name": "" }), 422, "/name"),
        (json!({ "external_id": "x", "name": "x".repeat(201) }), 422, "/name"),
        (json!({ "external_id": "x", "name": "a\nb" }), 422, "/name"),
        (json!({ "email": "no address" }), 422, "/email"),
        (json!({ "email": "a@b@c" }), 422, "/email"),
        (json!({ "email": "@b" }), 422, "/email"),
        (json!({ "external_id": "x", "scopes_grantable": ["keystead:admin"] }), 422, "/scopes_grantable"),
        (json!({ "external_id": "x", "scopes_grantable": ["own:everything"] }), 422, "/scopes_grantable/0"),
        (json!({ "external_id": "x", "scopes_grantable": ["fine", "not fine"] }), 422, "/scopes_grantable/1"),
        (json!({ "external_id": "x", "scopes_grantable": ["a*"] }), 422, "/scopes_grantable/0"),
        (json!({ "external_id": "x", "scopes_grantable": vec!["a"; 65] }), 422, "/scopes_grantable"),
        (json!({ "external_id": "x", "metadata": { "big": "x".repeat(16 * 1024) } }), 422, "/metadata"),
        (json!({ "external_id": "x", "metadata": { "nul": "\u{0}" } }), 422, "/metadata"),
        (json!({ "external_id": "x", "metadata": [] }), 400, "/metadata"),
        (json!({ "external_id": "x", "role": "owner" }), 400, "/role"),
        (json!({ "external_id": "x", "status": "suspended" }), 400, "/status"),
        (json!({ "external_id": 7 }), 400, "/external_id"),
    ];
    let (users, events) = (kit.number("SELECT COUNT(*) FROM owners"), kit.events());
    for (body, status, field) in cases {
        kit.post(&kit.admin, "/v1/users", &body).expect(status).at(field);
    }
    assert_eq!((kit.number("SELECT COUNT(*) FROM owners"), kit.events()), (users, events), "nothing was written");
    kit.post(&kit.admin, "/v1/teams", &json!({ "external_id": "x" })).fails(400, "invalid").at("/name");
    kit.post(&kit.admin, "/v1/teams", &json!({ "name": "x", "email": "a@b" })).fails(400, "invalid").at("/email");
}

#[test]
fn an_id_of_another_type_names_nothing() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    kit.get(&kit.admin, &format!("/v1/teams/{user}")).fails(404, "not_found");
    kit.get(&kit.admin, &format!("/v1/users/{team}")).fails(404, "not_found");
    kit.get(&kit.admin, "/v1/users/instance").fails(404, "not_found");
    kit.get(&kit.admin, "/v1/users/me").fails(404, "not_found");
    let unknown = user.replace(&user[20..], &"0".repeat(user.len() - 20));
    for path in [format!("/v1/users/{unknown}"), format!("/v1/users/{unknown}/api-keys")] {
        kit.get(&kit.admin, &path).fails(404, "not_found");
    }
}
