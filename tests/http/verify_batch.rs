//! `POST /v1/api-keys/verify-batch`: the verdicts of many verifications, each like that of one by itself.

use serde_json::{Value, json};

use crate::kit::{Kit, NOBODY, stranger};

const PATH: &str = "/v1/api-keys/verify-batch";

fn batch(kit: &Kit, questions: Vec<Value>) -> Vec<Value> {
    let answer = kit.post(&kit.admin, PATH, &json!({ "questions": questions })).expect(200);
    answer.json["data"].as_array().expect("a list").clone()
}

#[test]
fn each_question_is_answered_in_its_place_as_it_would_be_by_itself() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let (good, revoked) = (kit.key(&owner, json!({ "scopes": ["a:read"] })), kit.key(&owner, json!({})));
    let test = kit.key(&owner, json!({ "environment": "test" }));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", revoked.id)).expect(200);
    let questions = vec![
        json!({ "key": revoked.secret }),
        json!({ "key": good.secret, "scopes": ["a:read"] }),
        json!({ "key": "no key" }),
        json!({ "key": good.secret, "scopes": ["b:read"], "include": ["owner.email"] }),
        json!({ "key": stranger("sk_live_") }),
        json!({ "key": test.secret }),
        json!({ "key": test.secret, "environment": "any" }),
        json!({ "key": good.secret }),
    ];
    let answers = batch(&kit, questions.clone());
    let codes: Vec<&str> = answers.iter().map(|answer| answer["code"].as_str().expect("a code")).collect();
    let expected =
        ["revoked", "valid", "malformed", "insufficient_scope", "not_found", "wrong_environment", "valid", "valid"];
    assert_eq!(codes, expected);
    for (question, answer) in questions.into_iter().zip(answers) {
        assert_eq!(kit.verify_as(&kit.admin, question), answer);
    }
}

#[test]
fn a_question_with_a_mistake_has_its_error_in_its_place_and_the_others_their_verdicts() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({})).secret;
    let answers = batch(
        &kit,
        vec![json!({ "key": key }), json!({ "key": key, "method": "x".repeat(33) }), json!({ "key": key, "cost": 0 })],
    );
    assert_eq!((&answers[0]["valid"], &answers[2]["valid"]), (&json!(true), &json!(true)));
    assert_eq!(answers[1]["valid"], false, "whoever looks at nothing else lets nobody in");
    assert_eq!(answers[1]["error"]["code"], "unprocessable");
    assert_eq!(answers[1]["error"]["field"], "/method", "within the question");
    assert!(answers[1].get("code").is_none());
}

#[test]
fn what_is_asked_of_one_key_counts_in_the_order_of_the_questions() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let paid = kit.key(&owner, json!({ "credits": { "remaining": 3 } })).secret;
    let limited = kit.key(&owner, json!({ "rate_limits": [{ "name": "all", "limit": 2, "window_s": 60 }] })).secret;
    let other = kit.key(&owner, json!({ "credits": { "remaining": 1 } })).secret;
    let questions = [&paid, &limited, &other, &paid, &limited, &paid, &limited, &paid, &other];
    let answers = batch(&kit, questions.iter().map(|key| json!({ "key": key })).collect());
    let codes: Vec<&str> = answers.iter().map(|answer| answer["code"].as_str().expect("a code")).collect();
    let (valid, spent, limit) = ("valid", "credits_exhausted", "rate_limited");
    assert_eq!(codes, [valid, valid, valid, valid, valid, valid, limit, spent, spent]);
    let left: Vec<_> = [0, 3, 5, 7].map(|n: usize| answers[n]["credits_remaining"].clone()).into();
    assert_eq!(left, [2, 1, 0, 0]);
    let asked = json!({ "key": limited, "rate_limits": [{ "name": "of nobody" }] });
    let answers = batch(&kit, vec![asked, json!({ "key": other, "cost": 0 })]);
    assert_eq!((&answers[0]["valid"], &answers[0]["error"]["code"]), (&json!(false), &json!("unprocessable")));
    assert_eq!(answers[1]["code"], "valid", "nothing is lost with it");
}

#[test]
fn what_cannot_be_read_refuses_the_whole_and_points_at_the_question() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({})).secret;
    for (second, field) in [
        (json!({ "key": key, "ip": "nonsense" }), "/questions/1/ip"),
        (json!({ "key": key, "scope": "a" }), "/questions/1/scope"),
        (json!({}), "/questions/1/key"),
        (json!("x"), "/questions/1"),
        (json!({ "key": key, "include": ["secret"] }), "/questions/1/include/0"),
    ] {
        let body = json!({ "questions": [{ "key": key }, second] });
        kit.post(&kit.admin, PATH, &body).fails(400, "invalid").at(field);
    }
    kit.flush();
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE last_used_at IS NOT NULL AND name = 'a key'"), 0);
}

#[test]
fn a_batch_has_one_question_to_a_hundred() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({})).secret;
    let of = |count: usize| json!({ "questions": vec![json!({ "key": key }); count] });
    for count in [0, 101] {
        kit.post(&kit.admin, PATH, &of(count)).fails(422, "unprocessable").at("/questions");
    }
    kit.post(&kit.admin, PATH, &json!({})).fails(400, "invalid").at("/questions");
    let many = kit.post(&kit.admin, PATH, &of(100)).expect(200);
    let many = many.json["data"].as_array().expect("a list");
    assert!(many.len() == 100 && many.iter().all(|answer| answer["valid"] == true));
}

#[test]
fn a_batch_asks_for_a_verifier_before_it_is_read_and_stays_in_the_callers_world() {
    let kit = Kit::start();
    let key = kit.key(&kit.user("maya"), json!({})).secret;
    let ask = json!({ "questions": [{ "key": key }] });
    kit.post(NOBODY, PATH, &ask).fails(401, "unauthenticated");
    kit.post(&key, PATH, &json!("unread")).fails(403, "forbidden");
    kit.post(&kit.backend(&["keystead:keys:read"]).secret, PATH, &ask).fails(403, "forbidden");
    let verifier = kit.backend(&["keystead:verify"]).secret;
    assert_eq!(kit.post(&verifier, PATH, &ask).expect(200).str("/data/0/code"), "valid");
    let sandbox = kit.backend_in(keystead::config::Environment::Test, &["keystead:verify"], None).secret;
    assert_eq!(kit.post(&sandbox, PATH, &ask).expect(200).str("/data/0/code"), "not_found");
}

#[test]
fn a_change_is_in_force_for_the_next_batch() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    let keys: Vec<_> = (0..40).map(|_| kit.key(&owner, json!({}))).collect();
    let questions = || keys.iter().map(|key| json!({ "key": key.secret })).collect();
    assert!(batch(&kit, questions()).iter().all(|answer| answer["code"] == "valid"));
    for key in keys.iter().skip(1).step_by(2) {
        kit.delete(&kit.admin, &format!("/v1/api-keys/{}", key.id)).expect(200);
    }
    for (n, answer) in batch(&kit, questions()).iter().enumerate() {
        assert_eq!(answer["code"], if n % 2 == 1 { "revoked" } else { "valid" }, "{n}");
        assert_eq!(answer["key"]["id"], keys[n].id);
    }
}
