//! A full disk: writes answer 503 and are undone whole, reads and verifications go on, nothing that was answered is lost, and all works again
//! when there is room. Once with a bound on the database, always; once on a real small file system, where one may be mounted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;

use crate::binary::{Server, call, home, judge_of, keystead, program, run, serve, text, until};

/// Keys answered so far, by id.
type Answered = BTreeMap<String, String>;

/// Creates keys until the server says that it cannot.
#[track_caller]
fn fill(server: &Server, user: &str, answered: &mut Answered) {
    let padding = "x".repeat(15_900);
    let body = json!({ "description": "fills the disk", "expires_at": null, "metadata": { "padding": padding } });
    for _ in 0..2_000 {
        let made = server.post(&format!("/v1/users/{user}/api-keys"), &body);
        match made.status {
            201 => {
                let text = |field: &str| made.data()[field].as_str().expect("text").to_owned();
                answered.insert(text("id"), text("secret"));
            }
            503 => {
                assert_eq!(made.body["error"]["code"], "unavailable", "{made:?}");
                return;
            }
            _ => panic!("neither made nor told why: {made:?}"),
        }
    }
    panic!("the disk is never full");
}

#[track_caller]
fn assert_reads_go_on(server: &Server, answered: &Answered) {
    for (id, secret) in answered.iter().take(20).chain(answered.iter().rev().take(20)) {
        assert_eq!(server.code_of(secret), "valid", "{id} was answered");
    }
    let (id, _) = answered.iter().next().expect("some were made");
    assert_eq!(server.get(&format!("/v1/api-keys/{id}")).status, 200);
    assert_eq!(server.get("/v1/api-keys").status, 200);
    assert_eq!(server.probe("/readyz").status, 200, "verifications can be answered");
    assert_eq!(server.probe("/healthz").status, 200);
}

/// Every change is refused, none half done.
#[track_caller]
fn assert_writes_fail(server: &Server, user: &str, answered: &Answered) {
    let before = server.get("/v1/audit-events?limit=1").data().clone();
    let body = json!({ "description": "x", "expires_at": null, "metadata": { "padding": "x".repeat(15_900) } });
    let refused = server.post(&format!("/v1/users/{user}/api-keys"), &body);
    assert_eq!(refused.status, 503, "{refused:?}");
    let listed = server.get("/v1/api-keys?limit=1&q=fills").data()[0]["id"].clone();
    assert_eq!(Some(listed.as_str().expect("an id")), answered.keys().next_back().map(String::as_str));
    assert_eq!(server.get("/v1/audit-events?limit=1").data(), &before, "no event without its change");
}

const CREDITS: i64 = 1_000_000;

/// The secret of a key with credits.
fn paid(server: &Server, user: &str) -> String {
    let body = json!({ "description": "paid", "expires_at": null, "credits": { "remaining": CREDITS } });
    let made = server.post(&format!("/v1/users/{user}/api-keys"), &body);
    made.data()["secret"].as_str().expect("text").to_owned()
}

/// Spends until a use is refused; answers how many were not.
#[track_caller]
fn spend_until_refused(server: &Server, secret: &str) -> i64 {
    for spent in 0..10_000 {
        let answer = server.post("/v1/api-keys/verify", &json!({ "key": secret }));
        match answer.status {
            200 => assert_eq!(answer.data()["credits_remaining"], CREDITS - spent - 1, "{answer:?}"),
            503 => return spent,
            _ => panic!("neither spent nor told why: {answer:?}"),
        }
    }
    panic!("no use is ever refused");
}

/// Refused uses have spent nothing, and looks are answered, full disk or not.
#[track_caller]
fn assert_spent(server: &Server, secret: &str, spent: i64) {
    let look = server.post("/v1/api-keys/verify", &json!({ "key": secret, "cost": 0 }));
    assert_eq!((&look.data()["code"], &look.data()["credits_remaining"]), (&"valid".into(), &(CREDITS - spent).into()));
}

#[track_caller]
fn assert_all_is_well(server: &Server, user: &str, answered: &Answered) {
    let secret = until(Duration::from_secs(15), "writes work again", || {
        let body = json!({ "description": "x", "expires_at": null });
        let made = server.post(&format!("/v1/users/{user}/api-keys"), &body);
        (made.status == 201).then(|| made.data()["secret"].as_str().expect("text").to_owned())
    });
    assert_eq!(server.code_of(&secret), "valid");
    for (id, secret) in answered {
        assert_eq!(server.code_of(secret), "valid", "{id} was answered");
    }
    let chain = server.get("/v1/audit-events/verify");
    assert_eq!(chain.data()["ok"], true, "{chain:?}");
}

#[test]
fn a_database_at_its_bound_refuses_writes_and_goes_on_reading() {
    let (_home, data) = home();
    let bounded = |mib: &str| {
        let mut command = serve(&data);
        command.env("KEYSTEAD_STORE__MAX_MIB", mib);
        Server::launch(command, &data).expect("it starts")
    };
    let server = bounded("1");
    let (user, mut answered) = (server.user("maya"), Answered::new());
    let small = server.post(&format!("/v1/users/{user}/api-keys"), &json!({ "description": "x", "expires_at": null }));
    let text = |field: &str| small.data()[field].as_str().expect("text").to_owned();
    let (id, secret) = (text("id"), text("secret"));
    fill(&server, &user, &mut answered);
    assert!(answered.len() > 10, "{} keys in 1 MiB", answered.len());
    assert_reads_go_on(&server, &answered);
    assert_writes_fail(&server, &user, &answered);
    // Of a key without the padding: a row that grows is written anew before the old one goes.
    assert_eq!(server.delete(&format!("/v1/api-keys/{id}")).status, 200, "what needs no room still works");
    assert_eq!(server.code_of(&secret), "revoked");
    server.stop(Signal::TERM);

    let server = bounded("8");
    assert_all_is_well(&server, &user, &answered);
    server.stop(Signal::TERM);
    assert_eq!(judge_of(&data.join("keystead.db")), "ok");
}

/// A shell in a mount namespace of its own, with a small file system that vanishes with it.
struct Island {
    shell: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Island {
    /// `None` where this machine does not let us.
    fn mount(at: &std::path::Path, mib: u32) -> Option<Self> {
        use std::os::unix::process::CommandExt;
        let script = format!(
            "mount -t tmpfs -o size={mib}m,mode=700 none \"$0\" && echo mounted && while read -r line; do eval \"$line\"; done"
        );
        let mut command: Command = program("unshare");
        command.args(["-rm", "sh", "-c", &script, text(at)]).stdin(std::process::Stdio::piped()).process_group(0);
        let mut shell = command.spawn().ok()?;
        let (input, output) = (shell.stdin.take()?, BufReader::new(shell.stdout.take()?));
        let mut island = Self { shell, input, output };
        (island.line() == "mounted").then_some(island)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let _ = self.output.read_line(&mut line);
        line.trim_end().to_owned()
    }

    /// Runs a line of shell there, which ends with `;` or `&`, and waits for it.
    fn run(&mut self, line: &str) {
        writeln!(self.input, "{line} echo done").expect("the shell reads");
        assert_eq!(self.line(), "done", "{line}");
    }
}

impl Drop for Island {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.shell), Signal::KILL);
        let _ = self.shell.wait();
    }
}

#[test]
fn a_full_disk_refuses_writes_and_goes_on_reading_and_recovers() {
    let (home, data) = home();
    let (disk, log) = (home.path().join("disk"), home.path().join("log"));
    std::fs::create_dir(&disk).expect("made");
    let Some(mut island) = Island::mount(&disk, 6) else {
        eprintln!("no file system may be mounted here: the full disk was tried with the bound on the database only");
        return;
    };
    let _ = data;
    let data = disk.join("data");
    let token = run(keystead(["key", "mint"])).fine().trim_end().to_owned();
    // Its log is outside, so that it can be read from here.
    island.run(&format!(
        "KEYSTEAD_BOOTSTRAP__TOKEN={token} KEYSTEAD_LOG__FORMAT=json KEYSTEAD_HTTP__WORKERS=2 '{}' serve --listen 127.0.0.1:0 --data-dir '{}' 2>'{}' &",
        crate::binary::KEYSTEAD,
        text(&data),
        text(&log)
    ));
    let server = Server::elsewhere(&log, &data, &token);
    let (user, mut answered) = (server.user("maya"), Answered::new());
    for _ in 0..10 {
        let (id, secret) = server.key(&user);
        answered.insert(id, secret);
    }
    let paid = paid(&server, &user);
    island.run(&format!("cat /dev/zero >'{}/filler' 2>/dev/null;", text(&disk)));
    fill(&server, &user, &mut answered);
    assert_reads_go_on(&server, &answered);
    let mut spent = spend_until_refused(&server, &paid);
    assert_spent(&server, &paid, spent);
    let failing = until(Duration::from_mins(1), "the heartbeat finds out", || {
        let ready = server.probe("/readyz");
        (ready.body["writes"] == "failing").then_some(ready)
    });
    assert_eq!((failing.status, &failing.body["status"]), (200, &"ready".into()), "verifications can be answered");
    let strict = server.probe("/readyz?writes=1");
    assert_eq!((strict.status, &strict.body["writes"]), (503, &"failing".into()));
    assert_reads_go_on(&server, &answered);
    assert_spent(&server, &paid, spent);

    island.run(&format!("rm '{}/filler';", text(&disk)));
    assert_all_is_well(&server, &user, &answered);
    assert_eq!(server.code_of(&paid), "valid");
    spent += 1;
    assert_spent(&server, &paid, spent);
    until(Duration::from_secs(15), "the heartbeat finds out", || {
        (server.probe("/readyz?writes=1").status == 200).then_some(())
    });
    let log = std::fs::read_to_string(&log).expect("the log");
    assert!(log.contains("writes fail") && log.contains("writes work again"), "{log}");
    assert!(!answered.values().chain([&token]).any(|secret| log.contains(secret)), "a secret is in the log");
    let me = call("GET", &format!("{}/v1/me", server.url()), Some(&token), None).expect("an answer");
    assert_eq!(me.status, 200);
}
