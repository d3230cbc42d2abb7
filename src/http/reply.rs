//! What a handler answers, in the envelope `{"success": true, …}`.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use schemars::JsonSchema;
use serde::Serialize;

use super::error::Problem;
use super::json;
use crate::key::credit::Balance;
use crate::key::role::Role;
use crate::key::{Key, Switches};
use crate::people::{Member, Put, Team, User};

/// A handler's result.
pub type Reply<T> = Result<T, Problem>;

/// 200 with `data`.
#[derive(Debug)]
pub struct Answer<T>(pub T);

/// 200 with this and no envelope around it, in the form that a protocol of others gives it.
#[derive(Debug)]
pub struct Bare<T>(pub T);

/// 200 with one thing and its ETag.
#[derive(Debug)]
pub struct One<T>(pub T);

/// 200 with one thing as it is after a change, and its new ETag. Its state may forbid the change (409), or it is not as `If-Match` says (412).
#[derive(Debug)]
pub struct Changed<T>(pub T);

/// 200 with a secret that is shown this once. The state of things may forbid it (409).
#[derive(Debug)]
pub struct Shown<T>(pub T);

/// What counts its changes. The ETag is that number in quotes.
pub trait Tagged {
    fn version(&self) -> i64;
}

/// 200 with what an action came to; the state of things may forbid it (409).
#[derive(Debug)]
pub struct Decided<T>(pub T);

/// 201 with `data`.
#[derive(Debug)]
pub struct Created<T>(pub T);

/// 201 with what an upsert made, 200 with what it found and changed.
#[derive(Debug)]
pub struct Upserted<T>(pub Put<T>);

/// 200 with a message: what was there is gone. Its state may forbid that (409), or it is not as `If-Match` says (412).
#[derive(Debug)]
pub struct Gone(pub &'static str);

/// 201 with a session that has begun.
#[derive(Debug)]
pub struct Began<T>(pub T);

/// 200 with a page of `data`, newest first.
#[derive(Debug)]
pub struct Listed<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// 200 with a message: an action that leaves nothing to show.
#[derive(Debug)]
pub struct Done(pub &'static str);

#[derive(Debug, Serialize, JsonSchema)]
pub struct Success<T> {
    /// Always true.
    pub success: bool,
    pub data: T,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SuccessPage<T> {
    /// Always true.
    pub success: bool,
    pub data: Vec<T>,
    /// Pass it as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SuccessMessage {
    /// Always true.
    pub success: bool,
    pub message: String,
}

impl<T> Listed<T> {
    /// A page out of up to `limit + 1` items: one more than asked for says that there is a next page.
    pub fn page(mut items: Vec<T>, limit: i64, id: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(id);
        Self { items, next_cursor }
    }
}

impl<T: Serialize> Answer<T> {
    pub fn respond(self) -> HttpResponse {
        reply(StatusCode::OK, &Success { success: true, data: self.0 })
    }
}

impl<T: Serialize> Responder for Answer<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.respond()
    }
}

impl<T: Serialize> Responder for Bare<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        reply(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> Responder for Shown<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        reply(StatusCode::OK, &Success { success: true, data: self.0 })
    }
}

impl<T: Serialize> Responder for Decided<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        reply(StatusCode::OK, &Success { success: true, data: self.0 })
    }
}

impl<T: Serialize + Tagged> Responder for One<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        tagged(StatusCode::OK, self.0)
    }
}

impl<T: Serialize + Tagged> Responder for Changed<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        tagged(StatusCode::OK, self.0)
    }
}

impl<T: Serialize + Tagged> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        tagged(StatusCode::CREATED, self.0)
    }
}

impl<T: Serialize + Tagged> Responder for Upserted<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match self.0 {
            Put::Made(made) => tagged(StatusCode::CREATED, made),
            Put::Changed(changed) => tagged(StatusCode::OK, changed),
        }
    }
}

impl Tagged for Member {
    fn version(&self) -> i64 {
        self.version
    }
}

impl<T: Serialize> Responder for Began<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        reply(StatusCode::CREATED, &Success { success: true, data: self.0 })
    }
}

impl Tagged for User {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Tagged for Team {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Tagged for Key {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Tagged for Balance {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Tagged for Role {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Tagged for Switches {
    fn version(&self) -> i64 {
        self.version
    }
}

impl<T: Serialize> Responder for Listed<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        reply(StatusCode::OK, &SuccessPage { success: true, data: self.items, next_cursor: self.next_cursor })
    }
}

impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        message(StatusCode::OK, self.0)
    }
}

/// An answer of words alone.
pub fn message(status: StatusCode, words: &'static str) -> HttpResponse {
    reply(status, &SuccessMessage { success: true, message: words.into() })
}

impl Responder for Gone {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        Done(self.0).respond_to(request)
    }
}

fn tagged<T: Serialize + Tagged>(status: StatusCode, data: T) -> HttpResponse {
    let version = data.version();
    let mut response = reply(status, &Success { success: true, data });
    // What was made before versions were counted, or repeats an earlier answer, has none.
    if version > 0
        && let Ok(tag) = HeaderValue::try_from(format!("\"{version}\""))
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn reply<T: Serialize>(status: StatusCode, value: &T) -> HttpResponse {
    // Most answers are some 600 bytes.
    let mut body = Vec::with_capacity(1024);
    match json::write(&mut body, value) {
        Ok(()) => {
            let mut response = HttpResponse::with_body(status, BoxBody::new(body));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(error) => HttpResponse::from_error(Problem::from(crate::base::Error::internal(error))),
    }
}
