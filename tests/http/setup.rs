//! The first admin: by the token that the server made, once, and never beside another.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, wait};

const PASSWORD: &str = "tall trees by the lake";

fn token(kit: &Kit) -> Option<String> {
    let token = wait(kit.instance.setup_token()).expect("a question");
    token.map(|(token, _)| token.expose().to_owned())
}

fn set_up(kit: &Kit, body: &Value) -> Answer {
    kit.call(Call::new("POST", "/v1/setup").ours().json(body))
}

fn body(token: &str) -> Value {
    json!({ "token": token, "email": "boss@example.com", "password": PASSWORD, "name": "Boss" })
}

#[test]
fn the_token_makes_the_first_admin_once_and_signs_them_in() {
    let kit = Kit::start();
    let token = token(&kit).expect("there is no admin yet");
    let answer = set_up(&kit, &body(&token)).expect(201);
    assert_eq!((answer.str("/data/user/role"), answer.str("/data/user/name")), ("admin", "Boss"));
    let session = answer.session();
    kit.get(&session, "/v1/users").expect(200);
    set_up(&kit, &body(&token)).fails(409, "conflict");
    set_up(&kit, &body("setup_something else")).fails(409, "conflict");
    assert_eq!(self::token(&kit), None);
    kit.sign_in("boss@example.com", PASSWORD);
    let made = kit.get(&kit.admin, "/v1/audit-events?action=user.created").expect(200);
    assert_eq!(made.json["data"][0]["details"]["role"], "admin");
}

#[test]
fn the_token_is_in_a_private_file_until_it_is_used_and_the_same_after_a_restart() {
    let kit = Kit::start();
    let before = token(&kit).expect("there is no admin yet");
    let file = kit.data_dir().join("setup-token");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), format!("{before}\n"));
    assert_eq!(file.metadata().expect("the file").permissions().mode() & 0o777, 0o600);
    let kit = kit.restarted();
    assert_eq!(token(&kit).as_deref(), Some(before.as_str()));
    set_up(&kit, &body(&before)).expect(201);
    assert!(!kit.data_dir().join("setup-token").exists());
}

#[test]
fn a_wrong_token_makes_nobody_and_is_counted() {
    let kit = Kit::start();
    let right = token(&kit).expect("there is no admin yet");
    let (head, end) = right.split_at(right.len() - 3);
    let other = if end.starts_with('x') { 'y' } else { 'x' };
    for n in 0..60 {
        let wrong = format!("{head}{other}{n:02}");
        set_up(&kit, &body(&wrong)).fails(403, "forbidden").at("/token");
    }
    let limited = set_up(&kit, &body(&right)).fails(429, "rate_limited");
    assert!(limited.header("retry-after").is_some());
    assert_eq!(kit.number("SELECT COUNT(*) FROM users"), 0);
    kit.clock.advance_ms(16 * 60_000);
    set_up(&kit, &body(&right)).expect(201);
}

#[test]
fn nothing_opens_the_setup_where_no_token_was_offered() {
    let kit = Kit::start();
    for token in ["", "setup_", "0"] {
        set_up(&kit, &body(token)).fails(403, "forbidden");
    }
}

#[test]
fn what_is_wrong_with_the_admin_is_said_and_the_token_stays_good() {
    let kit = Kit::start();
    let token = token(&kit).expect("there is no admin yet");
    let with = |field: &str, value: &str| {
        let mut body = body(&token);
        body[field] = value.into();
        set_up(&kit, &body).fails(422, "unprocessable").at(&format!("/{field}"));
    };
    with("email", "no e-mail");
    with("password", "short");
    with("password", "boss@example.com");
    with("name", "two\nlines");
    assert_eq!(kit.number("SELECT COUNT(*) FROM users"), 0);
    set_up(&kit, &body(&token)).expect(201);
}

#[test]
fn of_many_at_once_one_becomes_the_admin() {
    let kit = Kit::start();
    let token = token(&kit).expect("there is no admin yet");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let one = |n: usize| {
            let body = json!({ "token": token, "email": format!("boss{n}@example.com"), "password": PASSWORD });
            set_up(&kit, &body).status
        };
        let all: Vec<_> = (0..12).map(|n| scope.spawn(move || one(n))).collect();
        all.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    assert_eq!(kit.number("SELECT COUNT(*) FROM users WHERE role = 'admin'"), 1);
}

#[test]
fn no_other_site_sets_anything_up() {
    let kit = Kit::start();
    let token = token(&kit).expect("there is no admin yet");
    let call = || Call::new("POST", "/v1/setup").json(&body(&token));
    kit.call(call()).fails(403, "forbidden");
    kit.call(call().ours().header("Origin", "https://evil.example")).fails(403, "forbidden");
    kit.call(call().ours().header("Sec-Fetch-Site", "cross-site")).fails(403, "forbidden");
    assert_eq!(kit.number("SELECT COUNT(*) FROM users"), 0);
}
