//! Files and folders on the disk, and standard input: whatever stands there is looked into, or it is said that it was not.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use crate::binary::program;
use crate::kit::{Folder, broken, own_key};

#[test]
fn a_key_in_a_file_is_found_and_one_with_a_wrong_checksum_is_not() {
    let (folder, key) = (Folder::new(), own_key());
    folder.file("deep/settings.py", format!("KEY = '{key}'\n"));
    folder.scan(["deep/settings.py"]).found(&key);
    folder.file("deep/settings.py", format!("KEY = '{}'\n", broken(&key)));
    folder.scan(["deep/settings.py"]).clean();
}

#[test]
fn hidden_and_ignored_files_are_looked_into_like_any_other() {
    for name in [".env", ".config/app/token", "node_modules/x/index.js", "build.log", "target/debug/out.bin"] {
        let (folder, key) = (Folder::repository(), own_key());
        folder.file(".gitignore", "node_modules\n*.log\ntarget\n.env\n");
        folder.file(name, &key);
        let scanned = folder.scan(["."]);
        scanned.found(&key);
        assert!(scanned.stdout.starts_with(&format!("{name}:1:1: ")), "{scanned:?}");
    }
}

#[test]
fn what_gitignore_names_is_left_out_only_when_asked_and_that_is_said() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file(".gitignore", "*.log\n/out/\n!keep.log\n");
    folder.file("deep/.gitignore", "deeper.txt\n");
    for name in ["a.log", "out/b.txt", "deep/deeper.txt"] {
        folder.file(name, &key);
    }
    folder.file("keep.log", "nothing here");
    let scanned = folder.scan(["--respect-gitignore", "--explain-skips"]);
    scanned.clean();
    let all = format!("{}{}", scanned.stdout, scanned.stderr);
    for name in ["a.log", "out", "deep/deeper.txt"] {
        assert!(all.contains(name), "{name} is said to be left out: {scanned:?}");
    }
    assert!(!all.contains("keep.log"), "{scanned:?}");
    // From a folder deeper down the same patterns hold.
    let (code, said) = folder.scan_json(["--respect-gitignore", "deep"]);
    assert_eq!((code, said["skips"].as_array().map(Vec::len)), (0, Some(1)), "{said}");
    folder.file("keep.log", &key);
    folder.scan(["--respect-gitignore"]).found(&key);
}

#[test]
fn names_of_files_and_folders_are_looked_at_and_not_told() {
    for deep in ["{}", "{}/file", "a/{}.txt", "a/x{}y/b/c"] {
        let (folder, key) = (Folder::new(), own_key());
        folder.file(deep.replace("{}", &key), "nothing");
        folder.scan::<&str>([]).found(&key);
        folder.scan([deep.replace("{}", &key)]).found(&key);
    }
}

#[test]
fn a_link_is_not_followed_and_where_it_points_to_is_looked_at() {
    let (folder, elsewhere, key) = (Folder::new(), Folder::new(), own_key());
    elsewhere.file("secret", &key);
    symlink(elsewhere.path(), folder.at("out")).expect("a link");
    symlink(elsewhere.at("secret"), folder.at("file")).expect("a link");
    symlink(".", folder.at("loop")).expect("a link");
    folder.scan(["."]).clean();
    // Whoever names a link means what is behind it.
    folder.scan(["out"]).found(&key);
    folder.scan(["file"]).found(&key);
    symlink(format!("/nowhere/{key}"), folder.at("points")).expect("a link");
    folder.scan(["."]).found(&key);
}

#[test]
fn a_name_that_is_not_text_hides_nothing() {
    let (folder, key) = (Folder::new(), own_key());
    folder.file(std::ffi::OsStr::from_bytes(b"\xff\xfe\n.txt"), &key);
    folder.scan(["."]).found(&key);
}

#[test]
fn pipes_and_sockets_hold_nothing_up_and_are_no_clean_scan() {
    let folder = Folder::new();
    folder.file("readme", "nothing");
    assert_eq!(crate::binary::run(mkfifo(&folder)).code, Some(0));
    folder.scan(["."]).failed("pipe");
    folder.scan(["pipe"]).failed("pipe");
    let folder = Folder::new();
    folder.file("readme", "nothing");
    let _socket = UnixListener::bind(folder.at("socket")).expect("a socket");
    folder.scan(["."]).failed("socket");
    folder.scan(["/dev/null"]).failed("/dev/null");
}

fn mkfifo(folder: &Folder) -> std::process::Command {
    let mut command = program("mkfifo");
    command.arg(folder.at("pipe"));
    command
}

#[test]
fn what_cannot_be_read_is_no_clean_scan() {
    // Reading at its begin fails for everybody: nothing is mapped there.
    Folder::new().scan(["/proc/self/mem"]).failed("/proc/self/mem");
    if rustix::process::geteuid().is_root() {
        return;
    }
    for name in ["file", "folder"] {
        let folder = Folder::new();
        folder.file("file", "nothing");
        folder.file("folder/inside", "nothing");
        std::fs::set_permissions(folder.at(name), PermissionsExt::from_mode(0o000)).expect("a mode");
        folder.scan(["."]).failed(name);
        std::fs::set_permissions(folder.at(name), PermissionsExt::from_mode(0o700)).expect("a mode");
    }
}

#[test]
fn what_the_kernel_shows_as_files_is_not_walked() {
    Folder::new().scan(["/proc"]).failed("/proc");
}

#[test]
fn a_path_that_does_not_exist_fails_before_anything_is_looked_into() {
    let (folder, key) = (Folder::new(), own_key());
    folder.file("file", &key);
    let scanned = folder.scan(["file", "nowhere"]);
    scanned.failed("nowhere: there is no such file or folder");
    assert_eq!(scanned.stdout, "");
}

#[test]
fn nothing_where_something_was_expected_is_not_clean() {
    let folder = Folder::new();
    folder.scan::<&str>([]).failed("nothing");
    folder.scan(["--stdin"]).failed("nothing");
    folder.file("full/file", "text");
    std::fs::create_dir(folder.at("empty")).expect("a folder");
    folder.scan(["full", "empty"]).failed("empty");
    folder.scan(["full"]).clean();
    // An empty file is there, and wholly looked into.
    folder.file("full/zero", "");
    folder.scan(["full/zero"]).clean();
}

#[test]
fn findings_win_over_what_could_not_be_looked_into() {
    let (folder, key) = (Folder::new(), own_key());
    folder.file("file", &key);
    std::fs::create_dir(folder.at("empty")).expect("a folder");
    folder.scan(["file", "empty"]).found(&key);
}

#[test]
fn the_folder_of_git_is_left_to_its_own_scan_and_that_is_said() {
    let (folder, key) = (Folder::repository(), own_key());
    folder.file("readme", "nothing");
    folder.file(".git/description", &key);
    let scanned = folder.scan(["--explain-skips"]);
    scanned.clean();
    assert!(format!("{}{}", scanned.stdout, scanned.stderr).contains(".git"), "{scanned:?}");
    // A folder that only bears the name is a folder.
    let other = Folder::new();
    other.file(".git/description", &key);
    other.scan(["."]).found(&key);
}

#[test]
fn standard_input_is_looked_into() {
    let (folder, key) = (Folder::new(), own_key());
    folder.scan_with(["--stdin"], &format!("a\nb {key}\n")).found(&key);
    folder.scan_with(["--stdin"], &format!("a\nb {}\n", broken(&key))).clean();
}

#[test]
fn a_large_file_is_looked_into_to_its_end() {
    let (folder, key) = (Folder::new(), own_key());
    let filler = "0123456789 abcdef\n".repeat(500_000);
    folder.file("large", format!("{filler}{key}"));
    let (code, said) = folder.scan_json(["large"]);
    assert_eq!((code, &said["findings"][0]["line"]), (1, &serde_json::json!(500_001)), "{said}");
}

#[test]
fn every_file_of_a_folder_is_counted_once() {
    let folder = Folder::new();
    for n in 0..300 {
        folder.file(format!("{}/{n}", n % 7), "12345");
    }
    let (code, said) = folder.scan_json([".", "."]);
    assert_eq!(code, 0);
    assert_eq!((&said["seen"]["files"], &said["seen"]["bytes"]), (&300.into(), &1500.into()), "{said}");
}
