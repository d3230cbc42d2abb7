//! The first admin and those in need: the link that `serve` prints, the admin that the configuration brings, and `keystead admin create`,
//! `reset-password`, `unlock` and `sessions revoke`, whether a server runs or not.

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::binary::{Ended, Server, call, home, keystead, run, run_with, serve, text};

const PASSWORD: &str = "tall trees by the lake";
const EMAIL: &str = "maya@example.com";

/// `keystead admin …` on this directory.
fn admin(data: &Path, args: &[&str]) -> Command {
    let mut command = keystead(["admin"]);
    command.args(args).args(["--data-dir", text(data)]);
    command
}

fn create(data: &Path, email: &str, password: &str) -> Ended {
    run_with(admin(data, &["create", "--email", email, "--password-stdin"]), password)
}

fn post(server: &Server, path: &str, body: &Value) -> (u16, Option<String>) {
    let answer = call("POST", &format!("{}{path}", server.url()), None, Some(body)).expect("the server answers");
    (answer.status, answer.session)
}

fn sign_in(server: &Server, email: &str, password: &str) -> (u16, Option<String>) {
    post(server, "/v1/sessions", &json!({ "email": email, "password": password }))
}

fn lives(server: &Server, session: &str) -> bool {
    call("GET", &format!("{}/v1/me", server.url()), Some(session), None).expect("the server answers").status == 200
}

/// Who the last event of this kind names.
fn actor(server: &Server, action: &str) -> Value {
    server.get(&format!("/v1/audit-events?action={action}")).data()[0]["actor"].clone()
}

fn me() -> Value {
    format!("cli:{}", rustix::process::getuid().as_raw()).into()
}

/// The setup link in what a server said.
fn link(said: &str) -> Option<&str> {
    said.split_whitespace().find(|word| word.contains("/setup#token="))
}

#[test]
fn the_link_is_printed_by_the_start_that_makes_it_and_leads_to_the_first_admin() {
    let (_home, data) = home();
    let mut command = serve(&data);
    command.env("KEYSTEAD_HTTP__PUBLIC_URL", "https://keys.example.com/");
    let server = Server::launch(command, &data).expect("it starts");
    let said = server.said_with("/setup#token=");
    let printed = link(&said).expect("a link").to_owned();
    let token = printed.strip_prefix("https://keys.example.com/setup#token=").expect("of the public URL").to_owned();
    server.stop(Signal::TERM);
    assert_eq!(std::fs::read_to_string(data.join("setup-token")).expect("the file"), format!("{token}\n"));

    let server = Server::start(&data);
    let body = json!({ "token": token, "email": EMAIL, "password": PASSWORD });
    assert_eq!(post(&server, "/v1/setup", &body).0, 201);
    assert_eq!(post(&server, "/v1/setup", &body).0, 409);
    assert!(!data.join("setup-token").exists());
    let said = server.stop(Signal::TERM).1;
    assert_eq!(link(&said), None, "only the first start prints it");
    assert!(said.contains("setup-token") && !said.contains(&token), "{said}");
    let said = Server::start(&data).stop(Signal::TERM).1;
    assert!(!said.contains("setup"), "there is an admin now: {said}");
}

#[test]
fn an_admin_made_at_the_machine_signs_in_whether_a_server_ran_or_not() {
    let (_home, data) = home();
    let before = create(&data, EMAIL, &format!("{PASSWORD}\n")).fine();
    assert!(before.starts_with("usr_") && before.lines().count() == 1, "{before}");
    let server = Server::start(&data);
    create(&data, "other@example.com", PASSWORD).fine();
    for email in [EMAIL, "other@example.com"] {
        assert_eq!(sign_in(&server, email, PASSWORD).0, 201);
    }
    assert_eq!(actor(&server, "user.created"), me());
    let taken = create(&data, EMAIL, PASSWORD).failed();
    assert!(taken.contains("a user with this email exists"), "{taken}");
    assert!(!data.join("setup-token").exists());
}

#[test]
fn an_admin_created_while_the_server_offers_a_link_makes_the_link_void() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let said = server.said_with("/setup#token=");
    let token = link(&said).and_then(|link| link.split('=').nth(1)).expect("a token");
    create(&data, EMAIL, PASSWORD).fine();
    assert!(!data.join("setup-token").exists());
    assert_eq!(
        post(&server, "/v1/setup", &json!({ "token": token, "email": "x@example.com", "password": PASSWORD })).0,
        409
    );
}

#[test]
fn an_admin_that_cannot_be_is_refused_with_what_to_do_and_without_the_password() {
    let (_home, data) = home();
    for (email, password, remedy) in [
        (EMAIL, "", "no password on standard input"),
        (EMAIL, "sesame", "8 characters at least"),
        (EMAIL, "password", "tried first"),
        (EMAIL, "maya@example.com", "easily guessed"),
        ("sesame-street", "sesame-street-9", "must be an e-mail address"),
    ] {
        let said = create(&data, email, password).failed();
        assert!(said.contains(remedy) && !said.contains("sesame"), "{said}");
    }
    let said = run(admin(&data, &["create", "--email", EMAIL])).failed();
    assert!(said.contains("--password-stdin"), "{said}");
}

fn bootstrapped(data: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = serve(data);
    command.envs(settings.iter().map(|(name, value)| (format!("KEYSTEAD_BOOTSTRAP__{name}"), *value)));
    command
}

#[test]
fn the_admin_of_the_configuration_is_made_while_there_is_none() {
    let (home, data) = home();
    let file = home.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).expect("written");
    let settings = [("ADMIN_EMAIL", EMAIL), ("ADMIN_PASSWORD_FILE", text(&file))];
    let server = Server::launch(bootstrapped(&data, &settings), &data).expect("it starts");
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 201);
    assert_eq!(actor(&server, "user.created"), "configuration");
    let said = server.stop(Signal::TERM).1;
    assert!(!said.contains("setup") && !said.contains(PASSWORD), "{said}");

    let other = [("ADMIN_EMAIL", "other@example.com"), ("ADMIN_PASSWORD", "31415926535")];
    let server = Server::launch(bootstrapped(&data, &other), &data).expect("it starts");
    assert_eq!(sign_in(&server, "other@example.com", "31415926535").0, 401, "there is an admin already");
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 201);
}

#[test]
fn an_admin_that_is_half_configured_or_has_a_bad_password_stops_the_start() {
    let (home, data) = home();
    let file = home.path().join("password");
    std::fs::write(&file, PASSWORD).expect("written");
    let file = text(&file);
    for (settings, remedy) in [
        (&[("ADMIN_EMAIL", EMAIL)][..], "admin_email is set without a password"),
        (&[("ADMIN_PASSWORD", "sesame-street-9")], "admin_password is set without an e-mail"),
        (&[("ADMIN_PASSWORD_FILE", file)], "admin_password is set without an e-mail"),
        (&[("ADMIN_EMAIL", EMAIL), ("ADMIN_PASSWORD", "sesame"), ("ADMIN_PASSWORD_FILE", file)], "both set"),
        (&[("ADMIN_EMAIL", EMAIL), ("ADMIN_PASSWORD", "sesame")], "8 characters at least"),
        (&[("ADMIN_EMAIL", "sesame"), ("ADMIN_PASSWORD", PASSWORD)], "must be an e-mail address"),
    ] {
        let ended = Server::launch(bootstrapped(&data, settings), &data).expect_err("it does not start");
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(remedy) && !ended.stderr.contains("sesame"), "{remedy}: {ended:?}");
    }
    let mut shown = keystead(["config", "show"]);
    shown.env("KEYSTEAD_BOOTSTRAP__ADMIN_EMAIL", EMAIL).env("KEYSTEAD_BOOTSTRAP__ADMIN_PASSWORD", PASSWORD);
    let shown = run(shown).fine();
    assert!(shown.contains(EMAIL) && !shown.contains(PASSWORD), "{shown}");
}

#[test]
fn an_account_that_is_locked_is_let_in_again() {
    let (_home, data) = home();
    create(&data, EMAIL, PASSWORD).fine();
    let server = Server::start(&data);
    for _ in 0..10 {
        assert_eq!(sign_in(&server, EMAIL, "wrong").0, 401);
    }
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 429);
    let said = run(admin(&data, &["unlock", "--email", " Maya@Example.com"]));
    assert!(said.stdout.is_empty() && said.stderr.contains("may sign in again"), "{said:?}");
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 201);
    assert_eq!(actor(&server, "user.unlocked"), me());
    let said = run(admin(&data, &["unlock", "--email", EMAIL]));
    assert!(said.code == Some(0) && said.stderr.contains("no failed attempts"), "{said:?}");
}

#[test]
fn sessions_end_at_once_by_e_mail_and_all_together() {
    let (_home, data) = home();
    create(&data, EMAIL, PASSWORD).fine();
    create(&data, "other@example.com", PASSWORD).fine();
    let server = Server::start(&data);
    let session = |email| sign_in(&server, email, PASSWORD).1.expect("a session");
    let (a, b, other) = (session(EMAIL), session(EMAIL), session("other@example.com"));
    let said = run(admin(&data, &["sessions", "revoke", "--email", EMAIL]));
    assert!(said.code == Some(0) && said.stderr.contains("ended: 2"), "{said:?}");
    assert_eq!([&a, &b, &other].map(|one| lives(&server, one)), [false, false, true]);
    let said = run(admin(&data, &["sessions", "revoke", "--all"]));
    assert!(said.code == Some(0) && said.stderr.contains("ended: 1"), "{said:?}");
    assert!(!lives(&server, &other));
    assert_eq!(actor(&server, "sessions.ended"), me());
    for args in [&["sessions", "revoke"][..], &["sessions", "revoke", "--all", "--email", EMAIL]] {
        run(admin(&data, args)).failed();
    }
}

#[test]
fn a_link_sets_a_new_password_once_and_the_old_one_works_until_then() {
    let (_home, data) = home();
    create(&data, EMAIL, PASSWORD).fine();
    let server = Server::start(&data);
    let session = sign_in(&server, EMAIL, PASSWORD).1.expect("a session");
    let ended = run(admin(&data, &["reset-password", "--email", EMAIL]));
    assert!(ended.stderr.contains("once"), "{ended:?}");
    let link = ended.fine();
    let token =
        link.trim_end().strip_prefix(&format!("{}/invitation#token=", server.url())).expect("a link of the server");
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 201);
    let body = json!({ "token": token, "password": "shorter hedges, longer walks" });
    assert_eq!(post(&server, "/v1/invitations/accept", &body).0, 201);
    assert_ne!(post(&server, "/v1/invitations/accept", &body).0, 201);
    assert!(!lives(&server, &session));
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 401);
    assert_eq!(sign_in(&server, EMAIL, "shorter hedges, longer walks").0, 201);
}

#[test]
fn nobody_is_created_by_a_verb_about_somebody() {
    let (_home, data) = home();
    for verb in [&["unlock"][..], &["reset-password"], &["sessions", "revoke"]] {
        let on = |args: &[&str]| run(admin(&data, &[verb, args].concat())).failed();
        let said = on(&["--email", "nobody@example.com"]);
        assert!(said.contains("there is no database of Keystead here"), "{said}");
    }
    create(&data, EMAIL, PASSWORD).fine();
    for verb in [&["unlock"][..], &["reset-password"], &["sessions", "revoke"]] {
        let said = run(admin(&data, &[verb, &["--email", "nobody@example.com"]].concat())).failed();
        assert!(said.contains("nobody here has this e-mail"), "{said}");
    }
}
