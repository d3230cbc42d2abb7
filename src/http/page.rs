//! Plain HTML pages: the one at `/`, and the frame of the documentation. No script, no inline style, nothing from elsewhere.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use rust_embed::RustEmbed;

use super::error::Problem;
use super::guard::{Nobody, Visitor};
use super::openapi::Operation;
use super::reply::Reply;
use super::route::{Described, Part};

/// A whole HTML page.
#[derive(Debug)]
pub struct Page(pub String);

/// `{name}` in the path.
#[derive(Debug)]
pub struct Name(pub String);

/// The way to the documentation, at the top of every page where it is switched on.
pub const NAV: &str = "<nav><a href=\"/account\">Account</a><a href=\"/docs\">Documentation</a><a href=\"/docs/api\">API</a><a href=\"/openapi.json\">openapi.json</a></nav>";

/// The frame around every page. `body` is HTML, `title` is text already escaped.
pub fn frame(title: &str, nav: &str, body: &str) -> Page {
    Page(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Keystead</title>\n<link rel=\"stylesheet\" href=\"/assets/page.css\">\n<link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\n</head>\n<body>\n<header><a href=\"/\">Keystead</a>{nav}</header>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    ))
}

pub async fn home(who: Visitor) -> Reply<Page> {
    let app = &who.0.app;
    let (nav, docs) = if app.instance.config.http.public_docs {
        (
            NAV,
            "<li><a href=\"/docs\">/docs</a>: how to use and operate it, and the API to read</li>\n<li><a href=\"/openapi.json\">/openapi.json</a>: the API for programs</li>",
        )
    } else {
        ("", "<li>The documentation is switched off on this server (<code>http.public_docs</code>).</li>")
    };
    let url = escape(&app.public_url);
    Ok(frame(
        "Keystead",
        nav,
        &format!(
            "<h1>This is Keystead {}</h1>\n<p>It issues and verifies API keys. It is running, and here is where things are:</p>\n<ul>\n{docs}\n<li><a href=\"/readyz\">/readyz</a> and <a href=\"/healthz\">/healthz</a>: for load balancers and supervisors</li>\n<li><code>{url}/v1/…</code>: the API itself, for programs with a key</li>\n</ul>\n<p>A first backend key comes from the machine that runs it: <code>keystead admin token</code>. People sign in at <a href=\"/sign-in\">/sign-in</a>; for keys there is no screen yet in this version, and the command line and the API do everything.</p>",
            env!("CARGO_PKG_VERSION"),
        ),
    ))
}

/// What Node builds out of `ui/`. Empty in a build without Node; the pages are then read, not tried.
#[derive(RustEmbed)]
#[folder = "ui/dist/"]
struct Built;

#[derive(RustEmbed)]
#[folder = "docs/assets/"]
struct Plain;

/// Was this part for the browser built into this binary?
pub fn has_script(name: &str) -> bool {
    Built::get(name).is_some()
}

pub async fn asset(_: Nobody, name: Name) -> Reply<Asset> {
    let media_type = match name.0.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        _ => return Err(Problem::no_such_route()),
    };
    let file = Plain::get(&name.0).or_else(|| Built::get(&name.0)).ok_or_else(Problem::no_such_route)?;
    Ok(Asset { media_type, bytes: file.data.into_owned() })
}

#[derive(Debug)]
pub struct Asset {
    media_type: &'static str,
    bytes: Vec<u8>,
}

impl Responder for Asset {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        page(self.media_type, BoxBody::new(self.bytes))
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
        page("text/html; charset=utf-8", BoxBody::new(self.0))
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

fn page(media_type: &'static str, body: BoxBody) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Text as HTML text or attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
