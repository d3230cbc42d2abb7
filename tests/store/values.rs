//! What a statement binds, and what a column takes:
//! values by name and in the right number, integers that are integers.

use keystead::base::Error;
use keystead::store::Val;

use crate::{judge, playground};

#[tokio::test]
async fn values_are_bound_by_name_whatever_the_order_in_the_text() {
    let play = playground().await;
    let read = play.store.read(|db| {
        let swapped = db.first("SELECT $2, $1", &["one".into(), "two".into()], |row| {
            Ok((row.text()?.to_owned(), row.text()?.to_owned()))
        })?;
        let repeated = db.first("SELECT $3, $1, $3, $2, $1", &[1.into(), 2.into(), 3.into()], |row| {
            Ok([row.int()?, row.int()?, row.int()?, row.int()?, row.int()?])
        })?;
        Ok((swapped, repeated))
    });
    let (swapped, repeated) = read.await.expect("a read");
    assert_eq!(swapped, Some(("two".into(), "one".into())));
    assert_eq!(repeated, Some([3, 1, 3, 2, 1]));
}

#[tokio::test]
async fn more_than_nine_values_find_their_names() {
    let play = playground().await;
    let values: Vec<i64> = (1..=12).collect();
    let read = play.store.read(move |db| {
        let bound: Vec<Val<'_>> = values.iter().map(|n| (*n).into()).collect();
        db.first("SELECT $12, $1, $11, $2, $3, $4, $5, $6, $7, $8, $9, $10", &bound, |row| {
            Ok((row.int()?, row.int()?, row.int()?))
        })
    });
    assert_eq!(read.await.expect("a read"), Some((12, 1, 11)));
}

#[tokio::test]
async fn a_wrong_number_of_values_is_an_error_and_writes_nothing() {
    let play = playground().await;
    let sql = "INSERT INTO played (n, word) VALUES ($1, $2)";
    for values in [&[][..], &[Val::Int(1)], &[Val::Int(1), Val::Text("x"), Val::Null]] {
        let owned: Vec<Val<'static>> = values.to_vec();
        let failed = play.store.write(move |db| db.run(sql, &owned)).await;
        assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
    }
    let gap =
        play.store.write(|db| db.run("INSERT INTO played (n, word) VALUES ($1, $3)", &[1.into(), "x".into()])).await;
    assert!(matches!(gap, Err(Error::Internal(_))), "a name is missing: {gap:?}");
    assert_eq!(play.store.read(crate::count).await.expect("a read"), 0);
}

#[tokio::test]
async fn a_column_read_as_another_type_is_an_error() {
    let play = playground().await;
    let as_int = play.store.read(|db| db.first("SELECT 'one'", &[], |row| row.int())).await;
    let as_text = play.store.read(|db| db.first("SELECT 1", &[], |row| row.text().map(str::to_owned))).await;
    let null = play.store.read(|db| db.first("SELECT NULL", &[], |row| row.int())).await;
    let short = play.store.read(|db| db.first("SELECT x'00'", &[], |row| row.digest())).await;
    assert!(as_int.is_err() && as_text.is_err() && null.is_err() && short.is_err());
}

#[tokio::test]
async fn a_changing_statement_is_finished_though_one_row_is_read() {
    let play = playground().await;
    let changed = play.store.write(|db| {
        for n in 0..10 {
            crate::insert(db, n)?;
        }
        db.first("UPDATE played SET word = 'y' RETURNING n", &[], |row| row.int())
    });
    changed.await.expect("a write");
    let left =
        play.store.read(|db| db.first("SELECT COUNT(*) FROM played WHERE word = 'x'", &[], |row| row.int())).await;
    assert_eq!(left.expect("a read"), Some(0));
}

#[tokio::test]
async fn an_integer_column_takes_neither_text_nor_fractions() {
    let play = playground().await;
    let file = play.file.clone();
    drop(play.store);
    let judge = judge(&file);
    judge
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
        .expect("types alone are asked");
    let columns = columns(&judge);
    let integers = columns.iter().filter(|(_, _, kind)| kind == "INTEGER");
    assert!(integers.clone().count() > 15, "{columns:?}");
    for (table, column, _) in integers {
        for (value, kind) in [("'abc'", "TEXT"), ("1.5", "REAL")] {
            let row = columns.iter().filter(|(of, _, _)| of == table);
            let (names, values): (Vec<&str>, Vec<&str>) = row
                .map(|(_, name, kind)| match kind.as_str() {
                    _ if name == column => (name.as_str(), value),
                    "INTEGER" => (name.as_str(), "7"),
                    "BLOB" => (name.as_str(), "x'00'"),
                    _ => (name.as_str(), "'x'"),
                })
                .unzip();
            let insert = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
            let refused = judge.execute_batch(&insert).expect_err("a value of another type").to_string();
            // What a key that is the row's own number says of a wrong type.
            let told = [&format!("cannot store {kind} value in INTEGER column"), "datatype mismatch"];
            assert!(told.iter().any(|words| refused.contains(*words)), "{table}.{column} and {value}: {refused}");
        }
    }
}

/// Table, name and type of every column.
fn columns(judge: &rusqlite::Connection) -> Vec<(String, String, String)> {
    let mut statement = judge
        .prepare(
            "SELECT t.name, c.name, c.type FROM pragma_table_list t, pragma_table_info(t.name) c
             WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%'",
        )
        .expect("a statement");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}
