//! Sign-in with a provider that lies, or that somebody stands in front of. Each lie is one line of a table; the good sign-in beside it proves
//! that the line fails for the lie alone. The good provider is in tests/oidc/.

use keystead::base::clock::SECOND_MS;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, NOBODY, START};
use crate::rogue::{Rogue, Signer, base64url, hmac_signed, unsigned};

pub const CLIENT: &str = "keystead";
pub const SECRET: &str = "a secret of the tests";
pub const PASSWORD: &str = "tall trees by the lake";

/// What is not true, and how it is told.
pub type Lie<'a> = (&'static str, &'a dyn Fn(&mut Value));
/// A signature that is not the provider's.
pub type Forgery<'a> = (&'static str, &'a dyn Fn(&Value) -> String);

pub struct Stage {
    pub kit: Kit,
    pub rogue: Rogue,
    pub signer: Signer,
}

/// What one browser has begun.
pub struct Begun {
    pub url: String,
    pub cookie: String,
    pub state: String,
    pub nonce: String,
}

impl Stage {
    pub fn set(settings: &[(&'static str, &str)]) -> Self {
        let signer = Signer::new("one");
        let rogue = Rogue::start(&signer);
        let mut all =
            vec![("oidc.issuer", rogue.issuer.as_str()), ("oidc.client_id", CLIENT), ("oidc.client_secret", SECRET)];
        all.extend(settings.iter().copied());
        let kit = Kit::with(&all);
        Self { kit, rogue, signer }
    }

    pub fn open() -> Self {
        Self::set(&[("oidc.create_users", "true")])
    }

    pub fn begin(&self) -> Begun {
        Begun::read(&self.kit.get(NOBODY, "/v1/oidc/start?return_to=/keys").expect(302))
    }

    /// Claims that are true of Maya, for what was begun.
    pub fn claims(&self, begun: &Begun) -> Value {
        let now_s = self.kit.clock.now_ms() / 1_000;
        json!({ "iss": self.rogue.issuer, "sub": "maya-1", "aud": CLIENT, "nonce": begun.nonce, "iat": now_s, "exp": now_s + 300,
            "name": "Maya", "email": "maya@example.com", "email_verified": true })
    }

    pub fn back(&self, begun: &Begun, query: &str) -> Answer {
        let call = Call::new("GET", &format!("/v1/oidc/callback?{query}")).header("Cookie", &begun.cookie);
        self.kit.call(call.header("Sec-Fetch-Site", "cross-site"))
    }

    /// Comes back with this token. Answers where the browser ends, and whether it is in a session then.
    pub fn with_token(&self, begun: &Begun, token: &str) -> (String, bool) {
        self.rogue.give(token);
        ends(&self.back(begun, &format!("code=a-code&state={}", begun.state)))
    }

    pub fn with_claims(&self, change: impl FnOnce(&mut Value)) -> (String, bool) {
        let begun = self.begin();
        let mut claims = self.claims(&begun);
        change(&mut claims);
        self.with_token(&begun, &self.signer.sign(&claims))
    }
}

impl Begun {
    pub fn read(answer: &Answer) -> Self {
        let url = answer.header("location").expect("a way to the provider").to_owned();
        let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().expect("a value").to_owned();
        Self { state: parameter(&url, "state"), nonce: parameter(&url, "nonce"), url, cookie }
    }
}

pub fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let value = found.next().unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned();
    assert!(found.next().is_none(), "{name} twice in {url}");
    value
}

pub fn ends(answer: &Answer) -> (String, bool) {
    let to = answer.header("location").unwrap_or_else(|| panic!("{}: {}", answer.asked, answer.text)).to_owned();
    let signed_in =
        answer.headers.iter().any(|(name, value)| name == "set-cookie" && value.starts_with("keystead=ses_"));
    (to, signed_in)
}

pub fn refused(code: &str) -> (String, bool) {
    (format!("/sign-in/{code}"), false)
}

pub fn good() -> (String, bool) {
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
