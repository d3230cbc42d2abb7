//! Repositories that are odd, broken, or hostile on purpose: no setting of theirs hides anything, and none of their programs runs.

use crate::kit::{Folder, Scanned, own_key};

/// A program in a repository that leaves a mark when it runs.
fn trap(folder: &Folder) -> String {
    use std::os::unix::fs::PermissionsExt;
    let mark = folder.home().join("ran");
    let path = folder.home().join("trap");
    std::fs::write(&path, format!("#!/bin/sh\ntouch '{}'\ncat\n", mark.display())).expect("a program");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it may run");
    path.display().to_string()
}

fn ran(folder: &Folder) -> bool {
    folder.home().join("ran").exists()
}

#[test]
fn settings_and_attributes_hide_nothing_and_run_nothing() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a\n");
    folder.commit("base");
    folder.file("b", format!("{key}\n"));
    folder.file(".gitattributes", "* -diff -text filter=evil diff=evil ident binary export-ignore\n");
    folder.git(["add", "."]);
    let trap = trap(&folder);
    for name in [
        "core.fsmonitor",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.pager",
        "core.sshCommand",
        "core.alternateRefsCommand",
        "core.askPass",
        "gpg.program",
        "alias.cat-file",
    ] {
        folder.git(["config", name, &trap]);
    }
    for (name, value) in [
        ("color.ui", "always"),
        ("diff.noprefix", "true"),
        ("diff.relative", "true"),
        ("diff.renames", "copies"),
        ("diff.ignoreSubmodules", "all"),
        ("core.quotePath", "true"),
        ("log.showSignature", "true"),
        ("core.hooksPath", "."),
        ("core.abbrev", "4"),
    ] {
        folder.git(["config", name, value]);
    }
    for hook in ["post-index-change", "pre-commit", "reference-transaction"] {
        std::fs::create_dir_all(folder.at(".git/hooks")).expect("a folder");
        std::fs::copy(&trap, folder.at(format!(".git/hooks/{hook}"))).expect("a hook");
    }
    folder.scan(["--staged"]).found(&key);
    let mut scan = folder.scanner(["--staged"]);
    scan.envs([("GIT_EXTERNAL_DIFF", &*trap), ("GIT_PAGER", &*trap), ("PAGER", &*trap), ("GIT_GLOB_PATHSPECS", "1")]);
    Scanned::run(scan, "").found(&key);
    assert!(!ran(&folder), "a program of the repository's was run");
    folder.git([
        "-c",
        "core.fsmonitor=false",
        "-c",
        "filter.evil.process=",
        "-c",
        "filter.evil.clean=cat",
        "commit",
        "-qnm",
        "x",
    ]);
    std::fs::remove_file(folder.home().join("ran")).ok();
    folder.scan(["--range", "HEAD~1..HEAD"]).found(&key);
    folder.scan(["--history"]).found(&key);
    folder.scan(["--history", "--all-objects"]).found(&key);
    assert!(!ran(&folder), "a program of the repository's was run");
}

#[test]
fn replaced_and_grafted_commits_hide_nothing() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a\n");
    let base = folder.commit("base");
    folder.file("b", format!("{key}\n"));
    let bad = folder.commit("a key");
    folder.git(["rm", "-q", "b"]);
    let tip = folder.commit("removed");
    let (blob, harmless) =
        (folder.git(["rev-parse", &format!("{bad}:b")]), folder.git(["rev-parse", &format!("{base}:a")]));
    folder.git(["replace", &blob, &harmless]);
    folder.scan(["--history"]).found(&key);
    folder.scan(["--range", &format!("{base}..{tip}")]).found(&key);
    folder.git(["replace", "-d", &blob]);
    folder.git(["replace", "--graft", &tip, &base]);
    folder.scan(["--history"]).found(&key);
    folder.scan(["--range", &format!("{base}..{tip}")]).found(&key);
    folder.git(["replace", "-d", &tip]);
    folder.file(".git/info/grafts", format!("{tip} {base}\n"));
    folder.scan(["--history"]).found(&key);
    folder.scan(["--range", &format!("{base}..{tip}")]).found(&key);
}

#[test]
fn names_that_mean_something_elsewhere_are_names_here() {
    use std::os::unix::ffi::OsStringExt;
    for name in ["-", "--", "--cached", ":(glob)**", "a\nb", "\"quoted\"", " ", "HEAD", "\t", "a b/c\\d", "caf\u{e9}"] {
        let (folder, key) = (Folder::repository(), own_key());
        folder.file(name, format!("{key}\n"));
        folder.git(["add", "--all"]);
        folder.scan(["--staged"]).found(&key);
        folder.git(["commit", "-qm", "base"]);
        folder.file(name, format!("{key}\nmore\n"));
        folder.git(["add", "--all"]);
        folder.scan(["--staged"]).clean();
        folder.git(["commit", "-qm", "more"]);
        folder.scan(["--range", "HEAD~1..HEAD"]).clean();
        folder.scan(["--history"]).found(&key);
    }
    let (folder, key) = (Folder::repository(), own_key());
    folder.file(std::ffi::OsString::from_vec(b"\xff\xfe.txt".to_vec()), &key);
    folder.git(["add", "--all"]);
    folder.scan(["--staged"]).found(&key);
    folder.commit("x");
    folder.scan(["--history"]).found(&key);
}

#[test]
fn states_of_the_index_hide_nothing() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a\n");
    folder.file("b", "b\n");
    folder.commit("base");
    // Assumed unchanged, skipped, and harmless in the work tree: the index has it.
    folder.file("a", format!("{key}\n"));
    folder.git(["add", "a"]);
    folder.file("a", "a\n");
    folder.git(["update-index", "--assume-unchanged", "a"]);
    folder.scan(["--staged"]).found(&key);
    folder.git(["update-index", "--no-assume-unchanged", "a"]);
    folder.git(["update-index", "--skip-worktree", "a"]);
    folder.scan(["--staged"]).found(&key);
    folder.git(["update-index", "--no-skip-worktree", "a"]);
    folder.git(["reset", "-q", "--hard"]);
    // Meant to be added: nothing of it is staged.
    folder.file("new", &key);
    folder.git(["add", "--intent-to-add", "new"]);
    folder.scan(["--staged"]).clean();
    folder.git(["add", "new"]);
    folder.scan(["--staged"]).found(&key);
    folder.git(["reset", "-q", "--hard"]);
    // Another index, as `git commit -a` makes it.
    folder.file("b", &key);
    std::fs::copy(folder.at(".git/index"), folder.at(".git/other")).expect("an index");
    let mut add = folder.clean("git");
    add.args(["add", "b"]).env("GIT_INDEX_FILE", folder.at(".git/other"));
    assert!(add.status().expect("it runs").success());
    folder.scan(["--staged"]).clean();
    let mut scan = folder.scanner(["--staged"]);
    scan.env("GIT_INDEX_FILE", folder.at(".git/other"));
    Scanned::run(scan, "").found(&key);
    // Only the mode changes, or it goes away.
    folder.git(["checkout", "-q", "b"]);
    folder.file("old", &key);
    folder.commit("old");
    folder.git(["update-index", "--chmod=+x", "old"]);
    folder.scan(["--staged"]).clean();
    folder.git(["rm", "-q", "-f", "old"]);
    folder.scan(["--staged"]).clean();
    // From a file to a link.
    std::os::unix::fs::symlink(&key, folder.at("old")).expect("a link");
    folder.git(["add", "old"]);
    folder.scan(["--staged"]).clean();
}

#[test]
fn a_conflict_and_a_merge_under_way_bring_what_neither_side_has() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a\n");
    folder.commit("base");
    folder.git(["checkout", "-q", "-b", "side"]);
    folder.file("a", format!("{key}\n"));
    folder.file("s", format!("{key}\n"));
    folder.commit("side");
    folder.git(["checkout", "-q", "main"]);
    folder.file("a", "other\n");
    folder.commit("main");
    let mut merge = folder.clean("git");
    merge.args(["merge", "-q", "side"]);
    merge.output().expect("it runs");
    folder.scan(["--staged"]).clean();
    folder.file("a", format!("other {key}\n"));
    folder.git(["add", "a"]);
    folder.scan(["--staged"]).clean();
    let evil = own_key();
    folder.file("a", format!("other {key} {evil}\n"));
    folder.git(["add", "a"]);
    folder.scan(["--staged"]).found(&evil);
}

#[test]
fn a_head_that_cannot_be_read_is_a_failure() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a\n");
    folder.commit("base");
    folder.file("b", &key);
    folder.git(["add", "."]);
    folder.file(".git/refs/heads/main", format!("{}\n", "1".repeat(40)));
    folder.scan(["--staged"]).failed("HEAD cannot be read");
    folder.file(".git/refs/heads/main", "rubbish\n");
    folder.scan(["--staged"]).failed("");
    folder.git(["symbolic-ref", "HEAD", "refs/heads/unborn"]);
    folder.scan(["--staged"]).found(&key);
    folder.file(".git/HEAD", "rubbish\n");
    folder.scan(["--staged"]).failed("not a Git repository");
}

#[test]
fn every_layout_of_a_repository_is_looked_into() {
    for format in ["sha1", "sha256"] {
        let (folder, key) = (Folder::new(), own_key());
        folder.git(["init", "-q", "-b", "main", &format!("--object-format={format}")]);
        folder.file("b", &key);
        folder.git(["add", "."]);
        folder.scan(["--staged"]).found(&key);
        folder.commit("a key");
        folder.scan(["--history"]).found(&key);
        folder.file("a", "a");
        folder.commit("more");
        folder.scan(["--range", "HEAD~1..HEAD"]).clean();
        folder.scan(["--range", &format!("{}..HEAD", "0".repeat(folder.git(["rev-parse", "HEAD"]).len()))]).found(&key);
        // A linked work tree, with an index of its own.
        folder.git(["worktree", "add", "-q", "-b", "linked", "tree"]);
        folder.file("tree/deep/new", own_key());
        folder.git(["-C", "tree", "add", "."]);
        folder.scan(["--staged"]).clean();
        let mut scan = folder.scanner(["--staged"]);
        scan.current_dir(folder.at("tree/deep"));
        assert_eq!(Scanned::run(scan, "").code, 1);
        // Objects of another repository, and none of its own.
        folder.git(["clone", "-q", "--bare", "--shared", ".", "bare.git"]);
        let mut scan = folder.scanner(["--history"]);
        scan.current_dir(folder.at("bare.git"));
        Scanned::run(scan, "").found(&key);
        let mut scan = folder.scanner(["--history"]);
        scan.env("GIT_DIR", "bare.git");
        Scanned::run(scan, "").found(&key);
    }
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let (inner, folder, key) = (Folder::repository(), Folder::repository(), own_key());
    inner.file("a", &key);
    inner.commit("a key");
    let from = inner.path().display().to_string();
    folder.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "inner"]);
    folder.scan(["--staged"]).clean();
    folder.commit("a submodule");
    folder.scan(["--history"]).clean();
    let mut scan = folder.scanner(["--history"]);
    scan.current_dir(folder.at("inner"));
    Scanned::run(scan, "").found(&key);
}

#[test]
fn without_git_it_is_a_failure_that_says_so() {
    let folder = Folder::repository();
    let mut scan = folder.scanner(["--staged"]);
    scan.env("PATH", folder.path());
    Scanned::run(scan, "").failed("git is not on the PATH");
}

#[test]
fn a_large_blob_and_many_objects_are_looked_into() {
    let (folder, key) = (Folder::repository(), own_key());
    let mut text = "0123456789abcde\n".repeat(33 * 1024 * 1024 / 16);
    text.push_str(&key);
    folder.file("large", &text);
    for file in 0..300 {
        folder.file(format!("many/{file}"), format!("{file}\n"));
    }
    folder.git(["add", "."]);
    folder.scan(["--staged"]).found(&key);
    folder.commit("large");
    folder.scan(["--history"]).found(&key);
    folder.scan(["--history", "--all-objects"]).found(&key);
}
