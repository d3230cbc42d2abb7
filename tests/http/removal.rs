//! Removing people and teams: what becomes of their keys is obeyed by the next verification, and nothing that gave access is left.

use keystead::event::{Act, Actor};
use keystead::key::Fate;
use keystead::people::{Power, UserId};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::kit::{Kit, START, wait};
use crate::world::{Issued, at, keys_of};

fn moved_to(kit: &Kit, caller: &str, owner: &str, to: &str) -> Answer {
    kit.delete(caller, &format!("{}?keys=transfer&to={to}", at(owner)))
}

fn events_of(kit: &Kit, subject: &str) -> Vec<String> {
    let listed = kit.get(&kit.admin, &format!("/v1/audit-events?subject={subject}")).expect(200);
    let events = listed.json["data"].as_array().expect("a list").iter();
    events.map(|event| event["action"].as_str().expect("an action").to_owned()).collect()
}

/// A key that was rotated with a grace: its former secret, and itself with the new one.
fn rotated(kit: &Kit, owner: &str) -> (String, Issued) {
    let key = kit.key(owner, json!({}));
    let answer =
        kit.post(&kit.admin, &format!("/v1/api-keys/{}/rotate", key.id), &json!({ "grace_s": 3600 })).expect(200);
    let now = Issued { secret: answer.str("/data/secret").to_owned(), ..key.clone() };
    (key.secret, now)
}

#[test]
fn the_keys_of_a_removed_owner_are_revoked_with_the_answer() {
    let kit = Kit::start();
    for owner in [kit.user("maya"), kit.team("Acme")] {
        let plain = kit.key(&owner, json!({ "scopes": ["a:read"] }));
        let disabled = kit.key(&owner, json!({ "enabled": false }));
        let test = kit.key(&owner, json!({ "environment": "test" }));
        let (former, rotated) = rotated(&kit, &owner);
        let before = kit.key(&owner, json!({}));
        kit.delete(&kit.admin, &format!("/v1/api-keys/{}", before.id)).expect(200);
        kit.delete(&kit.admin, &at(&owner)).expect(200);
        for secret in [&plain.secret, &disabled.secret, &test.secret, &former, &rotated.secret] {
            let verdict = kit.verify_as(&kit.admin, json!({ "key": secret, "environment": "any" }));
            assert_eq!((&verdict["code"], &verdict["revoked_reason"]), (&json!("revoked"), &json!("owner_removed")));
        }
        assert_eq!(kit.verify(&before.secret)["revoked_reason"], "manual", "the first reason stays");
        kit.get(&plain.secret, "/v1/me").fails(401, "unauthenticated");
        assert_eq!(events_of(&kit, &plain.id), ["key.revoked", "key.created"]);
        let removed = kit.get(&kit.admin, &format!("/v1/audit-events?subject={owner}&limit=1")).expect(200);
        assert_eq!(removed.json["data"][0]["details"]["keys"], json!({ "revoked": 4 }));
        assert_eq!(
            kit.get(&kit.admin, &format!("/v1/api-keys/{}", plain.id)).expect(200).str("/data/status"),
            "revoked"
        );
        for path in [at(&owner), keys_of(&owner)] {
            kit.get(&kit.admin, &path).fails(404, "not_found");
        }
        kit.delete(&kit.admin, &at(&owner)).fails(404, "not_found");
        kit.try_key(&kit.admin, &owner, json!({})).fails(404, "not_found");
        kit.patch(&kit.admin, &at(&owner), &json!({ "name": "x" })).fails(404, "not_found");
    }
    assert!(kit.get(&kit.admin, "/v1/audit-events/verify").expect(200).json["data"]["ok"].as_bool().expect("a flag"));
}

#[test]
fn keys_that_move_go_on_for_their_new_owner_also_after_a_restart() {
    let kit = Kit::start();
    let (maya, team) = (kit.user("maya"), kit.team("Acme"));
    let key = kit.key(&maya, json!({ "scopes": ["a:read"] }));
    let (former, rotated) = rotated(&kit, &maya);
    let dead = kit.key(&maya, json!({}));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", dead.id)).expect(200);
    moved_to(&kit, &kit.admin, &maya, &team).expect(200);
    let check = |kit: &Kit| {
        for secret in [&key.secret, &former, &rotated.secret] {
            let verdict = kit.verify(secret);
            assert_eq!((&verdict["code"], &verdict["owner"]["id"]), (&json!("valid"), &json!(team)));
            assert_eq!(verdict["owner"]["name"], "Acme");
        }
        assert_eq!(kit.verify(&dead.secret)["code"], "revoked");
    };
    check(&kit);
    assert_eq!(kit.ids(&key.secret, "/v1/teams/me/api-keys").len(), 2);
    assert_eq!(events_of(&kit, &key.id), ["key.transferred", "key.created"]);
    // What happens to the new owner happens to them.
    kit.patch(&kit.admin, &at(&team), &json!({ "name": "Acme Ltd." })).expect(200);
    assert_eq!(kit.verify(&key.secret)["owner"]["name"], "Acme Ltd.");
    kit.patch(&kit.admin, &at(&team), &json!({ "name": "Acme" })).expect(200);
    let kit = kit.restarted();
    check(&kit);
    kit.fill();
    check(&kit);
}

#[test]
fn a_removed_user_leaves_no_way_in_and_their_names_are_free() {
    let kit = Kit::start();
    let made = json!({ "external_id": "maya", "email": "maya@example.com" });
    let maya = kit.post(&kit.admin, "/v1/users", &made).expect(201).str("/data/id").to_owned();
    let (team, session) = (kit.team("Acme"), kit.session(&maya));
    kit.seat(&team, &maya, json!({ "role": "admin" })).expect(201);
    kit.get(&session, "/v1/me").expect(200);
    kit.delete(&kit.admin, &at(&maya)).expect(200);
    kit.get(&session, "/v1/me").fails(401, "unauthenticated");
    assert!(kit.ids_of_members(&kit.admin, &team).is_empty());
    assert!(kit.ids(&kit.admin, "/v1/users").is_empty());
    assert_ne!(kit.post(&kit.admin, "/v1/users", &made).expect(201).str("/data/id"), maya);
    let listed = kit.get(&kit.admin, &format!("/v1/audit-events?subject={maya}&limit=1")).expect(200);
    assert_eq!(listed.json["data"][0]["details"]["before"]["email"], "maya@example.com");
}

#[test]
fn whoever_gets_keys_is_another_owner_who_is_there() {
    let kit = Kit::start();
    let (maya, gone) = (kit.user("maya"), kit.user("gone"));
    let key = kit.key(&maya, json!({}));
    kit.delete(&kit.admin, &at(&gone)).expect(200);
    let events = kit.events();
    for to in [&*maya, &*gone, "instance"] {
        moved_to(&kit, &kit.admin, &maya, to).fails(422, "unprocessable").at("/to");
    }
    moved_to(&kit, &kit.admin, &maya, "somebody").fails(400, "invalid").at("/to");
    for query in ["keys=transfer", "to=usr_x", "keys=revoke&to=usr_x"] {
        kit.delete(&kit.admin, &format!("{}?{query}", at(&maya))).fails(400, "invalid").at("/to");
    }
    kit.delete(&kit.admin, &format!("{}?keys=keep", at(&maya))).fails(400, "invalid").at("/keys");
    assert_eq!((kit.events(), kit.code(&key.secret)), (events, "valid".into()));
}

#[test]
fn moving_keys_needs_the_right_to_write_keys_and_moves_no_more_than_it_could_grant() {
    let kit = Kit::start();
    let people = kit.backend(&["keystead:people:write"]).secret;
    let both = kit.backend(&["keystead:people:write", "keystead:keys:write"]).secret;
    let (maya, heir) = (kit.user("maya"), kit.user("heir"));
    let key = kit.key(&maya, json!({ "scopes": ["keystead:verify"] }));
    let refused = moved_to(&kit, &people, &maya, &heir).fails(403, "forbidden");
    assert!(refused.header("www-authenticate").is_some_and(|text| text.contains("keystead:keys:write")));
    moved_to(&kit, &both, &maya, &heir).fails(403, "forbidden").at("/to");
    assert_eq!(kit.verify(&key.secret)["owner"]["id"], maya);
    kit.patch(&kit.admin, &format!("/v1/api-keys/{}", key.id), &json!({ "scopes": ["a:read"] })).expect(200);
    moved_to(&kit, &both, &maya, &heir).expect(200);
    kit.delete(&people, &at(&heir)).expect(200);
    assert_eq!(kit.code(&key.secret), "revoked");
}

#[test]
fn a_member_removes_a_team_by_permission_and_takes_none_of_its_keys_beyond_what_they_may_grant() {
    let kit = Kit::start();
    let team = |name: &str, seat: Value| {
        let (team, maya) = (kit.team(name), kit.user(name));
        kit.seat(&team, &maya, seat).expect(201);
        (kit.key(&team, json!({ "scopes": ["a:read"] })), kit.session(&maya), team, maya)
    };
    let (_, session, a, _) = team("a", json!({ "permissions": ["$manage_api_keys", "$update_team"] }));
    kit.delete(&session, &at(&a)).fails(403, "forbidden");
    let outside = kit.session(&kit.user("outside"));
    kit.delete(&outside, &at(&a)).fails(404, "not_found");

    let (key, session, b, maya) = team("b", json!({ "permissions": ["$delete_team"] }));
    moved_to(&kit, &session, &b, &maya).fails(404, "not_found");
    kit.delete(&session, &at(&b)).expect(200);
    assert_eq!(kit.code(&key.secret), "revoked");

    let (key, session, c, maya) = team("c", json!({ "permissions": ["$delete_team", "$manage_api_keys"] }));
    moved_to(&kit, &session, &c, &a).fails(422, "unprocessable").at("/to");
    moved_to(&kit, &session, &c, &maya).fails(403, "forbidden").at("/to");
    kit.patch(&kit.admin, &at(&maya), &json!({ "scopes_grantable": ["a:read"] })).expect(200);
    let switch = |body: Value| kit.patch(&kit.admin, "/v1/settings", &body).expect(200);
    moved_to(&kit, &session, &c, &maya).fails(403, "forbidden").at("/to");
    kit.patch(&kit.admin, &at(&c), &json!({ "scopes_grantable": ["a:read"] })).expect(200);
    switch(json!({ "allow_user_api_keys": false }));
    moved_to(&kit, &session, &c, &maya).fails(403, "forbidden");
    switch(json!({ "allow_user_api_keys": true, "allow_never": false }));
    moved_to(&kit, &session, &c, &maya).fails(422, "unprocessable");
    switch(json!({ "allow_never": true }));
    moved_to(&kit, &session, &c, &maya).expect(200);
    assert_eq!(kit.verify(&key.secret)["owner"]["id"], maya);
}

#[test]
fn a_removal_that_fails_leaves_everything_as_it_was() {
    let kit = Kit::start();
    let maya = kit.user("maya");
    let (key, session) = (kit.key(&maya, json!({})), kit.session(&maya));
    kit.run("ALTER TABLE known_networks RENAME TO hidden", Vec::new());
    let (act, id) = (Act::new(Actor::cli(0), START), UserId::parse(&maya).expect("an id"));
    wait(kit.instance.live.keys.remove_user(act, Power::Admin, id, Fate::Revoked)).expect_err("not as a whole");
    kit.run("ALTER TABLE hidden RENAME TO known_networks", Vec::new());
    assert_eq!(kit.code(&key.secret), "valid");
    kit.get(&session, "/v1/me").expect(200);
    kit.delete(&kit.admin, &at(&maya)).expect(200);
    assert_eq!(kit.code(&key.secret), "revoked");
}
