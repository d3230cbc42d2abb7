//! What a scan goes by: `keystead.toml` of a repository adds and takes nothing away, a person's file adds, and a push is judged by its server's
//! files alone.

use crate::binary;
use crate::kit::{Folder, Scanned, own_key, vendor_token};

const SETTINGS: &str = "keystead.toml";

/// A key with a prefix that nobody knows.
fn foreign_key() -> String {
    keystead::key::token::mint("acme_sk_live_").expose().to_owned()
}

#[test]
fn a_prefix_comes_from_the_repository_the_person_or_the_command_line() {
    let (folder, key) = (Folder::new(), foreign_key());
    folder.file("src/a", &key);
    folder.scan(["."]).clean();
    folder.scan([".", "--prefix", "acme_sk_live_"]).found(&key);
    folder.scan([".", "--prefix", "acme"]).failed("--prefix");
    folder.file(SETTINGS, "[scan]\nprefixes = [\"acme_sk_live_\"]\n");
    folder.scan(["."]).found(&key);
    folder.scan_with(["--stdin"], &key).found(&key);
    std::fs::remove_file(folder.at(SETTINGS)).expect("it is there");
    folder.scan(["."]).clean();
    let person = folder.home().join(".config/keystead/scan.toml");
    std::fs::create_dir_all(person.parent().expect("a folder")).expect("a folder");
    std::fs::write(&person, "[scan]\nprefixes = [\"acme_sk_live_\"]\n").expect("a file");
    folder.scan(["."]).found(&key);
    let mut elsewhere = folder.scanner(["."]);
    elsewhere.env("XDG_CONFIG_HOME", folder.at("none"));
    Scanned::run(elsewhere, "").clean();
}

#[test]
fn the_built_in_prefixes_stay_whatever_a_repository_says() {
    let (folder, key) = (Folder::new(), own_key());
    folder.file("a", &key);
    for text in ["[scan]\nprefixes = []\n", "[scan]\nprefixes = [\"sk_live_\", \"pk_live_\"]\n"] {
        folder.file(SETTINGS, text);
        folder.scan(["a"]).found(&key);
    }
}

#[test]
fn settings_that_take_away_point_outside_or_are_not_known_stop_the_scan() {
    let folder = Folder::repository();
    folder.file("a", "nothing");
    let outside = folder.home().join("rules.toml");
    std::fs::write(&outside, "").expect("a file");
    std::os::unix::fs::symlink(&outside, folder.at("link.toml")).expect("a link");
    std::os::unix::fs::symlink(folder.home(), folder.at("linked")).expect("a link");
    std::fs::create_dir(folder.at("folder.toml")).expect("a folder");
    let absolute = format!("[scan]\nrules = \"{}\"\n", outside.display());
    for (text, why) in [
        ("[scan]\nrules = \"../home/rules.toml\"\n", "\"..\""),
        ("[scan]\nrules = \".\"\n", "\"..\""),
        (&absolute, "root on"),
        ("[scan]\nrules = \"link.toml\"\n", "symbolic link"),
        ("[scan]\nrules = \"linked/rules.toml\"\n", "symbolic link"),
        ("[scan]\nrules = \"folder.toml\"\n", "no file"),
        ("[scan]\nrules = \"none.toml\"\n", "no such file"),
        ("[scan]\nrules = \"a\"\n", "a: "),
        ("[scan]\nignore_paths = [\"!a\"]\n", "takes back"),
        ("[scan]\nown_keys = \"allow\"\n", "server"),
        ("[scan]\ntiers = [\"c\"]\n", "server"),
        ("[scan]\nreplace = true\n", "not known"),
        ("[hooks]\nrun = \"sh\"\n", "[scan]"),
        ("[scan\n", "line 1"),
    ] {
        folder.file(SETTINGS, text);
        let scanned = folder.scan(["."]);
        scanned.failed(why);
        folder.git(["add", "--all"]);
        assert_eq!(folder.scan(["--staged"]).code, 2, "{text}");
    }
    for hostile in [vec![b'#'; 70_000], b"[scan]\nprefixes = [\"\0\"]\n".to_vec(), b"\xff\xfe[scan]".to_vec()] {
        folder.file(SETTINGS, hostile);
        folder.scan(["."]).failed(SETTINGS);
    }
}

#[test]
fn ignored_paths_hide_nothing_of_ones_own_and_are_told() {
    let (folder, key, token) = (Folder::repository(), own_key(), vendor_token());
    folder.file(SETTINGS, "[scan]\nignore_paths = [\"testdata/\"]\n");
    folder.file("testdata/token", &token);
    for args in [&["."][..], &["testdata"], &["testdata/token"]] {
        let scanned = folder.scan(args);
        scanned.clean();
        assert!(scanned.stderr.contains("1 findings in 1 files"), "{scanned:?}");
    }
    folder.file("src/testdata.py", &token);
    folder.scan(["."]).found(&token);
    folder.scan(["src"]).found(&token);
    folder.file("testdata/key", &key);
    folder.scan(["testdata"]).found(&key);
    folder.git(["add", "--all"]);
    folder.scan(["--staged"]).found(&key);
}

#[test]
fn what_is_ignored_in_one_place_and_stands_in_another_is_told() {
    let (folder, token) = (Folder::repository(), vendor_token());
    folder.file(SETTINGS, "[scan]\nignore_paths = [\"a/\"]\n");
    folder.file("a/same", &token);
    folder.file("b/same", &token);
    folder.git(["add", "--all"]);
    folder.scan(["--staged"]).found(&token);
    folder.commit("both");
    folder.scan(["--history"]).found(&token);
}

#[test]
fn a_file_that_is_staged_is_judged_by_the_settings_that_are() {
    let (folder, key) = (Folder::repository(), foreign_key());
    folder.file("a", &key);
    folder.git(["add", "--all"]);
    folder.file(SETTINGS, "[scan]\nprefixes = [\"acme_sk_live_\"]\n");
    folder.scan(["--staged"]).clean();
    folder.git(["add", SETTINGS]);
    std::fs::remove_file(folder.at(SETTINGS)).expect("it is there");
    folder.scan(["--staged"]).found(&key);
}

#[test]
fn rules_of_a_repository_are_added_in_the_version_that_is_staged_wherever_one_stands() {
    let folder = Folder::repository();
    let value = format!("{}-{}", "zebra", "0123456789abcdef");
    folder.file("sub/a", &value);
    folder.file(SETTINGS, "[scan]\nrules = \"./ci/rules.toml\"\n");
    let rule = "[[rule]]\nid = \"zebra\"\ndescription = \"Zebra\"\nanchors = [\"zebra-\"]\nregex = \"zebra-[0-9a-f]{16}\"\n\
        matches = [\"zebra-{{}}0123456789abcdef\"]\nsilent = [\"zebra-\"]\n";
    folder.file("ci/rules.toml", rule);
    folder.scan(["."]).found(&value);
    folder.git(["add", "--all"]);
    folder.file("ci/rules.toml", "this is not TOML");
    folder.scan(["."]).failed("ci/rules.toml");
    for taking in ["replace = true\n", "disable = [\"github-pat\"]\n"] {
        folder.file("ci/rules.toml", format!("{taking}{rule}"));
        folder.scan(["."]).failed("ci/rules.toml");
    }
    let mut below = folder.scanner(["--staged"]);
    below.current_dir(folder.at("sub"));
    Scanned::run(below, "").found(&value);
}

/// A bare repository beside, and one to push from.
fn server_and_client() -> (Folder, Folder) {
    let server = Folder::new();
    server.git(["init", "--quiet", "--bare", "--initial-branch=main"]);
    let client = Folder::repository();
    client.git(["remote", "add", "origin", server.path().to_str().expect("UTF-8")]);
    client.commit("the root");
    client.git(["push", "--quiet", "--no-verify", "origin", "main"]);
    let hook = format!("#!/bin/sh\nexec {} scan --pre-receive $(cat options 2>/dev/null)\n", binary::KEYSTEAD);
    let hook = server.file("hooks/pre-receive", hook);
    std::fs::set_permissions(hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("its owner");
    (server, client)
}

/// Did the server take the push? And what was said.
fn push(client: &Folder) -> (bool, String) {
    let mut command = client.clean("git");
    command.args(["push", "--no-verify", "origin", "main"]);
    let ended = binary::run(command);
    (ended.code == Some(0), ended.stderr)
}

#[test]
fn a_push_brings_no_settings_and_no_entries_along() {
    let (server, client) = server_and_client();
    let token = vendor_token();
    client.file("a", &token);
    client.scan(["baseline", "create"]).clean();
    client.file(SETTINGS, "[scan]\nignore_paths = [\"*\"]\n");
    client.commit("a token, and whatever could hide it");
    client.scan(["--history"]).clean();
    let (taken, said) = push(&client);
    assert!(!taken && !said.contains(&token), "{said}");
    // The same list counts, once it stands on the server.
    std::fs::copy(client.at(".keystead-ignore"), server.at(".keystead-ignore")).expect("a copy");
    let (taken, said) = push(&client);
    assert!(taken, "{said}");
}

#[test]
fn own_keys_cannot_be_allowed_where_a_server_says_so() {
    let (server, client) = server_and_client();
    let key = own_key();
    client.file("a", &key);
    client.scan(["baseline", "create", "--own-keys"]).clean();
    client.commit("a key with a reason");
    std::fs::copy(client.at(".keystead-ignore"), server.at(".keystead-ignore")).expect("a copy");
    server.file(SETTINGS, "[scan]\nown_keys = \"enforce\"\n");
    let (taken, said) = push(&client);
    assert!(!taken && said.contains("cannot be allowed"), "{said}");
    server.file(SETTINGS, "[scan]\nown_keys = \"allow\"\n");
    let (taken, said) = push(&client);
    assert!(taken, "{said}");
}

#[test]
fn a_servers_settings_may_stand_elsewhere_and_must_then_be_there() {
    let (server, client) = server_and_client();
    let key = foreign_key();
    client.file("a", &key);
    client.commit("a key");
    server.file("options", "--config /nowhere/keystead.toml");
    let (taken, said) = push(&client);
    assert!(!taken && said.contains("no such file"), "{said}");
    let settings = server.home().join("for-all.toml");
    std::fs::write(&settings, "[scan]\nprefixes = [\"acme_sk_live_\"]\n").expect("a file");
    server.file("options", format!("--config {}", settings.display()));
    let (taken, said) = push(&client);
    assert!(!taken && !said.contains(&key), "{said}");
}

#[test]
fn marks_in_the_line_do_not_count_where_a_server_says_so() {
    let (server, client) = server_and_client();
    let token = vendor_token();
    client.file("a", format!("{token} # keystead:allow an example\n"));
    client.commit("a token with a mark");
    server.file(SETTINGS, "[scan]\ninline_marks = \"ignore\"\n");
    let (taken, said) = push(&client);
    assert!(!taken, "{said}");
    std::fs::remove_file(server.at(SETTINGS)).expect("it is there");
    let (taken, said) = push(&client);
    assert!(taken, "{said}");
}
