//! Lists of keys in other orders: what is equal is ordered too, no page repeats or skips a key, and a cursor belongs to its order.

use serde_json::{Value, json};

use crate::kit::{Kit, START, time};
use crate::world::keys_of;

const ORDERS: [&str; 4] = ["created_at", "name", "last_used", "expires_at"];

/// Keys of two owners with names, ends and uses, some of them alike and some without. Answers the owners.
fn fill(kit: &Kit) -> [String; 2] {
    let owners = [kit.user("maya"), kit.team("Acme")];
    for n in 0..12_usize {
        let end = [None, Some(START + 9_000_000), Some(START + 5_000_000)][n % 3];
        let name = ["beta", "Alpha", "alpha", "\u{1F511} gamma%"][n % 4];
        let key = kit.key(&owners[n % 2], json!({ "description": name, "expires_at": end.map(time) }));
        if n % 5 < 3 {
            kit.verify(&key.secret);
        }
        kit.clock.advance_ms(if n % 4 == 0 { 0 } else { 1_000 });
    }
    kit.flush();
    owners
}

/// What stands in the place of an order's value: nothing is behind everything, either way round.
fn value(key: &Value, order: &str, down: bool) -> (bool, Value) {
    let found = match order {
        "name" => json!(key["name"].as_str().expect("a name").to_ascii_lowercase()),
        "created_at" => key["id"].clone(),
        other => key[other].clone(),
    };
    (found.is_null() != down, found)
}

#[test]
fn every_order_holds_every_key_once_on_pages_of_every_size() {
    let kit = Kit::start();
    let owners = fill(&kit);
    let lists = ["/v1/api-keys".to_owned(), keys_of(&owners[0]), keys_of(&owners[1])];
    for path in &lists {
        for order in ORDERS {
            for down in [false, true] {
                let sort = if down { format!("-{order}") } else { order.to_owned() };
                let mut wanted = kit.get(&kit.admin, &format!("{path}?limit=200")).expect(200).json["data"]
                    .as_array()
                    .expect("a list")
                    .clone();
                wanted.sort_by_key(|key| {
                    let (none, value) = value(key, order, down);
                    (none, value.to_string(), key["id"].to_string())
                });
                if down {
                    wanted.reverse();
                }
                for limit in [1, 2, 5, 200] {
                    let pages = kit.pages(&kit.admin, &format!("{path}?sort={sort}"), limit);
                    let found: Vec<&Value> = pages.iter().flatten().map(|key| &key["id"]).collect();
                    let wanted: Vec<&Value> = wanted.iter().map(|key| &key["id"]).collect();
                    assert_eq!(found, wanted, "{path} by {sort}, {limit} on a page");
                }
            }
        }
    }
}

#[test]
fn somebody_who_sees_several_owners_sees_their_keys_in_one_order() {
    let kit = Kit::start();
    let [user, team] = fill(&kit);
    let caller = kit.team_panel(&user, &team, &["$manage_api_keys"]);
    for order in ORDERS {
        for sort in [order.to_owned(), format!("-{order}")] {
            let path = format!("/v1/api-keys?sort={sort}");
            let all = kit.pages(&kit.admin, &path, 200).concat();
            let wanted: Vec<&Value> =
                all.iter().filter(|key| key["owner"]["type"] != "instance").map(|key| &key["id"]).collect();
            for limit in [1, 5] {
                let pages = kit.pages(&caller, &path, limit);
                assert_eq!(pages.iter().flatten().map(|key| &key["id"]).collect::<Vec<_>>(), wanted, "{sort}");
            }
        }
    }
}

#[test]
fn filters_hold_in_every_order() {
    let kit = Kit::start();
    let [user, _] = fill(&kit);
    let key = kit.key(&user, json!({ "description": "Alphabet" }));
    for sort in ORDERS {
        let listed = |filter: &str| kit.get(&kit.admin, &format!("/v1/api-keys?sort={sort}&{filter}")).expect(200);
        assert_eq!(listed("q=ALPHA").ids().len(), 7, "{sort}");
        assert_eq!(listed(&format!("q={}", key.id)).ids(), std::slice::from_ref(&key.id));
        assert_eq!(listed(&format!("owner={user}")).ids().len(), 7);
        assert!(listed("status=revoked").ids().is_empty());
    }
}

#[test]
fn a_page_begins_behind_the_one_before_whatever_became_of_its_last_key() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let made: Vec<String> = ["a", "b", "c", "d"].map(|name| kit.key(&user, json!({ "description": name })).id).to_vec();
    let path = format!("{}?sort=name&limit=2", keys_of(&user));
    let first = kit.get(&kit.admin, &path).expect(200);
    assert_eq!(first.ids(), made[..2]);
    kit.patch(&kit.admin, &format!("/v1/api-keys/{}", made[1]), &json!({ "name": "z" })).expect(200);
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", made[0])).expect(200);
    let next = kit.get(&kit.admin, &format!("{path}&cursor={}", first.str("/next_cursor"))).expect(200);
    assert_eq!(next.ids(), made[2..]);
}

#[test]
fn a_cursor_of_another_order_is_refused_with_what_to_do() {
    let kit = Kit::start();
    let user = kit.user("maya");
    (0..3).for_each(|_| drop(kit.key(&user, json!({}))));
    let ask = |sort: &str, cursor: &str| kit.get(&kit.admin, &format!("/v1/api-keys?limit=1{sort}{cursor}"));
    let sorts = ["", "&sort=created_at", "&sort=name", "&sort=-name", "&sort=last_used", "&sort=expires_at"];
    for of in sorts {
        let cursor = format!("&cursor={}", ask(of, "").expect(200).str("/next_cursor"));
        for sort in sorts {
            let answer = ask(sort, &cursor);
            if sort == of {
                answer.expect(200);
            } else {
                answer.fails(400, "invalid").at("/cursor");
            }
        }
    }
    // The usual order by its name is the usual order.
    let cursor = format!("&cursor={}", ask("", "").expect(200).str("/next_cursor"));
    ask("&sort=-created_at", &cursor).expect(200);
    for forged in ["e30", "WzFd", "bm90IGpzb24", "%00", &"A".repeat(3_000)] {
        ask("&sort=name", &format!("&cursor={forged}")).fails(400, "invalid").at("/cursor");
    }
    ask("&sort=colour", "").fails(400, "invalid").at("/sort");
    let export = crate::client::Call::new("GET", "/v1/api-keys?sort=name").bearer(&kit.admin);
    kit.call(export.header("Accept", "text/csv")).fails(400, "invalid").at("/sort");
}
