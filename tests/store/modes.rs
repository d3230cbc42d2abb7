//! Who may read what is on disk: every file of the data directory is 0600 and every directory 0700, whatever the umask of the shell
//! that started the program, while it runs, after a crash and after a stop.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use crate::binary::{Server, admin_token, home, program, run, serve};

/// The same command, started by a shell with this umask.
fn with_umask(umask: &str, command: &Command) -> Command {
    let mut shell = program("sh");
    shell
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        shell.env(name, value);
    }
    shell
}

/// Everything in a directory, and itself.
fn all(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for entry in std::fs::read_dir(dir).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(all(&path)) } else { found.push(path) }
    }
    found
}

#[track_caller]
fn assert_private(dir: &Path, expected: &[&str]) {
    let found = all(dir);
    for path in &found {
        let data = path.symlink_metadata().expect("it is there");
        let wanted = if data.is_dir() { 0o700 } else { 0o600 };
        let mode = data.permissions().mode() & 0o7777;
        assert_eq!(mode, wanted, "{} is {mode:o}", path.display());
    }
    for name in expected {
        assert!(found.contains(&dir.join(name)), "{name} is missing, so its mode was not seen: {found:?}");
    }
}

#[test]
fn every_file_is_private_whatever_the_umask() {
    for umask in ["000", "022", "077", "277"] {
        let (_home, data) = home();
        let server = Server::launch(with_umask(umask, &serve(&data)), &data).expect("it starts");
        let user = server.user("maya");
        server.key(&user);
        let running = ["keystead.db", "keystead.db-wal", "keystead.db-shm", "lock", "admin.sock", "master.key"];
        assert_private(&data, &running);
        let socket = data.join("admin.sock").symlink_metadata().expect("it is there");
        assert!(socket.file_type().is_socket());

        server.stop(Signal::KILL);
        assert_private(&data, &running);
        let server = Server::launch(with_umask(umask, &serve(&data)), &data).expect("it starts again");
        assert_private(&data, &running);
        server.stop(Signal::TERM);
        assert_private(&data, &["keystead.db", "lock", "master.key"]);
    }
}

#[test]
fn a_token_made_without_a_server_leaves_private_files_too() {
    for umask in ["000", "077"] {
        let (_home, data) = home();
        run(with_umask(umask, &admin_token(&data, &[]))).fine();
        assert_private(&data, &["keystead.db", "lock", "master.key"]);
    }
}

#[test]
fn a_data_directory_deep_down_is_made_private_all_the_way() {
    let (home, _) = home();
    let data = home.path().join("a/b/data");
    run(with_umask("000", &admin_token(&data, &[]))).fine();
    assert_private(&home.path().join("a"), &["b/data/keystead.db"]);
}
