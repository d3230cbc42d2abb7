//! `keystead admin disable-2fa`: help for somebody who has lost their second factor, whether a server runs or not.

use std::path::Path;

use keystead::store::{DataDir, Options, Store, Val};
use serde_json::json;

use crate::binary::{Ended, Server, home, keystead, run, text};

fn disable(data: &Path, email: &str) -> Ended {
    run(keystead(["admin", "disable-2fa", "--data-dir", text(data), "--email", email]))
}

/// What it says when all went well: talk, and no data.
fn said(data: &Path, email: &str) -> String {
    let ended = disable(data, email);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{ended:?}");
    ended.stderr
}

/// A second factor that was switched on, straight into the database: no server may have it.
fn switch_on(data: &Path, user: &str) {
    let dir = DataDir::lock(data).expect("no server has it");
    let store = Store::open(&dir, &Options { readers: 1, cache_kib: 1024, max_mib: 0 }, 0).expect("it opens");
    let user = user.to_owned();
    let job = store.write(move |db| {
        db.run(
            "INSERT INTO second_factors (user_id, secret, confirmed_at, last_step, failures) VALUES ($1, $2, 1, 1, 9)",
            &[(&user).into(), Val::Blob(b"sealed")],
        )
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert_eq!(runtime.block_on(job).expect("a row"), 1);
}

#[test]
fn a_lost_second_factor_is_switched_off_at_the_machine_and_the_log_says_by_whom() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let made = server.post("/v1/users", &json!({ "email": "maya@example.com" }));
    let user = made.data()["id"].as_str().expect("an id").to_owned();
    assert!(said(&data, "maya@example.com").contains("no second factor"), "nothing to switch off");
    assert!(disable(&data, "noor@example.com").failed().contains("nobody here has this e-mail"));
    drop(server);

    switch_on(&data, &user);
    assert!(said(&data, "Maya@Example.com").contains("is off"), "without a server");
    switch_on(&data, &user);
    let server = Server::start(&data);
    assert!(said(&data, "maya@example.com").contains("is off"), "in the server");
    let events = server.get("/v1/audit-events");
    let all = events.data().as_array().expect("a list").iter();
    let removed: Vec<_> = all.filter(|event| event["action"] == "second_factor.removed").collect();
    assert_eq!(removed.len(), 2);
    for event in removed {
        assert!(event["actor"].as_str().expect("an actor").starts_with("cli:") && event["subject"] == user, "{event}");
    }
}
