//! `user` and `team`: create, list, show,
//! as tables for people and as JSON for programs.

use serde_json::Value;

use crate::binary::{Server, home, keystead, run, run_with, until};

/// A command on a running server, with a token from the environment.
pub fn on(server: &Server, words: &[&str]) -> std::process::Command {
    let mut command = keystead([]);
    command.args(words).env("KEYSTEAD_URL", server.url()).env("KEYSTEAD_TOKEN", server.token());
    command
}

#[track_caller]
pub fn json(command: std::process::Command) -> Value {
    serde_json::from_str(&run(command).fine()).expect("JSON on stdout, and nothing else there")
}

/// The cells of a table's row, which are two spaces or more apart.
pub fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn create_prints_the_id_alone_and_show_finds_by_every_name() {
    let (_home, data) = home();
    let server = Server::start(&data);
    for (noun, args, names) in [
        (
            "user",
            &["--external-id", "maya", "--email", "maya@example.com", "--name", "Maya"][..],
            &["maya", "maya@example.com", "MAYA@example.com"][..],
        ),
        ("team", &["--external-id", "acme", "--name", "Acme"][..], &["acme"][..]),
    ] {
        let created = run(on(&server, &[&[noun, "create"], args].concat())).fine();
        let id = created.trim_end();
        assert_eq!(created.matches('\n').count(), 1, "{created}");
        assert!(id.starts_with(if noun == "user" { "usr_" } else { "team_" }), "{id}");
        for name in names.iter().chain([&id]) {
            assert_eq!(json(on(&server, &[noun, "show", name, "--json"]))["id"], id, "{noun} {name}");
        }
        let table = run(on(&server, &[noun, "show", id])).fine();
        assert!(table.starts_with("FIELD") && table.contains(id), "{table}");
    }
}

#[test]
fn create_answers_the_whole_owner_as_json() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let user =
        json(on(&server, &["user", "create", "--external-id", "maya", "--grantable", "invoices:read", "--json"]));
    assert_eq!(user["external_id"], "maya");
    assert_eq!(user["scopes_grantable"], serde_json::json!(["invoices:read"]));
    let team = json(on(&server, &["team", "create", "--name", "Acme", "--json"]));
    assert_eq!((&team["name"], &team["external_id"]), (&"Acme".into(), &Value::Null));
}

#[test]
fn lists_are_newest_first_and_as_long_as_asked() {
    let (_home, data) = home();
    let server = Server::start(&data);
    for number in 0..205 {
        server.user(&format!("person-{number:03}"));
    }
    let names = |args: &[&str]| -> Vec<String> {
        let listed = json(on(&server, &[&["user", "list", "--json"], args].concat()));
        let users = listed.as_array().expect("an array").iter();
        users.map(|user| user["external_id"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(names(&[]).len(), 50);
    assert_eq!(names(&["--limit", "2"]), ["person-204", "person-203"]);
    assert_eq!(names(&["--limit", "203"]).len(), 203, "over the length of a page");
    let all = names(&["--all"]);
    assert!(all.len() == 205 && all.is_sorted_by(|a, b| a > b), "all, newest first, none twice");

    let table = run(on(&server, &["user", "list", "--limit", "1"])).fine();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(cells(lines[0]), ["ID", "NAME", "EMAIL", "EXTERNAL ID", "STATUS", "CREATED AT"]);
    assert_eq!(cells(lines[1])[1..5], ["person-204", "-", "person-204", "active"]);
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_table_without_rows_is_its_heading() {
    let (_home, data) = home();
    let server = Server::start(&data);
    assert_eq!(run(on(&server, &["team", "list"])).fine(), "ID  NAME  EXTERNAL ID  CREATED AT\n");
    assert_eq!(json(on(&server, &["team", "list", "--json"])), serde_json::json!([]));
}

#[test]
fn what_the_server_refuses_ends_with_2_and_its_words() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    for (words, why) in [
        (&["user", "create", "--external-id", "maya"][..], "/external_id: this external_id is taken"),
        (&["user", "create", "--email", "nobody"][..], "/email: must be an e-mail address"),
        (&["team", "create", "--name", " "][..], "/name: must not be empty"),
        (&["user", "show", "nobody"][..], "`keystead user create` makes one"),
        (&["team", "show", "maya"][..], "`keystead team create` makes one"),
        (&["user", "show", "usr_00000000000000000000000000"][..], "nothing with this id"),
    ] {
        let stderr = run(on(&server, words)).failed();
        assert!(stderr.contains(why), "{words:?}: {stderr}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_output_and_not_the_program_with_a_panic() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    let mut child = crate::binary::Guard(on(&server, &["user", "list"]).spawn().expect("it starts"));
    drop(child.0.stdout.take());
    let mut stderr = child.0.stderr.take().expect("piped");
    let status = until(crate::binary::PATIENCE, "it ends", || child.0.try_wait().expect("a child of ours"));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut said).expect("read");
    assert!(status.code() == Some(0) && said.is_empty(), "{status}: {said}");
}

#[test]
fn the_limits_of_an_owner_are_set_and_count_for_its_keys() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let limits = ["--rate-limit", "default=100/60s", "--rate-limit", "tokens=5000/1d,burst=5,manual"];
    let user = json(on(&server, &[&["user", "create", "--external-id", "maya", "--json"], &limits[..]].concat()));
    let wanted = serde_json::json!([
        { "name": "default", "limit": 100, "window_s": 60, "burst": 100, "auto": true },
        { "name": "tokens", "limit": 5000, "window_s": 86_400, "burst": 5, "auto": false },
    ]);
    assert_eq!(user["rate_limits"], wanted);
    run(on(&server, &["team", "create", "--name", "Acme", "--external-id", "acme"])).fine();
    let team = json(on(&server, &[&["team", "set", "acme", "--json"], &limits[..]].concat()));
    assert_eq!(team["rate_limits"], wanted);
    let create = ["key", "create", "--team", "acme", "--description", "ci", "--expires", "never"];
    let key = run(on(&server, &create)).fine();
    let verify = |limit: &str| run_with(on(&server, &["key", "verify", "--json", "--rate-limit", limit]), &key);
    let said: Value = serde_json::from_str(&verify("tokens=3").fine()).expect("JSON");
    assert_eq!((&said["rate_limits"][0]["remaining"], &said["rate_limits"][1]["remaining"]), (&99.into(), &2.into()));
    assert_eq!(verify("tokens=3").code, Some(1), "a refused key");
    assert_eq!(verify("slip").code, Some(2), "no such limit is a failure");
    let own = json(on(&server, &[&create[..], &limits[..], &["--json"]].concat()));
    assert_eq!(own["rate_limits"], wanted, "a key's own, in the same words");
    let id = own["id"].as_str().expect("an id");
    let changed = json(on(&server, &["key", "change", id, "--rate-limit", "one=1/1h", "--json"]));
    assert_eq!(changed["rate_limits"][0]["window_s"], 3_600);
    let none = json(on(&server, &["key", "change", id, "--no-rate-limits", "--json"]));
    assert_eq!(none["rate_limits"], serde_json::json!([]));
    let team = json(on(&server, &["team", "set", "acme", "--no-rate-limits", "--json"]));
    assert_eq!(team["rate_limits"], serde_json::json!([]));
    let slip = run(on(&server, &["user", "set", "maya", "--rate-limit", "default=100"]));
    assert_eq!(slip.code, Some(2));
    assert!(slip.stderr.contains("default=100/60s"), "{}", slip.stderr);
}
