//! How `git` is started: so that no program that a repository names is run, nothing is fetched, and no setting or replaced object hides
//! anything. A few times a scan. What Git says when it fails is told in one line, without anything that looks like a secret.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use crate::scan::{Failed, Result};

/// Settings that run a program or go to the network when a repository says so; each is overruled.
const SETTINGS: [&str; 4] =
    ["core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never", "core.useReplaceRefs=false"];
/// Variables that change what plumbing reads or run a program. What a hook gets (`GIT_DIR`, `GIT_INDEX_FILE`, the quarantine) stays.
const UNWANTED: [&str; 6] = [
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_REPLACE_REF_BASE",
];
/// Bytes of a child's complaints that are kept.
const COMPLAINT_MAX: usize = 4 * 1024;
/// Characters of them that are told.
const TOLD_MAX: usize = 300;

/// `git` with these arguments, not started yet.
pub(super) fn git<'a>(directory: &Path, args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("git");
    command.current_dir(directory).args(["--no-pager", "--no-optional-locks", "--no-replace-objects"]);
    command.arg("--literal-pathspecs");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    for name in UNWANTED {
        command.env_remove(name);
    }
    // Git before 2.44 does not know GIT_NO_LAZY_FETCH: no protocol is left to it.
    command.envs([("GIT_NO_LAZY_FETCH", "1"), ("GIT_ALLOW_PROTOCOL", "none"), ("GIT_TERMINAL_PROMPT", "0")]);
    // Grafts hide history, and a broken ref is an error rather than absent.
    command.envs([("GIT_GRAFT_FILE", "/dev/null"), ("GIT_REF_PARANOIA", "1"), ("LC_ALL", "C")]);
    command.args(args);
    command
}

/// A running `git`. Reaped whatever happens: killed where it is dropped before its end.
#[derive(Debug)]
pub(super) struct Child {
    child: std::process::Child,
    complaints: Option<JoinHandle<Vec<u8>>>,
}

impl Child {
    /// Starts it, with pipes for what goes in and comes out. Whoever takes them must read and write at the same time.
    pub fn start(mut command: Command) -> Result<(Self, ChildStdin, ChildStdout)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| not_started(&command, &error))?;
        let mut stderr = child.stderr.take().expect("it was asked for");
        let complaints = std::thread::spawn(move || {
            let mut kept = Vec::new();
            let _ = (&mut stderr).take(COMPLAINT_MAX as u64).read_to_end(&mut kept);
            // The rest is read, so that Git never waits for us.
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            kept
        });
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let child = Self { child, complaints: Some(complaints) };
        Ok((child, stdin.expect("it was asked for"), stdout.expect("it was asked for")))
    }

    /// Waits for its end.
    pub fn end(mut self) -> Result<Ended> {
        let status = self.child.wait().map_err(|error| Failed::new(format!("git: {error}")))?;
        let complaints = self.complaints.take().map(|thread| thread.join().unwrap_or_default());
        Ok(Ended { status, complaints: complaints.unwrap_or_default() })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let Some(complaints) = self.complaints.take() else { return };
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = complaints.join();
    }
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Ended {
    status: ExitStatus,
    complaints: Vec<u8>,
}

impl Ended {
    pub fn is_fine(&self) -> bool {
        self.status.success()
    }

    /// Did Git find none here?
    pub fn is_no_repository(&self) -> bool {
        !self.is_fine() && String::from_utf8_lossy(&self.complaints).contains("not a git repository")
    }

    /// Fails unless it ended well. `task` says what Git was to do.
    pub fn fine(self, task: &str) -> Result<()> {
        if self.is_fine() { Ok(()) } else { Err(self.told(task)) }
    }

    /// What to say of it.
    pub fn told(&self, task: &str) -> Failed {
        let complaint = String::from_utf8_lossy(&self.complaints);
        if complaint.contains("dubious ownership") {
            return Failed::new(
                "Git does not trust this repository, because somebody else owns it. If you do: \
                 git config --global --add safe.directory <its folder>",
            );
        }
        if self.status.code() == Some(129) {
            return Failed::new(format!("{task}: this Git is too old: 2.31 or newer is needed"));
        }
        let line = complaint.lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
        let line = line.or_else(|| complaint.lines().next()).map(without_secrets);
        let line = line.unwrap_or_else(|| format!("git ended with {}", self.status));
        Failed::new(format!("{task}: {line}"))
    }
}

/// A child that is started, and whose answer is read later.
#[derive(Debug)]
pub(super) struct Begun {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Begun {
    pub fn start(command: Command) -> Result<Self> {
        let (child, stdin, stdout) = Child::start(command)?;
        Ok(Self { child, stdin, stdout })
    }

    /// Waits for its end and gives what it wrote.
    pub fn output(self, input: &[u8]) -> Result<(Vec<u8>, Ended)> {
        let Self { child, mut stdin, mut stdout } = self;
        let mut read = Vec::new();
        let result = std::thread::scope(|scope| {
            // Git may end before it has read everything: then its complaint says why, and not this write.
            let feeder = (!input.is_empty()).then(|| scope.spawn(move || stdin.write_all(input)));
            let result = stdout.read_to_end(&mut read);
            drop(feeder);
            result
        });
        result.map_err(|error| Failed::new(format!("git: {error}")))?;
        Ok((read, child.end()?))
    }
}

/// Runs it to its end and gives what it wrote.
pub(super) fn output(command: Command, input: &[u8]) -> Result<(Vec<u8>, Ended)> {
    Begun::start(command)?.output(input)
}

fn not_started(command: &Command, error: &std::io::Error) -> Failed {
    if let Some(directory) = command.get_current_dir().filter(|directory| !directory.is_dir()) {
        return Failed::new(format!("{}: there is no such folder", directory.display()));
    }
    match error.kind() {
        std::io::ErrorKind::NotFound => Failed::new("git is not on the PATH: install it (2.31 or newer)"),
        _ => Failed::new(format!("git cannot be started: {error}")),
    }
}

/// One line of Git's, in which every word that could be a secret is an ellipsis: names of refs and paths may hold one.
fn without_secrets(line: &str) -> String {
    let mut told = String::new();
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "_-+=".contains(c);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let word = &rest[..length];
        let is_id = matches!(word.len(), 40 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_word = word.len() < 16 || !word.bytes().any(|byte| byte.is_ascii_digit());
        told.push_str(if is_id || is_word { word } else { "…" });
        rest = &rest[length..];
    }
    told.chars().filter(|c| !c.is_control()).take(TOLD_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn what_git_says_is_told_without_what_may_be_a_secret() {
        let id = "b".repeat(40);
        let line = format!("fatal: bad object {id} in refs/heads/{}4fT9", "x".repeat(20));
        assert_eq!(without_secrets(&line), format!("fatal: bad object {id} in refs/heads/…"));
        assert_eq!(without_secrets("fatal: bad revision 'HEAD'\u{1b}"), "fatal: bad revision 'HEAD'");
    }
}
