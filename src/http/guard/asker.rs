//! Who asks about keys: the holder of one with `keystead:verify`, known before anything else of the request is read. The busiest route
//! has [`Verifier`](super::Verifier) instead, which leaves that to the verification itself.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::call::Call;
use super::caller::{Anyone, Caller};
use super::{Access, Extracting, Needs, Statement, Who, credential};
use crate::http::error::Problem;
use crate::key::authority::Holder;
use crate::people::scope;

pub const ASKER: Who<Asker> = Who::new();
pub const INTROSPECTOR: Who<Asker<Basic>> = Who::new();

/// The holder of a key with `keystead:verify`. `W` is how it may be presented.
#[derive(Debug)]
pub struct Asker<W = Bearer> {
    /// In the realm that the holder belongs to.
    pub call: Call,
    pub holder: Holder,
    _way: PhantomData<fn() -> W>,
}

/// How a key is presented.
pub trait Way: 'static {
    const ACCESS: Access;
    const BASIC: bool;
}

/// As everywhere: a bearer credential, or `X-API-Key`.
#[derive(Debug)]
pub struct Bearer;

/// Or as the password of HTTP Basic (RFC 7617), as software sends it that speaks OAuth.
#[derive(Debug)]
pub struct Basic;

impl Way for Bearer {
    const ACCESS: Access =
        Access { text: "a backend with keystead:verify", needs: Needs::Key, scope: Some(scope::VERIFY) };
    const BASIC: bool = false;
}

impl Way for Basic {
    const ACCESS: Access = Access {
        text: "a backend with keystead:verify, its key as a bearer credential or as the password of HTTP Basic",
        needs: Needs::KeyOrBasic,
        scope: Some(scope::VERIFY),
    };
    const BASIC: bool = true;
}

impl<W: Way> Statement for Asker<W> {
    const ACCESS: Access = W::ACCESS;
}

impl<W: Way> FromRequest for Asker<W> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Anyone::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let call = Call::of(&request);
            let basic = if W::BASIC { credential::basic(&request, &call)? } else { None };
            let (call, holder) = match basic {
                Some(digest) => {
                    let holder = call.keys().authenticate(digest, || call.place(request.head())).await?;
                    (call.in_realm(holder.realm()), holder)
                }
                None => match caller.await? {
                    Anyone { call, caller: Caller::Key(holder) } => (call, holder),
                    Anyone { caller: Caller::Person(_) | Caller::Panel(_), .. } => return Err(Problem::keys_only()),
                },
            };
            holder.needs(scope::VERIFY)?;
            Ok(Self { call, holder, _way: PhantomData })
        })
    }
}
