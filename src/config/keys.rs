//! `[keys]`: what keys look like and when they are called old.

use super::ConfigError;
use super::http::within;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub rotate_after_days: u32,
    #[serde(rename = "prefix")]
    pub prefixes: Prefixes,
}

/// The four prefixes in use, and those of former times.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefixes {
    secret_live: String,
    secret_test: String,
    public_live: String,
    public_test: String,
    retired: Vec<KeyPrefix>,
}

/// What a prefix says of a key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPrefix {
    pub prefix: String,
    pub environment: Environment,
    pub is_public: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Live,
    Test,
}

impl Environment {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

const FORM: &str = "a prefix is lower-case letters and digits in words that each end with \"_\", 24 characters at most, as in acme_sk_live_";

/// Characters in a prefix, its last underscore included.
pub const PREFIX_MAX: usize = 24;

/// Of `default.toml`, what the scanner needs.
#[derive(serde::Deserialize)]
struct Defaults {
    keys: Keys,
}

impl Prefixes {
    /// Those of `default.toml`, for a scan: no other layer is read.
    pub fn built_in() -> Self {
        let defaults: Defaults = toml::from_str(super::DEFAULTS).expect("config/default.toml is TOML");
        defaults.keys.prefixes
    }

    /// These and secret prefixes that are known by name alone. Whatever stands there already stays what it is.
    pub fn with_secret(mut self, prefixes: &[String]) -> Result<Self, ConfigError> {
        for prefix in prefixes {
            if !well_formed(prefix) {
                return Err(ConfigError::new(FORM));
            }
            if self.all().all(|known| known.prefix != *prefix) {
                let prefix = prefix.clone();
                self.retired.push(KeyPrefix { prefix, environment: Environment::Live, is_public: false });
            }
        }
        Ok(self)
    }

    /// All prefixes that keys may bear, those in use first.
    pub fn all(&self) -> impl Iterator<Item = KeyPrefix> + '_ {
        self.current().into_iter().chain(self.retired.iter().cloned())
    }

    fn current(&self) -> [KeyPrefix; 4] {
        let kind =
            |prefix: &String, environment, is_public| KeyPrefix { prefix: prefix.clone(), environment, is_public };
        [
            kind(&self.secret_live, Environment::Live, false),
            kind(&self.secret_test, Environment::Test, false),
            kind(&self.public_live, Environment::Live, true),
            kind(&self.public_test, Environment::Test, true),
        ]
    }

    /// The prefix for a new key.
    pub fn for_new(&self, environment: Environment, is_public: bool) -> &str {
        match (environment, is_public) {
            (Environment::Live, false) => &self.secret_live,
            (Environment::Test, false) => &self.secret_test,
            (Environment::Live, true) => &self.public_live,
            (Environment::Test, true) => &self.public_test,
        }
    }
}

impl Keys {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("keys.rotate_after_days", self.rotate_after_days, 0, 36_500)?;
        let all: Vec<KeyPrefix> = self.prefixes.all().collect();
        for (n, kind) in all.iter().enumerate() {
            if !well_formed(&kind.prefix) {
                return Err(ConfigError::new(format!("keys.prefix: {FORM}")));
            }
            if all[..n].iter().any(|other| other.prefix == kind.prefix) {
                return Err(ConfigError::new(
                    "keys.prefix: no prefix may stand twice, and a retired one cannot be in use again",
                ));
            }
        }
        Ok(())
    }
}

/// `[a-z0-9]+(_[a-z0-9]+)*_`
fn well_formed(prefix: &str) -> bool {
    prefix.len() <= PREFIX_MAX
        && prefix.strip_suffix('_').is_some_and(|words| {
            words
                .split('_')
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
        })
}
