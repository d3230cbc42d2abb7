//! Everything that was ever committed, and with `--all-objects` whatever else lies in the repository.

use crate::kit::{Folder, own_key};

/// A repository in which nothing is but text.
fn harmless() -> Folder {
    let folder = Folder::repository();
    folder.file("a", "a\n");
    folder.commit("base");
    folder
}

#[test]
fn a_key_that_was_removed_is_found_with_the_commit_that_brought_it() {
    let (folder, key) = (harmless(), own_key());
    folder.scan(["--history"]).clean();
    folder.file("deep/er/b", format!("one\n{key}\n"));
    folder.commit("brings it");
    folder.file("deep/er/b", format!("one\n{key}\ntwo\n"));
    folder.commit("keeps it");
    folder.git(["rm", "-q", "-r", "deep"]);
    folder.commit("removes it");
    folder.scan(["--history"]).found(&key);
}

#[test]
fn a_history_without_a_commit_is_a_failure() {
    Folder::repository().scan(["--history"]).failed("nothing was looked into");
    Folder::new().scan(["--history"]).failed("not a Git repository");
}

#[test]
fn other_branches_tags_notes_and_evil_merges_are_history() {
    let (folder, key) = (harmless(), own_key());
    folder.git(["notes", "add", "-m", &key]);
    folder.scan(["--history"]).found(&key);
    folder.git(["update-ref", "-d", "refs/notes/commits"]);
    folder.scan(["--history"]).clean();
    let blob = folder.file("b", &key);
    let id = folder.git(["hash-object", "-w", "b"]);
    std::fs::remove_file(blob).expect("it is there");
    folder.scan(["--history"]).clean();
    folder.git(["tag", "of-a-blob", &id]);
    folder.scan(["--history"]).found(&key);
    folder.git(["tag", "-d", "of-a-blob"]);
    folder.git(["branch", &key]);
    assert_eq!(folder.scan(["--history"]).code, 1);
    folder.git(["branch", "-D", &key]);
    folder.scan(["--history"]).clean();
}

#[test]
fn stashes_reflogs_and_what_nothing_reaches_are_looked_into_when_asked() {
    let (folder, key) = (harmless(), own_key());
    folder.file("a", format!("{key}\n"));
    folder.git(["stash", "-q"]);
    folder.scan(["--history"]).clean();
    folder.scan(["--history", "--all-objects"]).found(&key);
    folder.git(["stash", "drop", "-q"]);
    folder.scan(["--history", "--all-objects"]).found(&key);
    folder.git(["reflog", "expire", "--expire=now", "--all"]);
    folder.git(["gc", "-q", "--prune=now"]);
    folder.scan(["--history", "--all-objects"]).clean();
    folder.file("b", &key);
    folder.git(["add", "b"]);
    folder.scan(["--history"]).clean();
    folder.scan(["--history", "--all-objects"]).found(&key);
}

#[test]
fn a_shallow_clone_is_not_clean() {
    let (folder, other) = (harmless(), Folder::new());
    folder.file("b", "b");
    folder.commit("more");
    let from = format!("file://{}", folder.path().display());
    other.git(["clone", "-q", "--depth=1", &from, "."]);
    other.scan(["--history"]).failed("");
    other.scan(["--range", "HEAD~1..HEAD"]).failed("A names no commit");
    other.file("c", "c");
    other.commit("on top");
    other.scan(["--range", "HEAD~1..HEAD"]).clean();
}

#[test]
fn a_partial_clone_is_not_clean_and_nothing_is_fetched() {
    let (folder, other) = (harmless(), Folder::new());
    folder.file("a", "another\n");
    folder.commit("more");
    folder.git(["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", folder.path().display());
    other.git(["clone", "-q", "--filter=blob:none", &from, "."]);
    let before = other.git(["count-objects", "-v"]);
    other.scan(["--history"]).failed("");
    other.scan(["--history", "--all-objects"]).failed("");
    assert_eq!(other.git(["count-objects", "-v"]), before);
}

#[test]
fn what_is_found_beside_a_broken_object_counts_and_without_it_a_broken_one_is_a_failure() {
    let (folder, key) = (harmless(), own_key());
    folder.file("b", format!("{key}\n"));
    folder.commit("a key");
    let id = folder.git(["rev-parse", "HEAD~1:a"]);
    let object = folder.at(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    std::fs::remove_file(&object).expect("a loose object");
    folder.scan(["--history"]).found(&key);
    std::fs::write(&object, "no object").expect("a broken object");
    folder.scan(["--history"]).found(&key);
    let folder = harmless();
    let object = folder.at(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    std::fs::remove_file(&object).expect("a loose object");
    folder.scan(["--history"]).failed("");
    folder.scan(["--range", &format!("{}..HEAD", "0".repeat(40))]).failed("");
    std::fs::write(&object, "no object").expect("a broken object");
    folder.scan(["--history"]).failed("");
}
