//! Lines of JSON in and out, neither of them ever whole in memory: the body of an import, and its report while it goes on.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, dev, web};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::mpsc;

use super::App;
use super::error::Problem;
use super::openapi::Operation;
use super::route::{Described, Part};

/// Nothing came, or nothing was read, for this long: whoever is there has stopped.
const IDLE: Duration = Duration::from_secs(30);
/// Pieces of the answer that wait for a client which does not read yet: at 500 lines of some 80 bytes each, 2.5 MiB.
const WAITING: usize = 64;

/// A body of lines. `T` is what a line says.
pub struct LinesIn<T> {
    body: Pin<Box<BodyStream<web::Payload>>>,
    /// Bytes that may still come.
    left: u64,
    _line: PhantomData<fn() -> T>,
}

/// How a body ends that is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The connection ended before it.
    Cut,
    Idle,
    /// It is over `http.max_import_mib`.
    TooLong,
}

impl<T> std::fmt::Debug for LinesIn<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinesIn")
    }
}

impl<T> LinesIn<T> {
    /// The next piece as it came, or `None` at the end of a whole body.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let next = std::future::poll_fn(|context| self.body.as_mut().poll_next(context));
        match tokio::time::timeout(IDLE, next).await {
            Err(_) => Err(Broken::Idle),
            Ok(None) => Ok(None),
            Ok(Some(Err(_))) => Err(Broken::Cut),
            Ok(Some(Ok(piece))) => {
                self.left = self.left.checked_sub(piece.len() as u64).ok_or(Broken::TooLong)?;
                Ok(Some(piece))
            }
        }
    }
}

impl<T: JsonSchema + 'static> FromRequest for LinesIn<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().expect("every worker has the app");
        let left = u64::from(app.instance.config.http.max_import_mib) * 1024 * 1024;
        let headers = request.headers();
        let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        std::future::ready(if !is_lines(request) {
            Err(Problem::no_lines())
        } else if said.is_some_and(|said| said > left) {
            Err(Problem::too_large())
        } else {
            let payload = web::Payload::from_request(request, payload).into_inner();
            payload
                .map(|payload| Self { body: Box::pin(BodyStream::new(payload)), left, _line: PhantomData })
                .map_err(|error| Problem::from_status(error.as_response_error().status_code()))
        })
    }
}

impl<T: JsonSchema + 'static> Part for LinesIn<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.body_lines::<T>();
    }
}

fn is_lines(request: &HttpRequest) -> bool {
    let Some(value) = request.headers().get(header::CONTENT_TYPE) else { return false };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    ["application/x-ndjson", "application/ndjson", "application/jsonl"].iter().any(|t| essence.eq_ignore_ascii_case(t))
}

/// An answer of lines that are written while they come.
#[derive(Debug)]
pub struct LinesOut<T> {
    pieces: mpsc::Receiver<Bytes>,
    _line: PhantomData<fn() -> T>,
}

/// Where the lines of an answer go.
#[derive(Debug)]
pub struct Writer<T> {
    pieces: mpsc::Sender<Bytes>,
    _line: PhantomData<fn(T)>,
}

/// Whoever asked is not there any more, or does not read.
#[derive(Debug)]
pub struct Gone;

pub fn lines<T>() -> (Writer<T>, LinesOut<T>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Writer { pieces: sender, _line: PhantomData }, LinesOut { pieces: receiver, _line: PhantomData })
}

impl<T: Serialize> Writer<T> {
    pub async fn write(&self, lines: impl IntoIterator<Item = T>) -> Result<(), Gone> {
        let mut piece = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut piece, &line).map_err(|_| Gone)?;
            piece.push(b'\n');
        }
        if piece.is_empty() {
            return Ok(());
        }
        self.pieces.send_timeout(piece.into(), IDLE).await.map_err(|_| Gone)
    }
}

impl<T> MessageBody for LinesOut<T> {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.pieces.poll_recv(context).map(|piece| piece.map(Ok))
    }
}

impl<T: 'static> Responder for LinesOut<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(self));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        response
    }
}

impl<T: JsonSchema> Described for LinesOut<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_lines::<T>(StatusCode::OK, "One object a line, while it goes on; the last one sums up.");
    }
}
