//! The same for whatever speaks tower (axum, tonic, hyper): a layer that lets requests with a good API key through. Copy `CheckKeys`.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceExt};

/// The layer: how to ask, and what is asked for. One agent for all requests, so that connections are kept.
#[derive(Clone, Debug)]
pub struct CheckKeys {
    agent: ureq::Agent,
    url: String,
    bearer: String,
    scopes: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Checked<S> {
    inner: S,
    by: CheckKeys,
}

/// A good key's verdict, among the request's extensions.
#[derive(Clone, Debug)]
pub struct Verdict(pub Value);

/// Your server puts the caller's address here: of the connection, or what your proxy says of it.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl CheckKeys {
    pub fn new(url: &str, token: &str, scopes: &[&str]) -> Self {
        // A check that may wait for ever stops its server.
        let config =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).http_status_as_error(false);
        Self {
            agent: config.build().into(),
            url: format!("{}/v1/api-keys/verify", url.trim_end_matches('/')),
            bearer: format!("Bearer {}", token.trim()),
            scopes: scopes.iter().map(ToString::to_string).collect(),
        }
    }

    fn question<B>(&self, request: &Request<B>) -> Result<Value, StatusCode> {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let key = match (bearer, text(header::HeaderName::from_static("x-api-key"))) {
            (Some(bearer), Some(header)) if bearer != header => return Err(StatusCode::BAD_REQUEST),
            (bearer, header) => bearer.or(header).ok_or(StatusCode::UNAUTHORIZED)?,
        };
        Ok(json!({
            "key": key,
            "scopes": self.scopes,
            "ip": request.extensions().get::<ClientAddress>().map(|address| address.0),
            "referrer": text(header::REFERER).or(text(header::ORIGIN)),
            "method": request.method().as_str(),
            "path": request.uri().path(),
        }))
    }

    /// A good key's verdict, or the status to refuse with. Where nobody can say, that is never a yes.
    fn ask(&self, question: &Value) -> Result<Verdict, StatusCode> {
        let asked = self.agent.post(&self.url).header("Authorization", &self.bearer).content_type("application/json");
        let answered = asked.send(question.to_string()).ok();
        let text = answered.and_then(|mut answer| {
            let text = answer.body_mut().read_to_string().ok()?;
            (answer.status() == 200).then(|| serde_json::from_str::<Value>(&text).ok()).flatten()
        });
        let verdict = text.ok_or(StatusCode::SERVICE_UNAVAILABLE)?["data"].take();
        match verdict["code"].as_str() {
            Some("valid") => Ok(Verdict(verdict)),
            Some("insufficient_scope" | "ip_denied" | "referrer_denied" | "endpoint_denied") => {
                Err(StatusCode::FORBIDDEN)
            }
            Some("rate_limited" | "credits_exhausted") => Err(StatusCode::TOO_MANY_REQUESTS),
            // Why a key is not good is for its owner to ask, not for whoever presents it.
            Some(_) => Err(StatusCode::UNAUTHORIZED),
            None => Err(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

impl<S> Layer<S> for CheckKeys {
    type Service = Checked<S>;

    fn layer(&self, inner: S) -> Checked<S> {
        Checked { inner, by: self.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for Checked<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone takes its place.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let by = self.by.clone();
        let question = by.question(&request);
        Box::pin(async move {
            let asked = match question {
                Ok(question) => {
                    let asking = tokio::task::spawn_blocking(move || by.ask(&question));
                    asking.await.unwrap_or(Err(StatusCode::SERVICE_UNAVAILABLE))
                }
                Err(status) => Err(status),
            };
            match asked {
                Ok(verdict) => {
                    request.extensions_mut().insert(verdict);
                    inner.call(request).await
                }
                Err(status) => {
                    let mut response = Response::new(R::default());
                    *response.status_mut() = status;
                    Ok(response)
                }
            }
        })
    }
}

/// One request, as a server would be asked: `cargo run --example tower -- http://127.0.0.1:7300 ./token-file ./key-file`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut given = std::env::args().skip(1);
    let mut next =
        || given.next().ok_or_else(|| std::io::Error::other("give the URL, a file with a token, one with a key"));
    let (url, token, key) = (next()?, std::fs::read_to_string(next()?)?, std::fs::read_to_string(next()?)?);
    let layer = CheckKeys::new(&url, &token, &["invoices:read"]);
    let app = layer.layer(tower::service_fn(|request: Request<()>| async move {
        let verdict = request.extensions().get::<Verdict>().expect("only good keys come here");
        Ok::<_, Infallible>(Response::new(format!("invoices of {}", verdict.0["owner"]["name"])))
    }));
    let request =
        Request::get("/v1/invoices/7").header("x-api-key", key.trim()).body(()).map_err(std::io::Error::other)?;
    let response = app.oneshot(request).await.expect("it never fails");
    println!("{} {}", response.status(), response.body());
    Ok(())
}
