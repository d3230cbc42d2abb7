//! `kill -9` under load, twenty times over one data directory: whatever was answered is there after the restart, the database is sound to an
//! outside judge, the chain of events holds, and the start is quick.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use keystead::base::crypto;
use rustix::process::Signal;
use serde_json::json;

use crate::binary::{PATIENCE, Server, call, home, judge_of, keystead, run, serve, until};

const ROUNDS: usize = 20;
const CLIENTS: usize = 4;
/// From the start of the process to the first "ready", by the requirements; the median, because a machine also does other things.
const START_MAX: Duration = Duration::from_secs(1);

/// What is known of a key that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Created,
    /// A revocation was sent and not answered: either is right.
    Unsure,
    Revoked,
}

/// Secret → what was answered.
type Answers = BTreeMap<String, Known>;

/// Creates keys and revokes every third of them, until nobody answers any more.
fn client(url: &str, token: &str, user: &str, answers: &Mutex<Answers>) {
    let note = |secret: &str, known| answers.lock().expect("no panic").insert(secret.to_owned(), known);
    for number in 0.. {
        let body = json!({ "description": "made under load", "expires_at": null });
        let made = call("POST", &format!("{url}/v1/users/{user}/api-keys"), Some(token), Some(&body));
        let Some(made) = made else { return };
        assert_eq!(made.status, 201, "{made:?}");
        let text = |field: &str| made.body["data"][field].as_str().expect("text").to_owned();
        let (id, secret) = (text("id"), text("secret"));
        note(&secret, Known::Created);
        if number % 3 == 0 {
            note(&secret, Known::Unsure);
            let Some(revoked) = call("DELETE", &format!("{url}/v1/api-keys/{id}"), Some(token), None) else { return };
            assert_eq!(revoked.status, 200, "{revoked:?}");
            note(&secret, Known::Revoked);
        }
    }
}

#[track_caller]
fn assert_kept(server: &Server, answers: &Answers, round: usize) {
    for (secret, known) in answers {
        let code = server.code_of(secret);
        let right = match known {
            Known::Created => code == "valid",
            Known::Unsure => code == "valid" || code == "revoked",
            Known::Revoked => code == "revoked",
        };
        assert!(right, "round {round}: a key that was answered as {known:?} is {code}");
    }
    let chain = server.get("/v1/audit-events/verify");
    assert_eq!(chain.data()["ok"], true, "round {round}: {chain:?}");
}

/// The judge looks at a copy: opening the database itself would recover it in the server's stead.
fn assert_sound(data: &Path, round: usize) {
    let copy = tempfile::tempdir().expect("a directory");
    for name in ["keystead.db", "keystead.db-wal"] {
        let _ = std::fs::copy(data.join(name), copy.path().join(name));
    }
    assert_eq!(judge_of(&copy.path().join("keystead.db")), "ok", "round {round}");
}

pub fn start(data: &Path, token: &str) -> (Server, Duration) {
    let began = Instant::now();
    let mut command = serve(data);
    command.env("KEYSTEAD_BOOTSTRAP__TOKEN", token);
    let server = Server::launch(command, data).expect("it starts").with_token(token);
    until(PATIENCE, "it is ready", || (server.probe("/readyz").status == 200).then_some(()));
    (server, began.elapsed())
}

#[test]
fn whatever_was_answered_before_a_kill_is_there_after_the_restart() {
    let (_home, data) = home();
    let token = run(keystead(["key", "mint"])).fine().trim_end().to_owned();
    let (mut server, _) = start(&data, &token);
    let user = server.user("maya");
    let (mut all, mut starts) = (Answers::new(), Vec::new());
    for round in 0..ROUNDS {
        let answers = Mutex::new(Answers::new());
        let url = server.url();
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| client(&url, &token, &user, &answers));
            }
            // The moment is any; what matters is that work is under way.
            let moment = 20 + u64::from(crypto::random::<1>()[0]);
            until(PATIENCE, "something is answered", || (!answers.lock().expect("no panic").is_empty()).then_some(()));
            std::thread::sleep(Duration::from_millis(moment));
            server.stop(Signal::KILL);
        });
        assert_sound(&data, round);
        let took;
        (server, took) = start(&data, &token);
        starts.push(took);
        let answers = answers.into_inner().expect("no panic");
        assert_kept(&server, &answers, round);
        all.extend(answers);
    }
    assert_kept(&server, &all, ROUNDS);
    server.stop(Signal::TERM);
    assert_eq!(judge_of(&data.join("keystead.db")), "ok");

    starts.sort_unstable();
    let median = starts[starts.len() / 2];
    eprintln!(
        "{} keys answered over {ROUNDS} kills; start to ready: median {median:?}, longest {:?}",
        all.len(),
        starts[ROUNDS - 1]
    );
    assert!(all.len() > ROUNDS * CLIENTS, "too little was under way: {} keys", all.len());
    assert!(median < START_MAX, "{starts:?}");
}
