//! Bodies of an import that are cut, too long, or none.

use serde_json::{Value, json};

use crate::client::Call;
use crate::import::{body, foreign, import, line, send};
use crate::kit::Kit;

#[test]
fn a_body_that_is_cut_keeps_its_whole_lines_and_is_taken_up_again() {
    let kit = Kit::start();
    kit.user("maya");
    let lines: Vec<Value> = (0..1_200).map(|n| line(&foreign(n), json!({}))).collect();
    let whole = body(&lines);
    let head = format!(
        "POST /v1/api-keys/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
        kit.admin,
        whole.len()
    );
    let cut = whole.len() * 2 / 3;
    kit.raw_and_gone([head.as_bytes(), &whole.as_bytes()[..cut]].concat().as_slice());
    let stored = kit.number("SELECT COUNT(*) FROM keys WHERE origin IS NOT NULL");
    assert!(stored <= 800, "a line that was cut is none: {stored}");
    let (reports, summary) = import(&kit, "", whole.clone());
    assert_eq!((reports.len(), &summary["complete"]), (1_200, &true.into()));
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE origin IS NOT NULL"), 1_200);
    let (reports, summary) = import(&kit, "?skip_lines=1199", whole);
    assert_eq!((reports.len(), &reports[0]["line"], &summary["lines"]), (1, &1_200.into(), &1_200.into()));
    send(&kit, &kit.admin, "?skip_lines=-1", "").fails(400, "invalid").at("/skip_lines");
}

#[test]
fn an_import_has_a_bound_of_its_own() {
    let kit = Kit::with(&[("http.max_import_mib", "1"), ("http.max_body_kib", "1")]);
    kit.user("maya");
    let padded = |n: usize| line(&foreign(n), json!({ "metadata": { "padding": "x".repeat(4_000) } }));
    let lines = body(&(0..400).map(padded).collect::<Vec<_>>());
    assert!(lines.len() > 1024 * 1024);
    send(&kit, &kit.admin, "", lines.clone()).fails(413, "too_large");
    assert_eq!(kit.number("SELECT COUNT(*) FROM keys WHERE origin IS NOT NULL"), 0);
    // In pieces, nobody knows how much comes.
    let chunk = format!("{:x}\r\n{lines}\r\n0\r\n\r\n", lines.len());
    let head = format!(
        "POST /v1/api-keys/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n",
        kit.admin
    );
    let answer = kit.raw_to_the_end(format!("{head}{chunk}").as_bytes());
    assert!(
        answer.contains("\"complete\":false") && answer.contains("max_import_mib"),
        "{}",
        &answer[answer.len().saturating_sub(600)..]
    );
    let stored = kit.number("SELECT COUNT(*) FROM keys WHERE origin IS NOT NULL");
    assert!((100..400).contains(&stored), "{stored}");
    assert_eq!(kit.code(&foreign(0)), "valid");
}

#[test]
fn an_import_that_is_no_lines_or_names_no_plan_is_refused_at_once() {
    let kit = Kit::start();
    let call = |kind: &str| {
        Call::new("POST", "/v1/api-keys/import").bearer(&kit.admin).header("Content-Type", kind).body("{}")
    };
    for kind in ["application/json", "text/plain", ""] {
        kit.call(call(kind)).fails(415, "unsupported_media_type");
    }
    kit.call(call("application/x-ndjson; charset=utf-8")).expect(200);
    for query in [
        "?format=kong",
        "?dry_run=maybe",
        "?owner_type=instance",
        "?default_owner=instance",
        "?default_owner=x",
        "?what=1",
    ] {
        send(&kit, &kit.admin, query, "").fails(400, "invalid");
    }
    let (reports, summary) = import(&kit, "", "");
    assert_eq!((reports.len(), &summary["lines"], &summary["complete"]), (0, &0.into(), &true.into()));
}
