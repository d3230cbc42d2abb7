//! Is what somebody assigned to `password` one? Placeholders, references to the environment, templates, names of things and the defaults
//! of every tutorial are not.

use super::filler;

/// Passwords that protect nothing: what images, tutorials and test suites start with.
const DEFAULTS: [&str; 44] = [
    "123456",
    "1234",
    "12345",
    "12345678",
    "abc123",
    "admin",
    "airflow",
    "changeit",
    "changeme",
    "default",
    "demo",
    "dev",
    "docker",
    "foo",
    "foobar",
    "guest",
    "hunter2",
    "insecure",
    "letmein",
    "minio",
    "minioadmin",
    "mongo",
    "mypass",
    "mypassword",
    "mysecret",
    "mysql",
    "pass",
    "passwd",
    "password",
    "password1",
    "postgres",
    "postgresql",
    "pw",
    "pwd",
    "rabbitmq",
    "redis",
    "root",
    "sa",
    "secret",
    "test",
    "testing",
    "toor",
    "user",
    "username",
];
/// Words of somebody who tells where a secret comes from, or that there is none.
const WORDS: [&str; 33] = [
    "<",
    ">",
    "${",
    "$(",
    "{{",
    "}}",
    "%s",
    "%d",
    "...",
    "…",
    "***",
    "xxx",
    "example",
    "sample",
    "placeholder",
    "replace",
    "your",
    "insert",
    "todo",
    "fixme",
    "dummy",
    "redacted",
    "fake",
    "mock",
    "process.env",
    "os.environ",
    "getenv",
    "env(",
    "secrets.",
    "vault:",
    "null",
    "undefined",
    "password",
];

pub(super) fn is_password(secret: &[u8]) -> bool {
    let text = String::from_utf8_lossy(secret).to_lowercase();
    let text = text.trim();
    let reference = text.starts_with(['$', '%', '@', ':', '#', '/', '[', '{', '('])
        && !text[1..].contains(|c: char| c.is_ascii_digit());
    text.len() >= 4
        && !reference
        && !text.starts_with('$')
        && !DEFAULTS.contains(&text)
        && !WORDS.iter().any(|word| text.contains(word))
        && filler::is_none(secret)
}

/// The same inside of a URL, where a template stands for it as often as not.
pub(super) fn is_url_password(secret: &[u8]) -> bool {
    let text = String::from_utf8_lossy(secret);
    let template = ["%s", "%v", "{", "}", "<", ">", "$", "(", ")", "'", "\"", "*", "[", "]", "`", "\\"]
        .iter()
        .any(|mark| text.contains(mark));
    let few = text.chars().collect::<std::collections::BTreeSet<_>>().len() < 4;
    let words = ["pass", "secret", "test", "user", "pwd", "dbpw", "dev"]
        .iter()
        .any(|word| text.to_lowercase().starts_with(word) && text.len() < 12);
    !template && !few && !words && is_password(secret)
}

/// What a machine drew: enough different characters of several kinds, in no order of a language.
pub(super) fn is_secret(secret: &[u8]) -> bool {
    let letters = secret.iter().any(u8::is_ascii_alphabetic);
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    let path = memchr::memchr(b'/', secret).is_some() && memchr::memchr_iter(b'/', secret).count() * 6 > secret.len();
    let dotted = memchr::memchr_iter(b'.', secret).count() > 1;
    letters && digits >= 2 && !path && !dotted && is_password(secret) && super::super::entropy(secret) >= 3.5
}

#[cfg(test)]
mod tests {
    #[test]
    fn placeholders_references_and_defaults_never_count() {
        for none in [
            "${DB_PASSWORD}",
            "$PASSWORD",
            "{{ vault_password }}",
            "<password>",
            "changeme",
            "your-password-here",
            "process.env.SECRET",
            "xxxxxxxx",
            "********",
            "postgres",
            "%(password)s",
            "AKIAIOSFODNN7EXAMPLE",
            "",
            "null",
            "os.environ['X']",
        ] {
            assert!(!super::is_password(none.as_bytes()), "{none}");
            assert!(!super::is_secret(none.as_bytes()), "{none}");
            assert!(!super::is_url_password(none.as_bytes()), "{none}");
        }
        for some in ["q7Zk2mVx9LpR4tNw", "tR4n-s1st0r_9kQz"] {
            assert!(super::is_password(some.as_bytes()), "{some}");
            assert!(super::is_secret(some.as_bytes()), "{some}");
        }
        for name in ["authentication_token", "src/main/resources/key7", "com.example.Token2", "SomeClassName"] {
            assert!(!super::is_secret(name.as_bytes()), "{name}");
        }
    }
}
