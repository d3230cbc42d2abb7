//! Who calls, and in which realm: a key, a person in a session, an embedded panel. Whatever they present is looked up on disk; a backend of
//! the sandbox and a panel made there then see the sandbox and nothing else.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::call::Call;
use super::credential::{self, Credential};
use super::{Access, Extracting, Needs, Statement, Who};
use crate::base::Error;
use crate::event::{Act, Actor};
use crate::http::error::Problem;
use crate::key::authority::{Holder, Own, Reach};
use crate::people::{OwnerId, Panel, Power, SignedIn};

pub const ANYONE: Who<Anyone> = Who::new();
pub const MYSELF: Who<Myself> = Who::new();

/// Whoever presents a credential of any kind that is good now: a key (secret or public, live or test), a session, a panel.
#[derive(Debug)]
pub struct Anyone {
    pub call: Call,
    pub caller: Caller,
}

/// Who that is.
#[derive(Debug)]
pub enum Caller {
    Key(Holder),
    Person(SignedIn),
    Panel(Panel),
}

/// A person in a session, for what they do to their own account.
#[derive(Debug)]
pub struct Myself {
    pub call: Call,
    pub me: SignedIn,
}

impl Caller {
    pub fn actor(&self) -> Actor {
        match self {
            Self::Key(holder) => Actor::key(holder.id),
            Self::Person(person) => Actor::person(person.rights.user),
            Self::Panel(panel) => Actor::panel(panel.rights.user),
        }
    }

    pub(super) fn me(&self) -> Option<OwnerId> {
        match self {
            Self::Key(holder) => Some(holder.owner).filter(|owner| *owner != OwnerId::Instance),
            Self::Person(SignedIn { rights, .. }) | Self::Panel(Panel { rights, .. }) => {
                Some(OwnerId::User(rights.user))
            }
        }
    }

    /// The holder of the key, where it is one that calls.
    pub(super) fn holder(&self) -> Option<Holder> {
        if let Self::Key(holder) = self { Some(holder.clone()) } else { None }
    }

    /// How far it reaches where `access` says which scope a backend needs: with that or as an admin over everything, with `own` over its own
    /// owner, else as the person that it is.
    pub(super) fn reach(self, access: &Access, own: Own) -> Result<Reach, Error> {
        match self {
            Self::Key(holder) => holder.reach(access.scope.expect("a backend's route names its scope"), own),
            Self::Person(SignedIn { admin: true, confirmed, .. }) => {
                Ok(Reach::All(if confirmed { Power::Admin } else { Power::Unconfirmed }))
            }
            Self::Person(SignedIn { rights, .. }) | Self::Panel(Panel { rights, .. }) => Ok(Reach::Person(rights)),
        }
    }
}

impl Myself {
    pub fn act(&self) -> Act {
        self.call.act(Actor::person(self.me.rights.user))
    }
}

impl Statement for Anyone {
    const ACCESS: Access = Access {
        text: "the holder of any active key, a person in a session, an embedded panel",
        needs: Needs::Any,
        scope: None,
    };
}

impl Statement for Myself {
    const ACCESS: Access = Access { text: "a person in a session, for themselves", needs: Needs::Session, scope: None };
}

impl FromRequest for Anyone {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let mut call = Call::of(&request);
            let presented = credential::credential(&request, &call)?;
            let caller = match presented {
                Credential::Key(digest) => {
                    let holder = call.keys().authenticate(digest, || call.place(request.head())).await?;
                    call = call.in_realm(holder.realm());
                    Caller::Key(holder)
                }
                Credential::Session(digest) => Caller::Person(call.people().signed_in(digest, call.now()).await?),
                Credential::Panel(digest, realm) => {
                    call = call.in_realm(realm);
                    let panel = call.people().in_panel(digest, call.now()).await?;
                    credential::panel_page(&request, &call, panel.allowed_origin.as_deref())?;
                    Caller::Panel(panel)
                }
            };
            Ok(Self { call: call.with_conditions(&request)?, caller })
        })
    }
}

impl FromRequest for Myself {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Anyone::from_request(request, payload);
        Box::pin(async move {
            let Anyone { call, caller } = caller.await?;
            match caller {
                Caller::Person(me) => Ok(Self { call, me }),
                Caller::Key(_) | Caller::Panel(_) => {
                    Err(Error::forbidden("only a person who is signed in does this to their own account").into())
                }
            }
        })
    }
}
