//! What may stay: entries of `.keystead-ignore`, marks in the line, baselines. An entry is of a value, wherever it goes; and nothing is
//! allowed by a file that is not understood.

use serde_json::Value;

use crate::kit::{Folder, Scanned, own_key, vendor_token};

const LIST: &str = ".keystead-ignore";

/// Standing and fingerprint of the finding of this rule.
#[track_caller]
fn told(folder: &Folder, args: &[&str], rule: &str) -> (String, String) {
    let (_, all) = folder.scan_json(args);
    let found = all["findings"].as_array().expect("a list").iter().find(|finding| finding["rule"] == rule);
    let found = found.unwrap_or_else(|| panic!("no {rule}: {all}"));
    let text = |field: &str| found[field].as_str().expect("text").to_owned();
    (text("standing"), text("fingerprint"))
}

#[track_caller]
fn allow(folder: &Folder, fingerprint: &str, rest: &[&str]) {
    let args = [&["allow", fingerprint, "--reason", "an example of the vendor's"], rest].concat();
    folder.scan(args).clean();
}

/// A repository with a vendor's token that an entry allows, all of it committed.
fn allowing() -> (Folder, String, String) {
    let (folder, token) = (Folder::repository(), vendor_token());
    folder.file("src/a.py", format!("one\nTOKEN = '{token}'\n"));
    folder.commit("a token");
    let (standing, fingerprint) = told(&folder, &[], "github-pat");
    assert_eq!(standing, "blocks");
    allow(&folder, &fingerprint, &[]);
    folder.scan([""; 0]).clean();
    folder.commit("allow it");
    (folder, token, fingerprint)
}

#[test]
fn what_is_allowed_stays_allowed_wherever_it_goes() {
    let (folder, token, fingerprint) = allowing();
    folder.git(["mv", "src", "lib"]);
    folder.file("lib/a.py", format!("new lines\n\nbefore it\nother = \"{token}\" # changed\n"));
    assert_eq!(told(&folder, &[], "github-pat"), ("allowed".into(), fingerprint.clone()));
    folder.git(["add", "--all"]);
    assert_eq!(told(&folder, &["--staged", "--whole"], "github-pat"), ("allowed".into(), fingerprint.clone()));
    folder.commit("moved");
    folder.git(["commit", "--quiet", "--amend", "--no-verify", "-m", "another commit with the same content"]);
    assert_eq!(told(&folder, &["--history"], "github-pat"), ("allowed".into(), fingerprint));
    folder.scan(["--history"]).clean();
}

#[test]
fn another_value_is_another_finding() {
    let (folder, token, fingerprint) = allowing();
    let other = vendor_token();
    folder.file("src/a.py", format!("one\nTOKEN = '{other}'\n"));
    folder.scan(["."]).found(&other);
    assert_ne!(told(&folder, &[], "github-pat").1, fingerprint);
    folder.file("src/b.py", token);
    folder.scan(["src/b.py"]).clean();
}

#[test]
fn an_entry_of_one_repository_does_not_fit_another() {
    let (folder, token, fingerprint) = allowing();
    let other = Folder::repository();
    other.file("b.py", &token);
    other.commit("the root of another one");
    assert_ne!(told(&other, &[], "github-pat").1, fingerprint);
    let line = std::fs::read_to_string(folder.at(LIST)).expect("the list").lines().last().expect("an entry").to_owned();
    allow(&other, &"0".repeat(32), &["--rule", "github-pat"]);
    let list = std::fs::read_to_string(other.at(LIST)).expect("the list");
    other.file(LIST, format!("{list}{line}\n"));
    other.scan(["."]).found(&token);
}

#[test]
fn fingerprints_are_the_same_before_and_after_the_list_is_made_and_in_a_copy_that_lost_its_history() {
    let (folder, token) = (Folder::repository(), vendor_token());
    let root = folder.commit("nothing yet");
    folder.file("a", &token);
    let before = told(&folder, &[], "github-pat").1;
    allow(&folder, &before, &[]);
    let list = std::fs::read_to_string(folder.at(LIST)).expect("the list");
    assert!(list.contains(&format!("key {root}\n")), "{list}");
    let copy = Folder::new();
    copy.file(LIST, list);
    copy.file("elsewhere/a", &token);
    assert_eq!(told(&copy, &[], "github-pat"), ("allowed".into(), before));
}

#[test]
fn an_own_key_is_allowed_by_a_reason_and_by_no_mark_in_its_line() {
    let (folder, key, token) = (Folder::repository(), own_key(), vendor_token());
    let mark = "keystead:allow it is dead";
    folder.file("a", format!("{key} # {mark}\n"));
    folder.file("b", format!("{token} # {mark}\n"));
    folder.commit("both");
    assert_eq!(told(&folder, &[], "keystead-key").0, "blocks");
    assert_eq!(told(&folder, &[], "github-pat").0, "allowed");
    allow(&folder, &told(&folder, &[], "keystead-key").1, &[]);
    folder.scan([""; 0]).clean();
}

#[test]
fn nothing_is_allowed_without_a_reason() {
    let folder = Folder::new();
    let name = "0".repeat(32);
    folder.scan(["allow", &name, "--rule", "x"]).failed("--reason");
    for reason in ["", "   ", "abc", "two\nlines", "until I have time"] {
        folder.scan(["allow", &name, "--rule", "x", "--reason", reason]).failed("--reason");
    }
    folder.scan(["allow", "short", "--rule", "x", "--reason", "a good one"]).failed("32 hexadecimal");
    folder.scan(["allow", &name, "--reason", "a good one"]).failed("--rule");
    folder.scan(["allow", &name, "--rule", "x", "--reason", "a good one", "--until", "2020-01-01"]).failed("over");
    assert!(!folder.at(LIST).exists());
}

#[test]
fn an_entry_that_is_over_allows_nothing_and_is_told() {
    let (folder, token, fingerprint) = allowing();
    let list = std::fs::read_to_string(folder.at(LIST)).expect("the list");
    let (head, entry) = list.trim_end().rsplit_once('\n').expect("a head and an entry");
    let mut words: Vec<&str> = entry.splitn(4, ' ').collect();
    words.insert(3, "until 2020-12-31");
    folder.file(LIST, format!("{head}\n{}\n", words.join(" ")));
    let scanned = folder.scan(["."]);
    scanned.found(&token);
    assert!(scanned.stderr.contains("over") && scanned.stderr.contains(&fingerprint), "{scanned:?}");
    allow(&folder, &fingerprint, &["--until", "9998-12-31"]);
    folder.scan(["."]).clean();
}

#[test]
fn an_entry_that_nobody_needs_is_told_where_everything_was_looked_at_and_only_there() {
    let (folder, _, fingerprint) = allowing();
    folder.file("src/a.py", "nothing\n");
    folder.file("src/b.py", "nothing\n");
    folder.git(["add", "--all"]);
    let unneeded = |args: &[&str]| folder.scan(args).clean().stderr.contains(&fingerprint);
    assert!(unneeded(&["."]));
    for part in [&["src"][..], &["--staged"], &["--history"], &["--tier", "b", "."]] {
        assert!(!unneeded(part), "{part:?}");
    }
}

#[test]
fn an_entry_that_names_another_rule_than_its_findings_allows_nothing() {
    let (folder, token, fingerprint) = allowing();
    let list = std::fs::read_to_string(folder.at(LIST)).expect("the list");
    folder.file(LIST, list.replace("github-pat", "harmless-rule"));
    let scanned = folder.scan(["."]);
    scanned.found(&token);
    assert!(scanned.stderr.contains("another rule") && scanned.stderr.contains(&fingerprint), "{scanned:?}");
}

#[test]
fn a_list_that_is_not_understood_stops_the_scan_and_is_not_repeated() {
    let folder = Folder::new();
    folder.file("a", "nothing");
    let entry = format!("{} github-pat 2027-01-31 a reason", "0".repeat(32));
    let big = format!("key none\n{}", "#".repeat(1024 * 1024));
    for (list, why) in [
        (format!("key none\n<<<<<<< HEAD\n{entry}\n").into_bytes(), "line 2: a merge"),
        (format!("key none\n{entry}\n{entry}\n").into_bytes(), "line 3: the fingerprint of line 2"),
        (b"key none\nblob:of:another:scanner\n".to_vec(), "line 2"),
        (b"key none\n\0\0\0\n".to_vec(), "line 2: a control"),
        (b"key none\n\xff\xfe\n".to_vec(), "line 2: it is not UTF-8"),
        (b"\x7fELF\x02".to_vec(), "line 1"),
        (big.into_bytes(), "1048576"),
        (Vec::new(), "missing"),
    ] {
        folder.file(LIST, list);
        let scanned = folder.scan(["."]);
        scanned.failed(why);
        assert!(!scanned.stderr.contains("another:scanner"), "{scanned:?}");
    }
    std::fs::remove_file(folder.at(LIST)).expect("it is there");
    folder.file("elsewhere", "key none\n");
    std::os::unix::fs::symlink("elsewhere", folder.at(LIST)).expect("a link");
    folder.scan(["."]).failed("symbolic link");
    folder.scan(["allow", &"0".repeat(32), "--rule", "x", "--reason", "through a link"]).failed("symbolic link");
}

#[test]
fn the_list_is_sorted_and_written_anew_only_where_something_changed() {
    let folder = Folder::new();
    for name in ["f", "0", "a"] {
        allow(&folder, &name.repeat(32), &["--rule", "x"]);
    }
    let list = std::fs::read_to_string(folder.at(LIST)).expect("the list");
    let names: String = list.lines().skip(2).filter_map(|line| line.chars().next()).collect();
    assert_eq!(names, "0af", "{list}");
    folder.file(LIST, list.replace('\n', "\r\n").replace("20", "19"));
    allow(&folder, &"0".repeat(32), &["--rule", "x"]);
    let again = std::fs::read_to_string(folder.at(LIST)).expect("the list");
    assert_eq!(again, list.replace('\n', "\r\n").replace("20", "19"), "neither the day nor the line ends are touched");
}

#[test]
fn what_counts_of_the_list_at_a_commit_is_what_is_committed_with_it() {
    let (folder, token) = (Folder::repository(), vendor_token());
    folder.commit("the root");
    folder.file("a", &token);
    folder.git(["add", "a"]);
    let (_, fingerprint) = told(&folder, &["--staged"], "github-pat");
    allow(&folder, &fingerprint, &[]);
    let scanned = folder.scan(["--staged"]);
    scanned.found(&token);
    assert!(scanned.stderr.contains("git add .keystead-ignore"), "{scanned:?}");
    folder.git(["add", LIST]);
    folder.scan(["--staged"]).clean();
    std::fs::remove_file(folder.at(LIST)).expect("it is there");
    folder.scan(["--staged"]).clean();
    let before = folder.git(["rev-parse", "HEAD"]);
    folder.git(["commit", "--quiet", "--no-verify", "-m", "with its entry"]);
    folder.scan(["--range", &format!("{before}..HEAD")]).clean();
}

#[test]
fn a_finding_is_told_where_git_is_missing_or_the_repository_is_none() {
    let (folder, token) = (Folder::new(), vendor_token());
    folder.file(".git", "gitdir: /nowhere");
    folder.file("a", &token);
    let scanned = folder.scan(["."]);
    scanned.found(&token);
    assert!(scanned.stderr.contains("fingerprints are made without"), "{scanned:?}");
    let mut without_git = folder.scanner(["."]);
    without_git.env("PATH", "/nowhere");
    Scanned::run(without_git, "").found(&token);
}

#[test]
fn one_value_in_many_places_is_one_finding() {
    let (folder, token) = (Folder::new(), vendor_token());
    for n in 10..40 {
        folder.file(format!("{n}"), &token);
    }
    let (code, all) = folder.scan_json(["."]);
    let findings = all["findings"].as_array().expect("a list");
    assert_eq!((code, findings.len()), (1, 1), "{all}");
    let named = findings[0]["more"].as_array().map_or(0, Vec::len);
    assert_eq!((named, &findings[0]["unnamed"]), (20, &Value::from(9)));
}

#[test]
fn a_baseline_allows_what_is_there_and_nothing_that_comes() {
    let (folder, token) = (Folder::repository(), vendor_token());
    folder.file("a", &token);
    folder.commit("a token");
    folder.scan(["baseline", "create", "--reason", "before we looked"]).clean();
    folder.scan(["."]).clean();
    folder.scan(["baseline", "create"]).failed("--force");
    let other = vendor_token();
    folder.file("b", &other);
    folder.scan(["."]).found(&other);
    folder.scan(["baseline", "create", "--force", "--reason", "another day"]).clean();
    let list = std::fs::read_to_string(folder.at(LIST)).expect("the list");
    assert!(list.contains("before we looked") && list.contains("another day"), "{list}");
    assert!(!list.contains(&token) && !list.contains(&other));
}

#[test]
fn a_baseline_leaves_own_keys_out_unless_it_is_told_otherwise() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", &key);
    folder.commit("a key");
    let made = folder.scan(["baseline", "create"]);
    assert!(made.code == 0 && made.stderr.contains("1 keys of your own"), "{made:?}");
    folder.scan(["."]).found(&key);
    folder.scan(["baseline", "create", "--force", "--own-keys"]).clean();
    folder.scan(["."]).clean();
}

#[test]
fn prune_removes_what_neither_the_work_tree_nor_the_history_needs() {
    let (folder, _, fingerprint) = allowing();
    allow(&folder, &"0".repeat(32), &["--rule", "github-pat"]);
    folder.git(["rm", "--quiet", "src/a.py"]);
    folder.commit("gone from the work tree");
    folder.scan(["baseline", "prune"]).clean();
    let list = std::fs::read_to_string(folder.at(LIST)).expect("the list");
    assert!(list.contains(&fingerprint) && !list.contains(&"0".repeat(32)), "{list}");
}

#[test]
fn what_cannot_be_opened_is_accepted_by_its_content() {
    let folder = Folder::repository();
    // The beginning of an archive, and no archive.
    let closed = [&b"PK\x03\x04\x14\x00\x01\x00\x08\x00"[..], &[7; 200]].concat();
    folder.file("vendor/closed.zip", &closed);
    folder.commit("an archive");
    let (code, all) = folder.scan_json(["."]);
    assert_eq!(code, 2, "{all}");
    let fingerprint = all["skips"].as_array().expect("a list").iter().find_map(|skip| skip["fingerprint"].as_str());
    let fingerprint = fingerprint.expect("it is of its content").to_owned();
    allow(&folder, &fingerprint, &[]);
    folder.scan(["."]).clean();
    folder.git(["mv", "vendor/closed.zip", "other.zip"]);
    folder.scan(["."]).clean();
    folder.file("other.zip", [&closed[..], b"more"].concat());
    folder.scan(["."]).failed("");
}
