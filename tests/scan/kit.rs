//! What the tests of the scanner share: a folder of the test's own with `git` in it, secrets made at run time, and the real binary.
//! Nothing of the surrounding environment and of this machine's Git settings reaches a child.

#![allow(dead_code, reason = "each file of this binary uses a part of it")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::binary::{self, KEYSTEAD, program};

/// A folder to put things into, and an empty home beside it.
#[derive(Debug)]
pub struct Folder {
    all: tempfile::TempDir,
    path: PathBuf,
}

impl Folder {
    pub fn new() -> Self {
        let all = tempfile::tempdir().expect("a temporary directory");
        let path = all.path().join("work");
        std::fs::create_dir(&path).expect("a new folder");
        std::fs::create_dir(all.path().join("home")).expect("a new folder");
        Self { all, path }
    }

    /// A folder that is a repository without commits, on the branch `main`.
    pub fn repository() -> Self {
        let folder = Self::new();
        folder.git(["init", "--quiet", "--initial-branch=main"]);
        folder
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `$HOME` of whatever runs here: outside of what is scanned.
    pub fn home(&self) -> PathBuf {
        self.all.path().join("home")
    }

    pub fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file, and the folders that it stands in.
    pub fn file(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().expect("it stands in a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("a file is written");
        path
    }

    /// Runs `git` here, and gives what it says without the last line end. It must end with 0.
    #[track_caller]
    pub fn git<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        let mut command = self.clean("git");
        command.args(args);
        binary::run(command).fine().trim_end_matches('\n').to_owned()
    }

    /// Stages all there is and commits it. Gives the commit's id.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all", "--force"]);
        self.git(["commit", "--quiet", "--allow-empty", "--no-verify", "-m", message]);
        self.git(["rev-parse", "HEAD"])
    }

    /// Any program, run here with a clean environment.
    pub fn clean(&self, name: &str) -> Command {
        let mut command = program(name);
        command.current_dir(&self.path).env("HOME", self.home()).env("LC_ALL", "C.UTF-8");
        command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.org");
            command.env(format!("GIT_{who}_DATE"), "2027-01-15T08:00:00Z");
        }
        command
    }

    /// `keystead scan` with these arguments, to be changed before it is run.
    pub fn scanner<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.clean(KEYSTEAD);
        command.arg("scan").args(args);
        command
    }

    pub fn scan<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Scanned {
        self.scan_with(args, "")
    }

    /// The same with this on standard input.
    pub fn scan_with<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, input: &str) -> Scanned {
        Scanned::run(self.scanner(args), input)
    }

    /// The same, told in JSON.
    #[track_caller]
    pub fn scan_json<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> (i32, Value) {
        let mut command = self.scanner(args);
        command.args(["--format", "json"]);
        let scanned = Scanned::run(command, "");
        (scanned.code, scanned.json())
    }
}

/// What a scan came to.
#[derive(Debug)]
pub struct Scanned {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Scanned {
    pub fn run(command: Command, input: &str) -> Self {
        let ended = binary::run_with(command, input);
        let scanned = Self { code: ended.code.expect("no signal"), stdout: ended.stdout, stderr: ended.stderr };
        assert!(!scanned.stderr.contains("panicked"), "{scanned:?}");
        scanned
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Clean: ended with 0.
    #[track_caller]
    pub fn clean(&self) -> &Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Secrets were found: ended with 1, and this is nowhere in what it said.
    #[track_caller]
    pub fn found(&self, secret: &str) -> &Self {
        assert_eq!(self.code, 1, "{self:?}");
        assert!(!self.stdout.contains(secret) && !self.stderr.contains(secret), "the secret is told: {self:?}");
        self
    }

    /// It could not look: ended with 2, and says this of why.
    #[track_caller]
    pub fn failed(&self, why: &str) -> &Self {
        assert!(self.code == 2 && self.stderr.contains(why), "expected {why:?}: {self:?}");
        self
    }
}

/// A fresh key of our own, of the kind that blocks.
pub fn own_key() -> String {
    keystead::key::token::mint("sk_live_").expose().to_owned()
}

/// A GitHub token (classic) with a right checksum: CRC-32 of its thirty random characters, as six digits of base62.
pub fn vendor_token() -> String {
    let random = keystead::key::token::mint("");
    let body = &random.expose()[..30];
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    format!("{}_{body}{}", "ghp", std::str::from_utf8(&digits).expect("base62 is ASCII"))
}

/// The same with a wrong checksum, in either kind: its last digit is another one.
pub fn broken(token: &str) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    let place = BASE62.iter().position(|digit| [*digit] == *last.as_bytes()).expect("a digit of base62");
    format!("{rest}{}", char::from(BASE62[(place + 1) % BASE62.len()]))
}

const BASE62: &[u8; 62] = keystead::base::crypto::BASE62;
