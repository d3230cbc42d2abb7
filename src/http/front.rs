//! In front of the router: the busiest of all requests, a verification by a key, is answered before the framework makes a request of it and
//! looks for its route. It is the same handler with the same arguments, and whatever is not exactly its usual form goes on to the router,
//! which has that route, too: another method, a query, a page's origin, no key that is well formed.

use std::rc::Rc;
use std::task::{Context, Poll};

use actix_http::Request;
use actix_service::IntoServiceFactory;
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Payload, RequestHead, Response, Service, ServiceFactory, ServiceResponse};
use actix_web::http::{Method, header};
use futures_util::future::LocalBoxFuture;

use super::edge;
use super::guard::{Verifier, Worker};
use super::input::SecretBody;
use super::reply::{Answer, Reply};
use super::v1::verified::Verified;
use super::v1::verify::verify;

/// The path of a verification: `http/mod.rs` has it first on its page.
const PATH: &str = "/v1/api-keys/verify";

/// Makes the [`Door`] of each worker.
#[derive(Debug)]
pub struct Front<F> {
    router: F,
    app: Worker,
}

/// Where requests of one worker come in.
#[derive(Debug)]
pub struct Door<S> {
    router: S,
    app: Worker,
}

impl<F> Front<F> {
    pub fn of<I>(router: I, app: Worker) -> Self
    where
        I: IntoServiceFactory<F, Request>,
        F: ServiceFactory<Request>,
    {
        Self { router: router.into_factory(), app }
    }
}

impl<F> ServiceFactory<Request> for Front<F>
where
    F: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<BoxBody>, Error = Error>,
    F::Future: 'static,
    <F::Service as Service<Request>>::Future: 'static,
{
    type Response = Response<BoxBody>;
    type Error = Error;
    type Config = AppConfig;
    type Service = Door<F::Service>;
    type InitError = F::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, Self::InitError>>;

    fn new_service(&self, config: AppConfig) -> Self::Future {
        let (router, app) = (self.router.new_service(config), Rc::clone(&self.app));
        Box::pin(async move { Ok(Door { router: router.await?, app }) })
    }
}

impl<S> Service<Request> for Door<S>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = Response<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.router.poll_ready(context)
    }

    fn call(&self, request: Request) -> Self::Future {
        let mut request = request;
        if is_usual(request.head()) {
            match Verifier::arriving(&self.app, request) {
                Ok((who, payload)) => return Box::pin(verification(who, payload)),
                Err(other) => request = other,
            }
        }
        let routed = self.router.call(request);
        Box::pin(async move { routed.await.map(Response::from) })
    }
}

/// Can it be answered here, if a key comes with it? A page's question has to do with `cors`.
fn is_usual(head: &RequestHead) -> bool {
    head.method == Method::POST
        && head.uri.path() == PATH
        && head.uri.query().is_none()
        && !head.headers.contains_key(header::ORIGIN)
}

async fn verification(who: Verifier, payload: Payload) -> Result<Response<BoxBody>, Error> {
    let (began, id) = (edge::began(), edge::next_id());
    let mut response = match verdict(who, payload).await {
        Ok(answer) => answer.respond(),
        Err(problem) => problem.respond(Some(&id)),
    };
    edge::finish(response.headers_mut(), &id);
    edge::log(&id, &Method::POST, Some(PATH), response.status(), began);
    Ok(response.into())
}

async fn verdict(who: Verifier, payload: Payload) -> Reply<Answer<Verified>> {
    let asked = SecretBody::arriving(&who.call.app, &who.head().headers, payload).await?;
    verify(who, asked).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::routes;

    #[test]
    fn what_is_answered_here_is_on_the_page_of_routes_under_the_same_statement() {
        let routes = routes();
        let listed = routes.iter().find(|route| route.path == PATH).expect("a verification is a route");
        assert_eq!(
            (&listed.method, listed.access),
            (&Method::POST, <Verifier as super::super::guard::Statement>::ACCESS)
        );
    }
}
