//! The OpenAPI document, the documentation's pages and the page at `/`: they tell of what is served, all of it and nothing else.

use std::collections::BTreeSet;

use keystead::http::routes;
use serde_json::Value;

use crate::client::Call;
use crate::kit::{Kit, NOBODY};

fn document(kit: &Kit) -> Value {
    let answer = kit.get(NOBODY, "/openapi.json").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json
}

/// Every operation: method in upper case, path, itself.
fn operations(document: &Value) -> Vec<(String, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let each = |(path, item): (&'_ String, &'_ Value)| -> Vec<(String, String)> {
        item.as_object().expect("an item").keys().map(|method| (method.to_uppercase(), path.clone())).collect()
    };
    let names: Vec<(String, String)> = paths.iter().flat_map(each).collect();
    names
        .into_iter()
        .map(|(method, path)| {
            let (path, item) = paths.get_key_value(&path).expect("just read");
            let operation = &item[method.to_lowercase()];
            (method, path.as_str(), operation)
        })
        .collect()
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_document_has_every_route_and_nothing_else() {
    let kit = Kit::start();
    let document = document(&kit);
    let told: BTreeSet<(String, String)> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path.to_owned())).collect();
    let served: BTreeSet<(String, String)> =
        routes().iter().map(|entry| (entry.method.to_string(), entry.path.to_owned())).collect();
    assert_eq!(told, served);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], format!("http://{}", kit.address));
}

#[test]
fn every_reference_in_the_document_resolves() {
    let kit = Kit::start();
    let document = document(&kit);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "there are references");
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("nothing outside the document");
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
}

#[test]
fn every_operation_says_what_it_answers_and_who_may_call_it() {
    let kit = Kit::start();
    let document = document(&kit);
    let admin = kit.user("an admin");
    kit.patch(&kit.admin, &format!("/v1/users/{admin}"), &serde_json::json!({ "role": "admin" })).expect(200);
    let session = kit.session(&admin);
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let place = format!("{method} {path}");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2') || status == "302"), "{place} answers 2xx");
        let entry =
            routes().into_iter().find(|entry| entry.method == method.as_str() && entry.path == path).expect("a route");
        let secured = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
        let at_gateway = path.starts_with("/v1/forward-auth/");
        let only_more = place == "POST /v1/leaks";
        assert_eq!(secured, entry.access.credential() || at_gateway || only_more, "{place}");
        // A session and a key are refused, with 403, exactly where the document does not name them.
        if secured && !place.contains('{') && method == "GET" {
            let takes = |scheme: &str| {
                operation["security"].as_array().into_iter().flatten().any(|needs| needs.get(scheme).is_some())
            };
            for (caller, scheme) in [(&session, "session"), (&kit.admin, "bearer")] {
                assert_eq!(kit.get(caller, path).status != 403, takes(scheme), "{place} by {scheme}");
            }
        }
        let may_refuse = at_gateway
            || entry.access.credential()
            || ["POST /v1/sessions", "POST /v1/invitations/accept", "POST /v1/leaks"].contains(&place.as_str());
        assert_eq!(responses.contains_key("401"), may_refuse, "{place}");
        assert!(operation["description"].as_str().is_some_and(|text| text.contains(entry.access.text)), "{place}");
        assert!(ids.insert(operation["operationId"].as_str().expect("an id").to_owned()), "{place}: the id is taken");
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(declared, in_path, "{place}");
    }
}

#[test]
fn every_body_in_the_document_refuses_unknown_fields() {
    let kit = Kit::start();
    let document = document(&kit);
    for (method, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')).expect("a reference");
        assert_eq!(document.pointer(pointer).expect("it resolves")["additionalProperties"], false, "{method} {path}");
    }
}

/// The addresses that a page leads to.
fn links(page: &str) -> Vec<String> {
    // Code that is shown leads nowhere.
    let shown = page.split("<pre>").map(|part| part.split_once("</pre>").map_or(part, |(_, after)| after));
    let page = shown.collect::<Vec<_>>().concat();
    let parts = page.split(" href=\"").skip(1).chain(page.split(" src=\"").skip(1));
    parts.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn every_link_from_the_first_page_on_leads_somewhere_on_this_server() {
    let kit = Kit::start();
    let (mut open, mut seen) = (vec!["/".to_owned()], BTreeSet::new());
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let (file, fragment) = path.split_once('#').unwrap_or((&path, ""));
        let answer = kit.get(NOBODY, file).expect(200);
        if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            continue;
        }
        assert!(fragment.is_empty() || answer.text.contains(&format!("id=\"{fragment}\"")), "{path}: no such place");
        // A build with Node has scripts, out of files of this server; inline, the policy would block them.
        let scripts = answer.text.matches("<script").count();
        let files = answer.text.matches("<script src=\"/assets/").count();
        assert!(scripts == files && !answer.text.contains("style=\""), "{path}: the policy would block it");
        for link in links(&answer.text) {
            let link = if link.starts_with('#') { format!("{file}{link}") } else { link };
            if link.starts_with("https://") && !answer.text.contains(&format!("src=\"{link}")) {
                continue;
            }
            assert!(link.starts_with('/'), "{path} leads to {link}");
            open.push(link);
        }
    }
    for page in ["/docs", "/docs/api", "/docs/keys", "/openapi.json", "/assets/page.css", "/readyz"] {
        assert!(seen.contains(page), "{page} can be reached: {seen:?}");
    }
}

#[test]
fn documentation_that_is_switched_off_is_not_there() {
    let kit = Kit::with(&[("http.public_docs", "false")]);
    for path in ["/docs", "/docs/keys", "/docs/api", "/docs/nothing", "/openapi.json"] {
        kit.get(NOBODY, path).fails(404, "not_found");
        kit.get(&kit.admin, path).fails(404, "not_found");
    }
    let home = kit.get(NOBODY, "/").expect(200);
    assert!(home.text.contains("switched off"));
    kit.get(NOBODY, "/readyz").expect(200);
    for link in links(&home.text).iter().filter(|link| !link.starts_with("/docs") && !link.starts_with("/openapi")) {
        kit.get(NOBODY, link).expect(200);
    }
    assert!(!home.text.contains("\"/openapi.json\""), "nothing leads where nothing is");
}

#[test]
fn the_public_url_is_what_the_document_and_the_page_tell_whatever_a_proxy_says() {
    let kit = Kit::with(&[("http.public_url", "https://keys.example.com/")]);
    assert_eq!(document(&kit)["servers"][0]["url"], "https://keys.example.com");
    let home = kit
        .call(Call::new("GET", "/").header("Host", "keys.example.com").header("X-Forwarded-Host", "evil.example"))
        .expect(200);
    kit.call(Call::new("GET", "/").header("Host", "evil.example")).fails(421, "misdirected");
    assert!(home.text.contains("https://keys.example.com/v1/") && !home.text.contains("evil.example"));
}
