//! Providers that are down, call themselves otherwise, want something else of a client, or are not there at all.

use keystead::base::clock::{DAY_MS, SECOND_MS};
use serde_json::json;

use crate::kit::{Kit, NOBODY};
use crate::oidc::{Stage, ends, good, refused};

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
