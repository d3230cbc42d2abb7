//! The layers: defaults < file < environment < flags;
//! and `config show`, which says what holds and why, and no secret.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::binary::{Server, home, keystead, run, serve, text, unknown_key};

fn shown(mut command: Command) -> Vec<Value> {
    command.arg("--json");
    let stdout = run(command).fine();
    serde_json::from_str::<Value>(&stdout).expect("JSON").as_array().expect("an array").clone()
}

/// Value and source of one setting.
#[track_caller]
fn setting(shown: &[Value], name: &str) -> (Value, String) {
    let found = shown.iter().find(|setting| setting["setting"] == name).expect("every setting is shown");
    (found["value"].clone(), found["source"].as_str().expect("text").to_owned())
}

fn file(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("written");
    text(&path).to_owned()
}

#[test]
fn a_file_beats_the_default_and_the_environment_beats_the_file() {
    let (home, _) = home();
    let path = file(home.path(), "a.toml", "[http]\nlisten = \"127.0.0.1:1111\"\nworkers = 3\n[store]\nreaders = 5\n");
    let mut command = keystead(["config", "show", "--config", &path]);
    command.env("KEYSTEAD_HTTP__WORKERS", "4").env("KEYSTEAD_LOG", "debug");
    let shown = shown(command);
    assert_eq!(setting(&shown, "http.listen"), ("127.0.0.1:1111".into(), path.clone()));
    assert_eq!(setting(&shown, "store.readers"), (5.into(), path));
    assert_eq!(setting(&shown, "http.workers"), (4.into(), "KEYSTEAD_HTTP__WORKERS".into()));
    assert_eq!(setting(&shown, "log.level"), ("debug".into(), "KEYSTEAD_LOG".into()));
    assert_eq!(setting(&shown, "http.public_docs"), (true.into(), "default".into()));
}

#[test]
fn a_flag_beats_the_environment() {
    let (home, data) = home();
    let other = home.path().join("other");
    let mut command = serve(&data);
    command.env("KEYSTEAD_HTTP__LISTEN", "192.0.2.1:1").env("KEYSTEAD_STORE__DATA_DIR", &other);
    let server = Server::launch(command, &data).expect("it listens where the flag says");
    assert!(server.address.ip().is_loopback() && data.join("keystead.db").exists() && !other.exists());
}

#[test]
fn the_file_of_the_flag_beats_the_file_of_the_environment() {
    let (home, _) = home();
    let one = file(home.path(), "one.toml", "[http]\nworkers = 1\n");
    let two = file(home.path(), "two.toml", "[http]\nworkers = 2\n");
    let named = |flag: bool| {
        let mut command = keystead(["config", "show"]);
        command.env("KEYSTEAD_CONFIG", &one);
        if flag {
            command.args(["--config", &two]);
        }
        setting(&shown(command), "http.workers")
    };
    assert_eq!(named(false), (1.into(), one.clone()));
    assert_eq!(named(true), (2.into(), two.clone()));
}

#[test]
fn nested_tables_and_lists_can_be_set_in_the_environment() {
    let mut command = keystead(["config", "show"]);
    command
        .env("KEYSTEAD_KEYS__PREFIX__SECRET_LIVE", "acme_sk_")
        .env("KEYSTEAD_KEYS__PREFIX__RETIRED", "[{ prefix = \"old_sk_\", environment = \"live\", is_public = false }]");
    let shown = shown(command);
    assert_eq!(setting(&shown, "keys.prefix.secret_live").0, "acme_sk_");
    assert_eq!(setting(&shown, "keys.prefix.retired").0[0]["prefix"], "old_sk_");
    assert_eq!(setting(&shown, "keys.prefix.public_live"), (concat!("pk_", "live_").into(), "default".into()));
}

#[test]
fn every_setting_of_the_defaults_is_shown_and_none_besides() {
    let defaults: toml::Table =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/default.toml"))
            .expect("the defaults")
            .parse()
            .expect("TOML");
    let mut expected = Vec::new();
    leaves(&defaults, "", &mut expected);
    let shown = shown(keystead(["config", "show"]));
    let mut names: Vec<&str> = shown.iter().map(|setting| setting["setting"].as_str().expect("text")).collect();
    names.sort_unstable();
    expected.sort();
    assert_eq!(names, expected);

    let table = run(keystead(["config", "show"])).fine();
    assert!(table.starts_with("SETTING "), "{table}");
    assert_eq!(table.lines().count(), expected.len() + 1);
}

fn leaves(table: &toml::Table, path: &str, names: &mut Vec<String>) {
    for (name, value) in table {
        match value.as_table() {
            Some(inner) => leaves(inner, &format!("{path}{name}."), names),
            None => names.push(format!("{path}{name}")),
        }
    }
}

#[test]
fn a_secret_is_shown_as_stars_wherever_it_came_from() {
    let (home, _) = home();
    let key = unknown_key("sk", "live");
    let path = file(home.path(), "a.toml", &format!("[bootstrap]\ntoken = \"{key}\"\n"));
    let mut by_variable = keystead(["config", "show"]);
    by_variable.env("KEYSTEAD_BOOTSTRAP__TOKEN", &key);
    for (mut command, source) in
        [(keystead(["config", "show", "--config", &path]), path.as_str()), (by_variable, "KEYSTEAD_BOOTSTRAP__TOKEN")]
    {
        let plain = run({
            let mut again = keystead(["config", "show", "--config", &path]);
            again.env("KEYSTEAD_LOG", "trace");
            again
        });
        assert!(!plain.stdout.contains(&key) && !plain.stderr.contains(&key), "the secret was shown");
        command.arg("--json");
        let json = run(command).fine();
        assert!(!json.contains(&key), "the secret was shown");
        let shown: Vec<Value> = serde_json::from_str(&json).expect("JSON");
        assert_eq!(setting(&shown, "bootstrap.token"), ("***".into(), source.to_owned()));
    }
}

#[test]
fn own_prefixes_are_those_of_new_keys() {
    let (_home, data) = home();
    let mut command = serve(&data);
    command.env("KEYSTEAD_KEYS__PREFIX__SECRET_LIVE", "acme_sk_");
    let server = Server::launch(command, &data).expect("it starts");
    let (_, secret) = server.key(&server.user("maya"));
    assert!(secret.starts_with("acme_sk_"), "the new prefix");
    assert_eq!(server.code_of(&secret), "valid");
}
