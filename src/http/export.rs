//! Lists that leave as a whole: JSON Lines, or a table as CSV (RFC 4180). Read and sent page by page, each when the one before has been
//! taken, so neither a long list nor a slow reader costs memory, and no read of the store is long. A failure on the way ends the
//! connection without its last chunk: what is not whole does not look whole.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use schemars::JsonSchema;
use serde::Serialize;

use super::error::Problem;
use super::openapi::Operation;
use super::reply::{Listed, Reply, SuccessPage};
use super::route::{Described, Part};
use crate::base::Result;

/// Items read at once: a few milliseconds of one reader, and of metadata at its bound some 8 MiB.
pub const PAGE: i64 = 500;

/// In which form a list is asked for, by `Accept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A page, as JSON.
    Page,
    /// Everything, a line of JSON each (`application/x-ndjson`).
    Lines,
    /// Everything, as a table (`text/csv`).
    Table,
}

const LINES: &str = "application/x-ndjson";
const TABLE: &str = "text/csv";

/// What can be a line, and perhaps a row.
pub trait Export: Serialize + JsonSchema + 'static {
    /// The head of the table; empty where there is none.
    const COLUMNS: &'static [&'static str];
    /// One cell a column.
    fn cells(&self) -> Vec<String>;
    /// What to pass for the items behind this one.
    fn cursor(&self) -> String;
}

/// A list's answer.
pub enum Listing<T> {
    Page(Listed<T>),
    Whole(Whole<T>),
}

impl<T> std::fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listing")
    }
}

type Reading<T> = Pin<Box<dyn Future<Output = Result<Vec<T>>>>>;
/// The items behind this cursor, [`PAGE`] of them as long as there are more.
type Pages<T> = Box<dyn FnMut(Option<String>) -> Reading<T>>;

/// A body in the making.
pub struct Whole<T> {
    form: Form,
    pages: Pages<T>,
    ready: Option<Bytes>,
    waiting: Option<Reading<T>>,
    /// Where the next page begins; `None` after the last.
    after: Option<String>,
}

impl<T: Export> Listing<T> {
    /// Everything, in this form. The first page is read before the answer begins, so that a store that cannot answer is still a 503.
    pub async fn whole<F>(form: Form, mut pages: impl FnMut(Option<String>) -> F + 'static) -> Reply<Self>
    where
        F: Future<Output = Result<Vec<T>>> + 'static,
    {
        let mut pages: Pages<T> = Box::new(move |after| Box::pin(pages(after)));
        let first = pages(None).await?;
        let mut whole = Whole { form, pages, ready: None, waiting: None, after: None };
        let mut text =
            if form == Form::Table { row(T::COLUMNS.iter().map(|name| (*name).to_owned())) } else { String::new() };
        text.push_str(&whole.render(&first).map_err(crate::base::Error::internal)?);
        whole.ready = Some(text.into());
        Ok(Self::Whole(whole))
    }
}

impl<T: Export> Whole<T> {
    /// These items as text, with the next page made ready to be read.
    fn render(&mut self, items: &[T]) -> serde_json::Result<String> {
        let full = i64::try_from(items.len()).is_ok_and(|count| count >= PAGE);
        self.after = items.last().filter(|_| full).map(T::cursor);
        let mut text = String::new();
        for item in items {
            if self.form == Form::Table {
                text.push_str(&row(item.cells()));
            } else {
                text.push_str(&serde_json::to_string(item)?);
                text.push('\n');
            }
        }
        Ok(text)
    }
}

impl<T: Export> MessageBody for Whole<T> {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let whole = self.get_mut();
        if let Some(bytes) = whole.ready.take() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        if whole.waiting.is_none() {
            let Some(after) = whole.after.take() else { return Poll::Ready(None) };
            whole.waiting = Some((whole.pages)(Some(after)));
        }
        let Some(waiting) = &mut whole.waiting else { return Poll::Ready(None) };
        let read = ready!(waiting.as_mut().poll(context));
        whole.waiting = None;
        let text = read.map_err(Into::into).and_then(|items| {
            if items.is_empty() { Ok(None) } else { whole.render(&items).map(Some).map_err(Self::Error::from) }
        });
        if let Err(error) = &text {
            tracing::error!(%error, "an export broke off");
        }
        Poll::Ready(text.transpose().map(|text| text.map(Bytes::from)))
    }
}

impl<T: Export> Responder for Listing<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let whole = match self {
            Self::Page(page) => return page.respond_to(request),
            Self::Whole(whole) => whole,
        };
        let media_type = match whole.form {
            Form::Table => "text/csv; charset=utf-8; header=present",
            Form::Lines | Form::Page => LINES,
        };
        let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(whole));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        response
    }
}

impl<T: Export> Described for Listing<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation
            .answers::<SuccessPage<T>>(StatusCode::OK, "A page, newest first; or everything that matches, by Accept.");
        operation.answers_also(StatusCode::OK, LINES);
        if !T::COLUMNS.is_empty() {
            operation.answers_also(StatusCode::OK, TABLE);
        }
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(form(request.headers())))
    }
}

impl Part for Form {
    fn describe(_: &mut Operation<'_>) {}
}

/// RFC 9110 section 12.5.1: of what is accepted, the form with the highest weight, of equals the first. Whoever names none of ours gets JSON.
fn form(headers: &HeaderMap) -> Form {
    let accepted =
        headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut best = (0, Form::Page);
    for range in accepted {
        let mut parts = range.split(';').map(str::trim);
        let form = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            LINES => Form::Lines,
            TABLE => Form::Table,
            "application/json" | "application/*" | "*/*" => Form::Page,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        // Three digits are all that a weight has.
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1000")]
        let weight = (weight.clamp(0.0, 1.0) * 1000.0) as i32;
        if weight > best.0 {
            best = (weight, form);
        }
    }
    best.1
}

/// One row with its line end.
fn row(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().map(|text| cell(&text)).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A spreadsheet takes a cell that begins like a formula for one, whoever wrote it: an apostrophe before it makes it text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        for (text, shown) in [
            ("plain", "plain"),
            ("", ""),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum(a)", "'@sum(a)"),
            ("=cmd|' /C calc'!A0, x", "\"'=cmd|' /C calc'!A0, x\""),
            ("a=b", "a=b"),
        ] {
            assert_eq!(cell(text), shown);
        }
    }

    #[test]
    fn the_form_with_the_highest_weight_is_taken() {
        for (accept, expected) in [
            ("", Form::Page),
            ("*/*", Form::Page),
            ("text/html", Form::Page),
            ("text/csv", Form::Table),
            ("Text/CSV; charset=utf-8", Form::Table),
            ("application/x-ndjson", Form::Lines),
            ("application/json;q=0.5, text/csv", Form::Table),
            ("application/json, text/csv", Form::Page),
            ("text/csv;q=0.1, application/x-ndjson;q=0.2", Form::Lines),
            ("text/csv;q=0", Form::Page),
            ("text/csv;q=nonsense", Form::Page),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(form(&headers), expected, "{accept}");
        }
    }
}
