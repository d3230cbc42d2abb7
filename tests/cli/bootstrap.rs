//! `key mint` and `bootstrap.token`: a key made beforehand is in effect from the first start, once; whatever else stands there is
//! refused, and never shown.

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use crate::binary::{Server, call, home, keystead, run, serve, text, unknown_key};

fn with(data: &Path, variable: &str, value: &str) -> Command {
    let mut command = serve(data);
    command.env(variable, value);
    command
}

fn me(server: &Server, key: &str) -> u16 {
    call("GET", &format!("{}/v1/me", server.url()), Some(key), None).expect("the server answers").status
}

fn minted(args: [&str; 4]) -> String {
    let stdout = run(keystead(args)).fine();
    assert_eq!(stdout.matches('\n').count(), 1, "one line, and nothing else");
    stdout.trim_end().to_owned()
}

#[test]
fn a_minted_key_is_well_formed_and_stored_nowhere() {
    let (_home, data) = home();
    let server = Server::start(&data);
    for (args, prefix) in [
        (["key", "mint", "--environment", "live"], ["sk", "live"]),
        (["key", "mint", "--environment", "test"], ["sk", "test"]),
    ] {
        let key = minted(args);
        assert!(key.starts_with(&(prefix.join("_") + "_")) && key.len() == 57, "{}", prefix.join("_"));
        assert_ne!(key, minted(args), "each is a new one");
        assert_eq!(server.code_of(&key), "not_found", "well formed, or it were malformed; and in no store");
    }
    let public = run(keystead(["key", "mint", "--public"])).fine();
    assert!(public.starts_with(concat!("pk_", "live_")));
}

#[test]
fn minting_writes_nothing_to_disk() {
    let (home, _) = home();
    let mut mint = keystead(["key", "mint"]);
    mint.current_dir(home.path());
    run(mint).fine();
    assert_eq!(std::fs::read_dir(home.path()).expect("the directory").count(), 0);
}

#[test]
fn a_bootstrap_token_works_from_the_first_start_on_and_is_adopted_once() {
    let (_home, data) = home();
    let key = minted(["key", "mint", "--environment", "live"]);
    for start in 1..=3 {
        let server = Server::launch(with(&data, "KEYSTEAD_BOOTSTRAP__TOKEN", &key), &data).expect("it starts");
        assert_eq!(me(&server, &key), 200, "start {start}");
        let events = call("GET", &format!("{}/v1/audit-events", server.url()), Some(&key), None).expect("an answer");
        let events = events.data().as_array().expect("a list").clone();
        assert_eq!(events.len(), 1, "start {start}: one event, of the first start");
        assert_eq!((&events[0]["action"], &events[0]["actor"]), (&"key.created".into(), &"configuration".into()));
        server.stop(Signal::TERM);
    }
}

#[test]
fn a_bootstrap_token_in_a_file_works_whatever_its_line_end() {
    for line_end in ["", "\n", "\r\n"] {
        let (home, data) = home();
        let key = minted(["key", "mint", "--environment", "live"]);
        let file = home.path().join("token");
        std::fs::write(&file, format!("{key}{line_end}")).expect("written");
        let command = with(&data, "KEYSTEAD_BOOTSTRAP__TOKEN_FILE", text(&file));
        let server = Server::launch(command, &data).expect("it starts");
        assert_eq!(me(&server, &key), 200, "{line_end:?}");
    }
}

#[test]
fn a_revoked_bootstrap_token_stays_revoked_over_restarts() {
    let (_home, data) = home();
    let key = minted(["key", "mint", "--environment", "live"]);
    let server = Server::launch(with(&data, "KEYSTEAD_BOOTSTRAP__TOKEN", &key), &data).expect("it starts");
    let listed = server.get("/v1/api-keys?q=bootstrap");
    let id = listed.data()[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(server.delete(&format!("/v1/api-keys/{id}")).status, 200);
    server.stop(Signal::TERM);

    let server = Server::launch(with(&data, "KEYSTEAD_BOOTSTRAP__TOKEN", &key), &data).expect("it starts");
    assert_eq!(me(&server, &key), 401);
    assert_eq!(server.code_of(&key), "revoked");
}

#[test]
fn anything_but_a_secret_live_key_is_refused_without_being_shown() {
    let good = unknown_key("sk", "live");
    let mistyped = format!("{}{}", &good[..20], &good[21..]) + "0";
    for secret in [
        unknown_key("pk", "live"),
        unknown_key("sk", "test"),
        mistyped,
        good[..50].to_owned(),
        format!(" {good}"),
        "hunter2hunter2".to_owned(),
        "31415926535897".to_owned(),
    ] {
        let (home, data) = home();
        let file = home.path().join("token");
        std::fs::write(&file, &secret).expect("written");
        for (variable, value) in
            [("KEYSTEAD_BOOTSTRAP__TOKEN", secret.as_str()), ("KEYSTEAD_BOOTSTRAP__TOKEN_FILE", text(&file))]
        {
            let mut command = with(&data, variable, value);
            command.env("KEYSTEAD_LOG", "trace");
            let ended = Server::launch(command, &data).expect_err("it is refused");
            assert!(!ended.stderr.contains(secret.trim()), "it was shown");
            assert!(ended.failed().contains("keystead key mint"), "the remedy");
        }
    }
}

#[test]
fn a_bootstrap_token_given_twice_or_in_an_empty_or_missing_file_is_an_error() {
    let (home, data) = home();
    let key = unknown_key("sk", "live");
    let (full, empty, missing) = (home.path().join("full"), home.path().join("empty"), home.path().join("missing"));
    std::fs::write(&full, &key).expect("written");
    std::fs::write(&empty, "\n").expect("written");
    let mut twice = with(&data, "KEYSTEAD_BOOTSTRAP__TOKEN_FILE", text(&full));
    twice.env("KEYSTEAD_BOOTSTRAP__TOKEN", &key);
    for (command, why) in [
        (twice, "both set"),
        (with(&data, "KEYSTEAD_BOOTSTRAP__TOKEN_FILE", text(&empty)), "is empty"),
        (with(&data, "KEYSTEAD_BOOTSTRAP__TOKEN_FILE", text(&missing)), "cannot be read"),
    ] {
        let ended = Server::launch(command, &data).expect_err("it is refused");
        assert!(!ended.stderr.contains(&key), "the key was shown");
        let stderr = ended.failed();
        assert!(stderr.contains(why) && stderr.contains("bootstrap.token_file"), "{stderr}");
    }
    assert!(!data.exists(), "a wrong configuration creates nothing");
}
