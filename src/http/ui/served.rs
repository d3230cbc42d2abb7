//! One file as it is sent: in each form that it was built in, under an entity tag for each, and for how long it may be kept. Laid out once,
//! at the start; a request chooses among the forms and copies no byte.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::accept::{self, Coding};
use super::files::File;
use crate::base::crypto::hex;
use crate::http::openapi::Operation;
use crate::http::route::Described;

/// For how long a browser may keep a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// For good: its name has a hash of it in it, so another file has another name.
    Forever,
    /// As long as the server says, each time, that it is still the same.
    Asking,
    /// Five minutes: other sites' pages name it by a name that stays, and get what is new soon.
    Shortly,
}

#[derive(Debug)]
pub struct Served {
    media_type: &'static str,
    keep: Keep,
    /// Of the file itself. It stands in the tags of all of its forms.
    hash: String,
    forms: Vec<Form>,
}

#[derive(Debug)]
struct Form {
    coding: Coding,
    bytes: Bytes,
    tag: HeaderValue,
}

/// 200 with a file in the form that the browser takes, or 304 where it has it.
#[derive(Debug)]
pub struct Sent(pub Arc<Served>);

static CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

impl Served {
    /// `None` for a kind of file that is not served.
    pub fn new(path: &str, keep: Keep, file: &File) -> Option<Self> {
        let media_type = match path.rsplit_once('.')?.1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "html" => "text/html; charset=utf-8",
            _ => return None,
        };
        // 128 of its 256 bits: nobody gains from two files under one tag.
        let hash = hex(&file.sha256[..16]);
        let mut served = Self { media_type, keep, hash, forms: Vec::with_capacity(3) };
        served.add(Coding::Identity, &file.bytes);
        Some(served)
    }

    /// The same file in another form.
    pub fn add(&mut self, coding: Coding, bytes: &Bytes) {
        let hash = &self.hash;
        let tag = coding.name().map_or_else(|| format!("\"{hash}\""), |name| format!("\"{hash}-{name}\""));
        let tag = HeaderValue::try_from(tag).expect("a tag is ASCII");
        self.forms.push(Form { coding, bytes: bytes.clone(), tag });
    }

    /// The file as it is.
    pub fn whole(&self) -> Bytes {
        self.forms[0].bytes.clone()
    }

    fn form(&self, headers: &HeaderMap) -> &Form {
        let chosen =
            accept::choose(texts(headers, &header::ACCEPT_ENCODING), self.forms.iter().map(|form| form.coding));
        self.forms.iter().find(|form| form.coding == chosen).unwrap_or(&self.forms[0])
    }

    fn respond(&self, asked: &HeaderMap) -> HttpResponse {
        let form = self.form(asked);
        let tag = form.tag.to_str().expect("a tag is ASCII");
        let mut response = if accept::has_already(texts(asked, &header::IF_NONE_MATCH), tag) {
            HttpResponse::new(StatusCode::NOT_MODIFIED)
        } else {
            let mut whole = HttpResponse::with_body(StatusCode::OK, BoxBody::new(form.bytes.clone()));
            whole.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
            if let Some(name) = form.coding.name() {
                whole.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            }
            whole
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, form.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.keep.control()));
        if self.keep == Keep::Shortly {
            // It is the same for everybody and says nothing of anybody: any page may have it, also one that takes only what says so
            // (`<script crossorigin integrity=…>`, Cross-Origin-Embedder-Policy).
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(CORP.clone(), HeaderValue::from_static("cross-origin"));
        }
        response
    }
}

impl Keep {
    fn control(self) -> &'static str {
        match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Asking => "no-cache",
            Self::Shortly => "public, max-age=300, must-revalidate",
        }
    }
}

impl Responder for Sent {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond(request.headers())
    }
}

impl Described for Sent {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_text(StatusCode::OK, "text/css", "The file.");
        operation.answers_also(StatusCode::OK, "text/javascript");
        operation.answers_also(StatusCode::OK, "image/svg+xml");
        operation.unchanged();
        operation.fails(StatusCode::NOT_FOUND, "No such file.");
    }
}

/// All values of a header that are text.
fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).filter_map(|value| value.to_str().ok())
}
