//! A backend on actix-web that lets requests with a good API key through. Copy `Guard` and `guard` into yours.
//!
//!     cargo run --example actix -- http://127.0.0.1:7300 ./token-file

use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpMessage, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

/// How to ask: one agent for all requests, so that connections are kept.
#[derive(Clone)]
struct Guard {
    agent: ureq::Agent,
    url: String,
    bearer: String,
}

/// A good key's verdict, for handlers.
#[derive(Clone)]
struct Verdict(Value);

impl Guard {
    fn new(url: &str, token: &str) -> Self {
        // A check that may wait for ever stops its server.
        let config =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).http_status_as_error(false);
        let url = format!("{}/v1/api-keys/verify", url.trim_end_matches('/'));
        Self { agent: config.build().into(), url, bearer: format!("Bearer {}", token.trim()) }
    }

    /// The verdict; `None` where nobody can say, which is never a yes.
    fn ask(&self, question: &Value) -> Option<Value> {
        let asked = self.agent.post(&self.url).header("Authorization", &self.bearer).content_type("application/json");
        let mut answer = asked.send(question.to_string()).ok()?;
        let text: Value = serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()?;
        (answer.status() == 200).then(|| text["data"].clone()).filter(|verdict| verdict["code"].is_string())
    }
}

/// The key of a request; `Err` where two headers carry different ones.
fn key_of(headers: &header::HeaderMap) -> Result<Option<&str>, ()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    match (bearer, text("x-api-key")) {
        (Some(bearer), Some(header)) if bearer != header => Err(()),
        (bearer, header) => Ok(bearer.or(header)),
    }
}

async fn guard(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse, Error> {
    let key = match key_of(request.headers()) {
        Ok(Some(key)) => key.to_owned(),
        Ok(None) => {
            return Ok(request
                .into_response(HttpResponse::Unauthorized().insert_header(("WWW-Authenticate", "Bearer")).finish()));
        }
        Err(()) => return Ok(request.into_response(HttpResponse::BadRequest().finish())),
    };
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let question = json!({
        "key": key,
        "scopes": ["invoices:read"],
        // Of the connection. Behind a proxy, take what your proxy says, and only what it says.
        "ip": request.peer_addr().map(|peer| peer.ip().to_string()),
        "referrer": header(header::REFERER).or(header(header::ORIGIN)),
        "method": request.method().as_str(),
        "path": request.uri().path(),
    });
    let asker = request.app_data::<web::Data<Guard>>().expect("the app has a guard").clone();
    let verdict = web::block(move || asker.ask(&question)).await.ok().flatten();
    let refusal = match verdict {
        Some(verdict) if verdict["valid"] == true => {
            request.extensions_mut().insert(Verdict(verdict));
            return Ok(next.call(request).await?.map_into_boxed_body());
        }
        None => HttpResponse::ServiceUnavailable().finish(),
        Some(verdict) => match verdict["code"].as_str() {
            Some("insufficient_scope" | "ip_denied" | "referrer_denied" | "endpoint_denied") => {
                HttpResponse::Forbidden().finish()
            }
            Some("rate_limited" | "credits_exhausted") => {
                let mut response = HttpResponse::TooManyRequests();
                if let Some(ms) = verdict["retry_after_ms"].as_u64() {
                    response.insert_header(("Retry-After", ms.div_ceil(1000)));
                }
                response.finish()
            }
            // Why a key is not good is for its owner to ask, not for whoever presents it.
            _ => HttpResponse::Unauthorized().insert_header(("WWW-Authenticate", "Bearer")).finish(),
        },
    };
    Ok(request.into_response(refusal))
}

async fn invoices(verdict: web::ReqData<Verdict>) -> String {
    format!("invoices of {}", verdict.0["owner"]["external_id"].as_str().unwrap_or_default())
}

/// Serves on this listener.
pub async fn serve(listener: TcpListener, url: String, token: String) -> std::io::Result<()> {
    let asker = web::Data::new(Guard::new(&url, &token));
    let app = move || {
        App::new().app_data(asker.clone()).wrap(from_fn(guard)).route("/v1/invoices/{id}", web::get().to(invoices))
    };
    HttpServer::new(app).workers(2).listen(listener)?.run().await
}

fn main() -> std::io::Result<()> {
    let mut given = std::env::args().skip(1);
    let mut next =
        || given.next().ok_or_else(|| std::io::Error::other("give the server's URL and a file with a token"));
    let (url, token) = (next()?, std::fs::read_to_string(next()?)?);
    actix_web::rt::System::new().block_on(serve(TcpListener::bind("127.0.0.1:8080")?, url, token))
}
