//! Sessions and passwords of somebody who is in: seeing and ending sessions, giving the password again, changing it, and what ends them all.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::Kit;
use crate::world::signing_in;

const PASSWORD: &str = "tall trees by the lake";
const MINUTE: i64 = 60_000;

fn change(kit: &Kit, session: &str, current: &str, new: &str) -> Answer {
    kit.post(session, "/v1/me/password", &json!({ "current_password": current, "new_password": new }))
}

fn confirm(kit: &Kit, session: &str, password: &str) -> Answer {
    kit.post(session, "/v1/sessions/current/confirm", &json!({ "password": password }))
}

fn lives(kit: &Kit, session: &str) -> bool {
    match kit.get(session, "/v1/me").status {
        200 => true,
        401 => false,
        status => panic!("{status}"),
    }
}

#[test]
fn a_person_sees_their_own_sessions_and_which_one_asks() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    kit.person("other@example.com", PASSWORD);
    kit.sign_in("other@example.com", PASSWORD);
    let first = kit.sign_in("maya@example.com", PASSWORD);
    let second = kit.sign_in("maya@example.com", PASSWORD);
    let list = kit.get(&second, "/v1/sessions").expect(200);
    let current: Vec<&Value> =
        list.json["data"].as_array().expect("a list").iter().map(|one| &one["current"]).collect();
    assert_eq!(current, [&json!(true), &json!(false)], "newest first");
    assert!(!list.text.contains(&first) && !list.text.contains(&second));
    assert_eq!(kit.pages(&second, "/v1/sessions", 1).len(), 2);
}

#[test]
fn an_ended_session_is_dead_with_the_answer() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    kit.person("other@example.com", PASSWORD);
    let [a, b, c] = [(); 3].map(|()| kit.sign_in("maya@example.com", PASSWORD));
    let other = kit.sign_in("other@example.com", PASSWORD);
    let id = kit.get(&a, "/v1/me").expect(200).str("/data/session/id").to_owned();
    kit.delete(&other, &format!("/v1/sessions/{id}")).fails(404, "not_found");
    assert!(lives(&kit, &a));
    kit.delete(&b, &format!("/v1/sessions/{id}")).expect(200);
    assert!(!lives(&kit, &a));
    kit.delete(&b, &format!("/v1/sessions/{id}")).fails(404, "not_found");

    let out = kit.delete(&b, "/v1/sessions/current").expect(200);
    assert!(out.cookie().starts_with("keystead=; ") && out.cookie().contains("Max-Age=0"), "{}", out.cookie());
    assert!(!lives(&kit, &b) && lives(&kit, &c) && lives(&kit, &other));
    kit.delete(&b, "/v1/sessions/current").fails(401, "unauthenticated");
}

#[test]
fn a_new_sign_in_takes_the_place_of_the_session_in_the_same_browser() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    kit.person("other@example.com", PASSWORD);
    let (first, elsewhere) = (kit.sign_in("maya@example.com", PASSWORD), kit.sign_in("maya@example.com", PASSWORD));
    let again = |email: &str, password: &str, session: &str| {
        kit.call(signing_in(email, password).header("Cookie", &format!("keystead={session}")))
    };
    again("maya@example.com", "not the password", &first).fails(401, "unauthenticated");
    assert!(lives(&kit, &first), "nobody has come in its place");
    let second = again("maya@example.com", PASSWORD, &first).expect(201).session();
    let third = again("other@example.com", PASSWORD, &second).expect(201).session();
    assert_eq!([&first, &second, &third, &elsewhere].map(|one| lives(&kit, one)), [false, false, true, true]);
}

#[test]
fn all_others_end_at_once_and_the_one_that_asks_stays() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    kit.person("other@example.com", PASSWORD);
    let [a, b, c] = [(); 3].map(|()| kit.sign_in("maya@example.com", PASSWORD));
    let other = kit.sign_in("other@example.com", PASSWORD);
    kit.delete(&b, "/v1/sessions").expect(200);
    assert_eq!([&a, &b, &c, &other].map(|one| lives(&kit, one)), [false, true, false, true]);
}

#[test]
fn a_change_without_the_header_of_our_pages_is_refused() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    let session = kit.sign_in("maya@example.com", PASSWORD);
    for (method, path) in [("DELETE", "/v1/sessions"), ("DELETE", "/v1/sessions/current"), ("POST", "/v1/me/password")]
    {
        let call = Call::new(method, path).header("Cookie", &format!("keystead={session}"));
        kit.call(call.json(&json!({}))).fails(403, "forbidden");
    }
    assert!(lives(&kit, &session));
}

#[test]
fn a_confirmed_password_gives_a_new_token_and_ends_the_old_one() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let before = kit.sign_in("maya@example.com", PASSWORD);
    let id = kit.get(&before, "/v1/me").expect(200).str("/data/session/id").to_owned();
    kit.clock.advance_ms(11 * MINUTE);
    assert_eq!(kit.get(&before, "/v1/me").json["data"]["session"]["confirmed"], false);
    confirm(&kit, &before, "not the password").fails(403, "forbidden").at("/password");
    assert!(lives(&kit, &before));
    let answer = confirm(&kit, &before, PASSWORD).expect(200);
    assert_eq!((answer.str("/data/session/id"), answer.str("/data/user/id")), (id.as_str(), maya.as_str()));
    let after = answer.session();
    assert!(!lives(&kit, &before) && lives(&kit, &after));
    assert_eq!(kit.get(&after, "/v1/me").json["data"]["session"]["confirmed"], true);
}

#[test]
fn a_new_password_ends_every_other_session_and_replaces_the_own_token() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let [a, b, c] = [(); 3].map(|()| kit.sign_in("maya@example.com", PASSWORD));
    let new = "shorter hedges, longer walks";
    let changed = change(&kit, &b, PASSWORD, new).expect(200).session();
    assert_eq!([&a, &b, &c, &changed].map(|one| lives(&kit, one)), [false, false, false, true]);
    kit.try_sign_in("maya@example.com", PASSWORD).fails(401, "unauthenticated");
    kit.sign_in("maya@example.com", new);
    let events = kit.get(&kit.admin, "/v1/audit-events?action=password.changed").expect(200);
    assert_eq!(events.str("/data/0/subject"), maya);
    assert_eq!(events.str("/data/0/actor"), format!("person:{maya}"));
    assert_eq!(events.json["data"][0]["details"], json!({ "sessions_ended": 2 }));
}

#[test]
fn a_password_changes_only_with_the_current_one_and_to_a_good_one() {
    let kit = Kit::start();
    kit.person("maya.lindqvist@example.com", PASSWORD);
    let session = kit.sign_in("maya.lindqvist@example.com", PASSWORD);
    change(&kit, &session, "not the password", "shorter hedges, longer walks")
        .fails(403, "forbidden")
        .at("/current_password");
    for bad in ["short", "password", "Keystead1", "Lindqvist2027", &"x".repeat(1025)] {
        change(&kit, &session, PASSWORD, bad).fails(422, "unprocessable").at("/new_password");
    }
    assert!(lives(&kit, &session), "nothing has changed");
    change(&kit, &session, PASSWORD, &"🔑".repeat(64)).expect(200);
}

#[test]
fn suspension_ends_every_session_with_the_answer() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let session = kit.sign_in("maya@example.com", PASSWORD);
    kit.suspend(&maya);
    assert!(!lives(&kit, &session));
    kit.try_sign_in("maya@example.com", PASSWORD).fails(401, "unauthenticated");
}

#[test]
fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let kit = Kit::with(&[("sign_in.idle_timeout_min", "60"), ("sign_in.absolute_timeout_min", "240")]);
    kit.person("maya@example.com", PASSWORD);
    let (idle, busy) = (kit.sign_in("maya@example.com", PASSWORD), kit.sign_in("maya@example.com", PASSWORD));
    for _ in 0..7 {
        kit.clock.advance_ms(30 * MINUTE);
        assert!(lives(&kit, &busy));
    }
    assert!(!lives(&kit, &idle));
    assert_eq!(kit.ids(&busy, "/v1/sessions").len(), 1, "only what lives is listed");
    kit.clock.advance_ms(30 * MINUTE);
    assert!(!lives(&kit, &busy), "four hours are over");
}

#[test]
fn an_admin_ends_the_sessions_of_anybody_and_a_backend_those_of_members() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let boss = kit.admin_person("boss@example.com", PASSWORD);
    let backend = kit.backend(&["keystead:people:write"]).secret;
    let admin = kit.sign_in("boss@example.com", PASSWORD);
    for caller in [&backend, &admin, &kit.admin] {
        let session = kit.sign_in("maya@example.com", PASSWORD);
        kit.delete(caller, &format!("/v1/users/{maya}/sessions")).expect(200);
        assert!(!lives(&kit, &session));
    }
    kit.delete(&backend, &format!("/v1/users/{boss}/sessions")).fails(403, "forbidden");
    let member = kit.sign_in("maya@example.com", PASSWORD);
    kit.delete(&member, &format!("/v1/users/{boss}/sessions")).fails(403, "forbidden");
    assert!(lives(&kit, &admin));
}

#[test]
fn a_key_and_a_panel_have_no_sessions_and_no_password() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let panel = kit.panel(&maya, &json!({}));
    for caller in [&kit.admin, &kit.key(&maya, json!({})).secret, &panel] {
        kit.get(caller, "/v1/sessions").fails(403, "forbidden");
        kit.delete(caller, "/v1/sessions").fails(403, "forbidden");
        change(&kit, caller, PASSWORD, "shorter hedges, longer walks").fails(403, "forbidden");
        confirm(&kit, caller, PASSWORD).fails(403, "forbidden");
    }
}

#[test]
fn a_person_changes_their_name_and_after_confirming_their_e_mail() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    kit.person("other@example.com", PASSWORD);
    let boss = kit.admin_person("boss@example.com", PASSWORD);
    for (id, email, new) in
        [(&maya, "maya@example.com", "may@example.com"), (&boss, "boss@example.com", "top@example.com")]
    {
        let session = kit.sign_in(email, PASSWORD);
        kit.clock.advance_ms(11 * MINUTE);
        let renamed = kit.patch(&session, "/v1/me", &json!({ "name": "New name" })).expect(200);
        assert_eq!((renamed.str("/data/id"), renamed.str("/data/name")), (id.as_str(), "New name"));
        kit.patch(&session, "/v1/me", &json!({ "email": new })).fails(403, "forbidden").at("/email");
        let session = confirm(&kit, &session, PASSWORD).expect(200).session();
        kit.patch(&session, "/v1/me", &json!({ "email": "OTHER@example.com" })).fails(409, "conflict").at("/email");
        kit.patch(&session, "/v1/me", &json!({ "email": "no e-mail" })).fails(422, "unprocessable").at("/email");
        kit.patch(&session, "/v1/me", &json!({ "role": "admin" })).fails(400, "invalid").at("/role");
        kit.patch(&session, "/v1/me", &json!({ "email": new })).expect(200);
        kit.try_sign_in(email, PASSWORD).fails(401, "unauthenticated");
        kit.sign_in(new, PASSWORD);
    }
    let key = kit.key(&maya, json!({}));
    assert_eq!(kit.verify(&key.secret)["owner"]["name"], "New name", "what verifications show is the new name");
    kit.patch(&key.secret, "/v1/me", &json!({ "name": "x" })).fails(403, "forbidden");
}
