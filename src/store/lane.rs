//! The threads that touch the database. Readers take jobs from one queue; the writer takes them from another and lets those already
//! waiting share one COMMIT, because a durable commit costs milliseconds and a job microseconds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::busy;
use super::db::Conn;
use super::sqlite::fault;
use crate::base::{Error, Result};

/// Jobs that may wait in each queue: at 8 µs a read and 64 writes a commit of 4 ms, about a quarter of a second of work.
pub const QUEUE: usize = 4096;
/// Jobs that share one COMMIT. More would only lengthen the wait of the first.
const SHARED_COMMIT: usize = 64;
/// Reads that share one transaction. All of them were waiting before it began, so none sees a state older than its call.
const SHARED_READ: usize = 32;

type ReadJob = Box<dyn FnOnce(&Conn) + Send>;
/// Runs the job, and gives what to do when the commit's outcome is known.
type WriteJob = Box<dyn FnOnce(&Conn) -> Ran + Send>;

struct Ran {
    keep: bool,
    finish: Box<dyn FnOnce(Result<(), ()>) + Send>,
}

#[derive(Debug)]
pub(super) struct Lanes {
    reads: Option<Sender<ReadJob>>,
    writes: Option<Sender<WriteJob>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Lanes {
    /// Without readers, the writer reads too, in the order of the calls.
    pub fn start(writer: Conn, readers: Vec<Conn>) -> Self {
        let (writes, queue) = bounded::<WriteJob>(QUEUE);
        let mut threads = vec![spawn("store-writer", move || write_loop(&writer, &queue))];
        if readers.is_empty() {
            return Self { reads: None, writes: Some(writes), threads: Mutex::new(threads) };
        }
        let (reads, queue) = bounded::<ReadJob>(QUEUE);
        for reader in readers {
            let queue = queue.clone();
            threads.push(spawn("store-reader", move || read_loop(&reader, &queue)));
        }
        Self { reads: Some(reads), writes: Some(writes), threads: Mutex::new(threads) }
    }

    pub async fn read<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Conn) -> Result<T> + Send + 'static,
    {
        let Some(reads) = &self.reads else { return self.write(job).await };
        let (answer, wait) = oneshot::channel();
        let job: ReadJob = Box::new(move |db| {
            if !answer.is_closed() {
                let _ = answer.send(guarded(|| job(db)));
            }
        });
        enqueue(Some(reads), job)?;
        wait.await.unwrap_or_else(|_| Err(stopped()))
    }

    pub async fn write<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Conn) -> Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let job: WriteJob = Box::new(move |db| {
            let outcome = guarded(|| job(db));
            Ran {
                keep: outcome.is_ok(),
                finish: Box::new(move |committed| {
                    let _ = answer.send(match (outcome, committed) {
                        (Ok(_), Err(())) => Err(busy("the commit failed")),
                        (outcome, _) => outcome,
                    });
                }),
            }
        });
        enqueue(self.writes.as_ref(), job)?;
        wait.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.reads = None;
        self.writes = None;
        for thread in self.threads.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).drain(..) {
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().name(name.into()).spawn(run).expect("the system starts a thread")
}

fn enqueue<J>(queue: Option<&Sender<J>>, job: J) -> Result<()> {
    match queue.expect("lanes are open while they have an owner").try_send(job) {
        Ok(()) => Ok(()),
        Err(TrySendError::Full(_)) => Err(busy("the store's queue is full")),
        Err(TrySendError::Disconnected(_)) => Err(stopped()),
    }
}

fn stopped() -> Error {
    busy("the store's thread has stopped")
}

/// A job that panics fails alone: the thread and its connection go on.
fn guarded<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| Err(Error::internal("a job of the store panicked")))
}

fn read_loop(db: &Conn, queue: &Receiver<ReadJob>) {
    let mut jobs = Vec::with_capacity(SHARED_READ);
    while let Ok(first) = queue.recv() {
        jobs.push(first);
        while jobs.len() < SHARED_READ {
            let Ok(next) = queue.try_recv() else { break };
            jobs.push(next);
        }
        // Should BEGIN fail, each statement still reads a committed state by itself.
        let begun = jobs.len() > 1 && execute(db, "BEGIN").is_ok();
        for job in jobs.drain(..) {
            job(db);
        }
        if begun && execute(db, "COMMIT").is_err() {
            let _ = execute(db, "ROLLBACK");
        }
    }
}

fn write_loop(db: &Conn, queue: &Receiver<WriteJob>) {
    while let Ok(first) = queue.recv() {
        let mut finishes = Vec::with_capacity(SHARED_COMMIT);
        let mut next = Some(first);
        let mut begun = execute(db, "BEGIN IMMEDIATE");
        let mut taken = 0;
        while let Some(job) = next.take() {
            taken += 1;
            if begun.is_ok() {
                finishes.push(run_in_savepoint(db, job));
            } else {
                // Without a transaction nothing may run: the job is told so by the failed commit below.
                finishes.push(refuse(job));
            }
            // On a full disk SQLite itself rolls the whole transaction back: whoever ran before is lost with it.
            if begun.is_ok() && db.raw.is_autocommit() {
                db.forget_from(0);
                finish_all(&mut finishes, Err(()));
                begun = execute(db, "BEGIN IMMEDIATE");
            }
            if taken < SHARED_COMMIT {
                next = queue.try_recv().ok();
            }
        }
        let committed = begun.and_then(|()| execute(db, "COMMIT"));
        if let Err(error) = &committed {
            tracing::error!(error = %source_of(error), "a commit failed; its writes were refused");
            if !db.raw.is_autocommit() {
                let _ = execute(db, "ROLLBACK");
            }
        }
        // What the commit brings about happens before anybody is told of it.
        let after = db.take_waiting();
        if committed.is_ok() {
            for then in after {
                then();
            }
        }
        finish_all(&mut finishes, committed.map_err(|_| ()));
    }
    if let Err(error) = db.raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the log could not be folded into the database; the next start does it");
    }
}

type Finish = Box<dyn FnOnce(Result<(), ()>) + Send>;

fn run_in_savepoint(db: &Conn, job: WriteJob) -> Finish {
    if execute(db, "SAVEPOINT job").is_err() {
        return refuse(job);
    }
    let mark = db.waiting();
    let ran = job(db);
    if ran.keep {
        if execute(db, "RELEASE job").is_ok() {
            return ran.finish;
        }
        db.forget_from(mark);
        let finish = ran.finish;
        return Box::new(move |_| finish(Err(())));
    }
    db.forget_from(mark);
    if !db.raw.is_autocommit() {
        let _ = execute(db, "ROLLBACK TO job").and_then(|()| execute(db, "RELEASE job"));
    }
    ran.finish
}

/// Dropping the job drops its answer's sender; whoever waits is told that the store could not.
fn refuse(job: WriteJob) -> Finish {
    drop(job);
    Box::new(|_| {})
}

fn finish_all(finishes: &mut Vec<Finish>, committed: Result<(), ()>) {
    for finish in finishes.drain(..) {
        finish(committed);
    }
}

fn execute(db: &Conn, sql: &'static str) -> Result<()> {
    let mut statement = db.raw.prepare_cached(sql).map_err(fault)?;
    statement.raw_execute().map(drop).map_err(fault)
}

fn source_of(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
