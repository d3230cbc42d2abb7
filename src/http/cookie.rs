//! The cookie of a session: set when one begins or goes on under a new token, taken away when it ends. No page can read it, no other site
//! sends it with a change, and under https it is bound to this host (`__Host-`, RFC 6265bis section 4.1.3.2).

use actix_web::body::BoxBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::App;
use super::error::Problem;
use super::guard::cookie_name;
use super::openapi::Operation;
use super::route::Described;
use crate::base::Secret;
use crate::base::clock::SECOND_MS;

/// An answer that changes the session's cookie.
#[derive(Debug)]
pub struct WithCookie<R>(pub R, pub Cookie<'static>);

/// The cookie with this token, for as long as a session can live.
pub fn of_session(app: &App, token: &Secret) -> Cookie<'static> {
    let life_s = app.instance.config.sign_in.absolute_timeout_ms() / SECOND_MS;
    cookie(app, cookie_name(&app.public_url), token.expose().to_owned(), Duration::seconds(life_s))
}

/// The end of the cookie.
pub fn gone(app: &App) -> Cookie<'static> {
    cookie(app, cookie_name(&app.public_url), String::new(), Duration::ZERO)
}

/// The cookie of a sign-in that this browser has begun with the OpenID Connect provider. The server itself looks at the time within.
pub fn of_flow(app: &App, sealed: String) -> Cookie<'static> {
    cookie(app, flow_name(app), sealed, Duration::minutes(10))
}

/// The end of that one.
pub fn flow_gone(app: &App) -> Cookie<'static> {
    cookie(app, flow_name(app), String::new(), Duration::ZERO)
}

pub fn flow_name(app: &App) -> &'static str {
    if app.public_url.starts_with("https://") { "__Host-keystead-oidc" } else { "keystead-oidc" }
}

fn cookie(app: &App, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    // Browsers take `__Host-` for the whole host alone; without https, a server behind a path shares its host with others.
    let path = if name.starts_with("__Host-") || app.base().is_empty() { "/" } else { app.base() };
    Cookie::build(name, value)
        .path(path.to_owned())
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.public_url.starts_with("https://"))
        .max_age(max_age)
        .finish()
}

impl<R: Responder<Body = BoxBody>> Responder for WithCookie<R> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.0.respond_to(request);
        match response.add_cookie(&self.1) {
            Ok(()) => response,
            Err(error) => HttpResponse::from_error(Problem::from(crate::base::Error::internal(error.to_string()))),
        }
    }
}

impl<R: Described> Described for WithCookie<R> {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
        operation.fails(StatusCode::TOO_MANY_REQUESTS, "Too many attempts: wait as long as Retry-After says.");
    }
}
