//! A key that goes to another owner: with its secret and history, to whoever manages the keys of both, and never with more than the new
//! owner could give.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::kit::{Kit, START, time};
use crate::world::{Issued, keys_of};

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn transfer(kit: &Kit, caller: &str, key: &Issued, to: &str) -> Answer {
    kit.post(caller, &format!("{}/transfer", path(key)), &json!({ "owner": { "id": to } }))
}

/// A person in a session, who manages the keys of this team, too.
fn manager(kit: &Kit, team: &str) -> (String, String) {
    let id = kit.user_granting("maya", &["a:read", "b:read"]);
    kit.run(
        "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, 'admin', '[]', 0)",
        vec![team.to_owned(), id.clone()],
    );
    (kit.session(&id), id)
}

fn team_granting(kit: &Kit, scopes: &[&str]) -> String {
    let body = json!({ "name": "Acme", "scopes_grantable": scopes });
    kit.post(&kit.admin, "/v1/teams", &body).expect(201).str("/data/id").to_owned()
}

#[test]
fn a_transferred_key_is_the_same_key_of_another_owner_from_the_answer_on() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let key = kit.key(&user, json!({ "scopes": ["a:read"], "expires_at": time(START + 1_000) }));
    assert_eq!(kit.verify(&key.secret)["owner"]["id"], user);
    let moved = transfer(&kit, &kit.admin, &key, &team).expect(200);
    assert_eq!(moved.header("etag"), Some("\"2\""));
    assert_eq!((moved.str("/data/owner/type"), moved.str("/data/owner/id")), ("team", team.as_str()));
    for same in ["id", "name", "scopes", "created_at", "created_by", "expires_at", "last_four", "environment"] {
        assert_eq!(moved.json["data"][same], key.data[same], "{same}");
    }
    assert_eq!(kit.verify(&key.secret)["owner"]["id"], team);
    assert_eq!(kit.ids(&kit.admin, &keys_of(&user)), Vec::<String>::new());
    assert_eq!(kit.ids(&kit.admin, &keys_of(&team)), [key.id.as_str()]);
    let event = kit.get(&kit.admin, "/v1/audit-events?limit=1").json["data"][0].clone();
    assert_eq!((event["action"].as_str(), &event["subject"]), (Some("key.transferred"), &json!(key.id)));
    assert_eq!(event["details"], json!({ "owner": { "before": user, "after": team } }));

    kit.suspend(&user);
    assert_eq!(kit.code(&key.secret), "valid", "what becomes of the former owner is nothing to it");
    let events = kit.events();
    transfer(&kit, &kit.admin, &key, &team).expect(200);
    assert_eq!(kit.events(), events, "to where it is already: nothing happens");
}

#[test]
fn a_former_secret_in_its_grace_moves_along() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let key = kit.key(&user, json!({}));
    kit.post(&kit.admin, &format!("{}/rotate", path(&key)), &json!({ "grace_s": 60 })).expect(200);
    transfer(&kit, &kit.admin, &key, &team).expect(200);
    assert_eq!(kit.verify(&key.secret)["owner"]["id"], team);
}

#[test]
fn a_person_moves_keys_between_owners_whose_keys_they_manage_and_only_scopes_that_fit() {
    let kit = Kit::start();
    let team = team_granting(&kit, &["a:read"]);
    let (maya, user) = manager(&kit, &team);
    let (other, foreign) = (kit.user("other"), kit.team("Foreign"));
    let fits = kit.key_by(&maya, &user, json!({ "scopes": ["a:read"] }));
    let beyond = kit.key_by(&maya, &user, json!({ "scopes": ["b:read"] }));
    transfer(&kit, &maya, &beyond, &team).fails(403, "forbidden").at("/owner");
    for unseen in [&other, &foreign, "usr_01h455vb4pex5vsknk084sn02q", "instance"] {
        transfer(&kit, &maya, &fits, unseen).fails(422, "unprocessable");
    }
    transfer(&kit, &maya, &fits, &team).expect(200);
    transfer(&kit, &maya, &fits, &user).expect(200);
    let theirs = kit.key(&other, json!({}));
    transfer(&kit, &maya, &theirs, &user).fails(404, "not_found");
    let holder = kit.key(&user, json!({ "scopes": ["own:keys:write"] }));
    let plain = kit.key(&user, json!({}));
    transfer(&kit, &holder.secret, &plain, &team).fails(422, "unprocessable").at("/owner/id");
}

#[test]
fn the_switches_for_the_new_owner_bind_a_transfer() {
    let kit = Kit::start();
    let team = team_granting(&kit, &[]);
    let (maya, user) = manager(&kit, &team);
    let key = kit.key_by(&maya, &user, json!({}));
    kit.patch(&kit.admin, "/v1/settings", &json!({ "allow_team_api_keys": false })).expect(200);
    transfer(&kit, &maya, &key, &team).fails(403, "forbidden");
    kit.patch(&kit.admin, "/v1/settings", &json!({ "allow_team_api_keys": true, "max_lifetime_days": 1 })).expect(200);
    transfer(&kit, &maya, &key, &team).fails(422, "unprocessable").at("/expires_at");
    transfer(&kit, &kit.backend(&["keystead:keys:write"]).secret, &key, &team).expect(200);
}

#[test]
fn what_belongs_to_nobody_else_stays_where_it_is() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let backend = kit.backend(&["keystead:verify"]);
    transfer(&kit, &kit.admin, &backend, &team).fails(422, "unprocessable").at("/owner");
    let key = kit.key(&user, json!({}));
    transfer(&kit, &kit.admin, &key, "instance").fails(422, "unprocessable").at("/owner");
    let powerful = kit.key(&user, json!({ "scopes": ["keystead:verify"] }));
    transfer(&kit, &kit.backend(&["keystead:keys:write"]).secret, &powerful, &team).fails(403, "forbidden");
    transfer(&kit, &kit.admin, &powerful, &team).expect(200);
    kit.delete(&kit.admin, &path(&key)).expect(200);
    transfer(&kit, &kit.admin, &key, &team).fails(409, "conflict");
    let transfer = |body: Value| kit.post(&kit.admin, &format!("{}/transfer", path(&powerful)), &body);
    transfer(json!({ "owner": { "id": "maya" } })).fails(400, "invalid").at("/owner/id");
    transfer(json!({ "owner": { "id": user, "type": "team" } })).fails(400, "invalid").at("/owner/type");
    transfer(json!({ "owner": { "id": user, "type": "user" } })).expect(200);
}
