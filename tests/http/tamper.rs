//! Somebody with a pen in the database: whatever is done to the events behind the server's back is found.

use serde_json::{Value, json};

use crate::kit::Kit;

/// A Kit with six events, all of them also in a table of their own to restore them from.
fn kit() -> Kit {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for _ in 0..4 {
        kit.key(&owner, json!({}));
    }
    for sql in
        ["CREATE TABLE events_kept AS SELECT * FROM events", "CREATE TABLE head_kept AS SELECT * FROM event_head"]
    {
        kit.run(sql, vec![]);
    }
    assert_eq!(found(&kit), Value::Null);
    kit
}

fn restore(kit: &Kit) {
    for sql in [
        "DELETE FROM events",
        "INSERT INTO events SELECT * FROM events_kept",
        "DELETE FROM event_head",
        "INSERT INTO event_head SELECT * FROM head_kept",
    ] {
        kit.run(sql, vec![]);
    }
    assert_eq!(found(kit), Value::Null, "restored");
}

/// The problem that the check tells of; null where there is none.
fn found(kit: &Kit) -> Value {
    let data = kit.get(&kit.admin, "/v1/audit-events/verify").expect(200).json["data"].clone();
    assert_eq!(data["ok"], data["problem"].is_null());
    data["problem"].clone()
}

fn first_bad(kit: &Kit) -> Value {
    kit.get(&kit.admin, "/v1/audit-events/verify").expect(200).json["data"]["first_bad"].clone()
}

#[test]
fn a_change_of_any_column_is_found_at_its_row() {
    let kit = kit();
    for sql in [
        "UPDATE events SET id = id || 'x' WHERE seq = 3",
        "UPDATE events SET at = at + 1 WHERE seq = 3",
        "UPDATE events SET actor = 'cli:0' WHERE seq = 3",
        "UPDATE events SET action = 'key.revoked' WHERE seq = 3",
        "UPDATE events SET subject = (SELECT subject FROM events WHERE seq = 2) WHERE seq = 3",
        "UPDATE events SET owner_id = NULL WHERE seq = 3",
        "UPDATE events SET owner_id = '' WHERE seq = 3",
        "UPDATE events SET request_id = NULL WHERE seq = 3",
        "UPDATE events SET address = '127.0.0.2' WHERE seq = 3",
        "UPDATE events SET details = '{}' WHERE seq = 3",
        "UPDATE events SET details = details || ' ' WHERE seq = 3",
        "UPDATE events SET mac = (SELECT mac FROM events WHERE seq = 2) WHERE seq = 3",
        "UPDATE events SET actor = actor || substr(action, 1, 1), action = substr(action, 2) WHERE seq = 3",
        "UPDATE events SET seq = 100 WHERE seq = 3",
    ] {
        assert_eq!(kit.run(sql, vec![]), 1);
        assert_eq!(first_bad(&kit), 3, "{sql}");
        restore(&kit);
    }
    kit.run("UPDATE events SET owner_id = '' WHERE seq = 1 AND owner_id IS NULL", vec![]);
    kit.run("UPDATE events SET request_id = '' WHERE seq = 1 AND request_id IS NULL", vec![]);
    assert_eq!(first_bad(&kit), 1, "absent and empty differ");
}

#[test]
fn a_missing_an_inserted_and_a_moved_row_are_found() {
    let kit = kit();
    let cases: [(&[&'static str], i64); 5] = [
        (&["DELETE FROM events WHERE seq = 3"], 3),
        (&["DELETE FROM events WHERE seq = 1"], 1),
        (
            &[
                "DELETE FROM events WHERE seq = 3",
                "UPDATE events SET seq = seq - 1 WHERE seq = 4",
                "UPDATE events SET seq = seq - 1 WHERE seq = 5",
                "UPDATE events SET seq = seq - 1 WHERE seq = 6",
            ],
            3,
        ),
        (
            &["INSERT INTO events SELECT seq + 6, id || 'x', at, actor, action, subject, owner_id, request_id, address, details, mac
               FROM events WHERE seq = 1"],
            7,
        ),
        (
            &[
                "UPDATE events SET seq = 50 WHERE seq = 4",
                "UPDATE events SET seq = 4 WHERE seq = 3",
                "UPDATE events SET seq = 3 WHERE seq = 50",
            ],
            3,
        ),
    ];
    for (statements, place) in cases {
        for sql in statements {
            assert_eq!(kit.run(sql, vec![]), 1, "{sql}");
        }
        assert_eq!(first_bad(&kit), place, "{statements:?}");
        restore(&kit);
    }
}

#[test]
fn a_cut_tail_is_found_also_where_the_head_was_adjusted() {
    let kit = kit();
    kit.run("DELETE FROM events WHERE seq = 6", vec![]);
    assert_eq!(found(&kit), "events are missing at the end");
    kit.run("UPDATE event_head SET count = 5", vec![]);
    assert_eq!(found(&kit), "the head of the chain was changed or removed");
    kit.run("UPDATE event_head SET last_mac = (SELECT mac FROM events WHERE seq = 5)", vec![]);
    assert_eq!(found(&kit), "the head of the chain was changed or removed");
    kit.run("DELETE FROM event_head", vec![]);
    assert_eq!(found(&kit), "the head of the chain was changed or removed");
    restore(&kit);
    kit.run("UPDATE event_head SET mac = zeroblob(32)", vec![]);
    assert_eq!(found(&kit), "the head of the chain was changed or removed");
    restore(&kit);
    kit.run("DELETE FROM events", vec![]);
    assert_eq!(found(&kit), "events are missing at the end");
}

#[test]
fn an_older_table_put_back_under_a_newer_head_is_found_and_so_is_the_reverse() {
    let kit = kit();
    kit.team("Acme");
    assert_eq!(found(&kit), Value::Null);
    for sql in [
        "CREATE TABLE newer AS SELECT * FROM events",
        "DELETE FROM events",
        "INSERT INTO events SELECT * FROM events_kept",
    ] {
        kit.run(sql, vec![]);
    }
    assert_eq!(found(&kit), "events are missing at the end");
    for sql in [
        "DELETE FROM events",
        "INSERT INTO events SELECT * FROM newer",
        "DELETE FROM event_head",
        "INSERT INTO event_head SELECT * FROM head_kept",
    ] {
        kit.run(sql, vec![]);
    }
    assert!(!found(&kit).is_null(), "events beyond the head");
}

#[test]
fn a_trail_that_was_wiped_whole_is_found_and_stays_found() {
    let kit = kit();
    kit.run("DELETE FROM events", vec![]);
    kit.run("DELETE FROM event_head", vec![]);
    assert_ne!(found(&kit), Value::Null);
    kit.user("noor");
    assert_ne!(found(&kit), Value::Null);
    assert_eq!(first_bad(&kit), 1);
}

#[test]
fn what_is_appended_after_tampering_does_not_hide_it() {
    let kit = kit();
    kit.run("DELETE FROM events WHERE seq = 6", vec![]);
    let made = kit.post(&kit.admin, "/v1/teams", &json!({ "name": "Acme" }));
    assert_eq!(made.status, 201);
    assert_eq!(first_bad(&kit), 6);
    kit.run("UPDATE events SET actor = 'cli:0' WHERE seq = 2", vec![]);
    kit.team("Beta");
    assert_eq!(first_bad(&kit), 2);
}
