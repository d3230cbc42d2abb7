//! One opened instance: data directory, store, master key and nouns put together. What `serve`, the admin commands and the tests share.

use std::sync::{Arc, OnceLock};

use crate::base::crypto::MasterKey;
use crate::base::{Clock, Secret};
use crate::config::{Config, ConfigError, Environment};
use crate::event::{Act, Actor, Journal};
use crate::key::Keys;
use crate::key::offline::Offline;
use crate::key::token::Pepper;
use crate::leak::Leaks;
use crate::people::oidc::Oidc;
use crate::people::{NewAdmin, People};
use crate::store::master::Master;
use crate::store::{self, DataDir, LockError, OpenError, Store};

/// Why an instance could not be opened, with the remedy.
#[derive(Debug)]
pub struct StartError(pub String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self(error.to_string())
    }
}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

impl From<LockError> for StartError {
    fn from(error: LockError) -> Self {
        Self(error.to_string())
    }
}

/// One store and the nouns over it.
#[derive(Debug, Clone)]
pub struct Realm {
    pub store: Store,
    pub journal: Journal,
    pub people: People,
    pub keys: Keys,
    pub leaks: Leaks,
}

impl Realm {
    fn new(environment: Environment, store: Store, master: &Master, config: &Config, clock: &Clock) -> Self {
        let journal = Journal::new(&master.key);
        let pepper = Pepper::new(&master.key, master.id);
        let offline = match environment {
            Environment::Live => Offline::new(&master.key, &config.offline),
            Environment::Test => Offline::none(&master.key),
        };
        let (store_of, clock_of, journal_of) = (store.clone(), clock.clone(), journal.clone());
        let keys = Keys::new(store_of, clock_of, journal_of, pepper, config.keys.clone(), &config.policy, offline);
        let people = People::new(environment, store.clone(), journal.clone(), &master.key, config.sign_in.clone());
        let leaks = Leaks::new(store.clone(), journal.clone(), keys.clone(), clock.clone(), &config.leaks);
        Self { store, journal, people, keys, leaks }
    }

    /// The sandbox: the same code over a store in memory, with a master key of its own, so that nothing of it means anything elsewhere.
    async fn sandbox(config: &Config, clock: &Clock) -> Result<Self, StartError> {
        let store = Store::in_memory(config.store.cache_kib)?;
        let begin = |key: &_, db: &_| Journal::new(key).begin(db);
        let master = store::master::record(&store, MasterKey::generate(), clock.now_ms(), begin).await?;
        let realm = Self::new(Environment::Test, store, &master, config, clock);
        realm.keys.claim_prefixes().await?;
        let failed = |error| StartError(format!("the sandbox could not be made: {error}"));
        realm.keys.load_policy().await.map_err(failed)?;
        realm.keys.load_roles().await.map_err(failed)?;
        realm.keys.fill_index().await.map_err(failed)?;
        Ok(realm)
    }
}

#[derive(Debug)]
pub struct Instance {
    pub config: Config,
    pub clock: Clock,
    /// What is on disk.
    pub live: Realm,
    /// What backends with a test key see: in memory, empty at each start.
    pub sandbox: Realm,
    /// The provider that people sign in with, where one is configured.
    pub oidc: Option<Oidc>,
    /// True where this start made the database.
    pub is_new: bool,
    /// Where people reach the server; set when it listens.
    url: OnceLock<String>,
    // The last field: the lock goes only after the store is closed.
    dir: DataDir,
}

impl Instance {
    /// Opens what is in `dir`, and creates what is missing. `dir` stays locked as long as the instance lives.
    pub async fn open(config: Config, dir: DataDir, clock: Clock) -> Result<Arc<Self>, StartError> {
        let now = clock.now_ms();
        let is_new = !dir.path().join("keystead.db").exists();
        let options = store::Options {
            readers: config.store.readers as usize,
            cache_kib: config.store.cache_kib,
            max_mib: config.store.max_mib,
        };
        let store = Store::open(&dir, &options, now)?;
        let master = {
            let begin = |key: &_, db: &_| Journal::new(key).begin(db);
            store::master::load(&store, &dir, config.store.master_key_file(), now, begin).await?
        };
        let oidc = Oidc::new(&config.oidc, &master.key)?;
        let live = Realm::new(Environment::Live, store, &master, &config, &clock);
        live.keys.claim_prefixes().await?;
        live.keys
            .load_policy()
            .await
            .map_err(|error| StartError(format!("the settings could not be read: {error}")))?;
        live.keys.load_roles().await.map_err(|error| StartError(format!("roles could not be read: {error}")))?;
        live.keys.expect_imports().await.map_err(|error| StartError(format!("keys could not be read: {error}")))?;
        let failed = |error| StartError(format!("offline verification could not be prepared: {error}"));
        live.keys.load_changes().await.map_err(failed)?;
        live.keys.keep_signing_keys().await.map_err(failed)?;
        if let Some(token) = config.bootstrap.token() {
            let act = Act::new(Actor::configuration(), now);
            live.keys.adopt(act, token).await?;
        }
        if let Some(admin) = config.bootstrap.admin() {
            let act = Act::new(Actor::configuration(), now);
            let new = NewAdmin { email: admin.email.clone(), name: None, password: admin.password.clone() };
            live.people.adopt_admin(act, new).await.map_err(|error| {
                StartError(format!("the admin of bootstrap.admin_email could not be made: {error}"))
            })?;
        }
        let sandbox = Realm::sandbox(&config, &clock).await?;
        Ok(Arc::new(Self { config, clock, live, sandbox, oidc, is_new, url: OnceLock::new(), dir }))
    }

    pub fn realm(&self, environment: Environment) -> &Realm {
        match environment {
            Environment::Live => &self.live,
            Environment::Test => &self.sandbox,
        }
    }

    pub fn data_dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Where people reach this server, once it listens; until then, where it would by the configuration. Without a slash at its end.
    pub fn public_url(&self) -> Result<String, StartError> {
        match self.url.get() {
            Some(url) => Ok(url.clone()),
            None => Ok(self.config.http.public_url(self.config.http.address()?)),
        }
    }

    pub(crate) fn listens_as(&self, public_url: &str) {
        let _ = self.url.set(public_url.to_owned());
    }

    /// The token of the link by which the first admin is made, and whether it was made now; `None` where there is an admin. It stays the same
    /// until it is used, in a file that only this server's user reads.
    pub async fn setup_token(&self) -> Result<Option<(Secret, bool)>, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError(format!("the setup link could not be made: {error}"));
        if self.live.people.has_admin().await.map_err(|error| failed(&error))? {
            self.forget_setup_token();
            return Ok(None);
        }
        let path = self.setup_file();
        let kept = std::fs::read_to_string(&path).ok().map(|text| text.trim_end().to_owned());
        let kept = kept.filter(|text| People::is_setup_token(text)).map(Secret::new);
        let (token, is_new) = kept.map_or_else(|| (People::new_setup_token(), true), |kept| (kept, false));
        if is_new {
            let line = zeroize::Zeroizing::new(format!("{}\n", token.expose()));
            store::write_private(&path, line.as_bytes()).map_err(|error| failed(&error))?;
        }
        self.live.people.offer_setup(&token);
        Ok(Some((token, is_new)))
    }

    /// Removes the file when there is an admin. Where that fails, the token in it opens nothing any more.
    pub fn forget_setup_token(&self) {
        match std::fs::remove_file(self.setup_file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the file setup-token could not be removed; it opens nothing any more");
            }
            _ => {}
        }
    }

    fn setup_file(&self) -> std::path::PathBuf {
        self.dir.path().join("setup-token")
    }
}
