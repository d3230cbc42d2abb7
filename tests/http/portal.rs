//! Embedded panels: who opens one and for whom, what its token and its code are good for, and how either ends. What pages of other sites
//! may do with it is in `cors`.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, START, time};
use crate::world::{at, keys_of};

const SECOND: i64 = 1_000;

impl Kit {
    /// A new panel of this user, by the admin.
    pub fn open_panel(&self, user: &str, settings: &Value) -> Answer {
        self.post(&self.admin, &format!("{}/portal-sessions", at(user)), settings)
    }

    /// Its token.
    pub fn panel(&self, user: &str, settings: &Value) -> String {
        self.open_panel(user, settings).expect(201).str("/data/token").to_owned()
    }

    /// A panel of a person who is in the team with these permissions.
    pub fn team_panel(&self, user: &str, team: &str, permissions: &[&str]) -> String {
        self.join(team, user, permissions);
        self.panel(user, &json!({ "team_id": team }))
    }

    /// Puts a person into a team, behind the server's back.
    pub fn join(&self, team: &str, user: &str, permissions: &[&str]) {
        self.run(
            "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, 'member', $3, 0)",
            vec![team.into(), user.into(), json!(permissions).to_string()],
        );
    }

    fn exchange(&self, code: &str) -> Answer {
        self.post(NOBODY, "/v1/portal-sessions/exchange", &json!({ "code": code }))
    }

    fn make_admin(&self, user: &str) {
        self.run("UPDATE users SET role = 'admin' WHERE id = $1", vec![user.into()]);
    }
}

/// The code in a panel's link.
pub fn code(opened: &Answer) -> String {
    opened.str("/data/url").rsplit('/').next().expect("a path").to_owned()
}

#[test]
fn a_panel_manages_its_users_keys_and_nobody_elses() {
    let kit = Kit::start();
    let (user, other, team) = (kit.user("maya"), kit.user("other"), kit.team("Acme"));
    kit.join(&team, &user, &["$manage_api_keys"]);
    let panel = kit.panel(&user, &json!({}));
    let me = kit.get(&panel, "/v1/me").expect(200);
    assert_eq!((me.str("/data/type"), me.str("/data/user/id")), ("panel", &*user));

    let made = kit.try_key(&panel, &user, json!({})).expect(201);
    let (id, path) = (made.str("/data/id").to_owned(), format!("/v1/api-keys/{}", made.str("/data/id")));
    assert_eq!(made.str("/data/created_by"), format!("panel:{user}"));
    assert_eq!(kit.ids(&panel, &keys_of("me")), std::slice::from_ref(&id));
    assert_eq!(kit.ids(&panel, "/v1/api-keys"), std::slice::from_ref(&id));
    kit.patch(&panel, &path, &json!({ "description": "changed" })).expect(200);
    kit.post(&panel, &format!("{path}/rotate"), &json!({})).expect(200);
    kit.delete(&panel, &path).expect(200);

    for owner in [&other, &team] {
        let theirs = kit.key(owner, json!({}));
        let path = format!("/v1/api-keys/{}", theirs.id);
        kit.get(&panel, &path).fails(404, "not_found");
        kit.patch(&panel, &path, &json!({ "description": "mine" })).fails(404, "not_found");
        kit.post(&panel, &format!("{path}/rotate"), &json!({})).fails(404, "not_found");
        kit.delete(&panel, &path).fails(404, "not_found");
        kit.get(&panel, &keys_of(owner)).fails(404, "not_found");
        kit.try_key(&panel, owner, json!({})).fails(404, "not_found");
        kit.get(&panel, &at(owner)).fails(404, "not_found");
        assert_eq!(kit.code(&theirs.secret), "valid");
    }
}

#[test]
fn a_panel_reaches_no_people_no_audit_no_verification_and_opens_no_other_panel() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let panel = kit.panel(&user, &json!({}));
    let events = kit.events();
    for path in ["/v1/users", "/v1/teams", "/v1/audit-events", "/v1/audit-events/verify"] {
        kit.get(&panel, path).fails(403, "forbidden");
    }
    kit.post(&panel, "/v1/users", &json!({ "external_id": "x" })).fails(403, "forbidden");
    kit.post(&panel, "/v1/teams", &json!({ "name": "x" })).fails(403, "forbidden");
    kit.patch(&panel, &at(&user), &json!({ "name": "x" })).fails(403, "forbidden");
    kit.post(&panel, "/v1/api-keys/verify", &json!({ "key": kit.admin })).fails(403, "forbidden");
    kit.post(&panel, &format!("{}/portal-sessions", at(&user)), &json!({})).fails(403, "forbidden");
    assert_eq!(kit.events(), events);
}

#[test]
fn with_a_team_a_panel_manages_its_keys_exactly_as_long_as_the_user_may() {
    let kit = Kit::start();
    let (user, team, elsewhere) = (kit.user("maya"), kit.team("Acme"), kit.team("Elsewhere"));
    kit.join(&elsewhere, &user, &["$manage_api_keys"]);
    let (of_team, foreign) = (kit.key(&team, json!({})), kit.key(&elsewhere, json!({})));
    let path = format!("/v1/api-keys/{}", of_team.id);
    let panel = kit.team_panel(&user, &team, &["$manage_api_keys"]);
    kit.get(&panel, &path).expect(200);
    kit.try_key(&panel, &team, json!({})).expect(201);
    kit.get(&panel, &format!("/v1/api-keys/{}", foreign.id)).fails(404, "not_found");

    kit.run("UPDATE memberships SET permissions = '[\"$read_members\"]' WHERE team_id = $1", vec![team.clone()]);
    kit.get(&panel, &path).fails(404, "not_found");
    kit.try_key(&panel, &team, json!({})).fails(404, "not_found");
    kit.run("UPDATE memberships SET role = 'admin' WHERE team_id = $1", vec![team.clone()]);
    kit.get(&panel, &path).expect(200);
    kit.run("DELETE FROM memberships WHERE team_id = $1", vec![team.clone()]);
    kit.get(&panel, &path).fails(404, "not_found");
    kit.get(&panel, &at(&team)).fails(404, "not_found");
    kit.get(&panel, &keys_of("me")).expect(200);
}

#[test]
fn a_panel_lives_as_long_as_it_was_given_and_not_a_moment_longer() {
    let kit = Kit::start();
    let user = kit.user("maya");
    for (given, seconds) in
        [(json!({}), 900), (json!({ "expires_in_s": 60 }), 60), (json!({ "expires_in_s": 3600 }), 3600)]
    {
        let now = kit.clock.now_ms();
        let opened = kit.open_panel(&user, &given).expect(201);
        assert_eq!(opened.str("/data/expires_at"), time(now + seconds * SECOND));
        let token = opened.str("/data/token");
        kit.clock.advance_ms(seconds * SECOND - 1);
        kit.get(token, "/v1/me").expect(200);
        kit.clock.advance_ms(1);
        kit.get(token, "/v1/me").fails(401, "unauthenticated");
    }
    for wrong in [59, 0, -1, 3601, i64::MAX] {
        kit.open_panel(&user, &json!({ "expires_in_s": wrong })).fails(422, "unprocessable").at("/expires_in_s");
    }
}

#[test]
fn whoever_is_suspended_removed_invited_or_made_admin_meanwhile_has_no_panel_on_the_next_request() {
    let kit = Kit::start();
    let spoil = |sql: &'static str| {
        let user = kit.user(sql);
        let panel = kit.panel(&user, &json!({}));
        kit.get(&panel, "/v1/me").expect(200);
        kit.run(sql, vec![user.clone()]);
        kit.get(&panel, "/v1/me").fails(401, "unauthenticated");
        kit.get(&panel, &keys_of(&user)).fails(401, "unauthenticated");
        kit.open_panel(&user, &json!({}))
    };
    spoil("UPDATE owners SET status = 'suspended' WHERE id = $1").fails(422, "unprocessable");
    spoil("UPDATE owners SET status = 'invited' WHERE id = $1").fails(422, "unprocessable");
    spoil("UPDATE owners SET removed_at = 1 WHERE id = $1").fails(404, "not_found");
    spoil("UPDATE users SET role = 'admin' WHERE id = $1").fails(403, "forbidden");
}

#[test]
fn a_code_works_once_and_gives_the_panel_a_new_token_in_the_place_of_the_first() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let opened = kit.open_panel(&user, &json!({ "expires_in_s": 600 })).expect(201);
    assert!(opened.str("/data/url").starts_with(&format!("http://{}/portal/", kit.address)));
    kit.clock.advance_ms(60 * SECOND - 1);
    let exchanged = kit.exchange(&code(&opened)).expect(200);
    assert_eq!(exchanged.str("/data/expires_at"), opened.str("/data/expires_at"), "the same panel");
    let token = exchanged.str("/data/token");
    assert_eq!(kit.get(token, "/v1/me").expect(200).str("/data/user/id"), user);
    kit.get(opened.str("/data/token"), "/v1/me").fails(401, "unauthenticated");
    kit.exchange(&code(&opened)).fails(422, "unprocessable").at("/code");
    kit.get(token, "/v1/me").expect(200);
}

#[test]
fn a_code_is_dead_after_a_minute_and_with_its_panel() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let late = kit.open_panel(&user, &json!({})).expect(201);
    kit.clock.advance_ms(60 * SECOND);
    kit.exchange(&code(&late)).fails(422, "unprocessable").at("/code");
    kit.get(late.str("/data/token"), "/v1/me").expect(200);
    let ended = kit.open_panel(&user, &json!({})).expect(201);
    kit.delete(ended.str("/data/token"), "/v1/portal-sessions/current").expect(200);
    kit.exchange(&code(&ended)).fails(422, "unprocessable").at("/code");
    for never in ["", "x", ended.str("/data/token")] {
        kit.exchange(never).fails(422, "unprocessable").at("/code");
    }
}

#[test]
fn what_is_exchanged_by_somebody_who_lost_their_rights_is_worth_nothing() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let opened = kit.open_panel(&user, &json!({})).expect(201);
    kit.make_admin(&user);
    let token = kit.exchange(&code(&opened)).expect(200).str("/data/token").to_owned();
    kit.get(&token, "/v1/me").fails(401, "unauthenticated");
}

#[test]
fn a_code_is_exchanged_by_our_own_page_or_by_a_program_and_by_no_page_of_another_site() {
    let kit = Kit::start();
    let opened = kit.open_panel(&kit.user("maya"), &json!({ "allowed_origin": "https://app.example.com" })).expect(201);
    let call = || Call::new("POST", "/v1/portal-sessions/exchange").json(&json!({ "code": code(&opened) }));
    for (name, value) in [("Origin", "https://app.example.com"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
        let refused = kit.call(call().header(name, value)).fails(403, "forbidden");
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    let own = format!("http://{}", kit.address);
    kit.call(call().header("Origin", &own).header("Sec-Fetch-Site", "same-origin")).expect(200);
}

#[test]
fn a_code_is_not_exchanged_under_a_name_that_is_not_ours() {
    let kit = Kit::with(&[("http.public_url", "https://keys.example.com")]);
    let opened = kit.open_panel(&kit.user("maya"), &json!({})).expect(201);
    assert!(opened.str("/data/url").starts_with("https://keys.example.com/portal/"));
    kit.exchange(&code(&opened)).fails(421, "misdirected");
    let call = Call::new("POST", "/v1/portal-sessions/exchange").json(&json!({ "code": code(&opened) }));
    kit.call(call.header("Host", "keys.example.com")).expect(200);
}

#[test]
fn a_panel_ends_itself_and_nobody_else_ends_it() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let (one, two, session) = (kit.panel(&user, &json!({})), kit.panel(&user, &json!({})), kit.session(&user));
    for caller in [&kit.admin, &session] {
        kit.delete(caller, "/v1/portal-sessions/current").fails(403, "forbidden");
    }
    kit.delete(&one, "/v1/portal-sessions/current").expect(200);
    kit.get(&one, "/v1/me").fails(401, "unauthenticated");
    kit.delete(&one, "/v1/portal-sessions/current").fails(401, "unauthenticated");
    kit.get(&two, "/v1/me").expect(200);
}

#[test]
fn scopes_of_a_panel_narrow_what_the_owner_may_grant_and_never_widen_it() {
    let kit = Kit::start();
    let user = kit.user_granting("maya", &["a:read", "b:read"]);
    let scoped = |panel: &str, scope: &str| kit.try_key(panel, &user, json!({ "scopes": [scope] })).status;
    let all = kit.panel(&user, &json!({}));
    let some = kit.panel(&user, &json!({ "scopes": ["a:read", "c:read"] }));
    let none = kit.panel(&user, &json!({ "scopes": [] }));
    assert_eq!([scoped(&all, "a:read"), scoped(&all, "b:read"), scoped(&all, "c:read")], [201, 201, 403]);
    assert_eq!([scoped(&some, "a:read"), scoped(&some, "b:read"), scoped(&some, "c:read")], [201, 403, 403]);
    assert_eq!([scoped(&none, "a:read"), scoped(&none, "b:read"), scoped(&none, "c:read")], [403, 403, 403]);
    for wrong in ["keystead:verify", "keystead:nonsense", "a b"] {
        let body = json!({ "scopes": [wrong] });
        let refused = kit.open_panel(&user, &body).fails(422, "unprocessable");
        assert!(refused.str("/error/field").starts_with("/scopes"), "{}", refused.text);
    }
}

#[test]
fn only_a_backend_for_it_or_an_admin_who_has_just_proved_themselves_opens_panels() {
    let kit = Kit::start();
    let (user, other, boss) = (kit.user("maya"), kit.user("other"), kit.user("boss"));
    kit.make_admin(&boss);
    let path = format!("{}/portal-sessions", at(&user));
    let (own_session, own_key) = (kit.session(&user), kit.key(&user, json!({ "scopes": ["own:keys:write"] })).secret);
    for caller in [&own_session, &kit.session(&other), &own_key, &kit.backend(&["keystead:keys:write"]).secret] {
        kit.post(caller, &path, &json!({})).fails(403, "forbidden");
    }
    kit.post(NOBODY, &path, &json!({})).fails(401, "unauthenticated");
    kit.post(&kit.backend(&["keystead:portal"]).secret, &path, &json!({})).expect(201);
    let boss_session = kit.session(&boss);
    kit.post(&boss_session, &path, &json!({})).expect(201);
    kit.clock.advance_ms(11 * 60 * SECOND);
    kit.post(&boss_session, &path, &json!({})).fails(403, "forbidden");
}

#[test]
fn a_team_that_the_user_is_not_in_gives_no_panel() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    for id in [team.as_str(), "team_01k9zzzzzzzzzzzzzzzzzzzzzz", &user, "nonsense"] {
        kit.open_panel(&user, &json!({ "team_id": id })).fails(422, "unprocessable").at("/team_id");
    }
    kit.open_panel("usr_01k9zzzzzzzzzzzzzzzzzzzzzz", &json!({})).fails(404, "not_found");
    kit.open_panel(&team.replace("team_", "usr_"), &json!({})).fails(404, "not_found");
}

#[test]
fn a_person_has_at_most_a_hundred_living_panels_and_ended_ones_are_forgotten() {
    let kit = Kit::start();
    let (user, other) = (kit.user("maya"), kit.user("other"));
    let theirs = kit.panel(&other, &json!({}));
    let panels: Vec<String> = (0..101).map(|_| kit.panel(&user, &json!({}))).collect();
    kit.get(&panels[0], "/v1/me").fails(401, "unauthenticated");
    for living in [&panels[1], &panels[100], &theirs] {
        kit.get(living, "/v1/me").expect(200);
    }
    let rows = "SELECT COUNT(*) FROM portal_sessions";
    assert_eq!(kit.number(rows), 101);
    kit.clock.advance_ms((900 + 3600) * SECOND);
    kit.tidy();
    assert_eq!(kit.number(rows), 0, "an hour after their end");
}

#[test]
fn what_happens_to_a_panel_is_told_and_neither_token_nor_code_is() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let opened = kit.open_panel(&user, &json!({ "allowed_origin": "https://app.example.com" })).expect(201);
    let token = kit.exchange(&code(&opened)).expect(200).str("/data/token").to_owned();
    let made = kit.try_key(&token, &user, json!({})).expect(201).str("/data/id").to_owned();
    kit.delete(&token, "/v1/portal-sessions/current").expect(200);
    let events = kit.get(&kit.admin, "/v1/audit-events?limit=4").expect(200);
    let told: Vec<(&str, &str)> = events.json["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| (event["action"].as_str().expect("text"), event["actor"].as_str().expect("text")))
        .collect();
    let panel = format!("panel:{user}");
    assert_eq!(told[0], ("portal_session.ended", &*panel));
    assert_eq!(told[1], ("key.created", &*panel));
    assert_eq!(told[2], ("portal_session.exchanged", &*panel));
    assert_eq!(told[3].0, "portal_session.created");
    assert!(told[3].1.starts_with("key:key_"), "{}", told[3].1);
    assert_eq!(events.json["data"][1]["subject"], made);
    assert_eq!(events.json["data"][3]["owner_id"], user);
    assert_eq!(events.json["data"][3]["details"]["allowed_origin"], "https://app.example.com");

    let mut stored = std::fs::read(kit.data_dir().join("keystead.db")).expect("the database");
    stored.extend(std::fs::read(kit.data_dir().join("keystead.db-wal")).expect("its log"));
    let stored = String::from_utf8_lossy(&stored).into_owned();
    let log = crate::watch::LOG.text();
    for secret in [opened.str("/data/token"), &code(&opened), &token] {
        let body = secret.trim_start_matches("ptl_");
        assert!(!stored.contains(body) && !log.contains(body) && !events.text.contains(body));
    }
}

#[test]
fn a_repeated_request_for_a_panel_is_refused_with_what_the_first_made() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let call = || {
        let call = Call::new("POST", &format!("{}/portal-sessions", at(&user))).bearer(&kit.admin);
        kit.call(call.json(&json!({})).header("Idempotency-Key", "once"))
    };
    call().expect(201);
    let repeated = call().fails(409, "conflict");
    assert!(repeated.str("/error/message").contains("ptls_"), "{}", repeated.text);
    assert_eq!(kit.number("SELECT COUNT(*) FROM portal_sessions"), 1);
    assert_eq!(kit.clock.now_ms(), START);
}
