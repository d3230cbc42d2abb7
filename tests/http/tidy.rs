//! What is past its use goes within an hour of that, and nothing goes that is still of use. The clock is moved by hand.

use keystead::people::PanelId;
use serde_json::json;

use crate::client::Call;
use crate::kit::{Kit, START};

const HOUR: i64 = 3_600_000;

fn rows(kit: &Kit) -> [i64; 5] {
    [
        kit.number("SELECT COUNT(*) FROM once"),
        kit.number("SELECT COUNT(*) FROM sessions"),
        kit.number("SELECT COUNT(*) FROM portal_sessions"),
        kit.number("SELECT COUNT(*) FROM invitations"),
        kit.number("SELECT COUNT(*) FROM throttles"),
    ]
}

/// An attempt counts for so long.
const WINDOW: i64 = HOUR / 4;

/// One row of each kind. The panel ends now and is remembered for an hour; the invitation ends after two.
fn fill(kit: &Kit) -> String {
    let named = Call::new("POST", "/v1/teams").bearer(&kit.admin).header("Idempotency-Key", "a");
    kit.call(named.json(&json!({ "name": "Acme" }))).expect(201);
    let user = kit.user("maya");
    let session = kit.session(&user);
    let hours = |n: i64| (START + n * HOUR).to_string();
    kit.run(
        "INSERT INTO portal_sessions (id, digest, user_id, created_by, created_at, expires_at)
         VALUES ($1, randomblob(32), $2, 'key:x', 0, CAST($3 AS BIGINT))",
        vec![PanelId::new(START).to_string(), user.clone(), hours(0)],
    );
    kit.run(
        "INSERT INTO invitations (digest, user_id, created_by, created_at, expires_at)
         VALUES (randomblob(32), $1, 'key:x', 0, CAST($2 AS BIGINT))",
        vec![user, hours(2)],
    );
    kit.run(
        "INSERT INTO throttles (bucket, failures, first_at, last_at) VALUES ('account:a', 3, 0, CAST($1 AS BIGINT))",
        vec![(START + 24 * HOUR - WINDOW).to_string()],
    );
    session
}

#[test]
fn what_is_past_its_use_goes_and_what_is_of_use_stays() {
    let kit = Kit::start();
    let session = fill(&kit);
    let events = kit.events();
    assert_eq!((kit.tidy(), rows(&kit)), (0, [1, 1, 1, 1, 1]));
    kit.clock.advance_ms(HOUR - 1);
    assert_eq!((kit.tidy(), rows(&kit)), (0, [1, 1, 1, 1, 1]));
    kit.clock.advance_ms(1);
    assert_eq!((kit.tidy(), rows(&kit)), (1, [1, 1, 0, 1, 1]));
    kit.clock.advance_ms(22 * HOUR);
    kit.get(&session, "/v1/me").expect(200);
    assert_eq!((kit.tidy(), rows(&kit)), (1, [1, 1, 0, 0, 1]));
    kit.clock.advance_ms(HOUR);
    assert_eq!(
        (kit.tidy(), rows(&kit)),
        (2, [0, 1, 0, 0, 0]),
        "a day after the first request, and not of the last use"
    );
    kit.clock.advance_ms(22 * HOUR);
    kit.get(&session, "/v1/me").expect(200);
    kit.clock.advance_ms(24 * HOUR);
    assert_eq!((kit.tidy(), rows(&kit)), (1, [0, 0, 0, 0, 0]), "a session that nobody used for a day");
    assert_eq!(kit.events(), events, "nothing of this is an event");
    kit.get(&session, "/v1/me").fails(401, "unauthenticated");
}

#[test]
fn a_session_in_use_goes_at_its_absolute_end() {
    let kit = Kit::start();
    let session = kit.session(&kit.user("maya"));
    for _ in 0..27 {
        kit.clock.advance_ms(12 * HOUR);
        kit.get(&session, "/v1/me").expect(200);
        assert_eq!(kit.tidy(), 0);
    }
    kit.clock.advance_ms(12 * HOUR);
    kit.get(&session, "/v1/me").fails(401, "unauthenticated");
    assert_eq!(kit.tidy(), 1);
}

#[test]
fn more_than_one_batch_goes_in_one_run() {
    let kit = Kit::start();
    let batches = 3 * keystead::work::tidy::BATCH;
    kit.run(
        "INSERT INTO once (actor, name, request, subject, at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS BIGINT))
         SELECT 'key:x', i, zeroblob(32), 'x', 0 FROM n",
        vec![(batches + 1).to_string()],
    );
    assert_eq!(i64::try_from(kit.tidy()), Ok(batches + 1));
    assert_eq!(kit.tidy(), 0);
}

#[test]
fn a_person_keeps_no_more_than_fifty_sessions() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let first = kit.session(&user);
    for _ in 0..50 {
        kit.clock.advance_ms(1);
        kit.session(&user);
    }
    assert_eq!(kit.number("SELECT COUNT(*) FROM sessions"), 50);
    kit.get(&first, "/v1/me").fails(401, "unauthenticated");
}
