//! Whose request it is, in headers that a gateway hands on to what is behind it. All of them are always there, empty where there is
//! nothing: a gateway that copies a header which is not there leaves the client's own in its place.

use std::fmt::Write;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};

use crate::config::Environment;
use crate::http::error::Problem;
use crate::http::openapi::Operation;
use crate::http::rate_limit;
use crate::http::route::Described;
use crate::key::Keys;
use crate::key::verify::Verdict;

/// The names and their order stay: configurations of gateways list them. The docs and packaging/gateways/ do, too.
const NAMES: [&str; 11] = [
    "x-keystead-code",
    "x-keystead-key-id",
    "x-keystead-key-name",
    "x-keystead-environment",
    "x-keystead-public",
    "x-keystead-scopes",
    "x-keystead-owner-type",
    "x-keystead-owner-id",
    "x-keystead-owner-external-id",
    "x-keystead-owner-name",
    "x-keystead-credits-remaining",
];

/// 200 without a body: let it through, as the request of whom the headers say.
#[derive(Debug)]
pub struct Allowed {
    identity: [HeaderValue; NAMES.len()],
    limits: Option<[(HeaderName, HeaderValue); 2]>,
}

impl Allowed {
    pub(super) fn of(verdict: &Verdict, keys: &Keys) -> Self {
        Self { identity: identity(verdict, keys), limits: rate_limit::fields(&verdict.rate_limits) }
    }
}

fn identity(verdict: &Verdict, keys: &Keys) -> [HeaderValue; NAMES.len()] {
    let Some((key, owner)) = &verdict.facts else { return std::array::from_fn(|_| EMPTY) };
    let credits = verdict.credits_remaining.map(|left| left.to_string()).unwrap_or_default();
    [
        HeaderValue::from_static("valid"),
        encoded(&key.id.to_string()),
        encoded(&key.name),
        HeaderValue::from_static(match key.class.environment {
            Environment::Live => "live",
            Environment::Test => "test",
        }),
        HeaderValue::from_static(if key.class.is_public { "true" } else { "false" }),
        listed(&keys.scopes_of(key)),
        HeaderValue::from_static(owner.id.kind().as_str()),
        encoded(&owner.id.to_string()),
        encoded(owner.external_id.as_deref().unwrap_or_default()),
        encoded(&owner.name),
        encoded(&credits),
    ]
}

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// A refusal with a code of its own.
pub(super) fn because(problem: Problem, code: &'static str) -> Problem {
    problem.with_headers([(HeaderName::from_static(NAMES[0]), HeaderValue::from_static(code))])
}

/// A refusal names nobody: all headers but the code's are empty. Where none was given, the code is that of the failure.
pub(super) fn bare(problem: Problem) -> Problem {
    let code = problem.header(NAMES[0]).cloned().unwrap_or_else(|| HeaderValue::from_static(problem.code()));
    let value = |name| if name == NAMES[0] { code.clone() } else { EMPTY };
    problem.with_headers(NAMES.map(|name| (HeaderName::from_static(name), value(name))))
}

/// Percent-encoded (RFC 3986 section 2.1) wherever it is not visible ASCII, and `%` too, so that it can be undone: names are anybody's
/// words, and a header is no place for a line end.
fn encoded(text: &str) -> HeaderValue {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            out.push(byte.into());
        } else {
            write!(out, "%{byte:02X}").expect("a String takes everything");
        }
    }
    HeaderValue::try_from(out).expect("visible ASCII")
}

/// A space between two, as in RFC 6749 section 3.3; there is none in a scope.
fn listed(scopes: &[String]) -> HeaderValue {
    HeaderValue::try_from(scopes.join(" ")).unwrap_or(EMPTY)
}

impl Responder for Allowed {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::new(StatusCode::OK);
        let identity = NAMES.into_iter().map(HeaderName::from_static).zip(self.identity);
        for (name, value) in identity.chain(self.limits.into_iter().flatten()) {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl Described for Allowed {
    fn describe(operation: &mut Operation<'_>) {
        operation.allows(&NAMES);
    }
}

#[cfg(test)]
mod tests {
    use super::encoded;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_visible_ascii_is_percent_encoded() {
        for (text, shown) in [
            ("", ""),
            ("usr_01k9", "usr_01k9"),
            ("production · checkout", "production%20%C2%B7%20checkout"),
            ("100%", "100%25"),
            ("a\r\nSet-Cookie: b", "a%0D%0ASet-Cookie:%20b"),
            ("\0\t\u{7f}", "%00%09%7F"),
        ] {
            assert_eq!(encoded(text), shown);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_name_is_one_header_that_reads_back(text in any::<String>()) {
            let value = encoded(&text);
            prop_assert!(value.as_bytes().iter().all(u8::is_ascii_graphic));
            let plain = format!("v={}", value.to_str().expect("ASCII").replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
            let read = form_urlencoded::parse(plain.as_bytes()).next().map(|(_, value)| value.into_owned());
            prop_assert_eq!(read.unwrap_or_default(), text);
        }
    }
}
