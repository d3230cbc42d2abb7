//! Who may call about teams and their people: backends and admins everywhere, and a person in a session as far as their place in the
//! team goes. A panel manages keys, and a key speaks for no person: neither gets here.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::{Access, Anyone, Call, Caller, Extracting, Statement, with};
use crate::base::{Error, Result};
use crate::event::{Act, Actor};
use crate::http::error::Problem;
use crate::key::authority::{Holder, Own, Reach};
use crate::people::{OwnerId, Standing, UserId, scope};

/// A backend with a scope, an admin, or a person in a session for their teams.
#[derive(Debug)]
pub struct InTeam<S> {
    pub call: Call,
    pub standing: Standing,
    holder: Option<Holder>,
    actor: Actor,
    _scope: std::marker::PhantomData<fn() -> S>,
}

/// What opens a route to [`InTeam`] callers.
pub trait TeamScope: 'static {
    const ACCESS: Access;
}

#[derive(Debug)]
pub struct TeamsRead;
#[derive(Debug)]
pub struct TeamsWrite;

impl TeamScope for TeamsRead {
    const ACCESS: Access =
        with("an admin, a backend with keystead:people:read; a person for the teams they are in", scope::PEOPLE_READ);
}

impl TeamScope for TeamsWrite {
    const ACCESS: Access = with(
        "an admin, a backend with keystead:people:write; a person in the team by their permissions there",
        scope::PEOPLE_WRITE,
    );
}

impl<S: TeamScope> Statement for InTeam<S> {
    const ACCESS: Access = S::ACCESS;
}

impl<S> InTeam<S> {
    pub fn act(&self) -> Act {
        self.call.act(self.actor.clone())
    }

    /// Whom `me` in a path means: the person in the session.
    pub fn me(&self) -> Option<UserId> {
        self.standing.me().and_then(|owner| if let OwnerId::User(user) = owner { Some(user) } else { None })
    }

    /// How far the caller reaches among keys; a backend needs this scope for that, too.
    pub fn reach(&self, scope: &'static str) -> Result<Reach> {
        match (&self.holder, &self.standing) {
            (Some(holder), _) => holder.power(scope).map(Reach::All),
            (None, Standing::All(power)) => Ok(Reach::All(*power)),
            (None, Standing::Person(rights)) => Ok(Reach::Person(rights.clone())),
            (None, Standing::Owner(_)) => Err(Error::NotFound),
        }
    }
}

impl<S: TeamScope> FromRequest for InTeam<S> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Anyone::from_request(request, payload);
        Box::pin(async move {
            let Anyone { call, caller } = caller.await?;
            let (actor, holder) = (caller.actor(), caller.holder());
            if let Caller::Panel(_) = caller {
                return Err(Error::forbidden("a panel manages keys: for teams and people, sign in").into());
            }
            let standing = caller.reach(&S::ACCESS, Own::Nothing)?.into();
            Ok(Self { call, standing, holder, actor, _scope: std::marker::PhantomData })
        })
    }
}
