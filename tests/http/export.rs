//! Lists that leave as a whole, as JSON Lines or CSV: everything that matches and the caller sees, in bounded memory, and never a secret.

use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY};
use crate::world::Issued;

fn export(kit: &Kit, caller: &str, path: &str, accept: &str) -> Answer {
    kit.call(Call::new("GET", path).bearer(caller).header("Accept", accept))
}

fn lines(answer: &Answer) -> Vec<Value> {
    answer.text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn seed(kit: &Kit, owner: &str, name: &'static str) {
    kit.run(
        "INSERT INTO keys (id, owner_id, created_by, name, environment, is_public, enabled, scopes, metadata, prefix, last_four,
                           digest, pepper_id, created_at, secret_created_at)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
         SELECT 'key_0' || substr('0000000000000000000000000' || i, -25), $1, 'cli:0', $2, 'live', 0, 1, '[]', '{}',
                'sk_live_', 'abcd', CAST(substr('00000000000000000000000000000000' || i, -32) AS BLOB), 1, i, i FROM n",
        vec![owner.to_owned(), name.to_owned()],
    );
}

#[test]
fn keys_leave_as_lines_like_those_of_the_list_and_more_than_one_page_of_them() {
    let kit = Kit::start();
    let (maya, other) = (kit.user("maya"), kit.user("other"));
    let key = kit.key(&maya, json!({ "metadata": { "plan": "pro" } }));
    kit.key(&other, json!({}));
    seed(&kit, &maya, "seed");
    let path = format!("/v1/api-keys?owner={maya}");
    let answer = export(&kit, &kit.admin, &path, "application/x-ndjson").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines = lines(&answer);
    assert_eq!(lines.len(), 1002);
    assert_eq!(lines[0], kit.get(&kit.admin, &format!("{path}&limit=1")).expect(200).json["data"][0]);
    assert_eq!(lines[0]["id"], key.id);
    assert!(lines.windows(2).all(|two| two[0]["id"].as_str() > two[1]["id"].as_str()), "newest first, each once");
    let some = export(&kit, &kit.admin, &format!("{path}&q=seed"), "application/x-ndjson").expect(200);
    assert_eq!(some.text.lines().count(), 1001);
    let none = export(&kit, &kit.admin, &format!("{path}&q=nothing"), "application/x-ndjson").expect(200);
    assert_eq!(none.text, "");
}

#[test]
fn each_caller_exports_what_it_sees() {
    let kit = Kit::start();
    let (maya, other) = (kit.user("maya"), kit.user("other"));
    let (mine, theirs) = (kit.key(&maya, json!({})), kit.key(&other, json!({})));
    let ids = |caller: &str| -> Vec<Value> {
        let answer = export(&kit, caller, "/v1/api-keys", "application/x-ndjson").expect(200);
        lines(&answer).iter().map(|line| line["id"].clone()).collect()
    };
    assert_eq!(ids(&kit.session(&maya)), [json!(mine.id)]);
    assert_eq!(ids(&theirs.secret), [json!(theirs.id)]);
    assert_eq!(ids(&kit.backend(&["keystead:keys:read"]).secret), [json!(theirs.id), json!(mine.id)]);
    assert!(ids(&kit.admin).len() > 2, "an admin sees the instance's own");
    export(&kit, NOBODY, "/v1/api-keys", "text/csv").fails(401, "unauthenticated");
    export(&kit, &kit.backend(&["keystead:verify"]).secret, "/v1/api-keys", "text/csv").fails(403, "forbidden");
}

#[test]
fn a_table_has_a_head_a_row_a_key_and_no_formula() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    kit.role("support", &[]);
    let named = |name: &str| -> Issued {
        kit.key(&owner, json!({ "description": name, "scopes": ["a:read", "b:read"], "roles": ["support"] }))
    };
    let (formula, quoted) = (named("=HYPERLINK(\"http://evil.example\")"), named("say \"hi\", twice"));
    let answer = export(&kit, &kit.admin, &format!("/v1/api-keys?owner={owner}"), "text/csv").expect(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let rows: Vec<&str> = answer.text.split("\r\n").collect();
    assert!(rows[0].starts_with("id,name,owner_type,owner_id,"), "{}", rows[0]);
    assert_eq!((rows.len(), rows[3]), (4, ""), "every row ends its line");
    assert!(rows[1].starts_with(&format!("{},\"say \"\"hi\"\", twice\",user,{owner},maya,", quoted.id)), "{}", rows[1]);
    assert!(rows[1].contains(",active,,true,false,") && rows[1].ends_with(",a:read b:read,support,{}"), "{}", rows[1]);
    assert!(rows[2].starts_with(&format!("{},\"'=HYPERLINK(\"\"", formula.id)), "{}", rows[2]);
    for key in [formula, quoted] {
        assert!(!answer.text.contains(&key.secret[10..40]));
    }
}

#[test]
fn an_export_has_no_pages_and_who_asks_for_nothing_special_gets_json() {
    let kit = Kit::start();
    for (query, field) in [("limit=1", "/limit"), ("cursor=key_01h455vb4pex5vsknk084sn02q", "/cursor")] {
        export(&kit, &kit.admin, &format!("/v1/api-keys?{query}"), "text/csv").fails(400, "invalid").at(field);
    }
    for accept in ["*/*", "text/html,application/xhtml+xml", "application/json, text/csv;q=0.9"] {
        let answer = export(&kit, &kit.admin, "/v1/api-keys?limit=1", accept).expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
    let document = kit.get(NOBODY, "/openapi.json").expect(200).json;
    let forms = |path: &str| -> Vec<String> {
        let content = document["paths"][path]["get"]["responses"]["200"]["content"].as_object().expect("content");
        content.keys().cloned().collect()
    };
    assert_eq!(forms("/v1/api-keys"), ["application/json", "application/x-ndjson", "text/csv"]);
    assert_eq!(forms("/v1/audit-events"), ["application/json", "application/x-ndjson"]);
}

#[test]
fn audit_events_leave_as_lines_all_that_match() {
    let kit = Kit::start();
    let owner = kit.user("maya");
    (0..3).for_each(|_| drop(kit.key(&owner, json!({}))));
    seed(&kit, &owner, "seed");
    kit.post(&kit.admin, "/v1/api-keys/revoke", &json!({ "q": "seed" })).expect(200);
    let all = export(&kit, &kit.admin, "/v1/audit-events", "application/x-ndjson").expect(200);
    assert_eq!(i64::try_from(all.text.lines().count()), Ok(kit.events()));
    assert_eq!(lines(&all)[0], kit.get(&kit.admin, "/v1/audit-events?limit=1").json["data"][0]);
    let made =
        export(&kit, &kit.admin, &format!("/v1/audit-events?owner={owner}&action=key.created"), "application/x-ndjson");
    assert_eq!(made.expect(200).text.lines().count(), 3);
}
