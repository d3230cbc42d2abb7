//! `kill -9` while many clients spend: no credit that was answered as spent comes back, and none goes that nobody asked for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use keystead::base::crypto;
use rustix::process::Signal;
use serde_json::json;

use crate::binary::{PATIENCE, Server, call, home, judge_of, keystead, run, until};
use crate::crash::start;

const ROUNDS: usize = 10;
const CLIENTS: i64 = 16;
const CREDITS: i64 = 1_000_000_000;

/// A key, and what clients know of its credits since the server started.
struct Purse {
    id: String,
    secret: String,
    sent: AtomicI64,
    answered: AtomicI64,
}

/// Spends from all keys in turn, at a cost of its own, until nobody answers any more.
fn client(url: &str, token: &str, purses: &[Purse], cost: i64) {
    for purse in purses.iter().cycle() {
        let body = json!({ "key": purse.secret, "cost": cost });
        purse.sent.fetch_add(cost, Ordering::SeqCst);
        let Some(reply) = call("POST", &format!("{url}/v1/api-keys/verify"), Some(token), Some(&body)) else { return };
        assert_eq!((reply.status, &reply.body["data"]["code"]), (200, &"valid".into()), "{reply:?}");
        purse.answered.fetch_add(cost, Ordering::SeqCst);
    }
}

fn balance(server: &Server, purse: &Purse) -> i64 {
    let shown = server.get(&format!("/v1/api-keys/{}", purse.id));
    shown.data()["credits"]["remaining"].as_i64().expect("a balance")
}

#[test]
fn a_credit_that_was_answered_as_spent_never_comes_back_by_a_kill() {
    let (_home, data) = home();
    let token = run(keystead(["key", "mint"])).fine().trim_end().to_owned();
    let (mut server, _) = start(&data, &token);
    let user = server.user("maya");
    let mut purses: Vec<Purse> = (0..3)
        .map(|_| {
            let body = json!({ "description": "paid", "expires_at": null, "credits": { "remaining": CREDITS } });
            let made = server.post(&format!("/v1/users/{user}/api-keys"), &body);
            let text = |field: &str| made.data()[field].as_str().expect("text").to_owned();
            Purse { id: text("id"), secret: text("secret"), sent: AtomicI64::new(0), answered: AtomicI64::new(0) }
        })
        .collect();
    let (mut all, mut unsure) = (0, 0);
    let mut before = vec![CREDITS; purses.len()];
    for round in 0..ROUNDS {
        let url = server.url();
        std::thread::scope(|scope| {
            for cost in 1..=CLIENTS {
                let (url, token, purses) = (&url, &token, &purses);
                scope.spawn(move || client(url, token, purses, cost));
            }
            let answered = || purses.iter().all(|purse| purse.answered.load(Ordering::SeqCst) > 0);
            until(PATIENCE, "uses are answered", || answered().then_some(()));
            // The moment is any; what matters is that work is under way.
            std::thread::sleep(Duration::from_millis(20 + u64::from(crypto::random::<1>()[0])));
            server.stop(Signal::KILL);
        });
        (server, _) = start(&data, &token);
        for (purse, before) in purses.iter_mut().zip(&mut before) {
            let (sent, answered) = (std::mem::take(purse.sent.get_mut()), std::mem::take(purse.answered.get_mut()));
            let left = balance(&server, purse);
            assert!(
                left <= *before - answered,
                "round {round}: of {before}, {answered} were answered, and {left} are left"
            );
            assert!(left >= *before - sent, "round {round}: of {before}, {sent} were asked for, and {left} are left");
            all += answered;
            unsure += *before - left - answered;
            *before = left;
        }
    }
    server.stop(Signal::TERM);
    assert_eq!(judge_of(&data.join("keystead.db")), "ok");
    eprintln!("{all} credits answered as spent over {ROUNDS} kills, and {unsure} spent whose answers were lost");
    assert!(all > i64::try_from(ROUNDS).expect("small") * CLIENTS, "too little was under way");
}
