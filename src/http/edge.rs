//! What every request passes, first and last: its id, the headers that every response has, one line in the log, and the envelope of
//! failures. Logs the route's pattern, never the path or the query as sent: somebody will put a key there.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::cors::{self, Cors};
use super::error::{Problem, RequestId};
use super::route::Entry;
use crate::base::crypto;

/// No script, style or image from anywhere but this server; no frame, no form to elsewhere.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every request on its way in and out. The first route of all is the busiest: it is answered from here.
pub async fn edge(
    routes: Arc<Vec<Entry>>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = tracing::enabled!(tracing::Level::DEBUG).then(Instant::now);
    let id = next_id();
    let is_busiest = routes[0].is(request.method(), request.path());
    // A verification leaves no event that would name its request.
    if !is_busiest {
        request.extensions_mut().insert(id);
    }
    // Nothing else is looked up for a request that no page made.
    let from_page = request.headers().contains_key(header::ORIGIN);
    let cors = if from_page { Box::pin(cors::judge(&request, &id)).await } else { Cors::Silent };
    let (mut response, readable_by) = match cors {
        Cors::Preflight(answer) => (request.into_response(answer), None),
        Cors::Silent if is_busiest => {
            let (request, payload) = request.into_parts();
            let answer = routes[0].serve(request.clone(), payload).await;
            (ServiceResponse::new(request, answer), None)
        }
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
    headers.insert(X_REQUEST_ID.clone(), HeaderValue::from_str(id.as_str()).expect("an id is ASCII"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    tracing::debug!(
        request_id = id.as_str(),
        method = %response.request().method(),
        route = response.request().match_pattern(),
        status = response.status().as_u16(),
        micros = began.map(|began| began.elapsed().as_micros()),
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

/// Hard to confuse within this process and between processes, and cheap: each thread has a random start of its own, counted up.
fn next_id() -> RequestId {
    thread_local! {
        static NEXT: Cell<u64> = Cell::new(u64::from_be_bytes(crypto::random()));
    }
    NEXT.with(|next| RequestId::new(next.replace(next.get().wrapping_add(1))))
}
