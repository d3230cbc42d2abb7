//! The portable SQL, held by reading it:
//! the schema's text and every statement in `src/` keep to what SQLite and PostgreSQL both take.

use crate::source::{files, split};

/// Words that both engines would not read alike, with what to write instead.
const FORBIDDEN: [(&str, &str); 15] = [
    ("?", "$1, $2, …"),
    ("AUTOINCREMENT", "ids of our own"),
    ("INSERT OR", "ON CONFLICT"),
    ("UPDATE OR", "ON CONFLICT"),
    ("DATETIME(", "now is a parameter"),
    ("STRFTIME(", "now is a parameter"),
    ("UNIXEPOCH(", "now is a parameter"),
    ("CURRENT_TIMESTAMP", "now is a parameter"),
    ("IFNULL(", "COALESCE"),
    ("ROWID", "a key of our own"),
    ("GLOB", "lower(x) LIKE lower($1)"),
    ("COLLATE", "lower(x)"),
    ("PRAGMA", "store/sqlite.rs"),
    ("\\\"", "no quoted names"),
    ("`", "no quoted names"),
];
/// The folder's own engine room, where SQLite is spoken to as SQLite.
const ENGINE: [&str; 3] = ["store/sqlite.rs", "store/migrate.rs", "store/lane.rs"];
const VERBS: [&str; 6] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", " AND "];

/// The schema, file by file, without comments but the one that means STRICT.
fn schema() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema");
    let mut found: Vec<_> =
        std::fs::read_dir(folder).expect("the schema").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    let text = |path: &std::path::Path| -> String {
        let text = std::fs::read_to_string(path).expect("a text");
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    };
    found.iter().map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), text(path))).collect()
}

/// The columns of every CREATE TABLE: table, column, the words behind it.
fn columns(sql: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for table in sql.split("CREATE TABLE ").skip(1) {
        let (name, rest) = table.split_once(" (").expect("a table has columns");
        let body = rest.split("\n)").next().expect("a table ends");
        for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (column, rest) = line.split_once(' ').expect("a column has a type");
            if !["UNIQUE", "CHECK", "PRIMARY", "FOREIGN"].contains(&column) {
                found.push((name.to_owned(), column.to_owned(), rest.trim().to_owned()));
            }
        }
    }
    found
}

#[test]
fn the_schema_knows_three_types_only() {
    for (file, sql) in schema() {
        let columns = columns(&sql);
        assert!(!columns.is_empty() || !sql.contains("CREATE TABLE"), "{file}");
        for (table, column, rest) in columns {
            let kind = rest.split([' ', ',']).next().expect("a word");
            assert!(["TEXT", "BIGINT", "BLOB"].contains(&kind), "{file}: {table}.{column} is {kind}");
        }
    }
}

#[test]
fn every_table_is_strict_in_the_words_that_the_migrator_reads() {
    for (file, sql) in schema() {
        let (tables, strict) = (sql.matches("CREATE TABLE").count(), sql.matches("\n) /* STRICT */;").count());
        assert_eq!(tables, strict, "{file}: {tables} tables, {strict} of them strict");
    }
    let home = tempfile::tempdir().expect("a directory");
    let dir = keystead::store::DataDir::lock(home.path()).expect("nobody else is here");
    drop(keystead::store::Store::open(&dir, &crate::OPTIONS, 0).expect("it opens"));
    let judge = crate::judge(&home.path().join("keystead.db"));
    let lax: i64 = judge
        .query_row("SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(lax, 0, "as SQLite itself sees them");
}

#[test]
fn every_time_ends_in_at_and_nothing_else_does() {
    let words = ["created", "expires", "revoked", "used", "expiry", "time", "date", "when", "until", "since", "beat"];
    for (file, sql) in schema() {
        for (table, column, rest) in columns(&sql) {
            let time = column == "at" || column.ends_with("_at");
            assert!(
                !time || rest.starts_with("BIGINT"),
                "{file}: {table}.{column} is a time, and not unix milliseconds"
            );
            let last = column.rsplit('_').next().expect("a word");
            assert!(
                time || !words.contains(&last),
                "{file}: {table}.{column} sounds like a time and does not end in _at"
            );
        }
    }
}

/// What is wrong in one statement.
fn findings(sql: &str) -> Vec<String> {
    let upper = sql.to_uppercase();
    let mut found: Vec<String> = FORBIDDEN
        .iter()
        .filter(|(word, _)| upper.contains(word))
        .map(|(word, instead)| format!("{word}: {instead}"))
        .collect();
    for (at, _) in sql.match_indices(['$', ':', '@']) {
        let digit = sql[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        if !digit
            && (sql[at..].starts_with('$') || sql[at + 1..].starts_with(|c: char| c.is_alphabetic()))
            && !quoted(sql, at)
        {
            found.push(format!("{}: $1, $2, …", &sql[at..].chars().take(8).collect::<String>()));
        }
    }
    if sql.contains('{') {
        found.push("{…}: bind values, never format them in".into());
    }
    for (at, _) in sql.match_indices(" IS NULL OR ") {
        // A bare `$1` behind its bracket, where `CAST($1 AS TEXT)` should be.
        let tested = sql[..at].rsplit('(').next().unwrap_or_default();
        if tested.starts_with('$') && !tested.contains(' ') {
            found.push("($1 IS NULL OR …): (CAST($1 AS TEXT) IS NULL OR …)".into());
        }
    }
    if upper.contains("SUM(") && !upper.contains("CAST(COALESCE(SUM(") {
        found.push("SUM: CAST(COALESCE(SUM(n), 0) AS BIGINT)".into());
    }
    if upper.contains("LIKE") && !upper.contains("LOWER(") {
        found.push("LIKE: lower(x) LIKE lower($1)".into());
    }
    if upper.contains(" LIMIT ") && !upper.contains("ORDER BY") {
        found.push("LIMIT: without an order each engine gives other rows".into());
    }
    found
}

/// Inside of a text of the statement?
fn quoted(sql: &str, at: usize) -> bool {
    sql[..at].matches('\'').count() % 2 == 1
}

#[test]
fn every_statement_is_portable() {
    let mut seen = 0;
    for file in files().iter().filter(|file| !ENGINE.contains(&file.path.as_str())) {
        for literal in split(&file.text).strings {
            if VERBS.iter().any(|verb| literal.starts_with(verb)) && !literal.starts_with("WITH ") {
                seen += 1;
                assert_eq!(findings(&literal), Vec::<String>::new(), "src/{}: {literal}", file.path);
            }
        }
    }
    assert!(seen >= 20, "only {seen} statements were found: is the reader of sources broken?");
}

#[test]
fn a_statement_for_one_engine_only_is_found() {
    for sql in [
        "SELECT a FROM t WHERE id = ?",
        "SELECT a FROM t WHERE id = ?1",
        "SELECT a FROM t WHERE id = :id",
        "SELECT a FROM t WHERE id = $id",
        "SELECT a FROM t WHERE id = @id",
        "INSERT OR IGNORE INTO t (a) VALUES ($1)",
        "insert or replace into t (a) values ($1)",
        "UPDATE t SET at = datetime('now') WHERE id = $1",
        "SELECT a FROM t WHERE ($1 IS NULL OR a = $1)",
        "SELECT SUM(n) FROM t",
        "SELECT a FROM t WHERE b LIKE $1",
        "SELECT a FROM t LIMIT $1",
        "SELECT \\\"a\\\" FROM t",
        "DELETE FROM t WHERE id = {id}",
        "SELECT rowid FROM t",
    ] {
        assert_eq!(findings(sql).len(), 1, "{sql}: {:?}", findings(sql));
    }
    for sql in [
        "SELECT a FROM t WHERE b = 'x:y' AND (CAST($1 AS TEXT) IS NULL OR a = $1) ORDER BY id LIMIT $2",
        "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO NOTHING RETURNING id",
        "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM t WHERE lower(x) LIKE lower($1)",
    ] {
        assert_eq!(findings(sql), Vec::<String>::new(), "{sql}");
    }
}
