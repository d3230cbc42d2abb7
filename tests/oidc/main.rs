//! Sign-in against a real provider: the certified `oidc-provider` of npm, one for each test. What a good provider never sends is in
//! tests/http/oidc.rs. Needs Node, and fails without it.

#[path = "../http/client.rs"]
#[allow(dead_code, reason = "the kit of another binary: not all of it is used here")]
mod client;
#[path = "../http/kit.rs"]
#[allow(dead_code, reason = "the kit of another binary: not all of it is used here")]
mod kit;
#[path = "../http/promise.rs"]
mod promise;
mod provider;
#[path = "../http/watch.rs"]
mod watch;
#[path = "../http/world.rs"]
#[allow(dead_code, reason = "the kit of another binary: not all of it is used here")]
mod world;

use keystead::base::Clock;
use serde_json::{Value, json};

use client::Call;
use kit::Kit;
use provider::{Browser, CLIENT, Provider, SECRET};

/// A server whose clock is the provider's, and the provider.
fn pair(settings: &[(&'static str, &str)], method: &str) -> (Kit, Provider) {
    let mut provider = Provider::start();
    let secret = if method == "none" { "" } else { SECRET };
    let mut all =
        vec![("oidc.issuer", provider.issuer.as_str()), ("oidc.client_id", CLIENT), ("oidc.client_secret", secret)];
    all.extend(settings.iter().copied());
    let kit = Kit::with_clock(Clock::fixed(Clock::system().now_ms()), &all);
    provider.register(&kit, method);
    (kit, provider)
}

fn maya() -> Value {
    json!({ "sub": "maya-1", "name": "Maya", "email": "maya@example.com", "email_verified": true })
}

#[test]
fn somebody_new_signs_in_and_is_the_same_person_the_next_time() {
    let (kit, provider) = pair(&[("oidc.create_users", "true")], "client_secret_basic");
    let mut browser = Browser::new(&kit, &provider);
    assert_eq!(browser.sign_in(&maya()), "/keys");
    let session = browser.session().expect("a session").to_owned();
    let me = kit.get(&session, "/v1/me").expect(200);
    assert_eq!((me.str("/data/type"), me.str("/data/user/name")), ("person", "Maya"));
    assert_eq!((me.str("/data/user/email"), me.str("/data/user/role")), ("maya@example.com", "member"));
    let user = me.str("/data/user/id").to_owned();

    let mut elsewhere = Browser::new(&kit, &provider);
    let renamed = json!({ "sub": "maya-1", "name": "Maya Q.", "email": "other@example.com", "email_verified": true });
    assert_eq!(elsewhere.sign_in(&renamed), "/keys");
    let again = kit.get(elsewhere.session().expect("a session"), "/v1/me").expect(200);
    assert_eq!(again.str("/data/user/id"), user, "a person is who the subject says");
    assert_eq!(again.str("/data/user/email"), "maya@example.com", "and keeps the address they have here");
    let events = kit.get(&kit.admin, &format!("/v1/audit-events?subject={user}")).expect(200);
    let mut actions: Vec<&str> =
        events.json["data"].as_array().expect("events").iter().filter_map(|event| event["action"].as_str()).collect();
    actions.reverse();
    assert_eq!(actions, ["user.created", "identity.linked", "session.created", "session.created"]);
    let issuer = kit.get(&session, "/v1/me/identities").expect(200);
    assert_eq!(issuer.str("/data/0/issuer"), provider.issuer);
}

#[test]
fn a_public_client_signs_people_in_by_pkce_alone() {
    let (kit, provider) = pair(&[("oidc.create_users", "true")], "none");
    assert_eq!(Browser::new(&kit, &provider).sign_in(&maya()), "/keys");
}

#[test]
fn nobody_unknown_becomes_a_user_unless_the_operator_says_so() {
    let (kit, provider) = pair(&[], "client_secret_basic");
    let mut browser = Browser::new(&kit, &provider);
    assert_eq!(browser.sign_in(&maya()), "/sign-in/unknown_account");
    assert_eq!(browser.session(), None);
    assert_eq!(kit.number("SELECT COUNT(*) FROM users"), 0);
}

#[test]
fn cancelling_at_the_provider_ends_on_a_page_of_ours() {
    let (kit, provider) = pair(&[("oidc.create_users", "true")], "client_secret_basic");
    let mut browser = Browser::new(&kit, &provider);
    let cancelled = json!({ "error": "access_denied", "error_description": "<b>echo</b>" });
    assert_eq!(browser.sign_in(&cancelled), "/sign-in/denied");
    let page = browser.here(Call::new("GET", "/sign-in/denied")).expect(200);
    assert!(page.text.contains("cancelled") && !page.text.contains("echo"), "{}", page.text);
}

#[test]
fn a_person_links_the_account_and_signs_in_with_it_from_then_on() {
    let (kit, provider) = pair(&[], "client_secret_basic");
    let user = kit.user("maya");
    let mut browser = Browser::new(&kit, &provider);
    let session = kit.session(&user);
    let begun = kit.post(&session, "/v1/me/identities/start?return_to=/account", &json!({})).expect(200);
    let flow = begun.header("set-cookie").expect("a cookie").split(';').next().expect("a value").to_owned();
    let (name, value) = flow.split_once('=').expect("a name");
    browser.put(name, value);
    browser.put("keystead", &session);
    assert_eq!(browser.follow(begun.str("/data/url"), &maya()), "/account");

    let mut elsewhere = Browser::new(&kit, &provider);
    assert_eq!(elsewhere.sign_in(&maya()), "/keys");
    let me = kit.get(elsewhere.session().expect("a session"), "/v1/me").expect(200);
    assert_eq!(me.str("/data/user/id"), user);
}

#[test]
fn a_suspended_person_is_not_signed_in() {
    let (kit, provider) = pair(&[("oidc.create_users", "true")], "client_secret_basic");
    let mut browser = Browser::new(&kit, &provider);
    browser.sign_in(&maya());
    let user = kit.get(browser.session().expect("a session"), "/v1/me").expect(200).str("/data/user/id").to_owned();
    kit.suspend(&user);
    let mut again = Browser::new(&kit, &provider);
    assert_eq!(again.sign_in(&maya()), "/sign-in/account_closed");
    assert_eq!(again.session(), None);
}

#[test]
fn only_a_fresh_sign_in_counts_as_the_password() {
    let (kit, provider) = pair(&[("oidc.create_users", "true")], "client_secret_basic");
    let mut browser = Browser::new(&kit, &provider);
    browser.sign_in(&maya());
    let confirmed = |session: &str| kit.get(session, "/v1/me").expect(200).json["data"]["session"]["confirmed"].clone();
    assert_eq!(confirmed(browser.session().expect("a session")), false, "the provider may have remembered them");
    assert_eq!(browser.walk("/v1/oidc/start?return_to=/keys&fresh=true", &maya()), "/keys");
    assert_eq!(confirmed(browser.session().expect("a session")), true);
}

#[test]
fn groups_at_the_provider_are_membership_in_the_mapped_teams_on_each_sign_in() {
    let mapping = r#"[{ group = "eng", team = "acme", role = "member", permissions = ["$manage_api_keys"] },
        { group = "leads", team = "acme", role = "admin" }, { group = "eng", team = "not here", role = "member" }]"#
        .replace('\n', " ");
    let settings = [
        ("oidc.create_users", "true"),
        ("oidc.group_claim", "groups"),
        ("oidc.scopes", r#"["email", "profile", "groups"]"#),
        ("oidc.groups", mapping.as_str()),
    ];
    let (kit, provider) = pair(&settings, "client_secret_basic");
    let team = |external: &str| {
        let body = json!({ "name": external, "external_id": external });
        kit.post(&kit.admin, "/v1/teams", &body).expect(201).str("/data/id").to_owned()
    };
    let (acme, other) = (team("acme"), team("other"));
    let sign_in = |groups: Value| {
        let mut claims = maya();
        claims["groups"] = groups;
        let mut browser = Browser::new(&kit, &provider);
        assert_eq!(browser.sign_in(&claims), "/keys");
        let me = kit.get(browser.session().expect("a session"), "/v1/me").expect(200);
        (me.str("/data/user/id").to_owned(), me.json["data"]["teams"].clone(), me.str("/data/user/role").to_owned())
    };
    let (user, teams, role) = sign_in(json!(["eng", "keystead-admins"]));
    let member = json!({ "id": acme, "name": "acme", "role": "member", "permissions": ["$manage_api_keys"], "scopes_grantable": [] });
    assert_eq!(teams, json!([member]));
    assert_eq!(role, "member", "no group makes an admin of the instance");
    let join =
        "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, 'member', '[]', 0)";
    kit.run(join, vec![other.clone(), user]);
    let (_, teams, _) = sign_in(json!("leads"));
    assert_eq!(
        teams[0]["permissions"].as_array().map(Vec::len),
        Some(6),
        "an admin of the team may do everything there"
    );
    let (_, teams, _) = sign_in(json!([]));
    let ids: Vec<&Value> = teams.as_array().expect("teams").iter().map(|team| &team["id"]).collect();
    assert_eq!(
        ids,
        [&json!(acme), &json!(other)],
        "a team's last admin stays, and a team that is not mapped is left alone"
    );
    let admin = kit.user("another admin");
    let admit =
        "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, 'admin', '[]', 0)";
    kit.run(admit, vec![acme, admin]);
    let (_, teams, _) = sign_in(json!([]));
    assert_eq!(teams.as_array().map(Vec::len), Some(1), "with another admin there, they are out");
}
