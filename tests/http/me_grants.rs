//! What a form is told by `GET /v1/me`: the scopes that may be given, and that what it says is what creating a key then does.

use serde_json::{Value, json};

use crate::kit::{Kit, START, time};

fn me(kit: &Kit, caller: &str) -> Value {
    kit.get(caller, "/v1/me").expect(200).json["data"].clone()
}

/// A team that grants, with this user in it.
fn team(kit: &Kit, user: &str, seat: Value) -> String {
    let body = json!({ "name": "Acme", "scopes_grantable": ["builds:*", "own:keys:write"] });
    let team = kit.post(&kit.admin, "/v1/teams", &body).expect(201).str("/data/id").to_owned();
    kit.seat(&team, user, seat).expect(201);
    team
}

#[test]
fn a_person_is_told_the_scopes_that_their_own_and_their_teams_keys_may_have() {
    let kit = Kit::start();
    let user = kit.user_granting("maya", &["invoices:*", "own:keys:revoke"]);
    let managed = team(&kit, &user, json!({ "role": "member", "permissions": ["$manage_api_keys"] }));
    let read = team(&kit, &user, json!({ "role": "member", "permissions": ["$read_members"] }));
    let led = team(&kit, &user, json!({ "role": "admin" }));
    let me = me(&kit, &kit.session(&user));
    assert_eq!(me["scopes_grantable"], json!(["invoices:*", "own:keys:revoke"]));
    assert_eq!((&me["may_set_terms"], &me["panel"]), (&json!(false), &Value::Null));
    let team = |id: &str| {
        let teams = me["teams"].as_array().expect("teams");
        teams.iter().find(|team| team["id"] == id).expect("one's own team").clone()
    };
    assert_eq!(
        team(&managed),
        json!({ "id": managed, "name": "Acme", "role": "member", "permissions": ["$manage_api_keys"],
            "scopes_grantable": ["builds:*", "own:keys:write"] })
    );
    assert_eq!(team(&read)["scopes_grantable"], json!([]), "whose keys one does not manage, one gives nothing");
    assert_eq!(
        (&team(&led)["role"], &team(&led)["scopes_grantable"]),
        (&json!("admin"), &team(&managed)["scopes_grantable"])
    );
}

#[test]
fn a_panel_is_told_what_it_was_narrowed_to_and_when_it_ends() {
    let kit = Kit::start();
    let user = kit.user_granting("maya", &["invoices:*", "reports:read", "own:keys:revoke"]);
    let team = team(&kit, &user, json!({ "role": "member", "permissions": ["$manage_api_keys"] }));
    let narrowed = json!({ "team_id": team, "scopes": ["invoices:read", "reports:*", "builds:start", "secrets:read"] });
    let panel = me(&kit, &kit.panel(&user, &narrowed));
    assert_eq!(panel["scopes_grantable"], json!(["invoices:read", "reports:read"]));
    assert_eq!(panel["teams"][0]["scopes_grantable"], json!(["builds:start"]));
    assert_eq!(panel["panel"], json!({ "team_id": team, "expires_at": time(START + 900_000) }));
    assert_eq!(panel["may_set_terms"], false);
    let whole = me(&kit, &kit.panel(&user, &json!({})));
    assert_eq!(whole["scopes_grantable"], json!(["invoices:*", "own:keys:revoke", "reports:read"]));
    assert_eq!((&whole["teams"], &whole["panel"]["team_id"]), (&json!([]), &Value::Null));
}

#[test]
fn an_admin_is_told_that_they_may_give_everything() {
    let kit = Kit::start();
    let admin = kit.operator("boss");
    let team = team(&kit, &admin, json!({ "role": "member", "permissions": [] }));
    let me = me(&kit, &kit.session(&admin));
    let scopes: Vec<&str> =
        me["scopes_grantable"].as_array().expect("scopes").iter().filter_map(Value::as_str).collect();
    assert!(["*", "own:keys:write", "keystead:verify", "keystead:admin"].iter().all(|scope| scopes.contains(scope)));
    assert_eq!((&me["may_set_terms"], &me["teams"][0]["id"]), (&json!(true), &json!(team)));
    assert_eq!(me["teams"][0]["scopes_grantable"], me["scopes_grantable"]);
}

#[test]
fn a_scope_may_be_given_exactly_where_one_that_is_told_covers_it() {
    let kit = Kit::start();
    let user = kit.user_granting("maya", &["invoices:*", "own:keys:revoke"]);
    let admin = kit.operator("boss");
    let callers = [
        (kit.session(&user), &user),
        (kit.panel(&user, &json!({ "scopes": ["invoices:read"] })), &user),
        (kit.session(&admin), &admin),
    ];
    for (caller, owner) in callers {
        let told: Vec<String> =
            serde_json::from_value(me(&kit, &caller)["scopes_grantable"].clone()).expect("a list of scopes");
        for scope in ["invoices:read", "invoices:*", "invoices", "other", "own:keys:revoke", "own:keys:write", "*"] {
            let covered = keystead::people::scope::any_covers(&told, scope);
            let made = kit.try_key(&caller, owner, json!({ "scopes": [scope] }));
            assert_eq!(made.status == 201, covered, "{scope} by {caller}: {}", made.text);
        }
    }
}

#[test]
fn a_key_is_told_nothing_of_what_people_may_give() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "scopes": ["own:keys:write"] }));
    for caller in [&key.secret, &kit.admin] {
        let me = me(&kit, caller);
        for field in ["scopes_grantable", "may_set_terms", "panel", "teams"] {
            assert_eq!(me[field], Value::Null, "{field}");
        }
    }
}
