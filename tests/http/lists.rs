//! Lists of keys: pages, filters, and that no filter is more than a filter.

use serde_json::{Value, json};

use crate::kit::{Kit, START, time};
use crate::world::{Issued, keys_of};

fn ids(keys: &[&Issued]) -> Vec<String> {
    keys.iter().map(|key| key.id.clone()).collect()
}

fn listed(kit: &Kit, query: &str) -> Vec<String> {
    kit.ids(&kit.admin, &format!("/v1/api-keys?{query}"))
}

#[test]
fn pages_are_newest_first_and_hold_every_key_once() {
    let kit = Kit::start();
    let owners = [kit.user("maya"), kit.team("Acme")];
    let mut made: Vec<String> = (0..14).map(|n| kit.key(&owners[n % 2], json!({})).id).collect();
    made.reverse();
    for limit in [1, 3, 5, 7, 200] {
        for (owner, path) in [(None, "/v1/api-keys".to_owned())]
            .into_iter()
            .chain(owners.iter().enumerate().map(|(n, owner)| (Some(n), keys_of(owner))))
        {
            // The admin's own key is the instance's, and among those of all owners it is the oldest.
            let own: Vec<&String> = made
                .iter()
                .rev()
                .enumerate()
                .filter(|(n, _)| owner.is_none_or(|owner| n % 2 == owner))
                .map(|(_, id)| id)
                .collect();
            let pages = kit.pages(&kit.admin, &path, limit);
            let found: Vec<&str> = pages
                .iter()
                .flatten()
                .filter(|key| key["owner"]["type"] != "instance")
                .filter_map(|key| key["id"].as_str())
                .collect();
            assert_eq!(found, own.into_iter().rev().collect::<Vec<_>>(), "{path} by {limit}");
            assert!(pages[..pages.len() - 1].iter().all(|page| page.len() == limit));
            assert!(!pages.last().expect("a page").is_empty(), "a full last page is known to be the last");
        }
    }
}

#[test]
fn a_key_made_while_one_pages_does_not_shift_the_pages() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let made: Vec<Issued> = (0..4).map(|_| kit.key(&owner, json!({}))).collect();
    let first = kit.get(&kit.admin, &format!("{}?limit=2", keys_of(&owner))).expect(200);
    kit.key(&owner, json!({}));
    let cursor = first.str("/next_cursor");
    let second = kit.get(&kit.admin, &format!("{}?limit=2&cursor={cursor}", keys_of(&owner))).expect(200);
    assert_eq!(second.ids(), ids(&[&made[1], &made[0]]));
    assert_eq!(second.json["next_cursor"], Value::Null);
}

#[test]
fn the_default_page_has_50_keys() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    for _ in 0..51 {
        kit.key(&owner, json!({}));
    }
    assert_eq!(kit.ids(&kit.admin, &keys_of(&owner)).len(), 50);
    assert_eq!(kit.ids(&kit.admin, &format!("{}?limit=200", keys_of(&owner))).len(), 51);
}

#[test]
fn a_status_lists_the_keys_that_are_in_it_now() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let active = kit.key(&owner, json!({}));
    let expiring = kit.key(&owner, json!({ "expires_at": time(START + 10) }));
    let disabled = kit.key(&owner, json!({ "enabled": false, "expires_at": time(START + 10) }));
    let revoked = kit.key(&owner, json!({ "enabled": false }));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", revoked.id)).expect(200);
    let of = |status: &str| listed(&kit, &format!("owner={owner}&status={status}"));
    kit.clock.advance_ms(10);
    assert_eq!((of("active"), of("expired")), (ids(&[&expiring, &active]), vec![]), "to the last millisecond");
    kit.clock.advance_ms(1);
    assert_eq!((of("active"), of("expired")), (ids(&[&active]), ids(&[&expiring])));
    assert_eq!((of("disabled"), of("revoked")), (ids(&[&disabled]), ids(&[&revoked])));
    let all = kit.get(&kit.admin, &keys_of(&owner)).expect(200);
    for key in all.json["data"].as_array().expect("a list") {
        assert!(of(key["status"].as_str().expect("a status")).contains(&key["id"].as_str().expect("an id").to_owned()));
    }
}

#[test]
fn q_finds_part_of_the_name_the_last_four_and_the_id_and_takes_every_sign_for_itself() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let name = |name: &str| kit.key(&owner, json!({ "description": name }));
    let (percent, plain, under, bang) = (name("100% Discount"), name("100x discount"), name("a_b!"), name("aXb? 'x'"));
    let q = |q: &str| listed(&kit, &format!("owner={owner}&q={q}"));
    assert_eq!(q("DISCOUNT"), ids(&[&plain, &percent]), "without regard to case");
    assert_eq!(q("100%25"), ids(&[&percent]));
    assert_eq!(q("a_b"), ids(&[&under]));
    assert_eq!(q("b!"), ids(&[&under]));
    assert_eq!(q("%27x%27"), ids(&[&bang]));
    assert_eq!(q("%25%27)%20OR%201=1%20--"), Vec::<String>::new());
    assert_eq!(q(plain.data["last_four"].as_str().expect("text")), ids(&[&plain]));
    assert_eq!(q(&bang.id), ids(&[&bang]));
    assert_eq!(q("").len(), 4, "an empty question is none");
    assert_eq!(q(&percent.secret[8..20]), Vec::<String>::new(), "nothing of the secret is searched but its last four");
}

#[test]
fn environment_expiry_and_last_use_filter_and_combine() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let test = kit.key(&owner, json!({ "environment": "test" }));
    let soon = kit.key(&owner, json!({ "expires_at": time(START + 100) }));
    let later = kit.key(&owner, json!({ "expires_at": time(START + 9_000_000) }));
    let of = |query: &str| listed(&kit, &format!("owner={owner}&{query}"));
    assert_eq!(of("environment=test"), ids(&[&test]));
    assert_eq!(of("environment=live"), ids(&[&later, &soon]));
    assert_eq!(of(&format!("expires_before={}", time(START + 100))), Vec::<String>::new());
    assert_eq!(of(&format!("expires_before={}", time(START + 101))), ids(&[&soon]));
    assert_eq!(
        of("expires_before=2999-01-01T00:00:00%2B02:00&environment=live"),
        ids(&[&later, &soon]),
        "never is not before"
    );
    assert_eq!(of("expires_before=2999-01-01T00:00:00Z&environment=test"), Vec::<String>::new());

    kit.clock.advance_ms(1_000);
    kit.code(&later.secret);
    kit.flush();
    let since = |ms: i64| of(&format!("unused_since={}", time(ms)));
    assert_eq!(since(START), Vec::<String>::new(), "a key made at that moment is not older");
    assert_eq!(since(START + 1_000), ids(&[&soon, &test]));
    assert_eq!(since(START + 1_001), ids(&[&later, &soon, &test]));
}

#[test]
fn owner_filters_the_list_of_all_and_never_widens_an_owners_own() {
    let kit = Kit::start();
    let (user, team) = (kit.user("maya"), kit.team("Acme"));
    let (of_user, of_team) = (kit.key(&user, json!({})), kit.key(&team, json!({})));
    assert_eq!(listed(&kit, &format!("owner={user}")), ids(&[&of_user]));
    assert_eq!(listed(&kit, &format!("owner={team}")), ids(&[&of_team]));
    assert_eq!(kit.ids(&kit.admin, &format!("{}?owner={team}", keys_of(&user))), Vec::<String>::new());
    assert_eq!(listed(&kit, "owner=usr_01h455vb4pex5vsknk084sn02q"), Vec::<String>::new());
    kit.get(&kit.admin, "/v1/api-keys?owner=maya").fails(400, "invalid").at("/owner");
    kit.get(&kit.admin, &keys_of("usr_01h455vb4pex5vsknk084sn02q")).fails(404, "not_found");
    assert_eq!(listed(&kit, "owner=instance").len(), 1, "the admin sees the instance's own");
}

#[test]
fn a_live_key_older_than_the_operator_wants_is_marked() {
    const DAY: i64 = 86_400_000;
    let kit = Kit::with(&[("keys.rotate_after_days", "30")]);
    let owner = kit.user("maya");
    let (live, test) = (kit.key(&owner, json!({})), kit.key(&owner, json!({ "environment": "test" })));
    let due =
        |key: &Issued| kit.get(&kit.admin, &format!("/v1/api-keys/{}", key.id)).json["data"]["rotation_due"] == true;
    kit.clock.advance_ms(30 * DAY);
    assert!(!due(&live));
    kit.clock.advance_ms(1);
    assert!(due(&live) && !due(&test));
    kit.patch(&kit.admin, &format!("/v1/api-keys/{}", live.id), &json!({ "enabled": false })).expect(200);
    assert!(!due(&live), "only a key that works is worth rotating");
}

#[test]
fn people_and_teams_are_found_by_what_one_remembers_of_them() {
    let kit = Kit::start();
    let make = |path: &str, body: Value| kit.post(&kit.admin, path, &body).expect(201).str("/data/id").to_owned();
    let maya = make("/v1/users", json!({ "name": "Maya Lind", "email": "Maya@Example.com", "external_id": "crm_17" }));
    let noah = make("/v1/users", json!({ "name": "100% Noah", "email": "noah@example.com" }));
    let invited = kit.mailed("invited@elsewhere.test");
    kit.suspend(&noah);
    let boss = kit.operator("boss");
    let users = |query: &str| kit.ids(&kit.admin, &format!("/v1/users?{query}"));
    for (q, found) in [
        ("maya", vec![&maya]),
        ("LIND", vec![&maya]),
        ("crm_1", vec![&maya]),
        ("crm%251", vec![]),
        ("m_ya", vec![]),
        ("100%25", vec![&noah]),
        ("%25", vec![&noah]),
        ("@EXAMPLE.com", vec![&noah, &maya]),
        (&maya, vec![&maya]),
        ("nobody", vec![]),
        ("", vec![&boss, &invited, &noah, &maya]),
    ] {
        assert_eq!(users(&format!("q={q}")).iter().collect::<Vec<_>>(), found, "{q}");
    }
    assert_eq!(users("status=suspended"), std::slice::from_ref(&noah));
    assert_eq!(users("role=admin"), std::slice::from_ref(&boss));
    assert_eq!(users("q=example&status=active"), std::slice::from_ref(&maya));
    kit.get(&kit.admin, &format!("/v1/users?q={}", "x".repeat(256))).fails(400, "invalid").at("/q");
    kit.get(&kit.admin, "/v1/users?status=asleep").fails(400, "invalid").at("/status");

    let acme = make("/v1/teams", json!({ "name": "Acme Ltd", "external_id": "org_9" }));
    let other = kit.team("Other");
    let teams = |caller: &str, query: &str| kit.ids(caller, &format!("/v1/teams?{query}"));
    for (q, found) in
        [("acme", vec![&acme]), ("ORG_9", vec![&acme]), (&other, vec![&other]), ("t", vec![&other, &acme])]
    {
        assert_eq!(teams(&kit.admin, &format!("q={q}")).iter().collect::<Vec<_>>(), found, "{q}");
    }
    kit.seat(&other, &maya, json!({ "role": "member" })).expect(201);
    assert_eq!(teams(&kit.session(&maya), "q=t"), std::slice::from_ref(&other), "of their own, and of no others");
    assert_eq!(teams(&kit.admin, &format!("member={maya}")), std::slice::from_ref(&other));
    assert_eq!(teams(&kit.admin, &format!("member={boss}")), Vec::<String>::new());
    assert_eq!(teams(&kit.session(&maya), &format!("member={maya}")), std::slice::from_ref(&other));
    assert_eq!(
        teams(&kit.session(&maya), &format!("member={boss}")),
        Vec::<String>::new(),
        "that is their own business"
    );
    kit.get(&kit.admin, "/v1/teams?member=nobody").fails(400, "invalid").at("/member");
    kit.get(&kit.admin, &format!("/v1/teams?q={}", "x".repeat(256))).fails(400, "invalid").at("/q");
}
