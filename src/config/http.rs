//! `[http]`: where the server listens and how it is reached.

use std::net::SocketAddr;

use super::ConfigError;
use crate::base::net::Network;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub listen: String,
    pub public_url: String,
    pub public_docs: bool,
    pub trusted_proxies: Vec<String>,
    pub client_address_header: String,
    pub workers: u32,
    pub max_body_kib: u32,
    pub max_import_mib: u32,
    pub drain_ms: u32,
}

/// How a proxy says whom it speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressHeader {
    /// `X-Forwarded-For`: addresses, comma by comma.
    XForwardedFor,
    /// `Forwarded`: RFC 7239.
    Forwarded,
}

/// Networks in `http.trusted_proxies`: one is looked through for each hop of each request.
const PROXIES_MAX: usize = 64;

impl Http {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.address()?;
        if !self.public_url.is_empty() {
            let scheme_ok = ["http://", "https://"].iter().any(|scheme| {
                self.public_url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
            });
            // Links, a cookie's path and redirects begin with the path: nothing in it has a meaning of its own in any of them, and no
            // two slashes, behind which a browser would look for a host.
            let (_, path) = split(&self.public_url);
            let plain =
                self.public_url.bytes().all(|b| b.is_ascii_graphic()) && !self.public_url.contains(['?', '#', '@']);
            let path_ok =
                !path.contains("//") && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%".contains(&b));
            if !scheme_ok || !plain || !path_ok {
                return Err(ConfigError::new(
                    "http.public_url must be a URL as people type it, without query or user, as in https://keys.example.com or https://example.com/keys",
                ));
            }
        }
        self.trusted()?;
        self.address_header()?;
        within("http.max_body_kib", self.max_body_kib, 1, 64 * 1024)?;
        within("http.max_import_mib", self.max_import_mib, 1, 64 * 1024)?;
        within("http.workers", self.workers, 0, 1024)?;
        within("http.drain_ms", self.drain_ms, 0, 600_000)
    }

    pub fn address(&self) -> Result<SocketAddr, ConfigError> {
        self.listen.parse().map_err(|_| {
            ConfigError::new("http.listen must be an address and a port, as in 127.0.0.1:7300 or [::1]:7300")
        })
    }

    /// The proxies whose word about a client's address is believed.
    pub fn trusted(&self) -> Result<Vec<Network>, ConfigError> {
        let networks: Option<Vec<_>> = self.trusted_proxies.iter().map(|text| Network::parse(text)).collect();
        networks.filter(|networks| networks.len() <= PROXIES_MAX).ok_or_else(|| {
            ConfigError::new(format!(
                "http.trusted_proxies must be at most {PROXIES_MAX} addresses or networks with no bits behind their prefix, as in [\"10.0.0.0/8\", \"::1\"]"
            ))
        })
    }

    pub fn address_header(&self) -> Result<AddressHeader, ConfigError> {
        match self.client_address_header.as_str() {
            "x-forwarded-for" => Ok(AddressHeader::XForwardedFor),
            "forwarded" => Ok(AddressHeader::Forwarded),
            _ => Err(ConfigError::new("http.client_address_header must be \"x-forwarded-for\" or \"forwarded\"")),
        }
    }

    /// Is `public_url` only what we listen on? Then people may reach us under any name.
    pub fn public_url_is_default(&self) -> bool {
        self.public_url.is_empty()
    }

    /// `public_url` as browsers write it, in lower case and without the port that its scheme has anyway, and without a slash at its end;
    /// from the address that is listened on where it is not set.
    pub fn public_url(&self, listening: SocketAddr) -> String {
        let Some((scheme, _)) = self.public_url.split_once("://") else { return format!("http://{listening}") };
        let (authority, path) = split(&self.public_url);
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(usual).unwrap_or(&authority);
        format!("{scheme}://{authority}{path}").trim_end_matches('/').to_owned()
    }
}

/// Host and port of a URL, and its path.
fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

pub(super) fn within(setting: &str, value: u32, least: u32, most: u32) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(format!("{setting} must be a number from {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use crate::config::{Sources, load};

    #[test]
    fn a_public_url_is_written_as_browsers_write_it() {
        let listening = "127.0.0.1:7300".parse().expect("an address");
        for (set, shown) in [
            ("", "http://127.0.0.1:7300"),
            ("https://keys.example.com", "https://keys.example.com"),
            ("https://Keys.Example.com:443/", "https://keys.example.com"),
            ("http://keys.example.com:80", "http://keys.example.com"),
            ("http://keys.example.com:443", "http://keys.example.com:443"),
            ("https://keys.example.com:8443/Keystead/", "https://keys.example.com:8443/Keystead"),
            ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
        ] {
            let flags = vec![("http.public_url", "test", set.to_owned())];
            let config = load(&Sources { flags, ..Sources::default() }).expect("settings").config;
            assert_eq!(config.http.public_url(listening), shown);
        }
    }

    #[test]
    fn a_public_url_has_a_path_that_means_the_same_in_a_link_a_cookie_and_a_redirect() {
        let set = |url: &str| {
            let flags = vec![("http.public_url", "test", url.to_owned())];
            load(&Sources { flags, ..Sources::default() }).is_ok()
        };
        assert!(["https://a.example/keys", "http://a.example/a/b-c_d.e~f%20g/"].into_iter().all(set));
        for wrong in ["https://a.example//b", "https://a.example/a;b", "https://a.example/\"", "https://a.example/a\\b"]
        {
            assert!(!set(wrong), "{wrong}");
        }
    }
}
