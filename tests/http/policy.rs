//! The operator's switches: what an admin sets holds from the next request on, for people, panels and holders of keys; what the
//! configuration sets stays.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, START, time};
use crate::world::{Issued, keys_of};

const DAY: i64 = 86_400_000;

fn set(kit: &Kit, change: Value) -> Answer {
    kit.patch(&kit.admin, "/v1/settings", &change)
}

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

/// A person in a session, and their id.
fn person(kit: &Kit, name: &str) -> (String, String) {
    let id = kit.user_granting(name, &["a:read", "own:keys:write"]);
    (kit.session(&id), id)
}

#[test]
fn settings_are_shown_with_value_default_and_whether_they_are_pinned() {
    let kit = Kit::with(&[("policy.max_lifetime_days", "365"), ("keys.rotate_after_days", "30")]);
    let shown = kit.get(&kit.admin, "/v1/settings").expect(200);
    assert_eq!(shown.header("etag"), Some("\"1\""));
    assert_eq!(
        shown.json["data"],
        json!({
            "allow_user_api_keys": { "value": true, "default": true, "pinned": false },
            "allow_team_api_keys": { "value": true, "default": true, "pinned": false },
            "max_lifetime_days": { "value": 365, "default": 365, "pinned": true },
            "default_lifetime_days": { "value": 0, "default": 0, "pinned": false },
            "allow_never": { "value": true, "default": true, "pinned": false },
            "rotate_after_days": { "value": 30, "default": 30, "pinned": true },
            "live_keys": { "value": "everyone", "default": "everyone", "pinned": false },
            "leaked_keys": { "value": "revoke", "default": "revoke", "pinned": false },
        })
    );
    let changed = set(&kit, json!({ "allow_never": false, "live_keys": "admins" })).expect(200);
    assert_eq!(changed.header("etag"), Some("\"3\""));
    assert_eq!(changed.json["data"]["allow_never"], json!({ "value": false, "default": true, "pinned": false }));
    assert_eq!(kit.get(&kit.admin, "/v1/settings").json, changed.json);
    set(&kit, json!({ "max_lifetime_days": 366 })).fails(409, "conflict").at("/max_lifetime_days");
    set(&kit, json!({ "max_lifetime_days": 365, "allow_never": true })).expect(200);
    let event = kit.get(&kit.admin, "/v1/audit-events?limit=2").json["data"][1].clone();
    assert_eq!((event["action"].as_str(), event["subject"].as_str()), (Some("settings.changed"), Some("settings")));
    assert_eq!(event["details"]["live_keys"], json!({ "before": "everyone", "after": "admins" }));
}

#[test]
fn people_and_panels_read_what_holds_for_the_keys_they_make() {
    let kit = Kit::start();
    let (session, id) = person(&kit, "maya");
    let panel = kit.post(&kit.admin, &format!("/v1/users/{id}/portal-sessions"), &json!({})).expect(201);
    set(&kit, json!({ "default_lifetime_days": 90, "allow_never": false })).expect(200);
    for caller in [session.as_str(), panel.str("/data/token")] {
        let policy = &kit.get(caller, "/v1/me").expect(200).json["data"]["policy"];
        assert_eq!((&policy["default_lifetime_days"], &policy["allow_never"]), (&json!(90), &json!(false)));
        kit.get(caller, "/v1/settings").fails(403, "forbidden");
    }
    assert_eq!(
        kit.get(&kit.admin, "/v1/me").json["data"]["policy"],
        Value::Null,
        "a key makes what its own scopes say"
    );
}

#[test]
fn only_an_admin_reads_and_only_one_who_gave_the_password_lately_changes_settings() {
    let kit = Kit::start();
    let (member, _) = person(&kit, "maya");
    for caller in [&member, &kit.backend(&["keystead:keys:write"]).secret] {
        kit.get(caller, "/v1/settings").fails(403, "forbidden");
        kit.patch(caller, "/v1/settings", &json!({ "allow_never": false })).fails(403, "forbidden");
    }
    let (admin, id) = person(&kit, "admin");
    kit.run("UPDATE users SET role = 'admin' WHERE id = $1", vec![id]);
    kit.patch(&admin, "/v1/settings", &json!({ "allow_never": false })).expect(200);
    kit.clock.advance_ms(11 * 60_000);
    kit.get(&admin, "/v1/settings").expect(200);
    kit.patch(&admin, "/v1/settings", &json!({ "allow_never": true })).fails(403, "forbidden");
}

#[test]
fn a_change_that_cannot_be_read_or_is_out_of_bounds_changes_nothing() {
    let kit = Kit::start();
    let events = kit.events();
    set(&kit, json!({ "allow_everything": true })).fails(400, "invalid").at("/allow_everything");
    set(&kit, json!({ "allow_never": "yes" })).fails(400, "invalid").at("/allow_never");
    set(&kit, json!({ "live_keys": "nobody" })).fails(400, "invalid").at("/live_keys");
    set(&kit, json!({ "max_lifetime_days": -1 })).fails(400, "invalid").at("/max_lifetime_days");
    set(&kit, json!({ "max_lifetime_days": 36_501 })).fails(422, "unprocessable").at("/max_lifetime_days");
    set(&kit, json!({ "max_lifetime_days": 30, "default_lifetime_days": 31 }))
        .fails(422, "unprocessable")
        .at("/default_lifetime_days");
    let call = Call::new("PATCH", "/v1/settings").bearer(&kit.admin).json(&json!({ "allow_never": false }));
    kit.call(call.clone().header("If-Match", "\"7\"")).fails(412, "precondition_failed");
    assert_eq!(kit.events(), events);
    kit.call(call.header("If-Match", "\"1\"")).expect(200);
    set(&kit, json!({})).expect(200);
    set(&kit, json!({ "allow_never": false })).expect(200);
    assert_eq!(kit.events(), events + 1, "what changes nothing leaves no event");
}

#[test]
fn a_change_of_settings_survives_a_restart() {
    let kit = Kit::start();
    set(&kit, json!({ "max_lifetime_days": 30 })).expect(200);
    let kit = kit.restarted();
    let (maya, id) = person(&kit, "maya");
    kit.try_key(&maya, &id, json!({})).fails(422, "unprocessable");
}

#[test]
fn keys_of_people_and_of_teams_are_switched_off_for_whoever_is_no_admin() {
    let kit = Kit::start();
    let (maya, id) = person(&kit, "maya");
    let holder = kit.key(&id, json!({ "scopes": ["own:keys:write"] }));
    let old = kit.key_by(&maya, &id, json!({ "expires_at": time(START + DAY) }));
    let off = kit.key_by(&maya, &id, json!({ "enabled": false }));
    set(&kit, json!({ "allow_user_api_keys": false })).expect(200);
    for caller in [&maya, &holder.secret] {
        kit.try_key(caller, &id, json!({})).fails(403, "forbidden");
        kit.post(caller, &format!("{}/rotate", path(&old)), &json!({})).fails(403, "forbidden");
        kit.patch(caller, &path(&old), &json!({ "expires_at": time(START + 2 * DAY) })).fails(403, "forbidden");
        kit.patch(caller, &path(&off), &json!({ "enabled": true })).fails(403, "forbidden");
        kit.patch(caller, &path(&old), &json!({ "name": "a name", "enabled": true })).expect(200);
        kit.patch(caller, &path(&old), &json!({ "expires_at": time(START + DAY / 2) })).expect(200);
    }
    assert_eq!(kit.code(&old.secret), "valid", "what is there goes on working");
    kit.key_by(&kit.backend(&["keystead:keys:write"]).secret, &id, json!({}));
    kit.key(&id, json!({}));
    let team = kit.team("Acme");
    kit.run(
        "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, 'admin', '[]', 0)",
        vec![team.clone(), id.clone()],
    );
    kit.key_by(&maya, &team, json!({}));
    set(&kit, json!({ "allow_user_api_keys": true, "allow_team_api_keys": false })).expect(200);
    kit.try_key(&maya, &team, json!({})).fails(403, "forbidden");
    kit.key_by(&maya, &id, json!({}));
}

#[test]
fn a_lifetime_beyond_the_maximum_is_refused_with_the_number_of_days() {
    let kit = Kit::start();
    let (maya, id) = person(&kit, "maya");
    let forever = kit.key_by(&maya, &id, json!({}));
    set(&kit, json!({ "max_lifetime_days": 30 })).expect(200);
    let named = |answer: Answer| {
        let answer = answer.fails(422, "unprocessable").at("/expires_at");
        assert!(answer.str("/error/message").contains("30 days"), "{}", answer.text);
    };
    named(kit.try_key(&maya, &id, json!({})));
    named(kit.try_key(&maya, &id, json!({ "expires_at": time(START + 31 * DAY) })));
    let key = kit.key_by(&maya, &id, json!({ "expires_at": time(START + 30 * DAY) }));
    named(kit.patch(&maya, &path(&key), &json!({ "expires_at": time(START + 31 * DAY) })));
    named(kit.patch(&maya, &path(&key), &json!({ "expires_at": null })));
    named(kit.post(&maya, &format!("{}/rotate", path(&forever)), &json!({})));
    let dated = json!({ "expires_at": time(START + DAY) });
    kit.post(&maya, &format!("{}/rotate", path(&forever)), &dated).expect(200);
    kit.clock.advance_ms(DAY);
    let maya = kit.session(&id);
    kit.patch(&maya, &path(&key), &json!({ "expires_at": time(START + 31 * DAY) })).expect(200);
    kit.key(&id, json!({}));
}

#[test]
fn never_is_refused_where_it_is_switched_off_and_live_keys_where_they_are_for_admins() {
    let kit = Kit::start();
    let (maya, id) = person(&kit, "maya");
    let test = kit.key_by(&maya, &id, json!({ "environment": "test" }));
    set(&kit, json!({ "allow_never": false, "live_keys": "admins" })).expect(200);
    kit.try_key(&maya, &id, json!({ "environment": "test" })).fails(422, "unprocessable").at("/expires_at");
    let dated = |environment: &str| json!({ "environment": environment, "expires_at": time(START + 99 * DAY) });
    kit.try_key(&maya, &id, dated("live")).fails(403, "forbidden").at("/environment");
    kit.key_by(&maya, &id, dated("test"));
    kit.patch(&maya, &path(&test), &json!({ "name": "still changed" })).expect(200);
    kit.patch(&maya, &path(&test), &json!({ "scopes": ["a:read"] })).fails(422, "unprocessable");
    kit.key(&id, json!({}));
}

#[test]
fn the_age_at_which_a_rotation_is_due_changes_for_all_keys_at_once() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    kit.clock.advance_ms(10 * DAY);
    let due = || kit.get(&kit.admin, &path(&key)).expect(200).json["data"]["rotation_due"] == true;
    assert!(!due());
    set(&kit, json!({ "rotate_after_days": 9 })).expect(200);
    assert!(due());
    assert_eq!(
        kit.get(&kit.admin, &keys_of(key.data["owner"]["id"].as_str().expect("an id"))).json["data"][0]["rotation_due"],
        true
    );
}

#[test]
fn a_key_says_why_it_does_not_work() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let why = |key: &Issued| kit.get(&kit.admin, &path(key)).expect(200).json["data"]["why_invalid"].clone();
    let key = kit.key(&owner, json!({ "expires_at": time(START + DAY) }));
    assert_eq!(why(&key), Value::Null);
    kit.patch(&kit.admin, &path(&key), &json!({ "enabled": false })).expect(200);
    assert_eq!(why(&key), "disabled");
    kit.patch(&kit.admin, &path(&key), &json!({ "enabled": true })).expect(200);
    kit.clock.advance_ms(DAY + 1);
    assert_eq!(why(&key), "expired");
    kit.delete(&kit.admin, &path(&key)).expect(200);
    assert_eq!(why(&key), "manually-revoked");
}
