//! The twelve ways in which something fails. Whatever may reach a client is `&'static str` or passed through [`Field`],
//! so that an error cannot echo a key. Statuses are the business of `http/error.rs`, exit codes that of `cli`.

use std::borrow::Cow;
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cause of a fault, for the log and never for a client.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug)]
pub enum Error {
    /// Not readable as this request (400).
    Invalid { field: Field, why: &'static str },
    /// Readable, but the value is not allowed (422).
    Refused { field: Field, why: &'static str },
    /// An expiry further away than the operator's `max_lifetime_days` (422); the number is ours and is told.
    TooLong { field: Field, days: u32 },
    /// No credential, or one that does not authenticate (401).
    Unauthenticated,
    /// What was sent to prove who calls does not, or not yet (401).
    Unproven { field: Field, why: &'static str },
    /// Authenticated, and not allowed; `scope` names a scope that would do (403).
    Forbidden { field: Field, why: &'static str, scope: Option<&'static str> },
    /// Nothing there, or nothing that this caller may know of (404).
    NotFound,
    /// Somebody was first, or the thing is in a state that forbids it (409).
    Conflict { field: Field, why: &'static str },
    /// The same request was answered before, with a secret that is shown once; `made` is the id of what it made (409).
    Repeated { made: String },
    /// The thing is not any more as `If-Match` says (412).
    Stale,
    /// Too often (429).
    Limited { retry_after_s: u32 },
    /// The store cannot answer now (503). `source` is logged.
    Busy { why: &'static str, source: Option<Source> },
    /// A fault of ours (500). Logged once, at the edge.
    Internal(Source),
}

impl Error {
    pub fn invalid(field: impl Into<Field>, why: &'static str) -> Self {
        Self::Invalid { field: field.into(), why }
    }

    pub fn refused(field: impl Into<Field>, why: &'static str) -> Self {
        Self::Refused { field: field.into(), why }
    }

    pub fn forbidden(why: &'static str) -> Self {
        Self::Forbidden { field: Field::NONE, why, scope: None }
    }

    pub fn unproven(field: impl Into<Field>, why: &'static str) -> Self {
        Self::Unproven { field: field.into(), why }
    }

    /// The same refusal, said of this field.
    #[must_use]
    pub fn at(self, pointer: &'static str) -> Self {
        match self {
            Self::Forbidden { why, scope, .. } => Self::Forbidden { field: pointer.into(), why, scope },
            other => other,
        }
    }

    pub fn conflict(field: impl Into<Field>, why: &'static str) -> Self {
        Self::Conflict { field: field.into(), why }
    }

    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// What to tell a person or a client. Never contains anything that the caller sent.
    pub fn why(&self) -> Cow<'static, str> {
        let why = match self {
            Self::TooLong { days, .. } => {
                return format!("keys live {days} days at most here: choose an expires_at within that time").into();
            }
            Self::Invalid { why, .. }
            | Self::Refused { why, .. }
            | Self::Unproven { why, .. }
            | Self::Forbidden { why, .. }
            | Self::Conflict { why, .. }
            | Self::Busy { why, .. } => why,
            Self::Unauthenticated => "a valid credential is required: send Authorization: Bearer <key>",
            Self::NotFound => "there is nothing with this id that you may see",
            Self::Repeated { .. } => {
                "this Idempotency-Key was answered before, with a secret that is not shown twice: use what it made, or rotate it"
            }
            Self::Stale => {
                "somebody has changed this since you read it: read it again, then change it with its new ETag"
            }
            Self::Limited { .. } => "too many requests: wait, then try again",
            Self::Internal(_) => "something went wrong on our side; the request id finds it in the log",
        };
        why.into()
    }

    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. }
            | Self::Refused { field, .. }
            | Self::Unproven { field, .. }
            | Self::TooLong { field, .. }
            | Self::Forbidden { field, .. }
            | Self::Conflict { field, .. } => field.as_pointer(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field() {
            Some(field) => write!(f, "{field}: {}", self.why()),
            None => f.write_str(&self.why()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Internal(source) | Self::Busy { source: Some(source), .. } => Some(&**source),
            _ => None,
        }
    }
}

/// A JSON pointer (RFC 6901) to the value at fault. Made from our own text, or filtered by [`Field::from_client`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field(Cow<'static, str>);

impl Field {
    pub const NONE: Self = Self(Cow::Borrowed(""));

    /// `pointer` as it was read from a request. Segments that are not plain words of a field name (`[a-z_]`, 32 at most) or array
    /// indices end the pointer there: whoever pastes a key where a name belongs does not get it back.
    pub fn from_client<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut pointer = String::new();
        for segment in segments.into_iter().take(8) {
            let plain = segment.len() <= 32 && segment.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            // The one name with digits in it: texts of letters and digits may be somebody's secret.
            let word = plain || segment == "sha256";
            let index = segment.len() <= 6 && segment.bytes().all(|b| b.is_ascii_digit());
            if segment.is_empty() || !(word || index) {
                break;
            }
            pointer.push('/');
            pointer.push_str(segment);
        }
        Self(Cow::Owned(pointer))
    }

    fn as_pointer(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }
}

impl From<&'static str> for Field {
    fn from(pointer: &'static str) -> Self {
        debug_assert!(pointer.is_empty() || pointer.starts_with('/'), "a JSON pointer starts with a slash");
        Self(Cow::Borrowed(pointer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_secret_never_becomes_part_of_a_pointer() {
        let pasted = format!("sk_{}_{}", "live", "0123456789ABCDEFGHIJ");
        assert_eq!(Field::from_client(["metadata", &pasted, "x"]).as_pointer(), Some("/metadata"));
        assert_eq!(Field::from_client(["scopes", "3"]).as_pointer(), Some("/scopes/3"));
        assert_eq!(Field::from_client([pasted.as_str()]).as_pointer(), None);
    }
}
