//! A gateway of the configuration, known by its secret. Whoever asks without it learns nothing, whatever key comes along.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::{Access, Call, Needs, Statement, Who};
use crate::http::error::Problem;
use crate::http::gateway::Gateway;

#[derive(Debug)]
pub struct AtGateway {
    pub call: Call,
    name: String,
}

pub const GATEWAY: Who<AtGateway> = Who::new();

impl AtGateway {
    pub fn gateway(&self) -> &Gateway {
        self.call.app.gateways.get(&self.name).expect("it was there when it was admitted")
    }
}

impl Statement for AtGateway {
    const ACCESS: Access = Access {
        text: "a gateway of the configuration, with its secret in X-Keystead-Gateway",
        needs: Needs::Gateway,
        scope: None,
    };
}

impl FromRequest for AtGateway {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = Call::of(request);
        let name = request.match_info().get("gateway").unwrap_or_default().to_owned();
        let known = call.app.gateways.get(&name).ok_or_else(Problem::no_such_gateway);
        let admitted = known.and_then(|gateway| gateway.admit(request.headers(), call.now()));
        std::future::ready(admitted.map(|()| Self { call, name }))
    }
}
