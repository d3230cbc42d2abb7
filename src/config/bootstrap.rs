//! `[bootstrap]`: what an unattended installation brings along.

use std::path::{Path, PathBuf};

use super::{ConfigError, read_secret_file};
use crate::base::Secret;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    token: Secret,
    token_file: PathBuf,
    admin_email: String,
    admin_password: Secret,
    admin_password_file: PathBuf,
    /// The three above, put together.
    #[serde(skip)]
    admin: Option<Admin>,
}

/// The first admin, where the configuration brings them.
#[derive(Debug, Clone)]
pub struct Admin {
    pub email: String,
    pub password: Secret,
}

impl Bootstrap {
    pub(super) fn read_files(&mut self) -> Result<(), ConfigError> {
        from_file("bootstrap.token", &mut self.token, &self.token_file)?;
        from_file("bootstrap.admin_password", &mut self.admin_password, &self.admin_password_file)?;
        self.admin = match (self.admin_email.is_empty(), self.admin_password.expose().is_empty()) {
            (true, true) => None,
            (false, false) => Some(Admin { email: self.admin_email.clone(), password: self.admin_password.clone() }),
            (false, true) => {
                return Err(ConfigError::new(
                    "bootstrap.admin_email is set without a password: set bootstrap.admin_password_file too, or neither",
                ));
            }
            (true, false) => {
                return Err(ConfigError::new(
                    "bootstrap.admin_password is set without an e-mail: set bootstrap.admin_email too, or neither",
                ));
            }
        };
        Ok(())
    }

    pub fn admin(&self) -> Option<&Admin> {
        self.admin.as_ref()
    }

    pub fn token(&self) -> Option<&Secret> {
        (!self.token.expose().is_empty()).then_some(&self.token)
    }
}

/// Reads the secret out of its file, where one is named.
fn from_file(setting: &str, secret: &mut Secret, file: &Path) -> Result<(), ConfigError> {
    if file.as_os_str().is_empty() {
        return Ok(());
    }
    if !secret.expose().is_empty() {
        return Err(ConfigError::new(format!("{setting} and {setting}_file are both set: keep one")));
    }
    *secret = read_secret_file(&format!("{setting}_file"), file)?;
    Ok(())
}
