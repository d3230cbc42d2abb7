//! What was changed, as a checker of tokens asks for it: whoever polls knows of everything that was answered.

use serde_json::json;

use crate::checker::{Checker, Refused};
use crate::kit::{Kit, NOBODY, START, time};
use crate::offline::{AUDIENCE, check, checker, exchange, issuer, now, offline_key, on, part, path, refresh};
use crate::world::{Issued, at};

/// Something that ends tokens, and must be in the list with its answer.
type End = (&'static str, fn(&Kit, &str, &Issued));

#[test]
fn whatever_ends_a_key_or_makes_another_of_it_is_in_the_list_with_its_answer() {
    let ends: [End; 13] = [
        ("revoked", |kit, _, key| drop(kit.delete(&kit.admin, &path(key)).expect(200))),
        ("disabled", |kit, _, key| drop(kit.patch(&kit.admin, &path(key), &json!({ "enabled": false })).expect(200))),
        ("other scopes", |kit, _, key| drop(kit.patch(&kit.admin, &path(key), &json!({ "scopes": [] })).expect(200))),
        ("other addresses", |kit, _, key| {
            let restrictions = json!({ "restrictions": { "ips": ["203.0.113.9"] } });
            drop(kit.patch(&kit.admin, &path(key), &restrictions).expect(200));
        }),
        ("an end", |kit, _, key| {
            drop(kit.patch(&kit.admin, &path(key), &json!({ "expires_at": time(START + 1_000) })).expect(200));
        }),
        ("credits", |kit, _, key| {
            drop(kit.patch(&kit.admin, &path(key), &json!({ "credits": { "remaining": 1 } })).expect(200));
        }),
        ("no longer offline", |kit, _, key| {
            drop(kit.patch(&kit.admin, &path(key), &json!({ "offline": false })).expect(200));
        }),
        ("rotated", |kit, _, key| drop(kit.post(&kit.admin, &format!("{}/rotate", path(key)), &json!({})).expect(200))),
        ("another owner", |kit, _, key| {
            let to = kit.user("somebody else");
            drop(
                kit.post(&kit.admin, &format!("{}/transfer", path(key)), &json!({ "owner": { "id": to } })).expect(200),
            );
        }),
        ("revoked with others", |kit, _, key| {
            drop(kit.post(&kit.admin, "/v1/api-keys/revoke", &json!({ "ids": [key.id] })).expect(200));
        }),
        ("its owner suspended", |kit, owner, _| kit.suspend(owner)),
        ("its owner removed", |kit, owner, _| drop(kit.delete(&kit.admin, &at(owner)).expect(200))),
        ("by itself", |kit, _, key| drop(kit.delete(&key.secret, &path(key)).expect(200))),
    ];
    let kit = on();
    let bystander = offline_key(&kit, &kit.user("bystander"), json!({}));
    let mut checker = checker(&kit);
    for (what, end) in ends {
        let owner = kit.user(what);
        let key = offline_key(&kit, &owner, json!({ "scopes": ["a:read"] }));
        let (token, other) = (exchange(&kit, &key.secret), exchange(&kit, &bystander.secret));
        refresh(&kit, &mut checker);
        assert!(check(&kit, &checker, &token).is_ok(), "{what}");
        end(&kit, &owner, &key);
        refresh(&kit, &mut checker);
        assert_eq!(check(&kit, &checker, &token), Err(Refused::Changed), "{what}");
        assert!(check(&kit, &checker, &other).is_ok(), "{what}: nobody else's");
        assert_eq!(check(&kit, &self::checker(&kit), &token), Err(Refused::Changed), "{what}: to a new checker, too");
    }
}

#[test]
fn a_token_made_after_a_change_is_good_however_quickly_it_was_made() {
    let kit = on();
    let owner = kit.user("maya");
    let key = offline_key(&kit, &owner, json!({ "scopes": ["a:read"] }));
    let before = exchange(&kit, &key.secret);
    kit.patch(&kit.admin, &path(&key), &json!({ "scopes": ["b:read"] })).expect(200);
    let after = exchange(&kit, &key.secret);
    let checker = checker(&kit);
    assert_eq!(check(&kit, &checker, &before), Err(Refused::Changed));
    assert_eq!(checker.check(&after, now(&kit), None, &["b:read"]).expect("good")["scope"], "b:read");
    kit.suspend(&owner);
    kit.patch(&kit.admin, &at(&owner), &json!({ "status": "active" })).expect(200);
    let again = exchange(&kit, &key.secret);
    let checker = self::checker(&kit);
    assert_eq!(check(&kit, &checker, &after), Err(Refused::Changed), "suspended in between");
    assert!(check(&kit, &checker, &again).is_ok());
}

#[test]
fn a_role_that_means_something_else_ends_all_tokens() {
    let kit = on();
    kit.role("reader", &["a:*", "b:read"]);
    let key = offline_key(&kit, &kit.user("maya"), json!({ "roles": ["reader"], "scopes": ["c:read"] }));
    let mut checker = checker(&kit);
    let token = exchange(&kit, &key.secret);
    assert_eq!(part(&token, 1)["scope"], "a:* b:read c:read");
    assert!(checker.check(&token, now(&kit), None, &["a:x:y", "b:read", "c:read"]).is_ok());
    kit.patch(&kit.admin, "/v1/roles/reader", &json!({ "description": "reads" })).expect(200);
    refresh(&kit, &mut checker);
    assert!(check(&kit, &checker, &token).is_ok());
    kit.patch(&kit.admin, "/v1/roles/reader", &json!({ "scopes": ["a:*"] })).expect(200);
    refresh(&kit, &mut checker);
    assert_eq!(check(&kit, &checker, &token), Err(Refused::Changed));
    assert!(check(&kit, &checker, &exchange(&kit, &key.secret)).is_ok());
}

#[test]
fn a_new_name_ends_no_token() {
    let kit = on();
    let owner = kit.user("maya");
    let (named, revoked) = (offline_key(&kit, &owner, json!({})), offline_key(&kit, &owner, json!({})));
    let tokens = [exchange(&kit, &named.secret), exchange(&kit, &revoked.secret)];
    let noted = || kit.number("SELECT COUNT(*) FROM offline_changes");
    let before = noted();
    kit.patch(&kit.admin, &path(&named), &json!({ "description": "renamed", "metadata": { "a": 1 } })).expect(200);
    kit.patch(&kit.admin, &at(&owner), &json!({ "name": "Maya B." })).expect(200);
    assert_eq!(noted(), before);
    kit.delete(&kit.admin, &path(&revoked)).expect(200);
    let checker = checker(&kit);
    assert!(check(&kit, &checker, &tokens[0]).is_ok());
    assert_eq!(check(&kit, &checker, &tokens[1]), Err(Refused::Changed));
    assert_eq!(noted(), before + 1);
}

#[test]
fn a_list_comes_in_pages_is_forgotten_after_an_hour_and_its_numbers_only_grow() {
    let kit = on();
    let insert = "INSERT INTO offline_changes (subject, rev, changed_at)
                  WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2500) SELECT 'key_' || n, n, 1800000000000 FROM n";
    kit.run("DELETE FROM offline_changes", Vec::new());
    assert_eq!(kit.run(insert, Vec::new()), 2_500);
    let mut checker = Checker::new(&issuer(&kit), AUDIENCE, Some(60));
    checker.take_keys(&kit.get(NOBODY, "/.well-known/jwks.json").expect(200).json);
    let mut page = |more: bool| {
        let listed = kit.get(&kit.admin, &format!("/v1/revoked?since={}", checker.since())).expect(200);
        assert_eq!(checker.take_list(listed.str("/data/list"), now(&kit)), Ok(more));
        checker.since()
    };
    assert_eq!([page(true), page(true), page(false), page(false)], [1_000, 2_000, 2_500, 2_500]);
    kit.clock.advance_ms(3_600_001);
    kit.tidy();
    assert_eq!(kit.number("SELECT MIN(rev) * 10 + COUNT(*) FROM offline_changes"), 25_001, "the newest stays");
    kit.clock.advance_ms(-i64::from(u32::MAX));
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    kit.delete(&kit.admin, &path(&key)).expect(200);
    assert!(kit.number("SELECT MAX(rev) FROM offline_changes") > 2_500);
    for (wrong, status) in [("since=-1", 400), ("since=x", 400), ("after=1", 400)] {
        kit.get(&kit.admin, &format!("/v1/revoked?{wrong}")).expect(status);
    }
}

#[test]
fn a_list_that_was_kept_back_or_is_of_another_question_is_not_believed() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let list = |since: i64| {
        kit.get(&kit.admin, &format!("/v1/revoked?since={since}")).expect(200).str("/data/list").to_owned()
    };
    let mut checker = checker(&kit);
    let old = list(checker.since());
    let token = exchange(&kit, &key.secret);
    assert_eq!(checker.take_list(&list(7), now(&kit)), Err(Refused::NotForUs));
    assert_eq!(checker.take_list(&token, now(&kit)), Err(Refused::Malformed), "a token is no list");
    assert_eq!(check(&kit, &checker, &list(0)), Err(Refused::Malformed), "and a list no token");
    kit.clock.advance_ms(61_000);
    assert_eq!(check(&kit, &checker, &token), Err(Refused::Stale), "whoever does not hear of changes believes nobody");
    refresh(&kit, &mut checker);
    assert!(check(&kit, &checker, &token).is_ok());
    assert_eq!(checker.take_list(&old, now(&kit)), Err(Refused::Stale));
}
