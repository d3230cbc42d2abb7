//! CRC-32 in base 62, as GitHub and npm end their tokens (github.blog, "Behind GitHub's new authentication token formats"): six digits
//! over what stands between the prefix and them.

use crate::base::crypto::BASE62;

/// 62^6 is more than 2^32.
const LENGTH: usize = 6;

pub(super) fn crc32_base62(token: &[u8]) -> bool {
    let body = memchr::memchr(b'_', token).map_or(token, |at| &token[at + 1..]);
    let Some((random, sum)) = body.split_last_chunk::<LENGTH>() else { return false };
    let mut left = crc32fast::hash(random);
    sum.iter().rev().all(|digit| {
        let expected = BASE62[left as usize % BASE62.len()];
        left /= 62;
        *digit == expected
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_changed_letter_is_no_token() {
        assert!(super::crc32_base62(concat!("ghp_", "AbCdEfGhIjKlMnOpQrStUvWxYz0123", "2piBxe").as_bytes()));
        assert!(!super::crc32_base62(concat!("ghp_", "AbCdEfGhIjKlMnOpQrStUvWxYz0124", "2piBxe").as_bytes()));
        assert!(!super::crc32_base62(b"ghp_"));
    }
}
