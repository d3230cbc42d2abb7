//! Drawn at random: whatever a key holds, a person may, or a panel was narrowed to, whatever an owner may grant, and whatever is asked for, no
//! key comes out of it that holds more than whoever made it.

use std::sync::Arc;

use keystead::config::Environment;
use keystead::key::KeyId;
use keystead::key::authority::{Holder, Own, Reach};
use keystead::key::facts::Class;
use keystead::key::restrict::Rules;
use keystead::people::{OwnerId, Permission, Permissions, Power, Rights, TeamId, UserId, scope};
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::json;

use crate::kit::Kit;

/// Of applications: some that look like ours, and wildcards.
const APPLICATIONS: [&str; 10] =
    ["a:read", "a:write", "a", "a:read:own", "keystead", "admin", "own", "a:*", "a:read:*", "*"];

/// Every scope that means something to us, and some of applications.
fn universe() -> Vec<String> {
    let own = [scope::OWN_REVOKE, scope::OWN_WRITE];
    scope::BACKEND.into_iter().chain(own).chain(APPLICATIONS).map(str::to_owned).collect()
}

fn some() -> impl Strategy<Value = Vec<String>> {
    subsequence(universe(), 0..=6)
}

/// What a role may hold.
fn of_applications() -> impl Strategy<Value = Vec<String>> {
    subsequence(APPLICATIONS.map(str::to_owned).to_vec(), 0..=4)
}

/// Is `asked` what `held` says, or below it? Told word by word.
fn is_below(held: &str, asked: &str) -> bool {
    let (held_words, asked_words): (Vec<&str>, Vec<&str>) = (held.split(':').collect(), asked.split(':').collect());
    let reserved = asked_words.len() > 1 && ["keystead", "own"].contains(&asked_words[0]);
    match held_words.split_last() {
        Some((&"*", above)) if held != asked => {
            !reserved && asked_words.len() > above.len() && asked_words.starts_with(above)
        }
        _ => held == asked,
    }
}

fn is_among(held: &[impl AsRef<str>], asked: &str) -> bool {
    held.iter().any(|held| is_below(held.as_ref(), asked))
}

fn holder(scopes: Vec<String>, is_public: bool, environment: Environment) -> Holder {
    let owner = OwnerId::User(UserId::new(0));
    let class = Class {
        environment,
        is_public,
        prefix: Box::default(),
        scopes: scopes.into(),
        roles: Box::default(),
        restrictions: Rules::default(),
        rate_limits: Box::default(),
        offline: false,
    };
    Holder { id: KeyId::new(0), owner, class: Arc::new(class), roles: Vec::new(), expires_at: None, superseded: false }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_caller_grants_what_it_does_not_hold(
        held in some(), by_role in of_applications(), grantable in some(), asked in some(), is_public: bool, test: bool,
    ) {
        let environment = if test { Environment::Test } else { Environment::Live };
        let sandbox = !is_public && held.iter().any(|scope| scope.starts_with("keystead:"));
        let all: Vec<String> = held.iter().chain(&by_role).cloned().collect();
        let roles = vec![Vec::new().into(), by_role.into()];
        let caller = Holder { roles, ..holder(held, is_public, environment) };
        let reach = caller.clone().reach(scope::KEYS_WRITE, Own::With(scope::OWN_WRITE));
        if is_public || (test && !sandbox) {
            prop_assert!(reach.is_err(), "such a key manages nothing");
        }
        let Ok(reach) = reach else { return Ok(()) };
        let asked = scope::check("/scopes", asked).expect("all are scopes");
        let granted = reach.grants(&asked, &grantable).is_ok();
        let made = holder(asked.clone(), false, Environment::Live);
        match reach {
            Reach::All(Power::Admin) => prop_assert!(granted && caller.has(scope::ADMIN)),
            Reach::All(Power::Backend | Power::Unconfirmed) => {
                prop_assert_eq!(granted, !asked.iter().any(|scope| scope.starts_with("keystead:")));
                prop_assert!(!granted || scope::BACKEND.iter().all(|scope| !made.has(scope)));
            }
            Reach::Person(_) => prop_assert!(false, "a key is no person"),
            Reach::Own(_) => {
                prop_assert!(!test, "a test key has nothing of its own");
                let within = asked.iter().all(|scope| is_among(&all, scope) && is_among(&grantable, scope));
                prop_assert_eq!(granted, within);
                let may_change = reach.may_change(&asked, &grantable).is_ok();
                prop_assert_eq!(may_change, asked.iter().all(|scope| is_among(&all, scope)));
                prop_assert!(!granted || universe().iter().all(|scope| !made.has(scope) || caller.has(scope)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_person_and_no_panel_grants_what_the_owner_may_not(
        mut grantable in some(), narrowed in proptest::option::of(some()), asked in some(), held in 0_u8..64,
    ) {
        // An owner never holds scopes of a backend: `people::scope` refuses them.
        grantable.retain(|scope| !scope::is_backend(scope));
        let (user, team) = (UserId::new(0), TeamId::new(0));
        let permissions: Permissions =
            Permission::ALL.into_iter().filter(|permission| held & (1 << *permission as u8) != 0).collect();
        let rights = Rights { user, teams: vec![(team, permissions)], narrowed: narrowed.clone() };
        let reach = Reach::Person(rights);
        prop_assert_eq!(reach.sees(OwnerId::Team(team)).is_ok(), permissions.has(Permission::ManageApiKeys));
        prop_assert!(reach.sees(OwnerId::User(user)).is_ok());
        prop_assert!(reach.sees(OwnerId::User(UserId::new(1))).is_err() && reach.sees(OwnerId::Instance).is_err());
        prop_assert!(reach.sees(OwnerId::Team(TeamId::new(1))).is_err());
        let asked = scope::check("/scopes", asked).expect("all are scopes");
        let within = asked.iter().all(|scope| {
            is_among(&grantable, scope) && narrowed.as_ref().is_none_or(|narrowed| is_among(narrowed, scope))
        });
        prop_assert_eq!(reach.grants(&asked, &grantable).is_ok(), within);
        prop_assert_eq!(reach.may_change(&asked, &grantable).is_ok(), within);
        let made = holder(asked, false, Environment::Live);
        prop_assert!(!within || scope::BACKEND.iter().all(|scope| !made.has(scope)));
        for field in ["/metadata", "/rate_limits", "/credits", "/roles"] {
            prop_assert!(reach.may_set(field).is_err(), "set by a backend or an admin alone");
        }
    }
}

#[test]
fn nothing_that_a_person_or_a_panel_makes_or_changes_over_http_holds_more_than_its_owner_may_grant() {
    let kit = Kit::start();
    let applications = ["a:read", "b:read", "b:write", "b:*", "*", scope::OWN_WRITE, scope::OWN_REVOKE];
    let pick = || subsequence(applications.to_vec(), 0..=applications.len());
    let settings = ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() };
    let next = std::cell::Cell::new(0);
    proptest!(settings, |(grantable in pick(), narrow in pick(), asked in pick(), of_team: bool)| {
        next.set(next.get() + 1);
        let user = kit.user_granting(&format!("p{}", next.get()), if of_team { &[] } else { &grantable });
        let team = kit.post(&kit.admin, "/v1/teams", &json!({ "name": "Acme", "scopes_grantable": grantable })).expect(201);
        let team = team.str("/data/id");
        kit.seat(team, &user, json!({ "role": "member", "permissions": ["$manage_api_keys"] }));
        let owner = if of_team { team } else { &user };
        // Only scopes that the owner may grant can narrow a panel.
        let narrowed: Vec<&str> = narrow.into_iter().filter(|scope| is_among(&grantable, scope)).collect();
        let by_role = kit.role_of(&format!("r{}", next.get()), &asked);
        let mut panel = json!({ "scopes": narrowed });
        if of_team {
            panel["team_id"] = json!(team);
        }
        let panel = kit.panel(&user, &panel);
        for (caller, most) in [(kit.session(&user), &grantable), (panel, &narrowed)] {
            let within = asked.iter().all(|scope| is_among(most, scope));
            let made = kit.try_key(&caller, owner, json!({ "scopes": asked }));
            prop_assert_eq!(made.status, if within { 201 } else { 403 });
            let plain = kit.key(owner, json!({}));
            let path = format!("/v1/api-keys/{}", plain.id);
            let changed = kit.patch(&caller, &path, &json!({ "scopes": asked }));
            prop_assert_eq!(changed.status, if within { 200 } else { 403 });
            let plain = kit.key(owner, json!({}));
            let rotated = kit.post(&caller, &format!("/v1/api-keys/{}/rotate", plain.id), &json!({ "scopes": asked }));
            prop_assert_eq!(rotated.status, if within { 200 } else { 403 });
            // A key that an admin made larger is beyond them, whatever it is asked to become; by a role as well as by itself.
            let larger = kit.key(owner, json!({ "scopes": ["keystead:verify"] }));
            let bearer = kit.key(owner, json!({ "roles": [format!("r{}", next.get())] }));
            for (key, fits) in [(&larger, false), (&bearer, by_role.iter().all(|scope| is_among(most, scope)))] {
                for (method, path) in [("PATCH", ""), ("POST", "/rotate")] {
                    let path = format!("/v1/api-keys/{}{path}", key.id);
                    let call = crate::client::Call::new(method, &path).bearer(&caller).json(&json!({ "scopes": [] }));
                    prop_assert_eq!(kit.call(call).status, if fits { 200 } else { 403 });
                }
            }
            for key in kit.get(&caller, &crate::world::keys_of(owner)).expect(200).json["data"].as_array().expect("a list") {
                let by_them = key["id"] != larger.id.as_str();
                for scope in key["scopes"].as_array().expect("a list").iter().filter(|_| by_them) {
                    let scope = scope.as_str().expect("a text");
                    prop_assert!(scope == "keystead:verify" || is_among(&grantable, scope));
                }
            }
        }
    });
}

#[test]
fn nothing_that_a_key_makes_or_changes_over_http_holds_more_than_itself() {
    let kit = Kit::start();
    let applications = ["a:read", "b:read", "b:write", "b:*", "*", scope::OWN_WRITE, scope::OWN_REVOKE];
    let pick = || subsequence(applications.to_vec(), 0..=applications.len());
    let settings = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    let next = std::cell::Cell::new(0);
    proptest!(settings, |(mut held in pick(), borne in pick(), grantable in pick(), asked in pick())| {
        next.set(next.get() + 1);
        held.retain(|scope| *scope != scope::OWN_WRITE);
        held.push(scope::OWN_WRITE);
        let owner = kit.user_granting(&format!("u{}", next.get()), &grantable);
        let name = format!("r{}", next.get());
        let by_role = kit.role_of(&name, &borne);
        let caller = kit.key(&owner, json!({ "scopes": held, "roles": [name] }));
        held.extend(by_role);
        let within = asked.iter().all(|scope| is_among(&held, scope) && is_among(&grantable, scope));
        let made = kit.try_key(&caller.secret, &owner, json!({ "scopes": asked }));
        prop_assert_eq!(made.status, if within { 201 } else { 403 });
        let plain = kit.key(&owner, json!({}));
        let changed = kit.patch(&caller.secret, &format!("/v1/api-keys/{}", plain.id), &json!({ "scopes": asked }));
        prop_assert_eq!(changed.status, if within { 200 } else { 403 });
        for key in kit.get(&kit.admin, &crate::world::keys_of(&owner)).json["data"].as_array().expect("a list") {
            for scope in key["scopes"].as_array().expect("a list") {
                prop_assert!(is_among(&held, scope.as_str().expect("a text")));
            }
        }
        // A key that has more by its role is beyond it, and gets no secret through it.
        let other = format!("{name}-of-another");
        let theirs = kit.role_of(&other, &asked);
        let bearer = kit.key(&owner, json!({ "roles": [other] }));
        let rotated = kit.post(&caller.secret, &format!("/v1/api-keys/{}/rotate", bearer.id), &json!({}));
        let fits = theirs.iter().all(|scope| is_among(&held, scope));
        prop_assert_eq!(rotated.status, if fits { 200 } else { 403 });
    });
}
