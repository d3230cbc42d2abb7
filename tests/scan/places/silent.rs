//! What must stay silent: changes that bring nothing new, and values that are none.

use base64::Engine;

use super::{Pair, Way, base, found, push, scan, silent, staged};
use crate::binary;
use crate::kit::Folder;

/// A repository whose last commit has the pair in `a`, on a line in the middle.
fn with_a_pair() -> (Folder, Pair) {
    let (folder, pair) = (base(), Pair::fresh());
    let lines: String = (0..50).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
    staged(&folder, "a", format!("{lines}{}{lines}", pair.text()));
    folder.commit("it was there before");
    (folder, pair)
}

/// Silent as a commit, and as a push onto what was there before.
#[track_caller]
fn brings_nothing(folder: &Folder) {
    silent(&scan(folder, Way::Staged), Way::Staged);
    let before = folder.git(["rev-parse", "HEAD"]);
    folder.git(["commit", "--quiet", "--allow-empty", "--no-verify", "-m", "planted"]);
    let tip = folder.git(["rev-parse", "HEAD"]);
    folder.git(["update-ref", "refs/remotes/origin/main", &before]);
    let line = format!("refs/heads/main {tip} refs/heads/main {before}\n");
    silent(&folder.scan_with(["--pre-push", "origin", "--tier", "a,b", "--format", "json"], &line), Way::Push);
    silent(&folder.scan(["--range", &format!("{before}..{tip}"), "--tier", "a,b", "--format", "json"]), Way::Push);
}

#[test]
fn a_value_that_moves_within_its_file() {
    let (folder, pair) = with_a_pair();
    staged(&folder, "a", format!("{}moved up\n", pair.text()));
    brings_nothing(&folder);
    found(&folder.scan(["--history", "--tier", "a,b", "--format", "json"]), &pair, Way::History);
}

#[test]
fn other_lines_of_the_same_file() {
    let (folder, pair) = with_a_pair();
    staged(&folder, "a", format!("{}and more\n", std::fs::read_to_string(folder.at("a")).expect("a file")));
    brings_nothing(&folder);
    staged(&folder, "a", format!("{}once more\n", pair.text()));
    // Everything that is touched, where that is asked for.
    found(&folder.scan(["--staged", "--whole", "--tier", "a,b", "--format", "json"]), &pair, Way::Staged);
}

#[test]
fn a_file_that_is_renamed_or_may_be_run_now() {
    let (folder, _) = with_a_pair();
    folder.git(["mv", "a", "b"]);
    brings_nothing(&folder);
    folder.git(["update-index", "--chmod=+x", "b"]);
    brings_nothing(&folder);
}

#[test]
fn a_value_that_is_removed() {
    let (folder, _) = with_a_pair();
    staged(&folder, "a", "gone\n");
    brings_nothing(&folder);
    let (folder, _) = with_a_pair();
    folder.git(["rm", "--quiet", "a"]);
    brings_nothing(&folder);
}

#[test]
fn a_clean_merge() {
    let (folder, _) = with_a_pair();
    let before = folder.git(["rev-parse", "HEAD"]);
    folder.git(["checkout", "--quiet", "-b", "side"]);
    staged(&folder, "side", "side\n");
    folder.commit("side");
    folder.git(["checkout", "--quiet", "main"]);
    let text = std::fs::read_to_string(folder.at("a")).expect("a file");
    staged(&folder, "a", format!("{text}more\n"));
    folder.commit("here");
    folder.git(["merge", "--quiet", "--no-ff", "-m", "merged", "side"]);
    let range = format!("{before}..HEAD");
    silent(&folder.scan(["--range", &range, "--tier", "a,b", "--format", "json"]), Way::Push);
}

#[test]
fn line_ends_that_change() {
    let (folder, _) = with_a_pair();
    let text = std::fs::read_to_string(folder.at("a")).expect("a file");
    staged(&folder, "a", text.replace('\n', "\r\n"));
    brings_nothing(&folder);
}

#[test]
fn what_comes_back_is_new_again() {
    let (folder, pair) = with_a_pair();
    let text = std::fs::read_to_string(folder.at("a")).expect("a file");
    staged(&folder, "a", "gone\n");
    folder.commit("gone");
    staged(&folder, "a", text);
    found(&scan(&folder, Way::Staged), &pair, Way::Staged);
}

#[test]
fn prose_and_noise() {
    let folder = base();
    let prose =
        "Keys look like sk_live_ and 49 characters more; tokens begin with ghp_, and passwords are password = \"…\".\n"
            .repeat(300);
    let wide: Vec<u8> = prose.encode_utf16().flat_map(u16::to_le_bytes).collect();
    staged(&folder, "prose.txt", &prose);
    staged(&folder, "wide.txt", wide);
    staged(&folder, "packed.txt", base64::engine::general_purpose::STANDARD.encode(&prose));
    staged(
        &folder,
        "placeholders",
        format!("sk_live_{}\nsk_test_{}\nghp_{}\n", "x".repeat(49), "0".repeat(49), "a".repeat(36)),
    );
    let hashes = (0_u32..500)
        .map(|n| {
            let digest = ring::digest::digest(&ring::digest::SHA512, &n.to_be_bytes());
            let encoded = base64::engine::general_purpose::STANDARD.encode(digest);
            format!("\"integrity\": \"sha512-{encoded}\"\n")
        })
        .collect::<Vec<_>>()
        .concat();
    staged(&folder, "package-lock.json", hashes);
    brings_nothing(&folder);
    silent(&scan(&folder, Way::Folder), Way::Folder);
    silent(&scan(&folder, Way::History), Way::History);
}

#[test]
fn examples_out_of_manuals() {
    let folder = base();
    let id = format!("AKIA{}", "IOSFODNN7EXAMPLE");
    let secret = format!("wJalrXUtnFEMI/K7MDENG/{}", "bPxRfiCYEXAMPLEKEY");
    staged(&folder, "aws.md", format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n"));
    let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.not.a-token";
    staged(&folder, "jwt.md", jwt);
    staged(&folder, "url.md", "postgres://user:${PASSWORD}@localhost/db\nmysql://root:<password>@host/db\n");
    brings_nothing(&folder);
    silent(&scan(&folder, Way::Folder), Way::Folder);
}

#[test]
fn an_allowed_value() {
    let folder = base();
    let pair = Pair::fresh();
    staged(&folder, "a", pair.text());
    let told = folder.scan(["--staged", "--tier", "a,b", "--format", "json"]).json();
    for finding in told["findings"].as_array().expect("findings") {
        let fingerprint = finding["fingerprint"].as_str().expect("a fingerprint");
        let mut command = folder.scanner(["allow", fingerprint, "--reason", "made for a test, and revoked"]);
        command.stdin(std::process::Stdio::null());
        binary::run(command).fine();
    }
    folder.git(["add", ".keystead-ignore"]);
    silent(&scan(&folder, Way::Staged), Way::Staged);
    folder.git(["commit", "--quiet", "--no-verify", "-m", "allowed"]);
    let tip = folder.git(["rev-parse", "HEAD"]);
    silent(&push(&folder, &tip), Way::Push);
    silent(&scan(&folder, Way::History), Way::History);
    silent(&scan(&folder, Way::Folder), Way::Folder);
    // Moved to another file, in another commit, it stays allowed; another value does not.
    folder.git(["mv", "a", "moved"]);
    silent(&scan(&folder, Way::Staged), Way::Staged);
    let other = Pair::fresh();
    staged(&folder, "b", other.text());
    found(&scan(&folder, Way::Staged), &other, Way::Staged);
}

#[test]
fn a_mark_in_the_line_is_for_others_keys_alone() {
    let folder = base();
    let pair = Pair::fresh();
    staged(&folder, "a", format!("x = {} # keystead:allow a token of the test\n", pair.vendor));
    brings_nothing(&folder);
    staged(&folder, "b", format!("x = {} # keystead:allow a key of the test\n", pair.own));
    assert_eq!(scan(&folder, Way::Staged).code, 1);
}
