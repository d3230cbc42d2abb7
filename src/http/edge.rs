//! What every request passes, first and last: its id, the headers that every response has, one line in the log, and the envelope of
//! failures; `front` does the same for what it answers. Logs the route's pattern, never the path or the query as sent: somebody will put a key there.

use std::cell::Cell;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::cors::{self, Cors};
use super::error::{Problem, RequestId};
use crate::base::crypto;

/// No script, style or image from anywhere but this server; no frame, no form to elsewhere.
///
/// `frame-ancestors` ends it, see [`framed_by`].
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every request that comes to the router, on its way in and out.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (began, id) = (began(), next_id());
    request.extensions_mut().insert(id);
    // Nothing else is looked up for a request that no page made.
    let from_page = request.headers().contains_key(header::ORIGIN);
    let cors = if from_page { Box::pin(cors::judge(&request, &id)).await } else { Cors::Silent };
    let (mut response, readable_by) = match cors {
        Cors::Preflight(answer) => (request.into_response(answer), None),
        Cors::Silent => (next.call(request).await?.map_into_boxed_body(), None),
        // Handlers and extractors answer their failures as responses; nothing below this returns an error.
        Cors::Readable(origin) => (next.call(request).await?.map_into_boxed_body(), Some(origin)),
    };
    if let Some(failed) = failure(&response, &id) {
        response = response.into_response(failed);
    }
    if let Some(origin) = readable_by {
        cors::open(response.headers_mut(), origin);
    }
    finish(response.headers_mut(), &id);
    let route = response.request().match_pattern();
    log(&id, response.request().method(), route.as_deref(), response.status(), began);
    Ok(response)
}

/// The headers that every response has.
pub fn finish(headers: &mut HeaderMap, id: &RequestId) {
    headers.insert(X_REQUEST_ID.clone(), HeaderValue::from_str(id.as_str()).expect("an id is ASCII"));
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The same policy for a page that pages of this origin may show in a frame.
pub fn framed_by(origin: &str) -> Option<HeaderValue> {
    let rest = CSP.strip_suffix("'none'").expect("it ends with frame-ancestors");
    HeaderValue::try_from(format!("{rest}{origin}")).ok()
}

/// When a request began, where anybody will be told.
pub fn began() -> Option<Instant> {
    tracing::enabled!(tracing::Level::DEBUG).then(Instant::now)
}

/// The line of one request.
pub fn log(id: &RequestId, method: &Method, route: Option<&str>, status: StatusCode, began: Option<Instant>) {
    tracing::debug!(
        request_id = id.as_str(),
        %method,
        route,
        status = status.as_u16(),
        micros = began.map(|began| began.elapsed().as_micros()),
        "request"
    );
}

/// A failure's body is made here, where its request's id is known; also for what the framework refused by itself.
fn failure(response: &ServiceResponse, id: &RequestId) -> Option<actix_web::HttpResponse> {
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return None;
    }
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    match problem {
        Some(problem) => Some(problem.respond(Some(id))),
        // A handler that answers a failing status on purpose (readiness) has said what it has to say.
        None if response.response().error().is_none() => None,
        None => Some(Problem::from_status(response.status()).respond(Some(id))),
    }
}

/// Hard to confuse within this process and between processes, and cheap: each thread has a random start of its own, counted up.
pub fn next_id() -> RequestId {
    thread_local! {
        static NEXT: Cell<u64> = Cell::new(u64::from_be_bytes(crypto::random()));
    }
    NEXT.with(|next| RequestId::new(next.replace(next.get().wrapping_add(1))))
}
