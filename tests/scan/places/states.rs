//! States of an index, shapes of a repository.

use std::os::unix::fs::symlink;

use super::{COMMITTED, CONTENT, Pair, STORED, Way, base, found, place, scan, silent, staged};
use crate::binary;
use crate::kit::{Folder, Scanned};

const STAGED: &[Way] = &[Way::Staged];

#[test]
fn before_the_first_commit() {
    let folder = Folder::repository();
    let pair = Pair::fresh();
    staged(&folder, "a", pair.text());
    found(&scan(&folder, Way::Staged), &pair, Way::Staged);
    let folder = Folder::repository();
    staged(&folder, "a", pair.broken().text());
    silent(&scan(&folder, Way::Staged), Way::Staged);
}

#[test]
fn staged_and_then_changed_or_removed_on_disk() {
    place(STORED, |folder, pair| {
        staged(folder, "a", pair.text());
        folder.file("a", "clean again\n");
    });
    place(STORED, |folder, pair| {
        staged(folder, "a", pair.text());
        std::fs::remove_file(folder.at("a")).expect("removed");
    });
    place(STAGED, |folder, pair| {
        staged(folder, "a", pair.text());
        std::fs::remove_file(folder.at("a")).expect("removed");
        std::fs::create_dir(folder.at("a")).expect("a folder");
    });
}

#[test]
fn marks_in_the_index_that_hide_changes() {
    for mark in ["--assume-unchanged", "--skip-worktree"] {
        place(STORED, |folder, pair| {
            staged(folder, "a", pair.text());
            folder.git(["update-index", mark, "a"]);
        });
    }
}

#[test]
fn renamed_and_changed() {
    place(CONTENT, |folder, pair| {
        let many: String = (0..200).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
        staged(folder, "old", &many);
        folder.commit("many lines");
        folder.git(["mv", "old", "new"]);
        staged(folder, "new", format!("{many}{}", pair.text()));
    });
}

#[test]
fn a_file_that_becomes_a_link_and_a_link_that_becomes_a_file() {
    place(CONTENT, |folder, pair| {
        std::fs::remove_file(folder.at("readme")).expect("removed");
        symlink(pair.word(), folder.at("readme")).expect("a link");
        folder.git(["add", "readme"]);
    });
    place(CONTENT, |folder, pair| {
        symlink("readme", folder.at("link")).expect("a link");
        folder.commit("a link");
        std::fs::remove_file(folder.at("link")).expect("removed");
        staged(folder, "link", pair.text());
    });
}

#[test]
fn a_conflict_in_the_index() {
    place(STAGED, |folder, pair| {
        let ids: Vec<String> = ["base\n".to_owned(), "ours\n".to_owned(), pair.text()]
            .iter()
            .map(|text| {
                folder.file("x", text);
                folder.git(["hash-object", "-w", "x"])
            })
            .collect();
        std::fs::remove_file(folder.at("x")).expect("removed");
        let lines: String =
            ids.iter().enumerate().map(|(n, id)| format!("100644 {id} {}\tboth\n", n + 1)).collect::<Vec<_>>().concat();
        let mut command = folder.clean("git");
        command.args(["update-index", "--index-info"]);
        binary::run_with(command, &lines).fine();
    });
}

#[test]
fn an_index_elsewhere() {
    for (pair, there) in pairs() {
        let folder = base();
        let index = folder.home().join("index");
        let with = |args: &[&str]| {
            let mut command = folder.clean("git");
            command.args(args).env("GIT_INDEX_FILE", &index);
            binary::run(command).fine();
        };
        folder.file("a", pair.text());
        with(&["read-tree", "HEAD"]);
        with(&["add", "a"]);
        let mut command = folder.scanner(["--staged", "--tier", "a,b", "--format", "json"]);
        command.env("GIT_INDEX_FILE", &index);
        judged(&Scanned::run(command, ""), &pair, there);
    }
}

#[test]
fn other_forms_of_an_index() {
    for (name, value) in [
        ("core.splitIndex", "true"),
        ("index.version", "4"),
        ("core.untrackedCache", "true"),
        ("index.sparse", "true"),
        ("feature.manyFiles", "true"),
    ] {
        place(STORED, |folder, pair| {
            folder.git(["config", name, value]);
            staged(folder, "a", pair.text());
        });
    }
}

#[test]
fn a_sparse_work_tree() {
    place(STORED, |folder, pair| {
        staged(folder, "outside/a", pair.text());
        staged(folder, "inside/a", "nothing\n");
        folder.git(["sparse-checkout", "init", "--cone", "--sparse-index"]);
        folder.git(["sparse-checkout", "set", "inside"]);
    });
}

#[test]
fn packed_and_deltified() {
    place(&[Way::History], |folder, pair| {
        let many: String = (0..500).map(|n| format!("line {n} of many\n")).collect::<Vec<_>>().concat();
        for n in 0..4 {
            staged(folder, "a", format!("{n}{many}"));
            folder.commit("one more");
        }
        staged(folder, "a", format!("{many}{}", pair.text()));
        folder.commit("with it");
        folder.git(["gc", "--quiet", "--aggressive", "--prune=now"]);
        folder.git(["pack-refs", "--all"]);
    });
}

/// Refs in tables (Git 2.45 and later) are no files in the repository's folder.
#[test]
fn refs_that_are_no_files() {
    let with_tables = |folder: &Folder| {
        let mut command = folder.clean("git");
        command.args(["refs", "migrate", "--ref-format=reftable"]);
        binary::run(command).code == Some(0)
    };
    if !with_tables(&base()) {
        eprintln!("this Git has no tables of refs: passed over");
        return;
    }
    place(STORED, |folder, pair| {
        assert!(with_tables(folder));
        staged(folder, "a", pair.text());
    });
    place(&[Way::History], |folder, pair| {
        assert!(with_tables(folder));
        staged(folder, "a", pair.text());
        folder.commit("with it");
        folder.git(["tag", "kept"]);
        folder.git(["reset", "--quiet", "--hard", "HEAD~"]);
    });
    let (folder, pair) = (Folder::new(), Pair::fresh());
    folder.git(["init", "--quiet", "--initial-branch=main", "--ref-format=reftable"]);
    staged(&folder, "before-the-first-commit", pair.text());
    found(&scan(&folder, Way::Staged), &pair, Way::Staged);
}

/// Git does not look into a repository of somebody else's; a scan that did not look is not clean, and says what to do.
#[test]
fn a_repository_of_somebody_else() {
    let (folder, pair) = (base(), Pair::fresh());
    staged(&folder, "a", pair.text());
    for way in [["--staged"], ["--history"]] {
        let scan = |trusted: bool| {
            let mut command = folder.scanner(way);
            // As if its files were another user's: Git has this for its own tests, and only root could make it so.
            command.args(["--tier", "a,b", "--format", "json"]).env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
            if trusted {
                command.envs([
                    ("GIT_CONFIG_COUNT", "1"),
                    ("GIT_CONFIG_KEY_0", "safe.directory"),
                    ("GIT_CONFIG_VALUE_0", "*"),
                ]);
            }
            Scanned::run(command, "")
        };
        let refused = scan(false);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("safe.directory"), "{refused:?}");
        assert!(!refused.stderr.contains(&pair.own) && !refused.stdout.contains(&pair.own), "{refused:?}");
        if way == ["--staged"] {
            found(&scan(true), &pair, Way::Staged);
        }
    }
}

#[test]
fn a_branch_that_is_not_checked_out() {
    place(&[Way::History], |folder, pair| {
        folder.git(["checkout", "--quiet", "--orphan", "pages"]);
        staged(folder, "a", pair.text());
        folder.commit("pages");
        folder.git(["checkout", "--quiet", "--force", "main"]);
    });
}

#[test]
fn a_detached_head() {
    place(COMMITTED, |folder, pair| {
        folder.git(["checkout", "--quiet", "--detach"]);
        staged(folder, "a", pair.text());
    });
}

/// Scans in a folder below, or beside.
fn within(folder: &Folder, below: &str, args: &[&str]) -> Scanned {
    let mut command = folder.scanner(args);
    command.args(["--tier", "a,b", "--format", "json"]).current_dir(folder.at(below));
    Scanned::run(command, "")
}

#[track_caller]
fn judged(scanned: &Scanned, pair: &Pair, there: bool) {
    if there { found(scanned, pair, Way::Staged) } else { silent(scanned, Way::Staged) }
}

fn pairs() -> [(Pair, bool); 2] {
    let pair = Pair::fresh();
    let broken = pair.broken();
    [(pair, true), (broken, false)]
}

#[test]
fn from_a_folder_below_the_root() {
    for (pair, there) in pairs() {
        let folder = base();
        std::fs::create_dir(folder.at("below")).expect("a folder");
        staged(&folder, "above.txt", pair.text());
        judged(&within(&folder, "below", &["--staged"]), &pair, there);
    }
}

#[test]
fn a_linked_work_tree() {
    for (pair, there) in pairs() {
        let folder = base();
        folder.git(["worktree", "add", "--quiet", "linked"]);
        folder.file("linked/a", pair.text());
        folder.git(["-C", "linked", "add", "a"]);
        judged(&within(&folder, "linked", &["--staged"]), &pair, there);
        silent(&scan(&folder, Way::Staged), Way::Staged);
    }
}

#[test]
fn a_bare_repository_and_one_that_borrows_its_objects() {
    for (pair, there) in pairs() {
        let folder = base();
        staged(&folder, "a", pair.text());
        folder.commit("with it");
        folder.git(["clone", "--quiet", "--bare", ".", "bare.git"]);
        judged(&within(&folder, "bare.git", &["--history"]), &pair, there);
        folder.git(["clone", "--quiet", "--shared", ".", "borrows"]);
        judged(&within(&folder, "borrows", &["--history"]), &pair, there);
    }
}

#[test]
fn a_repository_whose_folder_is_elsewhere() {
    for (pair, there) in pairs() {
        let folder = Folder::new();
        folder.git(["init", "--quiet", "--separate-git-dir", "store", "tree"]);
        folder.file("tree/a", pair.text());
        folder.git(["-C", "tree", "add", "a"]);
        judged(&within(&folder, "tree", &["--staged"]), &pair, there);
        let mut command = folder.scanner(["--staged", "--tier", "a,b", "--format", "json"]);
        command.env("GIT_DIR", folder.at("store")).env("GIT_WORK_TREE", folder.at("tree")).current_dir(folder.home());
        judged(&Scanned::run(command, ""), &pair, there);
    }
}

#[test]
fn a_submodule() {
    for (pair, there) in pairs() {
        let folder = base();
        let inner = base();
        let url = inner.path().to_str().expect("UTF-8");
        folder.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "inner"]);
        folder.file("inner/a", pair.text());
        folder.git(["-C", "inner", "add", "a"]);
        judged(&within(&folder, "inner", &["--staged"]), &pair, there);
    }
}

#[test]
fn sha_256() {
    for (pair, there) in pairs() {
        let folder = Folder::new();
        folder.git(["init", "--quiet", "--object-format=sha256", "--initial-branch=main", "."]);
        folder.commit("first");
        staged(&folder, "a", pair.text());
        judged(&scan(&folder, Way::Staged), &pair, there);
        folder.commit("second");
        judged(&scan(&folder, Way::Push), &pair, there);
        judged(&scan(&folder, Way::History), &pair, there);
    }
}

#[test]
fn many_refs_and_many_files() {
    place(CONTENT, |folder, pair| {
        for n in 0..400 {
            folder.file(format!("many/{n}"), format!("{n}\n"));
        }
        folder.file("many/200b", pair.text());
        folder.git(["add", "many"]);
        let head = folder.git(["rev-parse", "HEAD"]);
        let lines: String = (0..3000).map(|n| format!("create refs/heads/b{n} {head}\n")).collect::<Vec<_>>().concat();
        let mut command = folder.clean("git");
        command.args(["update-ref", "--stdin"]);
        binary::run_with(command, &lines).fine();
    });
}
