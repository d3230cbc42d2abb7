//! Failures as HTTP: the only place that knows statuses, and the only one that logs an internal fault, once.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::base::{Error, Field};

/// What a client is told, in the envelope `{"success": false, "error": …}`.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    field: Option<String>,
    extra: Extra,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What some problems say in a header besides.
#[derive(Debug)]
enum Extra {
    None,
    /// RFC 6750 section 3: was a credential presented at all?
    Challenge {
        presented: bool,
    },
    Scope(&'static str),
    RetryAfter(u32),
    Allow(String),
}

/// The body of every failure.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Failure {
    /// Always false.
    success: bool,
    error: FailureDetail,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct FailureDetail {
    /// What went wrong, for programs: these words stay.
    code: Cow<'static, str>,
    /// What to do next, for people.
    message: Cow<'static, str>,
    /// The value at fault, as a JSON pointer (RFC 6901); null where there is none.
    field: Option<String>,
    /// Finds this request in the server's log.
    request_id: Option<String>,
}

/// One failure inside an answer that is a success as a whole.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Mistake {
    /// What went wrong, in the words that a failure of the whole request has.
    code: &'static str,
    /// What to do next, for people.
    message: Cow<'static, str>,
    /// The value at fault, as a JSON pointer (RFC 6901) within what was asked in this place; null where there is none.
    field: Option<String>,
}

/// `req_` and 16 hexadecimal digits. Request ids travel from the edge of the server to the body of a failure through this.
#[derive(Debug, Clone, Copy)]
pub struct RequestId([u8; 20]);

impl RequestId {
    pub fn new(number: u64) -> Self {
        let mut text = *b"req_0000000000000000";
        let mut rest = number;
        for digit in text[4..].iter_mut().rev() {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("ASCII by construction")
    }
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), field: None, extra: Extra::None, headers: Vec::new() }
    }

    /// A body, query or header that cannot be read as this request. `message` is made of our own words.
    pub fn invalid(field: Field, message: impl Into<Cow<'static, str>>) -> Self {
        let pointer = Error::Invalid { field, why: "" }.field().map(str::to_owned);
        Self { field: pointer, ..Self::new(StatusCode::BAD_REQUEST, "invalid", message) }
    }

    /// 401, which differs by whether a credential came at all (RFC 6750 section 3.1).
    pub fn unauthenticated(presented: bool) -> Self {
        let message = if presented {
            "this key does not authenticate: it is unknown, revoked, expired, switched off, or mistyped".into()
        } else {
            Error::Unauthenticated.why()
        };
        let problem = Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", message);
        Self { extra: Extra::Challenge { presented }, ..problem }
    }

    /// A sign-in that failed. Whether it was the e-mail or the password, nobody is told.
    pub fn wrong_password() -> Self {
        let message = "e-mail, password or code is wrong: try again, or ask an admin for a link to set a new password";
        let problem = Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", message);
        Self { extra: Extra::Challenge { presented: false }, ..problem }
    }

    /// The id is one that we minted, and all that is told of the first answer.
    fn repeated(made: &str) -> Self {
        let why = Error::Repeated { made: String::new() }.why();
        Self::new(StatusCode::CONFLICT, "conflict", format!("{why} ({made})"))
    }

    /// A session or a panel used from a page that may not.
    pub fn foreign_page(message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// Only an API key opens this.
    pub fn keys_only() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "only a key opens this: send Authorization: Bearer <key>")
    }

    /// Somebody asks as a gateway and is none.
    pub fn not_a_gateway() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "only gateways of the configuration may ask, each with its secret",
        )
    }

    /// There is no such section in the configuration.
    pub fn no_such_gateway() -> Self {
        let message = "there is no gateway of this name: write [gateway.<name>] into the configuration, and restart";
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// The holder of a good key asks for something that it is not good for.
    pub fn refused_at_gateway(message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// The same for a while.
    pub fn limited(message: &'static str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message)
    }

    /// A request for another server (RFC 9110 section 15.5.20): its Host is not that of `http.public_url`.
    pub fn misdirected() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected",
            "this server does not go by the name in the Host header: use the address in http.public_url",
        )
    }

    pub fn method_not_allowed(allow: String) -> Self {
        let problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this path does not take this method; the Allow header lists those it takes",
        );
        Self { extra: Extra::Allow(allow), ..problem }
    }

    pub fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such path; /openapi.json lists all of them")
    }

    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the request body is too long for this server")
    }

    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send the body as JSON, with Content-Type: application/json",
        )
    }

    /// The same of a body that comes as a form.
    pub fn no_form() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send the body as a form, with Content-Type: application/x-www-form-urlencoded",
        )
    }

    /// The same of a body that comes as lines.
    pub fn no_lines() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send one JSON object a line, with Content-Type: application/x-ndjson",
        )
    }

    pub fn request_timeout() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            "the request body did not arrive in time: send it again",
        )
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// What was given with [`Problem::with_headers`] under this name.
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Says these, too; of two of one name, the later.
    pub fn with_headers(mut self, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Whatever the framework refused by itself, in our envelope.
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::no_such_route(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported_media_type(),
            StatusCode::REQUEST_TIMEOUT => Self::request_timeout(),
            status if status.is_client_error() => {
                Self::new(StatusCode::BAD_REQUEST, "invalid", "the request could not be read")
            }
            _ => Self::from(Error::internal("the framework failed")),
        }
    }

    /// The same of one part of a request, whose other parts stand.
    pub fn mistake(self) -> Mistake {
        Mistake { code: self.code, message: self.message, field: self.field }
    }

    /// The response, with the id of its request in it.
    pub fn respond(&self, request_id: Option<&RequestId>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        match &self.extra {
            Extra::None => {}
            Extra::Challenge { presented } => {
                response.insert_header((
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static(match presented {
                        true => "Bearer realm=\"keystead\", error=\"invalid_token\"",
                        false => "Bearer realm=\"keystead\"",
                    }),
                ));
            }
            Extra::Scope(scope) => {
                let challenge = format!("Bearer realm=\"keystead\", error=\"insufficient_scope\", scope=\"{scope}\"");
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            Extra::RetryAfter(seconds) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            Extra::Allow(methods) => {
                response.insert_header((header::ALLOW, methods.as_str()));
            }
        }
        for header in &self.headers {
            response.insert_header(header.clone());
        }
        response.json(Failure {
            success: false,
            error: FailureDetail {
                code: self.code.into(),
                message: self.message.clone(),
                field: self.field.clone(),
                request_id: request_id.map(|id| id.as_str().to_owned()),
            },
        })
    }
}

/// Faults of the store and of ours, with the cause that no client sees.
pub fn log(error: &Error) {
    match error {
        Error::Busy { source, .. } => {
            tracing::error!(error = source.as_ref().map(tracing::field::display), "the store could not answer");
        }
        Error::Internal(source) => tracing::error!(error = %source, "internal fault"),
        _ => {}
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, code) = match &error {
            Error::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid"),
            Error::Refused { .. } | Error::TooLong { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "unprocessable"),
            Error::Unauthenticated => return Self::unauthenticated(true),
            Error::Unproven { .. } => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Error::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            Error::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Error::Conflict { .. } => (StatusCode::CONFLICT, "conflict"),
            Error::Repeated { made } => return Self::repeated(made),
            Error::Stale => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
            Error::Limited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Error::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        log(&error);
        let extra = match &error {
            Error::Unproven { .. } => Extra::Challenge { presented: false },
            Error::Forbidden { scope: Some(scope), .. } => Extra::Scope(scope),
            Error::Limited { retry_after_s } => Extra::RetryAfter(*retry_after_s),
            Error::Busy { .. } => Extra::RetryAfter(1),
            _ => Extra::None,
        };
        Self { field: error.field().map(str::to_owned), extra, ..Self::new(status, code, error.why()) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Without the request's id, which only the edge knows: see `edge`, which calls [`Problem::respond`] again.
    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}
