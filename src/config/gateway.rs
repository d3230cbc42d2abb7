//! `[gateway.<name>]`: who may ask /v1/forward-auth, and what a key must be good for there. `[gateway.default]` is no gateway: it holds
//! what the others leave out, and is read into each of them by `layer.rs`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{ConfigError, read_secret_file};
use crate::base::Secret;

/// By name; [`Gateways::named`] leaves out the section of defaults.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Gateways(BTreeMap<String, Gateway>);

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    flavour: String,
    pub secret: Secret,
    secret_file: PathBuf,
    environment: String,
    pub scopes: Vec<String>,
    pub any_scopes: Vec<String>,
    pub public_keys: bool,
    /// Credits, up to 10¹².
    pub cost: i64,
    pub rate_limits: Vec<GatewayLimit>,
    client_address_header: String,
    pub required_headers: Vec<String>,
}

/// A limit that each request of a gateway names.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayLimit {
    pub name: String,
    #[serde(default = "one")]
    pub cost: u32,
}

fn one() -> u32 {
    1
}

/// How a gateway asks. The facts of each product are in http/gateway/original.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    Nginx,
    Traefik,
    Caddy,
    Envoy,
}

/// The section that is no gateway.
pub(super) const DEFAULT: &str = "default";
/// Gateways: each costs some hundred bytes, and nobody has more servers of this kind.
const GATEWAYS_MAX: usize = 1_000;
const NAME_MAX: usize = 32;
const SECRET_LEN: std::ops::RangeInclusive<usize> = 16..=256;
const COST_MAX: i64 = 1_000_000_000_000;
/// As many as one verification may name.
const LIMITS_MAX: usize = 16;
const HEADERS_MAX: usize = 16;

impl Gateways {
    /// All gateways, by name.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Gateway)> {
        self.0.iter().filter(|(name, _)| *name != DEFAULT).map(|(name, gateway)| (name.as_str(), gateway))
    }

    pub(super) fn read_files(&mut self) -> Result<(), ConfigError> {
        for (name, gateway) in &mut self.0 {
            gateway.read_file(name)?;
        }
        Ok(())
    }

    /// After the files are read, because a secret is required.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.0.len() > GATEWAYS_MAX {
            return Err(ConfigError::new("gateway: there is room for 999 sections"));
        }
        let default = self.0.get(DEFAULT);
        if default.is_some_and(|default| !default.secret.expose().is_empty() || !default.flavour.is_empty()) {
            return Err(ConfigError::new(
                "gateway.default: a secret or a flavour belongs to one gateway: move it to a section of its own, [gateway.<name>]",
            ));
        }
        self.named().try_for_each(|(name, gateway)| gateway.check(name))
    }
}

impl Gateway {
    fn read_file(&mut self, name: &str) -> Result<(), ConfigError> {
        if self.secret_file.as_os_str().is_empty() {
            return Ok(());
        }
        if !self.secret.expose().is_empty() {
            return Err(ConfigError::new(format!("gateway.{name}.secret and …secret_file are both set: keep one")));
        }
        self.secret = read_secret_file(&format!("gateway.{name}.secret_file"), &self.secret_file)?;
        Ok(())
    }

    fn check(&self, name: &str) -> Result<(), ConfigError> {
        let wrong = |what: &str| Err(ConfigError::new(format!("gateway.{name}{what}")));
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(letter) {
            return Err(ConfigError::new(
                "gateway: a name is lower-case letters, digits, - and _, 32 characters at most, as in [gateway.edge]",
            ));
        }
        if self.flavour(name).is_none() {
            return wrong(".flavour must be nginx, traefik, caddy or envoy: how this gateway asks");
        }
        let secret = self.secret.expose();
        if secret.is_empty() {
            return wrong(
                ".secret is missing: without it, anybody could ask. Make one (openssl rand -hex 32), put it here or into secret_file, and into the gateway's header X-Keystead-Gateway",
            );
        }
        if !SECRET_LEN.contains(&secret.len()) || !secret.bytes().all(|b| b.is_ascii_graphic()) {
            return wrong(".secret must be 16 to 256 characters of visible ASCII (openssl rand -hex 32 makes one)");
        }
        if self.accepts().is_none() {
            return wrong(".environment must be live, test or any");
        }
        if !(0..=COST_MAX).contains(&self.cost) {
            return wrong(".cost must be a number from 0 to 1000000000000");
        }
        if self.rate_limits.len() > LIMITS_MAX || self.rate_limits.iter().any(|limit| limit.cost > 1_000_000_000) {
            return wrong(".rate_limits must be 16 limits at most, and a cost 1000000000 at most");
        }
        let headers = self.required_headers.iter().chain(Some(&self.client_address_header).filter(|h| !h.is_empty()));
        if self.required_headers.len() > HEADERS_MAX || !headers.clone().all(|header| is_header(header)) {
            return wrong(
                ": required_headers and client_address_header are names in lower case, without _, 16 at most, as in [\"x-tenant\"]",
            );
        }
        Ok(())
    }

    /// `None` where it is not said, and the name is no flavour either.
    pub fn flavour(&self, name: &str) -> Option<Flavour> {
        match if self.flavour.is_empty() { name } else { &self.flavour } {
            "nginx" => Some(Flavour::Nginx),
            "traefik" => Some(Flavour::Traefik),
            "caddy" => Some(Flavour::Caddy),
            "envoy" => Some(Flavour::Envoy),
            _ => None,
        }
    }

    /// The environments whose keys are good here; the inner `None` is any.
    pub fn accepts(&self) -> Option<Option<super::Environment>> {
        match self.environment.as_str() {
            "live" => Some(Some(super::Environment::Live)),
            "test" => Some(Some(super::Environment::Test)),
            "any" => Some(None),
            _ => None,
        }
    }

    /// The header with the client's address, where it is not the flavour's own.
    pub fn client_address_header(&self) -> Option<&str> {
        Some(self.client_address_header.as_str()).filter(|name| !name.is_empty())
    }
}

/// The name of a header as HTTP/2 writes it. Proxies take `_` for `-`, each in its own way, so there is none in it.
fn is_header(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
