//! Usage, as bills read it: exact, for whoever had the key at the time, and complete to the moment of the question.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, wait};
use crate::world::Issued;

const DAY: i64 = 86_400_000;
/// The day of every Kit's clock.
const TODAY: &str = "2027-01-15";

fn csv(kit: &Kit, caller: &str, path: &str) -> Answer {
    kit.call(Call::new("GET", path).bearer(caller).header("Accept", "text/csv"))
}

fn lines(kit: &Kit, caller: &str, path: &str) -> Vec<Value> {
    kit.get(caller, path).expect(200).json["data"].as_array().expect("a list").clone()
}

/// `[uses, valid, refused, cost]` of each line.
fn counts(lines: &[Value]) -> Vec<[i64; 4]> {
    let number = |line: &Value, field: &str| line[field].as_i64().expect("a number");
    lines.iter().map(|line| ["uses", "valid", "refused", "cost"].map(|field| number(line, field))).collect()
}

fn uses(kit: &Kit, key: &Issued, times: usize) {
    (0..times).for_each(|_| drop(kit.verify(&key.secret)));
}

#[test]
fn a_bill_is_complete_to_the_moment_it_is_asked_for() {
    let kit = Kit::start();
    let (maya, acme) = (kit.user("maya"), kit.team("Acme"));
    let (laptop, server) = (kit.key(&maya, json!({ "description": "laptop" })), kit.key(&acme, json!({})));
    uses(&kit, &laptop, 3);
    kit.verify_as(&kit.admin, json!({ "key": laptop.secret, "cost": 5 }));
    kit.verify_as(&kit.admin, json!({ "key": laptop.secret, "cost": 5, "scopes": ["a:read"] }));
    kit.verify_as(&kit.admin, json!({ "key": server.secret, "environment": "test" }));
    let both = lines(&kit, &kit.admin, "/v1/usage");
    assert_eq!(counts(&both), [[5, 4, 1, 8], [1, 0, 1, 0]], "{both:?}");
    assert_eq!(both[0]["owner"], json!({ "type": "user", "id": maya, "external_id": "maya", "name": "maya" }));
    assert_eq!(both[1]["owner"], json!({ "type": "team", "id": acme, "external_id": null, "name": "Acme" }));
    assert_eq!(both[0]["codes"], json!({ "valid": 4, "insufficient_scope": 1 }));
    assert_eq!(both[1]["codes"], json!({ "wrong_environment": 1 }));
    assert_eq!(
        (&both[0]["from"], &both[0]["to"], &both[0]["key"]),
        (&json!("2027-01-01"), &json!(TODAY), &json!(null))
    );
    uses(&kit, &laptop, 1);
    let again = lines(&kit, &kit.admin, &format!("/v1/usage?owner={maya}&group_by=key"));
    assert_eq!(counts(&again), [[6, 5, 1, 9]]);
    assert_eq!(again[0]["key"], json!({ "id": laptop.id, "name": "laptop" }));
    let by_day = lines(&kit, &kit.admin, &format!("/v1/api-keys/{}/usage", laptop.id));
    assert_eq!(counts(&by_day), [[6, 5, 1, 9]]);
    assert_eq!((&by_day[0]["from"], &by_day[0]["to"]), (&json!(TODAY), &json!(TODAY)));
}

#[test]
fn a_key_that_goes_to_another_owner_bills_each_its_part_and_stays_billed_when_it_is_gone() {
    let kit = Kit::start();
    let (maya, acme) = (kit.user("maya"), kit.team("Acme"));
    let key = kit.key(&maya, json!({}));
    uses(&kit, &key, 2);
    let body = json!({ "owner": { "id": acme } });
    kit.post(&kit.admin, &format!("/v1/api-keys/{}/transfer", key.id), &body).expect(200);
    uses(&kit, &key, 3);
    let parts = |path: &str| counts(&lines(&kit, &kit.admin, path));
    assert_eq!(parts("/v1/usage"), [[2, 2, 0, 2], [3, 3, 0, 3]]);
    assert_eq!(parts(&format!("/v1/api-keys/{}/usage", key.id)), [[2, 2, 0, 2], [3, 3, 0, 3]]);
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", key.id)).expect(200);
    uses(&kit, &key, 1);
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}?purge=true", key.id)).expect(200);
    kit.delete(&kit.admin, &format!("/v1/users/{maya}")).expect(200);
    uses(&kit, &key, 1);
    let left = lines(&kit, &kit.admin, "/v1/usage?group_by=key");
    assert_eq!(counts(&left), [[2, 2, 0, 2], [4, 3, 1, 3]], "the bill stays");
    assert_eq!(left[0]["key"], json!({ "id": key.id, "name": null }));
    assert_eq!(left[0]["owner"]["id"], json!(maya));
}

#[test]
fn test_keys_unknown_keys_the_instance_and_callers_are_in_no_bill() {
    let kit = Kit::start();
    let maya = kit.user("maya");
    let test = kit.key(&maya, json!({ "environment": "test" }));
    kit.verify_as(&kit.admin, json!({ "key": test.secret, "environment": "any" }));
    kit.verify(&test.secret);
    kit.verify(&kit.admin);
    kit.verify("garbage");
    kit.verify(&crate::kit::stranger("sk_live_"));
    let caller = kit.key(&maya, json!({ "scopes": ["keystead:verify"] }));
    kit.verify_as(&caller.secret, json!({ "key": "garbage" }));
    kit.get(&caller.secret, "/v1/me").expect(200);
    assert_eq!(lines(&kit, &kit.admin, "/v1/usage"), Vec::<Value>::new());
    assert_eq!(lines(&kit, &kit.admin, &format!("/v1/api-keys/{}/usage", test.id)), Vec::<Value>::new());
}

#[test]
fn the_sandbox_has_bills_of_its_own() {
    let kit = Kit::start();
    let backend = kit.backend_in(keystead::config::Environment::Test, &["keystead:admin"], None).secret;
    let user =
        kit.post(&backend, "/v1/users", &json!({ "external_id": "maya" })).expect(201).str("/data/id").to_owned();
    let key = kit.key_by(&backend, &user, json!({}));
    kit.verify_as(&backend, json!({ "key": key.secret, "environment": "live" }));
    assert_eq!(counts(&lines(&kit, &backend, "/v1/usage")), [[1, 1, 0, 1]]);
    assert_eq!(lines(&kit, &kit.admin, "/v1/usage"), Vec::<Value>::new());
}

#[test]
fn days_are_billed_in_utc_and_both_ends_of_a_period_belong_to_it() {
    let kit = Kit::start();
    let maya = kit.user("maya");
    let key = kit.key(&maya, json!({}));
    // Midnight is 16 hours away.
    kit.clock.advance_ms(16 * 3_600_000 - 1);
    uses(&kit, &key, 1);
    kit.clock.advance_ms(1);
    uses(&kit, &key, 2);
    kit.clock.advance_ms(20 * DAY);
    uses(&kit, &key, 3);
    let days = |query: &str| -> Vec<(String, i64)> {
        let lines = lines(&kit, &kit.admin, &format!("/v1/usage?group_by=day{query}"));
        let day =
            |line: &Value| (line["from"].as_str().expect("a day").to_owned(), line["uses"].as_i64().expect("uses"));
        lines.iter().map(day).collect()
    };
    let (first, second, last) =
        (("2027-01-15".to_owned(), 1), ("2027-01-16".to_owned(), 2), ("2027-02-05".to_owned(), 3));
    assert_eq!(days(""), std::slice::from_ref(&last), "the current month");
    assert_eq!(days("&to=2027-01-31"), [second.clone(), first.clone()], "the month of its end");
    assert_eq!(days("&from=2027-01-15"), [last, second.clone(), first.clone()]);
    assert_eq!(days("&from=2027-01-15&to=2027-01-15"), [first]);
    assert_eq!(days("&from=2027-01-16&to=2027-02-04"), [second]);
    let sum = lines(&kit, &kit.admin, "/v1/usage?from=2027-01-15&to=2027-02-05");
    assert_eq!(counts(&sum), [[6, 6, 0, 6]]);
}

#[test]
fn a_question_that_cannot_be_read_says_which_part_and_what_to_write() {
    let kit = Kit::start();
    for (query, field) in [
        ("from=2027-02-30", "/from"),
        ("to=2027-01-15T00:00:00Z", "/to"),
        ("from=yesterday", "/from"),
        ("from=2027-01-16", "/from"),
        ("from=2027-01-10&to=2027-01-09", "/from"),
        ("from=2026-01-14&to=2027-01-15", "/from"),
        ("group_by=month", "/group_by"),
        ("owner=maya", "/owner"),
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("cursor=x", "/cursor"),
        ("cursor=usr_01h455vb4pex5vsknk084sn02q.2027-01-15", "/cursor"),
        ("group_by=day&cursor=usr_01h455vb4pex5vsknk084sn02q", "/cursor"),
        ("group_by=key&cursor=usr_01h455vb4pex5vsknk084sn02q.x", "/cursor"),
        ("since=2027-01-01", "/since"),
    ] {
        kit.get(&kit.admin, &format!("/v1/usage?{query}")).fails(400, "invalid").at(field);
    }
    kit.get(&kit.admin, "/v1/usage?from=2026-01-15&to=2027-01-15").expect(200);
    let key = kit.key(&kit.user("maya"), json!({}));
    for (query, field) in [("group_by=day", "/group_by"), ("from=1", "/from"), ("cursor=x", "/cursor")] {
        kit.get(&kit.admin, &format!("/v1/api-keys/{}/usage?{query}", key.id)).fails(400, "invalid").at(field);
    }
    for query in ["limit=1", "cursor=usr_01h455vb4pex5vsknk084sn02q"] {
        csv(&kit, &kit.admin, &format!("/v1/usage?{query}")).fails(400, "invalid");
    }
}

#[test]
fn pages_show_every_line_once_whatever_they_are_about() {
    let kit = Kit::start();
    let owners = [kit.user("a"), kit.user("b"), kit.team("c"), kit.user("idle")];
    let keys: Vec<Issued> =
        owners[..3].iter().flat_map(|owner| [kit.key(owner, json!({})), kit.key(owner, json!({}))]).collect();
    for day in 0..4 {
        for (n, key) in keys.iter().enumerate() {
            uses(&kit, key, usize::from((n + day) % 3 != 0));
        }
        kit.clock.advance_ms(DAY);
    }
    for (group, expected) in [("owner", 3), ("key", 6), ("day", 12)] {
        let path = format!("/v1/usage?group_by={group}&from=2027-01-15");
        let whole = lines(&kit, &kit.admin, &path);
        assert_eq!(whole.len(), expected, "{whole:?}");
        assert_eq!(counts(&whole).iter().map(|line| line[0]).sum::<i64>(), 16);
        for limit in 1..=expected + 1 {
            let pages = kit.pages(&kit.admin, &path, limit);
            assert!(pages[..pages.len() - 1].iter().all(|page| page.len() == limit), "full pages");
            assert_eq!(pages.concat(), whole, "{group} {limit}");
        }
        let table = csv(&kit, &kit.admin, &path).expect(200);
        assert_eq!(table.text.lines().count(), expected + 1);
    }
    let order: Vec<String> = lines(&kit, &kit.admin, "/v1/usage?group_by=day&from=2027-01-15")
        .iter()
        .map(|line| format!("{}{}", line["owner"]["id"], line["from"]))
        .collect();
    assert!(order.windows(2).all(|two| two[0] > two[1]), "newest first: {order:?}");
}

#[test]
fn a_long_bill_leaves_whole_and_no_cell_of_it_is_a_formula() {
    let kit = Kit::start();
    let maya = kit.user("=cmd|' /C calc'!A0");
    let key = kit.key(&maya, json!({ "description": "+1, \"x\"" }));
    uses(&kit, &key, 2);
    let table = csv(&kit, &kit.admin, "/v1/usage?group_by=key").expect(200);
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let rows: Vec<&str> = table.text.split("\r\n").collect();
    assert_eq!(
        rows[0],
        "from,to,owner_type,owner_id,owner_external_id,owner_name,key_id,key_name,uses,valid,refused,cost,revoked,disabled,expired,wrong_environment,ip_denied,referrer_denied,endpoint_denied,insufficient_scope,rate_limited,credits_exhausted"
    );
    let name = "'=cmd|' /C calc'!A0";
    let id = &key.id;
    assert_eq!(
        rows[1],
        format!("2027-01-01,2027-01-15,user,{maya},{name},{name},{id},\"'+1, \"\"x\"\"\",2,2,0,2,0,0,0,0,0,0,0,0,0,0")
    );
    // As many holders as more than one part of an export and more than one read of the store have.
    kit.run(
        "INSERT INTO usage_holders (id, owner_id, key_id)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1301)
         SELECT 1000 + i, 'usr_0' || substr('0000000000000000000000000' || (i / 2), -25), 'key_0' || substr('0000000000000000000000000' || i, -25) FROM n",
        vec![],
    );
    // Every third was never used.
    kit.run(
        "INSERT INTO usage_days (holder_id, day, code, uses, cost) SELECT id, 20833, 0, 1, 1 FROM usage_holders WHERE id > 1000 AND id % 3 > 0",
        vec![],
    );
    for (group, expected) in [("owner", 651), ("key", 867), ("day", 651)] {
        let table = csv(&kit, &kit.admin, &format!("/v1/usage?group_by={group}&from={TODAY}")).expect(200);
        let rows: std::collections::BTreeSet<&str> = table.text.lines().skip(1).collect();
        assert_eq!((rows.len(), table.text.lines().count()), (expected + 1, expected + 2), "{group}");
    }
    let lines = kit.call(Call::new("GET", "/v1/usage").bearer(&kit.admin).header("Accept", "application/x-ndjson"));
    assert_eq!(lines.expect(200).text.lines().count(), 652);
}

#[test]
fn each_caller_reads_what_it_manages() {
    let kit = Kit::start();
    let (maya, other, acme) = (kit.user("maya"), kit.user("other"), kit.team("Acme"));
    let (mine, theirs, ours) = (kit.key(&maya, json!({})), kit.key(&other, json!({})), kit.key(&acme, json!({})));
    for key in [&mine, &theirs, &ours] {
        uses(&kit, key, 1);
    }
    let owners = |caller: &str, query: &str| -> Vec<String> {
        let lines = lines(&kit, caller, &format!("/v1/usage{query}"));
        lines.iter().map(|line| line["owner"]["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(owners(&kit.backend(&["keystead:usage"]).secret, "").len(), 3);
    assert_eq!(owners(&kit.session(&kit.operator("ops")), "").len(), 3);
    kit.get(&kit.backend(&["keystead:keys:read"]).secret, "/v1/usage").fails(403, "forbidden");
    let usage = kit.backend(&["keystead:usage"]).secret;
    kit.get(&usage, &format!("/v1/api-keys/{}/usage", mine.id)).fails(403, "forbidden");
    let person = kit.session(&maya);
    assert_eq!(owners(&person, ""), std::slice::from_ref(&maya));
    assert_eq!(owners(&mine.secret, ""), std::slice::from_ref(&maya));
    assert_eq!(owners(&ours.secret, ""), std::slice::from_ref(&acme));
    assert_eq!(owners(&person, &format!("?owner={other}")), Vec::<String>::new());
    kit.seat(&acme, &maya, json!({ "permissions": ["$manage_api_keys"] }));
    assert_eq!(owners(&person, "?limit=200").len(), 2);
    assert_eq!(kit.pages(&person, "/v1/usage?group_by=day", 1).len(), 2);
    assert_eq!(owners(&person, &format!("?owner={acme}")), std::slice::from_ref(&acme));
    for (caller, key, status) in
        [(&person, &mine, 200), (&person, &ours, 200), (&person, &theirs, 404), (&mine.secret, &theirs, 404)]
    {
        assert_eq!(kit.get(caller, &format!("/v1/api-keys/{}/usage", key.id)).status, status);
    }
    // What a key did for its former owner is not the new one's to know.
    kit.post(&kit.admin, &format!("/v1/api-keys/{}/transfer", theirs.id), &json!({ "owner": { "id": maya } }))
        .expect(200);
    assert_eq!(lines(&kit, &person, &format!("/v1/api-keys/{}/usage", theirs.id)), Vec::<Value>::new());
    uses(&kit, &theirs, 1);
    assert_eq!(counts(&lines(&kit, &person, &format!("/v1/api-keys/{}/usage", theirs.id))), [[1, 1, 0, 1]]);
    assert_eq!(lines(&kit, &kit.admin, &format!("/v1/api-keys/{}/usage", theirs.id)).len(), 2);
}

#[test]
fn what_is_older_than_the_operator_keeps_it_goes_and_nothing_else() {
    let kit = Kit::with(&[("usage.retention_days", "30")]);
    let maya = kit.user("maya");
    let (old, both) = (kit.key(&maya, json!({})), kit.key(&maya, json!({})));
    uses(&kit, &old, 1);
    uses(&kit, &both, 1);
    kit.clock.advance_ms(DAY);
    uses(&kit, &both, 1);
    let rows = || kit.number("SELECT COUNT(*) FROM usage_days") * 10 + kit.number("SELECT COUNT(*) FROM usage_holders");
    lines(&kit, &kit.admin, "/v1/usage");
    kit.clock.advance_ms(29 * DAY);
    assert_eq!((kit.tidy(), rows()), (0, 32), "thirty days ago is kept");
    kit.clock.advance_ms(DAY);
    assert_eq!((kit.tidy(), rows()), (3, 11), "two days of use, and a key that has none left");
    assert_eq!((kit.tidy(), rows()), (0, 11));
    kit.clock.advance_ms(DAY);
    assert_eq!((kit.tidy(), rows()), (2, 0));
}

#[test]
fn more_than_one_batch_of_old_uses_goes_in_one_run() {
    let kit = Kit::start();
    kit.run(
        "INSERT INTO usage_holders (id, owner_id, key_id)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) SELECT i, 'usr_x', 'key_' || i FROM n",
        vec![],
    );
    kit.run(
        "INSERT INTO usage_days (holder_id, day, code, uses, cost) SELECT id, 1 + code, code, 1, 1
         FROM usage_holders, (SELECT 0 AS code UNION ALL SELECT 1) AS codes",
        vec![],
    );
    assert_eq!(kit.tidy(), 3600);
    assert_eq!(kit.number("SELECT COUNT(*) FROM usage_days"), 0);
    let kit = Kit::with(&[("usage.retention_days", "0")]);
    let key = kit.key(&kit.user("maya"), json!({}));
    uses(&kit, &key, 1);
    lines(&kit, &kit.admin, "/v1/usage");
    kit.clock.advance_ms(5_000 * DAY);
    kit.tidy();
    assert_eq!(kit.number("SELECT COUNT(*) FROM usage_days"), 1, "0 keeps them for ever");
}

#[test]
fn what_waits_is_summed_up_once_a_minute_and_the_rows_that_waited_go() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    for _ in 0..10 {
        uses(&kit, &key, 1);
        kit.flush();
    }
    assert_eq!(kit.number("SELECT COUNT(*) FROM usage_pending"), 10);
    assert_eq!(kit.number("SELECT COUNT(*) FROM usage_days"), 0);
    wait(keystead::work::fold::once(&kit.instance)).expect("it is summed up");
    assert_eq!(kit.number("SELECT COUNT(*) FROM usage_pending"), 0);
    assert_eq!(kit.number("SELECT uses FROM usage_days"), 10);
}

#[test]
fn while_the_store_takes_no_counts_verifications_go_on_and_every_use_is_billed_later() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    kit.run("ALTER TABLE usage_pending RENAME TO elsewhere", vec![]);
    for _ in 0..3 {
        uses(&kit, &key, 2);
        assert_eq!(kit.code(&key.secret), "valid");
        assert!(wait(keystead::work::flush::once(&kit.instance)).is_err());
    }
    kit.run("ALTER TABLE elsewhere RENAME TO usage_pending", vec![]);
    assert_eq!(counts(&lines(&kit, &kit.admin, "/v1/usage")), [[9, 9, 0, 9]]);
    assert_eq!(kit.instance.live.keys.lost_uses(), 0);
}
