//! The pages that the server writes itself, and where all pages lead: what they are made of, whom they answer, and what stands in their place
//! in a build without Node.

use crate::client::Call;
use crate::kit::{Kit, NOBODY};
use crate::oidc::{Begun, Stage, parameter};
use crate::ui::{SCREENS, screens};

#[test]
fn a_build_without_node_says_so_on_every_page_and_how_to_get_a_whole_one() {
    let kit = Kit::start();
    for path in SCREENS.into_iter().chain(["/portal", "/portal/code"]) {
        let page = kit.get(NOBODY, path).expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.header("cache-control"), Some("no-store"), "what is built tomorrow is seen tomorrow");
        assert!(page.text.contains("make build") && page.text.contains("href=\"/docs\""), "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        let inline = [" style=", "<style", " onclick=", " onsubmit=", "javascript:", "<script"];
        assert!(inline.iter().all(|word| !page.text.contains(word)), "{path}");
    }
    kit.get(NOBODY, "/embed/v1/keystead.js").fails(404, "not_found");
    kit.get(NOBODY, "/assets/try.js").fails(404, "not_found");
}

#[test]
fn a_page_answers_to_the_name_of_this_server_and_links_to_it_may_stand_anywhere() {
    for kit in [Kit::with(&[URL]), Kit::with_ui(screens(), &[URL])] {
        let open = |path: &str, host: &str| {
            kit.call(Call::new("GET", path).header("Host", host).header("Sec-Fetch-Site", "cross-site"))
        };
        for path in SCREENS.into_iter().chain(["/portal", "/portal/code"]) {
            open(path, "keys.example.com").expect(200);
            open(path, "keys.example.net").fails(421, "misdirected");
        }
    }
}

const URL: (&str, &str) = ("http.public_url", "https://keys.example.com");

#[test]
fn behind_a_path_every_link_of_every_page_goes_through_it() {
    let kit = Kit::with(&[("http.public_url", "https://example.com/keystead/")]);
    let get = |path: &str| kit.call(Call::new("GET", path).header("Host", "example.com")).expect(200);
    for path in ["/", "/account", "/docs", "/docs/keys", "/docs/api"] {
        let page = get(path);
        let links = page.text.split(" href=\"").skip(1).chain(page.text.split(" src=\"").skip(1));
        let links: Vec<&str> = links.filter_map(|rest| rest.split('"').next()).collect();
        assert!(links.len() > 3, "{path}");
        for link in links.iter().filter(|link| link.starts_with('/')) {
            assert!(link.starts_with("/keystead/"), "{path} leads to {link}");
        }
    }
    let api = get("/docs/api").text;
    assert!(api.contains("data-path=\"/keystead/v1/api-keys/verify\""), "what the page calls is there, too");
    assert!(api.contains("curl https://example.com/keystead/v1/api-keys/verify"));
}

#[test]
fn the_cookie_of_a_server_behind_a_path_is_for_the_path_alone_where_browsers_let_it() {
    for (url, path) in [
        ("http://example.com", "Path=/"),
        ("http://example.com/keystead", "Path=/keystead"),
        // `__Host-` takes no other path (RFC 6265bis section 4.1.3.2).
        ("https://example.com/keystead", "Path=/"),
    ] {
        let kit = Kit::with(&[("http.public_url", url)]);
        let maya = kit.user("maya");
        let host = Call::new("DELETE", "/v1/sessions/current").header("Host", "example.com");
        let name = if url.starts_with("https") { "__Host-keystead" } else { "keystead" };
        let token = kit.session(&maya);
        let ended = kit.call(host.ours().header("Cookie", &format!("{name}={token}"))).expect(200);
        assert!(ended.cookie().split("; ").any(|part| part == path), "{url}: {}", ended.cookie());
    }
}

#[test]
fn behind_a_path_the_browser_comes_back_through_it() {
    let stage = Stage::set(&[("http.public_url", "http://example.com/keystead"), ("oidc.create_users", "true")]);
    let call = |path: &str| Call::new("GET", path).header("Host", "example.com");
    let begun = Begun::read(&stage.kit.call(call("/v1/oidc/start?return_to=/keys")).expect(302));
    assert_eq!(parameter(&begun.url, "redirect_uri"), "http://example.com/keystead/v1/oidc/callback");
    stage.rogue.give(&stage.signer.sign(&stage.claims(&begun)));
    let back = call(&format!("/v1/oidc/callback?code=a-code&state={}", begun.state)).header("Cookie", &begun.cookie);
    assert_eq!(stage.kit.call(back).expect(302).header("location"), Some("/keystead/keys"));
    let refused = stage.kit.call(call("/v1/oidc/callback?code=a&state=b")).expect(302);
    assert_eq!(refused.header("location"), Some("/keystead/sign-in/not_begun"));
}
