//! The lanes: writes share commits and stay apart all the same,
//! an answered write is seen by every later read, readers cannot write.

use std::path::Path;
use std::sync::mpsc;

use keystead::base::Error;
use keystead::store::Store;
use tokio::task::JoinSet;

use crate::{count, insert, judge, playground};

/// Holds the writer until the returned end is dropped; jobs sent meanwhile wait together.
pub async fn hold_writer(store: &Store) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, held) = mpsc::channel::<()>();
    let (has_begun, begins) = tokio::sync::oneshot::channel();
    let store = store.clone();
    let holding = tokio::spawn(async move {
        let job = store.write(move |_| {
            let _ = has_begun.send(());
            let _ = held.recv();
            Ok(())
        });
        job.await.expect("holding is no failure");
    });
    begins.await.expect("the writer takes the job");
    (release, holding)
}

/// Commits in a write-ahead log: frames that carry the size of the database (sqlite.org/fileformat2, section 4).
fn commits(file: &Path) -> usize {
    let log = std::fs::read(file.with_extension("db-wal")).expect("the log is there while the store is open");
    let page = u32::from_be_bytes(log[8..12].try_into().expect("4 bytes")) as usize;
    let salt = &log[16..24];
    let frames = log[32..].chunks_exact(24 + page);
    frames.take_while(|frame| &frame[8..16] == salt).filter(|frame| frame[4..8] != [0; 4]).count()
}

#[tokio::test]
async fn parallel_writes_share_commits_and_all_of_them_are_there() {
    const WRITES: i64 = 256;
    let play = playground().await;
    let (release, holding) = hold_writer(&play.store).await;
    let before = commits(&play.file);
    let mut writes = JoinSet::new();
    for n in 0..WRITES {
        let store = play.store.clone();
        writes.spawn(async move { store.write(move |db| insert(db, n)).await });
    }
    // Each has put its job into the queue once it has been polled.
    tokio::task::yield_now().await;
    drop(release);
    holding.await.expect("no panic");
    while let Some(written) = writes.join_next().await {
        written.expect("no panic").expect("written");
    }
    let shared = commits(&play.file) - before;
    assert!((4..=8).contains(&shared), "{WRITES} writes in {shared} commits, at most 64 in each");
    assert_eq!(play.store.read(count).await.expect("a read"), WRITES);
}

#[tokio::test]
async fn an_answered_write_is_in_the_log_on_disk() {
    let play = playground().await;
    for n in 0..20 {
        play.store.write(move |db| insert(db, n)).await.expect("written");
        let copy = play.file.with_file_name("copy.db");
        std::fs::copy(&play.file, &copy).expect("copied");
        std::fs::copy(play.file.with_extension("db-wal"), copy.with_extension("db-wal")).expect("copied");
        let seen: i64 = judge(&copy).query_row("SELECT COUNT(*) FROM played", [], |row| row.get(0)).expect("a count");
        assert_eq!(seen, n + 1, "what a crash now would leave");
        for ending in ["db", "db-wal", "db-shm"] {
            let _ = std::fs::remove_file(copy.with_extension(ending));
        }
    }
}

#[tokio::test]
async fn a_failing_or_panicking_job_undoes_itself_and_nothing_else() {
    let play = playground().await;
    let (release, holding) = hold_writer(&play.store).await;
    let before = commits(&play.file);
    let mut jobs = Vec::new();
    for n in 0..40_i64 {
        let store = play.store.clone();
        jobs.push(tokio::spawn(async move {
            store
                .write(move |db| {
                    insert(db, n)?;
                    match n % 4 {
                        1 => Err(Error::NotFound),
                        2 => panic!("a job of a test panics on purpose"),
                        3 => insert(db, n),
                        _ => Ok(1),
                    }
                })
                .await
        }));
    }
    tokio::task::yield_now().await;
    drop(release);
    holding.await.expect("no panic");
    for (n, job) in jobs.into_iter().enumerate() {
        let outcome = job.await.expect("a panic in a job is no panic of its caller");
        match n % 4 {
            0 => assert!(outcome.is_ok(), "{n}: {outcome:?}"),
            1 => assert!(matches!(outcome, Err(Error::NotFound)), "{n}: the job's own error: {outcome:?}"),
            _ => assert!(matches!(outcome, Err(Error::Internal(_))), "{n}: {outcome:?}"),
        }
    }
    assert!(commits(&play.file) - before <= 2, "they shared a commit, or this proves little");
    let kept = play.store.read(|db| db.all("SELECT n FROM played ORDER BY n", &[], |row| row.int())).await;
    assert_eq!(kept.expect("a read"), (0..40).step_by(4).collect::<Vec<i64>>());
}

#[tokio::test(flavor = "current_thread")]
async fn a_read_after_an_answered_write_sees_it() {
    let play = playground().await;
    let mut clients = JoinSet::new();
    for client in 0..16_i64 {
        let store = play.store.clone();
        clients.spawn(async move {
            for round in 0..50 {
                let n = client * 1000 + round;
                store.write(move |db| insert(db, n)).await.expect("written");
                let found = store
                    .read(move |db| db.first("SELECT n FROM played WHERE n = $1", &[n.into()], |row| row.int()))
                    .await;
                assert_eq!(found.expect("a read"), Some(n), "written, answered, and not there");
                store.write(move |db| db.run("DELETE FROM played WHERE n = $1", &[n.into()])).await.expect("written");
                let gone = store
                    .read(move |db| db.first("SELECT n FROM played WHERE n = $1", &[n.into()], |row| row.int()))
                    .await;
                assert_eq!(gone.expect("a read"), None, "deleted, answered, and still there");
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.expect("no read was stale");
    }
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let play = playground().await;
    for sql in [
        "INSERT INTO played (n, word) VALUES (1, 'x')",
        "DELETE FROM heartbeat",
        "CREATE TABLE more (n INTEGER)",
        "PRAGMA user_version = 7",
    ] {
        let failed = play.store.read(move |db| db.run(sql, &[])).await;
        assert!(failed.is_err(), "{sql}: {failed:?}");
    }
    assert_eq!(play.store.read(count).await.expect("a read"), 0);
    let beats = play.store.read(|db| db.first("SELECT COUNT(*) FROM heartbeat", &[], |row| row.int())).await;
    assert_eq!(beats.expect("a read"), Some(1));
}

#[tokio::test]
async fn a_panicking_read_fails_alone() {
    let play = playground().await;
    for _ in 0..8 {
        let failed = play.store.read::<(), _>(|_| panic!("a job of a test panics on purpose")).await;
        assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
    }
    assert_eq!(play.store.read(count).await.expect("the readers are all there"), 0);
}
