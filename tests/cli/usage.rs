//! Bills from the command line, and what of them a stop and a kill leave: a stop everything, a kill at most what was not written yet,
//! and never a use too many.

use std::sync::Mutex;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::binary::{PATIENCE, Server, call, home, run, serve, until};
use crate::owners::{json, on};

const CLIENTS: usize = 4;

/// What the clients know: verifications that were answered, and those that were asked.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    answered: i64,
    asked: i64,
}

/// Verifies until nobody answers any more.
fn client(url: &str, token: &str, secret: &str, known: &Mutex<Known>) {
    let body = json!({ "key": secret });
    loop {
        known.lock().expect("no panic").asked += 1;
        let Some(answer) = call("POST", &format!("{url}/v1/api-keys/verify"), Some(token), Some(&body)) else { return };
        if answer.status != 200 {
            // It is stopping: refused, and so not counted.
            return;
        }
        known.lock().expect("no panic").answered += 1;
    }
}

fn billed(server: &Server) -> i64 {
    let bill = server.get("/v1/usage");
    bill.data().as_array().expect("a list").iter().map(|line| line["uses"].as_i64().expect("a number")).sum()
}

/// Lets clients verify until the server ends by this signal; meanwhile a bill is asked for. Answers that bill.
fn end_under_load(server: Server, secret: &str, signal: Signal, known: &Mutex<Known>) -> i64 {
    let (url, token) = (server.url(), server.token().to_owned());
    let before = known.lock().expect("no panic").answered;
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| client(&url, &token, secret, known));
        }
        let answered = |more: i64| {
            until(PATIENCE, "verifications go on", || {
                (known.lock().expect("no panic").answered >= before + more).then_some(())
            });
        };
        answered(50);
        let bill = billed(&server);
        answered(100);
        server.stop(signal);
        bill
    })
}

#[test]
fn a_stop_loses_no_use_that_was_answered() {
    let (_home, data) = home();
    let mut server = Server::start(&data);
    let user = server.user("maya");
    let (_, secret) = server.key(&user);
    let token = server.token().to_owned();
    let known = Mutex::default();
    for _ in 0..3 {
        end_under_load(server, &secret, Signal::TERM, &known);
        server = Server::start(&data).with_token(&token);
        let (bill, known) = (billed(&server), *known.lock().expect("no panic"));
        assert!((known.answered..=known.asked).contains(&bill), "{bill} are billed of {known:?}");
    }
}

#[test]
fn a_kill_loses_no_use_of_a_bill_that_was_shown_and_adds_none() {
    let (_home, data) = home();
    let mut server = Server::start(&data);
    let user = server.user("maya");
    let (_, secret) = server.key(&user);
    let token = server.token().to_owned();
    let mut least = 0;
    for round in 0..6 {
        let known = Mutex::default();
        let shown = end_under_load(server, &secret, Signal::KILL, &known);
        assert!(shown >= least, "round {round}: {shown} are shown, and {least} were before");
        server = Server::start(&data).with_token(&token);
        let (bill, known) = (billed(&server), *known.lock().expect("no panic"));
        assert!(bill >= shown, "round {round}: {bill} are billed, and {shown} were shown");
        assert!(bill <= least + known.asked, "round {round}: {bill} are billed, {least} before, then {known:?}");
        least = bill;
    }
}

#[test]
fn counts_reach_the_disk_by_themselves_within_moments() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let user = server.user("maya");
    let (_, secret) = server.key(&user);
    let token = server.token().to_owned();
    let uses = |server: &Server| server.post("/v1/api-keys/verify", &json!({ "key": secret })).status;
    assert_eq!(uses(&server), 200);
    until(PATIENCE, "the use is written", || {
        std::thread::sleep(Duration::from_millis(20));
        written(&data).then_some(())
    });
    server.stop(Signal::KILL);
    assert_eq!(billed(&Server::start(&data).with_token(&token)), 1);
}

/// Does the log of the database hold what was counted? Seen from outside, in a copy.
fn written(data: &std::path::Path) -> bool {
    let copy = tempfile::tempdir().expect("a directory");
    for name in ["keystead.db", "keystead.db-wal"] {
        let _ = std::fs::copy(data.join(name), copy.path().join(name));
    }
    #[expect(clippy::disallowed_methods, reason = "an outside judge of what is on disk")]
    let judge = rusqlite::Connection::open(copy.path().join("keystead.db")).expect("a copy");
    let rows = "SELECT (SELECT COUNT(*) FROM usage_pending) + (SELECT COUNT(*) FROM usage_days)";
    judge.query_row(rows, [], |row| row.get::<_, i64>(0)).is_ok_and(|rows| rows > 0)
}

#[test]
fn a_bill_is_shown_for_owners_keys_and_days_and_leaves_as_csv() {
    let (_home, data) = home();
    let mut command = serve(&data);
    command.env("KEYSTEAD_USAGE__RETENTION_DAYS", "40");
    let server = Server::launch(command, &data).expect("it starts");
    let user = server.user("maya");
    let (key, secret) = server.key(&user);
    for _ in 0..3 {
        assert_eq!(server.code_of(&secret), "valid");
    }
    let table = run(on(&server, &["usage"])).fine();
    assert!(table.starts_with("FROM") && table.contains(&user) && !table.contains(&key), "{table}");
    for args in [
        &["usage", "--by", "key", "--json"][..],
        &["usage", "--key", &key, "--json"],
        &["usage", "--user", "maya", "--json"],
        &["usage", "--owner", &user, "--by", "day", "--json"],
    ] {
        let lines = json(on(&server, args));
        assert_eq!((lines.as_array().map(Vec::len), &lines[0]["uses"]), (Some(1), &json!(3)), "{args:?}: {lines}");
    }
    let csv = run(on(&server, &["usage", "--by", "key", "--csv"])).fine();
    assert_eq!(csv.lines().count(), 2);
    assert!(csv.starts_with("from,to,owner_type,") && csv.contains(&key), "{csv}");
    for (wrong, why) in [
        (&["usage", "--from", "today"][..], "/from: must be a date as in 2027-01-31"),
        (&["usage", "--from", "2000-01-01"], "366 days"),
        (&["usage", "--by", "month"], "possible values: owner, key, day"),
        (&["usage", "--key", &key, "--by", "day"], "cannot be used with"),
        (&["usage", "--owner", "maya"], "/owner: must be the id"),
    ] {
        let stderr = run(on(&server, wrong)).failed();
        assert!(stderr.contains(why), "{wrong:?}: {stderr}");
    }
}
