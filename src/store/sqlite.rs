//! SQLite itself: how a connection is opened and set, and what its failures mean to us.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::db::Conn;
use super::{Options, busy};
use crate::base::Error;

/// "KSTD" in ASCII: `file(1)` and we know our databases by it.
pub(super) const APPLICATION_ID: i64 = 0x4b53_5444;
/// Up to 3.51.2 two connections that write and checkpoint at the same moment can damage the log (sqlite.org, "WAL reset bug").
const OLDEST_SAFE_SQLITE: i32 = 3_051_003;
/// Prepared statements kept by each connection; the whole program has fewer.
const STATEMENTS: usize = 256;

/// Why a store could not be opened, with the remedy, for the person who starts the server.
#[derive(Debug)]
pub struct OpenError(pub String);

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

pub(super) fn version_number() -> i32 {
    rusqlite::version_number()
}

pub(super) fn open_writer(file: &Path, options: &Options) -> Result<Conn, OpenError> {
    if version_number() < OLDEST_SAFE_SQLITE {
        return Err(OpenError(format!(
            "this binary carries SQLite {}, which can damage a database under load: use a build with 3.51.3 or newer",
            rusqlite::version()
        )));
    }
    Ok(Conn::new(open(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE, options)?))
}

/// Sets what makes a write durable. Writes into the file, so call it only once the database is known for ours.
pub(super) fn make_durable(writer: &Conn, file: &Path, options: &Options) -> Result<(), OpenError> {
    let connection = &writer.raw;
    let explain = |error| explain(file, &error);
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(explain)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(OpenError(format!(
            "{}: this file system does not support SQLite's write-ahead log (network file systems don't): keep the data directory on a local disk",
            file.display()
        )));
    }
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(explain)?;
    if options.max_mib > 0 {
        let page_size: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(explain)?;
        let pages = u64::from(options.max_mib) * 1024 * 1024 / u64::from(page_size);
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).map_err(explain)?;
    }
    Ok(())
}

pub(super) fn open_reader(file: &Path, options: &Options) -> Result<Conn, OpenError> {
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE, options)?;
    connection.execute_batch("PRAGMA query_only = ON;").map_err(|error| explain(file, &error))?;
    Ok(Conn::new(connection))
}

pub(super) fn open(file: &Path, flags: OpenFlags, options: &Options) -> Result<Connection, OpenError> {
    let explain = |error| explain(file, &error);
    #[expect(clippy::disallowed_methods, reason = "this is the one place that opens a database")]
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(explain)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this promise of stable plans, SQLite built with STAT4 prepares a statement anew for each value bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(explain)?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(explain)?;
    connection
        .execute_batch(&format!(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{};",
            options.cache_kib
        ))
        .map_err(explain)?;
    Ok(connection)
}

pub(super) fn explain(file: &Path, error: &rusqlite::Error) -> OpenError {
    let remedy = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "the file is damaged or not a Keystead database: put it aside and restore a backup or a file from snapshots/"
        }
        Some(ErrorCode::DiskFull) => "the disk is full: make room and start again",
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            "it cannot be opened for writing: check the owner and the mode of the data directory"
        }
        _ => "the database could not be opened",
    };
    OpenError(format!("{}: {remedy} ({error})", file.display()))
}

/// A failure while serving. What the disk or the lock refuses is "busy" (503, fails closed); anything else is a fault of ours.
pub(super) fn fault(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::FileLockingProtocolFailed,
        ) => busy(error),
        _ => Error::internal(error),
    }
}
