//! The circumstances of a request: which app, which store, who the log will say it was, and on which conditions a change is asked for.

use std::net::IpAddr;
use std::rc::Rc;

use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpMessage, HttpRequest, web};

use super::App;
use crate::base::Field;
use crate::base::net::Network;
use crate::config::Environment;
use crate::event::{Act, Actor};
use crate::http::error::{Problem, RequestId};
use crate::instance::Realm;
use crate::key::Keys;
use crate::key::restrict::Place;
use crate::people::People;
use crate::store::Store;

/// The app as one worker holds it: workers that count its holders together would wait for each other on every request.
pub type Worker = Rc<web::Data<App>>;

#[derive(Debug, Clone)]
pub struct Call {
    pub app: Worker,
    realm: Environment,
    request_id: Option<RequestId>,
    peer: Option<IpAddr>,
    address: Option<IpAddr>,
    if_match: Option<Vec<i64>>,
}

/// Versions named in one `If-Match`.
const VERSIONS_MAX: usize = 16;

impl Call {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let app = request.app_data::<Worker>().expect("every worker has the app");
        let request_id = request.extensions().get::<RequestId>().copied();
        Self { request_id, ..Self::arriving(app, request.head()) }
    }

    /// The same of a request that has no id yet.
    pub(super) fn arriving(app: &Worker, head: &RequestHead) -> Self {
        let peer = head.peer_addr.map(|peer| peer.ip().to_canonical());
        let address = peer.map(|peer| app.proxies.client(peer, &head.headers));
        Self { app: Rc::clone(app), realm: Environment::Live, request_id: None, peer, address, if_match: None }
    }

    /// The same with the conditions of a change.
    pub(super) fn with_conditions(mut self, request: &HttpRequest) -> Result<Self, Problem> {
        self.if_match = if_match(request.headers())?;
        Ok(self)
    }

    /// The same in the realm that the caller belongs to.
    pub fn in_realm(self, realm: Environment) -> Self {
        Self { realm, ..self }
    }

    /// The store that this call is about, with the nouns over it: what is on disk, or the sandbox.
    pub fn realm(&self) -> &Realm {
        self.app.instance.realm(self.realm)
    }

    pub fn keys(&self) -> &Keys {
        &self.realm().keys
    }

    pub fn people(&self) -> &People {
        &self.realm().people
    }

    pub fn store(&self) -> &Store {
        &self.realm().store
    }

    /// Where this request comes from and what it asks for, for a key that is restricted. A header that came twice, or is no text, is not
    /// known; only where there is no `Referer`, `Origin` speaks.
    pub(super) fn place<'a>(&self, head: &'a RequestHead) -> Place<'a> {
        let headers = &head.headers;
        let name = if headers.contains_key(header::REFERER) { header::REFERER } else { header::ORIGIN };
        let mut values = headers.get_all(name);
        let referrer = values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok());
        let (method, path) = (Some(head.method.as_str()), Some(head.uri.path()));
        Place { ip: self.address, referrer, method, path }
    }

    /// The client's address for people, with the proxy that the request came through, where there was one.
    fn route(&self) -> Option<String> {
        let (peer, address) = (self.peer?, self.address?);
        Some(if peer == address { address.to_string() } else { format!("{address} via {peer}") })
    }

    /// Where this request comes from, for counting.
    pub fn network(&self) -> Option<Network> {
        self.address.map(Network::around)
    }

    pub fn now(&self) -> i64 {
        self.app.instance.clock.now_ms()
    }

    pub fn act(&self, actor: Actor) -> Act {
        Act {
            actor,
            at: self.now(),
            request_id: self.request_id.map(|id| id.as_str().to_owned()),
            address: self.route(),
            network: self.network(),
            if_match: self.if_match.clone(),
            once: None,
        }
    }
}

/// RFC 9110 section 13.1.1: `*`, or strong entity tags. Ours are a number in quotes; a tag of another form can match nothing.
fn if_match(headers: &HeaderMap) -> Result<Option<Vec<i64>>, Problem> {
    let wrong = || Problem::invalid(Field::NONE, "If-Match must be * or an ETag as it was answered, as in \"3\"");
    let mut versions = Vec::new();
    for value in headers.get_all(header::IF_MATCH) {
        let text = value.to_str().map_err(|_| wrong())?.trim();
        if text == "*" {
            return Ok(None);
        }
        for tag in text.split(',').map(str::trim) {
            let inner = tag.strip_prefix("W/").unwrap_or(tag);
            let inner = inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(wrong)?;
            // A weak tag never matches strongly, and a number in another spelling is another tag.
            let exact = |version: &i64| !tag.starts_with("W/") && version.to_string() == inner;
            versions.push(inner.parse().ok().filter(exact).unwrap_or(-1));
            if versions.len() > VERSIONS_MAX {
                return Err(wrong());
            }
        }
    }
    Ok((!versions.is_empty()).then_some(versions))
}
