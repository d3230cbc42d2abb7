//! A part of a handler's arguments: what a browser brings along that comes back from the OpenID Connect provider, or is about to go there.
//! It comes from another site's page then, so its cookies alone permit nothing: the handlers ask for more.

use std::future::Ready;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use super::call::Call;
use super::credential::{cookie_name, own_page};
use crate::base::crypto::Digest;
use crate::http::cookie::flow_name;
use crate::http::error::Problem;
use crate::http::openapi::Operation;
use crate::http::route::Part;
use crate::people::SignedIn;

#[derive(Debug)]
pub struct Returning {
    call: Call,
    flow: Option<String>,
    /// The session that this browser has, whoever's and however old: a new one takes its place.
    pub former: Option<Digest>,
    /// What it calls itself, for the list of sessions.
    pub user_agent: Option<String>,
    foreign: Option<Problem>,
}

impl Returning {
    /// The cookie of what this browser has begun.
    pub fn flow(&self) -> Option<&str> {
        self.flow.as_deref()
    }

    /// Refused where another site's page sent it here.
    pub fn is_from_own_page(&mut self) -> Result<(), Problem> {
        self.foreign.take().map_or(Ok(()), Err)
    }

    /// Whoever is signed in here.
    pub async fn signed_in(&self) -> Option<SignedIn> {
        self.call.people().signed_in(self.former?, self.call.now()).await.ok()
    }
}

impl FromRequest for Returning {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = Call::of(request);
        // A cookie that comes twice is none.
        let only = |name: &str| {
            let cookies = request.cookies().ok()?;
            let mut found = cookies.iter().filter(|cookie| cookie.name() == name);
            let cookie = found.next().filter(|_| found.next().is_none())?;
            Some(cookie.value().to_owned())
        };
        let flow = only(flow_name(&call.app));
        let former = only(cookie_name(&call.app.public_url)).map(|token| call.people().token_digest(&token));
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let user_agent = user_agent.map(str::to_owned);
        let foreign = own_page(request, &call).err();
        std::future::ready(Ok(Self { call, flow, former, user_agent, foreign }))
    }
}

impl Part for Returning {
    fn describe(_: &mut Operation<'_>) {}
}
