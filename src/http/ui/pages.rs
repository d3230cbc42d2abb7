//! `/` and the pages of the console, `/portal` and `/assets`: what each address of the browser's part answers. Every address of the console
//! is one and the same page, which reads its address itself; no page holds anything of anybody.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};

use super::served::{Sent, Served};
use crate::base::Secret;
use crate::http::App;
use crate::http::edge;
use crate::http::error::Problem;
use crate::http::guard::{Nobody, Visitor};
use crate::http::openapi::Operation;
use crate::http::page::{Name, Page, escape};
use crate::http::reply::Reply;
use crate::http::route::{Described, Part};
use crate::people::panel_realm;

/// A page of the browser's part, or the one that says how to build it.
#[derive(Debug)]
pub enum Screen {
    Built(Arc<Served>),
    /// Which pages of other sites may show it in a frame. Never kept: the address has a code in it that works once.
    Framed(Arc<Served>, Option<String>),
    Missing(Page),
}

/// The last part of the link that opens a panel.
#[derive(Debug)]
pub struct PanelCode(Secret);

/// Characters of a code: 43, and the mark of the sandbox. What is longer is none, and is not looked for.
const CODE_MAX: usize = 64;

pub async fn console(Visitor(call): Visitor) -> Reply<Screen> {
    let built = call.app.ui.console.clone().map(Screen::Built);
    Ok(built.unwrap_or_else(|| Screen::Missing(missing(&call.app))))
}

/// Only pages of the origin that the panel was opened for may frame it, and only until its code is exchanged or a minute old. Looking it up
/// takes nothing from the code: a browser may ask for the page twice.
pub async fn portal(Visitor(call): Visitor, PanelCode(code): PanelCode) -> Reply<Screen> {
    let Some(page) = call.app.ui.portal.clone() else { return Ok(Screen::Missing(missing(&call.app))) };
    let by = if code.expose().len() <= CODE_MAX {
        let people = &call.app.instance.realm(panel_realm(code.expose())).people;
        people.may_frame(&code, call.now()).await?
    } else {
        None
    };
    Ok(Screen::Framed(page, by))
}

/// Where the page goes on when it has taken the code out of the address.
pub async fn portal_without_code(Visitor(call): Visitor) -> Reply<Screen> {
    let built = call.app.ui.portal.clone().map(|page| Screen::Framed(page, None));
    Ok(built.unwrap_or_else(|| Screen::Missing(missing(&call.app))))
}

pub async fn asset(who: Nobody, name: Name) -> Reply<Sent> {
    who.0.app.ui.assets.get(&name.0).cloned().map(Sent).ok_or_else(Problem::no_such_route)
}

pub async fn panel(who: Nobody) -> Reply<Sent> {
    who.0.app.ui.panel.clone().map(Sent).ok_or_else(Problem::no_such_route)
}

/// What stands everywhere in a build without Node.
fn missing(app: &App) -> Page {
    let (base, url) = (escape(app.base()), escape(&app.public_url));
    let docs = if app.instance.config.http.public_docs {
        format!(
            "<li><a href=\"{base}/docs\">/docs</a>: how to use and operate it, and the API to read</li>\n<li><a href=\"{base}/openapi.json\">/openapi.json</a>: the API for programs</li>"
        )
    } else {
        "<li>The documentation is switched off on this server (<code>http.public_docs</code>).</li>".into()
    };
    Page::new(
        "Built without pages",
        format!(
            "<h1>This is Keystead {}</h1>\n<p>It issues and verifies API keys. It is running, but this binary was built without the pages for a browser: Node was missing. <code>make build</code> on a machine with Node makes a whole one. The command line and the API do everything meanwhile.</p>\n<ul>\n{docs}\n<li><a href=\"{base}/readyz\">/readyz</a> and <a href=\"{base}/healthz\">/healthz</a>: for load balancers and supervisors</li>\n<li><code>{url}/v1/…</code>: the API itself, for programs with a key</li>\n</ul>\n<p>A first backend key comes from the machine that runs it: <code>keystead admin token</code>.</p>",
            env!("CARGO_PKG_VERSION"),
        ),
    )
}

impl Responder for Screen {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Built(page) => Sent(page).respond_to(request),
            Self::Missing(page) => page.respond_to(request),
            Self::Framed(page, by) => {
                let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(page.whole()));
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                // Browsers that know frame-ancestors pass over X-Frame-Options, which cannot name an origin; all of today's do.
                if let Some(policy) = by.and_then(|origin| edge::framed_by(&origin)) {
                    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
                }
                response
            }
        }
    }
}

impl Described for Screen {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_text(StatusCode::OK, "text/html", "The page, which reads its address itself.");
        operation.unchanged();
        operation.fails(StatusCode::MISDIRECTED_REQUEST, "This server does not go by the name in the Host header.");
    }
}

impl FromRequest for PanelCode {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let code = request.match_info().get("code").unwrap_or_default();
        std::future::ready(Ok(Self(Secret::new(code.to_owned()))))
    }
}

impl Part for PanelCode {
    fn describe(_: &mut Operation<'_>) {}
}
