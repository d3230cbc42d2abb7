//! The second factor: setting it up, taking codes once, counting wrong ones, and getting rid of it.

use keystead::base::{Error, Result, Secret};
use keystead::event::{Act, Actor};
use keystead::people::UserId;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, wait};

const STEP_MS: i64 = 30_000;
const FACTOR: &str = "/v1/me/second-factor";
const CONFIRM: &str = "/v1/me/second-factor/confirm";
const CODES: &str = "/v1/me/recovery-codes";

/// The code that an authenticator app shows for this secret, some steps from now: RFC 6238, written a second time.
pub fn code(kit: &Kit, secret: &str, steps: i64) -> String {
    let mut bits = 0_u64;
    let mut key = Vec::new();
    for (n, digit) in secret.bytes().enumerate() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".bytes().position(|known| known == digit).expect("base32");
        bits = bits << 5 | value as u64;
        if n % 8 == 7 {
            key.extend_from_slice(&bits.to_be_bytes()[3..]);
        }
    }
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let step = kit.clock.now_ms() / STEP_MS + steps;
    let mac = ring::hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(mac.as_ref()[19] & 15);
    let number = u32::from_be_bytes(mac.as_ref()[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A person who has a second factor.
pub struct Person {
    pub id: String,
    pub session: String,
    pub secret: String,
    pub recovery_codes: Vec<String>,
}

fn codes_in(answer: &Answer) -> Vec<String> {
    let codes = answer.json["data"]["recovery_codes"].as_array().expect("codes");
    codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect()
}

/// Sets a second factor up, and lets the step of the code that it took go by.
pub fn enrol(kit: &Kit, id: &str) -> Person {
    let session = kit.session(id);
    let secret = kit.post(&session, FACTOR, &json!({})).expect(200).str("/data/secret").to_owned();
    let confirmed = kit.post(&session, CONFIRM, &json!({ "code": code(kit, &secret, 0) })).expect(200);
    kit.clock.advance_ms(STEP_MS);
    Person { id: id.to_owned(), session, secret, recovery_codes: codes_in(&confirmed) }
}

fn prove(kit: &Kit, person: &Person, code: Option<&str>) -> Result<()> {
    let id = UserId::parse(&person.id).expect("an id");
    let act = Act::new(Actor::person(id), kit.clock.now_ms());
    let code = code.map(|code| Secret::new(code.to_owned()));
    wait(kit.instance.live.people.prove_second_factor(&act, id, code.as_ref())).map(drop)
}

fn is_right(kit: &Kit, person: &Person, code: &str) -> bool {
    match prove(kit, person, Some(code)) {
        Ok(()) => true,
        Err(Error::Unproven { .. }) => false,
        Err(other) => panic!("neither right nor wrong: {other}"),
    }
}

/// Seconds until a code may be tried, when it may not be now.
fn locked_s(kit: &Kit, person: &Person, code: &str) -> Option<u32> {
    match prove(kit, person, Some(code)) {
        Err(Error::Limited { retry_after_s }) => Some(retry_after_s),
        _ => None,
    }
}

fn state(kit: &Kit, session: &str) -> Value {
    kit.get(session, "/v1/me").expect(200).json["data"]["second_factor"].clone()
}

#[test]
fn a_second_factor_counts_from_the_first_code_on() {
    let kit = Kit::start();
    let id = kit.user("maya");
    let session = kit.session(&id);
    assert_eq!(state(&kit, &session), json!({ "on": false, "recovery_codes_left": 0 }));
    kit.post(&session, CONFIRM, &json!({ "code": "000000" })).fails(409, "conflict");
    let first = kit.post(&session, FACTOR, &json!({})).expect(200).str("/data/secret").to_owned();
    let begun = kit.post(&session, FACTOR, &json!({})).expect(200);
    let secret = begun.str("/data/secret");
    assert!(first != secret && secret.len() == 32);
    let host = kit.address.to_string().replace(':', "%20");
    let url = format!("otpauth://totp/Keystead%20{host}:maya?secret={secret}&issuer=Keystead%20{host}");
    assert_eq!(begun.str("/data/otpauth_url"), url);
    assert_eq!(state(&kit, &session)["on"], false);
    for wrong in ["", "12345", "abcdef", &code(&kit, secret, 5), &code(&kit, &first, 0)] {
        kit.post(&session, CONFIRM, &json!({ "code": wrong })).fails(422, "unprocessable").at("/code");
    }
    let confirmed = kit.post(&session, CONFIRM, &json!({ "code": code(&kit, secret, 0) })).expect(200);
    let codes = codes_in(&confirmed);
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 27), "24 digits of 5 bits, in groups");
    assert_eq!(state(&kit, &session), json!({ "on": true, "recovery_codes_left": 10 }));
    kit.post(&session, FACTOR, &json!({})).fails(409, "conflict");
    kit.post(&session, CONFIRM, &json!({ "code": code(&kit, secret, 1) })).fails(409, "conflict");
}

#[test]
fn a_code_is_taken_once_however_it_is_spelt() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.user("maya"));
    let now = code(&kit, &maya.secret, 0);
    assert!(!is_right(&kit, &maya, &code(&kit, &maya.secret, -1)), "it was taken when the factor was confirmed");
    assert!(is_right(&kit, &maya, &now));
    for again in [now.clone(), format!(" {now} "), format!("{} {}", &now[..3], &now[3..])] {
        assert!(!is_right(&kit, &maya, &again), "{again}");
    }
    kit.clock.advance_ms(2 * STEP_MS);
    let next = code(&kit, &maya.secret, 1);
    assert!(is_right(&kit, &maya, &format!("{} {}", &next[..3], &next[3..])), "an app shows it in two groups");
    assert!(!is_right(&kit, &maya, &code(&kit, &maya.secret, 0)), "a code before the last one taken");
}

#[test]
fn two_who_send_the_same_code_at_once_are_not_both_let_in() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.user("maya"));
    for code in [code(&kit, &maya.secret, 0), maya.recovery_codes[0].clone()] {
        let taken = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| is_right(&kit, &maya, &code))).collect();
            threads.into_iter().map(|thread| thread.join().expect("it ends")).filter(|right| *right).count()
        });
        assert_eq!(taken, 1);
    }
}

#[test]
fn wrong_codes_lock_for_a_while_whatever_becomes_of_the_sign_in() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.user("maya"));
    let wrong = code(&kit, &maya.secret, 100);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..125).for_each(|_| drop(prove(&kit, &maya, Some(&wrong)))));
        }
    });
    let right = || code(&kit, &maya.secret, 0);
    assert_eq!(locked_s(&kit, &maya, &right()), Some(30), "the right one does not help any more");
    assert_eq!(kit.number("SELECT failures FROM second_factors"), 5, "what comes while it is locked is not looked at");
    assert_eq!(kit.number("SELECT COUNT(*) FROM events WHERE action = 'second_factor.failed'"), 5);
    kit.clock.advance_ms(STEP_MS);
    assert!(!is_right(&kit, &maya, &wrong), "then one more try, and twice the time");
    assert_eq!(locked_s(&kit, &maya, &right()), Some(60));
    kit.clock.advance_ms(2 * STEP_MS);
    assert!(is_right(&kit, &maya, &right()), "nobody has to unlock it");
    assert_eq!(kit.number("SELECT failures FROM second_factors"), 0);
}

#[test]
fn a_recovery_code_works_once_and_through_a_lock() {
    let kit = Kit::start();
    let (maya, noor) = (enrol(&kit, &kit.user("maya")), enrol(&kit, &kit.user("noor")));
    let wrong = code(&kit, &maya.secret, 100);
    (0..5).for_each(|_| assert!(!is_right(&kit, &maya, &wrong)));
    assert!(locked_s(&kit, &maya, &noor.recovery_codes[0]).is_some(), "another's is a wrong code like any");
    let first = maya.recovery_codes[0].to_uppercase().replace('-', " ");
    assert!(is_right(&kit, &maya, &first), "somebody else's guesses do not keep its owner out");
    assert!(!is_right(&kit, &maya, &first));
    assert_eq!(state(&kit, &maya.session)["recovery_codes_left"], 9);
    assert!(is_right(&kit, &maya, &code(&kit, &maya.secret, 0)), "it forgets the wrong ones");
    let renewed = codes_in(&kit.post(&maya.session, CODES, &json!({})).expect(200));
    assert!(!is_right(&kit, &maya, &maya.recovery_codes[1]), "the former ones are void");
    assert!(is_right(&kit, &maya, &renewed[9]));
    assert!(is_right(&kit, &noor, &noor.recovery_codes[1]));
}

#[test]
fn without_a_code_it_is_asked_for_and_without_a_factor_it_is_not() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.user("maya"));
    let asked = prove(&kit, &maya, None).expect_err("a code is missing");
    assert_eq!(asked.field(), Some("/code"));
    assert_eq!(kit.number("SELECT failures FROM second_factors"), 0, "no code is no attempt");
    kit.delete(&maya.session, FACTOR).expect(200);
    prove(&kit, &maya, None).expect("no code is needed");
    prove(&kit, &maya, Some("000000")).expect("and none is looked at");
    kit.delete(&maya.session, FACTOR).expect(200);
    kit.post(&maya.session, CODES, &json!({})).fails(409, "conflict");
    assert_eq!(kit.number("SELECT COUNT(*) FROM recovery_codes"), 0);
}

#[test]
fn a_change_of_the_factor_ends_all_other_sessions() {
    let kit = Kit::start();
    let id = kit.user("maya");
    let (elsewhere, somebody) = (kit.session(&id), kit.session(&kit.user("noor")));
    let maya = enrol(&kit, &id);
    kit.get(&elsewhere, "/v1/me").fails(401, "unauthenticated");
    let elsewhere = kit.session(&id);
    kit.delete(&maya.session, FACTOR).expect(200);
    kit.get(&elsewhere, "/v1/me").fails(401, "unauthenticated");
    kit.get(&maya.session, "/v1/me").expect(200);
    let maya = enrol(&kit, &id);
    kit.delete(&kit.admin, &format!("/v1/users/{id}/second-factor")).expect(200);
    kit.get(&maya.session, "/v1/me").fails(401, "unauthenticated");
    kit.get(&somebody, "/v1/me").expect(200);
}

#[test]
fn a_password_given_long_ago_changes_nothing_of_the_factor() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.user("maya"));
    let noor = kit.session(&kit.user("noor"));
    kit.clock.advance_ms(10 * 60_000);
    let events = kit.events();
    kit.post(&noor, FACTOR, &json!({})).fails(403, "forbidden");
    kit.delete(&maya.session, FACTOR).fails(403, "forbidden");
    kit.post(&maya.session, CODES, &json!({})).fails(403, "forbidden");
    assert_eq!(kit.events(), events);
    for (caller, status) in [(NOBODY, 401), (kit.admin.as_str(), 403)] {
        kit.post(caller, FACTOR, &json!({})).expect(status);
        kit.post(caller, CONFIRM, &json!({ "code": "000000" })).expect(status);
        kit.delete(caller, FACTOR).expect(status);
    }
}

#[test]
fn only_an_admin_resets_an_admins_factor() {
    let kit = Kit::start();
    let (admin, member) = (enrol(&kit, &kit.user("admin")), enrol(&kit, &kit.user("member")));
    kit.run("UPDATE users SET role = 'admin' WHERE id = $1", vec![admin.id.clone()]);
    let people = kit.backend(&["keystead:people:write"]).secret;
    let at = |person: &Person| format!("/v1/users/{}/second-factor", person.id);
    kit.delete(&people, &at(&admin)).fails(403, "forbidden");
    kit.delete(&member.session, &at(&admin)).fails(403, "forbidden");
    kit.delete(&people, &at(&member)).expect(200);
    prove(&kit, &member, None).expect("it is off");
    kit.clock.advance_ms(10 * 60_000);
    kit.delete(&admin.session, &at(&admin)).fails(403, "forbidden");
    kit.delete(&kit.admin, &at(&admin)).expect(200);
    let unknown = member.id.replace(&member.id[20..], &"0".repeat(member.id.len() - 20));
    kit.delete(&kit.admin, &format!("/v1/users/{unknown}/second-factor")).fails(404, "not_found");
}

#[test]
fn secrets_and_codes_are_shown_once_and_kept_unreadable() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.user("maya"));
    let shown = |text: &str| kit.answers().iter().filter(|answer| answer.contains(text)).count();
    assert_eq!(shown(&maya.secret), 1);
    assert_eq!(shown(&maya.recovery_codes[3]), 1);
    assert!(is_right(&kit, &maya, &maya.recovery_codes[3]));
    assert!(!is_right(&kit, &maya, "000000"));
    let events = kit.get(&kit.admin, "/v1/audit-events").expect(200);
    for action in ["second_factor.begun", "second_factor.enabled", "recovery_code.used", "second_factor.failed"] {
        assert!(events.text.contains(action), "{action}");
    }
    assert_eq!(kit.number("SELECT LENGTH(secret) FROM second_factors"), 20 + 28, "sealed");
    let other = kit.user("other");
    kit.run("UPDATE second_factors SET user_id = $1", vec![other.clone()]);
    let other = Person { id: other, session: String::new(), secret: maya.secret.clone(), recovery_codes: Vec::new() };
    let stolen = prove(&kit, &other, Some(&code(&kit, &other.secret, 0)));
    assert!(matches!(stolen, Err(Error::Internal(_))), "a row moved to another person opens nothing");
}

const PASSWORD: &str = "tall trees by the lake";

fn sign_in(kit: &Kit, password: &str, code: Option<&str>) -> Answer {
    let mut body = json!({ "email": "maya@example.com", "password": password });
    if let Some(code) = code {
        body["code"] = code.into();
    }
    kit.call(Call::new("POST", "/v1/sessions").ours().json(&body))
}

#[test]
fn signing_in_takes_the_password_and_then_a_code() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.person("maya@example.com", PASSWORD));
    let sessions = kit.number("SELECT COUNT(*) FROM sessions");
    for _ in 0..30 {
        let asked = sign_in(&kit, PASSWORD, None).fails(401, "unauthenticated").at("/code");
        assert!(asked.str("/error/message").contains("authenticator app"));
    }
    let now = code(&kit, &maya.secret, 0);
    let blind = sign_in(&kit, "another password", Some(&now)).fails(401, "unauthenticated");
    assert_eq!(blind.json["error"]["field"], Value::Null, "a wrong password says nothing of a code");
    assert_eq!(blind.json["error"]["message"], sign_in(&kit, "another password", None).json["error"]["message"]);
    sign_in(&kit, PASSWORD, Some("000000")).fails(401, "unauthenticated").at("/code");
    assert_eq!(kit.number("SELECT COUNT(*) FROM sessions"), sessions, "none of these opened anything");
    let session = sign_in(&kit, PASSWORD, Some(&now)).expect(201).session();
    kit.get(&session, "/v1/me").expect(200);
    sign_in(&kit, PASSWORD, Some(&now)).fails(401, "unauthenticated").at("/code");
    sign_in(&kit, PASSWORD, Some(&maya.recovery_codes[0])).expect(201);
    sign_in(&kit, PASSWORD, Some(&maya.recovery_codes[0])).fails(401, "unauthenticated").at("/code");
}

#[test]
fn a_locked_factor_says_when_to_come_back() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.person("maya@example.com", PASSWORD));
    let wrong = code(&kit, &maya.secret, 100);
    (0..5).for_each(|_| assert!(!is_right(&kit, &maya, &wrong)));
    let locked = sign_in(&kit, PASSWORD, Some(&code(&kit, &maya.secret, 0))).fails(429, "rate_limited");
    assert_eq!(locked.header("retry-after"), Some("30"));
    sign_in(&kit, "another password", Some(&wrong)).fails(401, "unauthenticated");
    sign_in(&kit, PASSWORD, Some(&maya.recovery_codes[0])).expect(201);
}

#[test]
fn confirming_the_password_takes_a_code_too() {
    let kit = Kit::start();
    let maya = enrol(&kit, &kit.person("maya@example.com", PASSWORD));
    kit.clock.advance_ms(10 * 60_000);
    let confirm = |body: Value| kit.post(&maya.session, "/v1/sessions/current/confirm", &body);
    confirm(json!({ "password": PASSWORD })).fails(403, "forbidden").at("/code");
    confirm(json!({ "password": PASSWORD, "code": "000000" })).fails(403, "forbidden").at("/code");
    kit.delete(&maya.session, FACTOR).fails(403, "forbidden");
    let confirmed = confirm(json!({ "password": PASSWORD, "code": code(&kit, &maya.secret, 0) })).expect(200);
    kit.delete(&confirmed.session(), FACTOR).expect(200);
    sign_in(&kit, PASSWORD, None).expect(201);
}
