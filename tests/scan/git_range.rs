//! What commits bring: a range, and a push, by objects and with merges whatever they hold.

use crate::kit::{Folder, own_key};

#[test]
fn what_a_range_brings_is_found_and_what_was_before_is_not() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", format!("{key}\n"));
    folder.commit("a key");
    folder.file("a", format!("{key}\nmore\n"));
    folder.file("b", "b");
    folder.commit("more");
    folder.scan(["--range", "HEAD~1..HEAD"]).clean();
    folder.scan(["--range", "HEAD~1..HEAD", "--whole"]).found(&key);
    folder.file("b", &key);
    folder.commit("another file");
    folder.scan(["--range", "HEAD~1.."]).found(&key);
    folder.file("b", "b");
    folder.commit("removed again");
    folder.scan(["--range", "HEAD~2..HEAD"]).found(&key);
    folder.scan(["--range", "HEAD~1..HEAD"]).clean();
    folder.scan(["--range", &format!("{}..HEAD", "0".repeat(40))]).found(&key);
}

#[test]
fn a_range_that_names_nothing_is_a_failure() {
    let folder = Folder::repository();
    folder.scan(["--range", "HEAD~1..HEAD"]).failed("names no commit");
    folder.commit("one");
    folder.scan(["--range", "HEAD~1..HEAD"]).failed("A names no commit");
    folder.scan(["--range", "HEAD..nowhere"]).failed("B names no commit");
    folder.scan(["--range", "HEAD"]).failed("A..B");
}

#[test]
fn a_merge_that_changes_what_neither_side_has_is_found_and_a_clean_one_is_not() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a\n");
    folder.commit("base");
    folder.git(["checkout", "-q", "-b", "side"]);
    folder.file("b", format!("{key}\n"));
    let side = folder.commit("side");
    folder.git(["checkout", "-q", "main"]);
    folder.file("c", "c\n");
    let main = folder.commit("main");
    folder.git(["merge", "-q", "--no-ff", "--no-edit", "side"]);
    let merge = folder.git(["rev-parse", "HEAD"]);
    // Against both sides it brings nothing; against main alone the side's commit does.
    folder.git(["update-ref", "refs/remotes/origin/side", &side]);
    folder.git(["update-ref", "refs/remotes/origin/main", &main]);
    let line = |id: &str| format!("refs/heads/main {id} refs/heads/main {main}\n");
    folder.scan_with(["--pre-push", "origin"], &line(&merge)).clean();
    folder.scan(["--range", "HEAD~1..HEAD"]).found(&key);
    folder.git(["reset", "-q", "--hard", &main]);
    folder.git(["merge", "-q", "--no-ff", "--no-commit", "side"]);
    let evil = own_key();
    folder.file("c", format!("{evil}\n"));
    let merge = folder.commit("evil");
    folder.scan_with(["--pre-push", "origin"], &line(&merge)).found(&evil);
}

#[test]
fn messages_names_links_tags_and_refs_are_looked_at() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("a", "a\n");
    folder.commit("base");
    folder.commit(&format!("oh: {key}"));
    folder.scan(["--range", "HEAD~1..HEAD"]).found(&key);
    folder.git(["reset", "-q", "--hard", "HEAD~1"]);
    folder.file(format!("deep/{key}/a"), "nothing");
    folder.git(["add", "."]);
    assert_eq!(folder.scan(["--staged"]).code, 1);
    folder.commit("a name");
    assert_eq!(folder.scan(["--range", "HEAD~1..HEAD"]).code, 1);
    folder.file(format!("deep/{key}/a"), "something else");
    folder.file(format!("deep/{key}/../b"), "something else");
    folder.commit("the name stays");
    folder.scan(["--range", "HEAD~1..HEAD"]).clean();
    folder.git(["reset", "-q", "--hard", "HEAD~2"]);
    std::os::unix::fs::symlink(&key, folder.at("link")).expect("a link");
    folder.commit("a link");
    folder.scan(["--range", "HEAD~1..HEAD"]).found(&key);
    folder.git(["reset", "-q", "--hard", "HEAD~1"]);
    folder.git(["tag", "-a", "v1", "-m", &key]);
    folder.git(["tag", "-a", "v2", "-m", "around", "v1"]);
    folder.scan(["--range", "HEAD..v2"]).found(&key);
    let (id, none) = (folder.git(["rev-parse", "HEAD"]), "0".repeat(40));
    folder.git(["update-ref", "refs/remotes/origin/main", &id]);
    folder.scan_with(["--pre-push", "origin"], &format!("HEAD {id} refs/heads/x {none}\n")).clean();
    assert_eq!(folder.scan_with(["--pre-push", "origin"], &format!("HEAD {id} refs/heads/{key} {none}\n")).code, 1);
    folder.scan_with(["--pre-push", "origin"], &format!("(delete) {none} refs/heads/{key} {id}\n")).clean();
}
