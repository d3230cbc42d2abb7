//! Repositories that are hostile on purpose, and ways in which a scan fails to look: each ends with 2 and says why, unless something was found.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;

use super::{Pair, Way, base, found, scan, staged};
use crate::binary;
use crate::kit::{Folder, Scanned};

#[test]
fn not_a_repository() {
    let folder = Folder::new();
    folder.file("a", "x");
    folder.scan(["--staged"]).failed("repository");
    folder.scan(["--history"]).failed("repository");
    folder.scan(["--range", "a..b"]).failed("repository");
}

#[test]
fn what_is_not_there() {
    let folder = base();
    folder.scan(["absent"]).failed("absent");
    folder.scan(["--range", "HEAD~9..HEAD"]).failed("");
    folder.scan(["--range", "nonsense"]).failed("");
    folder.scan(["--rules", "absent.toml", "."]).failed("absent.toml");
}

#[test]
fn nothing_where_something_was_expected() {
    let folder = Folder::new();
    std::fs::create_dir(folder.at("empty")).expect("a folder");
    folder.scan(["empty"]).failed("");
    folder.scan_with(["--stdin"], "").failed("");
}

#[test]
fn an_object_that_is_missing_or_broken() {
    for broken in [false, true] {
        let folder = base();
        staged(&folder, "a", "something\n");
        let id = folder.git(["rev-parse", ":a"]);
        let path = folder.at(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
        std::fs::remove_file(&path).expect("removed");
        if broken {
            std::fs::write(&path, b"not zlib").expect("written");
        }
        let scanned = scan(&folder, Way::Staged);
        assert_eq!(scanned.code, 2, "{scanned:?}");
        // What was found counts for more than what was not looked at.
        let pair = Pair::fresh();
        staged(&folder, "b", pair.text());
        let scanned = scan(&folder, Way::Staged);
        found(&scanned, &pair, Way::Staged);
    }
}

#[test]
fn a_head_that_points_nowhere() {
    let folder = base();
    staged(&folder, "a", Pair::fresh().text());
    std::fs::write(folder.at(".git/refs/heads/main"), format!("{}\n", "1".repeat(40))).expect("written");
    let scanned = scan(&folder, Way::Staged);
    assert_ne!(scanned.code, 0, "{scanned:?}");
}

#[test]
fn a_shallow_and_a_partial_clone_are_not_clean() {
    let folder = base();
    staged(&folder, "a", "a\n");
    folder.commit("second");
    let url = format!("file://{}", folder.path().display());
    folder.git(["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    folder.git(["config", "uploadpack.allowFilter", "true"]);
    folder.git(["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    for below in ["shallow", "partial"] {
        let mut command = folder.scanner(["--history"]);
        command.current_dir(folder.at(below));
        let scanned = Scanned::run(command, "");
        assert_eq!(scanned.code, 2, "{below}: {scanned:?}");
    }
}

#[test]
fn things_that_are_no_files() {
    let folder = Folder::new();
    folder.file("a", "x\n");
    let path = CString::new(folder.at("pipe").as_os_str().as_bytes()).expect("no zero in it");
    let mut command = folder.clean("mkfifo");
    command.arg(std::str::from_utf8(path.as_bytes()).expect("UTF-8"));
    binary::run(command).fine();
    let scanned = folder.scan(["."]);
    assert_eq!(scanned.code, 2, "a pipe is not waited for, and said: {scanned:?}");
}

#[test]
fn a_zip_that_is_locked_or_a_bomb() {
    let folder = Folder::new();
    // A gzip of a gibibyte of zeros is a megabyte.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..1024 {
        std::io::Write::write_all(&mut packed, &zeros).expect("zeros");
    }
    folder.file("bomb.gz", packed.finish().expect("a stream"));
    let scanned = folder.scan(["."]);
    assert_eq!(scanned.code, 2, "{scanned:?}");
}

#[test]
fn configuration_that_would_hide_something() {
    for text in [
        "[scan]\nunknown = 1\n",
        "[scan]\nrules = \"/etc/passwd\"\n",
        "[scan]\nrules = \"../outside.toml\"\n",
        "not toml at all =",
    ] {
        let folder = base();
        staged(&folder, "keystead.toml", text);
        let scanned = folder.scan(["--staged"]);
        assert_eq!(scanned.code, 2, "{text}: {scanned:?}");
    }
    let folder = base();
    let pair = Pair::fresh();
    staged(&folder, "keystead.toml", "[scan]\nignore_paths = [\"**\"]\n");
    staged(&folder, "a", pair.text());
    let scanned = scan(&folder, Way::Staged);
    assert_eq!(scanned.code, 1, "keys of our own have no ignored paths: {scanned:?}");
}

#[test]
fn secrets_are_not_shown_to_what_is_no_terminal() {
    let folder = Folder::new();
    let pair = Pair::fresh();
    folder.file("a", pair.text());
    let scanned = folder.scan([".", "--show-secrets"]);
    scanned.failed("--show-secrets");
    assert!(!scanned.stdout.contains(&pair.own));
}
