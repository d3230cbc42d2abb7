//! Where the secrets of people are after all that can happen to them: passwords nowhere, tokens and codes once in the answer that gave them.
//! Not in the database or its log, no line of the program's log, no audit event, no other answer.

use keystead::base::crypto::{hex, sha256};
use serde_json::json;

use crate::client::Call;
use crate::kit::{Kit, NOBODY, wait};
use crate::portal::code;
use crate::second_factor;
use crate::secrets::files;
use crate::watch::LOG;
use crate::world::{at, keys_of};

/// Passwords of the story. The words stand nowhere else.
const FIRST: &str = "seven otters juggle quietly";
const SECOND: &str = "eleven badgers whistle slowly";
const THIRD: &str = "thirteen herons wander kindly";
const WRONG: &str = "nineteen wolves are mistaken";

/// A secret, and how often answers may show it.
struct Told {
    what: &'static str,
    text: String,
    times: usize,
}

/// Everything that people are given, used in the way that it is meant for.
fn story(kit: &Kit) -> Vec<Told> {
    let mut told = Vec::new();
    let mut tell = |what, text: &str, times| told.push(Told { what, text: text.to_owned(), times });
    for password in [FIRST, SECOND, THIRD, WRONG] {
        tell("a password", password, 0);
    }
    let (setup, _) = wait(kit.instance.setup_token()).expect("a question").expect("there is no admin yet");
    tell("the setup token", setup.expose(), 0);
    let admin = json!({ "token": setup.expose(), "email": "boss@example.com", "password": FIRST });
    kit.call(
        Call::new("POST", "/v1/setup")
            .ours()
            .json(&json!({ "token": "setup_x", "email": "boss@example.com", "password": WRONG })),
    )
    .expect(403);
    let boss = kit.call(Call::new("POST", "/v1/setup").ours().json(&admin)).expect(201).session();
    tell("the first admin's session", &boss, 1);

    let maya = kit.mailed("maya@example.com");
    let invited = kit.post(&boss, &format!("{}/invitations", at(&maya)), &json!({})).expect(201);
    let link = invited.str("/data/url").rsplit('=').next().expect("a token").to_owned();
    tell("an invitation", &link, 1);
    let accept = json!({ "token": link, "password": FIRST });
    let here = kit.call(Call::new("POST", "/v1/invitations/accept").ours().json(&accept)).expect(201).session();
    kit.call(Call::new("POST", "/v1/invitations/accept").ours().json(&accept));
    tell("the session after an invitation", &here, 1);
    kit.try_sign_in("maya@example.com", WRONG).expect(401);
    kit.try_sign_in(WRONG, FIRST);
    let here = kit.sign_in("maya@example.com", FIRST);
    tell("a session", &here, 1);
    let confirmed =
        kit.post(&here, "/v1/sessions/current/confirm", &json!({ "password": FIRST })).expect(200).session();
    tell("a confirmed session", &confirmed, 1);
    let change = json!({ "current_password": FIRST, "new_password": SECOND });
    let here = kit.post(&confirmed, "/v1/me/password", &change).expect(200).session();
    tell("the session after a new password", &here, 1);
    kit.post(&here, "/v1/me/password", &json!({ "current_password": WRONG, "new_password": THIRD })).expect(403);

    let begun = kit.post(&here, "/v1/me/second-factor", &json!({})).expect(200);
    let secret = begun.str("/data/secret").to_owned();
    // Once as text and once in the link for an app.
    tell("the secret of a second factor", &secret, 2);
    let code_now = json!({ "code": second_factor::code(kit, &secret, 0) });
    let enabled = kit.post(&here, "/v1/me/second-factor/confirm", &code_now).expect(200);
    for answer in [enabled, kit.post(&here, "/v1/me/recovery-codes", &json!({})).expect(200)] {
        for recovery in answer.json["data"]["recovery_codes"].as_array().expect("codes") {
            tell("a recovery code", recovery.as_str().expect("a code"), 1);
        }
    }

    let noor = kit.user("noor");
    let opened = kit.open_panel(&noor, &json!({})).expect(201);
    let link = code(&opened);
    tell("a panel's token", opened.str("/data/token"), 1);
    tell("a panel's code", &link, 1);
    let exchanged = kit.post(NOBODY, "/v1/portal-sessions/exchange", &json!({ "code": link })).expect(200);
    kit.post(NOBODY, "/v1/portal-sessions/exchange", &json!({ "code": link }));
    let panel = exchanged.str("/data/token").to_owned();
    tell("an exchanged panel's token", &panel, 1);
    kit.try_key(&panel, &noor, json!({})).expect(201);
    told
}

/// Every route is asked with it, as a credential of each kind and in each place where it does not belong.
fn use_everywhere(kit: &Kit, text: &str, owner: &str) {
    for entry in keystead::http::routes().iter().filter(|entry| entry.method == "GET") {
        let at = |id: &str| entry.path.replace("{id}", id).replace("{user_id}", id).replace("{name}", id);
        let place = text.replace(' ', "%20");
        kit.call(Call::new("GET", &at(owner)).bearer(text));
        kit.call(Call::new("GET", &at(owner)).header("Authorization", &format!("Bearer {text}")));
        kit.call(Call::new("GET", &at(owner)).header("X-API-Key", text));
        kit.call(Call::new("GET", &at(&place)).bearer(&kit.admin));
        kit.call(Call::new("GET", &format!("{}?q={place}&cursor={place}", at(owner))).bearer(&kit.admin));
    }
    kit.call(Call::new("POST", &keys_of(owner)).bearer(&kit.admin).json(&json!({ text: text })));
    kit.call(Call::new("POST", "/v1/sessions").ours().header("Content-Type", "application/json").body(text));
}

#[test]
fn every_secret_of_a_person_is_found_only_in_the_answer_that_gave_it() {
    let kit = Kit::start();
    let told = story(&kit);
    let owner = kit.user("owner");
    // One of each kind: they are read by the same code.
    let mut seen = Vec::new();
    for secret in &told {
        if !seen.contains(&secret.what) {
            seen.push(secret.what);
            use_everywhere(&kit, &secret.text, &owner);
        }
    }
    kit.flush();
    let audit = kit.pages(&kit.admin, "/v1/audit-events", 200).concat();
    for action in
        ["session.created", "session.refused", "password.changed", "second_factor.enabled", "invitation.accepted"]
    {
        let known = audit.iter().any(|event| event["action"] == action);
        assert!(known, "the story has {action}: {:?}", audit.iter().map(|event| &event["action"]).collect::<Vec<_>>());
    }
    let log = LOG.text();
    let last = kit.get(&kit.admin, "/v1/me").expect(200);
    assert!(LOG.text().contains(last.header("x-request-id").expect("an id")), "the log is captured");

    let (answers, files) = (kit.answers().join("\n"), files(&kit.data_dir()));
    assert!(files.iter().any(|(_, text)| text.contains(&owner)), "the files are those of this server");
    for Told { what, text, times } in &told {
        assert_eq!(answers.matches(text.as_str()).count(), *times, "{what} in answers");
        let half = &text[text.len() / 2..];
        let digest = sha256(text.as_bytes());
        let bytes: String = digest.iter().map(|byte| char::from(*byte)).collect();
        for trace in [half, &hex(&digest), &hex(&digest).to_uppercase(), &bytes] {
            assert!(!log.contains(trace), "{what} in the log");
            for (name, content) in &files {
                assert!(!content.contains(trace), "{what} in {name}");
            }
        }
        assert!(!answers.contains(&hex(&digest)), "the hash of {what} in answers");
    }
}
