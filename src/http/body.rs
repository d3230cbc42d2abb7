//! The body of a request, whole: within its bound, and in time. Runs for nearly every request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::ResponseError;
use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use futures_util::Stream;

use super::error::Problem;

/// The whole body must be here by then.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A body as it comes in.
pub struct Incoming {
    payload: Payload,
    /// Bytes that may still come.
    left: usize,
    /// Nearly every body is one piece, and goes on as it came.
    first: Bytes,
    /// All of them, where there are several.
    joined: Vec<u8>,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Incoming")
    }
}

impl Incoming {
    /// Refused at once where it says itself that it is longer than `most` bytes.
    pub fn new(headers: &HeaderMap, payload: Payload, most: usize) -> Result<Self, Problem> {
        let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if said.is_some_and(|said| said > most) {
            return Err(Problem::too_large());
        }
        Ok(Self { payload, left: most, first: Bytes::new(), joined: Vec::new() })
    }

    pub async fn whole(mut self) -> Result<Bytes, Problem> {
        // The framework hands a request over before it reads on, also where the body is here already: that is seen in the next turn, which
        // is asked for. Only for a body that is still not here then, a timer is worth its cost.
        let mut first_turn = true;
        let ready = std::future::poll_fn(|context| match self.poll(context) {
            Poll::Pending if first_turn => {
                first_turn = false;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            read => Poll::Ready(read),
        });
        match ready.await {
            Poll::Ready(read) => read,
            Poll::Pending => tokio::time::timeout(TIMEOUT, std::future::poll_fn(|context| self.poll(context)))
                .await
                .map_err(|_| Problem::request_timeout())?,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, Problem>> {
        loop {
            match ready!(Pin::new(&mut self.payload).poll_next(context)) {
                Some(Ok(piece)) => {
                    let Some(left) = self.left.checked_sub(piece.len()) else {
                        return Poll::Ready(Err(Problem::too_large()));
                    };
                    self.left = left;
                    if self.first.is_empty() {
                        self.first = piece;
                        continue;
                    }
                    if self.joined.is_empty() {
                        self.joined.extend_from_slice(&self.first);
                    }
                    self.joined.extend_from_slice(&piece);
                }
                Some(Err(error)) => return Poll::Ready(Err(Problem::from_status(error.status_code()))),
                None if self.joined.is_empty() => return Poll::Ready(Ok(std::mem::take(&mut self.first))),
                None => return Poll::Ready(Ok(std::mem::take(&mut self.joined).into())),
            }
        }
    }
}
