//! Everybody who opens a page of ours in a browser. Under a name that is not ours there is no page: whatever it showed or asked for would
//! seem to be somebody else's, and theirs would seem to be ours.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::credential::own_host;
use super::{Access, Call, Needs, Statement, Who};
use crate::http::error::Problem;

/// Everybody, without a credential, by the server's own name.
#[derive(Debug)]
pub struct Visitor(pub Call);

pub const PAGES: Who<Visitor> = Who::new();

impl Statement for Visitor {
    const ACCESS: Access =
        Access { text: "everybody, by the name in http.public_url", needs: Needs::Nothing, scope: None };
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = Call::of(request);
        std::future::ready(own_host(request, &call).map(|()| Self(call)))
    }
}
