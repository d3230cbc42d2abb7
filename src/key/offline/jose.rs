//! A signed text as RFC 7515 writes it (JWS, compact), always EdDSA over Ed25519 (RFC 8037). Written here and read nowhere: what Keystead
//! itself is asked, it answers from what it knows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::base::crypto::{SignKey, sha256};
use crate::base::{Error, Result};

/// RFC 9068 section 2.1: of a token.
pub const TOKEN: &str = "at+jwt";
/// Of a list of what was changed: it is no token, whatever its claims.
pub const LIST: &str = "keystead-revoked+jwt";

/// RFC 7515 section 4.
#[derive(Debug, Serialize)]
pub struct Header<'a> {
    pub alg: &'static str,
    pub typ: &'static str,
    pub kid: &'a str,
    /// What a checker must understand, or else refuse the token (section 4.1.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crit: Option<[&'static str; 1]>,
    /// The claim `ips` must be enforced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ips: Option<bool>,
}

impl<'a> Header<'a> {
    pub fn new(typ: &'static str, kid: &'a str) -> Self {
        Self { alg: "EdDSA", typ, kid, crit: None, ips: None }
    }

    /// A checker that knows nothing of `ips` must refuse the token.
    pub fn with_ips(self) -> Self {
        Self { crit: Some(["ips"]), ips: Some(true), ..self }
    }
}

pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `header.claims.signature`.
pub fn sign(key: &SignKey, header: &Header<'_>, claims: &impl Serialize) -> Result<String> {
    let part = |json: serde_json::Result<Vec<u8>>| json.map(|bytes| base64url(&bytes)).map_err(Error::internal);
    let mut text = part(serde_json::to_vec(header))?;
    text.push('.');
    text.push_str(&part(serde_json::to_vec(claims))?);
    let signature = key.sign(text.as_bytes());
    text.push('.');
    text.push_str(&base64url(signature.as_ref()));
    Ok(text)
}

/// RFC 7638 section 3 over the members of RFC 8037 section 2, in their order.
pub fn thumbprint(public: &[u8]) -> String {
    base64url(&sha256(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(public)).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 appendix A.1 to A.4.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    const SIGNED: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    #[test]
    fn thumbprint_and_signature_are_those_of_the_rfc() {
        let key = SignKey::from_seed(&URL_SAFE_NO_PAD.decode(SEED).expect("base64url")).expect("a key");
        assert_eq!(base64url(&key.public()), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(thumbprint(&key.public()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let (input, signature) = SIGNED.rsplit_once('.').expect("three parts");
        assert_eq!(base64url(key.sign(input.as_bytes()).as_ref()), signature);
    }

    #[test]
    fn a_header_names_what_must_be_understood_only_where_there_is_something() {
        let plain = serde_json::to_string(&Header::new(TOKEN, "k")).expect("JSON");
        assert_eq!(plain, r#"{"alg":"EdDSA","typ":"at+jwt","kid":"k"}"#);
        let bound = serde_json::to_string(&Header::new(TOKEN, "k").with_ips()).expect("JSON");
        assert_eq!(bound, r#"{"alg":"EdDSA","typ":"at+jwt","kid":"k","crit":["ips"],"ips":true}"#);
    }
}
