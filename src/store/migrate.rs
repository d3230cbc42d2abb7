//! Brings a database up to the schema of this binary: one file, one transaction, after a snapshot; never down.

use std::path::{Path, PathBuf};

use super::db::Conn;
use super::sqlite::{APPLICATION_ID, OpenError, explain};
use crate::base::clock::UnixMs;

/// Migration `n` (counted from 1) is the `n`-th file, and `user_version` is the number of those applied.
pub(super) const MIGRATIONS: &[&str] = &[include_str!("schema/0001_start.sql")];
/// Snapshots kept in `snapshots/`, newest first.
const KEPT_SNAPSHOTS: usize = 3;

/// The number of migrations that the database has had, 0 for a new one. What is foreign or newer is refused; nothing is written.
pub(super) fn recognise(db: &Conn, migrations: &[&str], dir: &Path) -> Result<usize, OpenError> {
    let file = dir.join("keystead.db");
    let number = |sql: &str| db.0.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|error| explain(&file, &error));
    let tables = number("SELECT COUNT(*) FROM sqlite_schema")?;
    if tables > 0 && number("PRAGMA application_id")? != APPLICATION_ID {
        return Err(OpenError(format!(
            "{}: this is a database of another program: choose another data directory",
            file.display()
        )));
    }
    let version = usize::try_from(number("PRAGMA user_version")?).unwrap_or(usize::MAX);
    if version > migrations.len() {
        return Err(OpenError(format!(
            "{}: this database was written by a newer Keystead (schema {version}, this binary knows up to {}): start the newer binary, or restore a file from {}. Nothing was changed.",
            file.display(),
            migrations.len(),
            dir.join("snapshots").display()
        )));
    }
    Ok(version)
}

pub(super) fn run(db: &Conn, migrations: &[&str], dir: &Path, now: UnixMs) -> Result<(), OpenError> {
    let file = dir.join("keystead.db");
    let explain = |error: rusqlite::Error| explain(&file, &error);
    let version = recognise(db, migrations, dir)?;
    if version > 0 && version < migrations.len() {
        let taken = snapshot(db, dir, version, now)?;
        tracing::info!(snapshot = %taken.display(), from = version, to = migrations.len(), "migrating the database");
    }
    for (number, text) in migrations.iter().enumerate().skip(version) {
        let script = format!(
            "BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; {} PRAGMA user_version = {}; COMMIT;",
            for_sqlite(text),
            number + 1
        );
        if let Err(error) = db.0.execute_batch(&script) {
            let _ = db.0.execute_batch("ROLLBACK");
            return Err(explain(error));
        }
    }
    Ok(())
}

/// The schema's text serves two engines. For SQLite: its name of the 64-bit integer, and strict tables.
fn for_sqlite(text: &str) -> String {
    text.replace("BIGINT", "INTEGER").replace(") /* STRICT */;", ") STRICT;")
}

fn snapshot(db: &Conn, dir: &Path, version: usize, now: UnixMs) -> Result<PathBuf, OpenError> {
    let folder = dir.join("snapshots");
    let failed = |error: std::io::Error| {
        OpenError(format!("{}: no snapshot could be taken before the migration: {error}", folder.display()))
    };
    super::data_dir::create_private_dir(&folder).map_err(failed)?;
    let file = folder.join(format!("keystead-schema{version}-{now}.db"));
    super::write_private(&file, b"").map_err(failed)?;
    let target = file.to_str().ok_or_else(|| OpenError(format!("{}: the path is not UTF-8", file.display())))?;
    db.0.execute("VACUUM INTO ?1", [target]).map_err(|error| explain(&file, &error))?;
    let mut older: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(failed)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "db"))
        .collect();
    older.sort_by_key(|path| std::cmp::Reverse(modified(path)));
    for path in older.into_iter().filter(|path| *path != file).skip(KEPT_SNAPSHOTS - 1) {
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(file)
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}
