//! Hooks in repositories whose hook files somebody else writes: husky, lefthook, and the pre-commit framework, each installed for real.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary::{self, Ended, KEYSTEAD};
use crate::kit::{Folder, own_key};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

#[expect(clippy::disallowed_methods, reason = "Node is wherever whoever runs the tests has it")]
fn inherited() -> String {
    std::env::var("PATH").expect("a PATH")
}

/// What the managers themselves need: Node, and us in PATH.
fn run(folder: &Folder, program: impl AsRef<Path>, args: &[&str]) -> Ended {
    let mut command = folder.clean(program.as_ref().to_str().expect("UTF-8"));
    let ours = Path::new(KEYSTEAD).parent().expect("a folder").display();
    command.args(args).env("PATH", format!("{ours}:{}", inherited()));
    binary::run(command)
}

fn installed(path: &str, how: &str) -> PathBuf {
    let path = Path::new(HERE).join(path);
    assert!(path.exists(), "{} is missing: {how}, or run `make test`", path.display());
    path
}

#[track_caller]
fn refuses_a_key(folder: &Folder) {
    let key = own_key();
    folder.file("secret.txt", &key);
    run(folder, "git", &["add", "secret.txt"]).fine();
    let ended = run(folder, "git", &["commit", "-m", "with a key"]);
    assert!(ended.code != Some(0) && !format!("{ended:?}").contains(&key), "{ended:?}");
    run(folder, "git", &["rm", "-q", "-f", "secret.txt"]).fine();
    let clean = run(folder, "git", &["commit", "--allow-empty", "-m", "without"]);
    assert_eq!(clean.code, Some(0), "{clean:?}");
}

#[test]
fn husky() {
    let husky = installed("tests/hooks/node_modules/husky/bin.js", "npm ci in tests/hooks");
    let folder = Folder::repository();
    folder.file(".husky/pre-commit", "echo theirs >> theirs");
    run(&folder, "node", &[husky.to_str().expect("UTF-8")]).fine();
    run(&folder, KEYSTEAD, &["hook", "install"]).fine();
    refuses_a_key(&folder);
    assert!(folder.at("theirs").exists());
    // husky writes its own files anew at every npm install.
    run(&folder, "node", &[husky.to_str().expect("UTF-8")]).fine();
    refuses_a_key(&folder);
    assert_eq!(run(&folder, KEYSTEAD, &["hook", "status"]).code, Some(0));
    run(&folder, KEYSTEAD, &["hook", "uninstall"]).fine();
    assert_eq!(fs::read_to_string(folder.at(".husky/pre-commit")).expect("it is there"), "echo theirs >> theirs");
    assert!(!folder.at(".husky/pre-push").exists());
}

#[test]
fn lefthook() {
    let lefthook = installed("tests/hooks/node_modules/lefthook-linux-x64/bin/lefthook", "npm ci in tests/hooks");
    let folder = Folder::repository();
    folder.file("lefthook.yml", "pre-commit:\n  commands:\n    theirs:\n      run: echo theirs >> theirs\n");
    run(&folder, &lefthook, &["install"]).fine();
    run(&folder, KEYSTEAD, &["hook", "install"]).fine();
    run(&folder, &lefthook, &["install"]).fine();
    // Its generated hooks look for lefthook in PATH.
    let beside = folder.home().join("bin");
    fs::create_dir_all(&beside).expect("a folder");
    fs::copy(&lefthook, beside.join("lefthook")).expect("a copy");
    let commit = |args: &[&str]| {
        let mut command: Command = folder.clean("git");
        command.args(args).env("PATH", format!("{}:{}", beside.display(), inherited()));
        binary::run(command)
    };
    let key = own_key();
    folder.file("secret.txt", &key);
    commit(&["add", "secret.txt"]).fine();
    let stopped = commit(&["commit", "-m", "with a key"]);
    assert!(stopped.code != Some(0) && !format!("{stopped:?}").contains(&key), "{stopped:?}");
    commit(&["rm", "-q", "-f", "secret.txt"]).fine();
    let stopped = commit(&["commit", "--allow-empty", "-m", &format!("a message with {key}")]);
    assert_ne!(stopped.code, Some(0), "{stopped:?}");
    let clean = commit(&["commit", "--allow-empty", "-m", "without"]);
    assert_eq!(clean.code, Some(0), "{clean:?}");
    assert!(folder.at("theirs").exists());
    assert_eq!(run(&folder, KEYSTEAD, &["hook", "status"]).code, Some(0));
    run(&folder, KEYSTEAD, &["hook", "uninstall"]).fine();
    assert!(!folder.at("lefthook-local.yml").exists());

    // A file of a person's own keeps what is in it.
    let own = "pre-push:\n  commands:\n    mine:\n      run: true\n";
    folder.file("lefthook-local.yml", own);
    let refused = run(&folder, KEYSTEAD, &["hook", "install"]);
    assert!(
        refused.code == Some(2) && refused.stderr.contains("lefthook-local.yml has a pre-push already"),
        "{refused:?}"
    );
    run(&folder, KEYSTEAD, &["hook", "install", "pre-commit"]).fine();
    run(&folder, KEYSTEAD, &["hook", "uninstall"]).fine();
    assert_eq!(fs::read_to_string(folder.at("lefthook-local.yml")).expect("it is there"), own);
}

/// The framework's own way: our hooks, out of the file that this repository publishes.
#[test]
fn pre_commit_with_our_published_hooks() {
    let pre_commit = installed(".venv/bin/pre-commit", "pip install -r tests/hooks/requirements.txt");
    let published = Folder::repository();
    let text = fs::read(Path::new(HERE).join(".pre-commit-hooks.yaml")).expect("it is published");
    published.file(".pre-commit-hooks.yaml", text);
    let rev = published.commit("hooks");
    let folder = Folder::repository();
    folder.file(
        ".pre-commit-config.yaml",
        format!(
            "repos:\n- repo: {}\n  rev: {rev}\n  hooks:\n  - id: keystead\n  - id: keystead-commit-msg\n",
            published.path().display()
        ),
    );
    folder.commit("configured");
    run(&folder, &pre_commit, &["install", "-t", "pre-commit", "-t", "commit-msg"]).fine();
    refuses_a_key(&folder);
    let key = own_key();
    let stopped = run(&folder, "git", &["commit", "--allow-empty", "-m", &key]);
    assert!(stopped.code != Some(0) && !format!("{stopped:?}").contains(&key), "{stopped:?}");
    // In CI nothing is staged: then what the framework names is looked into.
    folder.file("-odd name.txt", &key);
    folder.commit("past the hook");
    let all = run(&folder, &pre_commit, &["run", "--all-files"]);
    assert!(all.code != Some(0) && !format!("{all:?}").contains(&key), "{all:?}");
}

/// Both beside each other: whichever came first, both run, once.
#[test]
fn pre_commit_beside_our_own_hook() {
    let pre_commit = installed(".venv/bin/pre-commit", "pip install -r tests/hooks/requirements.txt");
    let folder = Folder::repository();
    folder.file(
        ".pre-commit-config.yaml",
        "repos:\n- repo: local\n  hooks:\n  - id: theirs\n    name: theirs\n    entry: sh -c 'echo theirs >> .git/theirs'\n    language: system\n    always_run: true\n",
    );
    folder.commit("configured");
    run(&folder, &pre_commit, &["install"]).fine();
    run(&folder, KEYSTEAD, &["hook", "install", "pre-commit"]).fine();
    refuses_a_key(&folder);
    // It takes our hook for a foreign one and runs it from another name.
    run(&folder, &pre_commit, &["install"]).fine();
    refuses_a_key(&folder);
    fs::remove_file(folder.at(".git/theirs")).expect("it ran");
    run(&folder, "git", &["commit", "--allow-empty", "-m", "one more"]).fine();
    assert_eq!(fs::read_to_string(folder.at(".git/theirs")).expect("it ran"), "theirs\n", "once");
}
