//! One route: method, path, who may call, handler. The OpenAPI document and the caller's statement are read off the handler's own
//! signature, so neither can drift from what is served.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder, Route, web};

use super::error::Problem;
use super::guard::{Access, Statement, Who};
use super::openapi::Operation;

type Make = Box<dyn Fn() -> Route + Send + Sync>;
type Describe = Box<dyn Fn(&mut Operation<'_>) + Send + Sync>;

pub struct Entry {
    /// Where it takes any, the one under which the OpenAPI document shows it.
    pub method: Method,
    pub path: &'static str,
    pub takes: Takes,
    pub access: Access,
    pub(super) summary: &'static str,
    pub(super) describe: Describe,
    make: Make,
}

impl Entry {
    /// Is it this path without a part that varies, and this method?
    pub fn is(&self, method: &Method, path: &str) -> bool {
        self.path == path && self.method == *method
    }
}

/// What an entry is asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Its method, on its path.
    Method,
    /// Any method, on its path and whatever stands behind that.
    Anything,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.access.text)
    }
}

/// A handler's arguments: a statement of who may call, then parts that describe themselves.
pub trait Signature<S>: Sized {
    fn describe(operation: &mut Operation<'_>);

    /// Reads them in turn: nothing of a request is looked at before its caller is known and may ask.
    fn take(request: HttpRequest, payload: Payload) -> impl Future<Output = Result<Self, Problem>> + 'static;
}

/// One argument behind the statement.
pub trait Part: FromRequest<Error = Problem> + 'static {
    fn describe(operation: &mut Operation<'_>);
}

/// What a handler answers.
pub trait Described {
    fn describe(operation: &mut Operation<'_>);
}

pub fn get<S, F, Args>(path: &'static str, who: Who<S>, handler: F, summary: &'static str) -> Entry
where
    S: Statement,
    Args: Signature<S> + 'static,
    F: Handler<Args> + Send + Sync,
    F::Output: Responder + Described + 'static,
{
    entry(Method::GET, path, who, handler, summary)
}

pub fn post<S, F, Args>(path: &'static str, who: Who<S>, handler: F, summary: &'static str) -> Entry
where
    S: Statement,
    Args: Signature<S> + 'static,
    F: Handler<Args> + Send + Sync,
    F::Output: Responder + Described + 'static,
{
    entry(Method::POST, path, who, handler, summary)
}

pub fn entry<S, F, Args>(method: Method, path: &'static str, _: Who<S>, handler: F, summary: &'static str) -> Entry
where
    S: Statement,
    Args: Signature<S> + 'static,
    F: Handler<Args> + Send + Sync,
    F::Output: Responder + Described + 'static,
{
    let route_method = method.clone();
    Entry {
        method,
        path,
        takes: Takes::Method,
        access: S::ACCESS,
        summary,
        describe: Box::new(|operation| {
            operation.access(&S::ACCESS);
            <Args as Signature<S>>::describe(operation);
            <F::Output as Described>::describe(operation);
        }),
        make: Box::new(move || {
            let handler = handler.clone();
            web::method(route_method.clone()).to(move |args: InTurn<S, Args>| handler.call(args.0))
        }),
    }
}

/// For programs that ask with the method and path of a request of somebody else's.
pub fn anything<S, F, Args>(path: &'static str, _: Who<S>, handler: F, summary: &'static str) -> Entry
where
    S: Statement,
    Args: Signature<S> + 'static,
    F: Handler<Args> + Send + Sync,
    F::Output: Responder + Described + 'static,
{
    let shown = entry(Method::GET, path, Who::<S>::new(), handler.clone(), summary);
    let make = move || {
        let handler = handler.clone();
        web::to(move |args: InTurn<S, Args>| handler.call(args.0))
    };
    Entry { takes: Takes::Anything, make: Box::new(make), ..shown }
}

/// A handler's arguments as the framework reads them. Its own tuples would read all of them at once, and answer whichever failed first.
struct InTurn<S, Args>(Args, PhantomData<fn() -> S>);

impl<S: 'static, Args: Signature<S> + 'static> FromRequest for InTurn<S, Args> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let taken = Args::take(request.clone(), payload.take());
        Box::pin(async move { Ok(Self(taken.await?, PhantomData)) })
    }
}

/// Registers all routes: paths in the order of the page, and for each path the methods it takes; any other is 405 with `Allow`.
pub fn register(entries: &[Entry], config: &mut web::ServiceConfig) {
    let mut seen: Vec<&str> = Vec::new();
    for entry in entries {
        if seen.contains(&entry.path) {
            continue;
        }
        seen.push(entry.path);
        if entry.takes == Takes::Anything {
            let all = [entry.path.to_owned(), format!("{}/{{rest:.*}}", entry.path)];
            config.service(web::resource(all).route((entry.make)()));
            continue;
        }
        let same: Vec<&Entry> = entries.iter().filter(|other| other.path == entry.path).collect();
        let allow = same.iter().map(|entry| entry.method.as_str()).collect::<Vec<_>>().join(", ");
        let mut resource = web::resource(entry.path);
        for entry in same {
            resource = resource.route((entry.make)());
        }
        config.service(resource.default_service(web::to(move || {
            let problem = Problem::method_not_allowed(allow.clone());
            async move { Err::<HttpResponse, Problem>(problem) }
        })));
    }
}

impl<S: Statement> Signature<S> for (S,) {
    fn describe(_: &mut Operation<'_>) {}

    async fn take(request: HttpRequest, mut payload: Payload) -> Result<Self, Problem> {
        Ok((S::from_request(&request, &mut payload).await?,))
    }
}

impl<S: Statement, A: Part> Signature<S> for (S, A) {
    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
    }

    async fn take(request: HttpRequest, mut payload: Payload) -> Result<Self, Problem> {
        Ok((S::from_request(&request, &mut payload).await?, A::from_request(&request, &mut payload).await?))
    }
}

impl<S: Statement, A: Part, B: Part> Signature<S> for (S, A, B) {
    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
        B::describe(operation);
    }

    async fn take(request: HttpRequest, mut payload: Payload) -> Result<Self, Problem> {
        let caller = S::from_request(&request, &mut payload).await?;
        Ok((caller, A::from_request(&request, &mut payload).await?, B::from_request(&request, &mut payload).await?))
    }
}

impl<S: Statement, A: Part, B: Part, C: Part> Signature<S> for (S, A, B, C) {
    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
        B::describe(operation);
        C::describe(operation);
    }

    async fn take(request: HttpRequest, mut payload: Payload) -> Result<Self, Problem> {
        let caller = S::from_request(&request, &mut payload).await?;
        let first = A::from_request(&request, &mut payload).await?;
        let second = B::from_request(&request, &mut payload).await?;
        Ok((caller, first, second, C::from_request(&request, &mut payload).await?))
    }
}
