//! The threads that touch the database. Readers take jobs from one queue; the writer takes them from another and lets those already
//! waiting share one COMMIT, because a durable commit costs milliseconds and a job microseconds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
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

/// What stands in a queue: a job, or the word for one thread to end.
type Queued<J> = Option<J>;

#[derive(Debug)]
pub(super) struct Lanes {
    reads: Option<Sender<Queued<ReadJob>>>,
    writes: Sender<Queued<WriteJob>>,
    /// The writer first.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Lanes {
    /// Without readers, the writer reads too, in the order of the calls.
    pub fn start(writer: Conn, readers: Vec<Conn>) -> Self {
        let (writes, queue) = bounded(QUEUE);
        let mut threads = vec![spawn("store-writer", move || write_loop(&writer, &queue))];
        if readers.is_empty() {
            return Self { reads: None, writes, threads: Mutex::new(threads) };
        }
        let (reads, queue) = bounded(QUEUE);
        for reader in readers {
            let queue = queue.clone();
            threads.push(spawn("store-reader", move || read_loop(&reader, &queue)));
        }
        Self { reads: Some(reads), writes, threads: Mutex::new(threads) }
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
        enqueue(reads, job)?;
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
        enqueue(&self.writes, job)?;
        wait.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Lanes {
    /// Finishes what waits and ends the threads, whoever still has a handle: what is asked after this is told that the store has stopped.
    /// Blocks until it is done.
    pub fn close(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let own = std::thread::current().id();
        for (n, _) in threads.iter().enumerate() {
            // A thread that has ended takes no word any more, and needs none.
            let _ = match &self.reads {
                Some(reads) if n > 0 => reads.send(None).is_ok(),
                _ => self.writes.send(None).is_ok(),
            };
        }
        // The last handle may go with a job, on a thread of our own: that one ends by itself.
        for thread in threads.into_iter().filter(|thread| thread.thread().id() != own) {
            let _ = thread.join();
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().name(name.into()).spawn(run).expect("the system starts a thread")
}

fn enqueue<J>(queue: &Sender<Queued<J>>, job: J) -> Result<()> {
    match queue.try_send(Some(job)) {
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

fn read_loop(db: &Conn, queue: &Receiver<Queued<ReadJob>>) {
    let mut jobs = Vec::with_capacity(SHARED_READ);
    let mut going = true;
    while going {
        let Ok(Some(first)) = queue.recv() else { return };
        jobs.push(first);
        while jobs.len() < SHARED_READ && going {
            match queue.try_recv() {
                Ok(Some(next)) => jobs.push(next),
                Ok(None) => going = false,
                Err(_) => break,
            }
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

fn write_loop(db: &Conn, queue: &Receiver<Queued<WriteJob>>) {
    let mut going = true;
    while going {
        let Ok(Some(first)) = queue.recv() else { break };
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
                match queue.try_recv() {
                    Ok(Some(job)) => next = Some(job),
                    Ok(None) => going = false,
                    Err(_) => {}
                }
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
