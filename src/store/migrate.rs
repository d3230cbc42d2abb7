//! Brings a database up to the schema of this binary: one file, one transaction, after a snapshot; never down.

use std::path::{Path, PathBuf};

use super::db::Conn;
use super::sqlite::{APPLICATION_ID, OpenError, explain};
use crate::base::clock::UnixMs;

/// Migration `n` (counted from 1) is the `n`-th file, and `user_version` is the number of those applied.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_start.sql"),
    include_str!("schema/0002_people.sql"),
    include_str!("schema/0003_verify.sql"),
    include_str!("schema/0004_leaks.sql"),
];
/// Snapshots kept in `snapshots/`, newest first.
const KEPT_SNAPSHOTS: usize = 3;

/// The number of migrations that the database has had, 0 for a new one. What is foreign or newer is refused; nothing is written.
pub(super) fn recognise(db: &Conn, migrations: &[&str], dir: &Path) -> Result<usize, OpenError> {
    let file = dir.join("keystead.db");
    let number =
        |sql: &str| db.raw.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|error| explain(&file, &error));
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
        if let Err(error) = db.raw.execute_batch(&script) {
            let _ = db.raw.execute_batch("ROLLBACK");
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
    db.raw.execute("VACUUM INTO ?1", [target]).map_err(|error| explain(&file, &error))?;
    let mut older: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(failed)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        // What somebody else put here is theirs.
        .filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_ours))
        .collect();
    older.sort_by_key(|path| std::cmp::Reverse(modified(path)));
    for path in older.into_iter().filter(|path| *path != file).skip(KEPT_SNAPSHOTS - 1) {
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(file)
}

fn is_ours(name: &str) -> bool {
    name.strip_suffix(".db").is_some_and(|stem| stem.starts_with("keystead-schema"))
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::Options;
    use super::super::sqlite::{make_durable, open_writer};
    use super::*;

    const ONE: &str = "CREATE TABLE one (n BIGINT NOT NULL) /* STRICT */; INSERT INTO one VALUES (1);";
    const TWO: &str = "ALTER TABLE one ADD COLUMN two TEXT; UPDATE one SET n = 2;";
    const BROKEN: &str = "UPDATE one SET n = 3; CREATE TABLE half (n BIGINT) /* STRICT */; SELECT nonsense;";

    fn opened(dir: &Path) -> Conn {
        let options = Options { readers: 1, cache_kib: 1024, max_mib: 0 };
        let file = dir.join("keystead.db");
        let db = open_writer(&file, &options).expect("it opens");
        make_durable(&db, &file, &options).expect("it is set");
        db
    }

    fn number(db: &Conn, sql: &str) -> i64 {
        db.raw.query_row(sql, [], |row| row.get(0)).expect(sql)
    }

    fn snapshots(dir: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(dir.join("snapshots")) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }

    #[test]
    fn a_snapshot_of_the_old_state_is_taken_before_a_migration_and_none_without() {
        let home = tempfile::tempdir().expect("a directory");
        let db = opened(home.path());
        run(&db, &[ONE], home.path(), 7).expect("a new database");
        run(&db, &[ONE], home.path(), 8).expect("nothing to do");
        assert_eq!(snapshots(home.path()), Vec::<String>::new());

        run(&db, &[ONE, TWO], home.path(), 9).expect("migrated");
        assert_eq!((number(&db, "PRAGMA user_version"), number(&db, "SELECT n FROM one")), (2, 2));
        assert_eq!(snapshots(home.path()), ["keystead-schema1-9.db"]);

        let folder = home.path().join("snapshots");
        let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("keystead-schema1-9.db"))), (0o700, 0o600));
        // The snapshot is a database like any other: put in place, it is the old state.
        let restored = tempfile::tempdir().expect("a directory");
        std::fs::copy(folder.join("keystead-schema1-9.db"), restored.path().join("keystead.db")).expect("copied");
        let old = opened(restored.path());
        assert_eq!(recognise(&old, &[ONE], restored.path()).expect("ours"), 1);
        assert_eq!(
            (number(&old, "SELECT n FROM one"), number(&old, "SELECT COUNT(*) FROM pragma_table_info('one')")),
            (1, 1)
        );
    }

    #[test]
    fn a_failed_migration_leaves_the_old_state_and_its_snapshot() {
        let home = tempfile::tempdir().expect("a directory");
        let db = opened(home.path());
        run(&db, &[ONE], home.path(), 0).expect("a new database");
        for _ in 0..2 {
            let failed = run(&db, &[ONE, BROKEN], home.path(), 1).expect_err("it cannot work").to_string();
            assert!(failed.contains("keystead.db"), "{failed}");
            assert_eq!((number(&db, "PRAGMA user_version"), number(&db, "SELECT n FROM one")), (1, 1));
            assert_eq!(number(&db, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'half'"), 0);
            assert!(db.raw.is_autocommit(), "no transaction is left open");
        }
        run(&db, &[ONE], home.path(), 2).expect("the older binary still starts");
        run(&db, &[ONE, TWO], home.path(), 3).expect("and a mended one migrates");
        assert_eq!(number(&db, "SELECT n FROM one"), 2);
    }

    #[test]
    fn the_newest_three_snapshots_are_kept_and_nothing_else_is_touched() {
        let home = tempfile::tempdir().expect("a directory");
        let db = opened(home.path());
        run(&db, &[ONE], home.path(), 0).expect("a new database");
        std::fs::create_dir(home.path().join("snapshots")).expect("made");
        std::fs::write(home.path().join("snapshots/before-the-move.db"), "of the operator's own").expect("written");
        for now in 1..=6 {
            let taken = snapshot(&db, home.path(), 1, now).expect("taken");
            let age = std::time::Duration::from_secs(u64::try_from(100 + now).expect("small"));
            let file = std::fs::File::options().write(true).open(taken).expect("there");
            file.set_modified(std::time::UNIX_EPOCH + age).expect("set");
        }
        let kept = ["before-the-move.db", "keystead-schema1-4.db", "keystead-schema1-5.db", "keystead-schema1-6.db"];
        assert_eq!(snapshots(home.path()), kept);
    }
}
