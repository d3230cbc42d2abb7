//! The store: one SQLite database, read on reader threads, written on one writer thread. The only folder that opens a database,
//! and no driver type leaves it.
//!
//! Invariants:
//! 1. One process has the database open: it holds the lock of [`DataDir`].
//! 2. An answered write is on disk (`synchronous=FULL`), and every read queued after the answer sees it.
//! 3. A job is whole or absent: its own SAVEPOINT inside the commit that it shares with its neighbours.
//! 4. Every queue is bounded; a full one answers [`Error::Busy`] at once.

mod data_dir;
mod db;
mod lane;
pub mod master;
mod memory;
mod migrate;
mod sqlite;

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::clock::UnixMs;
use crate::base::{Error, Result};

pub use data_dir::{DataDir, LockError, write_private};
pub use db::{Conn, Row, Val};
pub use lane::QUEUE;
pub use sqlite::OpenError;

#[derive(Debug, Clone)]
pub struct Options {
    /// Threads that read, each with its own connection; at least 1.
    pub readers: usize,
    /// Page cache of each connection, in KiB.
    pub cache_kib: u32,
    /// The database grows no further than this, in MiB; 0 is no bound. Over it, writes answer "busy".
    pub max_mib: u32,
}

/// A handle that is cheap to clone. When it is closed, or the last one goes, the lanes finish their queues and the log is folded into the database.
#[derive(Debug, Clone)]
pub struct Store {
    lanes: Arc<lane::Lanes>,
    /// Empty where it is in memory.
    file: PathBuf,
}

impl Store {
    /// Opens or creates `keystead.db` in `dir`, migrates it (after a snapshot), and starts the lanes. `now` dates the snapshot.
    pub fn open(dir: &DataDir, options: &Options, now: UnixMs) -> Result<Self, OpenError> {
        let file = dir.path().join("keystead.db");
        // A first start that was cut short leaves an empty file too, but makes the master key only after that.
        if file.metadata().is_ok_and(|data| data.len() == 0) && dir.path().join("master.key").exists() {
            return Err(OpenError(format!(
                "{}: the file is damaged: it is empty, and the master key beside it is not new. Put it aside and restore a backup or a file from snapshots/; without it a new database begins",
                file.display()
            )));
        }
        let writer = sqlite::open_writer(&file, options)?;
        migrate::recognise(&writer, migrate::MIGRATIONS, dir.path())?;
        sqlite::make_durable(&writer, &file, options)?;
        migrate::run(&writer, migrate::MIGRATIONS, dir.path(), now)?;
        let readers =
            (0..options.readers.max(1)).map(|_| sqlite::open_reader(&file, options)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { lanes: Arc::new(lane::Lanes::start(writer, readers)), file })
    }

    /// An empty store in memory, with the schema of the binary and bounds of its own; it is gone with its last handle.
    pub fn in_memory(cache_kib: u32) -> Result<Self, OpenError> {
        let only = memory::open(cache_kib)?;
        Ok(Self { lanes: Arc::new(lane::Lanes::start(only, Vec::new())), file: PathBuf::new() })
    }

    /// Runs `job` on a reader thread, in one read transaction begun after the call.
    pub async fn read<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Conn) -> Result<T> + Send + 'static,
    {
        self.lanes.read(job).await
    }

    /// Runs `job` on the writer thread and answers once it is on disk. An `Err` from the job undoes all that the job did.
    pub async fn write<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Conn) -> Result<T> + Send + 'static,
    {
        let done = self.lanes.write(job).await;
        if self.file.as_os_str().is_empty() { done.map_err(memory::explain) } else { done }
    }

    /// One real write that changes nothing of meaning: does the disk still take writes?
    pub async fn heartbeat(&self, now: UnixMs) -> Result<()> {
        self.write(move |db| {
            db.run("UPDATE heartbeat SET beat_at = $1 WHERE one = 1", &[now.into()])?;
            Ok(())
        })
        .await
    }

    /// Finishes what waits and folds the log into the database, whoever still has a handle: for a stop, where a thread that serves may
    /// let go of its handle later than the process ends. Blocks until it is done.
    pub fn close(&self) {
        self.lanes.close();
    }

    pub fn file(&self) -> &std::path::Path {
        &self.file
    }
}

/// The version of the SQLite library in this binary, as `3054001`.
pub fn sqlite_version() -> i32 {
    sqlite::version_number()
}

pub(crate) fn busy(source: impl Into<crate::base::error::Source>) -> Error {
    Error::Busy { why: "the store cannot take this now: try again in a moment", source: Some(source.into()) }
}

/// A pattern for `LIKE … ESCAPE '!'`: whatever has this text in it. `%` and `_` in it stand for themselves.
pub fn containing(text: &str) -> String {
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}
