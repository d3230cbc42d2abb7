//! `keystead audit`: the trail as a list, and the proof that nobody touched it,
//! over the API, in a running server, and on a directory that nobody serves.

use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::binary::{Ended, Server, home, keystead, run, text};
use crate::owners::{cells, json, on};

/// A stopped server's directory with some events in it.
fn story(data: &Path) -> (String, String) {
    let server = Server::start(data);
    let user = server.user("maya");
    let (key, _) = server.key(&user);
    server.delete(&format!("/v1/api-keys/{key}")).data();
    server.stop(Signal::TERM);
    (user, key)
}

fn verify(data: &Path) -> Ended {
    run(keystead(["audit", "verify", "--data-dir", text(data)]))
}

/// Somebody with a pen in the file.
fn tamper(data: &Path, sql: &str) {
    #[expect(clippy::disallowed_methods, reason = "whoever tampers goes by the file")]
    let file = rusqlite::Connection::open(data.join("keystead.db")).expect("the file opens");
    file.execute_batch(sql).expect("the statements run");
}

/// Ended with 1. Gives stderr.
#[track_caller]
fn broken(ended: Ended) -> String {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    ended.stderr
}

#[test]
fn an_untouched_trail_is_fine_and_its_count_and_head_are_one_line() {
    let (_home, data) = home();
    story(&data);
    let direct = verify(&data).fine();
    assert!(direct.starts_with("4 events, head ") && direct.trim_end().len() == 15 + 64, "{direct}");
    let server = Server::start(&data);
    assert_eq!(verify(&data).fine(), direct, "in the server");
    let remote = run(on(&server, &["audit", "verify"])).fine();
    assert!(remote.starts_with("5 events, head "), "over the API, with the token that was made for it: {remote}");
    let report = json(on(&server, &["audit", "verify", "--json"]));
    assert_eq!((&report["ok"], &report["count"], &report["first_bad"]), (&true.into(), &5.into(), &Value::Null));
}

#[test]
fn whatever_was_touched_is_found_and_the_command_ends_with_1() {
    let (_home, data) = home();
    story(&data);
    tamper(&data, "CREATE TABLE kept AS SELECT * FROM events; CREATE TABLE kept_head AS SELECT * FROM event_head;");
    let restore = "DELETE FROM events; INSERT INTO events SELECT * FROM kept;
                   DELETE FROM event_head; INSERT INTO event_head SELECT * FROM kept_head;";
    for (what, sql, said) in [
        ("a changed row", "UPDATE events SET actor = 'cli:0' WHERE seq = 2", "at first_bad (event 2)"),
        ("a missing row", "DELETE FROM events WHERE seq = 2", "at first_bad (event 2)"),
        (
            "an inserted row",
            "UPDATE events SET seq = 5 WHERE seq = 4; INSERT INTO events SELECT 4, id || 'x', at, actor, action, subject,
             owner_id, request_id, address, details, mac FROM events WHERE seq = 3",
            "at first_bad (event 4)",
        ),
        ("a cut tail", "DELETE FROM events WHERE seq = 4", "missing at the end"),
        ("a cut tail with its head", "DELETE FROM events WHERE seq = 4; UPDATE event_head SET count = 3", "the head"),
        ("no head", "DELETE FROM event_head", "the head"),
        ("nothing left", "DELETE FROM events; DELETE FROM event_head", "the head"),
    ] {
        tamper(&data, sql);
        let stderr = broken(verify(&data));
        assert!(stderr.contains("broken") && stderr.contains(said), "{what}: {stderr}");
        tamper(&data, restore);
        verify(&data).fine();
    }
}

#[test]
fn an_older_table_put_back_is_found_also_by_the_server_that_runs_on_it() {
    let (_home, data) = home();
    story(&data);
    tamper(&data, "CREATE TABLE kept AS SELECT * FROM events");
    let server = Server::start(&data);
    server.user("noor");
    server.stop(Signal::TERM);
    tamper(&data, "DELETE FROM events; INSERT INTO events SELECT * FROM kept");
    broken(verify(&data));
    let server = Server::start(&data);
    let remote = run(on(&server, &["audit", "verify", "--json"]));
    assert_eq!(remote.code, Some(1), "{remote:?}");
    let report: Value = serde_json::from_str(&remote.stdout).expect("JSON on stdout");
    assert_eq!(report["ok"], false);
    broken(verify(&data));
}

#[test]
fn a_directory_without_a_database_is_refused_and_none_is_made() {
    let (_home, data) = home();
    let stderr = verify(&data).failed();
    assert!(stderr.contains("--data-dir"), "{stderr}");
    assert!(!data.exists());
}

#[test]
fn list_filters_by_who_and_what_and_shows_events_of_what_is_revoked() {
    let (_home, data) = home();
    let (user, key) = story(&data);
    let server = Server::start(&data);
    let list = |args: &[&str]| json(on(&server, &[&["audit", "list", "--json"], args].concat()));
    let actions = |list: Value| -> Vec<String> {
        let events = list.as_array().expect("a list").iter();
        events.map(|event| event["action"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(actions(list(&["--subject", &key])), ["key.revoked", "key.created"]);
    assert_eq!(actions(list(&["--owner", &user, "--action", "user.created"])), ["user.created"]);
    assert_eq!(actions(list(&["--actor", "cli:"])), ["key.created", "key.created"], "the two tokens");
    assert_eq!(list(&["--actor", "person:"]), Value::Array(Vec::new()));
    assert_eq!(actions(list(&["--limit", "1"])).len(), 1);
    let table = run(on(&server, &["audit", "list", "--subject", &key])).fine();
    let lines: Vec<Vec<&str>> = table.lines().map(cells).collect();
    assert_eq!(lines[0], ["SEQ", "AT", "ACTOR", "ACTION", "SUBJECT", "ADDRESS"]);
    assert_eq!((lines.len(), lines[1][3], lines[1][4], lines[1][5]), (3, "key.revoked", key.as_str(), "127.0.0.1"));
    let wrong = run(on(&server, &["audit", "list", "--from", "today"])).failed();
    assert!(wrong.contains("/from"), "{wrong}");
}
