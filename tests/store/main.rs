//! The store: what it promises of every write and read, what it refuses to open, and what it leaves on disk.
//! Through the public API where that reaches, through the real binary where the process itself matters.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "`Row::int` by itself is not general enough in its lifetimes to read a row"
)]

#[path = "../binary/mod.rs"]
mod binary;
mod full_disk;
mod lanes;
mod master_key;
mod modes;
mod open;
mod queues;
mod schema;
#[path = "../source/mod.rs"]
mod source;
mod upgrade;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keystead::base::Clock;
use keystead::config::{Config, Sources, load};
use keystead::instance::{Instance, StartError};
use keystead::store::{Conn, DataDir, Options, Store};

pub(crate) const OPTIONS: Options = Options { readers: 2, cache_kib: 1024, max_mib: 0 };

/// A store of this test's own, with a table to play with.
#[derive(Debug)]
pub(crate) struct Playground {
    pub store: Store,
    pub file: PathBuf,
    _dir: DataDir,
    _home: tempfile::TempDir,
}

pub(crate) async fn playground() -> Playground {
    let home = tempfile::tempdir().expect("a temporary directory");
    let dir = DataDir::lock(home.path()).expect("nobody else is here");
    let store = Store::open(&dir, &OPTIONS, 0).expect("a new store opens");
    let made = store.write(|db| db.run("CREATE TABLE played (n INTEGER PRIMARY KEY, word TEXT) STRICT", &[])).await;
    made.expect("a table");
    let file = store.file().to_owned();
    Playground { store, file, _dir: dir, _home: home }
}

pub(crate) fn insert(db: &Conn, n: i64) -> keystead::base::Result<usize> {
    db.run("INSERT INTO played (n, word) VALUES ($1, 'x')", &[n.into()])
}

pub(crate) fn count(db: &Conn) -> keystead::base::Result<i64> {
    db.first("SELECT COUNT(*) FROM played", &[], |row| row.int()).map(|found| found.expect("a count is a row"))
}

/// The configuration of nothing but defaults and these settings.
pub(crate) fn config(settings: &[(&str, &str)]) -> Config {
    let env = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Sources { file: None, env, flags: Vec::new() }).expect("the settings are fine").config
}

pub(crate) async fn open_instance(dir: &Path, settings: &[(&str, &str)]) -> Result<Arc<Instance>, StartError> {
    let lock = DataDir::lock(dir).expect("nobody else is here");
    Instance::open(config(settings), lock, Clock::system()).await
}

/// The file as somebody else's program sees it: a judge that shares no code with the store.
pub(crate) fn judge(file: &Path) -> rusqlite::Connection {
    #[expect(clippy::disallowed_methods, reason = "the judge must not be the store itself")]
    rusqlite::Connection::open(file).expect("the file opens")
}
