//! What a scan tells, in every form: whole, redacted, and nothing that a terminal, a spreadsheet, a browser or a runner would obey.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::kit::{Folder, own_key, vendor_token};

const FORMS: [&str; 7] = ["text", "json", "jsonl", "sarif", "junit", "csv", "github"];

/// Speaks to a terminal, ends a command of a runner, begins a formula, closes an element, and turns text about.
const EVIL: &str = "=1+\u{1b}[2J\u{202e}\u{9b}31m\r\n::error::x,\"<b>&%0A";

fn with_secrets(names: &[&str]) -> (Folder, String, String) {
    let (folder, own, vendor) = (Folder::new(), own_key(), vendor_token());
    for name in names {
        folder.file(std::ffi::OsStr::from_bytes(name.as_bytes()), format!("first\n a = {own}\nb: {vendor}\n"));
    }
    (folder, own, vendor)
}

#[test]
fn no_form_tells_a_secret_and_each_tells_enough_to_recognise_it() {
    let (folder, own, vendor) = with_secrets(&["a.env", "again.env"]);
    for form in FORMS {
        let scanned = folder.scan(["--format", form]);
        scanned.found(&own).found(&vendor);
        for (secret, prefix) in [(&own, "sk_live_"), (&vendor, "ghp_")] {
            let shown = format!("{prefix}***{}", &secret[secret.len() - 4..]);
            assert!(scanned.stdout.contains(&shown), "{form}: {shown}: {scanned:?}");
            let middle = &secret[prefix.len()..secret.len() - 4];
            for window in middle.as_bytes().windows(6) {
                let window = std::str::from_utf8(window).expect("ASCII");
                assert!(!scanned.stdout.contains(window), "{form} tells a part of the secret: {scanned:?}");
            }
        }
        let named = scanned.stdout.contains("a.env") && scanned.stdout.contains("again.env");
        assert!(named, "{form} names every place: {scanned:?}");
    }
}

#[test]
fn a_path_that_holds_the_secret_is_told_without_it() {
    let key = own_key();
    for form in FORMS {
        let folder = Folder::new();
        folder.file(format!("{key}/settings/{key}.txt"), &key);
        folder.scan(["--format", form, "--explain-skips"]).found(&key);
    }
}

#[test]
fn nothing_in_a_name_reaches_whoever_reads_the_report_as_a_command() {
    let (folder, own, _) = with_secrets(&[EVIL]);
    for form in FORMS {
        let scanned = folder.scan(["--format", form]);
        scanned.found(&own);
        let turns = |c: char| ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
        let fine = |c: char| c == '\n' || (c == '\r' && form == "csv");
        let control = scanned.stdout.chars().find(|c| (c.is_control() && !fine(*c)) || turns(*c));
        assert_eq!(control, None, "{form}: {scanned:?}");
    }
    let github = folder.scan(["--format", "github"]).stdout;
    assert!(github.lines().all(|line| line.starts_with("::")), "{github}");
    assert!(!github.lines().any(|line| line.starts_with("::error::x")), "{github}");
    let junit = folder.scan(["--format", "junit"]).stdout;
    assert!(!junit.contains("<b>") && junit.contains("&lt;b&gt;&amp;"), "{junit}");
    let csv = folder.scan(["--format", "csv"]).stdout;
    assert!(csv.contains("\"'=1+") && csv.contains(",\"\"<b>"), "{csv}");
    for line in csv.split_terminator("\r\n") {
        assert!(line.split(',').all(|cell| !cell.starts_with(['=', '+', '@'])), "{line}");
    }
}

#[test]
fn text_says_where_what_and_what_to_do() {
    let (folder, own, vendor) = with_secrets(&["a.env"]);
    let scanned = folder.scan(["a.env"]);
    let tail = &own[own.len() - 4..];
    assert!(scanned.stdout.contains(&format!("a.env:2:6: keystead-key sk_live_***{tail}\n")), "{scanned:?}");
    assert!(scanned.stdout.contains("keystead key rotate"), "{scanned:?}");
    assert!(scanned.stdout.contains("a.env:3:4: github-pat ghp_***"), "{scanned:?}");
    assert!(scanned.stderr.contains("2 secrets; looked into 1 file, "), "{scanned:?}");
    let (_, said) = folder.scan_json(["a.env"]);
    for finding in said["findings"].as_array().expect("findings") {
        let name = finding["fingerprint"].as_str().expect("a fingerprint");
        assert!(scanned.stdout.contains(&format!("keystead scan allow {name} --reason \"")), "{scanned:?}");
    }
    folder.scan(["a.env"]).found(&own).found(&vendor);
}

#[test]
fn the_command_that_is_told_allows_the_finding() {
    let (folder, token) = (Folder::repository(), vendor_token());
    folder.file("a.env", &token);
    folder.commit("first");
    let (_, said) = folder.scan_json(["."]);
    let command = said["findings"][0]["fixes"][1].as_str().expect("a fix").to_owned();
    let words = command
        .split_once(": keystead ")
        .expect("a command of this program")
        .1
        .replace("\"why it may stay\"", "because");
    let mut keystead = folder.clean(crate::binary::KEYSTEAD);
    keystead.args(words.split(' '));
    crate::binary::run(keystead).fine();
    folder.scan(["."]).clean();
    let (code, said) = folder.scan_json(["."]);
    assert_eq!((code, &said["findings"][0]["standing"]), (0, &"allowed".into()), "{said}");
    let sarif = folder.scan(["--format", "sarif"]).json();
    let suppressed = &sarif["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppressed, &serde_json::json!({ "kind": "external", "justification": "because" }), "{sarif}");
}

#[test]
fn json_and_its_lines_say_the_same_and_end_with_how_much_was_looked_into() {
    let (folder, _, _) = with_secrets(&["a.env", "b\u{e4}"]);
    std::fs::create_dir(folder.at("empty")).expect("a folder");
    let paths = ["a.env", "b\u{e4}", "empty"];
    let (code, whole) = folder.scan_json(paths);
    let lines = folder.scan(paths.iter().copied().chain(["--format", "jsonl"]));
    assert_eq!((code, lines.code), (1, 1));
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(kinds, ["finding", "finding", "skip", "summary"]);
    assert_eq!(lines[0]["more"][0]["path"], "b\u{e4}", "the same value elsewhere is named with it");
    assert_eq!((&whole["verdict"], &whole["seen"]["files"]), (&"found".into(), &2.into()), "{whole}");
    assert_eq!((&lines[3]["counts"], &lines[3]["seen"]), (&whole["counts"], &whole["seen"]));
    assert_eq!(whole["skips"][0]["why"], "empty", "{whole}");
    for field in ["rule", "line", "column", "secret", "fingerprint", "path"] {
        assert_eq!(lines[0][field], whole["findings"][0][field], "{field}");
    }
}

#[test]
fn a_path_that_is_not_text_is_told_to_the_byte() {
    let (folder, key) = (Folder::new(), own_key());
    folder.file(std::ffi::OsStr::from_bytes(b"\xffx y"), &key);
    let (_, said) = folder.scan_json(["."]);
    assert_eq!(
        (&said["findings"][0]["path"], &said["findings"][0]["path_base64"]),
        (&"\u{fffd}x y".into(), &"/3ggeQ==".into())
    );
    let sarif = folder.scan(["--format", "sarif"]).json();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "%FFx%20y", "{sarif}");
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let (folder, _, _) = with_secrets(&["a.env"]);
    std::fs::create_dir(folder.at("empty")).expect("a folder");
    let sarif = folder.scan(["a.env", "empty", "--format", "sarif"]).json();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in run["results"].as_array().expect("results") {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small")];
        assert_eq!((&rule["id"], &result["level"]), (&result["ruleId"], &"error".into()), "{sarif}");
        assert_eq!(result["partialFingerprints"]["keystead/v1"].as_str().map(str::len), Some(32), "{sarif}");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a.env", "{sarif}");
        assert!(place["region"]["startLine"].as_u64() > Some(1) && place["region"]["startColumn"].is_u64(), "{sarif}");
    }
    assert_eq!(run["results"].as_array().map(Vec::len), Some(2));
    let invocation = &run["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&false.into(), &1.into()), "{sarif}");
    assert_eq!(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], "empty", "{sarif}");
    assert_eq!(run["properties"]["files"], 1, "{sarif}");
}

#[test]
fn every_form_of_a_clean_scan_says_how_much_was_looked_into() {
    let folder = Folder::new();
    folder.file("readme", "12345");
    for form in FORMS {
        let scanned = folder.scan(["readme", "--format", form]);
        scanned.clean();
        let said = format!("{}{}", scanned.stdout, scanned.stderr);
        let files = ["1 file", "\"files\": 1", "\"files\":1"].iter().any(|files| said.contains(files));
        assert!(files && said.contains('5'), "{form}: {said}");
    }
}

#[test]
fn what_was_not_looked_into_is_in_every_form_with_its_reason() {
    let folder = Folder::new();
    std::fs::create_dir(folder.at("empty")).expect("a folder");
    for form in FORMS {
        let scanned = folder.scan(["empty", "--format", form]);
        scanned.failed("not clean");
        let said = format!("{}{}", scanned.stdout, scanned.stderr);
        assert!(said.contains("nothing to look into") && said.contains("empty"), "{form}: {said}");
    }
}

#[test]
fn a_report_in_a_file_is_its_owners_alone_and_whole() {
    let (folder, own, _) = with_secrets(&["src/a.env"]);
    let old = folder.file("report.json", "what was there before");
    std::fs::set_permissions(&old, PermissionsExt::from_mode(0o644)).expect("a mode");
    let scanned = folder.scan(["src", "--format", "json", "--output", "report.json"]);
    scanned.found(&own);
    assert_eq!(scanned.stdout, "");
    let report = std::fs::read_to_string(&old).expect("a report");
    assert!(serde_json::from_str::<Value>(&report).is_ok() && !report.contains(&own), "{report}");
    assert_eq!(old.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is left beside it: {names:?}");
    for unwritable in ["nowhere/report", "src", "/proc/report"] {
        let scanned = folder.scan(["src", "--output", unwritable]);
        scanned.failed("--output");
        assert_eq!(scanned.stdout, "");
    }
}

#[test]
fn secrets_are_shown_on_a_terminal_and_written_nowhere_else() {
    let (folder, own, _) = with_secrets(&["a.env"]);
    for args in [&["--show-secrets"][..], &["--show-secrets", "--output", "report"]] {
        let scanned = folder.scan(args);
        scanned.failed("--show-secrets");
        assert!(!format!("{scanned:?}").contains(&own) && !folder.at("report").exists(), "{scanned:?}");
    }
}

#[test]
fn modes_exclude_each_other_and_wrong_usage_ends_with_2() {
    let folder = Folder::repository();
    for args in [
        &["--stdin", "--staged"][..],
        &["--stdin", "file"],
        &["--history", "--range", "A..B"],
        &["--all-objects"],
        &["--tier", "d"],
        &["--tier", ""],
        &["--format", "xml"],
        &["--fail-on", "error"],
        &["--respect-gitignore", "--stdin"],
        &["--nonsense"],
    ] {
        let scanned = folder.scan(args);
        assert_eq!((scanned.code, scanned.stdout.as_str()), (2, ""), "{args:?}: {scanned:?}");
        assert!(!scanned.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn only_the_tiers_that_were_named_are_looked_for() {
    let (folder, own, vendor) = with_secrets(&["a.env"]);
    for (tier, rules) in
        [("a", &["keystead-key"][..]), ("b", &["github-pat"]), ("a,b", &["keystead-key", "github-pat"])]
    {
        let (code, said) = folder.scan_json(["--tier", tier]);
        let found: Vec<&str> =
            said["findings"].as_array().expect("findings").iter().filter_map(|one| one["rule"].as_str()).collect();
        assert_eq!((code, found.as_slice()), (1, rules), "{said}");
    }
    folder.scan(["--tier", "a"]).found(&own);
    folder.scan(["--tier", "b"]).found(&vendor);
}

#[test]
fn a_reader_that_goes_away_changes_nothing_about_the_answer() {
    let (folder, _, _) = with_secrets(&["a.env"]);
    let mut shell = folder.clean("sh");
    shell.args(["-c", "\"$0\" scan a.env; echo $? >code", crate::binary::KEYSTEAD]);
    shell.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut child = crate::binary::Guard(shell.spawn().expect("a shell"));
    drop(child.0.stdout.take());
    child.0.wait().expect("a child of ours");
    assert_eq!(std::fs::read_to_string(folder.at("code")).expect("a code").trim(), "1");
}
