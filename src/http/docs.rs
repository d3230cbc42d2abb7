//! `/docs`: the pages of `docs/*.md` and the API's reference, all in the binary. `http.public_docs` switches them off.

use pulldown_cmark::{Event, Options, Parser, Tag, html};
use rust_embed::RustEmbed;

use super::guard::Nobody;
use super::openapi::Operation;
use super::page::{Name, Page, escape};
use super::reply::Reply;
use super::route::Described;
use crate::base::Error;
use crate::http::error::Problem;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};

#[derive(RustEmbed)]
#[folder = "docs/"]
struct Guides;

/// The pages in reading order; a file that is not named here is not served.
const ORDER: &[&str] = &[
    "first-key",
    "console",
    "keys",
    "scopes",
    "verify",
    "restrictions",
    "offline",
    "gateways",
    "limits",
    "credits",
    "usage",
    "sdk",
    "clients",
    "hooks",
    "scan-ci",
    "git-servers",
    "testing",
    "people",
    "passwords",
    "account",
    "sign-in",
    "portal",
    "embed",
    "import",
    "scan",
    "scan-allow",
    "scan-rules",
    "scan-from-gitleaks",
    "leaks",
    "configuration",
    "operate",
];

pub async fn index(who: Nobody) -> Reply<Page> {
    allowed(&who)?;
    let base = escape(who.0.app.base());
    let items: String = ORDER
        .iter()
        .filter_map(|name| {
            let text = guide(name)?;
            let title = text.lines().next()?.trim_start_matches("# ").to_owned();
            Some(format!("<li><a href=\"{base}/docs/{name}\">{}</a></li>\n", escape(&title)))
        })
        .collect();
    Ok(Page::new(
        "Documentation",
        format!(
            "<h1>Documentation</h1>\n<ul>\n{items}<li><a href=\"{base}/docs/api\">The API, route by route</a></li>\n</ul>"
        ),
    ))
}

pub async fn show(who: Nobody, name: Name) -> Reply<Page> {
    allowed(&who)?;
    if name.0 == "api" {
        return Ok(Page::new("API", who.0.app.described().1.clone()));
    }
    let name = ORDER.iter().find(|known| **known == name.0).ok_or_else(Problem::no_such_route)?;
    let mut text = guide(name).ok_or_else(Problem::no_such_route)?;
    if *name == "configuration" {
        // The one home of defaults, shown where it is spoken of.
        text = text.replace("[config/default.toml](../config/default.toml)", "`config/default.toml`");
        text.extend(["\n## All settings\n\n```toml\n", crate::config::DEFAULTS, "```\n"]);
    }
    let mut body = String::with_capacity(text.len() * 2);
    let base = who.0.app.base();
    html::push_html(&mut body, Parser::new_ext(&text, Options::ENABLE_TABLES).map(|event| based(base, event)));
    let title = text.lines().next().unwrap_or_default().trim_start_matches("# ");
    Ok(Page::new(title, body))
}

/// A link to a path of this server, as browsers reach it.
fn based<'a>(base: &str, event: Event<'a>) -> Event<'a> {
    match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) if dest_url.starts_with('/') => {
            Event::Start(Tag::Link { link_type, dest_url: format!("{base}{dest_url}").into(), title, id })
        }
        other => other,
    }
}

fn guide(name: &str) -> Option<String> {
    let file = Guides::get(&format!("{name}.md"))?;
    String::from_utf8(file.data.into_owned()).ok()
}

pub async fn openapi(who: Nobody) -> Reply<Document> {
    allowed(&who)?;
    Ok(Document(who.0.app.described().0.clone()))
}

fn allowed(who: &Nobody) -> Result<(), Problem> {
    if who.0.app.instance.config.http.public_docs { Ok(()) } else { Err(Error::NotFound.into()) }
}

/// The OpenAPI document, rendered once at start.
#[derive(Debug)]
pub struct Document(String);

impl Responder for Document {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type("application/json").body(self.0)
    }
}

impl Described for Document {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<serde_json::Value>(StatusCode::OK, "OpenAPI 3.1.");
        operation.fails(StatusCode::NOT_FOUND, "Switched off.");
    }
}
