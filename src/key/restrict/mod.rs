//! From where and for what a key may be used: addresses, referrers, endpoints. Each list that is not empty must be met, and what is not
//! known meets nothing. Read and made canonical when they are set; compiled once for all keys that are alike (`Rules`); compared on every
//! verification of a key that has any. Nothing here repairs what is asked: what cannot be read strictly is denied.

mod endpoint;
mod ip;
mod path;
mod referrer;

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::endpoint::Endpoint;
use self::referrer::Referrer;
use super::verify::Code;
use crate::base::net::Network;
use crate::base::{Error, Field, Result};

/// Entries of one list. With entries of [`Rule::BYTES_MAX`], a key's restrictions are 68 KiB at most (64 × (64 + 512 + 512)).
pub const ENTRIES_MAX: usize = 64;
/// Bytes of a referrer that is compared; a longer one is nobody's. The same as a verification takes.
const REFERRER_MAX: usize = 2048;
/// The same of a path.
const PATH_MAX: usize = 8192;

/// As they are kept and shown: canonical, sorted, each once. An empty list restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Restrictions {
    /// Addresses and networks, as in `203.0.113.9` or `2001:db8::/32`.
    #[schemars(length(max = 64))]
    pub ips: Vec<String>,
    /// As in `https://app.example.com` or `https://*.example.com/x`.
    #[schemars(length(max = 64))]
    pub referrers: Vec<String>,
    /// As in `GET /v1/invoices/*`.
    #[schemars(length(max = 64))]
    pub endpoints: Vec<String>,
}

/// What is set of them. A list that is not given stays as it is: nobody loosens what they did not speak of.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RestrictionsChange {
    /// Addresses and networks, as in `203.0.113.9` or `2001:db8::/32`; an empty list restricts nothing.
    #[schemars(length(max = 64))]
    pub ips: Option<Vec<String>>,
    /// As in `https://app.example.com` or `https://*.example.com/x`.
    #[schemars(length(max = 64))]
    pub referrers: Option<Vec<String>>,
    /// As in `GET /v1/invoices/*`.
    #[schemars(length(max = 64))]
    pub endpoints: Option<Vec<String>>,
}

impl RestrictionsChange {
    /// Checks what is given, and gives it back as it is kept.
    pub fn checked(self) -> Result<Self> {
        Ok(Self {
            ips: self.ips.as_deref().map(canonical::<Network>).transpose()?,
            referrers: self.referrers.as_deref().map(canonical::<Referrer>).transpose()?,
            endpoints: self.endpoints.as_deref().map(canonical::<Endpoint>).transpose()?,
        })
    }

    /// What there is afterwards.
    pub fn over(&self, before: &Restrictions) -> Restrictions {
        let list = |given: &Option<Vec<String>>, before: &Vec<String>| given.as_ref().unwrap_or(before).clone();
        Restrictions {
            ips: list(&self.ips, &before.ips),
            referrers: list(&self.referrers, &before.referrers),
            endpoints: list(&self.endpoints, &before.endpoints),
        }
    }
}

/// One entry of a list.
trait Rule: Sized + Ord + std::fmt::Display {
    /// The list's name.
    const LIST: &'static str;
    /// Bytes of one entry, as it is written and as it is kept.
    const BYTES_MAX: usize;
    const TOO_LONG: &'static str;
    const TOO_MANY: &'static str;

    /// Reads an entry, or says what to write instead.
    fn read(text: &str) -> Result<Self, &'static str>;
    /// Is whatever the other lets through let through by this one, too? Sound, and not complete: "no" may be wrong.
    fn covers(&self, other: &Self) -> bool;
}

impl Restrictions {
    /// Checks them, and gives them back as they are kept.
    pub fn checked(self) -> Result<Self> {
        Ok(Self {
            ips: canonical::<Network>(&self.ips)?,
            referrers: canonical::<Referrer>(&self.referrers)?,
            endpoints: canonical::<Endpoint>(&self.endpoints)?,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.ips.is_empty() && self.referrers.is_empty() && self.endpoints.is_empty()
    }

    /// Is whatever these let through let through by `other`, too? Where that cannot be told from the entries one by one, it is not.
    pub fn is_within(&self, other: &Self) -> bool {
        match (Lists::of(self), Lists::of(other)) {
            (Ok(these), Ok(others)) => {
                within(&these.ips, &others.ips)
                    && within(&these.referrers, &others.referrers)
                    && within(&these.endpoints, &others.endpoints)
            }
            _ => false,
        }
    }
}

/// A list as it is kept.
fn canonical<R: Rule>(entries: &[String]) -> Result<Vec<String>> {
    if entries.len() > ENTRIES_MAX {
        return Err(Error::refused(Field::from_client(["restrictions", R::LIST]), R::TOO_MANY));
    }
    let mut rules = Vec::with_capacity(entries.len());
    for (n, entry) in entries.iter().enumerate() {
        let refused = |why| Error::refused(Field::from_client(["restrictions", R::LIST, &n.to_string()]), why);
        if entry.len() > R::BYTES_MAX {
            return Err(refused(R::TOO_LONG));
        }
        let rule = R::read(entry).map_err(refused)?;
        // What is kept is taken again as it stands: escapes may have made it longer.
        if rule.to_string().len() > R::BYTES_MAX {
            return Err(refused(R::TOO_LONG));
        }
        rules.push(rule);
    }
    rules.sort_unstable();
    rules.dedup();
    Ok(rules.iter().map(R::to_string).collect())
}

fn within<R: Rule>(these: &[R], others: &[R]) -> bool {
    let covered = |rule: &R| others.iter().any(|other| other.covers(rule));
    others.is_empty() || (!these.is_empty() && these.iter().all(covered))
}

/// The same, ready to be compared with. Eight bytes for a key without restrictions; the lists are shared by all keys that are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rules(Option<Box<Lists>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Lists {
    ips: Box<[Network]>,
    referrers: Box<[Referrer]>,
    endpoints: Box<[Endpoint]>,
}

impl Lists {
    fn of(restrictions: &Restrictions) -> Result<Self, &'static str> {
        fn all<R: Rule>(entries: &[String]) -> Result<Box<[R]>, &'static str> {
            entries.iter().map(|entry| R::read(entry)).collect()
        }
        Ok(Self {
            ips: all(&restrictions.ips)?,
            referrers: all(&restrictions.referrers)?,
            endpoints: all(&restrictions.endpoints)?,
        })
    }
}

/// Where a request came from, and what it asks for; `None` is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    pub ip: Option<IpAddr>,
    /// `Referer`, or `Origin` where there is none.
    pub referrer: Option<&'a str>,
    pub method: Option<&'a str>,
    /// As it was sent; what stands behind `?` or `#` does not count.
    pub path: Option<&'a str>,
}

impl Rules {
    /// Of what was checked. An error is one of the store: nothing else writes restrictions.
    pub fn of(restrictions: &Restrictions) -> Result<Self> {
        if restrictions.is_empty() {
            return Ok(Self::default());
        }
        let lists =
            Lists::of(restrictions).map_err(|_| Error::internal("a key has a restriction that cannot be read"))?;
        Ok(Self(Some(Box::new(lists))))
    }

    /// Is there nothing to compare with?
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The first list that this place does not meet, in the published order.
    pub fn refuse(&self, place: &Place<'_>) -> Option<Code> {
        let lists = self.0.as_deref()?;
        if !lists.ips.is_empty() && !place.ip.is_some_and(|ip| lists.ips.iter().any(|network| network.contains(ip))) {
            return Some(Code::IpDenied);
        }
        if !lists.referrers.is_empty() && !place.referrer.is_some_and(|from| referrer::any(&lists.referrers, from)) {
            return Some(Code::ReferrerDenied);
        }
        let asked = place.method.zip(place.path);
        if !lists.endpoints.is_empty()
            && !asked.is_some_and(|(method, path)| endpoint::any(&lists.endpoints, method, path))
        {
            return Some(Code::EndpointDenied);
        }
        None
    }
}
