//! JSON Web Tokens (RFC 7519): two objects and a signature. What only looks like one (three words with dots, JSON that names no
//! algorithm) is none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(super) fn holds(token: &[u8]) -> bool {
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
    let [header, payload, signature] = parts[..] else { return false };
    let (Some(header), Some(payload)) = (object(header), object(payload)) else { return false };
    let algorithm = header.get("alg").and_then(serde_json::Value::as_str).unwrap_or_default();
    // Nobody takes `none`, and the one who is on jwt.io's first page is in half of all documentation.
    let john = payload.get("sub").is_some_and(|sub| sub == "1234567890") && payload.contains_key("name");
    !algorithm.is_empty()
        && !algorithm.eq_ignore_ascii_case("none")
        && !signature.is_empty()
        && !payload.is_empty()
        && !john
}

fn object(part: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> Vec<u8> {
        format!("{}.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)).into_bytes()
    }

    #[test]
    fn only_what_names_its_algorithm_is_a_token() {
        assert!(holds(&token(r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"sub":"7"}"#)));
        assert!(!holds(&token(r#"{"alg":"none"}"#, r#"{"sub":"7"}"#)));
        assert!(!holds(&token(r#"{"typ":"JWT"}"#, r#"{"sub":"7"}"#)));
        assert!(!holds(&token(r#"{"alg":"HS256"}"#, "seven")));
        assert!(!holds(&token(r#"{"alg":"HS256"}"#, r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#)));
        assert!(!holds(b"eyJ.eyJ"));
    }
}
