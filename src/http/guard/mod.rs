//! Who may call. A handler's first argument is its statement: it authenticates the caller, demands what the route demands, and carries
//! what the handler needs. `http/mod.rs` names the same statement beside the path; where the two differ, nothing compiles.

mod address;
mod asker;
mod browser;
mod call;
mod caller;
mod credential;
mod gateway;
mod in_team;
mod portal;
mod reporter;
mod returning;
mod scopes;
mod visitor;

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_http::{Message, Request};
use actix_web::dev::{Payload, RequestHead};
use actix_web::{FromRequest, HttpRequest};

use super::App;
use super::error::Problem;
use crate::base::Error;
use crate::base::crypto::Digest;
use crate::event::{Act, Actor};
use crate::key::authority::{Holder, Own, Reach};
use crate::people::{OwnerId, Power, Standing, scope};

pub use address::{Proxies, address};
pub use asker::{ASKER, Asker, Basic, INTROSPECTOR};
pub use browser::Browser;
pub use call::{Call, Worker};
pub use caller::{ANYONE, Anyone, Caller, MYSELF, Myself};
pub use credential::{cookie_name, own_page, presented};
pub use gateway::{AtGateway, GATEWAY};
pub use in_team::{InTeam, TeamsRead, TeamsWrite};
pub use portal::{Embedded, OwnPage, PANEL, PORTAL, Portal};
pub use reporter::{REPORTER, Reporter};
pub use returning::Returning;
use scopes::with;
pub use scopes::{
    Audit, Grant, Importing, KeysRead, KeysRevoke, KeysRevokeMany, KeysWrite, LeaksJudge, LeaksRead, Operator,
    OwnPeople, PeopleRead, PeopleWrite, RolesRead, Scope, UsageRead,
};
pub use visitor::{PAGES, Visitor};

/// Names a statement on the routes' page.
#[derive(Debug)]
pub struct Who<S>(PhantomData<fn() -> S>);

impl<S> Who<S> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

pub const NOBODY: Who<Nobody> = Who::new();
pub const VERIFIER: Who<Verifier> = Who::new();
pub const PEOPLE_READ: Who<Backend<PeopleRead>> = Who::new();
pub const PEOPLE_WRITE: Who<Backend<PeopleWrite>> = Who::new();
pub const IMPORT: Who<Backend<Importing>> = Who::new();
pub const TEAMS_READ: Who<InTeam<TeamsRead>> = Who::new();
pub const TEAMS_WRITE: Who<InTeam<TeamsWrite>> = Who::new();
pub const AUDIT: Who<Backend<Audit>> = Who::new();
pub const ROLES_READ: Who<Backend<RolesRead>> = Who::new();
pub const OPERATOR: Who<Backend<Operator>> = Who::new();
pub const OWN_PEOPLE: Who<Among<OwnPeople>> = Who::new();
pub const KEYS_READ: Who<Reaching<KeysRead>> = Who::new();
pub const USAGE: Who<Reaching<UsageRead>> = Who::new();
pub const KEYS_WRITE: Who<Reaching<KeysWrite>> = Who::new();
pub const KEYS_REVOKE: Who<Reaching<KeysRevoke>> = Who::new();
pub const KEYS_REVOKE_MANY: Who<Reaching<KeysRevokeMany>> = Who::new();
pub const LEAKS_READ: Who<Reaching<LeaksRead>> = Who::new();
pub const LEAKS_JUDGE: Who<Reaching<LeaksJudge>> = Who::new();

/// What a statement says, for the OpenAPI document and the test that walks all routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    pub text: &'static str,
    pub needs: Needs,
    /// The scope of a backend that opens it.
    pub scope: Option<&'static str>,
}

/// Which credential a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// None; with a key or a session, more is told.
    NothingOrAny,
    /// The secret of a gateway: nobody that this server knows by name.
    Gateway,
    Key,
    /// A key, also as the password of HTTP Basic.
    KeyOrBasic,
    Session,
    Panel,
    KeyOrSession,
    /// A key, a session or a panel.
    Any,
}

impl Access {
    /// Is somebody's credential needed?
    pub const fn credential(&self) -> bool {
        !matches!(self.needs, Needs::Nothing | Needs::NothingOrAny | Needs::Gateway)
    }
}

pub trait Statement: FromRequest<Error = Problem> + 'static {
    const ACCESS: Access;
}

/// Everybody, without a credential.
#[derive(Debug)]
pub struct Nobody(pub Call);

/// A well-formed credential whose holder the verification itself judges, in the read that it makes anyway.
#[derive(Debug)]
pub struct Verifier {
    pub call: Call,
    head: Head,
    credential: Digest,
}

/// A request's head, whoever has it.
enum Head {
    Routed(HttpRequest),
    Arriving(Message<RequestHead>),
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Head")
    }
}

/// A live secret key with a scope of a backend, or an admin in a session.
#[derive(Debug)]
pub struct Backend<S> {
    pub call: Call,
    pub power: Power,
    /// `None` is an admin in a session, who needs no scope.
    holder: Option<Holder>,
    actor: Actor,
    _scope: PhantomData<fn() -> S>,
}

/// A backend with a scope, a person or a panel for the keys that they manage, or the holder of a live secret key within its own owner.
#[derive(Debug)]
pub struct Reaching<G> {
    pub call: Call,
    pub reach: Reach,
    /// Whom `me` in a path means.
    pub me: Option<OwnerId>,
    actor: Actor,
    _grant: PhantomData<fn() -> G>,
}

/// The same among people and teams.
#[derive(Debug)]
pub struct Among<G> {
    pub call: Call,
    pub standing: Standing,
    /// Whom `me` in a path means.
    pub me: Option<OwnerId>,
    _grant: PhantomData<fn() -> G>,
}

impl Verifier {
    /// The verifier of a request that has not come to the router, and the body. What presents anything but one well-formed key is given
    /// back: the router's way says what is wrong with it.
    pub fn arriving(app: &Worker, request: Request) -> Result<(Self, Payload), Request> {
        let call = Call::arriving(app, request.head());
        let Some(credential) = credential::plain_key(&request.head().headers, &call) else { return Err(request) };
        let (head, payload) = request.into_parts();
        Ok((Self { call, head: Head::Arriving(head), credential }, payload))
    }

    /// The head of the request.
    pub fn head(&self) -> &RequestHead {
        match &self.head {
            Head::Routed(request) => request.head(),
            Head::Arriving(head) => head,
        }
    }

    /// Who asks? To be judged before anything that was asked.
    pub async fn asker(&self) -> Result<Arc<Holder>, Error> {
        self.call.keys().asker(self.credential, || self.call.place(self.head())).await
    }
}

impl<S> Backend<S> {
    /// For a part of the request that takes another scope besides.
    pub fn needs(&self, scope: &'static str) -> Result<(), Error> {
        self.holder.as_ref().map_or(Ok(()), |holder| holder.needs(scope))
    }

    pub fn act(&self) -> Act {
        self.call.act(self.actor.clone())
    }

    /// How far the caller reaches among keys; a backend needs this scope for that, too.
    pub fn reach(&self, scope: &'static str) -> Result<Reach, Error> {
        self.holder.as_ref().map_or(Ok(self.power), |holder| holder.power(scope)).map(Reach::All)
    }
}

impl<G> Reaching<G> {
    pub fn act(&self) -> Act {
        self.call.act(self.actor.clone())
    }
}

impl Statement for Nobody {
    const ACCESS: Access = Access { text: "everybody", needs: Needs::Nothing, scope: None };
}

impl Statement for Verifier {
    const ACCESS: Access =
        Access { text: "a backend with keystead:verify", needs: Needs::Key, scope: Some(scope::VERIFY) };
}

impl<S: Scope> Statement for Backend<S> {
    const ACCESS: Access = S::ACCESS;
}

impl<G: Grant> Statement for Among<G> {
    const ACCESS: Access = G::ACCESS;
}

impl<G: Grant> Statement for Reaching<G> {
    const ACCESS: Access = G::ACCESS;
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for Nobody {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(Call::of(request))))
    }
}

impl FromRequest for Verifier {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = Call::of(request);
        let request = request.clone();
        let credential = credential::key(&request, &call);
        std::future::ready(credential.map(|credential| Self { call, head: Head::Routed(request), credential }))
    }
}

const ADMINS: &str = "only an admin, or a backend with the scope that the request needs, may do that";

impl<S: Scope> FromRequest for Backend<S> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Anyone::from_request(request, payload);
        Box::pin(async move {
            let Anyone { call, caller } = caller.await?;
            let (actor, holder) = (caller.actor(), caller.holder());
            let Reach::All(power) = caller.reach(&S::ACCESS, Own::Nothing)? else {
                return Err(Error::forbidden(ADMINS).into());
            };
            Ok(Self { call, power, holder, actor, _scope: PhantomData })
        })
    }
}

impl<G: Grant> FromRequest for Reaching<G> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Anyone::from_request(request, payload);
        Box::pin(async move {
            let Anyone { call, caller } = caller.await?;
            let (actor, me) = (caller.actor(), caller.me());
            let reach = caller.reach(&G::ACCESS, G::OWN)?;
            Ok(Self { call, reach, me, actor, _grant: PhantomData })
        })
    }
}

impl<G: Grant> FromRequest for Among<G> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Anyone::from_request(request, payload);
        Box::pin(async move {
            let Anyone { call, caller } = caller.await?;
            let me = caller.me();
            let standing = caller.reach(&G::ACCESS, G::OWN)?.into();
            Ok(Self { call, standing, me, _grant: PhantomData })
        })
    }
}
