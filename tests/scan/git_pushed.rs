//! A push, before it leaves and before it is taken.

use crate::binary::KEYSTEAD;
use crate::kit::{Folder, Scanned, own_key};

/// A server's repository that scans what is pushed, and the folder that `origin` of this one is.
fn server(folder: &Folder) -> Folder {
    use std::os::unix::fs::PermissionsExt;
    let server = Folder::new();
    server.git(["init", "-q", "--bare", "--initial-branch=main", "."]);
    let hook = server.file("hooks/pre-receive", format!("#!/bin/sh\nexec '{KEYSTEAD}' scan --pre-receive\n"));
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("it may run");
    folder.git(["remote", "add", "origin", &server.path().display().to_string()]);
    server
}

fn push(folder: &Folder, args: &[&str]) -> Scanned {
    let mut command = folder.clean("git");
    command.args(["push", "-q", "origin"]).args(args);
    Scanned::run(command, "")
}

#[test]
fn a_server_takes_what_is_clean_and_refuses_a_key_in_whatever_form_it_comes() {
    let (folder, key) = (Folder::repository(), own_key());
    let server = server(&folder);
    folder.file("a", "a\n");
    folder.commit("base");
    push(&folder, &["main"]).clean();
    folder.file("b", format!("{key}\n"));
    folder.commit("a key");
    push(&folder, &["main"]).found(&key);
    folder.git(["rm", "-q", "b"]);
    folder.commit("removed: it is in the history all the same");
    push(&folder, &["main"]).found(&key);
    push(&folder, &["HEAD:refs/heads/other"]).found(&key);
    folder.git(["reset", "-q", "--hard", "HEAD~2"]);
    folder.git(["tag", "-a", "v1", "-m", &key]);
    push(&folder, &["v1"]).found(&key);
    folder.git(["notes", "add", "-m", &key]);
    push(&folder, &["refs/notes/commits"]).found(&key);
    folder.file("c", &key);
    let blob = folder.git(["hash-object", "-w", "c"]);
    folder.git(["tag", "blob", &blob]);
    push(&folder, &["blob"]).found(&key);
    std::fs::remove_file(folder.at("c")).expect("it is there");
    folder.file("d", "d\n");
    folder.commit("fine");
    push(&folder, &["main", "HEAD:refs/heads/new"]).clean();
    push(&folder, &[":refs/heads/new"]).clean();
    assert_eq!(server.git(["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}

#[test]
fn a_server_that_has_a_value_takes_the_files_next_version_and_not_its_return() {
    let (folder, key) = (Folder::repository(), own_key());
    let server = server(&folder);
    folder.file("a", format!("{key}\n"));
    folder.commit("before there was a hook");
    std::fs::rename(server.at("hooks/pre-receive"), server.at("hooks/later")).expect("a hook");
    push(&folder, &["main"]).clean();
    std::fs::rename(server.at("hooks/later"), server.at("hooks/pre-receive")).expect("a hook");
    folder.file("a", format!("{key}\nmore\n"));
    folder.commit("more");
    push(&folder, &["main"]).clean();
    folder.file("a", "none\n");
    folder.commit("removed");
    push(&folder, &["main"]).clean();
    folder.git(["revert", "--no-edit", "HEAD"]);
    push(&folder, &["main"]).found(&key);
    folder.git(["reset", "-q", "--hard", "HEAD~1"]);
    // The other branch has it, and a merge brings it to this one: it is there already.
    folder.git(["checkout", "-q", "-b", "side", "HEAD~1"]);
    folder.file("s", "s\n");
    folder.commit("side");
    folder.git(["merge", "-q", "--no-edit", "main"]);
    push(&folder, &["side"]).clean();
    // Rewritten: the new commits do not have it, the old ones are known.
    folder.git(["commit", "-q", "--amend", "-m", "another message"]);
    push(&folder, &["--force", "side"]).clean();
}

#[test]
fn what_the_remote_has_by_its_refs_or_by_the_pushed_ones_is_not_looked_at_again() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", &key);
    let known = folder.commit("known there");
    folder.file("b", "b");
    let tip = folder.commit("more");
    let (none, gone) = ("0".repeat(40), "1".repeat(40));
    let scan = |remote: &str, old: &str| {
        folder.scan_with(["--pre-push", remote], &format!("refs/heads/main {tip} refs/heads/main {old}\n"))
    };
    scan("origin", &none).found(&key);
    scan("origin", &gone).found(&key);
    scan("origin", &known).clean();
    scan("https://example.org/*", &known).clean();
    folder.git(["update-ref", "refs/remotes/origin/main", &known]);
    scan("origin", &none).clean();
    scan("origin", &gone).clean();
    scan("other", &none).found(&key);
    scan("https://example.org/*", &none).found(&key);
    folder.scan_with(["--pre-push", "origin"], "").clean();
    folder.scan_with(["--pre-push", "origin"], &format!("x {gone} refs/heads/x {none}\n")).failed("");
    folder.scan_with(["--pre-receive"], "").failed("there is no push");
}

#[test]
fn the_update_hook_looks_at_one_ref() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a");
    let base = folder.commit("base");
    folder.file("a", &key);
    let tip = folder.commit("a key");
    folder.git(["reset", "-q", "--hard", &base]);
    folder.scan(["--update", "refs/heads/main", &base, &tip]).found(&key);
    folder.scan(["--update", "refs/heads/main", &base, &"0".repeat(40)]).clean();
}

#[test]
fn a_hundred_thousand_refs_are_no_matter() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a");
    let base = folder.commit("base");
    let lines: String = (0..100_000).map(|ref_| format!("{base} refs/heads/r{ref_}\n")).collect::<Vec<_>>().concat();
    folder.file(".git/packed-refs", format!("# pack-refs with: peeled fully-peeled sorted \n{}", sorted(&lines)));
    folder.file("a", &key);
    let tip = folder.commit("a key");
    folder.git(["reset", "-q", "--hard", &base]);
    folder.scan_with(["--pre-receive"], &format!("{base} {tip} refs/heads/main\n")).found(&key);
    folder.scan_with(["--pre-receive"], &format!("{base} {base} refs/heads/main\n")).clean();
    folder.scan(["--history"]).clean();
}

fn sorted(lines: &str) -> String {
    let mut lines: Vec<&str> = lines.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line.split_once(' ').map(|(_, name)| name.trim_end()));
    lines.concat()
}
