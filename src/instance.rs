//! One opened instance: data directory, store, master key and nouns put together. What `serve`, the admin commands and the tests share.

use std::sync::Arc;

use crate::base::Clock;
use crate::config::{Config, ConfigError};
use crate::event::{Act, Actor, Journal};
use crate::key::Keys;
use crate::key::token::Pepper;
use crate::people::People;
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
}

impl Realm {
    fn new(store: Store, master: &Master, config: &Config, clock: &Clock) -> Self {
        let journal = Journal::new(&master.key);
        let pepper = Pepper::new(&master.key, master.id);
        let keys =
            Keys::new(store.clone(), clock.clone(), journal.clone(), pepper, config.keys.clone(), &config.policy);
        let people = People::new(store.clone(), journal.clone(), &master.key, config.sign_in.clone());
        Self { store, journal, people, keys }
    }
}

#[derive(Debug)]
pub struct Instance {
    pub config: Config,
    pub clock: Clock,
    /// What is on disk.
    pub live: Realm,
    /// True where this start made the database.
    pub is_new: bool,
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
        let live = Realm::new(store, &master, &config, &clock);
        live.keys.claim_prefixes().await?;
        live.keys
            .load_policy()
            .await
            .map_err(|error| StartError(format!("the settings could not be read: {error}")))?;
        live.keys.expect_imports().await.map_err(|error| StartError(format!("keys could not be read: {error}")))?;
        if let Some(token) = config.bootstrap.token() {
            let act = Act::new(Actor::configuration(), now);
            live.keys.adopt(act, token).await?;
        }
        Ok(Arc::new(Self { config, clock, live, is_new, dir }))
    }

    pub fn data_dir(&self) -> &std::path::Path {
        self.dir.path()
    }
}
