//! Settings: `config/default.toml` < a file < `KEYSTEAD_<SECTION>__<KEY>` < flags. Read once at start, without side effects.
//!
//! figment merges the layers and remembers where a value came from. The traps of that are closed here: every name is checked against
//! the defaults, and every value is read as the type its default has, so that an all-digit password stays text, a misspelt name is
//! refused with its source, and no error shows a value.

mod bootstrap;
mod gateway;
mod http;
mod keys;
mod layer;
mod leaks;
mod log;
mod offline;
mod oidc;
mod policy;
pub mod scan;
mod show;
mod sign_in;
mod store;
mod usage;

use std::path::{Path, PathBuf};

use figment::Figment;

pub use bootstrap::Bootstrap;
pub use gateway::{Flavour, Gateway, GatewayLimit, Gateways};
pub use http::{AddressHeader, Http};
pub use keys::{Environment, KeyPrefix, Keys, Prefixes};
pub use layer::DEFAULTS;
pub use leaks::Leaks;
pub use log::{Format, Log};
pub use offline::{LIFETIME_MAX_S, Offline};
pub use oidc::{Group, Oidc};
pub use policy::{LIFETIME_DAYS_MAX, LeakedKeys, LiveKeys, Policy};
pub use show::Shown;
pub use sign_in::SignIn;
pub use store::Store;
pub use usage::Usage;

/// Everything that can be set. One struct a section, in a file of its name.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub http: Http,
    pub store: Store,
    pub keys: Keys,
    pub policy: Policy,
    pub usage: Usage,
    pub sign_in: SignIn,
    pub oidc: Oidc,
    pub gateway: Gateways,
    pub offline: Offline,
    pub leaks: Leaks,
    pub bootstrap: Bootstrap,
    pub log: Log,
}

/// What is wrong with the settings, for the operator: where it stands and what to write instead. Never a value.
#[derive(Debug)]
pub struct ConfigError(String);

impl ConfigError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Where settings come from, besides the defaults.
#[derive(Debug, Default)]
pub struct Sources {
    /// `--config`, or `KEYSTEAD_CONFIG`.
    pub file: Option<PathBuf>,
    /// The process's environment; only `KEYSTEAD_…` is looked at.
    pub env: Vec<(String, String)>,
    /// Flags by the setting they stand for: `("http.listen", "--listen", value)`.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The environment of this process, and a `--config` that wins over `KEYSTEAD_CONFIG`.
    pub fn of_process(
        file: Option<&Path>,
        flags: Vec<(&'static str, &'static str, String)>,
    ) -> Result<Self, ConfigError> {
        let env = process_env()?;
        let named = env.iter().find(|(name, value)| name == "KEYSTEAD_CONFIG" && !value.is_empty());
        let file = file.map(Path::to_owned).or_else(|| named.map(|(_, value)| PathBuf::from(value)));
        Ok(Self { file, env, flags })
    }
}

/// Variables without `__` that mean something; any other is only warned about, by `serve`.
const PLAIN_VARIABLES: [&str; 5] =
    ["KEYSTEAD_CONFIG", "KEYSTEAD_URL", "KEYSTEAD_TOKEN", "KEYSTEAD_TOKEN_FILE", "KEYSTEAD_LOG"];

/// One of [`PLAIN_VARIABLES`] from the environment of this process; empty is absent.
pub fn plain_variable(name: &'static str) -> Result<Option<String>, ConfigError> {
    debug_assert!(PLAIN_VARIABLES.contains(&name), "only these are read");
    Ok(process_env()?.into_iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value))
}

fn process_env() -> Result<Vec<(String, String)>, ConfigError> {
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
    let all = std::env::vars_os();
    all.filter(|(name, _)| name.as_encoded_bytes().starts_with(b"KEYSTEAD_"))
        .map(|(name, value)| match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => Ok((name, value)),
            _ => Err(ConfigError::new("an environment variable KEYSTEAD_… is not UTF-8: set it again, or unset it")),
        })
        .collect()
}

/// Settings, and what knows where each came from.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// Things worth a warning at start: variables that look like ours and mean nothing.
    pub warnings: Vec<String>,
    figment: Figment,
}

/// Puts the layers together and checks them.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let figment = layer::merge(sources)?;
    let mut config: Config = figment.extract().map_err(|error| {
        let place = error.path.join(".");
        ConfigError::new(format!("{place}: the value does not fit this setting; see `keystead config show`"))
    })?;
    let warnings = sources
        .env
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !name.contains("__") && !PLAIN_VARIABLES.contains(&name.as_str()))
        .map(|name| format!("{name} means nothing to Keystead; settings are KEYSTEAD_<SECTION>__<KEY>"))
        .collect();
    config.http.check()?;
    config.store.check()?;
    config.keys.check()?;
    config.policy.check()?;
    config.usage.check()?;
    config.policy.pin(|setting| figment.find_metadata(setting).is_some_and(|from| from.name == "default"));
    config.sign_in.check()?;
    config.offline.check()?;
    config.leaks.check()?;
    config.log.check()?;
    config.bootstrap.read_files()?;
    config.oidc.read_files()?;
    config.oidc.check()?;
    config.gateway.read_files()?;
    config.gateway.check()?;
    if config.sign_in.sso_only && !config.oidc.is_on() {
        return Err(ConfigError::new("sign_in.sso_only needs a provider: set oidc.issuer, or nobody could sign in"));
    }
    Ok(Loaded { config, warnings, figment })
}

impl Loaded {
    /// Every setting with its effective value and its source, in the order of `default.toml`; secrets as `***`.
    pub fn show(&self) -> Vec<Shown> {
        show::all(&self.figment)
    }
}

/// Reads a secret from its file: without the line end, and never empty.
fn read_secret_file(setting: &str, path: &Path) -> Result<crate::base::Secret, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::new(format!("{setting}: {} cannot be read: {error}", path.display())))?;
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(ConfigError::new(format!("{setting}: {} is empty", path.display())));
    }
    Ok(crate::base::Secret::new(secret.to_owned()))
}
