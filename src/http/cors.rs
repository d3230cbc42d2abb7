//! Which pages of other sites may read our answers (the CORS protocol of the Fetch standard, section 3.2): pages of the origin for which a
//! backend opened an embedded panel, and answers to that panel alone. Never `*`, never with cookies (the panel's script, the same for
//! everybody, is `ui`'s). Looks something up only for a request that says it comes from a page and is a preflight or carries a panel's token.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};

use super::App;
use super::error::{Problem, RequestId};
use crate::people::{PANEL_PREFIX, panel_realm};

/// What the answer to a request says to the browser that made it.
#[derive(Debug)]
pub enum Cors {
    /// Nothing: whatever page asked, its browser keeps the answer from it if it is of another site.
    Silent,
    /// A page of this origin may read it.
    Readable(HeaderValue),
    /// This is the answer, before any route is looked for.
    Preflight(HttpResponse),
}

/// What a panel's page sends, and what it needs of an answer.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static("Authorization, Content-Type, If-Match, Idempotency-Key");
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Retry-After");
/// A browser asks again after ten minutes: a panel that ends meanwhile can still be told so.
const MAX_AGE_S: HeaderValue = HeaderValue::from_static("600");

pub async fn judge(request: &ServiceRequest, id: &RequestId) -> Cors {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Cors::Silent };
    // A question of a gateway has the headers of its client, whose page is none of ours.
    if !request.path().starts_with("/v1/") || request.path().starts_with("/v1/forward-auth/") {
        return Cors::Silent;
    }
    let app = request.app_data::<web::Data<App>>().expect("every worker has the app");
    let now = app.instance.clock.now_ms();
    let asked = origin.to_str().unwrap_or_default();
    let headers = request.headers();
    if request.method() == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        // It cannot say which panel it is for.
        let live = app.instance.live.people.lets_read(asked, None, now).await;
        let either = match live {
            Ok(false) => app.instance.sandbox.people.lets_read(asked, None, now).await,
            live => live,
        };
        let problem = match either {
            Ok(true) => return Cors::Preflight(allowed(origin)),
            Ok(false) => Problem::foreign_page(
                "no portal session that is alive was made for pages of this origin: name it as allowed_origin",
            ),
            Err(error) => error.into(),
        };
        return Cors::Preflight(problem.respond(Some(id)));
    }
    let Some(token) = panel_token(headers) else { return Cors::Silent };
    let people = &app.instance.realm(panel_realm(token)).people;
    match people.lets_read(asked, Some(people.token_digest(token)), now).await {
        Ok(true) => Cors::Readable(origin.clone()),
        // A store that cannot answer opens nothing.
        Ok(false) | Err(_) => Cors::Silent,
    }
}

/// Lets a page of this origin read the answer with these headers.
pub fn open(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

fn allowed(origin: &HeaderValue) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_S);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    response
}

/// The token of a panel, as a page sends it.
fn panel_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PANEL_PREFIX)).then_some(token)
}
