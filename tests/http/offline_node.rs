//! The checkers that users copy (clients/), held to the same tokens: good ones of a real server, and forged ones.

use std::io::{BufRead, BufReader, Write};
use std::net::IpAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::checker::{Checker, Refused};
use crate::kit::{Kit, NOBODY};
use crate::offline::{AUDIENCE, exchange, issuer, now, offline_key, on, path};

/// clients/node/offline.mjs in a process of its own.
struct Node {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Node {
    fn start(options: Value, now_s: i64) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/offline_node.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node 20 or later is installed");
        let (ask, answers) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut node = Self { child, ask, answers: BufReader::new(answers) };
        assert_eq!(node.ask(&json!({ "options": options, "now": now_s * 1000 })), json!({}));
        node
    }

    fn ask(&mut self, asked: &Value) -> Value {
        writeln!(self.ask, "{asked}").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        serde_json::from_str(&line).expect("JSON")
    }

    fn code(&mut self, token: &str, caller: Value) -> String {
        let answer = self.ask(&json!({ "token": token, "caller": caller }));
        assert_eq!(answer["valid"], answer["code"] == "valid", "{answer}");
        assert!(answer["valid"] == true || answer.get("claims").is_none(), "{answer}");
        answer["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// A server whose signatures a test can make.
struct Forge {
    key: Ed25519KeyPair,
    checker: Checker,
    node: Node,
    good: Value,
}

const NOW: i64 = 1_800_000_000;

impl Forge {
    fn new() -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
        let jwks = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": URL_SAFE_NO_PAD.encode(key.public_key()) }] });
        let mut checker = Checker::new("https://keys.example.com", AUDIENCE, None);
        checker.take_keys(&jwks);
        let mut node = Node::start(json!({ "server": "https://keys.example.com", "audience": AUDIENCE }), NOW);
        assert_eq!(node.ask(&json!({ "keys": jwks })), json!({}));
        let good = json!({ "iss": "https://keys.example.com", "aud": AUDIENCE, "sub": "usr_1", "client_id": "key_1", "iat": NOW,
            "exp": NOW + 300, "env": "live", "rev": 5, "scope": "a:read b:*", "jti": "j" });
        Self { key, checker, node, good }
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", encode(header), encode(claims));
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(self.key.sign(input.as_bytes())))
    }

    fn with(&self, change: impl Fn(&mut Value)) -> String {
        let mut claims = self.good.clone();
        change(&mut claims);
        self.signed(&header(), &claims)
    }

    /// Both say the same.
    fn says(&mut self, token: &str, refused: Refused, code: &str) {
        assert_eq!(self.checker.check(token, NOW, None, &[]), Err(refused), "{token}");
        assert_eq!(self.node.code(token, json!({})), code, "{token}");
    }
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "k" })
}

#[test]
fn no_checker_takes_a_token_signed_in_another_way_or_by_somebody_else() {
    let mut forge = Forge::new();
    let good = forge.signed(&header(), &forge.good);
    assert!(forge.checker.check(&good, NOW, None, &["a:read", "b:x", "b:x:y"]).is_ok());
    assert_eq!(forge.node.code(&good, json!({ "scopes": ["a:read", "b:x", "b:x:y"] })), "valid");
    // The public key is no secret: whoever takes it for one of HMAC, or takes none, believes anybody.
    for alg in ["none", "HS256", "Ed25519ph", "ES256", "eddsa"] {
        let input = format!("{}.{}", encode(&json!({ "alg": alg, "typ": "at+jwt", "kid": "k" })), encode(&forge.good));
        let mac = ring::hmac::sign(
            &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, forge.key.public_key().as_ref()),
            input.as_bytes(),
        );
        for signature in
            [String::new(), URL_SAFE_NO_PAD.encode(mac), good.rsplit('.').next().expect("a part").to_owned()]
        {
            forge.says(&format!("{input}.{signature}"), Refused::Malformed, "malformed");
        }
    }
    let (input, signature) = good.rsplit_once('.').expect("parts");
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    bytes[9] ^= 1;
    let (head, claims) = input.split_once('.').expect("parts");
    let mut raised = decode(claims);
    raised["scope"] = "admin".into();
    for forged in [
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(&bytes)),
        format!("{head}.{}.{signature}", encode(&raised)),
        format!("{input}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
    ] {
        forge.says(&forged, Refused::Signature, "bad_signature");
    }
    let unknown = forge.signed(&json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "other" }), &forge.good);
    forge.says(&unknown, Refused::Signature, "unknown_key");
    let bare = forge.signed(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &forge.good);
    forge.says(&bare, Refused::Signature, "unknown_key");
    for typ in ["JWT", "keystead-revoked+jwt", "AT+JWT"] {
        let other = forge.signed(&json!({ "alg": "EdDSA", "typ": typ, "kid": "k" }), &forge.good);
        forge.says(&other, Refused::Malformed, "malformed");
    }
    for text in ["", ".", "..", "a.b.c", &good[1..], &format!("{good}="), &format!("{good}.{good}")] {
        assert!(forge.checker.check(text, NOW, None, &[]).is_err(), "{text}");
        assert_ne!(forge.node.code(text, json!({})), "valid", "{text}");
    }
}

#[test]
fn no_checker_takes_a_token_for_another_service_or_another_time() {
    let mut forge = Forge::new();
    for (name, value, refused, code) in [
        ("iss", json!("https://evil.example"), Refused::NotForUs, "wrong_issuer"),
        ("aud", json!("https://other.example.com"), Refused::NotForUs, "wrong_audience"),
        ("aud", json!([AUDIENCE]), Refused::NotForUs, "wrong_audience"),
        ("aud", Value::Null, Refused::NotForUs, "wrong_audience"),
        ("env", json!("test"), Refused::NotForUs, "wrong_environment"),
        ("exp", json!(NOW), Refused::Expired, "expired"),
        ("iat", json!(NOW + 31), Refused::Expired, "expired"),
        ("exp", json!("2100-01-01"), Refused::Malformed, "malformed"),
        ("exp", Value::Null, Refused::Malformed, "malformed"),
        ("scope", json!(["a:read"]), Refused::Malformed, "malformed"),
    ] {
        let token = forge.with(|claims| claims[name] = value.clone());
        forge.says(&token, refused, code);
    }
    let token = forge.with(|_| {});
    let all = forge.with(|claims| claims["scope"] = "*".into());
    let none = forge.with(|claims| claims["scope"] = "".into());
    for (token, scope, covered) in [
        (&token, "a:write", false),
        (&token, "b", false),
        (&token, "b:", false),
        (&token, "bb:x", false),
        (&token, "b:x:y", true),
        (&all, "b:x", true),
        (&none, "b:x", false),
    ] {
        let said = forge.checker.check(token, NOW, None, &[scope]).err();
        assert_eq!(said, (!covered).then_some(Refused::InsufficientScope), "{scope}");
        let code = forge.node.code(token, json!({ "scopes": [scope] }));
        assert_eq!(code, if covered { "valid" } else { "insufficient_scope" }, "{scope}");
    }
}

#[test]
fn no_checker_lets_an_address_through_that_is_not_in_the_claim() {
    let mut forge = Forge::new();
    let bound = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "k", "crit": ["ips"], "ips": true });
    let mut claims = forge.good.clone();
    claims["ips"] = json!(["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"]);
    let token = forge.signed(&bound, &claims);
    for (ip, inside) in [
        ("203.0.113.0", true),
        ("203.0.113.255", true),
        ("198.51.100.7", true),
        ("::ffff:203.0.113.9", true),
        ("2001:db8:ffff::1", true),
        ("203.0.114.0", false),
        ("198.51.100.8", false),
        ("2001:db9::1", false),
        ("::1", false),
    ] {
        let address: IpAddr = ip.parse().expect("an address");
        let said = forge.checker.check(&token, NOW, Some(address), &[]);
        assert_eq!(said.err(), (!inside).then_some(Refused::IpDenied), "{ip}");
        let code = forge.node.code(&token, json!({ "ip": ip }));
        assert_eq!(code, if inside { "valid" } else { "ip_denied" }, "{ip}");
    }
    forge.says(&token, Refused::IpDenied, "ip_denied");
    assert_eq!(forge.node.code(&token, json!({ "ip": "nonsense" })), "ip_denied");
    // A claim that is not understood, or that went missing under its own announcement.
    let token = forge.signed(&bound, &forge.good);
    forge.says(&token, Refused::Malformed, "malformed");
    let other = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "k", "crit": ["b64"], "b64": false });
    let token = forge.signed(&other, &forge.good);
    forge.says(&token, Refused::Malformed, "malformed");
    claims["ips"] = json!("203.0.113.9");
    let token = forge.signed(&bound, &claims);
    assert!(forge.checker.check(&token, NOW, "203.0.113.9".parse().ok(), &[]).is_err());
    assert_eq!(forge.node.code(&token, json!({ "ip": "203.0.113.9" })), "ip_denied");
}

#[test]
fn the_checker_for_node_follows_a_real_server() {
    let kit = on();
    let key = offline_key(&kit, &kit.user("maya"), json!({ "scopes": ["a:read"] }));
    let options =
        json!({ "server": issuer(&kit), "audience": AUDIENCE, "verifier": kit.backend(&["keystead:verify"]).secret });
    let mut node = Node::start(options, now(&kit));
    let token = exchange(&kit, &key.secret);
    assert_eq!(node.code(&token, json!({})), "unknown_key", "before it has fetched anything");
    let refreshed = |node: &mut Node, kit: &Kit| node.ask(&json!({ "refresh": true, "now": kit.clock.now_ms() }));
    assert_eq!(refreshed(&mut node, &kit), json!({}));
    assert_eq!(node.code(&token, json!({ "scopes": ["a:read"] })), "valid");
    assert_eq!(node.code(&token, json!({ "scopes": ["b:read"] })), "insufficient_scope");
    kit.clock.advance_ms(61_000);
    node.ask(&json!({ "now": kit.clock.now_ms() }));
    assert_eq!(node.code(&token, json!({})), "stale");
    kit.delete(&kit.admin, &path(&key)).expect(200);
    assert_eq!(refreshed(&mut node, &kit), json!({}));
    assert_eq!(node.code(&token, json!({})), "revoked");
    kit.clock.advance_ms(300_000);
    assert_eq!(refreshed(&mut node, &kit), json!({}));
    assert_eq!(node.code(&token, json!({})), "expired");
    kit.get(NOBODY, "/.well-known/jwks.json").expect(200);
    let mut nobody =
        Node::start(json!({ "server": issuer(&kit), "audience": AUDIENCE, "verifier": "no key" }), now(&kit));
    assert_eq!(refreshed(&mut nobody, &kit), json!({ "error": "/v1/revoked?since=0 answered 401" }));
}

#[test]
fn the_guide_shows_the_checker_that_is_tested() {
    let guide = include_str!("../../docs/offline.md");
    assert!(
        guide.contains(include_str!("../../clients/rust/offline.rs")),
        "docs/offline.md has clients/rust/offline.rs whole"
    );
}
