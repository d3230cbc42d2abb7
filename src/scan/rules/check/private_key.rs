//! Private keys in PEM (RFC 7468; RFC 1421 for the old header lines) and OpenSSH's form (its PROTOCOL.key), as they stand in files, in
//! JSON with `\n` in it, or as pieces of a program's strings. Enough is parsed to tell a key from words about keys, and whether a
//! passphrase protects it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const OPENSSH: &[u8] = b"openssh-key-v1\0";
/// The shortest is an Ed25519 key in PKCS #8: 48 bytes.
const BYTES_MIN: usize = 48;
const TAG_SEQUENCE: u8 = 0x30;
const TAG_INTEGER: u8 = 0x02;

enum Key {
    Open,
    Locked,
}

pub(super) fn is_open(text: &[u8]) -> bool {
    matches!(key(text), Some(Key::Open))
}

pub(super) fn is_locked(text: &[u8]) -> bool {
    matches!(key(text), Some(Key::Locked))
}

fn key(text: &[u8]) -> Option<Key> {
    let text = String::from_utf8_lossy(text);
    let body = text.split_once("KEY-----").or_else(|| text.split_once("BLOCK-----"))?.1;
    let body = body.split_once("-----END").map_or(body, |(body, _)| body);
    // RFC 1421's header lines are the only place of a colon.
    let locked = body.contains("ENCRYPTED");
    let body = if body.contains("DEK-Info") { body.rsplit_once(',').map_or(body, |(_, body)| body) } else { body };
    let body = body.replace("\\n", " ").replace("\\r", " ");
    let pieces = body.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '='));
    let base64: String = pieces.filter(|piece| piece.len() > 1).collect();
    if locked {
        return (base64.len() * 3 / 4 >= BYTES_MIN).then_some(Key::Locked);
    }
    let whole = base64.len() / 4 * 4;
    let bytes = LENIENT.decode(&base64[..whole]).ok().filter(|bytes| bytes.len() >= BYTES_MIN - 3)?;
    if let Some(rest) = bytes.strip_prefix(OPENSSH) {
        // The name of the cipher: its length in four bytes, then itself.
        return Some(if rest.starts_with(b"\0\0\0\x04none") { Key::Open } else { Key::Locked });
    }
    match inner(&bytes)? {
        TAG_INTEGER => Some(Key::Open),
        TAG_SEQUENCE => Some(Key::Locked),
        _ => None,
    }
}

/// The tag inside of the outer SEQUENCE: a version in keys of RFC 8017, 5208 and 5915, an algorithm where PKCS #8 is encrypted.
fn inner(der: &[u8]) -> Option<u8> {
    let rest = der.strip_prefix(&[TAG_SEQUENCE])?;
    let head = match *rest.first()? {
        length if length < 0x80 => 1,
        long => 1 + usize::from(long & 0x7f),
    };
    rest.get(head).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    fn pem(label: &str, der: &[u8], line: &str) -> Vec<u8> {
        let body = STANDARD.encode(der);
        let lines: Vec<&str> =
            body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64")).collect();
        let dashes = "-----";
        format!("{dashes}BEGIN {label}{dashes}{line}{}{line}{dashes}END {label}{dashes}", lines.join(line)).into_bytes()
    }

    fn der(head: &[u8]) -> Vec<u8> {
        head.iter().copied().chain((0..200).map(|n: u8| n.wrapping_mul(37))).collect()
    }

    #[test]
    fn a_key_is_known_in_files_in_json_and_in_pieces_of_strings() {
        let key = der(&[0x30, 0x81, 200, 0x02, 0x01, 0x00]);
        for line in ["\n", "\r\n", "\\n", "\\n\" +\n    \"", "\n    "] {
            assert!(is_open(&pem("RSA PRIVATE KEY", &key, line)), "{line:?}");
            assert!(!is_locked(&pem("RSA PRIVATE KEY", &key, line)));
        }
    }

    #[test]
    fn a_passphrase_is_seen() {
        let pkcs8 = der(&[0x30, 0x81, 200, 0x30, 0x40, 0x06]);
        assert!(is_locked(&pem("ENCRYPTED PRIVATE KEY", &pkcs8, "\n")));
        let openssh = [OPENSSH, b"\0\0\0\x0aaes256-ctr", &[7; 100]].concat();
        assert!(is_locked(&pem("OPENSSH PRIVATE KEY", &openssh, "\n")));
        let open = [OPENSSH, b"\0\0\0\x04none", &[7; 100]].concat();
        assert!(is_open(&pem("OPENSSH PRIVATE KEY", &open, "\n")));
    }

    #[test]
    fn words_about_keys_are_none() {
        assert!(!is_open(&pem(
            "PRIVATE KEY",
            b"these are words and no key at all, however long the text may be",
            "\n"
        )));
        assert!(!is_open(b"-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"));
    }
}
