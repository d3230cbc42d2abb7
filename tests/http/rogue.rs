//! A provider that sends what no good one does. It says of itself what a provider says, and answers the token endpoint with whatever the
//! test has put there. Its key is its own, and the tests sign with it, or with another.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// What is answered, by path.
#[derive(Debug, Default)]
pub struct Script {
    pub token: (u16, String),
    pub userinfo: Option<Value>,
    /// Goes over what the provider says of itself.
    pub metadata: Value,
    pub keys: Vec<Value>,
    /// Every request: path, then head and body.
    pub seen: Vec<(String, String)>,
    /// Closes every connection without a word.
    pub down: bool,
}

pub struct Rogue {
    pub issuer: String,
    pub script: Arc<Mutex<Script>>,
    address: SocketAddr,
}

/// A key that signs tokens (ES256).
pub struct Signer {
    pair: EcdsaKeyPair,
    pub id: &'static str,
}

impl Signer {
    pub fn new(id: &'static str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "ring makes a key pair with its own source")]
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
        Self { pair: pair.expect("a key"), id }
    }

    /// The public key as a JWK (RFC 7518 section 6.2).
    pub fn public(&self) -> Value {
        let point = self.point();
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": base64url(&point[1..33]), "y": base64url(&point[33..]) })
    }

    /// 65 bytes: uncompressed.
    pub fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({ "alg": "ES256", "kid": self.id }), claims)
    }

    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        #[expect(clippy::disallowed_methods, reason = "ring signs with its own source")]
        let random = SystemRandom::new();
        let signature = self.pair.sign(&random, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", base64url(signature.as_ref()))
    }
}

/// Header and claims, as a signature covers them.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()))
}

/// A token whose signature is an HMAC with this key.
pub fn hmac_signed(key: &[u8], claims: &Value) -> String {
    let signed = unsigned(&json!({ "alg": "HS256", "kid": "one" }), claims);
    let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key), signed.as_bytes());
    format!("{signed}.{}", base64url(tag.as_ref()))
}

/// RFC 4648 section 5, without padding.
pub fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for n in 0..=chunk.len() {
            out.push(char::from(DIGITS[(bits >> (18 - 6 * n) & 63) as usize]));
        }
    }
    out
}

impl Rogue {
    pub fn start(signer: &Signer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let issuer = format!("http://{address}");
        let script = Arc::new(Mutex::new(Script { keys: vec![signer.public()], ..Script::default() }));
        let (of_thread, at) = (Arc::clone(&script), issuer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                if of_thread.lock().unwrap_or_else(PoisonError::into_inner).metadata == "stop" {
                    return;
                }
                answer(stream, &at, &of_thread);
            }
        });
        Self { issuer, script, address }
    }

    pub fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What the token endpoint will say: 200 with this ID token.
    pub fn give(&self, token: &str) {
        let body = json!({ "access_token": "an access token", "token_type": "Bearer", "id_token": token }).to_string();
        self.set(|script| script.token = (200, body));
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.seen.iter().filter(|(seen, _)| seen == path).count()
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.set(|script| script.metadata = "stop".into());
        let _ = TcpStream::connect(self.address);
    }
}

/// One request a connection.
fn answer(mut stream: TcpStream, issuer: &str, script: &Mutex<Script>) {
    let Some((path, whole)) = request(&mut stream) else { return };
    let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
    script.seen.push((path.clone(), whole));
    if script.down {
        return;
    }
    let (status, body) = match path.as_str() {
        "/.well-known/openid-configuration" => {
            let mut metadata = json!({ "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
                "userinfo_endpoint": format!("{issuer}/userinfo"), "response_types_supported": ["code"],
                "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"] });
            if let Some(over) = script.metadata.as_object() {
                metadata.as_object_mut().expect("an object").extend(over.clone());
            }
            (200, metadata.to_string())
        }
        "/keys" => (200, json!({ "keys": script.keys }).to_string()),
        "/token" => script.token.clone(),
        "/userinfo" => (200, script.userinfo.clone().unwrap_or_else(|| json!({ "sub": "maya-1" })).to_string()),
        _ => (404, "{}".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\nLocation: {issuer}/elsewhere\r\n\r\n",
        body.len()
    );
    // Whoever asked may have gone: a body beyond all bounds is not read to its end.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

/// The path of a request, and all of it.
fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let path = head.split(' ').nth(1)?.split('?').next()?.to_owned();
                return Some((path, text));
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
