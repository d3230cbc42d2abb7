//! The request that a gateway asks about, as each product tells of it. What is needed and missing, empty, twice or too long is refused,
//! and so is what its client could have written there itself. Names with `_` for `-` and X-Forwarded-Prefix are never looked at.
//!
//! nginx ngx_http_auth_request_module: whatever `proxy_set_header` says, here X-Original-Method and -URI. Traefik ForwardAuth and Caddy
//! forward_auth: X-Forwarded-Method and -Uri. Envoy ext_authz: the method of the question itself, and its path behind `path_prefix`.

use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest};

use super::Gateway;
use crate::base::Field;
use crate::config::Flavour;
use crate::http::error::Problem;
use crate::http::guard::address;
use crate::http::openapi::Operation;
use crate::http::route::Part;
use crate::key::restrict::Place;
use crate::people::scope::{self, SCOPES_MAX};

/// Bytes, as `POST /v1/api-keys/verify` takes them.
const METHOD_MAX: usize = 32;
const URI_MAX: usize = 8192;
const REFERRER_MAX: usize = 2048;
/// An address, or a list with more of them than any route has hops.
const ADDRESS_MAX: usize = 2048;

/// The question, unread: its body is none of our business.
#[derive(Debug)]
pub struct Original(HttpRequest);

/// What it says.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub place: Place<'a>,
    /// What the gateway's own address asks for besides.
    pub scopes: Vec<String>,
}

static X_ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
static X_ORIGINAL_URI: HeaderName = HeaderName::from_static("x-original-uri");
static X_FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
static X_FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

impl Original {
    pub(super) fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    pub(super) fn read(&self, gateway: &Gateway) -> Result<Told<'_>, Problem> {
        let headers = self.headers();
        let (method, uri) = match gateway.flavour {
            Flavour::Nginx => (one(headers, &X_ORIGINAL_METHOD, METHOD_MAX)?, one(headers, &X_ORIGINAL_URI, URI_MAX)?),
            Flavour::Traefik | Flavour::Caddy => {
                (one(headers, &X_FORWARDED_METHOD, METHOD_MAX)?, one(headers, &X_FORWARDED_URI, URI_MAX)?)
            }
            Flavour::Envoy => (self.0.method().as_str(), self.behind(&gateway.name)),
        };
        if !method.bytes().all(is_token) || method.len() > METHOD_MAX {
            return Err(wrong("the gateway tells of no method"));
        }
        if !uri.starts_with('/') || uri.len() > URI_MAX || !uri.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong("the gateway tells of no path: it must begin with / and be visible ASCII"));
        }
        let address = one(headers, &gateway.address_header, ADDRESS_MAX)?;
        for name in &gateway.required {
            one(headers, name, URI_MAX)?;
        }
        let place = Place {
            ip: Some(client(gateway, address).ok_or_else(|| wrong("the gateway tells of no client's address"))?),
            referrer: referrer(headers)?,
            method: Some(method),
            path: Some(uri),
        };
        // Behind Envoy's prefix stands what its client asked for, query and all.
        let scopes = if gateway.flavour == Flavour::Envoy { Vec::new() } else { scopes(self.0.query_string())? };
        Ok(Told { place, scopes })
    }

    /// What stands in the address behind the gateway's name, as it was sent; "" where there is nothing.
    fn behind(&self, name: &str) -> &str {
        let whole = self.0.uri().path_and_query().map_or("", |whole| whole.as_str());
        whole.strip_prefix("/v1/forward-auth/").and_then(|rest| rest.strip_prefix(name)).unwrap_or_default()
    }
}

/// The one value of a header that must be there.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName, most: usize) -> Result<&'a str, Problem> {
    at_most_one(headers, name, most)?.ok_or_else(|| wrong("a header that the gateway must send is missing or empty"))
}

fn at_most_one<'a>(headers: &'a HeaderMap, name: &HeaderName, most: usize) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(wrong("a header that the gateway must set came twice"));
    }
    if value.len() > most {
        return Err(wrong("a header of the request is too long"));
    }
    let text = value.to_str().map_err(|_| wrong("a header of the request is not visible ASCII"))?;
    Ok(Some(text.trim()).filter(|text| !text.is_empty()))
}

/// What a gateway writes is believed: it showed its secret. What stands left of that in X-Forwarded-For counts as far as
/// `http.trusted_proxies` goes.
fn client(gateway: &Gateway, text: &str) -> Option<IpAddr> {
    if gateway.address_header == X_FORWARDED_FOR { gateway.proxies.told(text) } else { address(text) }
}

/// `Origin` stands in for a `Referer` that is not there. "null" is the origin of pages that have none (RFC 6454 section 7.3).
fn referrer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let origin = at_most_one(headers, &header::ORIGIN, REFERRER_MAX)?.filter(|origin| *origin != "null");
    Ok(at_most_one(headers, &header::REFERER, REFERRER_MAX)?.or(origin))
}

/// `?scope=a:read&scope=b:read`. A query may only add: nothing else is known, so that a slip in a name does not ask for less than was meant.
fn scopes(query: &str) -> Result<Vec<String>, Problem> {
    let mut scopes = Vec::new();
    for (name, scope) in form_urlencoded::parse(query.as_bytes()) {
        if name != "scope" || scopes.len() == SCOPES_MAX {
            return Err(wrong_query());
        }
        scopes.push(scope.into_owned());
    }
    scope::check_asked("/scope", &scopes).map_err(|_| wrong_query())?;
    Ok(scopes)
}

pub(super) fn wrong_query() -> Problem {
    wrong(
        "the gateway's address takes ?scope= and nothing else, 64 scopes in all; in a Caddyfile, let the uri of forward_auth end with ? to leave the client's own query out",
    )
}

fn wrong(why: &'static str) -> Problem {
    Problem::invalid(Field::NONE, why)
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl FromRequest for Original {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(request.clone())))
    }
}

impl Part for Original {
    fn describe(operation: &mut Operation<'_>) {
        operation.at_gateway();
    }
}
