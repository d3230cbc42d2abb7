//! `/v1/forward-auth/<name>`: nginx, Traefik, Caddy and Envoy ask here about each request before they let it through. The same judgement as
//! any verification, told in statuses and headers. Only a 2xx lets a request through; whatever is missing, twice or unreadable is
//! refused, and so is everything when the store cannot answer.

mod identity;
mod original;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::error::Problem;
use super::guard::{AtGateway, Proxies, presented};
use super::rate_limit;
use super::reply::Reply;
use crate::base::crypto::{Digest, same, sha256};
use crate::config::{self, AddressHeader, Flavour};
use crate::instance::StartError;
use crate::key::limit::Named;
use crate::key::verify::{Code, Question, Verdict, Wanted};
use crate::people::scope::{self, SCOPES_MAX};
pub use identity::Allowed;
pub use original::Original;

/// All gateways of the configuration, by name.
#[derive(Debug, Default)]
pub struct Gateways(BTreeMap<String, Gateway>);

/// One gateway, and what a key must be good for there.
#[derive(Debug)]
pub struct Gateway {
    name: String,
    flavour: Flavour,
    secret: Digest,
    environment: Wanted,
    scopes: Vec<String>,
    any_scopes: Vec<String>,
    public_keys: bool,
    cost: i64,
    rate_limits: Vec<Named>,
    address_header: HeaderName,
    /// Whose word counts left of what the gateway itself says.
    proxies: Proxies,
    required: Vec<HeaderName>,
    /// When the log last said that somebody asked with a wrong secret.
    warned_at: AtomicI64,
}

static X_KEYSTEAD_GATEWAY: HeaderName = HeaderName::from_static("x-keystead-gateway");
/// Anybody can ask with a wrong secret; the log says so this often.
const WARN_EVERY_MS: i64 = 60_000;

impl Gateways {
    pub fn of(config: &config::Config) -> Result<Self, StartError> {
        let gateway =
            |(name, of): (&str, &config::Gateway)| Ok((name.to_owned(), Gateway::of(name, of, &config.http)?));
        config.gateway.named().map(gateway).collect::<Result<_, _>>().map(Self)
    }

    pub fn get(&self, name: &str) -> Option<&Gateway> {
        self.0.get(name)
    }
}

impl Gateway {
    fn of(name: &str, config: &config::Gateway, http: &config::Http) -> Result<Self, StartError> {
        let wrong = |setting: &str, why: &str| StartError(format!("gateway.{name}.{setting}: {why}"));
        let flavour = config.flavour(name).ok_or_else(|| wrong("flavour", "nginx, traefik, caddy or envoy"))?;
        let scopes = |setting: &'static str, scopes: &[String]| {
            scope::check("/scopes", scopes.to_vec()).map_err(|error| wrong(setting, &error.why()))
        };
        let header = |name: &str| HeaderName::try_from(name).map_err(|_| wrong("required_headers", "no such header"));
        let address = config.client_address_header().unwrap_or(match flavour {
            Flavour::Nginx | Flavour::Traefik | Flavour::Caddy => "x-forwarded-for",
            Flavour::Envoy => "x-real-ip",
        });
        let limit = |limit: &config::GatewayLimit| Named { name: limit.name.clone(), cost: limit.cost };
        Ok(Self {
            name: name.to_owned(),
            flavour,
            secret: sha256(config.secret.expose().as_bytes()),
            environment: match config.accepts().ok_or_else(|| wrong("environment", "live, test or any"))? {
                Some(environment) => Wanted::Only(environment),
                None => Wanted::Any,
            },
            scopes: scopes("scopes", &config.scopes)?,
            any_scopes: scopes("any_scopes", &config.any_scopes)?,
            public_keys: config.public_keys,
            cost: config.cost,
            rate_limits: config.rate_limits.iter().map(limit).collect(),
            address_header: header(address)?,
            proxies: Proxies { trusted: http.trusted()?, header: AddressHeader::XForwardedFor },
            required: config.required_headers.iter().map(|name| header(name)).collect::<Result<_, _>>()?,
            warned_at: AtomicI64::new(i64::MIN),
        })
    }

    /// Is it this gateway that asks? Nobody else is told anything.
    pub fn admit(&self, headers: &HeaderMap, now: i64) -> Result<(), Problem> {
        let mut shown = headers.get_all(&X_KEYSTEAD_GATEWAY);
        let only = shown.next().filter(|_| shown.next().is_none());
        if only.is_some_and(|secret| same(&sha256(secret.as_bytes()), &self.secret)) {
            return Ok(());
        }
        if now.saturating_sub(self.warned_at.load(Ordering::Relaxed)) >= WARN_EVERY_MS {
            self.warned_at.store(now, Ordering::Relaxed);
            tracing::warn!(gateway = self.name, "asked without the gateway's secret: is X-Keystead-Gateway set there?");
        }
        Err(identity::bare(Problem::not_a_gateway()))
    }

    /// As this product understands it: nginx knows 2xx, 401 and 403, and makes a 500 of anything else.
    fn tell(&self, problem: Problem) -> Problem {
        let status = match (problem.status(), self.flavour) {
            (StatusCode::BAD_REQUEST | StatusCode::TOO_MANY_REQUESTS, Flavour::Nginx)
            | (StatusCode::UNPROCESSABLE_ENTITY, _) => StatusCode::FORBIDDEN,
            (status, _) => status,
        };
        identity::bare(problem.with_status(status))
    }
}

pub async fn check(who: AtGateway, original: Original) -> Reply<Allowed> {
    judge(&who, &original).await.map_err(|problem| who.gateway().tell(problem))
}

async fn judge(who: &AtGateway, original: &Original) -> Reply<Allowed> {
    let (gateway, keys) = (who.gateway(), who.call.keys());
    let request = original.read(gateway)?;
    let key = presented(original.headers())?.ok_or_else(|| Problem::unauthenticated(false))?;
    if !gateway.public_keys && keys.is_public(key).await? {
        return Err(identity::because(Problem::refused_at_gateway(PUBLIC), "public_key"));
    }
    let scopes = [gateway.scopes.as_slice(), &request.scopes].concat();
    if scopes.len() > SCOPES_MAX {
        return Err(original::wrong_query());
    }
    let verdict = keys
        .verify(Question {
            key,
            environment: gateway.environment,
            place: request.place,
            scopes: &scopes,
            any_scopes: &gateway.any_scopes,
            cost: gateway.cost,
            rate_limits: &gateway.rate_limits,
        })
        .await?;
    tracing::debug!(gateway = gateway.name, code = ?verdict.code, "forward-auth");
    match refused(&verdict) {
        Some(problem) => Err(problem),
        None => Ok(Allowed::of(&verdict, keys)),
    }
}

const PUBLIC: &str = "a public key does not open this: use a secret key";

/// Whose key is dead is told no more than that it does not authenticate: a gateway hands this on to its client.
fn refused(verdict: &Verdict) -> Option<Problem> {
    let (why, code) = match verdict.code {
        Code::Valid => return None,
        Code::Malformed | Code::NotFound | Code::Revoked | Code::Disabled | Code::Expired | Code::WrongEnvironment => {
            return Some(Problem::unauthenticated(true));
        }
        Code::IpDenied => ("this key may not be used from this address", "ip_denied"),
        Code::ReferrerDenied => ("this key may not be used from this page", "referrer_denied"),
        Code::EndpointDenied => ("this key may not be used for this method and path", "endpoint_denied"),
        Code::InsufficientScope => ("this key lacks a scope that this request needs", "insufficient_scope"),
        Code::RateLimited => ("a rate limit of this key is used up: try again later", "rate_limited"),
        Code::CreditsExhausted => ("the credits of this key are used up", "credits_exhausted"),
    };
    let problem = match verdict.code {
        Code::RateLimited | Code::CreditsExhausted => Problem::limited(why),
        _ => Problem::refused_at_gateway(why),
    };
    Some(identity::because(problem.with_headers(circumstances(verdict)), code))
}

/// What a refusal says besides: the scopes that are missing (RFC 6750 section 3.1), how limits stand, and when to try again.
fn circumstances(verdict: &Verdict) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers: Vec<_> = rate_limit::fields(&verdict.rate_limits).into_iter().flatten().collect();
    let mut add = |name, value: String| headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    if verdict.code == Code::InsufficientScope {
        let scopes = verdict.missing_scopes.join(" ");
        let challenge = format!("Bearer realm=\"keystead\", error=\"insufficient_scope\", scope=\"{scopes}\"");
        add(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(ms) = verdict.retry_after_ms {
        add(header::RETRY_AFTER, ms.div_ceil(1000).max(1).to_string());
    }
    headers
}
