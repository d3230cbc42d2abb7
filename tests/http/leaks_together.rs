//! Reports that come at once: the same key by many, all of it once.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::kit::Kit;
use crate::leaks::{digest, leaked};

const REPORTERS: usize = 16;

#[test]
fn of_sixteen_who_report_one_key_at_once_one_ends_it_and_its_owner_is_told_once() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({}));
    let backends: Vec<String> = (0..REPORTERS).map(|_| kit.backend(&["keystead:leaks"]).secret).collect();
    let (events, notices) = (kit.events(), kit.notices());
    let together = Barrier::new(REPORTERS);
    let outcomes: Vec<Value> = std::thread::scope(|scope| {
        let report = |(n, backend): (usize, &String)| {
            let (kit, key, together, backend) = (&kit, &key, &together, backend.clone());
            scope.spawn(move || {
                // Half of them have the key itself, and each found it in another place.
                let mut report = json!({ "exposure": "private", "place": { "path": format!("src/{n}.rs") } });
                let named = if n % 2 == 0 { ("key", key.secret.clone()) } else { ("sha256", digest(&key.secret)) };
                report[named.0] = named.1.into();
                together.wait();
                kit.report(&backend, &json!([report])).expect(200).json["data"][0]["outcome"].clone()
            })
        };
        let all: Vec<_> = backends.iter().enumerate().map(report).collect();
        all.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    let count = |outcome: &str| outcomes.iter().filter(|one| *one == outcome).count();
    assert_eq!((count("revoked"), count("already_ended")), (1, REPORTERS - 1), "{outcomes:?}");
    assert_eq!(kit.ended(&key.secret), leaked());
    let leak = kit.leak();
    assert_eq!((&leak["outcome"], &leak["reports"], &leak["places"]), (&"revoked".into(), &16.into(), &16.into()));
    assert_eq!(kit.notices(), notices + 1);
    let actions = kit.actions_since(events);
    assert_eq!(actions.iter().filter(|action| *action == "key.revoked").count(), 1, "{actions:?}");
}
