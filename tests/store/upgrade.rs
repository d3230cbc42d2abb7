//! A store of an older version that people have used: the new version keeps every row of it, and every key its verdict. The older store is
//! made by the older schema's own files and filled with what a server of today wrote, as far as that schema knows of it.

use std::path::Path;

use keystead::store::{DataDir, Store};
use rustix::process::Signal;

use crate::binary::{Server, home};
use crate::{OPTIONS, judge};

/// The tables of a database, and in each its columns.
fn tables(db: &rusqlite::Connection) -> Vec<(String, String)> {
    let mut of = db
        .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .expect("the tables");
    let names = of.query_map([], |row| row.get::<_, String>(0)).expect("the tables");
    let columns = |table: &str| -> String {
        let mut of = db.prepare("SELECT name FROM pragma_table_info(?1)").expect("the columns");
        let names = of.query_map([table], |row| row.get::<_, String>(0)).expect("the columns");
        names.map(|name| name.expect("a name")).collect::<Vec<_>>().join(", ")
    };
    names.map(|name| name.expect("a name")).map(|name| (columns(&name), name)).map(|(all, name)| (name, all)).collect()
}

/// Makes a database of schema 3 of what is in this one.
fn as_schema_3(file: &Path) {
    let older = file.with_file_name("older.db");
    let db = judge(&older);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema");
    for name in ["0001_start.sql", "0002_people.sql", "0003_verify.sql"] {
        let text = std::fs::read_to_string(folder.join(name)).expect("the schema");
        let text = text.replace("BIGINT", "INTEGER").replace(") /* STRICT */;", ") STRICT;");
        db.execute_batch(&text).expect("the older schema");
    }
    db.execute_batch("PRAGMA foreign_keys = OFF").expect("set");
    db.execute("ATTACH ?1 AS newer", [file.to_str().expect("UTF-8")]).expect("attached");
    for (table, columns) in tables(&db) {
        let copy = format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}"
        );
        db.execute_batch(&copy).expect("copied");
    }
    let settings =
        "DETACH newer; PRAGMA application_id = 0x4b535444; PRAGMA user_version = 3; PRAGMA journal_mode = WAL";
    db.execute_batch(settings).expect("set");
    drop(db);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(file.with_file_name(format!("keystead.db{end}")));
    }
    std::fs::rename(older, file).expect("moved");
}

/// Every row of these tables, as text.
fn rows(file: &Path, tables: &[(String, String)]) -> Vec<(String, Vec<String>)> {
    let db = judge(file);
    let of = |(table, columns): &(String, String)| {
        let mut all = db.prepare(&format!("SELECT {columns} FROM {table}")).expect("the table");
        let width = all.column_count();
        let row = all.query_map([], |row| {
            let values: Result<Vec<rusqlite::types::Value>, _> = (0..width).map(|n| row.get(n)).collect();
            Ok(format!("{:?}", values?))
        });
        let mut rows: Vec<String> = row.expect("rows").map(|row| row.expect("a row")).collect();
        rows.sort();
        (table.clone(), rows)
    };
    tables.iter().map(of).collect()
}

#[test]
fn a_store_from_before_leaks_keeps_every_row_and_every_key_its_verdict() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (maya, noor) = (server.user("maya"), server.user("noor"));
    let (_, live) = server.key(&maya);
    let (ended, dead) = server.key(&noor);
    let (rotated, former) = server.key(&maya);
    server.delete(&format!("/v1/api-keys/{ended}"));
    let again = server.post(&format!("/v1/api-keys/{rotated}/rotate"), &serde_json::json!({ "grace_s": 3600 }));
    let current = again.data()["secret"].as_str().expect("a secret").to_owned();
    let secrets = [&live, &dead, &former, &current];
    let codes = |server: &Server| secrets.map(|secret| server.code_of(secret));
    let before = codes(&server);
    assert_eq!(before, ["valid", "revoked", "valid", "valid"]);
    let token = server.token().to_owned();
    server.stop(Signal::TERM);

    let file = data.join("keystead.db");
    as_schema_3(&file);
    let known = tables(&judge(&file));
    assert!(known.iter().all(|(table, _)| table != "leaks"), "{known:?}");
    let older = rows(&file, &known);
    for filled in ["keys", "owners", "events", "superseded_secrets"] {
        assert!(older.iter().any(|(table, rows)| table == filled && !rows.is_empty()), "{filled}");
    }
    let dir = DataDir::lock(&data).expect("nobody else is here");
    drop(Store::open(&dir, &OPTIONS, 0).expect("it is brought up to this version"));
    drop(dir);
    assert_eq!(rows(&file, &known), older);
    let snapshots = std::fs::read_dir(data.join("snapshots")).expect("one was taken").count();
    assert_eq!(snapshots, 1, "of what was before");

    let server = Server::start(&data).with_token(&token);
    assert_eq!(codes(&server), before);
    assert_eq!(server.get("/v1/audit-events/verify").data()["ok"], true);
    let report = serde_json::json!({ "reports": [{ "key": live, "exposure": "public" }] });
    assert_eq!(server.post("/v1/leaks", &report).data()[0]["outcome"], "revoked");
    assert_eq!(server.code_of(&live), "revoked");
}
