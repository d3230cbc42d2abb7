//! Whom a sign-in with an OpenID provider opens an account for: issuer and subject alone say that, or the person themselves.

use keystead::base::clock::SECOND_MS;
use keystead::event::{Act, Actor};
use serde_json::json;

use crate::client::Call;
use crate::kit::{NOBODY, wait};
use crate::oidc::{Begun, PASSWORD, Stage, ends, good, parameter, refused};

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
