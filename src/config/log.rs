//! `[log]`: how much is said, and in which form.

use super::ConfigError;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    level: String,
    format: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

impl Log {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !["error", "warn", "info", "debug", "trace"].contains(&self.level.as_str()) {
            return Err(ConfigError::new("log.level must be error, warn, info, debug or trace"));
        }
        if !["text", "json"].contains(&self.format.as_str()) {
            return Err(ConfigError::new("log.format must be text or json"));
        }
        Ok(())
    }

    pub fn level(&self) -> tracing::Level {
        self.level.parse().unwrap_or(tracing::Level::INFO)
    }

    pub fn format(&self) -> Format {
        if self.format == "json" { Format::Json } else { Format::Text }
    }
}
