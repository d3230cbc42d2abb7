//! The hash of a key as other systems write it. It verifies nothing here before it went through the pepper, and is never shown again.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::base::crypto::Digest;

/// How 32 bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    Hex,
    Base64,
    Base64url,
}

/// SHA-256 of a key that somebody else made. Others may hold it as well; it is not for logs or answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub Digest);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// With `=` at the end or without: both are found in exports.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);
/// 32 bytes are 64 hexadecimal digits, and 44 characters of base64.
const TEXT_MAX: usize = 64;

/// `None` for whatever is not exactly 32 bytes in this encoding.
pub fn decode(text: &str, encoding: Encoding) -> Option<Hash> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let bytes = match encoding {
        Encoding::Hex => hex(text)?,
        Encoding::Base64 => BASE64.decode(text).ok()?,
        Encoding::Base64url => BASE64URL.decode(text).ok()?,
    };
    bytes.try_into().ok().map(Hash)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::crypto::sha256;

    #[test]
    fn a_hash_is_32_bytes_in_any_of_three_encodings_padded_or_not() {
        // SHA-256 of "abc": FIPS 180-2, appendix B.1.
        let wanted = Hash(sha256(b"abc"));
        for (encoding, text) in [
            (Encoding::Hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Encoding::Hex, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"),
            (Encoding::Base64, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
            (Encoding::Base64, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"),
            (Encoding::Base64url, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
            (Encoding::Base64url, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0="),
        ] {
            assert_eq!(decode(text, encoding), Some(wanted), "{text}");
        }
        for (encoding, text) in [
            (Encoding::Hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a"),
            (Encoding::Hex, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
            (Encoding::Base64, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
            (Encoding::Base64url, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
            (Encoding::Base64, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIA"),
            (Encoding::Base64, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1"),
            (Encoding::Base64, ""),
            (Encoding::Hex, "éé"),
        ] {
            assert_eq!(decode(text, encoding), None, "{text}");
        }
    }
}
