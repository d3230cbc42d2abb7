//! Members of teams: who adds, changes and removes whom, and that nothing they do gives anybody more than they hold themselves.

use keystead::people::{Permission, Permissions, Seat, TeamRole};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::client::Call;
use crate::kit::Kit;
use crate::world::{at, keys_of, seat_of};

const NAMES: [&str; 6] =
    ["$manage_api_keys", "$read_members", "$invite_members", "$remove_members", "$update_team", "$delete_team"];

fn with(permissions: &[&str]) -> Value {
    json!({ "permissions": permissions })
}

/// A team, and a session of somebody who sits there so.
fn seated(kit: &Kit, seat: Value) -> (String, String, String) {
    let (team, user) = (kit.team("Acme"), kit.user("caller"));
    kit.seat(&team, &user, seat).expect(201);
    let session = kit.session(&user);
    (team, user, session)
}

#[test]
fn a_member_reads_back_as_they_were_put_and_a_change_leaves_before_and_after() {
    let kit = Kit::start();
    let (team, maya) = (kit.team("Acme"), kit.user("maya"));
    let made = kit.seat(&team, &maya, with(&["$read_members", "$manage_api_keys", "$read_members"])).expect(201);
    assert_eq!(made.json["data"]["permissions"], json!(["$manage_api_keys", "$read_members"]));
    assert_eq!((made.str("/data/user_id"), made.str("/data/role"), made.str("/data/name")), (&*maya, "member", "maya"));
    assert_eq!(made.header("etag"), Some("\"1\""));
    let path = seat_of(&team, &maya);
    assert_eq!(kit.get(&kit.admin, &path).expect(200).json["data"], made.json["data"]);
    assert_eq!(
        kit.seat(&team, &maya, with(&["$manage_api_keys", "$read_members"])).expect(200).header("etag"),
        Some("\"1\"")
    );
    let changed = kit.seat(&team, &maya, json!({ "role": "admin" })).expect(200);
    assert_eq!(changed.json["data"]["permissions"], json!(NAMES), "an admin holds them all");
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let stale = Call::new("PUT", &path).bearer(&kit.admin).header("If-Match", "\"1\"").json(&json!({}));
    kit.call(stale).fails(412, "precondition_failed");
    let stale = Call::new("DELETE", &path).bearer(&kit.admin).header("If-Match", "\"1\"");
    kit.call(stale).fails(412, "precondition_failed");
    kit.delete(&kit.admin, &path).expect(200);
    kit.delete(&kit.admin, &path).fails(404, "not_found");
    let events = kit.get(&kit.admin, &format!("/v1/audit-events?subject={team}")).expect(200);
    let told: Vec<(&str, &Value)> = events.json["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| (event["action"].as_str().expect("an action"), &event["details"]))
        .collect();
    let held = json!({ "role": "member", "permissions": ["$manage_api_keys", "$read_members"] });
    let all = json!({ "role": "admin", "permissions": NAMES });
    assert_eq!(told[0], ("member.removed", &json!({ "user": maya, "before": all })));
    assert_eq!(told[1], ("member.changed", &json!({ "user": maya, "before": held, "after": all })));
    assert_eq!((told[2].0, &told[2].1["permissions"]), ("member.added", &held["permissions"]));
}

#[test]
fn members_are_listed_page_by_page_for_those_who_may_read_them() {
    let kit = Kit::start();
    let (team, _, session) = seated(&kit, with(&["$read_members"]));
    let mut wanted: Vec<String> = (0..5).map(|n| kit.user(&format!("m{n}"))).collect();
    for user in &wanted {
        kit.seat(&team, user, json!({})).expect(201);
    }
    wanted.reverse();
    let pages = kit.pages(&session, &format!("/v1/teams/{team}/members"), 2);
    let found: Vec<&str> = pages.iter().flatten().filter_map(|member| member["user_id"].as_str()).collect();
    assert_eq!(found[..5], wanted);
    assert_eq!(found.len(), 6, "and the caller");
    let plain = kit.session(&wanted[0]);
    kit.get(&plain, &format!("/v1/teams/{team}/members")).fails(403, "forbidden");
    kit.get(&plain, &seat_of(&team, &wanted[1])).fails(403, "forbidden");
    kit.get(&plain, &seat_of(&team, "me")).expect(200);
    assert_eq!(kit.get(&plain, &seat_of(&team, &wanted[0])).expect(200).str("/data/user_id"), wanted[0]);
}

#[test]
fn who_is_not_in_a_team_finds_no_team() {
    let kit = Kit::start();
    let (team, member, _) = seated(&kit, json!({ "role": "admin" }));
    let outside = kit.user("outside");
    let session = kit.session(&outside);
    for answer in [
        kit.get(&session, &at(&team)),
        kit.patch(&session, &at(&team), &json!({ "name": "x" })),
        kit.delete(&session, &at(&team)),
        kit.get(&session, &keys_of(&team)),
        kit.try_key(&session, &team, json!({})),
        kit.get(&session, &format!("/v1/teams/{team}/members")),
        kit.get(&session, &seat_of(&team, &member)),
        kit.get(&session, &seat_of(&team, "me")),
        kit.try_seat(&session, &team, &outside, json!({ "role": "admin" })),
        kit.try_seat(&session, &team, "me", json!({ "role": "admin" })),
        kit.try_seat(&session, &team, &member, json!({})),
        kit.delete(&session, &seat_of(&team, &member)),
        kit.delete(&session, &seat_of(&team, "me")),
    ] {
        answer.fails(404, "not_found");
    }
}

#[test]
fn each_permission_opens_its_own_and_nothing_else() {
    let kit = Kit::start();
    for (n, held) in NAMES.iter().enumerate() {
        let (team, user) = (kit.team("Acme"), kit.user(&format!("caller{n}")));
        kit.seat(&team, &user, with(&[held])).expect(201);
        let (session, new, old) = (kit.session(&user), kit.user(&format!("new{n}")), kit.user(&format!("old{n}")));
        kit.seat(&team, &old, json!({})).expect(201);
        let key = kit.key(&team, json!({}));
        let keys = if *held == "$manage_api_keys" { 200 } else { 404 };
        kit.get(&session, &keys_of(&team)).expect(keys);
        kit.get(&session, &format!("/v1/api-keys/{}", key.id)).expect(keys);
        let may = |permission: &str| if *held == permission { 200 } else { 403 };
        kit.get(&session, &format!("/v1/teams/{team}/members")).expect(may("$read_members"));
        let added = if *held == "$invite_members" { 201 } else { 403 };
        kit.try_seat(&session, &team, &new, json!({})).expect(added);
        kit.delete(&session, &seat_of(&team, &old)).expect(may("$remove_members"));
        kit.patch(&session, &at(&team), &json!({ "name": "n" })).expect(may("$update_team"));
        kit.delete(&session, &at(&team)).expect(may("$delete_team"));
    }
}

#[test]
fn a_member_gives_no_permission_they_lack_and_makes_no_admin() {
    let kit = Kit::start();
    let (team, caller, session) = seated(&kit, with(&["$invite_members", "$read_members"]));
    let (new, chief) = (kit.user("new"), kit.user("chief"));
    kit.seat(&team, &chief, json!({ "role": "admin" })).expect(201);
    kit.try_seat(&session, &team, &new, with(&["$manage_api_keys"])).fails(403, "forbidden").at("/permissions");
    kit.try_seat(&session, &team, &new, json!({ "role": "admin" })).fails(403, "forbidden").at("/role");
    kit.try_seat(&session, &team, &new, with(&["$read_members", "$invite_members"])).expect(201);
    kit.try_seat(&session, &team, &new, with(&[])).fails(403, "forbidden");
    kit.try_seat(&session, &team, &caller, with(&NAMES)).fails(403, "forbidden").at("/permissions");
    kit.try_seat(&session, &team, "me", json!({ "role": "admin" })).fails(403, "forbidden").at("/role");
    kit.try_seat(&session, &team, &chief, json!({})).fails(403, "forbidden");
    kit.delete(&session, &seat_of(&team, &chief)).fails(403, "forbidden");
    kit.seat(&team, &caller, with(&["$invite_members", "$remove_members"])).expect(200);
    kit.delete(&session, &seat_of(&team, &chief)).fails(403, "forbidden").at("/role");
    kit.try_seat(&session, &team, &new, with(&[])).expect(200);
    // Somebody who does not exist, or was removed, is put nowhere.
    let gone = kit.user("gone");
    kit.delete(&kit.admin, &at(&gone)).expect(200);
    kit.try_seat(&session, &team, &gone, json!({})).fails(404, "not_found");
    kit.seat(&team, &gone, json!({})).fails(404, "not_found");
    kit.seat(&kit.team("other"), &kit.team("no user"), json!({})).fails(404, "not_found");
}

#[test]
fn whoever_leaves_or_loses_a_permission_has_it_no_more_on_the_next_request() {
    let kit = Kit::start();
    let (team, caller, session) = seated(&kit, with(&["$manage_api_keys"]));
    let made = kit.key_by(&session, &team, json!({}));
    kit.seat(&team, &caller, json!({})).expect(200);
    kit.get(&session, &format!("/v1/api-keys/{}", made.id)).fails(404, "not_found");
    kit.seat(&team, &caller, with(&["$manage_api_keys"])).expect(200);
    kit.get(&session, &format!("/v1/api-keys/{}", made.id)).expect(200);
    kit.delete(&session, &seat_of(&team, "me")).expect(200);
    kit.get(&session, &format!("/v1/api-keys/{}", made.id)).fails(404, "not_found");
    kit.get(&session, &at(&team)).fails(404, "not_found");
    assert!(kit.ids(&session, "/v1/teams").is_empty());
    assert_eq!(kit.code(&made.secret), "valid", "the key is the team's");
}

#[test]
fn the_last_admin_of_a_team_stays_unless_an_admin_or_a_backend_says_otherwise() {
    let kit = Kit::start();
    let (team, first, session) = seated(&kit, json!({ "role": "admin" }));
    let second = kit.user("second");
    kit.seat(&team, &second, json!({})).expect(201);
    kit.delete(&session, &seat_of(&team, "me")).fails(409, "conflict");
    kit.try_seat(&session, &team, &first, json!({})).fails(409, "conflict");
    // An admin who is suspended leads nobody.
    kit.try_seat(&session, &team, &second, json!({ "role": "admin" })).expect(200);
    kit.suspend(&second);
    kit.delete(&session, &seat_of(&team, "me")).fails(409, "conflict");
    kit.patch(&kit.admin, &at(&second), &json!({ "status": "active" })).expect(200);
    kit.try_seat(&session, &team, &first, json!({})).expect(200);
    let backend = kit.backend(&["keystead:people:write"]).secret;
    let left = kit.delete(&backend, &seat_of(&team, &second)).expect(200);
    assert!(left.str("/message").contains("no active admin"), "{}", left.text);
    kit.seat(&team, &first, json!({ "role": "admin" })).expect(200);
    kit.try_seat(&backend, &team, &first, json!({})).expect(200);
}

#[test]
fn a_team_has_a_thousand_members_and_a_person_five_hundred_teams_at_most() {
    let kit = Kit::start();
    let (team, maya) = (kit.team("Acme"), kit.user("maya"));
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS BIGINT))
        INSERT INTO owners (id, type, name, status, scopes_grantable, metadata, created_at)
        SELECT $2 || i, $3, 'n', 'active', '[]', '{}', 0 FROM n";
    kit.run(fill, vec!["999".into(), "u".into(), "user".into()]);
    kit.run("INSERT INTO users (id) SELECT id FROM owners WHERE id LIKE 'u%' AND id NOT LIKE 'usr_%'", Vec::new());
    let join = "INSERT INTO memberships (team_id, user_id, role, permissions, created_at)
        SELECT $1, id, 'member', '[]', 0 FROM owners WHERE id LIKE 'u%' AND id NOT LIKE 'usr_%'";
    kit.run(join, vec![team.clone()]);
    kit.seat(&team, &maya, json!({})).expect(201);
    kit.seat(&team, &kit.user("one too many"), json!({})).fails(409, "conflict");
    kit.run(fill, vec!["499".into(), "t".into(), "team".into()]);
    let join = "INSERT INTO memberships (team_id, user_id, role, permissions, created_at)
        SELECT id, $1, 'member', '[]', 0 FROM owners WHERE id LIKE 't%' AND id NOT LIKE 'team_%'";
    kit.run(join, vec![maya.clone()]);
    kit.seat(&kit.team("one too many"), &maya, json!({})).fails(409, "conflict");
}

fn seats() -> impl Strategy<Value = Seat> {
    let role = select(vec![TeamRole::Admin, TeamRole::Member, TeamRole::Member, TeamRole::Member]);
    let held = subsequence(Permission::ALL.to_vec(), 0..=6);
    (role, held).prop_map(|(role, held)| Seat::new(role, held.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_turns_a_seat_into_one_that_gains_what_they_do_not_hold(
        own in seats(), before in proptest::option::of(seats()), after in proptest::option::of(seats()),
    ) {
        let none = Permissions::default();
        let (had, has) = (before.map_or(none, Seat::permissions), after.map_or(none, Seat::permissions));
        let admin = |seat: Option<Seat>| seat.is_some_and(Seat::is_admin);
        if own.may_turn(before, after).is_ok() {
            prop_assert!(own.permissions().covers(has.without(had)), "what is gained is held");
            prop_assert!(own.is_admin() || (!admin(before) && !admin(after)), "admins are the business of admins");
            prop_assert!(after.is_none() || own.permissions().has(Permission::InviteMembers));
            prop_assert!(has.covers(had) || own.permissions().has(Permission::RemoveMembers));
        }
        if own.may_become(after).is_ok() {
            prop_assert!(own.permissions().covers(has) && (own.is_admin() || !admin(after)));
        }
        prop_assert!(own.may_become(None).is_ok(), "everybody may leave");
    }
}

#[test]
fn nothing_that_members_do_over_http_gives_anybody_more_than_they_hold() {
    let kit = Kit::start();
    let users: Vec<String> = (0..4).map(|n| kit.user(&format!("u{n}"))).collect();
    let sessions: Vec<String> = users.iter().map(|user| kit.session(user)).collect();
    let held = || subsequence(NAMES.to_vec(), 0..=6);
    let role = || select(vec!["member", "member", "admin"]);
    let act = (0..4_usize, 0..4_usize, 0..4_u8, role(), held());
    let settings = ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(settings, |(start in proptest::collection::vec((role(), held()), 3), acts in proptest::collection::vec(act, 12))| {
        let team = kit.team("Acme");
        for (user, (role, held)) in users.iter().zip(&start) {
            kit.seat(&team, user, json!({ "role": role, "permissions": held })).expect(201);
        }
        for (caller, about, what, role, held) in acts {
            let seats = |kit: &Kit| -> Vec<(bool, Vec<String>)> {
                users.iter().map(|user| {
                    let member = kit.get(&kit.admin, &seat_of(&team, user)).json["data"].clone();
                    let held = member["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str);
                    (member["role"] == "admin", held.map(str::to_owned).collect())
                }).collect()
            };
            let before = seats(&kit);
            let (session, user) = (&sessions[caller], &users[about]);
            if what == 0 {
                kit.delete(session, &seat_of(&team, user));
            } else {
                kit.try_seat(session, &team, user, json!({ "role": role, "permissions": held }));
            }
            let after = seats(&kit);
            let (own_admin, own) = &before[caller];
            for ((was_admin, had), (is_admin, has)) in before.iter().zip(&after) {
                prop_assert!(has.iter().all(|name| had.contains(name) || own.contains(name)));
                prop_assert!(was_admin == is_admin || *own_admin, "only an admin makes and unmakes admins");
            }
            let admins = |seats: &[(bool, Vec<String>)]| seats.iter().any(|(admin, _)| *admin);
            prop_assert!(!admins(&before) || admins(&after), "people do not leave a team without an admin");
        }
    });
}
