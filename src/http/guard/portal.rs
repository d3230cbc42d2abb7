//! Statements around embedded panels: the backend that opens one, the panel itself, and a request of a page of this server.

use std::future::Ready;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::call::Call;
use super::{Access, Anyone, Backend, Caller, Extracting, Needs, Scope, Statement, Who, credential, with};
use crate::base::Error;
use crate::event::{Act, Actor};
use crate::http::error::Problem;
use crate::people::{Panel, scope};

pub const PORTAL: Who<Backend<Portal>> = Who::new();
pub const PANEL: Who<Embedded> = Who::new();

#[derive(Debug)]
pub struct Portal;

impl Scope for Portal {
    const ACCESS: Access = with("an admin, or a backend with keystead:portal", scope::PORTAL);
}

/// An embedded panel, for what it does to itself.
#[derive(Debug)]
pub struct Embedded {
    pub call: Call,
    pub panel: Panel,
}

impl Embedded {
    pub fn act(&self) -> Act {
        self.call.act(Actor::panel(self.panel.rights.user))
    }
}

impl Statement for Embedded {
    const ACCESS: Access = Access { text: "an embedded panel, for itself", needs: Needs::Panel, scope: None };
}

impl FromRequest for Embedded {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Anyone::from_request(request, payload);
        Box::pin(async move {
            match caller.await? {
                Anyone { call, caller: Caller::Panel(panel) } => Ok(Self { call, panel }),
                _ => Err(Error::forbidden(
                    "only the token of a portal session ends it: send Authorization: Bearer ptl_…",
                )
                .into()),
            }
        })
    }
}

/// A part of a handler's arguments: the request comes from a page of this server, or from no page. What it carries is for nobody else.
#[derive(Debug)]
pub struct OwnPage;

impl FromRequest for OwnPage {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(credential::own_origin(request, &Call::of(request)).map(|()| Self))
    }
}
