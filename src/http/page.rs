//! Plain HTML pages: the one at `/`, and the frame of the documentation. No script, no inline style, nothing from elsewhere.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};

use super::error::Problem;
use super::guard::Nobody;
use super::openapi::Operation;
use super::reply::Reply;
use super::route::{Described, Part};

/// A whole HTML page.
#[derive(Debug)]
pub struct Page(pub String);

/// `{name}` in the path.
#[derive(Debug)]
pub struct Name(pub String);

/// The frame around every page.
pub fn frame(title: &str, body: &str) -> Page {
    Page(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Keystead</title>\n<link rel=\"stylesheet\" href=\"/assets/page.css\">\n<link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\n</head>\n<body>\n<header><a href=\"/\">Keystead</a><nav><a href=\"/docs\">Documentation</a><a href=\"/docs/api\">API</a><a href=\"/openapi.json\">openapi.json</a></nav></header>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    ))
}

pub async fn home(who: Nobody) -> Reply<Page> {
    let app = &who.0.app;
    let docs = if app.instance.config.http.public_docs {
        "<li><a href=\"/docs\">/docs</a>: how to use and operate it, and the API to read</li>\n<li><a href=\"/openapi.json\">/openapi.json</a>: the API for programs</li>"
    } else {
        "<li>The documentation is switched off on this server (<code>http.public_docs</code>).</li>"
    };
    let url = escape(&app.public_url);
    Ok(frame(
        "Keystead",
        &format!(
            "<h1>This is Keystead {}</h1>\n<p>It issues and verifies API keys. It is running, and here is where things are:</p>\n<ul>\n{docs}\n<li><a href=\"/readyz\">/readyz</a> and <a href=\"/healthz\">/healthz</a>: for load balancers and supervisors</li>\n<li><code>{url}/v1/…</code>: the API itself, for programs with a key</li>\n</ul>\n<p>A first backend key comes from the machine that runs it: <code>keystead admin token</code>. There is no screen yet in this version; the command line and the API do everything.</p>",
            env!("CARGO_PKG_VERSION"),
        ),
    ))
}

const CSS: &str = include_str!("../../docs/assets/page.css");
const ICON: &str = include_str!("../../docs/assets/icon.svg");

pub async fn asset(_: Nobody, name: Name) -> Reply<Asset> {
    match name.0.as_str() {
        "page.css" => Ok(Asset { media_type: "text/css; charset=utf-8", text: CSS }),
        "icon.svg" => Ok(Asset { media_type: "image/svg+xml", text: ICON }),
        _ => Err(Problem::no_such_route()),
    }
}

#[derive(Debug)]
pub struct Asset {
    media_type: &'static str,
    text: &'static str,
}

impl Responder for Asset {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        text(self.media_type, self.text.to_owned())
    }
}

impl Described for Asset {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_text(StatusCode::OK, "text/css", "The file.");
        operation.fails(StatusCode::NOT_FOUND, "No such file.");
    }
}

impl Responder for Page {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        text("text/html; charset=utf-8", self.0)
    }
}

impl Described for Page {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_text(StatusCode::OK, "text/html", "The page.");
        operation.fails(StatusCode::NOT_FOUND, "No such page, or switched off.");
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

fn text(media_type: &'static str, text: String) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Text as HTML text or attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
