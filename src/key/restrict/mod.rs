//! From where and for what a key may be used: addresses, referrers, endpoints. Each list that is not empty must be met, and what is not
//! known meets nothing.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verify::Code;
use crate::base::Result;

/// As an owner writes them, and as they are kept: canonical, sorted, each once.
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

impl Restrictions {
    /// Checks them, and gives them back as they are kept.
    pub fn checked(self) -> Result<Self> {
        Ok(self)
    }

    /// Is whatever these let through let through by `other`, too?
    pub fn is_within(&self, other: &Self) -> bool {
        self == other
    }
}

/// The same, ready to be compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rules {}

/// Where a request came from, and what it asks for; `None` is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    pub ip: Option<IpAddr>,
    pub referrer: Option<&'a str>,
    pub method: Option<&'a str>,
    pub path: Option<&'a str>,
}

impl Rules {
    pub fn of(_: &Restrictions) -> Result<Self> {
        Ok(Self {})
    }

    /// The first list that this place does not meet, in the published order.
    pub fn refuse(&self, _: &Place<'_>) -> Option<Code> {
        None
    }
}
