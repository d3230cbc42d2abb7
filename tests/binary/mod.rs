//! The real binary as a child process: commands that end, servers that listen on a free port. Nothing of the surrounding environment
//! reaches a child, every wait has a deadline, and a child never outlives its handle.

#![allow(dead_code, unused_imports, reason = "each test binary that includes this file uses a part of it")]

mod server;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use server::Server;
#[allow(unused_imports, reason = "one of the test binaries has no need of it")]
pub use server::call;

pub const KEYSTEAD: &str = env!("CARGO_BIN_EXE_keystead");
/// Far beyond what anything here takes, on a machine that does other things too.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// What a command left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Ended with 0. Gives stdout.
    #[track_caller]
    pub fn fine(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// Ended with 2 and nothing on stdout. Gives stderr, which ends with what to do next.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self.stderr
    }
}

/// A program with an environment of its own.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn keystead<const N: usize>(args: [&str; N]) -> Command {
    let mut command = program(KEYSTEAD);
    command.args(args);
    command
}

/// `keystead serve` on this directory, on a free port, with a log that says where.
pub fn serve(data_dir: &Path) -> Command {
    let mut command = keystead(["serve", "--listen", "127.0.0.1:0", "--data-dir", text(data_dir)]);
    command.env("KEYSTEAD_LOG__FORMAT", "json").env("KEYSTEAD_HTTP__WORKERS", "2");
    command
}

/// `keystead admin token` on this directory, with further arguments.
pub fn admin_token(data_dir: &Path, args: &[&str]) -> Command {
    let mut command = keystead(["admin", "token", "--data-dir", text(data_dir)]);
    command.args(args);
    command
}

pub fn run(command: Command) -> Ended {
    run_with(command, "")
}

/// Runs to the end with this on standard input; kills what does not end in time.
pub fn run_with(mut command: Command, input: &str) -> Ended {
    let mut child = Guard(command.stdin(Stdio::piped()).spawn().expect("the program starts"));
    let (mut stdin, mut stdout, mut stderr) =
        (child.0.stdin.take().expect("piped"), child.0.stdout.take(), child.0.stderr.take());
    let input = input.to_owned();
    std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let out = std::thread::spawn(move || read(stdout.as_mut()));
    let err = std::thread::spawn(move || read(stderr.as_mut()));
    let status = until(PATIENCE, "the command ends", || child.0.try_wait().expect("a child of ours"));
    Ended { code: status.code(), stdout: out.join().expect("read"), stderr: err.join().expect("read") }
}

fn read(pipe: Option<&mut impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
    }
    String::from_utf8(bytes).expect("output is UTF-8")
}

/// Kills on drop.
#[derive(Debug)]
pub struct Guard(pub Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks again and again until there is something, or fails at the deadline.
#[track_caller]
pub fn until<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < patience, "not within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A directory of this test's own, and the path of a data directory in it that does not exist yet.
pub fn home() -> (tempfile::TempDir, std::path::PathBuf) {
    let home = tempfile::tempdir().expect("a temporary directory");
    let data = home.path().join("data");
    (home, data)
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is UTF-8")
}

/// What SQLite's own check says of a closed database.
pub fn judge_of(file: &Path) -> String {
    #[expect(clippy::disallowed_methods, reason = "the judge must not be the store itself")]
    let judge = rusqlite::Connection::open(file).expect("the file opens");
    judge.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a verdict")
}

/// A well-formed key that no server knows.
pub fn unknown_key(kind: &str, environment: &str) -> String {
    keystead::key::token::mint(&format!("{kind}_{environment}_")).expose().to_owned()
}
