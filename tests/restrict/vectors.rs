//! The table of spellings: what is kept of an entry, which are refused, and what a list lets through.

use keystead::key::Restrictions;
use keystead::key::restrict::{Place, Rules};
use serde::Deserialize;

const TABLE: &str = include_str!("../vectors/restrictions.json");

#[derive(Debug, Deserialize)]
struct Table {
    ips: List,
    referrers: List,
    endpoints: List,
}

#[derive(Debug, Deserialize)]
struct List {
    /// As written, and as kept.
    kept: Vec<(String, String)>,
    /// As written, and a word of the remedy.
    refused: Vec<(String, String)>,
    lets: Vec<Lets>,
}

#[derive(Debug, Deserialize)]
struct Lets {
    rules: Vec<String>,
    through: Vec<String>,
    denied: Vec<String>,
}

fn all() -> [(&'static str, List); 3] {
    let table: Table = serde_json::from_str(TABLE).expect("the table");
    [("ips", table.ips), ("referrers", table.referrers), ("endpoints", table.endpoints)]
}

fn restrictions(list: &str, entries: &[String]) -> Restrictions {
    let mut restrictions = Restrictions::default();
    *entries_of(list, &mut restrictions) = entries.to_vec();
    restrictions
}

fn entries_of<'a>(list: &str, restrictions: &'a mut Restrictions) -> &'a mut Vec<String> {
    match list {
        "ips" => &mut restrictions.ips,
        "referrers" => &mut restrictions.referrers,
        _ => &mut restrictions.endpoints,
    }
}

/// What one column of the table asks, as the place that a verification is told.
fn place<'a>(list: &str, asked: &'a str) -> Place<'a> {
    let nowhere = Place::default();
    match list {
        "ips" => Place { ip: asked.parse().ok(), ..nowhere },
        "referrers" => Place { referrer: Some(asked), ..nowhere },
        _ => {
            let (method, path) = asked.split_once(' ').expect("a method and a path");
            Place { method: Some(method), path: Some(path), ..nowhere }
        }
    }
}

#[test]
fn an_entry_is_kept_in_its_one_spelling() {
    for (name, list) in all() {
        for (written, expected) in list.kept {
            let mut kept = restrictions(name, std::slice::from_ref(&written)).checked().expect(&written);
            assert_eq!(*entries_of(name, &mut kept), std::slice::from_ref(&expected), "{written}");
            assert_eq!(kept.clone().checked().expect("again"), kept, "{written}");
        }
    }
}

#[test]
fn an_entry_that_could_mean_something_else_is_refused_with_its_place_and_the_remedy() {
    for (name, list) in all() {
        for (written, remedy) in list.refused {
            let good = restrictions(name, &[]).checked().expect("nothing");
            assert!(good.is_empty());
            let first = match name {
                "ips" => "192.0.2.7",
                "referrers" => "https://example.com",
                _ => "GET /",
            };
            let entries = [first.to_owned(), written.clone()];
            let error = restrictions(name, &entries).checked().expect_err(&written);
            assert_eq!(error.field(), Some(format!("/restrictions/{name}/1").as_str()), "{written}");
            let why = error.why();
            assert!(why.contains(&remedy), "{written}: {why}");
        }
    }
}

#[test]
fn a_list_lets_through_what_it_names_in_any_spelling_and_nothing_else() {
    for (name, list) in all() {
        for Lets { rules, through, denied } in list.lets {
            let kept = restrictions(name, &rules).checked().expect("rules");
            let rules = Rules::of(&kept).expect("rules");
            for asked in through {
                assert_eq!(rules.refuse(&place(name, &asked)), None, "{kept:?} {asked:?}");
            }
            for asked in denied {
                assert!(rules.refuse(&place(name, &asked)).is_some(), "{kept:?} {asked:?}");
            }
        }
    }
}

#[test]
fn lists_have_bounds_and_keep_each_entry_once_and_sorted() {
    let many = |n: usize, of: &dyn Fn(usize) -> String| (0..n).map(of).collect::<Vec<_>>();
    for (name, of) in [
        ("ips", &(|n| format!("10.0.{n}.0/24")) as &dyn Fn(usize) -> String),
        ("referrers", &|n| format!("https://h{n}.example.com")),
        ("endpoints", &|n| format!("GET /{n}")),
    ] {
        restrictions(name, &many(64, of)).checked().expect("64");
        let error = restrictions(name, &many(65, of)).checked().expect_err("65");
        assert_eq!(error.field(), Some(format!("/restrictions/{name}").as_str()));
        let (mut twice, once) = (many(5, of), many(5, of));
        twice.reverse();
        twice.extend(once.clone());
        assert_eq!(
            restrictions(name, &twice).checked().expect("twice"),
            restrictions(name, &once).checked().expect("once")
        );
    }
    let long = |length: usize| vec![format!("GET /{}", "a".repeat(length - 5))];
    restrictions("endpoints", &long(512)).checked().expect("512 bytes");
    restrictions("endpoints", &long(513)).checked().expect_err("513 bytes");
    let grows = vec![format!("GET /{}", "é".repeat(100))];
    restrictions("endpoints", &grows).checked().expect_err("605 bytes as it would be kept");
    let place = Place { method: Some("GET"), path: Some(&"/a".repeat(5_000)), ..Place::default() };
    let all = Rules::of(&restrictions("endpoints", &["* /**".to_owned()])).expect("rules");
    assert!(all.refuse(&place).is_some(), "a path beyond any bound");
}

#[test]
fn a_key_without_restrictions_costs_eight_bytes_and_is_let_through_everywhere() {
    let rules = Rules::of(&Restrictions::default()).expect("none");
    assert_eq!((size_of::<Rules>(), rules.is_empty()), (8, true));
    assert_eq!(rules.refuse(&Place::default()), None);
}
