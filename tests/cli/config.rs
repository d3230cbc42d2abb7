//! What is wrong in a configuration is an error that says where it stands and what to write instead,
//! and never shows a value.

use std::process::Command;

use crate::binary::{Server, admin_token, home, keystead, run, serve, text};

/// Stands for a secret that somebody wrote in the wrong place.
const SECRET: &str = "correct-horse-battery-staple";

fn check(file: &str, env: &[(&str, &str)]) -> crate::binary::Ended {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("keystead.toml");
    std::fs::write(&path, file).expect("written");
    let mut command = keystead(["config", "check", "--config", text(&path)]);
    command.envs(env.iter().copied());
    run(command)
}

#[test]
fn a_configuration_file_that_is_missing_is_an_error_in_every_command() {
    let (home, data) = home();
    let missing = home.path().join("missing.toml");
    let by_flag: [&[&str]; 5] =
        [&["serve"], &["admin", "token"], &["key", "mint"], &["config", "show"], &["config", "check"]];
    for words in by_flag {
        let mut flag = keystead([]);
        flag.args(words).args(["--config", text(&missing)]).current_dir(home.path());
        let mut variable = keystead([]);
        variable.args(words).env("KEYSTEAD_CONFIG", &missing).current_dir(home.path());
        for command in [flag, variable] {
            let stderr = run(command).failed();
            assert!(stderr.contains("missing.toml: the configuration file cannot be read"), "{words:?}: {stderr}");
        }
    }
    assert!(!data.exists() && !home.path().join("keystead-data").exists(), "and nothing is created");
}

#[test]
fn a_misspelt_setting_in_a_file_is_refused_with_its_place_and_the_right_names() {
    for (file, named, known) in [
        ("[http]\nlistne = \"127.0.0.1:1\"", "http.listne", "listen"),
        ("[htpp]\nlisten = \"127.0.0.1:1\"", "htpp", "http"),
        ("[keys.prefix]\nsecret = \"acme_\"", "keys.prefix.secret", "secret_live"),
        ("listen = \"127.0.0.1:1\"", "listen", "http"),
    ] {
        let stderr = check(file, &[]).failed();
        assert!(stderr.contains("keystead.toml: ") && stderr.contains(named) && stderr.contains(known), "{stderr}");
    }
}

#[test]
fn a_misspelt_setting_in_the_environment_is_refused_with_its_variable() {
    for variable in ["KEYSTEAD_HTTP__LISTNE", "KEYSTEAD_HTPP__LISTEN", "KEYSTEAD_HTTP__", "KEYSTEAD_KEYS__PREFIX"] {
        let stderr = check("", &[(variable, SECRET)]).failed();
        assert!(stderr.contains(variable) && stderr.contains("config show"), "{stderr}");
        assert!(!stderr.contains(SECRET), "{stderr}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_without_being_shown() {
    for (file, env, named) in [
        ("[store]\nreaders = \"SECRET\"", None, "store.readers must be a whole number"),
        ("[http]\npublic_docs = \"SECRET\"", None, "http.public_docs must be true or false"),
        ("[http]\nlisten = 7300", None, "http.listen must be text"),
        ("[bootstrap]\ntoken = 31415926535897", None, "bootstrap.token must be text"),
        ("http = \"SECRET\"", None, "http must be a section"),
        ("[keys.prefix]\nretired = \"SECRET\"", None, "keys.prefix.retired must be an array"),
        ("[keys.prefix]\nretired = [\"SECRET\"]", None, "keys.prefix.retired"),
        ("[[keys.prefix.retired]]\nprefix = \"SECRET\"", None, "keys.prefix.retired"),
        ("", Some(("KEYSTEAD_STORE__READERS", SECRET)), "KEYSTEAD_STORE__READERS"),
        ("", Some(("KEYSTEAD_HTTP__PUBLIC_DOCS", SECRET)), "KEYSTEAD_HTTP__PUBLIC_DOCS"),
        ("", Some(("KEYSTEAD_KEYS__PREFIX__RETIRED", SECRET)), "KEYSTEAD_KEYS__PREFIX__RETIRED"),
        ("", Some(("KEYSTEAD_HTTP__LISTEN", SECRET)), "http.listen"),
        ("", Some(("KEYSTEAD_HTTP__PUBLIC_URL", SECRET)), "http.public_url"),
        ("", Some(("KEYSTEAD_HTTP__TRUSTED_PROXIES", SECRET)), "KEYSTEAD_HTTP__TRUSTED_PROXIES"),
        ("[http]\ntrusted_proxies = [\"SECRET\"]", None, "http.trusted_proxies"),
        ("[http]\ntrusted_proxies = [\"10.0.0.1/8\"]", None, "http.trusted_proxies"),
        ("[http]\ntrusted_proxies = [1]", None, "http.trusted_proxies"),
        ("[http]\nclient_address_header = \"SECRET\"", None, "http.client_address_header"),
        ("", Some(("KEYSTEAD_LOG", SECRET)), "log.level"),
        ("", Some(("KEYSTEAD_LOG__FORMAT", SECRET)), "log.format"),
        ("", Some(("KEYSTEAD_STORE__READERS", "0")), "from 1 to 64"),
        ("", Some(("KEYSTEAD_STORE__READERS", "-1")), "store.readers"),
        ("", Some(("KEYSTEAD_HTTP__MAX_BODY_KIB", "99999999999999999999")), "KEYSTEAD_HTTP__MAX_BODY_KIB"),
        ("", Some(("KEYSTEAD_KEYS__PREFIX__SECRET_LIVE", SECRET)), "keys.prefix"),
    ] {
        let stderr = check(&file.replace("SECRET", SECRET), env.as_slice()).failed();
        assert!(stderr.contains(named), "{named}: {stderr}");
        assert!(!stderr.contains(SECRET) && !stderr.contains("31415926535897"), "{stderr}");
    }
}

#[test]
fn a_syntax_error_names_its_line_and_never_quotes_it() {
    for (file, line) in [
        (format!("[bootstrap]\ntoken = \"{SECRET}"), 2),
        (format!("[http]\npublic_docs = true\n\n[bootstrap]\ntoken = {SECRET}\n"), 5),
        (format!("[bootstrap]\ntoken: \"{SECRET}\"\n"), 2),
        (format!("[bootstrap]\ntoken = \"a\"\ntoken = \"{SECRET}\"\n"), 3),
        (format!("[bootstrap\ntoken = \"{SECRET}\"\n"), 1),
    ] {
        let stderr = check(&file, &[]).failed();
        assert!(!stderr.contains(SECRET) && !stderr.contains("horse"), "{stderr}");
        assert!(stderr.contains(&format!("keystead.toml: line {line}: this is not TOML")), "{line}: {stderr}");
    }
}

#[test]
fn a_secret_of_digits_alone_is_read_as_text() {
    for digits in ["123456", "0x10", "1e5", "true", "[1]", "\"quoted\""] {
        let ended = check("", &[("KEYSTEAD_BOOTSTRAP__TOKEN", digits)]);
        assert_eq!(ended.code, Some(0), "{digits}: {ended:?}");
    }
}

#[test]
fn an_unknown_variable_is_warned_about_once_by_serve_and_ignored_elsewhere() {
    let (_home, data) = home();
    let foo = |mut command: Command| {
        command.env("KEYSTEAD_FOO", SECRET);
        command
    };
    for command in [admin_token(&data, &[]), keystead(["key", "mint"])] {
        assert_eq!(run(foo(command)).stderr, "");
    }
    let server = Server::launch(foo(serve(&data)), &data).expect("it starts");
    let said = server.stop(rustix::process::Signal::TERM).1;
    assert_eq!(said.matches("KEYSTEAD_FOO").count(), 1, "{said}");
    assert!(!said.contains(SECRET), "{said}");
}

#[test]
fn a_configuration_that_is_fine_is_called_fine_and_starts_nothing() {
    let (home, _) = home();
    let mut command = keystead(["config", "check"]);
    command.current_dir(home.path());
    let ended = run(command);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(ended.stderr.contains("fine"), "{ended:?}");
    assert_eq!(std::fs::read_dir(home.path()).expect("the directory").count(), 0);
}
