//! Bytes that are no proper HTTP: refused or cut off, without a panic or a fault of ours, and the server answers the next caller.

use serde_json::json;

use crate::kit::{Kit, stranger};

/// What comes back starts with one of these statuses, or is nothing at all: the connection was closed.
fn refused(kit: &Kit, bytes: &[u8], statuses: &[u16]) {
    let answer = kit.raw(bytes);
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let status: u16 = answer.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    assert!(statuses.contains(&status), "{shown:?}: {answer:?}");
    alive(kit);
}

fn alive(kit: &Kit) {
    kit.get(&kit.admin, "/v1/me").expect(200);
}

#[test]
fn two_ways_to_tell_a_bodys_length_are_one_too_many() {
    let kit = Kit::start();
    let head = format!(
        "POST /v1/teams HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
        kit.admin
    );
    let body = "{\"name\": \"smuggled\"}";
    let events = kit.events();
    for lengths in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 20\r\nContent-Length: 20\r\n",
        "Content-Length: 20\r\nContent-Length: 5\r\n",
        "Content-Length: 20, 20\r\n",
        "Content-Length: +20\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x14\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
    ] {
        refused(&kit, format!("{head}{lengths}\r\n{body}").as_bytes(), &[400]);
    }
    for chunks in
        ["zz\r\nx\r\n0\r\n\r\n", "-1\r\nx\r\n", "fffffffffffffffffffff\r\nx\r\n", "5;\0\r\nhello\r\n0\r\n\r\n"]
    {
        refused(&kit, format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}").as_bytes(), &[0, 400, 413]);
    }
    assert_eq!(kit.events(), events, "none of them made a team");
    let fine = kit.raw(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    assert!(fine.starts_with("HTTP/1.1 201"), "the same in order is fine: {fine}");
}

#[test]
fn a_head_that_is_no_head_is_refused() {
    let kit = Kit::start();
    let key = stranger("sk_live_");
    for (bytes, statuses) in [
        (format!("GET /v1/me HTTP/1.1\r\nConnection: close\r\nX: {key}\r\n\r\n"), [400, 401]),
        ("GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: a\rb\r\n\r\n".into(), [400, 400]),
        ("GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: a\0b\r\n\r\n".into(), [400, 400]),
        ("GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nbad name: x\r\n\r\n".into(), [400, 400]),
        ("GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nno colon\r\n\r\n".into(), [400, 400]),
        (format!("GET /v1/me?{key} HTTP/9.9\r\nHost: x\r\n\r\n"), [400, 505]),
        (format!("GET /{key}\r\n\r\n"), [400, 400]),
        ("GET  /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(), [400, 401]),
        ("\r\n\r\nhello\r\n\r\n".into(), [400, 400]),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n".into(), [400, 400]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), [400, 400]),
        ("GET http://elsewhere.example/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(), [401, 404]),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(), [400, 404]),
        ("CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(), [400, 404]),
        ("TRACE /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nMax-Forwards: 0\r\n\r\n".into(), [405, 405]),
    ] {
        let answer = kit.raw(bytes.as_bytes());
        assert!(!answer.contains(&key[8..30]), "{answer}");
        refused(&kit, bytes.as_bytes(), &statuses);
    }
}

#[test]
fn long_headers_are_read_or_refused_and_believed_by_nobody() {
    let kit = Kit::start();
    let head = |name: &str, value: &str| {
        format!(
            "GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n{name}: {value}\r\n\r\n",
            kit.admin
        )
    };
    for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Cookie", "User-Agent", "X-Request-Id"] {
        refused(&kit, head(name, &"127.0.0.1, ".repeat(1_000)).as_bytes(), &[200]);
    }
    refused(&kit, head("X-Long", &"x".repeat(2 << 20)).as_bytes(), &[0, 400, 431]);
    let many = "X-Other: x\r\n".repeat(500);
    refused(&kit, head("X-Many", &format!("x\r\n{many}")).as_bytes(), &[0, 200, 400, 431]);
    let long_key = format!(
        "GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        "x".repeat(10_000)
    );
    refused(&kit, long_key.as_bytes(), &[401]);
    let long_path = format!("GET /v1/users/{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x".repeat(20_000));
    refused(&kit, long_path.as_bytes(), &[401, 404]);
}

#[test]
fn a_head_is_whole_within_five_seconds_and_128_kib_or_is_none() {
    let kit = crate::gateway::kit(&[]);
    let whole = |path: &str, filled: usize| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: {}\r\nX-Long: {}\r\n\r\n",
            kit.admin,
            "x".repeat(filled)
        )
    };
    let paths = ["/v1/me", "/v1/forward-auth/nginx"];
    for path in paths {
        let fits = kit.raw(whole(path, 100 * 1024).as_bytes());
        assert!(fits.starts_with("HTTP/1.1 200") || fits.starts_with("HTTP/1.1 403"), "{path}: {fits}");
        for length in [140 * 1024, 1024 * 1024] {
            refused(&kit, whole(path, length).as_bytes(), &[0, 400, 431]);
        }
    }
    // To the middle of a line, of a name, and before the empty line; all at once, because each waits for as long as the server does.
    std::thread::scope(|scope| {
        for head in paths.map(|path| whole(path, 10)) {
            for end in [3, 30, head.len() - 20, head.len() - 2] {
                let (kit, half) = (&kit, head[..end].to_owned());
                scope.spawn(move || {
                    let answer = kit.raw_to_the_end(half.as_bytes());
                    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{half:?}: {answer}");
                });
            }
        }
    });
    alive(&kit);
}

#[test]
fn a_line_that_ends_early_is_no_second_request() {
    let kit = crate::gateway::kit(&[]);
    let events = kit.events();
    let smuggled = format!(
        "POST /v1/teams HTTP/1.1\nHost: x\nAuthorization: Bearer {}\nContent-Type: application/json\nContent-Length: 12\n\n{{\"name\":\"x\"}}",
        kit.admin
    );
    for (line, more) in [
        ("GET /healthz HTTP/1.1\n", "Host: x\r\n"),
        ("GET /healthz HTTP/1.1\r\n", "Host: x\nX-API-Key: garbage\n"),
        ("GET /healthz HTTP/1.1\r\n", "Host: x\r\nX-Long: a\n b\r\n"),
        ("GET /healthz HTTP/1.1\r\n", "Host: x\r\nContent-Length: 0\n\r\n"),
    ] {
        let body = format!("Content-Length: {}\r\n\r\n{smuggled}", smuggled.len());
        let answer = kit.raw(format!("{line}{more}Connection: close\r\n{body}").as_bytes());
        assert!(answer.matches("HTTP/1.1 2").count() <= 1, "one of them at most is answered: {answer}");
        alive(&kit);
    }
    // A body that nobody reads is not read as the next request either, on a connection that stays.
    for path in ["/healthz", "/v1/forward-auth/nginx"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", smuggled.len());
        let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let answer = kit.raw_to_the_end(format!("{head}{smuggled}{last}").as_bytes());
        assert!(answer.matches("HTTP/1.1 ").count() <= 2, "{answer}");
    }
    assert_eq!(kit.events(), events, "none of them made a team");
}

#[test]
fn an_address_that_a_header_claims_is_not_the_callers() {
    let kit = Kit::start();
    let call = crate::client::Call::new("POST", "/v1/teams").bearer(&kit.admin).json(&json!({ "name": "Acme" }));
    let claims = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"];
    kit.call(claims.iter().fold(call, |call, name| call.header(name, "203.0.113.9"))).expect(201);
    let events = kit.get(&kit.admin, "/v1/audit-events?limit=1").expect(200);
    assert_eq!(events.str("/data/0/address"), "127.0.0.1");
}

#[test]
fn who_goes_away_in_the_middle_changes_nothing() {
    let kit = Kit::start();
    let events = kit.events();
    let head = format!(
        "POST /v1/teams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
        kit.admin
    );
    for bytes in [
        format!("{head}Content-Length: 20\r\n\r\n{{\"name\":"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n14\r\n{{\"name\": \"sm"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n14\r\n{{\"name\": \"smuggled\"}}\r\n"),
        format!("{head}Content-Length: 20\r\n\r\n"),
        "GET /v1/me HT".to_owned(),
        String::new(),
    ] {
        let answer = kit.raw_and_gone(bytes.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{bytes}: {answer}");
        alive(&kit);
    }
    assert_eq!(kit.events(), events);
}

#[test]
fn many_requests_on_one_connection_are_answered_in_order() {
    let kit = Kit::start();
    let one =
        |path: &str, close: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {}\r\n{close}\r\n", kit.admin);
    let all = [one("/v1/me", ""), one("/v1/nothing", ""), one("/healthz", ""), one("/v1/me", "Connection: close\r\n")]
        .concat();
    let answer = kit.raw_to_the_end(all.as_bytes());
    let statuses: Vec<&str> = answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "404", "200", "200"]);
}
