//! One-time codes of authenticator apps: TOTP (RFC 6238) as all of them know it, with SHA-1, six digits and steps of 30 seconds. Pure:
//! which step a code belongs to is decided here, that none is taken twice by the row that keeps the last one.

use crate::base::clock::{SECOND_MS, UnixMs};
use crate::base::crypto;

/// Bytes of a secret: as many as SHA-1 gives (RFC 4226 section 4, R6).
pub const SECRET_LEN: usize = 20;
/// Digits of a code.
pub const DIGITS: usize = 6;
const STEP_MS: i64 = 30 * SECOND_MS;
/// RFC 4648 section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step that `code` is the code of: the present one, or one to either side for clocks that differ and people who type slowly
/// (RFC 6238 section 5.2). The latest, should a code fit two.
pub fn step_of(secret: &[u8], code: &str, now: UnixMs) -> Option<i64> {
    if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let given: u32 = code.parse().ok()?;
    let present = now.div_euclid(STEP_MS);
    [present + 1, present, present - 1].into_iter().find(|step| code_of(secret, *step) == given)
}

/// RFC 4226 section 5.3, with the step as the counter.
fn code_of(secret: &[u8], step: i64) -> u32 {
    let mac = crypto::hmac_sha1(secret, &step.to_be_bytes());
    let at = usize::from(mac[19] & 0xf);
    let number = u32::from_be_bytes(mac[at..at + 4].try_into().expect("four bytes"));
    (number & 0x7fff_ffff) % 1_000_000
}

/// The secret as people type it into an app.
pub fn base32(secret: &[u8]) -> String {
    digits(secret, BASE32)
}

/// What apps read from a picture (Key Uri Format of Google Authenticator). The label tells accounts apart in the app's list.
pub fn url(secret: &[u8], issuer: &str, account: &str) -> String {
    let (issuer, account) = (escape(issuer), escape(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

/// `bytes` in digits of five bits, most significant first. Whole groups of five bytes only: nothing here has another length.
pub fn digits(bytes: &[u8], alphabet: &[u8; 32]) -> String {
    debug_assert!(bytes.len().is_multiple_of(5), "five bytes are eight digits");
    let group = |five: &[u8]| five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let digit = |bits: u64, at: u32| char::from(alphabet[(bits >> (35 - 5 * at) & 31) as usize]);
    bytes.chunks(5).map(group).flat_map(|bits| (0..8).map(move |at| digit(bits, at))).collect()
}

/// RFC 3986 section 2.1: everything but unreserved characters.
fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the rows of SHA-1: seconds and eight digits, of which ours are the last six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, code) in VECTORS {
            assert_eq!(step_of(SECRET, &code[2..], seconds * 1000), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_one_to_either_side() {
        let (at, code) = (1_111_111_111_000, "050471");
        let step = at / STEP_MS;
        let begins = step * STEP_MS;
        for now in [begins - STEP_MS, begins, begins + 2 * STEP_MS - 1] {
            assert_eq!(step_of(SECRET, code, now), Some(step), "{now}");
        }
        for now in [begins - STEP_MS - 1, begins + 2 * STEP_MS, 0, -STEP_MS] {
            assert_eq!(step_of(SECRET, code, now), None, "{now}");
        }
        for wrong in ["", "50471", " 050471", "050471 ", "0050471", "+50471", "050472", "０５０４７１"] {
            assert_eq!(step_of(SECRET, wrong, at), None, "{wrong}");
        }
    }

    #[test]
    fn apps_can_read_the_secret() {
        // RFC 4648 section 10, in whole groups.
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            url(SECRET, "Keystead keys.example.com", "maya+1@example.com"),
            "otpauth://totp/Keystead%20keys.example.com:maya%2B1%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Keystead%20keys.example.com"
        );
    }
}
