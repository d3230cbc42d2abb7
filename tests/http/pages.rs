//! The pages for people: what they are made of, and whom they answer.

use crate::client::Call;
use crate::kit::{Kit, NOBODY};

const PAGES: [&str; 4] = ["/setup", "/invitation", "/sign-in", "/account"];

#[test]
fn a_page_holds_no_script_and_no_style_of_its_own() {
    let kit = Kit::start();
    for path in PAGES {
        let page = kit.get(NOBODY, path).expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let inline = [" style=", "<style", " onclick=", " onsubmit=", "javascript:", "<script>"];
        assert!(inline.iter().all(|word| !page.text.contains(word)), "{path}");
        // A build without Node says what is missing, and how to get it.
        let works = page.text.contains("<script src=\"/assets/account.js\" defer></script>");
        assert!(works || page.text.contains("make build"), "{path}");
        if works {
            let labelled = page.text.matches("<input").count() == page.text.matches("<label").count();
            assert!(labelled, "{path}: every field has a label");
            kit.get(NOBODY, "/assets/account.js").expect(200);
        }
    }
}

#[test]
fn a_page_answers_to_the_name_of_this_server_and_links_to_it_may_stand_anywhere() {
    let kit = Kit::with(&[("http.public_url", "https://keys.example.com")]);
    let open = |path: &str, host: &str| {
        kit.call(Call::new("GET", path).header("Host", host).header("Sec-Fetch-Site", "cross-site"))
    };
    for path in PAGES {
        open(path, "keys.example.com").expect(200);
        open(path, "keys.example.net").fails(421, "misdirected");
    }
}
