//! A store in memory: the schema of the binary, one connection and one thread for everything, and nothing on disk. Bounded in rows and in
//! bytes; what finds no room is told so, and what is there stays readable.

use std::path::Path;

use rusqlite::{ErrorCode, OpenFlags, ffi};

use super::Options;
use super::db::Conn;
use super::migrate;
use super::sqlite::{self, OpenError};
use crate::base::{Error, Field};

/// Keys and owners together. With the events that making and changing them leaves, at some 500 bytes each, this fits well into [`BYTES_MAX`].
const OBJECTS_MAX: i64 = 10_000;
/// Of pages: rows, indexes and events.
const BYTES_MAX: u32 = 64 * 1024 * 1024;

const FULL: &str = "the sandbox is full: it holds 10,000 users, teams and keys, and 64 MiB; it is empty again when the server restarts";

pub(super) fn open(cache_kib: u32) -> Result<Conn, OpenError> {
    let name = Path::new(":memory:");
    let explain = |error| sqlite::explain(name, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let raw = sqlite::open(name, flags, &Options { readers: 0, cache_kib, max_mib: 0 })?;
    raw.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF;").map_err(explain)?;
    let page_size: u32 = raw.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(explain)?;
    raw.query_row(&format!("PRAGMA max_page_count = {}", BYTES_MAX / page_size), [], |_| Ok(())).map_err(explain)?;
    let db = Conn::new(raw);
    migrate::run(&db, migrate::MIGRATIONS, name, 0)?;
    // The instance's own row is among the owners: so `>` and not `>=`.
    for table in ["keys", "owners"] {
        let trigger = format!(
            "CREATE TRIGGER room_in_{table} BEFORE INSERT ON {table}
             WHEN (SELECT COUNT(*) FROM keys) + (SELECT COUNT(*) FROM owners) > {OBJECTS_MAX} BEGIN SELECT RAISE(ABORT, 'full'); END"
        );
        db.raw.execute_batch(&trigger).map_err(explain)?;
    }
    Ok(db)
}

/// What a bound refused, in words of ours; any other error as it is.
pub(super) fn explain(error: Error) -> Error {
    let (Error::Busy { source: Some(source), .. } | Error::Internal(source)) = &error else { return error };
    let full = source.downcast_ref::<rusqlite::Error>().is_some_and(|error| {
        error.sqlite_error_code() == Some(ErrorCode::DiskFull)
            || error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_TRIGGER)
    });
    if full { Error::Conflict { field: Field::NONE, why: FULL } } else { error }
}
