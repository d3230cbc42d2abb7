//! Links by which people set a password: who makes them, what they open, and that each works once.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY};
use crate::second_factor;
use crate::world::at;

const PASSWORD: &str = "tall trees by the lake";
const OTHER: &str = "low hedges on the hill";

fn make(kit: &Kit, caller: &str, user: &str, body: Value) -> Answer {
    kit.post(caller, &format!("/v1/users/{user}/invitations"), &body)
}

fn accept(kit: &Kit, body: Value) -> Answer {
    kit.call(Call::new("POST", "/v1/invitations/accept").ours().json(&body))
}

fn with(token: &str, password: &str) -> Value {
    json!({ "token": token, "password": password })
}

fn status(kit: &Kit, user: &str) -> String {
    kit.get(&kit.admin, &at(user)).expect(200).str("/data/status").to_owned()
}

#[test]
fn an_invited_person_sets_a_password_is_in_and_signs_in_with_it_from_then_on() {
    let kit = Kit::start();
    let maya = kit.mailed("maya@example.com");
    let key = kit.key(&maya, json!({}));
    let made = make(&kit, &kit.admin, &maya, json!({})).expect(201);
    let prefix = format!("http://{}/invitation#token=inv_", kit.address);
    assert!(made.str("/data/url").starts_with(&prefix), "{}", made.text);
    assert_eq!(made.str("/data/expires_at"), "2027-01-22T08:00:00.000Z", "seven days");
    assert_eq!((status(&kit, &maya), kit.code(&key.secret)), ("invited".into(), "valid".into()));
    let token = made.str("/data/url").rsplit('=').next().expect("a token").to_owned();
    assert_eq!(token.len(), "inv_".len() + 43, "256 bits");
    let accepted = accept(&kit, json!({ "token": token, "password": PASSWORD, "name": "Maya" })).expect(201);
    assert_eq!((accepted.str("/data/user/status"), accepted.str("/data/user/name")), ("active", "Maya"));
    assert_eq!(kit.get(&accepted.session(), "/v1/me").expect(200).str("/data/user/id"), maya);
    assert_eq!(kit.verify(&key.secret)["owner"]["name"], "Maya", "and their keys bear the new name");
    kit.sign_in("maya@example.com", PASSWORD);
    let listed =
        kit.get(&kit.admin, &format!("/v1/audit-events?subject={maya}&action=invitation.accepted")).expect(200);
    let event = &listed.json["data"][0];
    assert_eq!(
        (&event["actor"], &event["details"]["before"]["status"]),
        (&json!(format!("person:{maya}")), &json!("invited"))
    );
    assert_eq!(event["details"]["after"], json!({ "status": "active", "name": "Maya" }));
}

#[test]
fn a_link_that_was_used_ended_or_never_made_is_answered_alike_and_changes_nothing() {
    let kit = Kit::start();
    let maya = kit.mailed("maya@example.com");
    let former = kit.invite(&maya);
    let used = kit.invite(&maya);
    let session = accept(&kit, with(&used, PASSWORD)).expect(201).session();
    let expired = kit.mailed("expired@example.com");
    let expired = make(&kit, &kit.admin, &expired, json!({ "expires_in_s": 60 })).expect(201);
    let expired = expired.str("/data/url").rsplit('=').next().expect("a token").to_owned();
    let (gone, suspended) = (kit.mailed("gone@example.com"), kit.mailed("suspended@example.com"));
    let (of_gone, of_suspended) = (kit.invite(&gone), kit.invite(&suspended));
    kit.delete(&kit.admin, &at(&gone)).expect(200);
    kit.suspend(&suspended);
    kit.patch(&kit.admin, &at(&suspended), &json!({ "status": "active" })).expect(200);
    let password = kit.mailed("password@example.com");
    let session_of = accept(&kit, with(&kit.invite(&password), PASSWORD)).expect(201).session();
    let of_password = kit.invite(&password);
    let change = json!({ "current_password": PASSWORD, "new_password": OTHER });
    kit.post(&session_of, "/v1/me/password", &change).expect(200);
    kit.clock.advance_ms(60_000);
    let (events, hashes) = (kit.events(), kit.instance.live.people.hashes_computed());
    let mut said = Vec::new();
    for token in [&*former, &used, &expired, &of_gone, &of_suspended, &of_password, "inv_unknown", "", &session] {
        let answer = accept(&kit, with(token, OTHER)).fails(422, "unprocessable").at("/token");
        assert!(answer.header("set-cookie").is_none());
        said.push(answer.str("/error/message").to_owned());
    }
    said.dedup();
    assert_eq!(said.len(), 1, "one text for all of them");
    assert_eq!((kit.events(), kit.instance.live.people.hashes_computed()), (events, hashes), "and no work is done");
    kit.sign_in("maya@example.com", PASSWORD);
}

#[test]
fn a_link_outlives_a_password_that_is_refused() {
    let kit = Kit::start();
    let maya = kit.mailed("maya.lindqvist@example.com");
    let token = kit.invite(&maya);
    for bad in ["short", "password", "maya.lindqvist@example.com", &"x".repeat(1025)] {
        accept(&kit, with(&token, bad)).fails(422, "unprocessable").at("/password");
    }
    accept(&kit, json!({ "token": token, "password": PASSWORD, "name": "a\nb" }))
        .fails(422, "unprocessable")
        .at("/name");
    accept(&kit, json!({ "token": token, "password": PASSWORD, "role": "admin" })).fails(400, "invalid").at("/role");
    assert_eq!(status(&kit, &maya), "invited");
    accept(&kit, with(&token, PASSWORD)).expect(201);
}

#[test]
fn a_link_for_somebody_with_a_password_replaces_it_and_ends_their_sessions() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let before = kit.sign_in("maya@example.com", PASSWORD);
    let token = kit.invite(&maya);
    assert_eq!(status(&kit, &maya), "active", "nothing changes before it is accepted");
    kit.get(&before, "/v1/me").expect(200);
    let after = accept(&kit, with(&token, OTHER)).expect(201).session();
    kit.get(&before, "/v1/me").fails(401, "unauthenticated");
    kit.get(&after, "/v1/me").expect(200);
    kit.try_sign_in("maya@example.com", PASSWORD).fails(401, "unauthenticated");
    kit.sign_in("maya@example.com", OTHER);
}

#[test]
fn whoever_accepts_in_a_browser_that_has_a_session_leaves_that_session() {
    let kit = Kit::start();
    let (maya, other) = (kit.mailed("maya@example.com"), kit.mailed("other@example.com"));
    let (here, elsewhere) = (kit.session(&other), kit.session(&other));
    let call = Call::new("POST", "/v1/invitations/accept").bearer(&here).json(&with(&kit.invite(&maya), PASSWORD));
    assert_eq!(kit.call(call).expect(201).str("/data/user/id"), maya);
    kit.get(&here, "/v1/me").fails(401, "unauthenticated");
    kit.get(&elsewhere, "/v1/me").expect(200);
}

#[test]
fn a_link_does_not_stand_in_for_a_second_factor() {
    let kit = Kit::start();
    let person = second_factor::enrol(&kit, &kit.person("maya@example.com", PASSWORD));
    let token = kit.invite(&person.id);
    let none = accept(&kit, with(&token, OTHER)).at("/code");
    assert!(none.status == 401 && none.header("set-cookie").is_none(), "{}", none.text);
    assert!(!none.str("/error/message").contains("password is right"), "{}", none.text);
    accept(&kit, json!({ "token": token, "password": OTHER, "code": second_factor::code(&kit, &person.secret, 40) }))
        .expect(401)
        .at("/code");
    assert_eq!(kit.number("SELECT failures FROM second_factors"), 1, "and it is counted");
    let code = second_factor::code(&kit, &person.secret, 0);
    accept(&kit, json!({ "token": token, "password": OTHER, "code": code })).expect(201);
}

#[test]
fn who_makes_a_link_for_whom() {
    let kit = Kit::start();
    let (maya, chief) = (kit.mailed("maya@example.com"), kit.admin_person("chief@example.com", PASSWORD));
    let backend = kit.backend(&["keystead:people:write"]).secret;
    make(&kit, &kit.session(&maya), &maya, json!({})).fails(403, "forbidden");
    make(&kit, &backend, &maya, json!({})).expect(201);
    make(&kit, &backend, &chief, json!({})).fails(403, "forbidden");
    let admin = kit.session(&chief);
    make(&kit, &admin, &chief, json!({})).expect(201);
    kit.clock.advance_ms(11 * 60 * 1000);
    make(&kit, &admin, &chief, json!({})).fails(403, "forbidden");
    make(&kit, &admin, &maya, json!({})).expect(201);
    for seconds in [0, 59, 30 * 86_400 + 1, -1] {
        make(&kit, &backend, &maya, json!({ "expires_in_s": seconds })).fails(422, "unprocessable").at("/expires_in_s");
    }
    make(&kit, &backend, &maya, json!({ "expires_in_s": 30 * 86_400 })).expect(201);
    make(&kit, &backend, &kit.user("without an e-mail"), json!({})).fails(409, "conflict");
    let suspended = kit.mailed("suspended@example.com");
    kit.suspend(&suspended);
    make(&kit, &backend, &suspended, json!({})).fails(409, "conflict");
    make(&kit, &backend, &kit.team("Acme").replace("team_", "usr_"), json!({})).fails(404, "not_found");
    assert_eq!(kit.number("SELECT COUNT(*) FROM invitations"), 2, "one a person at most");
}

#[test]
fn a_link_made_for_a_member_is_void_when_they_become_an_admin() {
    let kit = Kit::start();
    let maya = kit.mailed("maya@example.com");
    let token = kit.invite(&maya);
    kit.patch(&kit.admin, &at(&maya), &json!({ "role": "admin" })).expect(200);
    accept(&kit, with(&token, PASSWORD)).fails(422, "unprocessable").at("/token");
}

#[test]
fn a_link_is_made_from_the_servers_own_address_and_accepted_by_its_own_pages_only() {
    let kit = Kit::with(&[("http.public_url", "https://keys.example.com/")]);
    let maya = kit.mailed("maya@example.com");
    let forged = Call::new("POST", &format!("/v1/users/{maya}/invitations")).bearer(&kit.admin).json(&json!({}));
    let forged = forged.header("X-Forwarded-Host", "evil.example").header("Forwarded", "host=evil.example");
    let made = kit.call(forged.header("Origin", "https://evil.example")).expect(201);
    let url = made.str("/data/url").to_owned();
    assert!(url.starts_with("https://keys.example.com/invitation#token=inv_"), "{url}");
    let body = with(url.rsplit('=').next().expect("a token"), PASSWORD);
    let call = || Call::new("POST", "/v1/invitations/accept").json(&body);
    kit.call(call().ours()).fails(421, "misdirected");
    let own = || call().header("Host", "keys.example.com");
    kit.call(own()).fails(403, "forbidden");
    kit.call(own().ours().header("Origin", "https://evil.example")).fails(403, "forbidden");
    kit.call(own().ours().header("Sec-Fetch-Site", "cross-site")).fails(403, "forbidden");
    let accepted = kit.call(own().ours().header("Origin", "https://keys.example.com")).expect(201);
    assert!(accepted.header("set-cookie").is_some_and(|cookie| cookie.starts_with("__Host-keystead=ses_")));
}

#[test]
fn a_link_is_kept_as_a_digest_shown_once_and_told_to_nobody_else() {
    let kit = Kit::start();
    let maya = kit.mailed("maya@example.com");
    let body = json!({});
    let call = || {
        let call = Call::new("POST", &format!("/v1/users/{maya}/invitations")).bearer(&kit.admin);
        call.header("Idempotency-Key", "once").json(&body)
    };
    let made = kit.call(call()).expect(201);
    let token = made.str("/data/url").rsplit('=').next().expect("a token").to_owned();
    kit.call(call()).fails(409, "conflict");
    let events = kit.get(&kit.admin, "/v1/audit-events").expect(200);
    assert!(!events.text.contains(&token[4..]));
    drop(kit.post(NOBODY, "/v1/invitations/accept", &with(&token, PASSWORD)).fails(403, "forbidden"));
    let database = std::fs::read(kit.data_dir().join("keystead.db")).expect("the database");
    let log = std::fs::read(kit.data_dir().join("keystead.db-wal")).unwrap_or_default();
    let needle = &token.as_bytes()[4..];
    assert!(![database, log].iter().any(|bytes| bytes.windows(needle.len()).any(|window| window == needle)));
    accept(&kit, with(&token, PASSWORD)).expect(201);
}

#[test]
fn of_two_who_use_a_link_at_once_one_is_in() {
    let kit = Kit::with(&[("http.workers", "2")]);
    let maya = kit.mailed("maya@example.com");
    let token = kit.invite(&maya);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let run = |password: &'static str| {
            let (kit, token) = (&kit, &token);
            scope.spawn(move || accept(kit, with(token, password)).status)
        };
        [run(PASSWORD), run(OTHER)].map(|thread| thread.join().expect("an answer")).into()
    });
    assert!(statuses.contains(&201) && statuses.contains(&422), "{statuses:?}");
    assert_eq!(kit.number("SELECT COUNT(*) FROM sessions"), 1);
}
