//! A part of a handler's arguments where no credential came yet: the request is one of our own pages', or of a program that knows how they
//! ask. So no other site signs somebody in as somebody else.

use std::future::Ready;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use super::{Call, cookie_name, own_page};
use crate::base::crypto::Digest;
use crate::http::error::Problem;

#[derive(Debug)]
pub struct Browser {
    /// What it calls itself, for the list of sessions.
    pub user_agent: Option<String>,
    /// The session that it has already: a new one takes its place.
    pub former: Option<Digest>,
}

impl FromRequest for Browser {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = Call::of(request);
        let named = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let former = request.cookie(cookie_name(&call.app.public_url));
        let browser = Self {
            user_agent: named.map(str::to_owned),
            former: former.map(|cookie| call.people().token_digest(cookie.value())),
        };
        std::future::ready(own_page(request, &call).map(|()| browser))
    }
}
