//! What comes with commits, tags and notes.

use super::{COMMITTED, Way, base, found, place, push, scan, silent, staged};
use crate::binary;
use crate::kit::Folder;

fn committed(folder: &Folder, message: &str) {
    folder.git(["commit", "--quiet", "--allow-empty", "--no-verify", "-m", message]);
}

#[test]
fn the_message_of_a_commit() {
    place(COMMITTED, |folder, pair| committed(folder, &format!("subject\n\n{}", pair.text())));
    place(COMMITTED, |folder, pair| committed(folder, &format!("{} {}", pair.own, pair.vendor)));
}

#[test]
fn who_made_a_commit() {
    for who in ["AUTHOR", "COMMITTER"] {
        place(COMMITTED, |folder, pair| {
            let mut command = folder.clean("git");
            command.args(["commit", "--quiet", "--allow-empty", "-m", "x"]);
            command
                .env(format!("GIT_{who}_NAME"), &pair.own)
                .env(format!("GIT_{who}_EMAIL"), format!("{}@x", pair.vendor));
            binary::run(command).fine();
        });
    }
}

#[test]
fn a_message_in_another_encoding() {
    place(COMMITTED, |folder, pair| {
        folder.git(["config", "i18n.commitEncoding", "ISO-8859-1"]);
        committed(folder, &format!("über {}", pair.text()));
    });
}

#[test]
fn headers_that_git_does_not_know() {
    place(COMMITTED, |folder, pair| {
        let commit = folder.git(["cat-file", "commit", "HEAD"]);
        let (head, message) = commit.split_once("\n\n").expect("a commit");
        let parent = folder.git(["rev-parse", "HEAD"]);
        let head = head.replacen('\n', &format!("\nparent {parent}\n"), 1);
        folder.file("commit", format!("{head}\nx-note {}\n {}\n\n{message}\n", pair.own, pair.vendor));
        let id = folder.git(["hash-object", "-t", "commit", "--literally", "-w", "commit"]);
        folder.git(["reset", "--quiet", "--soft", &id]);
        std::fs::remove_file(folder.at("commit")).expect("removed");
    });
}

#[test]
fn the_message_of_a_tag() {
    place(&[Way::History], |folder, pair| {
        folder.git(["tag", "-a", "-m", &pair.text(), "v1"]);
    });
    place(&[Way::History], |folder, pair| {
        folder.git(["tag", "-a", "-m", "inner", "v1"]);
        folder.git(["tag", "-a", "-m", &pair.text(), "v2", "v1"]);
        folder.git(["tag", "-d", "v1"]);
    });
}

#[test]
fn the_message_of_a_tag_that_is_pushed() {
    let folder = base();
    let pair = super::Pair::fresh();
    folder.git(["tag", "-a", "-m", &pair.text(), "v1"]);
    let tip = folder.git(["rev-parse", "v1"]);
    found(&push(&folder, &tip), &pair, Way::Push);
}

#[test]
fn a_note() {
    place(&[Way::History], |folder, pair| {
        folder.git(["notes", "add", "-m", &pair.text()]);
    });
    place(&[Way::History], |folder, pair| {
        folder.git(["notes", "--ref", "review", "add", "-m", &pair.text()]);
    });
}

#[test]
fn a_tag_of_a_blob() {
    place(&[Way::History], |folder, pair| {
        folder.file("loose", pair.text());
        let id = folder.git(["hash-object", "-w", "loose"]);
        std::fs::remove_file(folder.at("loose")).expect("removed");
        folder.git(["tag", "blob", &id]);
    });
}

#[test]
fn a_commit_that_the_next_one_undoes() {
    place(COMMITTED, |folder, pair| {
        staged(folder, "a", pair.text());
        committed(folder, "added");
        folder.git(["rm", "--quiet", "a"]);
        committed(folder, "removed");
    });
}

#[test]
fn a_merge_that_brings_what_neither_side_had() {
    place(COMMITTED, |folder, pair| {
        folder.git(["checkout", "--quiet", "-b", "side"]);
        staged(folder, "side", "side\n");
        committed(folder, "side");
        folder.git(["checkout", "--quiet", "main"]);
        staged(folder, "here", "here\n");
        committed(folder, "here");
        folder.git(["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
        staged(folder, "evil", pair.text());
        committed(folder, "merged");
    });
}

#[test]
fn a_conflict_that_is_resolved_with_a_key() {
    place(COMMITTED, |folder, pair| {
        for (branch, text) in [("one", "1\n"), ("two", "2\n")] {
            folder.git(["checkout", "--quiet", "-b", branch, "main"]);
            staged(folder, "a", text);
            committed(folder, branch);
        }
        let mut merge = folder.clean("git");
        merge.args(["merge", "one"]);
        assert_ne!(binary::run(merge).code, Some(0), "a conflict");
        staged(folder, "a", format!("1\n2\n{}", pair.text()));
        committed(folder, "resolved");
    });
}

#[test]
fn the_other_parent_of_a_merge() {
    place(COMMITTED, |folder, pair| {
        folder.git(["checkout", "--quiet", "--orphan", "other"]);
        folder.git(["rm", "--quiet", "-r", "--cached", "."]);
        staged(folder, "a", pair.text());
        committed(folder, "another root");
        folder.git(["checkout", "--quiet", "--force", "main"]);
        folder.git([
            "merge",
            "--quiet",
            "-s",
            "ours",
            "--allow-unrelated-histories",
            "-m",
            "theirs is dropped",
            "other",
        ]);
        folder.git(["branch", "-D", "other"]);
    });
}

#[test]
fn what_only_a_stash_a_reflog_or_nothing_reaches() {
    let all = &[Way::AllObjects];
    place(all, |folder, pair| {
        folder.file("readme", pair.text());
        folder.git(["stash", "--quiet"]);
    });
    place(all, |folder, pair| {
        staged(folder, "a", pair.text());
        committed(folder, "added");
        folder.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    });
    place(all, |folder, pair| {
        folder.file("loose", pair.text());
        folder.git(["hash-object", "-w", "loose"]);
        std::fs::remove_file(folder.at("loose")).expect("removed");
    });
    place(all, |folder, pair| {
        folder.file("readme", pair.text());
        folder.git(["stash", "--quiet", "--include-untracked"]);
        folder.git(["stash", "drop", "--quiet"]);
    });
}

#[test]
fn what_a_replacement_hides() {
    place(&[Way::History, Way::Push], |folder, pair| {
        staged(folder, "a", pair.text());
        committed(folder, "added");
        let blob = folder.git(["rev-parse", "HEAD:a"]);
        folder.file("clean", "nothing\n");
        let clean = folder.git(["hash-object", "-w", "clean"]);
        folder.git(["replace", &blob, &clean]);
        std::fs::remove_file(folder.at("clean")).expect("removed");
    });
}

#[test]
fn a_push_onto_what_the_other_side_has_brings_only_what_is_new() {
    let folder = base();
    let pair = super::Pair::fresh();
    staged(&folder, "a", pair.text());
    committed(&folder, "they have it");
    let theirs = folder.git(["rev-parse", "HEAD"]);
    staged(&folder, "b", "new\n");
    committed(&folder, "new");
    let tip = folder.git(["rev-parse", "HEAD"]);
    let line = format!("refs/heads/main {tip} refs/heads/main {theirs}\n");
    let scanned = folder.scan_with(["--pre-push", "origin", "--tier", "a,b", "--format", "json"], &line);
    silent(&scanned, Way::Push);
    found(&scan(&folder, Way::History), &pair, Way::History);
}
