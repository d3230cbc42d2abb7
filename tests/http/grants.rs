//! Drawn at random: whatever a key holds, whatever its owner may grant, and whatever is asked for, no key comes out of it that holds more
//! than the one that made it.

use keystead::config::Environment;
use keystead::key::KeyId;
use keystead::key::authority::{Holder, Own, Reach};
use keystead::people::{OwnerId, Power, UserId, scope};
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::json;

use crate::kit::Kit;

/// Every scope that means something to us, and some of applications that look alike.
fn universe() -> Vec<String> {
    let own = [scope::OWN_REVOKE, scope::OWN_WRITE, "a:read", "a:write", "a", "keystead", "admin", "own"];
    scope::BACKEND.into_iter().chain(own).map(str::to_owned).collect()
}

fn some() -> impl Strategy<Value = Vec<String>> {
    subsequence(universe(), 0..=6)
}

fn holder(scopes: Vec<String>, is_public: bool, environment: Environment) -> Holder {
    let owner = OwnerId::User(UserId::new(0));
    Holder { id: KeyId::new(0), owner, environment, is_public, scopes, expires_at: None, superseded: false }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_caller_grants_what_it_does_not_hold(
        held in some(), grantable in some(), asked in some(), is_public: bool, test: bool,
    ) {
        let environment = if test { Environment::Test } else { Environment::Live };
        let sandbox = !is_public && held.iter().any(|scope| scope.starts_with("keystead:"));
        let caller = holder(held, is_public, environment);
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
                let within = asked.iter().all(|scope| caller.scopes.contains(scope) && grantable.contains(scope));
                prop_assert_eq!(granted, within);
                prop_assert!(!granted || universe().iter().all(|scope| !made.has(scope) || caller.has(scope)));
            }
        }
    }
}

#[test]
fn nothing_that_a_key_makes_or_changes_over_http_holds_more_than_itself() {
    let kit = Kit::start();
    let applications = ["a:read", "b:read", "c:read", scope::OWN_WRITE, scope::OWN_REVOKE];
    let pick = || subsequence(applications.to_vec(), 0..=applications.len());
    let settings = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    let next = std::cell::Cell::new(0);
    proptest!(settings, |(mut held in pick(), grantable in pick(), asked in pick())| {
        next.set(next.get() + 1);
        held.retain(|scope| *scope != scope::OWN_WRITE);
        held.push(scope::OWN_WRITE);
        let owner = kit.user_granting(&format!("u{}", next.get()), &grantable);
        let caller = kit.key(&owner, json!({ "scopes": held }));
        let within = asked.iter().all(|scope| held.contains(scope) && grantable.contains(scope));
        let made = kit.try_key(&caller.secret, &owner, json!({ "scopes": asked }));
        prop_assert_eq!(made.status, if within { 201 } else { 403 });
        let plain = kit.key(&owner, json!({}));
        let changed = kit.patch(&caller.secret, &format!("/v1/api-keys/{}", plain.id), &json!({ "scopes": asked }));
        prop_assert_eq!(changed.status, if within { 200 } else { 403 });
        for key in kit.get(&kit.admin, &crate::world::keys_of(&owner)).json["data"].as_array().expect("a list") {
            for scope in key["scopes"].as_array().expect("a list") {
                prop_assert!(held.iter().any(|held| scope == held));
            }
        }
    });
}
