//! What a report does to the key that it names: it ends where its possession is shown beyond somebody's machine, and nowhere else; whatever
//! is known is recorded and told, once.

use keystead::base::clock::DAY_MS;
use keystead::base::crypto::{hex, sha256};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::import::{body, foreign, import, line};
use crate::kit::{Kit, START, stranger, time};
use crate::world::Issued;

/// Digest of a key, as scanners send it.
pub fn digest(secret: &str) -> String {
    hex(&sha256(secret.as_bytes()))
}

impl Kit {
    pub fn report(&self, caller: &str, reports: &Value) -> Answer {
        self.post(caller, "/v1/leaks", &json!({ "reports": reports }))
    }

    /// The fate of one report by the admin.
    pub fn fate(&self, report: Value) -> Value {
        self.report(&self.admin, &json!([report])).expect(200).json["data"][0].clone()
    }

    /// The only leak there is, with its places.
    pub fn leak(&self) -> Value {
        let ids = self.ids(&self.admin, "/v1/leaks");
        assert_eq!(ids.len(), 1, "{ids:?}");
        self.get(&self.admin, &format!("/v1/leaks/{}", ids[0])).expect(200).json["data"].clone()
    }

    /// Code and reason of a verification.
    pub fn ended(&self, secret: &str) -> (String, Option<String>) {
        let said = self.verify_as(&self.admin, json!({ "key": secret, "environment": "any" }));
        (said["code"].as_str().expect("a code").to_owned(), said["revoked_reason"].as_str().map(str::to_owned))
    }

    /// Actions of the events since so many.
    pub fn actions_since(&self, count: i64) -> Vec<String> {
        let events = self.pages(&self.admin, "/v1/audit-events", 200).concat();
        let new = events.iter().take(usize::try_from(self.events() - count).expect("more"));
        new.map(|event| event["action"].as_str().expect("an action").to_owned()).collect()
    }

    pub fn notices(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM deliveries WHERE state = 'due'")
    }
}

pub fn leaked() -> (String, Option<String>) {
    ("revoked".into(), Some("leaked".into()))
}

pub fn valid() -> (String, Option<String>) {
    ("valid".into(), None)
}

pub fn of(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

#[test]
fn a_key_that_is_reported_is_revoked_for_the_next_verification_and_its_owner_is_to_be_told() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for exposure in ["private", "public"] {
        for named in ["key", "sha256"] {
            let key = kit.key(&owner, json!({}));
            let (events, notices) = (kit.events(), kit.notices());
            let text = if named == "key" { key.secret.clone() } else { digest(&key.secret) };
            let fate = kit.fate(json!({ named: text, "exposure": exposure }));
            assert_eq!((&fate["outcome"], &fate["key_id"]), (&"revoked".into(), &key.id.clone().into()));
            assert_eq!(kit.ended(&key.secret), leaked(), "{exposure} {named}");
            assert_eq!(kit.actions_since(events), ["leak.reported", "key.revoked"]);
            assert_eq!(kit.notices(), notices + 1, "one event, one delivery");
            let shown = kit.get(&kit.admin, &of(&key)).expect(200);
            assert_eq!((shown.str("/data/revoked_reason"), shown.str("/data/why_invalid")), ("leaked", "leaked"));
            assert_eq!(shown.json["data"]["last_used"], Value::Null, "a report is no use");
        }
    }
    let told = kit.number(
        "SELECT COUNT(*) FROM deliveries d JOIN events e ON e.id = d.event_id
         WHERE e.action = 'leak.reported' AND d.kind = 'notice' AND d.destination = 'owner:' || e.owner_id AND d.due_at = e.at AND d.attempts = 0",
    );
    assert_eq!(told, 4);
    assert_eq!(kit.get(&kit.admin, "/v1/audit-events/verify").expect(200).json["data"]["ok"], true);
}

#[test]
fn without_a_word_on_exposure_a_report_is_of_a_public_place() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    assert_eq!(kit.fate(json!({ "key": key.secret }))["outcome"], "revoked");
    assert_eq!(kit.leak()["exposure"], "public");
}

#[test]
fn a_local_report_is_recorded_and_told_and_never_revokes() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    for named in [json!({ "key": key.secret }), json!({ "sha256": digest(&key.secret) })] {
        let mut report = named;
        report["exposure"] = "local".into();
        assert_eq!(kit.fate(report)["outcome"], "told");
    }
    assert_eq!((kit.ended(&key.secret), kit.notices()), (valid(), 1));
    let leak = kit.leak();
    assert_eq!((&leak["exposure"], &leak["outcome"], &leak["reports"]), (&"local".into(), &"told".into(), &2.into()));
}

#[test]
fn a_worse_exposure_acts_and_a_lesser_one_changes_nothing() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let with = |exposure: &str| json!({ "sha256": digest(&key.secret), "exposure": exposure });
    assert_eq!(kit.fate(with("local"))["outcome"], "told");
    assert_eq!(kit.fate(with("private"))["outcome"], "revoked");
    assert_eq!((kit.ended(&key.secret), kit.notices()), (leaked(), 2), "told on the same day: it was revoked");
    let (before, events) = (kit.leak(), kit.events());
    assert_eq!(kit.fate(with("local"))["outcome"], "already_ended");
    assert_eq!(kit.fate(with("private"))["outcome"], "already_ended");
    assert_eq!((kit.notices(), kit.events()), (2, events));
    let after = kit.leak();
    assert_eq!((&after["exposure"], &after["outcome"]), (&"private".into(), &"revoked".into()));
    assert_eq!((&before["reports"], &after["reports"], &after["places"]), (&2.into(), &4.into(), &1.into()));
    assert_eq!(kit.fate(with("public"))["outcome"], "already_ended");
    assert_eq!((&kit.leak()["exposure"], kit.notices(), kit.events()), (&"public".into(), 2, events + 1));
}

#[test]
fn a_public_key_is_never_revoked() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({ "is_public": true }));
    for report in [json!({ "key": key.secret }), json!({ "sha256": digest(&key.secret), "exposure": "private" })] {
        assert_eq!(kit.fate(report)["outcome"], "told");
    }
    assert_eq!(kit.ended(&key.secret), valid());
}

#[test]
fn the_hash_of_an_imported_key_is_suspected_and_the_key_itself_is_proof() {
    let kit = Kit::start();
    kit.user("maya");
    let secret = foreign(1);
    import(&kit, "", body(&[line(&secret, json!({}))]));
    let hash = json!({ "sha256": digest(&secret), "exposure": "public" });
    assert_eq!(kit.fate(hash.clone())["outcome"], "suspected");
    assert_eq!((kit.ended(&secret), kit.notices()), (valid(), 1));
    assert_eq!(kit.fate(json!({ "key": secret, "exposure": "local" }))["outcome"], "told");
    assert_eq!(kit.leak()["outcome"], "suspected", "the most that was done");
    assert_eq!(kit.fate(json!({ "key": secret }))["outcome"], "revoked");
    assert_eq!(kit.ended(&secret), leaked());
    assert_eq!(kit.fate(hash)["outcome"], "already_ended");
}

#[test]
fn an_imported_key_that_was_rotated_has_a_secret_of_ours_whose_hash_is_proof() {
    let kit = Kit::start();
    kit.user("maya");
    let former = foreign(2);
    let (lines, _) = import(&kit, "", body(&[line(&former, json!({}))]));
    let path = format!("/v1/api-keys/{}/rotate", lines[0]["id"].as_str().expect("an id"));
    let rotated = kit.post(&kit.admin, &path, &json!({ "grace_s": 600 })).expect(200);
    assert_eq!(kit.fate(json!({ "sha256": digest(&former) }))["outcome"], "suspected");
    assert_eq!(kit.ended(&former), valid());
    assert_eq!(kit.fate(json!({ "key": former }))["outcome"], "secret_ended");
    let current = rotated.str("/data/secret");
    assert_eq!(kit.ended(current), valid());
    assert_eq!(kit.fate(json!({ "sha256": digest(current) }))["outcome"], "revoked");
    assert_eq!((kit.ended(current), kit.ended(&former)), (leaked(), leaked()));
}

#[test]
fn a_report_on_a_former_secret_ends_that_and_the_key_goes_on() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let rotated = kit.post(&kit.admin, &format!("{}/rotate", of(&key)), &json!({ "grace_s": 600 })).expect(200);
    let current = rotated.str("/data/secret");
    assert_eq!((kit.ended(&key.secret), kit.ended(current)), (valid(), valid()));
    let events = kit.events();
    assert_eq!(kit.fate(json!({ "sha256": digest(&key.secret) }))["outcome"], "secret_ended");
    assert_eq!(kit.actions_since(events), ["leak.reported", "key.secret_ended"]);
    assert_eq!((kit.ended(&key.secret), kit.ended(current)), (leaked(), valid()));
    let said = kit.verify(&key.secret);
    assert_eq!(said["key"]["status"], "active", "the key itself");
    let shown = kit.get(&kit.admin, &of(&key)).expect(200);
    assert_eq!(
        (&shown.json["data"]["status"], &shown.json["data"]["previous_secret"]),
        (&"active".into(), &Value::Null)
    );
    assert_eq!(kit.leak()["former_secret"], true);
    // The first reason stays, past the grace, past the key's own end, and after a start.
    kit.clock.advance_ms(700_000);
    assert_eq!(kit.ended(&key.secret), leaked());
    kit.delete(&kit.admin, &of(&key)).expect(200);
    let kit = kit.restarted();
    assert_eq!(kit.ended(&key.secret), leaked(), "out of the store");
    kit.fill();
    assert_eq!(kit.ended(&key.secret), leaked(), "and out of memory");
    assert_eq!(kit.ended(current), ("revoked".into(), Some("manual".into())));
}

#[test]
fn a_former_secret_past_its_grace_stays_rotated_and_the_report_is_recorded() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    kit.post(&kit.admin, &format!("{}/rotate", of(&key)), &json!({})).expect(200);
    assert_eq!(kit.fate(json!({ "key": key.secret }))["outcome"], "already_ended");
    assert_eq!(kit.ended(&key.secret), ("revoked".into(), Some("rotated".into())));
    assert_eq!((kit.leak()["outcome"].clone(), kit.notices()), ("already_ended".into(), 1));
}

#[test]
fn what_was_told_while_it_was_current_is_ended_when_it_is_a_former_secret() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let first = kit.fate(json!({ "key": key.secret, "exposure": "local" }));
    kit.post(&kit.admin, &format!("{}/rotate", of(&key)), &json!({ "grace_s": 600 })).expect(200);
    let second = kit.fate(json!({ "key": key.secret, "exposure": "public" }));
    assert_eq!((&second["outcome"], &second["leak_id"]), (&"secret_ended".into(), &first["leak_id"]), "one leak");
    assert_eq!(kit.ended(&key.secret), leaked());
}

#[test]
fn a_key_that_is_off_or_has_expired_does_not_come_back_and_one_that_was_revoked_keeps_its_reason() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let off = kit.key(&owner, json!({ "enabled": false }));
    let expired = kit.key(&owner, json!({ "expires_at": time(START + 1_000) }));
    let revoked = kit.key(&owner, json!({}));
    kit.delete(&kit.admin, &of(&revoked)).expect(200);
    kit.clock.advance_ms(2_000);
    let fate = |key: &Issued| kit.fate(json!({ "key": key.secret }))["outcome"].clone();
    assert_eq!(
        (fate(&off), fate(&expired), fate(&revoked)),
        ("revoked".into(), "revoked".into(), "already_ended".into())
    );
    assert_eq!((kit.ended(&off.secret), kit.ended(&expired.secret)), (leaked(), leaked()));
    assert_eq!(kit.ended(&revoked.secret), ("revoked".into(), Some("manual".into())));
    kit.patch(&kit.admin, &of(&expired), &json!({ "expires_at": null }));
    assert_eq!(kit.ended(&expired.secret), leaked(), "no later expiry brings it back");
    assert_eq!(kit.ids(&kit.admin, "/v1/leaks").len(), 3, "all three are recorded");
}

#[test]
fn what_is_unknown_leaves_nothing_behind() {
    let kit = Kit::start();
    let before = [
        kit.events(),
        kit.number("SELECT COUNT(*) FROM leaks"),
        kit.number("SELECT COUNT(*) FROM leak_sightings"),
        kit.notices(),
    ];
    let purged = kit.key(&kit.user("maya"), json!({}));
    kit.delete(&kit.admin, &of(&purged)).expect(200);
    kit.delete(&kit.admin, &format!("{}?purge=true", of(&purged))).expect(200);
    let events = kit.events();
    let unknown = stranger("sk_live_");
    for report in [
        json!({ "key": unknown }),
        json!({ "sha256": digest(&unknown) }),
        json!({ "key": "hunter2" }),
        json!({ "key": "" }),
        json!({ "key": "\u{0}\u{1F511}" }),
        json!({ "key": purged.secret }),
    ] {
        assert_eq!(kit.fate(report), json!({ "outcome": null, "leak_id": null, "key_id": null }));
    }
    assert_eq!(before[0] + 4, events, "a user, a key, its end and its purge");
    let after = [
        kit.events() - 4,
        kit.number("SELECT COUNT(*) FROM leaks"),
        kit.number("SELECT COUNT(*) FROM leak_sightings"),
        kit.notices(),
    ];
    assert_eq!(after, before);
}

#[test]
fn the_same_place_is_one_sighting_and_a_hundred_are_kept_and_the_rest_counted() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let at = |line: usize| {
        json!({ "sha256": digest(&key.secret), "exposure": "local", "tool": "keystead 0.1",
            "place": { "repository": "https://git.example.com/shop", "commit": "c0ffee", "path": "src/pay.rs", "line": line, "url": null,
                       "author": "Maya <maya@example.com>", "committed_at": "2026-11-01T12:00:00+02:00" } })
    };
    kit.report(&kit.admin, &json!([at(1), at(1), at(2), at(1)])).expect(200);
    let leak = kit.leak();
    assert_eq!((&leak["places"], &leak["reports"]), (&2.into(), &4.into()));
    assert_eq!(leak["sightings"].as_array().map(Vec::len), Some(2));
    let first = leak["sightings"].as_array().expect("places").iter().find(|one| one["place"]["line"] == 1).expect("it");
    assert_eq!(
        (&first["reports"], &first["tool"], &first["authenticated"]),
        (&3.into(), &"keystead 0.1".into(), &true.into())
    );
    assert_eq!(first["place"]["committed_at"], "2026-11-01T10:00:00.000Z");
    let many: Vec<Value> = (1..=150).map(at).collect();
    kit.report(&kit.admin, &Value::Array(many)).expect(200);
    let leak = kit.leak();
    assert_eq!(leak["sightings"].as_array().map(Vec::len), Some(100));
    assert_eq!((&leak["places"], &leak["reports"]), (&150.into(), &154.into()));
    assert_eq!(kit.notices(), 1, "one notice for a leak and day");
}

#[test]
fn a_leak_is_told_once_a_day_and_only_where_there_is_news() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let at = |path: &str| kit.fate(json!({ "key": key.secret, "exposure": "local", "place": { "path": path } }));
    at("a");
    at("b");
    assert_eq!(kit.notices(), 1);
    kit.clock.advance_ms(DAY_MS);
    at("b");
    assert_eq!(kit.notices(), 1, "the same place again is no news");
    at("c");
    at("d");
    assert_eq!(kit.notices(), 2);
    kit.clock.advance_ms(31 * DAY_MS);
    kit.tidy();
    assert_eq!(kit.notices(), 0, "what nobody delivered in a month is no news either");
}

#[test]
fn with_the_switch_on_tell_nothing_is_revoked() {
    let kit = Kit::start();
    kit.patch(&kit.admin, "/v1/settings", &json!({ "leaked_keys": "tell" })).expect(200);
    let key = kit.key(&kit.user("maya"), json!({}));
    assert_eq!(kit.fate(json!({ "key": key.secret }))["outcome"], "told");
    assert_eq!(kit.ended(&key.secret), valid());
    kit.patch(&kit.admin, "/v1/settings", &json!({ "leaked_keys": "revoke" })).expect(200);
    assert_eq!(kit.fate(json!({ "key": key.secret }))["outcome"], "revoked", "and from then on, the same report acts");
}

#[test]
fn a_backend_of_the_sandbox_reports_keys_of_the_sandbox_alone_and_its_own_key_may_go_too() {
    let kit = Kit::start();
    let sandbox = kit.backend_in(keystead::config::Environment::Test, &["keystead:admin"], None);
    let owner =
        kit.post(&sandbox.secret, "/v1/users", &json!({ "external_id": "s" })).expect(201).str("/data/id").to_owned();
    let (there, live) = (kit.key_by(&sandbox.secret, &owner, json!({})), kit.key(&kit.user("maya"), json!({})));
    let test = kit.key(&kit.user("noor"), json!({ "environment": "test" }));
    let reports = json!([{ "key": there.secret }, { "key": live.secret }, { "key": test.secret }]);
    let fates = kit.report(&sandbox.secret, &reports).expect(200).json["data"].clone();
    assert_eq!(
        [&fates[0]["outcome"], &fates[1]["outcome"], &fates[2]["outcome"]],
        [&json!("revoked"), &Value::Null, &Value::Null]
    );
    assert_eq!(kit.ended(&live.secret), valid());
    let fates = kit.report(&kit.admin, &reports).expect(200).json["data"].clone();
    assert_eq!(
        [&fates[0]["outcome"], &fates[1]["outcome"], &fates[2]["outcome"]],
        [&Value::Null, &json!("revoked"), &json!("revoked")]
    );
    // A backend is a key like any other.
    let backend = kit.backend(&["keystead:leaks"]);
    let fates = kit.report(&backend.secret, &json!([{ "key": backend.secret }, { "key": sandbox.secret }])).expect(200);
    assert_eq!([&fates.json["data"][0]["outcome"], &fates.json["data"][1]["outcome"]], ["revoked", "revoked"]);
    kit.report(&backend.secret, &json!([{ "key": backend.secret }])).fails(401, "unauthenticated");
    kit.get(&sandbox.secret, "/v1/leaks").fails(401, "unauthenticated");
}

#[test]
fn a_key_that_is_purged_takes_its_leak_along_and_its_events_stay() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let leak = kit.fate(json!({ "key": key.secret, "place": { "author": "Maya" } }))["leak_id"].clone();
    kit.delete(&kit.admin, &format!("{}?purge=true", of(&key))).expect(200);
    assert_eq!(kit.number("SELECT COUNT(*) FROM leaks") + kit.number("SELECT COUNT(*) FROM leak_sightings"), 0);
    let path = format!("/v1/audit-events?subject={}", leak.as_str().expect("an id"));
    assert_eq!(kit.get(&kit.admin, &path).expect(200).json["data"][0]["action"], "leak.reported");
}
