//! Text that stands where a secret would, in documentation and tests: it has the form and nobody could use it.

/// Equal bytes in a row, or a row of successors, that no random token has: 40 hexadecimal digits have eight equal ones in a row once in seven million.
const RUN: usize = 8;
const WORDS: [&[u8]; 11] = [
    b"example",
    b"placeholder",
    b"changeme",
    b"your_",
    b"your-",
    b"yourtoken",
    b"yourapikey",
    b"redacted",
    b"dummy",
    b"notreal",
    b"deadbeef",
];

pub(super) fn is_none(secret: &[u8]) -> bool {
    let lower = secret.to_ascii_lowercase();
    let word = WORDS.iter().any(|word| memchr::memmem::find(&lower, word).is_some());
    !word && !has_run(&lower, |a, b| a == b) && !has_run(&lower, follows)
}

/// The same, and letters and digits stand in it: for hexadecimal numbers, whose form many a word or date has, too.
pub(super) fn is_mixed(secret: &[u8]) -> bool {
    secret.iter().any(u8::is_ascii_alphabetic) && secret.iter().any(u8::is_ascii_digit) && is_none(secret)
}

/// Is `b` what comes after `a` where somebody types along the row: 1234567890, abcdefghij?
fn follows(a: u8, b: u8) -> bool {
    a.is_ascii_alphanumeric() && (b == a + 1 || matches!((a, b), (b'9' | b'f' | b'z', b'0' | b'a')))
}

fn has_run(text: &[u8], joined: impl Fn(u8, u8) -> bool) -> bool {
    let mut run = 1;
    text.windows(2).any(|pair| {
        run = if joined(pair[0], pair[1]) { run + 1 } else { 1 };
        run >= RUN
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn fillers_are_no_secrets_and_random_text_is_one() {
        for filler in
            ["EXAMPLE7fj2", "k3Xxxxxxxxx", "a0123456789b", "abcdef0123456789", "YOUR_API_KEY", "00000000000000000000"]
        {
            assert!(!super::is_none(filler.as_bytes()), "{filler}");
        }
        for random in ["q7Zk2mVx9LpR4tNw", "c0ffee11d2a94be3", "AAAAAAAb"] {
            assert!(super::is_none(random.as_bytes()), "{random}");
        }
        assert!(!super::is_mixed(b"20260101103000"));
    }
}
