//! The wire to the provider: one blocking request with a time and a size, off the threads that serve, and what is written down where it fails.
//! Follows no redirect, and asks no proxy.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};

use crate::config::{self, ConfigError};

/// One request to the provider, from its name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer: a key set with certificate chains is some 20 KiB, a person in thousands of groups some 200.
const ANSWER_MAX: u64 = 1024 * 1024;

/// For the operator: what the provider said, in quotes and not more than a line of it.
pub(super) fn told(what: &'static str, why: &str) {
    let short: String = why.chars().take(300).collect();
    tracing::warn!(why = ?short, "{what}");
}

/// Runs blocking work where it stops nobody else.
pub(super) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The server stops, and with it whoever waits for this.
            Err(_) => std::future::pending().await,
        },
    }
}

#[derive(Debug, Clone)]
pub(super) struct Http(ureq::Agent);

impl Http {
    pub fn new(config: &config::Oidc) -> Result<Self, ConfigError> {
        use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
        let mut tls = TlsConfig::builder();
        if let Some(path) = config.ca_file() {
            let pem = std::fs::read(path).map_err(|error| {
                ConfigError::new(format!("oidc.ca_file: {} cannot be read: {error}", path.display()))
            })?;
            let certificates: Vec<_> = parse_pem(&pem)
                .filter_map(
                    |item| if let Ok(PemItem::Certificate(certificate)) = item { Some(certificate) } else { None },
                )
                .collect();
            if certificates.is_empty() {
                return Err(ConfigError::new(format!(
                    "oidc.ca_file: there is no PEM certificate in {}",
                    path.display()
                )));
            }
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .tls_config(tls.build())
            .user_agent(concat!("keystead/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(agent.into()))
    }

    /// As the library calls it.
    pub fn client(&self) -> impl Fn(HttpRequest) -> Result<HttpResponse, ureq::Error> + '_ {
        |request| {
            let mut response = self.0.run(request)?;
            let bytes = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec()?;
            let (parts, _) = response.into_parts();
            Ok(HttpResponse::from_parts(parts, bytes))
        }
    }
}
