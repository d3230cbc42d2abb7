//! Signing in by password: who comes in, what everybody else is told, and for how much work.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY};
use crate::world::signing_in;

const PASSWORD: &str = "tall trees by the lake";

/// The last events, newest first, as action and subject.
fn last(kit: &Kit, count: usize) -> Vec<(String, String)> {
    let events = kit.get(&kit.admin, &format!("/v1/audit-events?limit={count}")).expect(200);
    let word = |event: &Value, field: &str| event[field].as_str().expect("text").to_owned();
    events.json["data"].as_array().expect("a list").iter().map(|e| (word(e, "action"), word(e, "subject"))).collect()
}

#[test]
fn the_right_password_opens_a_session_that_acts_as_the_person() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let call = signing_in("maya@example.com", PASSWORD).header("User-Agent", "Firefox 150");
    let answer = kit.call(call).expect(201);
    assert_eq!(answer.str("/data/user/id"), maya);
    assert_eq!(answer.str("/data/session/user_agent"), "Firefox 150");
    assert_eq!(answer.str("/data/session/address"), "127.0.0.1");
    let session = answer.session();
    assert!(!answer.text.contains(&session), "the token is in the cookie alone");
    let me = kit.get(&session, "/v1/me").expect(200);
    assert_eq!((me.str("/data/type"), me.str("/data/user/id")), ("person", maya.as_str()));
    assert_eq!(me.json["data"]["session"]["confirmed"], true);
    assert_eq!(last(&kit, 1), [("session.created".into(), maya)]);
}

#[test]
fn the_cookie_is_for_this_host_and_for_no_script() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    let plain = kit.try_sign_in("maya@example.com", PASSWORD).expect(201);
    let attributes: Vec<&str> = plain.cookie().split("; ").skip(1).collect();
    assert_eq!(attributes, ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"]);
    assert!(plain.cookie().starts_with("keystead=ses_"));

    let kit = Kit::with(&[("http.public_url", "https://keys.example.com")]);
    kit.person("maya@example.com", PASSWORD);
    let answer = kit.call(signing_in("maya@example.com", PASSWORD).header("Host", "keys.example.com")).expect(201);
    assert!(answer.cookie().starts_with("__Host-keystead=ses_"), "{}", answer.cookie());
    let attributes: Vec<&str> = answer.cookie().split("; ").skip(1).collect();
    assert_eq!(attributes, ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=1209600"]);
}

#[test]
fn an_account_goes_by_its_e_mail_in_any_case_width_and_space() {
    let kit = Kit::start();
    kit.person("Maya@Example.com", PASSWORD);
    for same in ["maya@example.com", "MAYA@EXAMPLE.COM", "  Maya@example.com ", "ｍａｙａ@example.com"] {
        kit.try_sign_in(same, PASSWORD).expect(201);
    }
    for wrong in
        ["Tall trees by the lake", "tall trees by the lake ", " tall trees by the lake", "tall trees by the lak"]
    {
        kit.try_sign_in("maya@example.com", wrong).fails(401, "unauthenticated");
    }
}

/// Everything about an answer that a stranger could compare.
fn shape(answer: &Answer) -> (u16, Value, Vec<String>) {
    let mut body = answer.json.clone();
    body["error"]["request_id"] = Value::Null;
    let headers = answer.headers.iter().filter(|(name, _)| name != "x-request-id" && name != "date");
    let mut headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
    headers.sort();
    (answer.status, body, headers)
}

#[test]
fn an_unknown_and_a_known_person_get_the_same_answer_for_the_same_work() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    let suspended = kit.person("gone@example.com", PASSWORD);
    kit.suspend(&suspended);
    kit.post(&kit.admin, "/v1/users", &json!({ "email": "invited@example.com" })).expect(201);
    let mut shapes = Vec::new();
    for (email, password) in [
        ("maya@example.com", "not the password"),
        ("nobody@example.com", "not the password"),
        ("not an e-mail", "not the password"),
        ("", ""),
        ("gone@example.com", PASSWORD),
        ("gone@example.com", "not the password"),
        ("invited@example.com", "not the password"),
        ("maya@example.com", &"x".repeat(5000)),
        (&"x".repeat(5000), "not the password"),
    ] {
        let (hashes, events) = (kit.instance.live.people.hashes_computed(), kit.events());
        let counters = kit.number("SELECT COUNT(*) FROM throttles");
        let answer = kit.try_sign_in(email, password).fails(401, "unauthenticated");
        assert_eq!(kit.instance.live.people.hashes_computed() - hashes, 1, "{email}: one hash, whoever it is");
        assert_eq!(kit.events() - events, 1, "{email}: one event");
        assert!(kit.number("SELECT COUNT(*) FROM throttles") >= counters);
        shapes.push(shape(&answer));
    }
    shapes.dedup();
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    let hashes = kit.instance.live.people.hashes_computed();
    kit.try_sign_in("maya@example.com", PASSWORD).expect(201);
    assert_eq!(kit.instance.live.people.hashes_computed() - hashes, 1, "and the right one costs no more");
}

#[test]
fn a_failed_sign_in_is_written_down_without_anything_that_was_typed() {
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    kit.try_sign_in("maya@example.com", "sesame-street-9").fails(401, "unauthenticated");
    assert_eq!(last(&kit, 1), [("session.refused".into(), maya)]);
    kit.try_sign_in("sesame-street-9", "sesame-street-9").fails(401, "unauthenticated");
    assert_eq!(last(&kit, 1), [("session.refused".into(), "unknown".into())]);
    let events = kit.get(&kit.admin, "/v1/audit-events?limit=200").expect(200);
    assert!(!events.text.contains("sesame"));
    for (file, bytes) in crate::secrets::files(&kit.data_dir()) {
        assert!(!bytes.contains("sesame"), "{file}");
        assert!(!bytes.contains(PASSWORD), "{file}");
    }
    let event = &events.json["data"][0];
    assert_eq!((&event["actor"], &event["address"]), (&json!("nobody"), &json!("127.0.0.1")));
}

#[test]
fn no_other_site_signs_anybody_in() {
    let kit = Kit::with(&[("http.public_url", "http://keys.example.com")]);
    kit.person("maya@example.com", PASSWORD);
    let body = json!({ "email": "maya@example.com", "password": PASSWORD });
    let call = || Call::new("POST", "/v1/sessions").header("Host", "keys.example.com").json(&body);
    kit.call(call()).fails(403, "forbidden");
    kit.call(call().ours().header("Origin", "https://evil.example")).fails(403, "forbidden");
    kit.call(call().ours().header("Origin", "null")).fails(403, "forbidden");
    kit.call(call().ours().header("Sec-Fetch-Site", "cross-site")).fails(403, "forbidden");
    kit.call(call().ours().header("Sec-Fetch-Site", "same-site")).fails(403, "forbidden");
    kit.call(Call::new("POST", "/v1/sessions").ours().json(&body)).fails(421, "misdirected");
    let form = Call::new("POST", "/v1/sessions").header("Host", "keys.example.com").ours();
    kit.call(form.header("Content-Type", "text/plain").body(body.to_string())).fails(415, "unsupported_media_type");
    let own = call().ours().header("Origin", "http://keys.example.com").header("Sec-Fetch-Site", "same-origin");
    kit.call(own).expect(201);
}

#[test]
fn a_sign_in_makes_no_key_and_leaves_no_token_behind() {
    let kit = Kit::start();
    kit.person("maya@example.com", PASSWORD);
    let keys = kit.number("SELECT COUNT(*) FROM keys");
    let tokens: Vec<String> = (0..5).map(|_| kit.sign_in("maya@example.com", PASSWORD)).collect();
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys"), keys);
    for (file, bytes) in crate::secrets::files(&kit.data_dir()) {
        assert!(tokens.iter().all(|token| !bytes.contains(token.as_str())), "{file}");
    }
}

#[test]
fn a_password_that_is_weakly_hashed_is_hashed_anew_at_the_next_sign_in() {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let kit = Kit::start();
    let maya = kit.person("maya@example.com", PASSWORD);
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(7168, 1, 1, None).expect("within bounds"));
    let old = weak.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).expect("a hash").to_string();
    kit.run("UPDATE users SET password = $2 WHERE id = $1", vec![maya.clone(), old]);
    let strong = "SELECT COUNT(*) FROM users WHERE password LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    kit.try_sign_in("maya@example.com", "not the password").fails(401, "unauthenticated");
    assert_eq!(kit.number(strong), 0);
    kit.sign_in("maya@example.com", PASSWORD);
    assert_eq!(kit.number(strong), 1);
    kit.sign_in("maya@example.com", PASSWORD);
}

#[test]
fn a_body_that_cannot_be_a_sign_in_is_refused_before_it_counts() {
    let kit = Kit::start();
    for body in [
        json!({}),
        json!({ "email": "maya@example.com" }),
        json!({ "email": 1, "password": "x" }),
        json!({ "email": "a", "password": "b", "role": "admin" }),
    ] {
        kit.call(Call::new("POST", "/v1/sessions").ours().json(&body)).fails(400, "invalid");
    }
    assert_eq!(kit.number("SELECT COUNT(*) FROM throttles"), 0);
    kit.get(NOBODY, "/v1/sessions").fails(401, "unauthenticated");
}
