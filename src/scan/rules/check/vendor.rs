//! Forms of single vendors that take more than a regex.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::filler;

/// Four letters of a kind, sixteen of base 32 (AWS, "IAM identifiers": unique identifiers). AWS ends its examples with EXAMPLE.
pub(super) fn aws_key_id(id: &[u8]) -> bool {
    let body = id.get(4..).unwrap_or_default();
    let base32 = body.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    base32 && filler::is_none(id) && super::super::entropy(body) >= 2.5
}

/// Behind `sk_live_`: 24 characters once, about a hundred since. 49 of them are a key of Keystead, whose checksum decides.
pub(super) fn stripe(key: &[u8]) -> bool {
    let body = key.rsplit(|byte| *byte == b'_').next().unwrap_or_default();
    (body.len() == 24 || body.len() >= 90) && filler::is_none(body) && super::super::entropy(body) >= 3.0
}

/// What `docker login` and npm's `_auth` keep (RFC 7617): base64 of `name:password`.
pub(super) fn basic_auth(text: &[u8]) -> bool {
    let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text));
    let Some((name, password)) = bytes
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok()?.split_once(':').map(|(n, p)| (n.to_owned(), p.to_owned())))
    else {
        return false;
    };
    !name.is_empty()
        && name.chars().all(|c| !c.is_control())
        && password.chars().all(|c| !c.is_control())
        && super::generic::is_password(password.as_bytes())
}

/// A bot's number, a time and a signature, each in base64url; the number is decimal text.
pub(super) fn discord_bot(token: &[u8]) -> bool {
    let number = token.split(|byte| *byte == b'.').next().unwrap_or_default();
    let number = STANDARD_NO_PAD.decode(number).unwrap_or_default();
    (17..=20).contains(&number.len()) && number.iter().all(u8::is_ascii_digit) && filler::is_none(token)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_examples_of_aws_are_silent() {
        assert!(super::aws_key_id(concat!("AKIA", "Y3FDGLQ7BN2XKW5T").as_bytes()));
        assert!(!super::aws_key_id(b"AKIAIOSFODNN7EXAMPLE"));
        assert!(!super::aws_key_id(b"AKIAAAAAAAAAAAAAAAAA"));
        assert!(!super::aws_key_id(concat!("AKIA", "Y3FDGLQ7BN2XKW58").as_bytes()), "8 is not in base 32");
    }

    #[test]
    fn stripe_issues_no_key_of_49_characters() {
        let body = "4eC39HqLyjWDarjtT1zdp7dc9XkPq2VmB8sRz6NhLfGw3KtYuQjE5aTbMn0CxDvSyZpHrWi7oJ1lFgU8kAeQdB2s6XcV4nM";
        for (length, right) in [(24, true), (49, false), (40, false), (90, true), (25, false)] {
            assert_eq!(super::stripe(format!("sk_live_{}", &body[..length]).as_bytes()), right, "{length}");
        }
    }
}
