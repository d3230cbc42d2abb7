//! Reading the one credential of a request. One place, one value: twice, or two that differ, is refused. A session's cookie counts only
//! where no other credential came, and only for pages of this server itself.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::call::Call;
use crate::base::Field;
use crate::base::crypto::Digest;
use crate::config::Environment;
use crate::http::error::Problem;
use crate::people::{PANEL_PREFIX, panel_realm};

/// What a caller presented, as the digest to look it up by.
#[derive(Debug, Clone, Copy)]
pub enum Credential {
    Key(Digest),
    /// And the realm that it was made in.
    Panel(Digest, Environment),
    Session(Digest),
}

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
static X_KEYSTEAD_REQUEST: HeaderName = HeaderName::from_static("x-keystead-request");

/// The cookie of a session. `__Host-` binds it to this host and to https, where there is https (RFC 6265bis section 4.1.3.2).
pub fn cookie_name(public_url: &str) -> &'static str {
    if public_url.starts_with("https://") { "__Host-keystead" } else { "keystead" }
}

/// The text in `Authorization: Bearer` or `X-API-Key`, where there is one.
pub fn presented(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let bearer = match single(headers, &header::AUTHORIZATION)? {
        None => None,
        Some(value) => {
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Problem::unauthenticated(true));
            }
            Some(token.trim_start_matches(' '))
        }
    };
    let header = single(headers, &X_API_KEY)?;
    if let (Some(bearer), Some(header)) = (bearer, header)
        && bearer != header
    {
        return Err(Problem::invalid(
            Field::NONE,
            "Authorization and X-API-Key carry different credentials: send one of them",
        ));
    }
    Ok(bearer.or(header))
}

pub(super) fn credential(request: &HttpRequest, call: &Call) -> Result<Credential, Problem> {
    optional(request, call)?.ok_or_else(|| Problem::unauthenticated(false))
}

/// The same where none will do as well.
pub(super) fn optional(request: &HttpRequest, call: &Call) -> Result<Option<Credential>, Problem> {
    match presented(request.headers())? {
        Some(text) => of(text, call).map(Some).ok_or_else(|| Problem::unauthenticated(true)),
        None => Ok(session(request, call)?.map(Credential::Session)),
    }
}

/// What this text is: a panel's token or a key. `None` where it is not even well formed.
fn of(text: &str, call: &Call) -> Option<Credential> {
    if !text.starts_with(PANEL_PREFIX) {
        return call.keys().caller(text).map(Credential::Key);
    }
    let realm = panel_realm(text);
    Some(Credential::Panel(call.app.instance.realm(realm).people.token_digest(text), realm))
}

/// The key that is presented, where it is one and well formed. For whoever says what is wrong elsewhere.
pub(super) fn plain_key(headers: &HeaderMap, call: &Call) -> Option<Digest> {
    match of(presented(headers).ok()??, call)? {
        Credential::Key(digest) => Some(digest),
        Credential::Panel(..) | Credential::Session(_) => None,
    }
}

/// A key and nothing else: for routes that only keys open, and that are asked on every request of every customer.
pub(super) fn key(request: &HttpRequest, call: &Call) -> Result<Digest, Problem> {
    match credential(request, call)? {
        Credential::Key(digest) => Ok(digest),
        Credential::Panel(..) | Credential::Session(_) => Err(Problem::keys_only()),
    }
}

/// The key that came as the password of HTTP Basic (RFC 7617), if the request has that; the name before it may be any. A key has no character
/// that RFC 6749 section 2.3.1 would have encoded.
pub(super) fn basic(request: &HttpRequest, call: &Call) -> Result<Option<Digest>, Problem> {
    let Some(value) = single(request.headers(), &header::AUTHORIZATION)? else { return Ok(None) };
    let (scheme, encoded) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    if request.headers().contains_key(&X_API_KEY) {
        return Err(Problem::invalid(
            Field::NONE,
            "Authorization and X-API-Key both carry a credential: send one of them",
        ));
    }
    let decoded = STANDARD.decode(encoded.trim_start_matches(' ')).map(Zeroizing::new);
    let password = decoded.as_ref().ok().and_then(|text| std::str::from_utf8(text).ok()?.split_once(':'));
    let digest = password.and_then(|(_, key)| call.keys().credential(key));
    digest.map(Some).ok_or_else(|| Problem::unauthenticated(true))
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
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

/// The session's cookie, if the request is one that our own pages make.
fn session(request: &HttpRequest, call: &Call) -> Result<Option<Digest>, Problem> {
    let name = cookie_name(&call.app.public_url);
    let Ok(cookies) = request.cookies() else { return Err(Problem::unauthenticated(true)) };
    let mut values = cookies.iter().filter(|cookie| cookie.name() == name);
    let Some(cookie) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::invalid(Field::NONE, "the session's cookie came twice: delete this site's cookies"));
    }
    own_page(request, call)?;
    Ok(Some(call.people().token_digest(cookie.value())))
}

/// Is this request made by a page of this server, or by no page at all? Browsers say where a request comes from, and let no page set
/// `X-Keystead-Request` on another site's.
pub fn own_page(request: &HttpRequest, call: &Call) -> Result<(), Problem> {
    own_origin(request, call)?;
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && request.headers().get(&X_KEYSTEAD_REQUEST).is_none_or(|value| value != "1") {
        return Err(Problem::foreign_page("send X-Keystead-Request: 1 with every change that a session makes"));
    }
    Ok(())
}

/// Was the server called by its own name? Where `http.public_url` says none, every name is its own.
pub fn own_host(request: &HttpRequest, call: &Call) -> Result<(), Problem> {
    let named = call.app.instance.config.http.public_url_is_default()
        || host(request).eq_ignore_ascii_case(authority(call.app.public_origin()));
    if named { Ok(()) } else { Err(Problem::misdirected()) }
}

fn host(request: &HttpRequest) -> &str {
    request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The same as far as the browser says it: this server's name, and no page of another origin.
pub(super) fn own_origin(request: &HttpRequest, call: &Call) -> Result<(), Problem> {
    own_host(request, call)?;
    let headers = request.headers();
    let foreign =
        || Problem::foreign_page("this works only for pages of this server: use an API key or a portal session");
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return Err(foreign());
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        // Under a name of its own the server knows its scheme, too: a page over http does not speak for the one over https.
        let own = if call.app.instance.config.http.public_url_is_default() {
            origin.contains("://") && authority(origin).eq_ignore_ascii_case(host(request))
        } else {
            origin == call.app.public_origin()
        };
        if !own {
            return Err(foreign());
        }
    }
    Ok(())
}

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// May this page use the panel? Only one of the origin that the panel was made for, or of this server.
pub(super) fn panel_page(request: &HttpRequest, call: &Call, allowed: Option<&str>) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let own = call.app.public_origin();
    if origin.to_str().is_ok_and(|origin| allowed == Some(origin) || origin == own) {
        Ok(())
    } else {
        Err(Problem::foreign_page("this panel was not made for pages of this origin: name it as allowed_origin"))
    }
}
