//! What every request passes, first and last: its id, the headers that every response has, one line in the log, and the envelope of
//! failures. Logs the route's pattern, never the path or the query as sent: somebody will put a key there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::cors::{self, Cors};
use super::error::{Problem, RequestId};
use crate::base::crypto;

/// No script, style or image from anywhere but this server; no frame, no form to elsewhere.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let id = RequestId(next_id());
    request.extensions_mut().insert(id.clone());
    let cors = cors::judge(&request, &id).await;
    let (mut response, readable_by) = match cors {
        Cors::Preflight(answer) => (request.into_response(answer), None),
        Cors::Silent => (next.call(request).await?.map_into_boxed_body(), None),
        // Handlers and extractors answer their failures as responses; nothing below this returns an error.
        Cors::Readable(origin) => (next.call(request).await?.map_into_boxed_body(), Some(origin)),
    };
    if let Some(failed) = failure(&response, &id) {
        response = response.into_response(failed);
    }
    let headers = response.headers_mut();
    if let Some(origin) = readable_by {
        cors::open(headers, origin);
    }
    headers.insert(X_REQUEST_ID.clone(), HeaderValue::from_str(&id.0).expect("an id is ASCII"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    tracing::debug!(
        request_id = id.0,
        method = %response.request().method(),
        route = response.request().match_pattern(),
        status = response.status().as_u16(),
        micros = began.elapsed().as_micros(),
        "request"
    );
    Ok(response)
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

/// Unique in this process, hard to confuse between processes, and cheap: a random start counted up.
fn next_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static START: std::sync::LazyLock<u64> = std::sync::LazyLock::new(|| u64::from_be_bytes(crypto::random()));
    format!("req_{:016x}", START.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)))
}
