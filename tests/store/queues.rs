//! The queues are bounded: a full one answers "busy" at once,
//! and everything that it took is done. What was queued is done at the end, too.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use keystead::base::{Error, Result};
use keystead::store::{DataDir, QUEUE, Store};

use crate::lanes::hold_writer;
use crate::{OPTIONS, count, insert, judge, playground};

type Job = Pin<Box<dyn Future<Output = Result<usize>>>>;

/// One look at a job: puts it into the queue.
fn poll(job: &mut Job) -> Poll<Result<usize>> {
    job.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_full_queue_of_writes_answers_busy_at_once_and_loses_nothing_it_took() {
    let play = playground().await;
    let (release, holding) = hold_writer(&play.store).await;
    let write = |n: i64| -> Job {
        let store = play.store.clone();
        Box::pin(async move { store.write(move |db| insert(db, n)).await })
    };
    let queue = i64::try_from(QUEUE).expect("small");
    let mut taken: Vec<Job> = (0..queue).map(write).collect();
    for job in &mut taken {
        assert!(poll(job).is_pending(), "there is room");
    }
    let refused = poll(&mut write(queue));
    assert!(matches!(refused, Poll::Ready(Err(Error::Busy { .. }))), "{refused:?}");
    let reads = play.store.read(count).await;
    assert_eq!(reads.expect("reads have a queue of their own"), 0);

    drop(release);
    holding.await.expect("no panic");
    for job in taken {
        job.await.expect("what was taken is written");
    }
    assert_eq!(play.store.read(count).await.expect("a read"), queue);
    play.store.write(move |db| insert(db, queue)).await.expect("there is room again");
}

#[tokio::test]
async fn a_full_queue_of_reads_answers_busy_at_once() {
    let play = playground().await;
    let mut ends = Vec::new();
    let mut holding = Vec::new();
    for _ in 0..OPTIONS.readers {
        let (end, held) = std::sync::mpsc::channel::<()>();
        let (has_begun, begins) = tokio::sync::oneshot::channel();
        let store = play.store.clone();
        holding.push(tokio::spawn(async move {
            store
                .read(move |_| {
                    let _ = has_begun.send(());
                    let _ = held.recv();
                    Ok(())
                })
                .await
        }));
        begins.await.expect("a reader takes the job");
        ends.push(end);
    }
    let read = || -> Job {
        let store = play.store.clone();
        Box::pin(async move { store.read(|db| count(db).map(|_| 1)).await })
    };
    let mut taken: Vec<Job> = (0..QUEUE).map(|_| read()).collect();
    for job in &mut taken {
        assert!(poll(job).is_pending(), "there is room");
    }
    let refused = poll(&mut read());
    assert!(matches!(refused, Poll::Ready(Err(Error::Busy { .. }))), "{refused:?}");
    let written = play.store.write(|db| insert(db, 1)).await;
    assert!(written.is_ok(), "writes have a queue of their own: {written:?}");

    drop(ends);
    for job in taken {
        job.await.expect("what was taken is read");
    }
    for reader in holding {
        reader.await.expect("no panic").expect("a read");
    }
}

#[tokio::test]
async fn a_write_whose_caller_went_away_is_whole_or_absent_and_the_store_goes_on() {
    let play = playground().await;
    let (release, holding) = hold_writer(&play.store).await;
    let store = play.store.clone();
    let mut abandoned: Job = Box::pin(async move {
        store
            .write(|db| {
                insert(db, 1)?;
                insert(db, 2)
            })
            .await
    });
    assert!(poll(&mut abandoned).is_pending());
    drop(abandoned);
    drop(release);
    holding.await.expect("no panic");
    play.store.write(|db| insert(db, 3)).await.expect("written");
    let rows = play.store.read(count).await.expect("a read");
    assert!(rows == 1 || rows == 3, "{rows} rows: half of a job");
}

#[tokio::test]
async fn closing_the_store_finishes_the_queue_and_folds_the_log() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let dir = DataDir::lock(home.path()).expect("nobody else is here");
    let store = Store::open(&dir, &OPTIONS, 0).expect("a new store opens");
    store.heartbeat(1).await.expect("written");
    let (release, holding) = hold_writer(&store).await;
    let file = store.file().to_owned();
    let last = store.clone();
    let mut beat: Job = Box::pin(async move { last.heartbeat(42).await.map(|()| 1) });
    assert!(poll(&mut beat).is_pending());
    drop(release);
    holding.await.expect("no panic");
    beat.await.expect("written");
    drop(store);
    assert!(!file.with_extension("db-wal").exists(), "the log is folded into the database");
    let beat: i64 = judge(&file).query_row("SELECT beat_at FROM heartbeat", [], |row| row.get(0)).expect("a row");
    assert_eq!(beat, 42);
}
