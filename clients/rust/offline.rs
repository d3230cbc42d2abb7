//! Checks a token of Keystead without asking it: copy this file. It needs ring, base64 and serde_json, fetches nothing by itself and has
//! no clock of its own. See /docs/offline for what to fetch, and how often.

use std::collections::HashMap;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;

/// Seconds by which the clocks of the two sides may differ.
const LEEWAY_S: i64 = 30;

/// Seconds after which a change has no token left that it could end.
const KEPT_S: i64 = 3_600;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not a token, of another type, or signed in another way.
    Malformed,
    /// Signed with a key that is not published, or not by that key. Fetch the keys again, at most once in a minute.
    Signature,
    /// Of another server, for another service, of the other environment.
    NotForUs,
    Expired,
    /// Its key or its owner was revoked or changed.
    Changed,
    /// The list of what was changed is too old to believe anybody.
    Stale,
    IpDenied,
    InsufficientScope,
}

#[derive(Debug)]
pub struct Checker {
    pub issuer: String,
    pub audience: String,
    /// `live` or `test`.
    pub environment: String,
    /// Seconds that the list of what was changed may be old; `None` does without it, and believes a token to its end.
    pub list_max_age_s: Option<i64>,
    keys: HashMap<String, Vec<u8>>,
    /// By key or owner: the latest change, and when it was learned.
    changed: HashMap<String, (i64, i64)>,
    since: i64,
    listed_at: i64,
}

impl Checker {
    pub fn new(issuer: &str, audience: &str, list_max_age_s: Option<i64>) -> Self {
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        let (keys, changed) = (HashMap::new(), HashMap::new());
        Self {
            issuer,
            audience,
            environment: "live".into(),
            list_max_age_s,
            keys,
            changed,
            since: 0,
            listed_at: i64::MIN,
        }
    }

    /// Takes `/.well-known/jwks.json`, in place of what it had.
    pub fn take_keys(&mut self, jwks: &Value) {
        let known = jwks["keys"].as_array().into_iter().flatten();
        let ed25519 = known.filter(|key| key["kty"] == "OKP" && key["crv"] == "Ed25519");
        let each = ed25519.filter_map(|key| Some((key["kid"].as_str()?.to_owned(), decode(key["x"].as_str()?)?)));
        self.keys = each.collect();
    }

    /// What to pass as `?since=` next.
    pub fn since(&self) -> i64 {
        self.since
    }

    /// Takes the `list` of `GET /v1/revoked?since=…`. Answers whether to ask for more at once.
    pub fn take_list(&mut self, list: &str, now_s: i64) -> Result<bool, Refused> {
        let (_, claims) = self.open(list, "keystead-revoked+jwt")?;
        if claims["iss"] != *self.issuer || claims["since"] != self.since {
            return Err(Refused::NotForUs);
        }
        let iat = claims["iat"].as_i64().ok_or(Refused::Malformed)?;
        let next = claims["next"].as_i64().ok_or(Refused::Malformed)?;
        let more = claims["more"].as_bool().ok_or(Refused::Malformed)?;
        if iat < self.listed_at || iat > now_s + LEEWAY_S {
            return Err(Refused::Stale);
        }
        for change in claims["changes"].as_array().ok_or(Refused::Malformed)? {
            let (subject, rev) = (change["sub"].as_str(), change["rev"].as_i64());
            let (subject, rev) = subject.zip(rev).ok_or(Refused::Malformed)?;
            self.changed.insert(subject.to_owned(), (rev, iat));
        }
        self.changed.retain(|_, (_, learned)| *learned + KEPT_S >= iat);
        self.since = next;
        if !more {
            self.listed_at = iat;
        }
        Ok(more)
    }

    /// The claims of a token that is good now, for a caller from `ip` who needs these scopes.
    pub fn check(&self, token: &str, now_s: i64, ip: Option<IpAddr>, scopes: &[&str]) -> Result<Value, Refused> {
        let (header, claims) = self.open(token, "at+jwt")?;
        // What must be understood and is not ours, is not understood.
        let critical = header["crit"].as_array().map(Vec::as_slice).unwrap_or_default();
        if critical.iter().any(|name| name != "ips") {
            return Err(Refused::Malformed);
        }
        if claims["iss"] != *self.issuer || claims["aud"] != *self.audience || claims["env"] != *self.environment {
            return Err(Refused::NotForUs);
        }
        let number = |name: &str| claims[name].as_i64().ok_or(Refused::Malformed);
        if number("exp")? <= now_s || number("iat")? > now_s + LEEWAY_S {
            return Err(Refused::Expired);
        }
        if let Some(max_age_s) = self.list_max_age_s {
            if self.listed_at.saturating_add(max_age_s) < now_s {
                return Err(Refused::Stale);
            }
            let rev = number("rev")?;
            let later = |subject: &str| self.changed.get(subject).is_some_and(|(changed, _)| *changed > rev);
            let over = |subject: Option<&str>| subject.is_none_or(later);
            if over(claims["client_id"].as_str()) || over(claims["sub"].as_str()) || over(Some("*")) {
                return Err(Refused::Changed);
            }
        }
        if let Some(allowed) = claims.get("ips") {
            let allowed = allowed.as_array().ok_or(Refused::Malformed)?;
            let ip = ip.ok_or(Refused::IpDenied)?.to_canonical();
            if !allowed.iter().filter_map(Value::as_str).any(|network| within(network, ip)) {
                return Err(Refused::IpDenied);
            }
        } else if !critical.is_empty() {
            return Err(Refused::Malformed);
        }
        let held: Vec<&str> = claims["scope"].as_str().ok_or(Refused::Malformed)?.split(' ').collect();
        if scopes.iter().any(|scope| !held.iter().any(|held| covers(held, scope))) {
            return Err(Refused::InsufficientScope);
        }
        Ok(claims)
    }

    /// Header and claims, if the signature is that of a published key. The algorithm is ours to choose, never the token's.
    fn open(&self, text: &str, typ: &str) -> Result<(Value, Value), Refused> {
        let (input, signature) = text.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (header, claims) = input.split_once('.').ok_or(Refused::Malformed)?;
        let read = |part: &str| decode(part).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let header = read(header).ok_or(Refused::Malformed)?;
        if header["alg"] != "EdDSA" || header["typ"] != *typ {
            return Err(Refused::Malformed);
        }
        let key = header["kid"].as_str().and_then(|kid| self.keys.get(kid)).ok_or(Refused::Signature)?;
        let signature = decode(signature).ok_or(Refused::Malformed)?;
        UnparsedPublicKey::new(&ED25519, key).verify(input.as_bytes(), &signature).map_err(|_| Refused::Signature)?;
        Ok((header, read(claims).ok_or(Refused::Malformed)?))
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// `invoices:*` covers `invoices:read` and `invoices:archive:read`, `*` everything; nothing else does more than itself.
fn covers(held: &str, wanted: &str) -> bool {
    let above = held.strip_suffix('*').filter(|above| above.is_empty() || above.ends_with(':'));
    held == wanted || above.is_some_and(|above| wanted.len() > above.len() && wanted.starts_with(above))
}

/// Is this address in `203.0.113.9`, `203.0.113.0/24` or `2001:db8::/32`?
fn within(network: &str, ip: IpAddr) -> bool {
    let (address, length) =
        network.split_once('/').map_or((network, None), |(address, length)| (address, Some(length)));
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32_u32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let ((address, size), (ip, size_of_ip)) = (bits(address), bits(ip));
    let Ok(length) = length.map_or(Ok(size), str::parse::<u32>) else { return false };
    // A shift by all bits is none at all in the eyes of the machine: nothing is left to compare.
    let differ = (address ^ ip).checked_shr(size.saturating_sub(length)).unwrap_or(0);
    size == size_of_ip && length <= size && differ == 0
}
