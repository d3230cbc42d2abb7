//! Who reports leaks: anybody, counted by their network before anything of the report is read; or a backend with `keystead:leaks` and an
//! admin, who are told what came of it. A credential that is wrong is refused: whoever sends one wants the answer that it gives.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::call::Call;
use super::caller::Anyone;
use super::{Access, Extracting, Needs, Own, Reach, Statement, Who, credential};
use crate::base::Error;
use crate::event::{Act, Actor};
use crate::http::error::Problem;
use crate::leak;
use crate::people::scope;

pub const REPORTER: Who<Reporter> = Who::new();

#[derive(Debug)]
pub struct Reporter {
    /// In the realm that a backend belongs to; a stranger reports what is on disk.
    pub call: Call,
    pub who: leak::Reporter,
    actor: Actor,
}

impl Reporter {
    pub fn act(&self) -> Act {
        self.call.act(self.actor.clone())
    }

    /// Counts the reports of a stranger behind the first, which was counted when they called.
    pub fn brings(&self, reports: usize) -> Result<(), Error> {
        match self.who {
            leak::Reporter::Known => Ok(()),
            leak::Reporter::Stranger => self.call.realm().leaks.admit(self.call.network(), reports.saturating_sub(1)),
        }
    }
}

impl Statement for Reporter {
    const ACCESS: Access = Access {
        text: "everybody, who is thanked whatever is known; an admin, or a backend with keystead:leaks, who is told what came of it",
        needs: Needs::NothingOrAny,
        scope: Some(scope::LEAKS),
    };
}

impl FromRequest for Reporter {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let call = Call::of(request);
        let presented = credential::optional(request, &call).map(|presented| presented.is_some());
        let caller = Anyone::from_request(request, payload);
        Box::pin(async move {
            if !presented? {
                call.realm().leaks.admit(call.network(), 1)?;
                return Ok(Self { call, who: leak::Reporter::Stranger, actor: Actor::nobody() });
            }
            let Anyone { call, caller } = caller.await?;
            let actor = caller.actor();
            match caller.reach(&Self::ACCESS, Own::Nothing)? {
                Reach::All(_) => Ok(Self { call, who: leak::Reporter::Known, actor }),
                Reach::Own(_) | Reach::Person(_) => Err(Error::forbidden(
                    "only an admin or a backend with keystead:leaks is told what came of a report: send it without a credential",
                )
                .into()),
            }
        })
    }
}
