//! What pages of other sites may ask of this server and read of its answers: those of the origin that a living panel was made for, with
//! that panel's token, and nothing else.

use serde_json::json;

use crate::client::{Answer, Call};
use crate::kit::{Kit, stranger};
use crate::world::keys_of;

const APP: &str = "https://app.example.com";
const OTHER: &str = "https://other.example.com";

fn preflight(kit: &Kit, origin: &str, path: &str) -> Answer {
    let call = Call::new("OPTIONS", path).header("Origin", origin).header("Access-Control-Request-Method", "POST");
    kit.call(call.header("Access-Control-Request-Headers", "authorization,content-type"))
}

fn from(kit: &Kit, origin: &str, token: &str, path: &str) -> Answer {
    kit.call(Call::new("GET", path).bearer(token).header("Origin", origin))
}

fn panel(kit: &Kit, user: &str, origin: &str) -> String {
    kit.panel(user, &json!({ "allowed_origin": origin }))
}

/// Nothing in the answer lets a page of another site read it.
fn closed(answer: &Answer) {
    assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")), "{:?}", answer.headers);
}

/// A page of the origin reads it, and sends no cookie with its request.
fn open_to(answer: &Answer, origin: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{:?}", answer.headers);
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[test]
fn a_preflight_is_answered_for_the_origin_of_a_living_panel_only() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let paths =
        ["/v1/me", "/v1/users/me/api-keys", "/v1/api-keys/key_01k9zzzzzzzzzzzzzzzzzzzzzz/rotate", "/v1/nowhere"];
    for path in paths {
        closed(&preflight(&kit, APP, path).fails(403, "forbidden"));
    }
    let panel = panel(&kit, &user, APP);
    for path in paths {
        let answer = preflight(&kit, APP, path).expect(204);
        open_to(&answer, APP);
        let allowed = answer.header("access-control-allow-headers").expect("headers");
        assert_eq!(allowed, "Authorization, Content-Type, If-Match, Idempotency-Key");
        assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("PATCH")));
        for origin in [
            OTHER,
            "null",
            "*",
            "",
            "https://app.example.com:8443",
            "http://app.example.com",
            "https://APP.example.com",
        ] {
            closed(&preflight(&kit, origin, path).fails(403, "forbidden"));
        }
    }
    closed(&preflight(&kit, APP, "/docs"));
    closed(&kit.call(Call::new("OPTIONS", "/v1/me")).fails(405, "method_not_allowed"));
    kit.delete(&panel, "/v1/portal-sessions/current").expect(200);
    closed(&preflight(&kit, APP, "/v1/me").fails(403, "forbidden"));
}

#[test]
fn an_expired_panel_answers_no_preflight() {
    let kit = Kit::start();
    panel(&kit, &kit.user("maya"), APP);
    kit.clock.advance_ms(899_999);
    preflight(&kit, APP, "/v1/me").expect(204);
    kit.clock.advance_ms(1);
    closed(&preflight(&kit, APP, "/v1/me").fails(403, "forbidden"));
}

#[test]
fn a_panel_answers_pages_of_its_own_origin_and_refuses_all_others() {
    let kit = Kit::start();
    let (user, other) = (kit.user("maya"), kit.user("other"));
    let (mine, theirs, bare) = (panel(&kit, &user, APP), panel(&kit, &other, OTHER), kit.panel(&user, &json!({})));
    let answer = from(&kit, APP, &mine, "/v1/me").expect(200);
    open_to(&answer, APP);
    assert_eq!(answer.header("access-control-expose-headers"), Some("ETag, Retry-After"));
    open_to(&from(&kit, OTHER, &theirs, "/v1/me").expect(200), OTHER);
    for (origin, token) in [(OTHER, &mine), (APP, &theirs), (APP, &bare), ("null", &mine), ("*", &mine), ("", &mine)] {
        closed(&from(&kit, origin, token, "/v1/me").fails(403, "forbidden"));
    }
    let own = format!("http://{}", kit.address);
    for token in [&mine, &bare] {
        closed(&from(&kit, &own, token, "/v1/me").expect(200));
        closed(&kit.get(token, "/v1/me").expect(200));
    }
}

#[test]
fn a_page_reads_the_failures_of_its_panel_too() {
    let kit = Kit::start();
    let user = kit.user("maya");
    let token = panel(&kit, &user, APP);
    open_to(&from(&kit, APP, &token, "/v1/users").fails(403, "forbidden"), APP);
    open_to(&from(&kit, APP, &token, "/v1/api-keys/nonsense").fails(404, "not_found"), APP);
    let post = |body: &str| Call::new("POST", &keys_of("me")).bearer(&token).header("Origin", APP).body(body);
    open_to(&kit.call(post("{")).fails(415, "unsupported_media_type"), APP);
    open_to(&kit.call(post("{").header("Content-Type", "application/json")).fails(400, "invalid"), APP);
    let made = kit.call(post("").json(&json!({ "description": "n", "expires_at": null }))).expect(201);
    open_to(&made, APP);
    assert!(made.header("etag").is_some(), "and its ETag");
}

#[test]
fn a_page_reads_that_its_panel_has_ended_and_no_other_page_does() {
    let kit = Kit::start();
    let (user, admin) = (kit.user("maya"), kit.user("boss"));
    let (expired, of_boss) = (panel(&kit, &user, APP), panel(&kit, &admin, APP));
    kit.run("UPDATE users SET role = 'admin' WHERE id = $1", vec![admin]);
    open_to(&from(&kit, APP, &of_boss, "/v1/me").fails(401, "unauthenticated"), APP);
    kit.clock.advance_ms(900_000);
    open_to(&from(&kit, APP, &expired, "/v1/me").fails(401, "unauthenticated"), APP);
    closed(&from(&kit, OTHER, &expired, "/v1/me").fails(401, "unauthenticated"));
    // A token that is nobody's is told so where a living panel opens the origin at all.
    let unknown = format!("ptl_{}", "a".repeat(43));
    closed(&from(&kit, APP, &unknown, "/v1/me").fails(401, "unauthenticated"));
    let living = panel(&kit, &user, APP);
    open_to(&from(&kit, APP, &unknown, "/v1/me").fails(401, "unauthenticated"), APP);
    kit.delete(&living, "/v1/portal-sessions/current").expect(200);
    open_to(&from(&kit, APP, &living, "/v1/me").fails(401, "unauthenticated"), APP);
}

#[test]
fn no_page_of_another_site_reads_an_answer_to_a_key_or_a_session() {
    let kit = Kit::start();
    let user = kit.user("maya");
    panel(&kit, &user, APP);
    let key = kit.key(&user, json!({}));
    closed(&from(&kit, APP, &key.secret, "/v1/me").expect(200));
    closed(&from(&kit, APP, &kit.admin, "/v1/me").expect(200));
    closed(&from(&kit, APP, &stranger("sk_live_"), "/v1/me").fails(401, "unauthenticated"));
    closed(&from(&kit, APP, "", "/v1/me").fails(401, "unauthenticated"));
    closed(&from(&kit, APP, &kit.session(&user), "/v1/me").fails(403, "forbidden"));
}

#[test]
fn an_allowed_origin_is_one_as_browsers_send_it() {
    let kit = Kit::start();
    let user = kit.user("maya");
    for fine in [APP, "http://localhost:3000", "https://[::1]:8443"] {
        kit.open_panel(&user, &json!({ "allowed_origin": fine })).expect(201);
    }
    for wrong in [
        "*",
        "null",
        "",
        "app.example.com",
        "https://app.example.com/",
        "https://App.example.com",
        "https://*.example.com",
        "ftp://app.example.com",
        "https://app.example.com:443",
    ] {
        kit.open_panel(&user, &json!({ "allowed_origin": wrong })).fails(422, "unprocessable").at("/allowed_origin");
    }
}
