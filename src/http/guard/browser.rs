//! A part of a handler's arguments where no credential came yet: the request is one of our own pages', or of a program that knows how they
//! ask. So no other site signs somebody in as somebody else.

use std::future::Ready;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use super::{Call, own_page};
use crate::http::error::Problem;

#[derive(Debug)]
pub struct Browser {
    /// What it calls itself, for the list of sessions.
    pub user_agent: Option<String>,
}

impl FromRequest for Browser {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let named = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let user_agent = named.map(str::to_owned);
        std::future::ready(own_page(request, &Call::of(request)).map(|()| Self { user_agent }))
    }
}
