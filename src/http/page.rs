//! Plain HTML pages: the frame around the documentation and the few pages that the server writes itself. No script, no inline style, nothing
//! from elsewhere; every link goes through the path of `http.public_url`.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};

use super::error::Problem;
use super::guard::Worker;
use super::openapi::Operation;
use super::route::{Described, Part};

/// A whole HTML page. The way to the documentation stands at its top where that is switched on.
#[derive(Debug)]
pub struct Page {
    title: String,
    body: String,
}

/// `{name}` in the path.
#[derive(Debug)]
pub struct Name(pub String);

impl Page {
    /// `title` is text, `body` HTML whose links have the path of `http.public_url` before them.
    pub fn new(title: &str, body: String) -> Self {
        Self { title: title.to_owned(), body }
    }
}

impl Responder for Page {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let app = request.app_data::<Worker>().expect("every worker has the app");
        let (base, title, body) = (escape(app.base()), escape(&self.title), self.body);
        let nav = if app.instance.config.http.public_docs {
            format!(
                "<nav><a href=\"{base}/account\">Account</a><a href=\"{base}/docs\">Documentation</a><a href=\"{base}/docs/api\">API</a><a href=\"{base}/openapi.json\">openapi.json</a></nav>"
            )
        } else {
            String::new()
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Keystead</title>\n<link rel=\"stylesheet\" href=\"{base}/assets/page.css\">\n<link rel=\"icon\" href=\"{base}/assets/icon.svg\" type=\"image/svg+xml\">\n</head>\n<body>\n<header><a href=\"{base}/\">Keystead</a>{nav}</header>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
        );
        let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(html));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response
    }
}

impl Described for Page {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_text(StatusCode::OK, "text/html", "The page.");
        operation.fails(StatusCode::NOT_FOUND, "No such page, or switched off.");
        operation.fails(StatusCode::MISDIRECTED_REQUEST, "This server does not go by the name in the Host header.");
    }
}

impl FromRequest for Name {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Ok(Self(request.match_info().get("name").unwrap_or_default().to_owned())))
    }
}

impl Part for Name {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_name();
    }
}

/// Text as HTML text or attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
