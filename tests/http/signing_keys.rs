//! The keys that sign tokens: how they follow each other, are withdrawn, and are nowhere to be read.

use serde_json::json;

use crate::checker::Refused;
use crate::kit::{NOBODY, START, time};
use crate::offline::{check, checker, exchange, offline_key, on, part};

#[test]
fn the_next_key_is_published_before_it_signs_and_a_former_one_until_its_tokens_are_over() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let kids = || {
        let published = kit.get(NOBODY, "/.well-known/jwks.json").expect(200);
        let keys = published.json["keys"].as_array().expect("keys").iter();
        keys.map(|key| key["kid"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let signer = || part(&exchange(&kit, &key.secret), 0)["kid"].as_str().expect("a name").to_owned();
    let first = signer();
    assert_eq!(kids(), [first.as_str()]);
    let rolled = kit.post(&kit.admin, "/v1/signing-keys", &json!({})).expect(200);
    let second = rolled.str("/data/kid").to_owned();
    assert_eq!(rolled.str("/data/signs_at"), time(START + 600_000));
    kit.post(&kit.admin, "/v1/signing-keys", &json!({})).fails(409, "conflict");
    assert_eq!((signer(), kids()), (first.clone(), vec![first.clone(), second.clone()]));
    kit.clock.advance_ms(599_999);
    assert_eq!(signer(), first);
    let last = exchange(&kit, &key.secret);
    kit.clock.advance_ms(1);
    assert_eq!(signer(), second);
    assert!(check(&kit, &checker(&kit), &last).is_ok(), "what the former one signed is good to its end");
    kit.clock.advance_ms(1_020_000 - 1);
    kit.tidy();
    assert_eq!(kids(), [first.as_str(), &second]);
    kit.clock.advance_ms(1);
    assert_eq!(kids(), [second.as_str()]);
    kit.tidy();
    assert_eq!(kit.number("SELECT COUNT(*) FROM signing_keys"), 1);
    let told = kit.get(&kit.admin, "/v1/audit-events?action=signing_key.created").expect(200);
    assert_eq!((told.str("/data/0/subject"), told.str("/data/1/subject")), (&*second, &*first));
}

#[test]
fn a_key_gives_way_by_its_age() {
    let kit = on();
    let day = 86_400_000;
    kit.clock.advance_ms(30 * day - 600_001);
    kit.tidy();
    assert_eq!(kit.number("SELECT COUNT(*) FROM signing_keys"), 1);
    kit.clock.advance_ms(1);
    kit.tidy();
    kit.tidy();
    assert_eq!(kit.number("SELECT COUNT(*) FROM signing_keys"), 2);
}

#[test]
fn a_key_that_somebody_else_may_have_is_withdrawn_at_once() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let before = exchange(&kit, &key.secret);
    let rolled = kit.post(&kit.admin, "/v1/signing-keys", &json!({ "at_once": true })).expect(200);
    assert_eq!(rolled.json["data"]["withdrawn"], json!([part(&before, 0)["kid"]]));
    let checker = checker(&kit);
    assert_eq!(check(&kit, &checker, &before), Err(Refused::Signature));
    assert!(check(&kit, &checker, &exchange(&kit, &key.secret)).is_ok());
    let operator = kit.backend(&["keystead:keys:write"]).secret;
    kit.post(&operator, "/v1/signing-keys", &json!({})).fails(403, "forbidden");
}

#[test]
fn neither_a_token_nor_what_signs_it_is_written_down() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({}));
    let token = exchange(&kit, &key.secret);
    kit.flush();
    let (signature, id) = (token.rsplit('.').next().expect("three parts"), part(&token, 1)["jti"].clone());
    for entry in std::fs::read_dir(kit.data_dir()).expect("a directory") {
        let Ok(bytes) = std::fs::read(entry.expect("an entry").path()) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains(signature) && !text.contains(id.as_str().expect("an id")) && !text.contains(&key.secret)
        );
    }
    assert_eq!(kit.number("SELECT MAX(LENGTH(sealed)) FROM signing_keys"), 32 + 28);
    kit.get(&token, "/v1/me").fails(401, "unauthenticated");
}
