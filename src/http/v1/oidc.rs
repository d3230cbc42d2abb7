//! Signing in with the OpenID Connect provider: out to it, back from it, and the page that says what came of it. Whatever went wrong, the
//! browser ends on an address of ours with a fixed word in it; nothing that the provider sent is repeated.

use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Error;
use crate::event::Actor;
use crate::http::App;
use crate::http::cookie;
use crate::http::error::Problem;
use crate::http::guard::{Nobody, Returning, Visitor};
use crate::http::input::Query;
use crate::http::openapi::Operation;
use crate::http::page::{Name, Page, escape};
use crate::http::reply::{Answer, Reply};
use crate::http::route::Described;
use crate::people::oidc::{Arrived, Oidc, Refusal, Return, Wish, return_path};

/// A sign-in that left somebody's e-mail address with whoever has it here.
const EMAIL_TAKEN: &str = "email_taken";

/// How people sign in here.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ways {
    /// With e-mail and password?
    password: bool,
    oidc: Option<Provider>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Provider {
    /// For the button: "Sign in with …".
    name: String,
    /// Where the button leads, with `?return_to=`: behind `http.public_url`.
    start: &'static str,
}

pub async fn ways(Nobody(call): Nobody) -> Reply<Answer<Ways>> {
    let instance = &call.app.instance;
    let oidc = instance.oidc.as_ref().map(|oidc| Provider { name: oidc.name().to_owned(), start: "/v1/oidc/start" });
    Ok(Answer(Ways { password: !instance.config.sign_in.sso_only, oidc }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// A path of this server to go to afterwards, without the path of `http.public_url`; `/` without it.
    return_to: Option<String>,
    /// Ask for the password again at the provider, as before dangerous actions. It must then send `auth_time`.
    #[serde(default)]
    fresh: bool,
}

pub async fn start(Visitor(call): Visitor, mut browser: Returning, Query(start): Query<Start>) -> Reply<Redirect> {
    let oidc = provider(&call.app)?;
    browser.is_from_own_page()?;
    let return_to = local(start.return_to.as_deref())?;
    let wish = Wish { return_to, link: None, fresh: start.fresh };
    Ok(match oidc.begin(wish, &callback_url(&call.app), call.now()).await {
        Ok(begun) => Redirect::away(begun.url).with(cookie::of_flow(&call.app, begun.cookie)),
        Err(refusal) => Redirect::refused(&call.app, refusal),
    })
}

/// What the provider sends; parameters of its own beside these are its own business.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Callback {
    code: Option<String>,
    state: Option<String>,
    /// RFC 9207.
    iss: Option<String>,
}

pub async fn callback(Visitor(call): Visitor, browser: Returning, Query(sent): Query<Callback>) -> Reply<Redirect> {
    let oidc = provider(&call.app)?;
    let app = &call.app;
    let over = cookie::flow_gone(app);
    let Some(flow) = browser.flow().and_then(|sealed| oidc.begun(sealed, call.now())) else {
        return Ok(Redirect::refused(app, Refusal::NotBegun).with(over));
    };
    let me = browser.signed_in().await;
    let back = Return {
        flow: &flow,
        code: sent.code,
        state: sent.state,
        issuer: sent.iss,
        me,
        user_agent: browser.user_agent,
        former: browser.former,
    };
    // Whose doing it is turns out within: the person's.
    let act = call.act(Actor::nobody());
    let done = match oidc.finish(call.people(), act, back, &callback_url(app)).await? {
        Err(refusal) => Redirect::refused(app, refusal),
        Ok(Arrived::Linked) => Redirect::within(app, &flow.return_to),
        Ok(Arrived::SignedIn { opened, email_taken }) => {
            let to = if email_taken { format!("/sign-in/{EMAIL_TAKEN}") } else { flow.return_to };
            Redirect::within(app, &to).with(cookie::of_session(app, &opened.token))
        }
    };
    Ok(done.with(over))
}

/// The page that a failed sign-in ends on. What is no word of ours is not there.
pub async fn explain(Visitor(call): Visitor, name: Name) -> Reply<Page> {
    let oidc = provider(&call.app)?;
    let (title, text) = if name.0 == EMAIL_TAKEN {
        (
            "You are signed in, without your e-mail address",
            "Another account here has your e-mail address, so this new account was made without it. If the other one is yours, sign in to it with its password and link this account there: the two become one way in.",
        )
    } else {
        let refusal = Refusal::ALL.into_iter().find(|refusal| refusal.code() == name.0);
        ("You are not signed in", refusal.ok_or_else(Problem::no_such_route)?.why())
    };
    let again = format!("Sign in with {}", escape(oidc.name()));
    let base = escape(call.app.base());
    Ok(Page::new(
        title,
        format!(
            "<h1>{title}</h1>\n<p>{text}</p>\n<p><a href=\"{base}/v1/oidc/start\">{again}</a> · <a href=\"{base}/\">Home</a></p>"
        ),
    ))
}

/// 302, with cookies.
#[derive(Debug)]
pub struct Redirect {
    location: String,
    cookies: Vec<Cookie<'static>>,
}

impl Redirect {
    /// To the provider.
    fn away(location: String) -> Self {
        Self { location, cookies: Vec::new() }
    }

    /// To a path of this server, behind that of `http.public_url`.
    fn within(app: &App, path: &str) -> Self {
        Self::away(format!("{}{path}", app.base()))
    }

    fn refused(app: &App, refusal: Refusal) -> Self {
        tracing::info!(code = refusal.code(), "a sign-in with the OpenID provider came to nothing");
        Self::within(app, &format!("/sign-in/{}", refusal.code()))
    }

    fn with(mut self, cookie: Cookie<'static>) -> Self {
        self.cookies.push(cookie);
        self
    }
}

impl Responder for Redirect {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Found();
        response.insert_header((header::LOCATION, self.location));
        for cookie in self.cookies {
            response.cookie(cookie);
        }
        response.finish()
    }
}

impl Described for Redirect {
    fn describe(operation: &mut Operation<'_>) {
        operation.redirects("On to the provider, back to `return_to`, or to the page that says what went wrong.");
        operation.fails(actix_web::http::StatusCode::NOT_FOUND, "No provider is configured.");
        operation.fails(actix_web::http::StatusCode::FORBIDDEN, "Another site's page sent the browser here.");
        operation.fails(actix_web::http::StatusCode::MISDIRECTED_REQUEST, "Host is not that of `http.public_url`.");
        operation.fails(actix_web::http::StatusCode::UNPROCESSABLE_ENTITY, "`return_to` is no path of this server.");
    }
}

pub(super) fn provider(app: &App) -> Result<&Oidc, Problem> {
    app.instance.oidc.as_ref().ok_or_else(|| Error::NotFound.into())
}

pub(super) fn local(path: Option<&str>) -> Result<String, Error> {
    let path = return_path(path.unwrap_or("/"));
    path.map(str::to_owned).ok_or_else(|| Error::refused("/return_to", "must be a path of this server, as in /keys"))
}

/// The redirect URI, exactly as it is registered at the provider.
pub(super) fn callback_url(app: &App) -> String {
    format!("{}/v1/oidc/callback", app.public_url)
}
