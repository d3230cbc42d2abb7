//! `[bootstrap]`: what an unattended installation brings along.

use std::path::PathBuf;

use super::{ConfigError, read_secret_file};
use crate::base::Secret;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    token: Secret,
    token_file: PathBuf,
}

impl Bootstrap {
    pub(super) fn read_files(&mut self) -> Result<(), ConfigError> {
        if self.token_file.as_os_str().is_empty() {
            return Ok(());
        }
        if !self.token.expose().is_empty() {
            return Err(ConfigError::new("bootstrap.token and bootstrap.token_file are both set: keep one"));
        }
        self.token = read_secret_file("bootstrap.token_file", &self.token_file)?;
        Ok(())
    }

    pub fn token(&self) -> Option<&Secret> {
        (!self.token.expose().is_empty()).then_some(&self.token)
    }
}
