//! The `RateLimit-Policy` and `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-11): what a client may do, and how much of it is left.
//! Structured fields (RFC 9651): lists of strings with parameters.

use std::fmt::Write;

use actix_web::http::header::{HeaderName, HeaderValue};

use crate::key::limit::{Level, LimitOf};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
/// Characters of a name: as many as one has. 16 limits are so 1.7 kB a field at most.
const NAME_MAX: usize = 64;

/// Both fields, or none where there is no limit. A limit of the owner is called `owner:…`: no name has a colon, so it is nobody else's.
pub fn fields(levels: &[Level]) -> Option<[(HeaderName, HeaderValue); 2]> {
    let (mut policy, mut state) = (String::new(), String::new());
    for level in levels {
        let joint = if policy.is_empty() { "" } else { ", " };
        let name = name(level);
        let reset_s = level.reset_ms.div_ceil(1_000);
        let policied = write!(policy, "{joint}\"{name}\";q={};w={}", level.limit, level.window_s);
        let stated = write!(state, "{joint}\"{name}\";r={};t={reset_s}", level.remaining);
        policied.and(stated).expect("a String takes everything");
    }
    let value = |text: String| HeaderValue::from_str(&text).ok();
    (!levels.is_empty()).then(|| Some([(POLICY, value(policy)?), (STATE, value(state)?)])).flatten()
}

/// As the inside of a structured field's string (RFC 9651 section 3.3.3): visible ASCII, quotes and backslashes escaped.
fn name(level: &Level) -> String {
    let mut name = String::with_capacity(NAME_MAX);
    if level.of == LimitOf::Owner {
        name.push_str("owner:");
    }
    for c in level.name.chars().take(NAME_MAX) {
        match c {
            '"' | '\\' => name.extend(['\\', c]),
            ' '..='~' => name.push(c),
            _ => name.push('_'),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(name: &str, of: LimitOf) -> Level {
        Level { name: name.into(), of, limit: 100, window_s: 60, remaining: 50, reset_ms: 29_001 }
    }

    fn texts(levels: &[Level]) -> Option<[String; 2]> {
        let pair = fields(levels)?;
        Some(pair.map(|(_, value)| value.to_str().expect("visible ASCII").to_owned()))
    }

    #[test]
    fn a_policy_and_its_state_are_told_in_the_form_of_the_draft() {
        assert_eq!(texts(&[]), None);
        let [policy, state] =
            texts(&[level("default", LimitOf::Key), level("default", LimitOf::Owner)]).expect("fields");
        assert_eq!(policy, r#""default";q=100;w=60, "owner:default";q=100;w=60"#);
        assert_eq!(state, r#""default";r=50;t=30, "owner:default";r=50;t=30"#);
    }

    #[test]
    fn no_name_breaks_out_of_its_quotes() {
        let [policy, state] = texts(&[level("a\"b\\c\r\n\u{0}é", LimitOf::Key)]).expect("fields");
        assert!(policy.starts_with(r#""a\"b\\c____";q=100"#) && state.starts_with(r#""a\"b\\c____";r="#), "{policy}");
        assert!(texts(&[level(&"x".repeat(1_000), LimitOf::Key)]).expect("fields")[0].len() < 100);
        let many: Vec<Level> = (0..16).map(|_| level(&"\"".repeat(1_000), LimitOf::Owner)).collect();
        assert!(texts(&many).expect("fields").iter().all(|text| text.len() < 4_096));
    }
}
