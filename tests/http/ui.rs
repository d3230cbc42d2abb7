//! The browser's part as it is served: which address answers which file, for how long it may be kept, in which form it is sent, and who may
//! frame an embedded panel. With files of the tests' own, so that it does not matter what was built; the last test looks at that.

use keystead::http::Files;
use serde_json::json;

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY};

/// Every address of the console.
pub const SCREENS: [&str; 20] = [
    "/",
    "/setup",
    "/invitation",
    "/sign-in",
    "/account",
    "/account/sessions",
    "/keys",
    "/keys/key_01k9zzzzzzzzzzzzzzzzzzzzzz",
    "/teams",
    "/teams/team_01k9zzzzzzzzzzzzzzzzzzzzzz",
    "/teams/team_01k9zzzzzzzzzzzzzzzzzzzzzz/members",
    "/users",
    "/users/user_01k9zzzzzzzzzzzzzzzzzzzzzz",
    "/users/user_01k9zzzzzzzzzzzzzzzzzzzzzz/teams",
    "/usage",
    "/audit",
    "/leaks",
    "/leaks/leak_01k9zzzzzzzzzzzzzzzzzzzzzz",
    "/settings",
    "/settings/roles",
];

/// A browser's part as `ui/build.mjs` lays it out. What stands for compressed bytes is text, so that a test can read it.
pub fn screens() -> Files {
    Files::none()
        .with("console/index.html", "<meta content=\"{{base}}\"><script src=\"{{base}}/assets/console-A1B2C3D4.js\">")
        .with("portal/index.html", "<meta content=\"{{base}}\">panel")
        .with("assets/console-A1B2C3D4.js", "console as it is")
        .with("assets/console-A1B2C3D4.js.br", "console in brotli")
        .with("assets/console-A1B2C3D4.js.gz", "console in gzip")
        .with("assets/console-E5F6A7B8.css", "style")
        .with("assets/notes.txt", "of a kind that is not served")
        .with("embed/v1/keystead.js", "element")
        .with("embed/v1/keystead.js.br", "element in brotli")
        .with("try.js", "try")
}

const SCRIPT: &str = "/assets/console-A1B2C3D4.js";
const APP: &str = "https://app.example.com";

fn policy(answer: &Answer) -> &str {
    answer.header("content-security-policy").expect("a policy")
}

fn ask(kit: &Kit, path: &str, name: &str, value: &str) -> Answer {
    kit.call(Call::new("GET", path).header(name, value))
}

#[test]
fn every_address_of_the_console_is_one_page_that_is_asked_for_anew_each_time() {
    let kit = Kit::with_ui(screens(), &[]);
    for path in SCREENS {
        let page = kit.get(NOBODY, path).expect(200);
        assert!(page.text.contains("<script src=\"/assets/console-A1B2C3D4.js\">"), "{path}: {}", page.text);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.header("cache-control"), Some("no-cache"));
        assert!(policy(&page).ends_with("frame-ancestors 'none'") && !policy(&page).contains("unsafe"), "{path}");
        let tag = page.header("etag").expect("an entity tag");
        let again = ask(&kit, path, "If-None-Match", tag).expect(304);
        assert!(again.text.is_empty() && again.header("etag") == Some(tag), "{path}");
        assert_eq!(again.header("cache-control"), Some("no-cache"));
        ask(&kit, path, "If-None-Match", "\"of-another-build\"").expect(200);
    }
    for nowhere in ["/console", "/keys/a/b", "/account/a/b", "/index.html", "/console/index.html", "/teams/a/b/c"] {
        kit.get(NOBODY, nowhere).fails(404, "not_found");
    }
}

#[test]
fn a_page_knows_the_path_that_a_proxy_takes_off() {
    let kit = Kit::with_ui(screens(), &[("http.public_url", "https://example.com/keystead")]);
    let page = kit.call(Call::new("GET", "/keys").header("Host", "example.com")).expect(200);
    assert!(page.text.contains("<meta content=\"/keystead\"><script src=\"/keystead/assets/"), "{}", page.text);
    let here = Kit::with_ui(screens(), &[]).get(NOBODY, "/keys").expect(200);
    assert_ne!(here.header("etag"), page.header("etag"), "another path is another page");
}

#[test]
fn a_file_is_kept_for_as_long_as_its_name_means_it() {
    let kit = Kit::with_ui(screens(), &[]);
    for (path, kept, media_type) in [
        (SCRIPT, "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"),
        ("/assets/console-E5F6A7B8.css", "public, max-age=31536000, immutable", "text/css; charset=utf-8"),
        ("/assets/try.js", "no-cache", "text/javascript; charset=utf-8"),
        ("/assets/page.css", "no-cache", "text/css; charset=utf-8"),
        ("/assets/icon.svg", "no-cache", "image/svg+xml"),
        ("/embed/v1/keystead.js", "public, max-age=300, must-revalidate", "text/javascript; charset=utf-8"),
    ] {
        let file = kit.get(NOBODY, path).expect(200);
        assert_eq!(file.header("cache-control"), Some(kept), "{path}");
        assert_eq!(file.header("content-type"), Some(media_type), "{path}");
        assert_eq!(file.header("vary"), Some("Accept-Encoding"), "{path}");
        let tag = file.header("etag").expect("an entity tag");
        ask(&kit, path, "If-None-Match", &format!("\"another\", W/{tag}")).expect(304);
    }
    for none in [
        "/assets/console-A1B2C3D4.js.br",
        "/assets/console-A1B2C3D4.js.gz",
        "/assets/notes.txt",
        "/assets/index.html",
        "/assets/keystead.js",
        "/assets/assets%2Fconsole-A1B2C3D4.js",
        "/assets/..%2Ftry.js",
        "/assets/",
        "/embed/v1/other.js",
        "/embed/v1/keystead.js.br",
    ] {
        kit.get(NOBODY, none).fails(404, "not_found");
    }
}

#[test]
fn a_file_is_sent_in_the_form_that_the_client_wants_under_a_tag_of_its_own() {
    let kit = Kit::with_ui(screens(), &[]);
    let mut tags = Vec::new();
    for (accepted, coding, text) in [
        ("gzip, deflate, br, zstd", Some("br"), "console in brotli"),
        ("br;q=0, gzip", Some("gzip"), "console in gzip"),
        ("br;q=0, gzip;q=0", None, "console as it is"),
    ] {
        let file = ask(&kit, SCRIPT, "Accept-Encoding", accepted).expect(200);
        assert_eq!(file.header("content-encoding"), coding);
        assert_eq!(file.header("content-length"), Some(&*text.len().to_string()));
        assert_eq!((file.text.as_str(), file.header("vary")), (text, Some("Accept-Encoding")));
        let tag = file.header("etag").expect("an entity tag").to_owned();
        let know = Call::new("GET", SCRIPT).header("Accept-Encoding", accepted).header("If-None-Match", &tag);
        let again = kit.call(know).expect(304);
        assert_eq!((again.header("etag"), again.header("content-encoding")), (Some(&*tag), None));
        tags.push(tag);
    }
    assert_eq!(
        kit.get(NOBODY, SCRIPT).expect(200).header("etag"),
        Some(&*tags[2]),
        "whoever says nothing gets it whole"
    );
    let other = Call::new("GET", SCRIPT).header("Accept-Encoding", "gzip").header("If-None-Match", &tags[0]);
    kit.call(other).expect(200);
    tags.dedup();
    assert_eq!(tags.len(), 3);
    // What was not worth compressing goes as it is.
    assert_eq!(ask(&kit, "/assets/try.js", "Accept-Encoding", "br").expect(200).header("content-encoding"), None);
}

#[test]
fn the_panels_script_and_nothing_else_is_for_pages_of_every_site() {
    let kit = Kit::with_ui(screens(), &[]);
    let script = ask(&kit, "/embed/v1/keystead.js", "Origin", APP).expect(200);
    assert_eq!(script.header("access-control-allow-origin"), Some("*"));
    assert_eq!(script.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(script.header("access-control-allow-credentials"), None);
    for path in [SCRIPT, "/assets/page.css", "/", "/portal", "/docs"] {
        let answer = ask(&kit, path, "Origin", APP).expect(200);
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")), "{path}");
    }
}

/// The code of a link to a new panel.
fn code(kit: &Kit, opener: &str, user: &str, settings: &serde_json::Value) -> String {
    let opened = kit.post(opener, &format!("/v1/users/{user}/portal-sessions"), settings).expect(201);
    opened.str("/data/url").rsplit('/').next().expect("a code").to_owned()
}

#[test]
fn only_pages_of_the_origin_that_a_panel_was_opened_for_may_frame_it() {
    let kit = Kit::with_ui(screens(), &[]);
    let user = kit.user("maya");
    let of = |settings| code(&kit, &kit.admin, &user, &settings);
    let page = |code: &str| kit.get(NOBODY, &format!("/portal/{code}")).expect(200);
    let framed = of(json!({ "allowed_origin": APP }));
    for _ in 0..2 {
        let page = page(&framed);
        assert!(page.text.ends_with("panel"));
        assert!(policy(&page).ends_with(&format!("; frame-ancestors {APP}")), "{}", policy(&page));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!((page.header("etag"), page.header("x-frame-options")), (None, None));
    }
    for nobodys in [of(json!({})), "x".repeat(43), "x".repeat(5_000), "test_".into(), "%22%3B".into()] {
        assert!(policy(&page(&nobodys)).ends_with("frame-ancestors 'none'"), "{nobodys}");
    }
    let bare = kit.get(NOBODY, "/portal").expect(200);
    assert!(bare.text.ends_with("panel") && policy(&bare).ends_with("frame-ancestors 'none'"));
    assert_eq!(bare.header("cache-control"), Some("no-store"));
    // It was looked at twice, and is good for an exchange still; after that, for no frame.
    let exchange = Call::new("POST", "/v1/portal-sessions/exchange").json(&json!({ "code": framed }));
    kit.call(exchange).expect(200);
    assert!(policy(&page(&framed)).ends_with("frame-ancestors 'none'"));
    let late = of(json!({ "allowed_origin": APP }));
    kit.clock.advance_ms(60_000);
    assert!(policy(&page(&late)).ends_with("frame-ancestors 'none'"));
}

#[test]
fn a_panel_of_the_sandbox_is_framed_by_its_own_origin() {
    let kit = Kit::with_ui(screens(), &[]);
    let tester = kit.backend_in(keystead::config::Environment::Test, &["keystead:admin"], None).secret;
    let made = kit.post(&tester, "/v1/users", &json!({ "external_id": "maya" })).expect(201);
    let code = code(&kit, &tester, made.str("/data/id"), &json!({ "allowed_origin": APP }));
    assert!(code.starts_with("test_"));
    let page = kit.get(NOBODY, &format!("/portal/{code}")).expect(200);
    assert!(policy(&page).ends_with(&format!("frame-ancestors {APP}")), "{}", policy(&page));
}

#[test]
fn whatever_was_built_into_this_binary_is_whole() {
    let kit = Kit::with_ui(Files::built(), &[("http.public_url", "https://example.com/keystead")]);
    for path in ["/", "/portal"] {
        let page = kit.call(Call::new("GET", path).header("Host", "example.com")).expect(200);
        assert!(!page.text.contains("{{"), "{path}: {}", page.text);
        let links = page.text.split(" href=\"").skip(1).chain(page.text.split(" src=\"").skip(1));
        for link in links.filter_map(|rest| rest.split('"').next()) {
            let here = link.strip_prefix("/keystead").unwrap_or_else(|| panic!("{path} leads to {link}"));
            kit.call(Call::new("GET", here).header("Host", "example.com")).expect(200);
        }
    }
}
