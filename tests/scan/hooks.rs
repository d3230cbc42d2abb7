//! Hooks in repositories as Git alone makes them: installed, committed and pushed with, and taken out again.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::binary::{self, Ended, KEYSTEAD};
use crate::kit::{Folder, broken, own_key, vendor_token};

/// `git` with hooks on, as a person runs it.
fn git(folder: &Folder, args: &[&str]) -> Ended {
    let mut command = folder.clean("git");
    command.args(args);
    binary::run(command)
}

fn hook(folder: &Folder, args: &[&str]) -> Ended {
    let mut command = folder.clean(KEYSTEAD);
    command.arg("hook").args(args);
    binary::run(command)
}

#[track_caller]
fn installed(folder: &Folder, args: &[&str]) {
    let mut all = vec!["install"];
    all.extend(args);
    hook(folder, &all).fine();
}

/// Stopped by a finding, which is told without the secret and with what to do.
#[track_caller]
fn stopped(ended: &Ended, secret: &str) {
    assert_ne!(ended.code, Some(0), "{ended:?}");
    let told = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!told.contains(secret) && told.contains("Remove it"), "{ended:?}");
}

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("may run");
}

/// Every file below, its bytes and its mode.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>, u32)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let found = entry.path().symlink_metadata().expect("it is there");
        let name = entry.file_name().to_string_lossy().into_owned();
        if found.is_symlink() {
            let to = fs::read_link(entry.path()).expect("a link");
            all.push((name, to.as_os_str().as_encoded_bytes().to_vec(), 0));
        } else if found.is_file() {
            all.push((name, fs::read(entry.path()).expect("a file"), found.permissions().mode()));
        }
    }
    all.sort();
    all
}

#[test]
fn a_commit_with_a_key_is_stopped_and_one_without_goes_through() {
    for secret in [own_key(), vendor_token()] {
        let folder = Folder::repository();
        installed(&folder, &[]);
        folder.file("config.py", format!("KEY = '{secret}'\n"));
        git(&folder, &["add", "."]).fine();
        stopped(&git(&folder, &["commit", "-m", "one"]), &secret);
        folder.file("config.py", format!("KEY = '{}'\n", broken(&secret)));
        git(&folder, &["add", "."]).fine();
        assert_eq!(git(&folder, &["commit", "-m", "one"]).code, Some(0));
        // Staged alone counts: the work tree may say what it likes.
        folder.file("config.py", format!("KEY = '{secret}'\n"));
        assert_eq!(git(&folder, &["commit", "--allow-empty", "-m", "two"]).code, Some(0));
        stopped(&git(&folder, &["commit", "-am", "three"]), &secret);
        assert_eq!(git(&folder, &["commit", "--no-verify", "-am", "three"]).code, Some(0), "a bypass is possible");
    }
}

#[test]
fn a_message_with_a_key_is_stopped() {
    let folder = Folder::repository();
    installed(&folder, &["commit-msg"]);
    let key = own_key();
    stopped(&git(&folder, &["commit", "--allow-empty", "-m", &format!("one\n\nwith {key}")]), &key);
    // What was removed stands in the diff below the message, which Git cuts off.
    folder.file("a", &key);
    git(&folder, &["add", "."]).fine();
    git(&folder, &["commit", "--no-verify", "-m", "a"]).fine();
    fs::remove_file(folder.at("a")).expect("removed");
    git(&folder, &["add", "."]).fine();
    let removed = git(&folder, &["-c", "core.editor=sed -i 1s/^/gone/", "commit", "--verbose"]);
    assert_eq!(removed.code, Some(0), "{removed:?}");
}

#[test]
fn a_push_of_what_came_past_the_commit_is_stopped() {
    let (folder, server) = (Folder::repository(), Folder::new());
    git(&server, &["init", "--quiet", "--bare", "."]).fine();
    installed(&folder, &["pre-push"]);
    git(&folder, &["remote", "add", "origin", server.path().to_str().expect("UTF-8")]).fine();
    folder.commit("clean");
    assert_eq!(git(&folder, &["push", "-q", "origin", "main"]).code, Some(0));
    let key = own_key();
    folder.file("a", &key);
    folder.commit("with a key");
    fs::remove_file(folder.at("a")).expect("removed");
    folder.commit("removed in the next one, and there all the same");
    stopped(&git(&folder, &["push", "-q", "origin", "main"]), &key);
    stopped(&git(&folder, &["push", "-q", "origin", "main:refs/heads/other"]), &key);
    assert_eq!(git(&folder, &["push", "-q", "origin", "HEAD~2:refs/heads/clean"]).code, Some(0));
    assert_eq!(git(&folder, &["push", "-q", "origin", ":refs/heads/clean"]).code, Some(0), "a removal brings nothing");
}

#[test]
fn a_server_refuses_the_push_whatever_the_laptop_did() {
    for name in ["pre-receive", "update"] {
        let (folder, server) = (Folder::repository(), Folder::new());
        git(&server, &["init", "--quiet", "--bare", "."]).fine();
        installed(&server, &[name]);
        git(&folder, &["remote", "add", "origin", &format!("file://{}", server.path().display())]).fine();
        folder.file("a", "nothing\n");
        folder.commit("clean");
        let clean = git(&folder, &["push", "origin", "main"]);
        assert_eq!(clean.code, Some(0), "{clean:?}");
        let key = own_key();
        folder.file("a", format!("{key}\n"));
        folder.commit("with a key");
        stopped(&git(&folder, &["push", "--no-verify", "origin", "main"]), &key);
        git(&folder, &["tag", "-a", "-m", &format!("tagged {key}"), "v1", "HEAD~1"]).fine();
        stopped(&git(&folder, &["push", "--no-verify", "origin", "v1"]), &key);
        assert_eq!(git(&server, &["rev-parse", "main"]).fine().trim(), folder.git(["rev-parse", "HEAD~1"]));
    }
}

#[test]
fn what_was_there_runs_first_and_comes_back_byte_for_byte() {
    let folder = Folder::repository();
    let hooks = folder.at(".git/hooks");
    // One that changes what is committed, one that is a link, one that Git passes over, and one with an odd mode.
    script(
        &hooks.join("pre-commit"),
        "#!/bin/sh\ncat \"$1.txt\" hooked >> log 2>/dev/null\necho ran >> hooked\ngit add hooked\n",
    );
    script(&folder.at("tools/message"), "#!/bin/sh\necho message >> messages\n");
    fs::remove_file(hooks.join("commit-msg")).ok();
    symlink("../../tools/message", hooks.join("commit-msg")).expect("a link");
    fs::write(hooks.join("pre-push"), "not even\r\na program").expect("written");
    fs::set_permissions(hooks.join("pre-push"), fs::Permissions::from_mode(0o640)).expect("a mode");
    let before = snapshot(&hooks);

    installed(&folder, &[]);
    let once = snapshot(&hooks);
    installed(&folder, &[]);
    assert_eq!(snapshot(&hooks), once, "twice is once");
    folder.file("a", "a\n");
    git(&folder, &["add", "."]).fine();
    let committed = git(&folder, &["commit", "-m", "one"]);
    assert_eq!(committed.code, Some(0), "{committed:?}");
    assert_eq!(folder.git(["show", "HEAD:hooked"]), "ran", "it ran before the scan, and what it staged was committed");
    assert!(folder.at("messages").exists(), "a linked one ran too");
    // What it stages is looked at.
    let key = own_key();
    script(&hooks.join("pre-commit.before-keystead"), &format!("#!/bin/sh\necho {key} > hooked\ngit add hooked\n"));
    stopped(&git(&folder, &["commit", "--allow-empty", "-m", "two"]), &key);
    // And where it fails, that is the answer.
    script(&hooks.join("pre-commit.before-keystead"), "#!/bin/sh\nexit 7\n");
    assert_ne!(git(&folder, &["commit", "--allow-empty", "-m", "two"]).code, Some(0));

    let text = before.iter().find(|(name, ..)| name == "pre-commit").expect("it was there");
    fs::write(hooks.join("pre-commit.before-keystead"), &text.1).expect("as it was");
    hook(&folder, &["uninstall"]).fine();
    assert_eq!(snapshot(&hooks), before);
    assert!(hook(&folder, &["uninstall"]).stderr.contains("nothing of ours"));
    assert_eq!(snapshot(&hooks), before);
}

#[test]
fn a_program_that_is_gone_blocks_and_says_what_to_do() {
    let folder = Folder::repository();
    let moved = folder.home().join("it's here/keystead");
    fs::create_dir_all(moved.parent().expect("a folder")).expect("a folder");
    fs::copy(KEYSTEAD, &moved).expect("a copy");
    let mut command = folder.clean(moved.to_str().expect("UTF-8"));
    command.args(["hook", "install"]);
    binary::run(command).fine();
    assert_eq!(git(&folder, &["commit", "--allow-empty", "-m", "one"]).code, Some(0));
    assert_eq!(hook(&folder, &["status"]).code, Some(0));
    fs::remove_file(&moved).expect("removed");
    let ended = git(&folder, &["commit", "--allow-empty", "-m", "two"]);
    assert!(ended.code != Some(0) && ended.stderr.contains("keystead hook install pre-commit"), "{ended:?}");
    let status = hook(&folder, &["status"]);
    assert!(status.code == Some(1) && status.stdout.contains("is gone"), "{status:?}");
}

#[test]
fn the_folder_of_hooks_is_the_one_that_git_uses() {
    let folder = Folder::repository();
    git(&folder, &["config", "core.hooksPath", "tools/hooks"]).fine();
    installed(&folder, &["pre-commit"]);
    assert!(folder.at("tools/hooks/pre-commit").exists() && !folder.at(".git/hooks/pre-commit").exists());
    let key = own_key();
    folder.file("a", &key);
    git(&folder, &["add", "a"]).fine();
    // Others commit with this file: no path of this machine is in it.
    let text = fs::read_to_string(folder.at("tools/hooks/pre-commit")).expect("it is there");
    assert!(!text.contains(KEYSTEAD), "{text}");
    let mut command: Command = folder.clean("git");
    let path = format!("{}:/usr/bin:/bin", Path::new(KEYSTEAD).parent().expect("a folder").display());
    command.args(["commit", "-m", "one"]).env("PATH", path);
    stopped(&binary::run(command), &key);
    let without = git(&folder, &["commit", "-m", "one"]);
    assert!(without.code != Some(0) && without.stderr.contains("is not there"), "{without:?}");
}

#[test]
fn a_linked_work_tree_has_the_hooks_of_its_repository() {
    let folder = Folder::repository();
    folder.commit("one");
    git(&folder, &["worktree", "add", "-q", "linked"]).fine();
    let mut command = folder.clean(KEYSTEAD);
    command.args(["hook", "install", "pre-commit"]).current_dir(folder.at("linked"));
    binary::run(command).fine();
    let key = own_key();
    folder.file("linked/a", &key);
    git(&folder, &["-C", "linked", "add", "a"]).fine();
    stopped(&git(&folder, &["-C", "linked", "commit", "-m", "two"]), &key);
    assert_eq!(git(&folder, &["commit", "--allow-empty", "-m", "two"]).code, Some(0));
}

/// With a configuration of Git that is a person's own.
fn personal(folder: &Folder, program: &str, args: &[&str]) -> Ended {
    let mut command = folder.clean(program);
    command.args(args).env("GIT_CONFIG_GLOBAL", folder.home().join(".gitconfig"));
    binary::run(command)
}

#[test]
fn hooks_for_all_repositories_run_those_of_each_too() {
    let folder = Folder::repository();
    script(&folder.at(".git/hooks/post-commit"), "#!/bin/sh\necho mine >> post\n");
    script(&folder.at(".git/hooks/pre-commit"), "#!/bin/sh\necho mine >> pre\n");
    personal(&folder, KEYSTEAD, &["hook", "install", "--global"]).fine();
    let committed = personal(&folder, "git", &["commit", "--allow-empty", "-m", "one"]);
    assert_eq!(committed.code, Some(0), "{committed:?}");
    assert!(folder.at("pre").exists() && folder.at("post").exists());
    let key = own_key();
    folder.file("a", &key);
    personal(&folder, "git", &["add", "a"]).fine();
    stopped(&personal(&folder, "git", &["commit", "-m", "two"]), &key);

    // A hook of this repository alone would never run now, and that is said.
    let alone = personal(&folder, KEYSTEAD, &["hook", "install"]);
    assert!(alone.code == Some(2) && alone.stderr.contains("--global"), "{alone:?}");

    personal(&folder, KEYSTEAD, &["hook", "uninstall", "--global"]).fine();
    assert_eq!(personal(&folder, "git", &["commit", "-m", "two"]).code, Some(0));
    let left = personal(&folder, "git", &["config", "--global", "--list"]);
    assert_eq!(left.stdout, "", "Git's configuration is as it was");
}

#[test]
fn wrong_places_and_wrong_options_are_refused_at_once() {
    let folder = Folder::new();
    assert!(hook(&folder, &["install"]).failed().contains("not a Git repository"));
    let folder = Folder::repository();
    assert!(hook(&folder, &["install", "pre-receive"]).failed().contains("bare repository"));
    assert!(hook(&folder, &["install", "--tier", "z"]).code == Some(2));
    assert!(hook(&folder, &["install", "--rules", "absent.toml"]).failed().contains("absent.toml"));
    assert!(hook(&folder, &["install", "--from", "ftp://x"]).failed().contains("http"));
    assert!(!folder.at(".git/hooks/pre-commit").exists());
    let status = hook(&folder, &["status"]);
    assert!(status.code == Some(1) && status.stdout.contains("is not installed"), "{status:?}");
}

#[test]
fn a_forge_that_runs_a_folder_of_hooks_keeps_its_own() {
    let server = Folder::new();
    git(&server, &["init", "--quiet", "--bare", "."]).fine();
    script(
        &server.at("hooks/pre-receive"),
        "#!/bin/sh\nfor hook in hooks/pre-receive.d/*; do [ ! -x \"$hook\" ] || \"$hook\" || exit 1; done\n",
    );
    fs::create_dir(server.at("hooks/pre-receive.d")).expect("a folder");
    let before = fs::read(server.at("hooks/pre-receive")).expect("it is there");
    installed(&server, &["pre-receive"]);
    assert_eq!(fs::read(server.at("hooks/pre-receive")).expect("it is there"), before);
    let folder = Folder::repository();
    let key = own_key();
    folder.file("a", &key);
    folder.commit("with a key");
    let path = server.path().to_str().expect("UTF-8");
    stopped(&git(&folder, &["push", "--no-verify", path, "main"]), &key);
    hook(&server, &["uninstall"]).fine();
    assert_eq!(git(&folder, &["push", "--no-verify", path, "main"]).code, Some(0));
}

#[test]
fn a_hook_is_printed_for_whoever_puts_it_into_its_place() {
    let folder = Folder::new();
    let text = hook(&folder, &["install", "pre-receive", "--print"]).fine();
    assert!(text.starts_with("#!/bin/sh\n") && text.contains(KEYSTEAD), "{text}");
    assert!(hook(&folder, &["install", "--print"]).failed().contains("name the one hook"));
}

#[test]
fn what_was_said_at_installation_holds_at_every_run() {
    let (folder, server) = (Folder::repository(), Folder::new());
    git(&server, &["init", "--quiet", "--bare", "."]).fine();
    let rules = "[[rule]]\nid = \"ticket\"\ndescription = \"A ticket\"\nanchors = [\"tick-\"]\nregex = 'tick-[0-9]{6}'\n\
                 matches = [\"tick-{{}}123456\"]\nsilent = [\"tick-12\"]\n";
    let rules = folder.file("../home/it's mine.toml", rules);
    let options = ["--prefix", "shop_sk_live_", "--rules", rules.to_str().expect("UTF-8")];
    installed(&folder, &options);
    installed(&server, &[&["pre-receive"], &options[..]].concat());
    git(&folder, &["remote", "add", "origin", server.path().to_str().expect("UTF-8")]).fine();
    let key = keystead::key::token::mint("shop_sk_live_").expose().to_owned();
    for secret in [&key, &format!("tick-{}", 123_456)] {
        folder.file("a", format!("x = {secret}\n"));
        git(&folder, &["add", "a"]).fine();
        stopped(&git(&folder, &["commit", "-m", "one"]), secret);
        stopped(&git(&folder, &["commit", "--allow-empty", "-m", secret]), secret);
        git(&folder, &["commit", "--no-verify", "-m", "one"]).fine();
        stopped(&git(&folder, &["push", "origin", "main"]), secret);
        stopped(&git(&folder, &["push", "--no-verify", "origin", "main"]), secret);
        git(&folder, &["update-ref", "-d", "HEAD"]).fine();
        git(&folder, &["rm", "-q", "-f", "a"]).fine();
        assert_eq!(git(&folder, &["commit", "--allow-empty", "-m", "none"]).code, Some(0));
    }
}
