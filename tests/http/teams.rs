//! Changing teams: by id, by the application's own id, and by members as far as their permissions go.

use serde_json::json;

use crate::kit::Kit;
use crate::world::at;

#[test]
fn what_is_given_of_a_team_changes_and_both_are_in_the_event() {
    let kit = Kit::start();
    let team = kit.team("Acme");
    let change =
        json!({ "name": "Acme Ltd.", "external_id": "acme", "scopes_grantable": ["a:read"], "metadata": { "x": 1 } });
    let changed = kit.patch(&kit.admin, &at(&team), &change).expect(200);
    for (name, value) in change.as_object().expect("an object") {
        assert_eq!(&changed.json["data"][name], value, "{name}");
    }
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let event = kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200).json["data"][0].clone();
    assert_eq!((&event["action"], &event["subject"]), (&json!("team.changed"), &json!(team)));
    assert_eq!(event["details"]["name"], json!({ "before": "Acme", "after": "Acme Ltd." }));
    assert_eq!(event["details"]["external_id"], json!({ "before": null, "after": "acme" }));
    let bare = kit.patch(&kit.admin, &at(&team), &json!({ "external_id": null })).expect(200);
    assert!(bare.json["data"]["external_id"].is_null());
    assert_eq!(kit.patch(&kit.admin, &at(&team), &json!({})).expect(200).header("etag"), Some("\"3\""));
}

#[test]
fn an_application_makes_and_changes_teams_by_its_own_id() {
    let kit = Kit::start();
    let path = "/v1/teams/by-external-id/org%2F7";
    let made = kit.put(&kit.admin, path, &json!({ "scopes_grantable": ["a:read"] })).expect(201);
    assert_eq!((made.str("/data/external_id"), made.str("/data/name")), ("org/7", "org/7"));
    let again = kit.put(&kit.admin, path, &json!({ "name": "Acme" })).expect(200);
    assert_eq!((again.str("/data/id"), again.str("/data/name")), (made.str("/data/id"), "Acme"));
    assert_eq!(again.json["data"]["scopes_grantable"], json!(["a:read"]));
    // A user and a team may have the same id in the application.
    kit.put(&kit.admin, "/v1/users/by-external-id/org%2F7", &json!({})).expect(201);
    let other = kit.team("other");
    kit.patch(&kit.admin, &at(&other), &json!({ "external_id": "org/7" })).fails(409, "conflict").at("/external_id");
}

#[test]
fn a_renamed_team_has_its_new_name_in_the_next_verification() {
    let kit = Kit::start();
    let team = kit.team("Acme");
    let key = kit.key(&team, json!({}));
    kit.put(&kit.admin, "/v1/teams/by-external-id/x", &json!({})).expect(201);
    kit.patch(&kit.admin, &at(&team), &json!({ "name": "Acme Ltd.", "external_id": "acme" })).expect(200);
    assert_eq!(kit.verify(&key.secret)["owner"]["name"], "Acme Ltd.");
    kit.put(&kit.admin, "/v1/teams/by-external-id/acme", &json!({ "name": "Acme Inc." })).expect(200);
    assert_eq!(kit.verify(&key.secret)["owner"]["name"], "Acme Inc.");
}

#[test]
fn a_member_with_update_team_renames_it_and_changes_nothing_else() {
    let kit = Kit::start();
    let (team, maya) = (kit.team("Acme"), kit.user("maya"));
    let session = kit.session(&maya);
    let rename = json!({ "name": "Acme Ltd." });
    kit.patch(&session, &at(&team), &rename).fails(404, "not_found");
    let all_but_it = ["$manage_api_keys", "$read_members", "$invite_members", "$remove_members", "$delete_team"];
    kit.seat(&team, &maya, json!({ "permissions": all_but_it })).expect(201);
    kit.patch(&session, &at(&team), &rename).fails(403, "forbidden");
    for seat in [json!({ "permissions": ["$update_team"] }), json!({ "role": "admin" })] {
        kit.seat(&team, &maya, seat).expect(200);
        kit.patch(&session, &at(&team), &rename).expect(200);
        for (field, value) in
            [("external_id", json!("x")), ("scopes_grantable", json!(["a:read"])), ("metadata", json!({}))]
        {
            let refused = kit.patch(&session, &at(&team), &json!({ "name": "y", field: value }));
            refused.fails(403, "forbidden").at(&format!("/{field}"));
        }
    }
    kit.put(&session, "/v1/teams/by-external-id/x", &json!({})).fails(403, "forbidden");
    kit.post(&session, "/v1/teams", &json!({ "name": "mine" })).fails(403, "forbidden");
    assert_eq!(kit.get(&session, &at(&team)).expect(200).str("/data/name"), "Acme Ltd.");
}

#[test]
fn a_person_lists_their_own_teams_an_admin_and_a_backend_all() {
    let kit = Kit::start();
    let maya = kit.user("maya");
    let teams: Vec<String> = (0..6).map(|n| kit.team(&format!("t{n}"))).collect();
    for team in [&teams[1], &teams[2], &teams[4]] {
        kit.seat(team, &maya, json!({})).expect(201);
    }
    let session = kit.session(&maya);
    for limit in [1, 2, 3] {
        let pages = kit.pages(&session, "/v1/teams", limit);
        let found: Vec<&str> = pages.iter().flatten().filter_map(|team| team["id"].as_str()).collect();
        assert_eq!(found, [&*teams[4], &teams[2], &teams[1]]);
    }
    let admin = kit.session(&kit.operator("chief"));
    let reader = kit.backend(&["keystead:people:read"]).secret;
    assert_eq!((kit.ids(&admin, "/v1/teams").len(), kit.ids(&reader, "/v1/teams").len()), (6, 6));
    kit.delete(&kit.admin, &at(&teams[2])).expect(200);
    assert_eq!(kit.ids(&session, "/v1/teams"), [&*teams[4], &teams[1]]);
}
