//! Sign-in with a provider that lies, or that somebody stands in front of. Each lie is one line of a table; the good sign-in beside it proves
//! that the line fails for the lie alone. The good provider is in tests/oidc/.

use keystead::base::clock::{DAY_MS, SECOND_MS};
use keystead::event::{Act, Actor};
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, START, wait};
use crate::rogue::{Rogue, Signer, base64url, hmac_signed, unsigned};

const CLIENT: &str = "keystead";
const SECRET: &str = "a secret of the tests";
const PASSWORD: &str = "tall trees by the lake";

/// What is not true, and how it is told.
type Lie<'a> = (&'static str, &'a dyn Fn(&mut Value));
/// A signature that is not the provider's.
type Forgery<'a> = (&'static str, &'a dyn Fn(&Value) -> String);

struct Stage {
    kit: Kit,
    rogue: Rogue,
    signer: Signer,
}

/// What one browser has begun.
struct Begun {
    url: String,
    cookie: String,
    state: String,
    nonce: String,
}

impl Stage {
    fn set(settings: &[(&'static str, &str)]) -> Self {
        let signer = Signer::new("one");
        let rogue = Rogue::start(&signer);
        let mut all =
            vec![("oidc.issuer", rogue.issuer.as_str()), ("oidc.client_id", CLIENT), ("oidc.client_secret", SECRET)];
        all.extend(settings.iter().copied());
        let kit = Kit::with(&all);
        Self { kit, rogue, signer }
    }

    fn open() -> Self {
        Self::set(&[("oidc.create_users", "true")])
    }

    fn begin(&self) -> Begun {
        Begun::read(&self.kit.get(NOBODY, "/v1/oidc/start?return_to=/keys").expect(302))
    }

    /// Claims that are true of Maya, for what was begun.
    fn claims(&self, begun: &Begun) -> Value {
        let now_s = self.kit.clock.now_ms() / 1_000;
        json!({ "iss": self.rogue.issuer, "sub": "maya-1", "aud": CLIENT, "nonce": begun.nonce, "iat": now_s, "exp": now_s + 300,
            "name": "Maya", "email": "maya@example.com", "email_verified": true })
    }

    fn back(&self, begun: &Begun, query: &str) -> Answer {
        let call = Call::new("GET", &format!("/v1/oidc/callback?{query}")).header("Cookie", &begun.cookie);
        self.kit.call(call.header("Sec-Fetch-Site", "cross-site"))
    }

    /// Comes back with this token. Answers where the browser ends, and whether it is in a session then.
    fn with_token(&self, begun: &Begun, token: &str) -> (String, bool) {
        self.rogue.give(token);
        ends(&self.back(begun, &format!("code=a-code&state={}", begun.state)))
    }

    fn with_claims(&self, change: impl FnOnce(&mut Value)) -> (String, bool) {
        let begun = self.begin();
        let mut claims = self.claims(&begun);
        change(&mut claims);
        self.with_token(&begun, &self.signer.sign(&claims))
    }
}

impl Begun {
    fn read(answer: &Answer) -> Self {
        let url = answer.header("location").expect("a way to the provider").to_owned();
        let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().expect("a value").to_owned();
        Self { state: parameter(&url, "state"), nonce: parameter(&url, "nonce"), url, cookie }
    }
}

fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let value = found.next().unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned();
    assert!(found.next().is_none(), "{name} twice in {url}");
    value
}

fn ends(answer: &Answer) -> (String, bool) {
    let to = answer.header("location").unwrap_or_else(|| panic!("{}: {}", answer.asked, answer.text)).to_owned();
    let signed_in =
        answer.headers.iter().any(|(name, value)| name == "set-cookie" && value.starts_with("keystead=ses_"));
    (to, signed_in)
}

fn refused(code: &str) -> (String, bool) {
    (format!("/sign-in/{code}"), false)
}

fn good() -> (String, bool) {
    ("/keys".to_owned(), true)
}

#[test]
fn a_browser_is_sent_out_with_state_nonce_and_a_challenge_of_its_own() {
    let stage = Stage::open();
    let forged = Call::new("GET", "/v1/oidc/start").header("X-Forwarded-Host", "evil.example");
    let (one, other) = (stage.begin(), Begun::read(&stage.kit.call(forged).expect(302)));
    for begun in [&one, &other] {
        let of = |name| parameter(&begun.url, name);
        assert_eq!(of("redirect_uri"), format!("http://{}/v1/oidc/callback", stage.kit.address));
        assert_eq!((of("response_type"), of("code_challenge_method")), ("code".into(), "S256".into()));
        assert_eq!((of("client_id"), of("scope")), (CLIENT.into(), "openid email profile".into()));
        assert_eq!((of("state").len(), of("nonce").len(), of("code_challenge").len()), (64, 64, 43));
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&one.url, name), parameter(&other.url, name), "{name}");
    }
    let cookie = stage.kit.get(NOBODY, "/v1/oidc/start").expect(302).header("set-cookie").expect("a cookie").to_owned();
    for word in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this server is not reached by https");
    assert!(!cookie.contains(&one.state) && !cookie.contains("http"));
}

#[test]
fn under_https_the_cookie_of_a_sign_in_is_bound_to_the_host() {
    let stage = Stage::set(&[("http.public_url", "https://keys.example.com"), ("oidc.create_users", "true")]);
    let call = |path: &str| Call::new("GET", path).header("Host", "keys.example.com");
    let begun = stage.kit.call(call("/v1/oidc/start")).expect(302);
    let cookie = begun.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-keystead-oidc=") && cookie.contains("Secure"), "{cookie}");
    let url = begun.header("location").expect("a way").to_owned();
    assert_eq!(parameter(&url, "redirect_uri"), "https://keys.example.com/v1/oidc/callback");
    for path in ["/v1/oidc/start", "/v1/oidc/callback?code=a&state=b"] {
        stage.kit.get(NOBODY, path).fails(421, "misdirected");
    }
}

#[test]
fn only_a_page_of_ours_begins_a_sign_in_and_only_to_a_path_of_ours() {
    let stage = Stage::open();
    for site in ["cross-site", "same-site"] {
        let call = Call::new("GET", "/v1/oidc/start").header("Sec-Fetch-Site", site);
        stage.kit.call(call).fails(403, "forbidden");
    }
    for site in ["same-origin", "none"] {
        stage.kit.call(Call::new("GET", "/v1/oidc/start").header("Sec-Fetch-Site", site)).expect(302);
    }
    for path in [
        "//evil.example",
        "https://evil.example",
        "https:%2F%2Fgood@evil.example%2F",
        "%2F%2Fevil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "evil.example",
        "javascript:alert(1)",
        "/a%0d%0aSet-Cookie:%20a=b",
        "/%09/evil.example",
        "",
    ] {
        let answer = stage
            .kit
            .get(NOBODY, &format!("/v1/oidc/start?return_to={path}"))
            .fails(422, "unprocessable")
            .at("/return_to");
        assert!(!answer.text.contains("evil"));
    }
}

#[test]
fn a_token_that_is_not_wholly_true_signs_nobody_in() {
    let stage = Stage::open();
    assert_eq!(stage.with_claims(|_| ()), good());
    let now_s = START / 1_000;
    let refusals: [Lie<'_>; 20] = [
        ("another nonce", &|claims| claims["nonce"] = "another".into()),
        ("no nonce", &|claims| drop(claims.as_object_mut().expect("claims").remove("nonce"))),
        ("another issuer", &|claims| claims["iss"] = "https://evil.example".into()),
        ("the issuer with a slash", &|claims| {
            claims["iss"] = format!("{}/", claims["iss"].as_str().expect("text")).into();
        }),
        ("no issuer", &|claims| drop(claims.as_object_mut().expect("claims").remove("iss"))),
        ("another client", &|claims| claims["aud"] = "another".into()),
        ("nobody's", &|claims| claims["aud"] = json!([])),
        ("no audience", &|claims| drop(claims.as_object_mut().expect("claims").remove("aud"))),
        ("another client as well", &|claims| claims["aud"] = json!([CLIENT, "another"])),
        ("another party", &|claims| claims["azp"] = "another".into()),
        ("another party of both", &|claims| {
            claims["aud"] = json!([CLIENT, "another"]);
            claims["azp"] = "another".into();
        }),
        ("expired", &|claims| claims["exp"] = (now_s - 60).into()),
        ("no end", &|claims| drop(claims.as_object_mut().expect("claims").remove("exp"))),
        ("an end in words", &|claims| claims["exp"] = "never".into()),
        ("from the future", &|claims| claims["iat"] = (now_s + 3_600).into()),
        ("no subject", &|claims| drop(claims.as_object_mut().expect("claims").remove("sub"))),
        ("an empty subject", &|claims| claims["sub"] = "".into()),
        ("a subject without end", &|claims| claims["sub"] = "a".repeat(256).into()),
        ("a subject that is a number", &|claims| claims["sub"] = 7.into()),
        ("another access token", &|claims| claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()),
    ];
    for (what, change) in refusals {
        assert_eq!(stage.with_claims(change), refused("token_refused"), "{what}");
    }
    assert_eq!(stage.with_claims(|claims| claims["azp"] = CLIENT.into()), good());
    assert_eq!(stage.with_claims(|claims| claims["aud"] = json!([CLIENT])), good());
    assert_eq!(
        stage.with_claims(|claims| claims["exp"] = (now_s - 30).into()),
        good(),
        "two clocks differ by half a minute"
    );
    assert_eq!(stage.kit.number("SELECT COUNT(*) FROM users"), 1, "and all good ones were Maya");
}

#[test]
fn a_signature_that_is_not_the_providers_signs_nobody_in() {
    let stage = Stage::open();
    let (stranger, twin) = (Signer::new("two"), Signer::new("one"));
    let jwk = stage.signer.public().to_string();
    let refusals: [Forgery<'_>; 12] = [
        ("none", &|claims| format!("{}.", unsigned(&json!({ "alg": "none" }), claims))),
        ("None", &|claims| format!("{}.", unsigned(&json!({ "alg": "None", "kid": "one" }), claims))),
        ("no algorithm", &|claims| format!("{}.", unsigned(&json!({ "kid": "one" }), claims))),
        ("HS256 with the public key", &|claims| hmac_signed(jwk.as_bytes(), claims)),
        ("HS256 with the public point", &|claims| hmac_signed(stage.signer.point(), claims)),
        ("HS256 with the client's secret", &|claims| hmac_signed(SECRET.as_bytes(), claims)),
        ("HS256 with nothing", &|claims| hmac_signed(b"", claims)),
        ("a key that is not published", &|claims| stranger.sign(claims)),
        ("another key of the same name", &|claims| twin.sign(claims)),
        ("a key that the token brings along", &|claims| {
            stranger.sign_as(&json!({ "alg": "ES256", "kid": "one", "jwk": stranger.public() }), claims)
        }),
        ("an access token for an ID token", &|claims| {
            stage.signer.sign_as(&json!({ "alg": "ES256", "kid": "one", "typ": "at+jwt" }), claims)
        }),
        ("claims put under another's signature", &|claims| {
            let mut other = claims.clone();
            other["sub"] = "admin".into();
            let signature = stage.signer.sign(claims);
            let payload = base64url(other.to_string().as_bytes());
            let mut parts: Vec<&str> = signature.split('.').collect();
            parts[1] = &payload;
            parts.join(".")
        }),
    ];
    for (what, sign) in refusals {
        let begun = stage.begin();
        let token = sign(&stage.claims(&begun));
        assert_eq!(stage.with_token(&begun, &token), refused("token_refused"), "{what}");
    }
    for token in ["", ".", "..", "a.b.c", "e30.e30.", "no token"] {
        assert_eq!(stage.with_token(&stage.begin(), token), refused("token_refused"), "{token:?}");
    }
    assert_eq!(stage.kit.number("SELECT COUNT(*) FROM users"), 0);
    assert_eq!(stage.with_claims(|_| ()), good());
}

#[test]
fn a_new_key_of_the_provider_is_fetched_once_and_not_for_every_forged_name() {
    let stage = Stage::open();
    assert_eq!(stage.with_claims(|_| ()), good());
    let next = Signer::new("two");
    stage.rogue.set(|script| script.keys.push(next.public()));
    stage.kit.clock.advance_ms(11 * SECOND_MS);
    let fetched = stage.rogue.asked("/keys");
    let begun = stage.begin();
    assert_eq!(stage.with_token(&begun, &next.sign(&stage.claims(&begun))), good());
    assert_eq!(stage.rogue.asked("/keys"), fetched + 1);
    for _ in 0..3 {
        let begun = stage.begin();
        let forged = Signer::new("three").sign(&stage.claims(&begun));
        assert_eq!(stage.with_token(&begun, &forged), refused("token_refused"));
    }
    assert_eq!(stage.rogue.asked("/keys"), fetched + 1, "not within ten seconds");
}

#[test]
fn an_answer_belongs_to_the_browser_that_began_and_works_once() {
    let stage = Stage::open();
    let (begun, other) = (stage.begin(), stage.begin());
    stage.rogue.give(&stage.signer.sign(&stage.claims(&begun)));
    let query = format!("code=a-code&state={}", begun.state);
    let asked = || stage.rogue.asked("/token");
    let nobodys = stage.kit.get(NOBODY, &format!("/v1/oidc/callback?{query}"));
    assert_eq!(ends(&nobodys), refused("not_begun"), "without the cookie");
    assert_eq!(ends(&stage.back(&other, &query)), refused("wrong_state"), "in another browser");
    for wrong in [
        "code=a-code",
        "code=a-code&state=",
        "code=a-code&state=another",
        &format!("code=a-code&state={}", begun.nonce),
    ] {
        assert_eq!(ends(&stage.back(&begun, wrong)), refused("wrong_state"), "{wrong}");
    }
    let mut forged = stage.begin();
    forged.cookie.push('0');
    assert_eq!(ends(&stage.back(&forged, &query)), refused("not_begun"));
    assert_eq!(asked(), 0, "none of these reached the provider");
    let done = stage.back(&begun, &query);
    assert_eq!(ends(&done), good());
    let taken_back = |(name, value): &(String, String)| {
        name == "set-cookie" && value.starts_with("keystead-oidc=;") && value.contains("Max-Age=0")
    };
    assert!(done.headers.iter().any(taken_back), "{:?}", done.headers);
    assert_eq!(ends(&stage.back(&begun, &query)), refused("not_begun"), "a second time");
    assert_eq!(asked(), 1);
    let late = stage.begin();
    stage.kit.clock.advance_ms(600 * SECOND_MS);
    assert_eq!(stage.with_token(&late, "any"), refused("not_begun"), "after ten minutes");
}

#[test]
fn an_answer_of_another_issuer_is_refused_before_its_code_goes_anywhere() {
    let stage = Stage::open();
    for iss in ["https%3A%2F%2Fevil.example", "", &format!("{}%2F", stage.rogue.issuer)] {
        let begun = stage.begin();
        let back = stage.back(&begun, &format!("code=a-code&state={}&iss={iss}", begun.state));
        assert_eq!(ends(&back), refused("wrong_issuer"), "{iss}");
    }
    let strict = Stage::open();
    strict.rogue.set(|script| script.metadata = json!({ "authorization_response_iss_parameter_supported": true }));
    let begun = strict.begin();
    assert_eq!(strict.with_token(&begun, "any"), refused("wrong_issuer"), "it says that it names itself, and does not");
    assert_eq!((stage.rogue.asked("/token"), strict.rogue.asked("/token")), (0, 0));
    let begun = strict.begin();
    strict.rogue.give(&strict.signer.sign(&strict.claims(&begun)));
    let query = format!("code=a-code&state={}&iss={}", begun.state, strict.rogue.issuer);
    assert_eq!(ends(&strict.back(&begun, &query)), good());
}

#[test]
fn nothing_that_the_provider_sends_comes_back() {
    let stage = Stage::open();
    let begun = stage.begin();
    let query = format!(
        "error=%3Cb%3Eecho&error_description=echo%0d%0aecho&error_uri=https://echo.example&state={}",
        begun.state
    );
    let answer = stage.back(&begun, &query);
    assert_eq!(ends(&answer), refused("denied"));
    let begun = stage.begin();
    stage.rogue.set(|script| {
        script.token = (400, json!({ "error": "invalid_grant", "error_description": "echo" }).to_string());
    });
    let other = stage.back(&begun, &format!("code=another-clients-code&state={}&echo=1", begun.state));
    assert_eq!(ends(&other), refused("code_refused"), "a code of another client");
    for answer in [answer, other] {
        assert!(!format!("{:?}{}", answer.headers, answer.text).contains("echo"));
    }
    stage.kit.get(NOBODY, "/sign-in/code_refused").expect(200);
    stage.kit.get(NOBODY, "/sign-in/echo").fails(404, "not_found");
}

#[test]
fn a_token_endpoint_that_answers_anything_else_is_refused() {
    let stage = Stage::open();
    for (what, status, body) in [
        ("no ID token", 200, json!({ "access_token": "a", "token_type": "Bearer" }).to_string()),
        ("a page", 200, "<html>".into()),
        ("nothing", 200, String::new()),
        ("somewhere else", 302, String::new()),
        ("more than anybody reads", 200, " ".repeat(2 * 1024 * 1024)),
        ("a fault", 500, "{}".into()),
    ] {
        let begun = stage.begin();
        stage.rogue.set(|script| script.token = (status, body));
        let (to, signed_in) = ends(&stage.back(&begun, &format!("code=a-code&state={}", begun.state)));
        assert!(!signed_in && to.starts_with("/sign-in/"), "{what}: {to}");
    }
    assert_eq!(stage.rogue.asked("/elsewhere"), 0, "no redirect is followed");
    assert_eq!(stage.with_claims(|_| ()), good());
}

#[test]
fn userinfo_of_another_person_is_refused() {
    let stage = Stage::open();
    let bare = |claims: &mut Value| drop(claims.as_object_mut().expect("claims").remove("email"));
    stage.rogue.set(|script| {
        script.userinfo = Some(json!({ "sub": "admin-1", "email": "admin@example.com", "email_verified": true }));
    });
    assert_eq!(stage.with_claims(bare), refused("token_refused"));
    stage.rogue.set(|script| {
        script.userinfo = Some(json!({ "sub": "maya-1", "email": "maya@example.com", "email_verified": "true" }));
    });
    assert_eq!(stage.with_claims(bare), good());
    let users = stage.kit.get(&stage.kit.admin, "/v1/users?email=maya@example.com").expect(200);
    assert_eq!(users.ids().len(), 1);
}

#[test]
fn an_email_address_never_opens_an_account() {
    let stage = Stage::open();
    let body = json!({ "name": "Local Maya", "email": "maya@example.com" });
    let local = stage.kit.post(&stage.kit.admin, "/v1/users", &body).expect(201).str("/data/id").to_owned();
    let taken = ("/sign-in/email_taken".to_owned(), true);
    for (what, verified, ends) in
        [("verified", json!(true), taken), ("not verified", json!(false), good()), ("unsaid", json!(null), good())]
    {
        let subject = format!("maya {what}");
        let came = stage.with_claims(|claims| {
            claims["sub"] = subject.as_str().into();
            claims["email"] = "Maya@Example.com".into();
            claims["email_verified"] = verified;
        });
        assert_eq!(came, ends, "{what}");
        let theirs = "SELECT COUNT(*) FROM identities i JOIN users u ON u.id = i.user_id WHERE u.email IS NOT NULL";
        assert_eq!(stage.kit.number(theirs), 0, "{what}: a new person, without the address");
    }
    let page = stage.kit.get(NOBODY, "/sign-in/email_taken").expect(200);
    assert!(page.text.contains("link this account there"), "{}", page.text);
    let session = stage.kit.session(&local);
    assert_eq!(stage.kit.get(&session, "/v1/me/identities").expect(200).json["data"], json!([]));
    assert_eq!(stage.kit.number("SELECT COUNT(*) FROM users"), 4);
}

#[test]
fn another_subject_and_another_provider_are_other_people() {
    let stage = Stage::set(&[]);
    let user = stage.kit.user("maya");
    let tie = "INSERT INTO identities (id, issuer, subject, user_id, linked_at) VALUES ($1, $2, $3, $4, 0)";
    let of = |n: &str, issuer: &str, subject: &str| vec![n.into(), issuer.into(), subject.into(), user.clone()];
    stage.kit.run(tie, of("idn_1", &stage.rogue.issuer, "maya-0"));
    stage.kit.run(tie, of("idn_2", "https://other.example", "maya-1"));
    assert_eq!(stage.with_claims(|_| ()), refused("unknown_account"), "a changed subject, or the same one elsewhere");
    assert_eq!(stage.with_claims(|claims| claims["sub"] = "MAYA-0".into()), refused("unknown_account"));
    assert_eq!(stage.with_claims(|claims| claims["sub"] = "maya-0".into()), good());
}

#[test]
fn an_account_is_linked_by_whoever_is_signed_in_and_gave_the_password() {
    let stage = Stage::open();
    let (user, other) = (stage.kit.user("maya"), stage.kit.user("other"));
    let session = stage.kit.session(&user);
    let begin = |session: &str| {
        let answer = stage.kit.post(session, "/v1/me/identities/start?return_to=/account", &json!({})).expect(200);
        let url = answer.str("/data/url").to_owned();
        let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().expect("a value").to_owned();
        Begun { state: parameter(&url, "state"), nonce: parameter(&url, "nonce"), url, cookie }
    };
    let back = |begun: &Begun, session: &str| {
        stage.rogue.give(&stage.signer.sign(&stage.claims(begun)));
        let cookies = format!("{}; keystead={session}", begun.cookie);
        let path = format!("/v1/oidc/callback?code=a-code&state={}", begun.state);
        ends(&stage.kit.call(Call::new("GET", &path).header("Cookie", &cookies).header("Sec-Fetch-Site", "cross-site")))
    };
    let linked = ("/account".to_owned(), false);
    assert_eq!(back(&begin(&session), ""), refused("signed_out"), "without the session");
    assert_eq!(back(&begin(&session), &stage.kit.session(&other)), refused("signed_out"), "in somebody else's");
    assert_eq!(back(&begin(&session), &stage.kit.session(&user)), refused("signed_out"), "in another of their own");
    assert_eq!(stage.kit.number("SELECT COUNT(*) FROM identities"), 0);
    assert_eq!(back(&begin(&session), &session), linked);
    assert_eq!(back(&begin(&session), &session), linked, "a second time changes nothing");
    let mine = stage.kit.get(&session, "/v1/me/identities").expect(200);
    assert_eq!((mine.ids().len(), mine.str("/data/0/subject")), (1, "maya-1"));
    assert_eq!(stage.with_claims(|_| ()), good());

    // Whoever holds both accounts here may move it.
    let others = stage.kit.session(&other);
    assert_eq!(back(&begin(&others), &others), linked);
    assert_eq!(stage.kit.get(&session, "/v1/me/identities").expect(200).json["data"], json!([]));
    let moved = stage.kit.get(&others, "/v1/me/identities").expect(200);
    let id = moved.ids().remove(0);

    stage.kit.delete(&session, &format!("/v1/me/identities/{id}")).fails(404, "not_found");
    stage.kit.delete(&others, &format!("/v1/me/identities/{id}")).fails(409, "conflict");
    stage.kit.run("UPDATE users SET password = 'any' WHERE id = $1", vec![other.clone()]);
    stage.kit.delete(&others, &format!("/v1/me/identities/{id}")).expect(200);
    assert_eq!(stage.kit.number("SELECT COUNT(*) FROM identities"), 0);

    stage.kit.clock.advance_ms(11 * 60 * SECOND_MS);
    stage.kit.post(&session, "/v1/me/identities/start", &json!({})).fails(403, "forbidden");
    stage.kit.delete(&others, &format!("/v1/me/identities/{id}")).fails(403, "forbidden");
}

#[test]
fn suspended_and_removed_people_are_not_signed_in() {
    let stage = Stage::open();
    assert_eq!(stage.with_claims(|_| ()), good());
    for state in ["status = 'suspended'", "status = 'invited'", "status = 'active', removed_at = 1"] {
        let sql: &'static str = format!("UPDATE owners SET {state} WHERE type = 'user'").leak();
        stage.kit.run(sql, Vec::new());
        assert_eq!(stage.with_claims(|_| ()), refused("account_closed"), "{state}");
    }
    assert_eq!(stage.kit.number("SELECT COUNT(*) FROM users"), 1);
}

#[test]
fn a_provider_that_is_down_stops_sign_in_and_nothing_else() {
    let stage = Stage::open();
    stage.rogue.set(|script| script.down = true);
    let start = || ends(&stage.kit.get(NOBODY, "/v1/oidc/start").expect(302));
    assert_eq!(start(), refused("provider_unavailable"));
    let asked = || stage.rogue.asked("/.well-known/openid-configuration");
    let once = asked();
    assert_eq!(start(), refused("provider_unavailable"));
    assert_eq!(asked(), once, "nobody asks again right away");
    stage.kit.get(NOBODY, "/readyz").expect(200);
    assert_eq!(stage.kit.get(NOBODY, "/v1/oidc").expect(200).str("/data/oidc/name"), "single sign-on");
    stage.rogue.set(|script| script.down = false);
    stage.kit.clock.advance_ms(5 * SECOND_MS);
    assert_eq!(stage.with_claims(|_| ()), good());
    stage.rogue.set(|script| script.down = true);
    stage.kit.clock.advance_ms(DAY_MS / 2);
    stage.begin();
    stage.kit.clock.advance_ms(DAY_MS);
    assert_eq!(start(), refused("provider_unavailable"), "what it said of itself is a day old");
}

#[test]
fn a_provider_that_calls_itself_otherwise_is_none() {
    let stage = Stage::open();
    for metadata in [
        json!({ "issuer": "https://evil.example" }),
        json!({ "token_endpoint": null }),
        json!({ "jwks_uri": "ftp://x" }),
    ] {
        stage.rogue.set(|script| script.metadata = metadata.clone());
        stage.kit.clock.advance_ms(5 * SECOND_MS);
        assert_eq!(
            ends(&stage.kit.get(NOBODY, "/v1/oidc/start").expect(302)),
            refused("provider_unavailable"),
            "{metadata}"
        );
    }
}

#[test]
fn a_client_proves_itself_as_the_provider_wants() {
    for (metadata, in_head) in
        [(json!({}), true), (json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] }), false)]
    {
        let stage = Stage::open();
        stage.rogue.set(|script| script.metadata = metadata);
        assert_eq!(stage.with_claims(|_| ()), good());
        let script = stage.rogue.script.lock().expect("nobody panicked");
        let (_, token) = script.seen.iter().find(|(path, _)| path == "/token").expect("the code was exchanged");
        assert_eq!(token.to_lowercase().contains("authorization: basic "), in_head, "{token}");
        assert_eq!(token.contains("client_secret="), !in_head, "{token}");
        assert!(token.contains("code_verifier=") && token.contains("redirect_uri="), "{token}");
    }
}

#[test]
fn without_a_provider_there_is_nothing_to_sign_in_with() {
    let kit = Kit::start();
    let ways = kit.get(NOBODY, "/v1/oidc").expect(200);
    assert_eq!(ways.json["data"], json!({ "password": true, "oidc": null }));
    for path in ["/v1/oidc/start", "/v1/oidc/callback", "/sign-in/denied"] {
        kit.get(NOBODY, path).fails(404, "not_found");
    }
}

#[test]
fn where_people_sign_in_only_with_the_provider_a_password_opens_nothing_but_for_an_admin_who_is_armed() {
    let stage = Stage::set(&[("sign_in.sso_only", "true")]);
    let kit = &stage.kit;
    let (maya, boss) = (kit.person("maya@example.com", PASSWORD), kit.person("boss@example.com", PASSWORD));
    kit.run("UPDATE users SET role = 'admin' WHERE id = $1", vec![boss]);
    let sign_in = |email: &str| {
        let body = json!({ "email": email, "password": PASSWORD });
        kit.call(Call::new("POST", "/v1/sessions").ours().json(&body))
    };
    let ways = kit.get(NOBODY, "/v1/oidc").expect(200);
    assert_eq!(ways.json["data"]["password"], false);
    let wrong =
        kit.call(Call::new("POST", "/v1/sessions").ours().json(&json!({ "email": "x@example.com", "password": "x" })));
    for email in ["maya@example.com", "boss@example.com"] {
        let refused = sign_in(email).fails(401, "unauthenticated");
        assert_eq!(
            refused.json["error"]["message"], wrong.json["error"]["message"],
            "and nobody learns that it was right"
        );
    }
    let act = || Act::new(Actor::cli(0), kit.clock.now_ms());
    wait(kit.instance.live.people.arm_break_glass(act(), "boss@example.com", 60)).expect("armed");
    sign_in("boss@example.com").expect(201);
    sign_in("maya@example.com").fails(401, "unauthenticated");
    kit.clock.advance_ms(3_600 * SECOND_MS);
    sign_in("boss@example.com").fails(401, "unauthenticated");
    kit.get(&kit.session(&maya), "/v1/me").expect(200);
}

#[test]
fn a_sign_in_ends_the_session_that_its_browser_had() {
    let stage = Stage::open();
    let other = stage.kit.session(&stage.kit.user("other"));
    let begun = stage.begin();
    stage.rogue.give(&stage.signer.sign(&stage.claims(&begun)));
    let path = format!("/v1/oidc/callback?code=a-code&state={}", begun.state);
    let cookies = format!("{}; keystead={other}", begun.cookie);
    assert_eq!(ends(&stage.kit.call(Call::new("GET", &path).header("Cookie", &cookies))), good());
    stage.kit.get(&other, "/v1/me").fails(401, "unauthenticated");
}
