//! Keys of the instance itself: those that `keystead admin token` prints and the one that the configuration brings. And what start-up
//! checks of the prefixes.

use super::authority::Reach;
use super::{Issued, Keys, NewKey, Terms};
use crate::base::{Error, Result, Secret, Timestamp};
use crate::config::{ConfigError, Environment};
use crate::event::Act;
use crate::people::{OwnerId, scope};

/// A backend key to be made at the machine.
#[derive(Debug)]
pub struct BackendKey {
    pub name: String,
    pub scopes: Vec<String>,
    pub environment: Environment,
    pub expires_at: Option<Timestamp>,
}

impl BackendKey {
    fn into_new(self) -> NewKey {
        NewKey {
            owner: OwnerId::Instance,
            name: self.name,
            expires_at: self.expires_at,
            environment: self.environment,
            is_public: false,
            enabled: true,
            scopes: self.scopes,
            metadata: None,
            terms: Terms::default(),
        }
    }
}

impl Keys {
    /// Makes a backend key that belongs to the instance. Its scopes must be `keystead:` ones.
    pub async fn create_backend_key(&self, act: Act, new: BackendKey) -> Result<Issued> {
        if new.scopes.is_empty() || !new.scopes.iter().all(|scope| scope::is_backend(scope)) {
            return Err(Error::refused("/scopes", "a backend key has keystead: scopes only, and at least one"));
        }
        self.create(act, Reach::MACHINE, new.into_new()).await
    }

    /// Puts the configured key into effect, once: it is stored when it is new, and left alone, revoked or not, when it is known.
    pub async fn adopt(&self, act: Act, secret: &Secret) -> Result<(), ConfigError> {
        let refused = || {
            ConfigError::new(
                "bootstrap.token must be a secret live key in this server's format: make one with `keystead key mint`",
            )
        };
        let token = self.reader.parse(secret.expose()).ok_or_else(refused)?;
        if token.kind().is_public || token.kind().environment != Environment::Live {
            return Err(refused());
        }
        let new = BackendKey {
            name: "bootstrap token".into(),
            scopes: vec![scope::ADMIN.into()],
            environment: Environment::Live,
            expires_at: None,
        };
        self.insert(act, Reach::MACHINE, new.into_new(), secret)
            .await
            .map(drop)
            .map_err(|error| ConfigError::new(format!("bootstrap.token could not be stored: {error}")))
    }

    /// Records the prefixes in use. One that keys bear already cannot come to mean something else.
    pub async fn claim_prefixes(&self) -> Result<(), ConfigError> {
        let kinds: Vec<_> = self.settings.prefixes.all().collect();
        let taken = self.store.write(move |db| {
            for kind in kinds {
                let recorded = db.first(
                    "INSERT INTO prefixes (prefix, environment, is_public) VALUES ($1, $2, $3)
                     ON CONFLICT (prefix) DO NOTHING RETURNING prefix",
                    &[(&kind.prefix).into(), kind.environment.as_str().into(), kind.is_public.into()],
                    |_| Ok(()),
                )?;
                if recorded.is_some() {
                    continue;
                }
                let same = db.run(
                    "UPDATE prefixes SET environment = $2, is_public = $3 WHERE prefix = $1 AND
                       ((environment = $2 AND is_public = $3) OR NOT EXISTS (SELECT 1 FROM keys WHERE prefix = $1 AND origin IS NULL))",
                    &[(&kind.prefix).into(), kind.environment.as_str().into(), kind.is_public.into()],
                )?;
                if same == 0 {
                    return Ok(Some(kind.prefix));
                }
            }
            Ok(None)
        });
        match taken.await {
            Ok(None) => Ok(()),
            Ok(Some(prefix)) => Err(ConfigError::new(format!(
                "keys.prefix: stored keys bear the prefix {prefix} with another environment or visibility: choose a new prefix, and keep this one under keys.prefix.retired as it was"
            ))),
            Err(error) => Err(ConfigError::new(format!("the prefixes could not be checked: {error}"))),
        }
    }
}
