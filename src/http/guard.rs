//! Who may call. A handler's first argument is its statement: it authenticates the caller, demands what the route demands, and carries
//! what the handler needs. `http/mod.rs` names the same statement beside the path; where the two differ, nothing compiles.

use std::future::Future;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::App;
use super::error::{Problem, RequestId};
use crate::base::Field;
use crate::base::crypto::Digest;
use crate::event::{Act, Actor};
use crate::key::authority::{Holder, Own, Reach};
use crate::people::scope;

/// Names a statement on the routes' page.
#[derive(Debug)]
pub struct Who<S>(PhantomData<fn() -> S>);

impl<S> Who<S> {
    const fn new() -> Self {
        Self(PhantomData)
    }
}

pub const NOBODY: Who<Nobody> = Who::new();
pub const ANY_KEY: Who<AnyKey> = Who::new();
pub const VERIFIER: Who<Verifier> = Who::new();
pub const PEOPLE_READ: Who<Backend<PeopleRead>> = Who::new();
pub const PEOPLE_WRITE: Who<Backend<PeopleWrite>> = Who::new();
pub const AUDIT: Who<Backend<Audit>> = Who::new();
pub const OWN_PEOPLE: Who<Reaching<OwnPeople>> = Who::new();
pub const KEYS_READ: Who<Reaching<KeysRead>> = Who::new();
pub const KEYS_WRITE: Who<Reaching<KeysWrite>> = Who::new();
pub const KEYS_REVOKE: Who<Reaching<KeysRevoke>> = Who::new();

/// What a statement says, for the OpenAPI document and the test that walks all routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    pub text: &'static str,
    /// Is a credential needed?
    pub credential: bool,
    /// The scope of a backend that opens it.
    pub scope: Option<&'static str>,
}

pub trait Statement: FromRequest {
    const ACCESS: Access;
}

/// The circumstances of a request.
#[derive(Debug, Clone)]
pub struct Call {
    pub app: web::Data<App>,
    request_id: Option<RequestId>,
    address: Option<IpAddr>,
}

impl Call {
    fn of(request: &HttpRequest) -> Self {
        let app = request.app_data::<web::Data<App>>().expect("every worker has the app").clone();
        let request_id = request.extensions().get::<RequestId>().cloned();
        // The peer itself. Headers that claim another address are believed from nobody.
        Self { app, request_id, address: request.peer_addr().map(|peer| peer.ip().to_canonical()) }
    }

    fn act(&self, actor: Actor) -> Act {
        Act {
            actor,
            at: self.app.instance.clock.now_ms(),
            request_id: self.request_id.as_ref().map(|id| id.0.clone()),
            address: self.address.map(|address| address.to_string()),
        }
    }
}

/// Everybody, without a credential.
#[derive(Debug)]
pub struct Nobody(pub Call);

/// The holder of any active key: secret or public, live or test.
#[derive(Debug)]
pub struct AnyKey {
    pub call: Call,
    pub holder: Holder,
}

/// A well-formed credential whose holder the verification itself judges, in the read that it makes anyway.
#[derive(Debug)]
pub struct Verifier {
    pub call: Call,
    pub credential: Digest,
}

/// A live secret key with a scope of a backend.
#[derive(Debug)]
pub struct Backend<S> {
    pub call: Call,
    pub holder: Holder,
    _scope: PhantomData<fn() -> S>,
}

/// A backend with a scope, or the holder of a live secret key within its own owner.
#[derive(Debug)]
pub struct Reaching<G> {
    pub call: Call,
    pub reach: Reach,
    actor: Actor,
    _grant: PhantomData<fn() -> G>,
}

impl<S> Backend<S> {
    pub fn act(&self) -> Act {
        self.call.act(Actor::key(self.holder.id))
    }
}

impl<G> Reaching<G> {
    pub fn act(&self) -> Act {
        self.call.act(self.actor.clone())
    }
}

/// A scope as a type, for [`Backend`].
pub trait Scope: 'static {
    const ACCESS: Access;
}

/// What opens a route to [`Reaching`] callers.
pub trait Grant: 'static {
    const ACCESS: Access;
    const OWN: Own;
}

#[derive(Debug)]
pub struct PeopleRead;
#[derive(Debug)]
pub struct PeopleWrite;
#[derive(Debug)]
pub struct Audit;
#[derive(Debug)]
pub struct OwnPeople;
#[derive(Debug)]
pub struct KeysRead;
#[derive(Debug)]
pub struct KeysWrite;
#[derive(Debug)]
pub struct KeysRevoke;

const fn with(text: &'static str, scope: &'static str) -> Access {
    Access { text, credential: true, scope: Some(scope) }
}

impl Scope for PeopleRead {
    const ACCESS: Access = with("a backend with keystead:people:read", scope::PEOPLE_READ);
}

impl Scope for PeopleWrite {
    const ACCESS: Access = with("a backend with keystead:people:write", scope::PEOPLE_WRITE);
}

impl Scope for Audit {
    const ACCESS: Access = with("a backend with keystead:audit", scope::AUDIT);
}

impl Grant for OwnPeople {
    const ACCESS: Access =
        with("a backend with keystead:people:read, or a secret live key of this very owner", scope::PEOPLE_READ);
    const OWN: Own = Own::Free;
}

impl Grant for KeysRead {
    const ACCESS: Access =
        with("a backend with keystead:keys:read, or a secret live key for the keys of its owner", scope::KEYS_READ);
    const OWN: Own = Own::Free;
}

impl Grant for KeysWrite {
    const ACCESS: Access = with(
        "a backend with keystead:keys:write, or a secret live key with own:keys:write for its owner, never beyond itself",
        scope::KEYS_WRITE,
    );
    const OWN: Own = Own::With(scope::OWN_WRITE);
}

impl Grant for KeysRevoke {
    const ACCESS: Access = with(
        "a backend with keystead:keys:write; a secret live key for itself, and with own:keys:revoke for any key of its owner",
        scope::KEYS_WRITE,
    );
    const OWN: Own = Own::Itself;
}

impl Statement for Nobody {
    const ACCESS: Access = Access { text: "everybody", credential: false, scope: None };
}

impl Statement for AnyKey {
    const ACCESS: Access = Access { text: "the holder of any active key", credential: true, scope: None };
}

impl Statement for Verifier {
    const ACCESS: Access = with("a backend with keystead:verify", scope::VERIFY);
}

impl<S: Scope> Statement for Backend<S> {
    const ACCESS: Access = S::ACCESS;
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
        std::future::ready(credential(request, &call).map(|credential| Self { call, credential }))
    }
}

impl FromRequest for AnyKey {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = Call::of(request);
        let credential = credential(request, &call);
        Box::pin(async move {
            let holder = call.app.instance.keys.authenticate(credential?).await?;
            Ok(Self { call, holder })
        })
    }
}

impl<S: Scope> FromRequest for Backend<S> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = AnyKey::from_request(request, payload);
        Box::pin(async move {
            let AnyKey { call, holder } = caller.await?;
            holder.needs(S::ACCESS.scope.expect("a backend's route names its scope"))?;
            Ok(Self { call, holder, _scope: PhantomData })
        })
    }
}

impl<G: Grant> FromRequest for Reaching<G> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = AnyKey::from_request(request, payload);
        Box::pin(async move {
            let AnyKey { call, holder } = caller.await?;
            let actor = Actor::key(holder.id);
            let reach = holder.reach(G::ACCESS.scope.expect("a backend's route names its scope"), G::OWN)?;
            Ok(Self { call, reach, actor, _grant: PhantomData })
        })
    }
}

/// The credential of a request, as the digest to look it up by. One place, one value: twice, or two that differ, is refused.
fn credential(request: &HttpRequest, call: &Call) -> Result<Digest, Problem> {
    let bearer = match single(request.headers(), header::AUTHORIZATION.as_str())? {
        None => None,
        Some(value) => {
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Problem::unauthenticated(true));
            }
            Some(token.trim_start_matches(' '))
        }
    };
    let header = single(request.headers(), "x-api-key")?;
    if let (Some(bearer), Some(header)) = (bearer, header)
        && bearer != header
    {
        return Err(Problem::invalid(
            Field::NONE,
            "Authorization and X-API-Key carry different credentials: send one of them",
        ));
    }
    let text = bearer.or(header).ok_or_else(|| Problem::unauthenticated(false))?;
    call.app.instance.keys.credential(text).ok_or_else(|| Problem::unauthenticated(true))
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::invalid(
            Field::NONE,
            "a credential header came twice: send Authorization or X-API-Key once",
        ));
    }
    // What is not visible ASCII is no credential of ours.
    value.to_str().map(Some).map_err(|_| Problem::unauthenticated(true))
}
