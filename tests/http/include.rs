//! `include` of a verification: what is answered besides the verdict, and only where it is asked for.

use serde_json::{Value, json};

use crate::kit::{Kit, START, stranger, time};

#[test]
fn what_is_asked_for_stands_where_its_name_says_and_nothing_else_does() {
    let kit = Kit::start();
    let owner = kit.mailed("maya@example.com");
    let key = kit.key(&owner, json!({ "metadata": { "plan": "pro" }, "scopes": ["a:read"] }));
    let ask = |include: Value| kit.verify_as(&kit.admin, json!({ "key": key.secret, "include": include }));
    let plain = ask(json!([]));
    assert_eq!(plain, kit.verify(&key.secret));
    assert!(plain.get("metadata").is_none() && plain["owner"].get("email").is_none());
    let mut expected = plain.clone();
    expected["metadata"] = json!({ "plan": "pro" });
    assert_eq!(ask(json!(["metadata"])), expected);
    expected["owner"]["email"] = json!("maya@example.com");
    assert_eq!(ask(json!(["owner.email", "metadata", "metadata"])), expected);
    let whole = ask(json!(["key"]));
    let shown = kit.get(&kit.admin, &format!("/v1/api-keys/{}", key.id)).expect(200).json["data"].clone();
    assert_eq!(whole["key"], shown);
    assert_eq!(shown["last_used"], time(START));
    for (name, value) in plain["key"].as_object().expect("a key") {
        assert_eq!(&whole["key"][name], value, "the whole key has all of the short form");
    }
}

#[test]
fn what_is_not_there_is_null_and_a_refused_key_is_told_of_like_any() {
    let kit = Kit::start();
    let team = kit.key(&kit.team("Acme"), json!({}));
    let all = json!(["metadata", "owner.email", "key"]);
    let told = kit.verify_as(&kit.admin, json!({ "key": team.secret, "include": all }));
    assert_eq!((&told["metadata"], told["owner"].get("email")), (&json!({}), Some(&Value::Null)));
    let told = kit.verify_as(&kit.admin, json!({ "key": stranger("sk_live_"), "include": all }));
    assert_eq!((told.get("metadata"), &told["owner"], &told["key"]), (Some(&Value::Null), &Value::Null, &Value::Null));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", team.id)).expect(200);
    let told = kit.verify_as(&kit.admin, json!({ "key": team.secret, "include": all }));
    assert_eq!((&told["code"], &told["key"]["status"]), (&json!("revoked"), &json!("revoked")));
}

#[test]
fn a_word_that_cannot_be_included_is_refused() {
    let kit = Kit::start();
    for (include, status, code) in [
        (json!(["secret"]), 400, "invalid"),
        (json!("key"), 400, "invalid"),
        (json!(vec!["key"; 9]), 422, "unprocessable"),
    ] {
        let asked = json!({ "key": kit.admin, "include": include });
        let answer = kit.post(&kit.admin, "/v1/api-keys/verify", &asked).fails(status, code);
        assert!(answer.str("/error/field").starts_with("/include"));
    }
}
