//! `[oidc]`: one OpenID Connect provider that people may sign in with.

use std::path::PathBuf;

use super::{ConfigError, read_secret_file};
use crate::base::Secret;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    pub issuer: String,
    pub client_id: String,
    client_secret: Secret,
    client_secret_file: PathBuf,
    pub name: String,
    pub scopes: Vec<String>,
    ca_file: PathBuf,
    pub create_users: bool,
    pub group_claim: String,
    pub groups: Vec<Group>,
}

/// What being in a group of the provider gives in a team of ours.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub group: String,
    /// A team's `external_id`.
    pub team: String,
    pub role: String,
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// One statement a team on each sign-in.
const GROUPS_MAX: usize = 500;

impl Oidc {
    pub(super) fn read_files(&mut self) -> Result<(), ConfigError> {
        if self.client_secret_file.as_os_str().is_empty() {
            return Ok(());
        }
        if !self.client_secret.expose().is_empty() {
            return Err(ConfigError::new("oidc.client_secret and oidc.client_secret_file are both set: keep one"));
        }
        self.client_secret = read_secret_file("oidc.client_secret_file", &self.client_secret_file)?;
        Ok(())
    }

    /// After the files are read, because the settings are judged together.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let wrong = |text: &str| Err(ConfigError::new(text));
        if !self.is_on() {
            if self.client_id.is_empty() && self.client_secret.expose().is_empty() && self.groups.is_empty() {
                return Ok(());
            }
            return wrong(
                "oidc.issuer is empty while other settings of oidc are given: name the provider, or leave all of them out",
            );
        }
        if !is_issuer(&self.issuer) {
            return wrong(
                "oidc.issuer must be the provider's https URL exactly as it calls itself, without query or fragment, as in https://id.example.com/realms/main (http only for this machine)",
            );
        }
        if self.client_id.is_empty() {
            return wrong("oidc.client_id is missing: it is the name under which the provider knows this server");
        }
        if self.name.trim().is_empty() || self.name.len() > 60 || self.name.chars().any(char::is_control) {
            return wrong("oidc.name must be 1 to 60 characters: it stands on the button");
        }
        let scope = |scope: &String| {
            !scope.is_empty()
                && scope.len() <= 100
                && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        };
        if self.scopes.len() > 20 || !self.scopes.iter().all(scope) {
            return wrong("oidc.scopes must be at most 20 words of visible ASCII (RFC 6749 section 3.3)");
        }
        if self.groups.is_empty() != self.group_claim.is_empty() {
            return wrong(
                "oidc.group_claim and oidc.groups belong together: the claim says what is read, groups what it gives",
            );
        }
        if self.groups.len() > GROUPS_MAX {
            return wrong("oidc.groups has room for 500 entries");
        }
        if self.groups.iter().any(|group| group.group.is_empty() || group.team.is_empty()) {
            return wrong("oidc.groups: each entry needs a group and a team (its external_id)");
        }
        if self.groups.iter().any(|group| !["admin", "member"].contains(&group.role.as_str())) {
            return wrong("oidc.groups: a role is admin or member, of the team and never of the instance");
        }
        Ok(())
    }

    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// `None` for a public client, which proves itself by PKCE alone.
    pub fn client_secret(&self) -> Option<&Secret> {
        (!self.client_secret.expose().is_empty()).then_some(&self.client_secret)
    }

    /// The file with the authorities that vouch for the provider's certificate, where it is not one that everybody knows.
    pub fn ca_file(&self) -> Option<&std::path::Path> {
        (!self.ca_file.as_os_str().is_empty()).then_some(self.ca_file.as_path())
    }
}

/// OpenID Connect Discovery 1.0 section 2: https, without query or fragment; http only where nothing crosses a network.
fn is_issuer(url: &str) -> bool {
    let plain = url.len() <= 500 && url.bytes().all(|b| b.is_ascii_graphic()) && !url.contains(['?', '#', '@', '\\']);
    let host = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    let local = |rest: &str| {
        let host = host(rest);
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        ["localhost", "127.0.0.1", "[::1]"].contains(&name)
    };
    let https = url.strip_prefix("https://").is_some_and(|rest| !host(rest).is_empty());
    plain && (https || url.strip_prefix("http://").is_some_and(local))
}

#[cfg(test)]
mod tests {
    use super::is_issuer;

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for url in [
            "https://id.example.com",
            "https://id.example.com/realms/main/",
            "http://127.0.0.1:3000",
            "http://[::1]:3000/a",
        ] {
            assert!(is_issuer(url), "{url}");
        }
        for url in [
            "http://id.example.com",
            "https://",
            "https:///a",
            "http://localhost.evil.example",
            "https://good@evil.example",
            "https://id.example.com?x",
            "https://id.example.com#x",
            "ftp://127.0.0.1",
            "http://127.0.0.1@evil.example",
        ] {
            assert!(!is_issuer(url), "{url}");
        }
    }
}
