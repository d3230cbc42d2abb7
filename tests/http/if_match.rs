//! ETag and If-Match: a change that was thought of something older is refused, and nothing is lost between two people at one thing.

use serde_json::json;

use crate::client::{Answer, Call};
use crate::kit::Kit;
use crate::world::{Issued, at};

fn path(key: &Issued) -> String {
    format!("/v1/api-keys/{}", key.id)
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("{}: no ETag", answer.asked)).to_owned()
}

/// A change of the name, under this condition.
fn rename(kit: &Kit, path: &str, tag: &str, name: &str) -> Answer {
    kit.call(Call::new("PATCH", path).bearer(&kit.admin).header("If-Match", tag).json(&json!({ "name": name })))
}

#[test]
fn one_thing_is_answered_with_its_etag_and_every_change_with_a_new_one() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let key = kit.key(&user, json!({}));
    for path in [path(&key), at(&user), at(&team)] {
        let tag = etag(&kit.get(&kit.admin, &path).expect(200));
        assert!(tag.starts_with('"') && tag.ends_with('"') && !tag.starts_with("W/"), "{tag}");
        assert_eq!(etag(&kit.get(&kit.admin, &path)), tag, "reading changes nothing");
    }
    for path in [path(&key), at(&user)] {
        let before = etag(&kit.get(&kit.admin, &path));
        let after = etag(&rename(&kit, &path, &before, "renamed").expect(200));
        assert_ne!(after, before);
        assert_eq!(etag(&kit.get(&kit.admin, &path)), after);
        rename(&kit, &path, &before, "renamed again").fails(412, "precondition_failed");
        rename(&kit, &path, &after, "renamed again").expect(200);
    }
}

#[test]
fn what_is_created_is_answered_with_the_etag_that_it_is_read_with() {
    let kit = Kit::start();
    for (path, body) in [("/v1/users", json!({ "external_id": "maya" })), ("/v1/teams", json!({ "name": "Acme" }))] {
        let made = kit.post(&kit.admin, path, &body).expect(201);
        assert_eq!(etag(&made), etag(&kit.get(&kit.admin, &format!("{path}/{}", made.str("/data/id")))));
        let mine = kit.try_key(&kit.admin, made.str("/data/id"), json!({})).expect(201);
        assert_eq!(etag(&mine), etag(&kit.get(&kit.admin, &format!("/v1/api-keys/{}", mine.str("/data/id")))));
    }
}

#[test]
fn a_stale_condition_stops_every_kind_of_change_and_leaves_no_trace() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let old = etag(&kit.get(&kit.admin, &path(&key)));
    kit.patch(&kit.admin, &path(&key), &json!({ "name": "meanwhile" })).expect(200);
    let events = kit.events();
    let rotate = format!("{}/rotate", path(&key));
    for (method, path) in [("PATCH", path(&key)), ("POST", rotate.clone()), ("DELETE", path(&key))] {
        let call = Call::new(method, &path).bearer(&kit.admin).header("If-Match", &old);
        let call = if method == "DELETE" { call } else { call.json(&json!({ "enabled": false })) };
        kit.call(call).fails(412, "precondition_failed");
    }
    assert_eq!(kit.events(), events);
    assert_eq!(kit.code(&key.secret), "valid");
    let now = etag(&kit.get(&kit.admin, &path(&key)));
    let rotated = kit.call(Call::new("POST", &rotate).bearer(&kit.admin).header("If-Match", &now).json(&json!({})));
    let now = etag(&rotated.expect(200));
    kit.call(Call::new("DELETE", &path(&key)).bearer(&kit.admin).header("If-Match", &now)).expect(200);
    kit.call(Call::new("DELETE", &path(&key)).bearer(&kit.admin).header("If-Match", &now)).expect(412);
    kit.delete(&kit.admin, &path(&key)).expect(200);
}

#[test]
fn a_stale_condition_stops_changes_of_people_teams_and_members() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let member = format!("{}/members/{user}", at(&team));
    kit.call(Call::new("PUT", &member).bearer(&kit.admin).json(&json!({ "role": "member" })));
    for (path, body) in [
        (member, json!({ "role": "admin" })),
        (at(&team), json!({ "name": "meanwhile" })),
        (at(&user), json!({ "name": "meanwhile" })),
    ] {
        let change = if path.contains("/members/") { "PUT" } else { "PATCH" };
        let old = etag(&kit.get(&kit.admin, &path).expect(200));
        let call = Call::new(change, &path).bearer(&kit.admin).json(&body);
        let new = etag(&kit.call(call.clone().header("If-Match", &old)).expect(200));
        assert_eq!(new, etag(&kit.get(&kit.admin, &path)));
        let events = kit.events();
        kit.call(call.header("If-Match", &old)).fails(412, "precondition_failed");
        let end = |tag: &str| kit.call(Call::new("DELETE", &path).bearer(&kit.admin).header("If-Match", tag));
        end(&old).fails(412, "precondition_failed");
        assert_eq!(kit.events(), events);
        end(&new).expect(200);
        kit.get(&kit.admin, &path).fails(404, "not_found");
    }
}

#[test]
fn a_condition_is_a_list_of_strong_tags_or_a_star() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    for (tag, status) in [
        ("*", 200),
        ("\"2\"", 200),
        ("\"7\", \"3\"", 200),
        ("\"7\",\"8\" , \"4\"", 200),
        ("W/\"5\"", 412),
        ("W/\"5\", \"5\"", 200),
        ("\"+6\"", 412),
        ("\"06\"", 412),
        ("\"\"", 412),
        ("\"-1\"", 412),
        ("\"another server's\"", 412),
        ("\"99999999999999999999\"", 412),
        ("6", 400),
        ("\"6", 400),
        ("6\"", 400),
        ("'6'", 400),
        ("", 400),
        ("\"6\",", 400),
        ("w/\"6\"", 400),
        ("\u{e4}", 400),
    ] {
        let answer = rename(&kit, &path(&key), tag, &format!("named under {}", tag.len()));
        assert_eq!(answer.status, status, "{tag}: {}", answer.text);
    }
    let many = vec!["\"9\""; 17].join(",");
    rename(&kit, &path(&key), &many, "n").fails(400, "invalid");
    let lines =
        Call::new("PATCH", &path(&key)).bearer(&kit.admin).header("If-Match", "\"9\"").header("If-Match", "\"6\"");
    kit.call(lines.json(&json!({ "name": "by the second line" }))).expect(200);
}

#[test]
fn of_two_who_change_one_thing_at_once_one_is_told_so() {
    let kit = Kit::with(&[("http.workers", "2")]);
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    for round in 0..20 {
        let tag = etag(&kit.get(&kit.admin, &path(&key)));
        let one = |name: &str| rename(&kit, &path(&key), &tag, &format!("{name} {round}")).status;
        let statuses = std::thread::scope(|scope| {
            let other = scope.spawn(|| one("a"));
            [one("b"), other.join().expect("no panic")]
        });
        assert!(statuses == [200, 412] || statuses == [412, 200], "{statuses:?}");
    }
}

#[test]
fn a_race_that_is_lost_without_a_condition_is_a_conflict() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let rotate = format!("{}/rotate", path(&key));
    kit.post(&kit.admin, &rotate, &json!({ "grace_s": 60 })).expect(200);
    kit.post(&kit.admin, &rotate, &json!({ "grace_s": 60 })).fails(409, "conflict").at("/end_previous");
    kit.delete(&kit.admin, &path(&key)).expect(200);
    kit.patch(&kit.admin, &path(&key), &json!({ "enabled": true })).fails(409, "conflict");
    kit.post(&kit.admin, &rotate, &json!({})).fails(409, "conflict");
}

#[test]
fn a_change_that_changes_nothing_keeps_the_etag() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let key = kit.key(&owner, json!({}));
    let before = etag(&kit.get(&kit.admin, &path(&key)));
    for path in [at(&owner), at(&kit.team("Acme"))] {
        let before = etag(&kit.get(&kit.admin, &path));
        let same = kit.get(&kit.admin, &path).json["data"]["name"].clone();
        for body in [json!({}), json!({ "name": same })] {
            assert_eq!(etag(&kit.patch(&kit.admin, &path, &body).expect(200)), before, "{path}");
        }
    }
    for body in [json!({}), json!({ "name": "a key", "enabled": true, "scopes": [], "metadata": {} })] {
        assert_eq!(etag(&kit.patch(&kit.admin, &path(&key), &body).expect(200)), before);
    }
    assert_eq!(etag(&kit.get(&kit.admin, &path(&key))), before);
}
