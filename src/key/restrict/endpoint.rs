//! `METHOD /path`, as in `GET /v1/invoices/*`: which calls a key is for. `*` is one segment that is not empty, `**` at the end one or more of
//! which the first is not empty, the method `*` any. Case counts, and so does a slash at the end.

use std::fmt;

use super::path::{decoded, escape, unescaped};
use super::{PATH_MAX, Rule};

/// Bytes of a method; the longest that is registered with IANA has 17.
const METHOD_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    path: Box<[Segment]>,
    /// `None` is any.
    method: Option<Box<str>>,
}

/// What stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Segment {
    /// Decoded; empty only behind a slash at the end.
    Exact(Box<str>),
    One,
    /// Only the last.
    Rest,
}

/// Does one of these let the call through?
pub fn any(rules: &[Endpoint], method: &str, path: &str) -> bool {
    if path.len() > PATH_MAX || !is_method(method) {
        return false;
    }
    decoded(path).is_some_and(|path| rules.iter().any(|rule| rule.matches(method, &path)))
}

/// A token (RFC 9110 section 9.1), of any case: it is compared as it is.
fn is_method(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=METHOD_MAX).contains(&text.len()) && text.bytes().all(token)
}

impl Endpoint {
    fn matches(&self, method: &str, path: &str) -> bool {
        if self.method.as_deref().is_some_and(|own| own != method) {
            return false;
        }
        let mut asked = path.split('/').skip(1);
        for own in &self.path {
            let fits = match (own, asked.next()) {
                (Segment::Rest, Some(segment)) => return !segment.is_empty(),
                (Segment::One, Some(segment)) => !segment.is_empty(),
                (Segment::Exact(own), Some(segment)) => **own == *segment,
                (_, None) => false,
            };
            if !fits {
                return false;
            }
        }
        asked.next().is_none()
    }
}

const SHAPE: &str = "must be a method, a space and a path, as in GET /v1/invoices/* (one segment), * /v1/** (any method, one or more segments)";
const METHOD: &str =
    "must begin with a method in capitals, as in GET or POST, or with * for any; methods are compared by case";
const QUERY: &str = "must end before ? and #: only method and path are compared";
const PATH: &str = "must have a plain path: no segments . and .., no //, \\, ; or control characters, no encoded slash, nothing encoded twice, a % only before two hexadecimal digits";
const STAR: &str =
    "* stands for a whole segment, and ** for all that are left, at the end: write %2A for the character itself";

impl Rule for Endpoint {
    const LIST: &'static str = "endpoints";
    const BYTES_MAX: usize = 512;
    const TOO_LONG: &'static str =
        "must have 512 bytes at most, characters that need it counted as they are percent-encoded";
    const TOO_MANY: &'static str = "must be 64 endpoints at most: write * or ** for what they have in common";

    fn read(text: &str) -> Result<Self, &'static str> {
        let (method, path) = text.split_once(' ').ok_or(SHAPE)?;
        let capitals = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if method != "*" && !(is_method(method) && method.bytes().all(capitals)) {
            return Err(METHOD);
        }
        if !path.starts_with('/') || path.chars().any(char::is_whitespace) {
            return Err(SHAPE);
        }
        if path.contains(['?', '#']) {
            return Err(QUERY);
        }
        decoded(path).ok_or(PATH)?;
        let mut segments = Vec::new();
        let mut parts = path.split('/').skip(1).peekable();
        while let Some(part) = parts.next() {
            segments.push(match part {
                "*" => Segment::One,
                "**" if parts.peek().is_none() => Segment::Rest,
                part if part.contains('*') => return Err(STAR),
                part => Segment::Exact(unescaped(part).ok_or(PATH)?.into()),
            });
        }
        Ok(Self { path: segments.into(), method: (method != "*").then(|| method.into()) })
    }

    fn covers(&self, other: &Self) -> bool {
        if self.method.is_some() && self.method != other.method {
            return false;
        }
        let mut theirs = other.path.iter();
        for own in &self.path {
            let fits = match (own, theirs.next()) {
                (_, None) => false,
                (Segment::Rest, Some(Segment::Exact(first))) => return !first.is_empty(),
                (Segment::Rest, Some(Segment::One | Segment::Rest)) => return true,
                (Segment::One, Some(Segment::Exact(segment))) => !segment.is_empty(),
                (Segment::One, Some(segment)) => *segment == Segment::One,
                (Segment::Exact(_), Some(segment)) => own == segment,
            };
            if !fits {
                return false;
            }
        }
        theirs.next().is_none()
    }
}

/// As it is kept.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.method.as_deref().unwrap_or("*"))?;
        for segment in &self.path {
            f.write_str("/")?;
            match segment {
                Segment::Exact(text) => escape(text, f)?,
                Segment::One => f.write_str("*")?,
                Segment::Rest => f.write_str("**")?,
            }
        }
        Ok(())
    }
}
