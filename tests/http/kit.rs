//! The Kit: the real server on a port of its own, a fresh data directory, and a clock that stands still until a test moves it.
//!
//! Every Kit watches for panics on the server's threads and fails its test when it is dropped after one. Nothing here sleeps.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use keystead::base::{Clock, Timestamp};
use keystead::config::{self, Environment, Sources};
use keystead::event::{Act, Actor};
use keystead::http::{self, Files};
use keystead::instance::Instance;
use keystead::key::BackendKey;
use keystead::store::{DataDir, LockError};
use serde_json::Value;

use crate::client::{Answer, Call, Client};
use crate::watch::{panics, watch};
use crate::world::Issued;

/// 2027-01-15T08:00:00.000Z: the time on every Kit's clock until it is moved.
pub const START: i64 = 1_800_000_000_000;

/// Nobody's key.
pub const NOBODY: &str = "";

pub struct Kit {
    pub client: Client,
    pub instance: Arc<Instance>,
    pub clock: Clock,
    pub address: SocketAddr,
    /// A live key of the instance with `keystead:admin`.
    pub admin: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    // The last field: it is removed when nothing uses it any more.
    dir: tempfile::TempDir,
}
impl Kit {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// With settings of its own, as `("http.public_docs", "false")`.
    pub fn with(settings: &[(&'static str, &str)]) -> Self {
        Self::with_clock(Clock::fixed(START), settings)
    }

    /// With this browser's part. Every other Kit has none, whatever was built.
    pub fn with_ui(files: Files, settings: &[(&'static str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a directory for the test");
        watch();
        let mut kit = Self::serving(files, dir, Clock::fixed(START), settings);
        kit.admin = kit.backend(&["keystead:admin"]).secret;
        kit
    }

    pub fn with_clock(clock: Clock, settings: &[(&'static str, &str)]) -> Self {
        watch();
        let dir = tempfile::tempdir().expect("a directory for the test");
        let mut kit = Self::over(dir, clock, settings);
        kit.admin = kit.backend(&["keystead:admin"]).secret;
        kit.fill();
        kit
    }

    /// The same data in a new server, at the same time of day, before any key is in memory.
    pub fn restarted(self) -> Self {
        self.restarted_with(&[])
    }

    pub fn restarted_with(mut self, settings: &[(&'static str, &str)]) -> Self {
        self.client.close();
        self.stop.take();
        self.server.take().expect("it runs").join().expect("the server ends well");
        let (clock, admin) = (self.clock.clone(), std::mem::take(&mut self.admin));
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a directory for the test"));
        drop(self);
        let settings = [&[("http.workers", "2")], settings].concat();
        let mut kit = Self::over(dir, clock, &settings);
        kit.admin = admin;
        kit
    }

    fn over(dir: tempfile::TempDir, clock: Clock, settings: &[(&'static str, &str)]) -> Self {
        Self::serving(Files::none(), dir, clock, settings)
    }

    fn serving(files: Files, dir: tempfile::TempDir, clock: Clock, settings: &[(&'static str, &str)]) -> Self {
        let data = dir.path().join("data").to_str().expect("a UTF-8 path").to_owned();
        let mut set = vec![("store.data_dir", "test", data.clone())];
        for (name, value) in [("http.listen", "127.0.0.1:0"), ("http.drain_ms", "0"), ("http.workers", "1")] {
            set.push((name, "test", value.to_owned()));
        }
        set.extend(settings.iter().map(|(name, value)| (*name, "test", (*value).to_owned())));
        let sources = Sources { flags: set, ..Sources::default() };
        let config = config::load(&sources).expect("settings").config;
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let of_server = clock.clone();
        let run = move || {
            actix_web::rt::System::new().block_on(async move {
                let lock = lock(data.as_ref());
                let instance = Instance::open(config, lock, of_server).await.expect("an instance");
                let running = http::start_with(Arc::clone(&instance), &files).expect("a server");
                ready.send((instance, running.address)).expect("the test waits");
                let handle = running.stopper();
                actix_web::rt::spawn(async move {
                    let _ = stopped.await;
                    handle.stop().await;
                });
                running.serve().await.expect("the server ends well");
            });
        };
        let server = std::thread::Builder::new().name("kit-server".into()).spawn(run).expect("a thread");
        let (instance, address) = started.recv().expect("the server starts");
        let client = Client::new(address);
        client.learn();
        let (stop, server) = (Some(stop), Some(server));
        Self { client, instance, clock, address, admin: String::new(), stop, server, dir }
    }

    /// A live key of the instance with these scopes, made as `keystead admin token` makes it.
    pub fn backend(&self, scopes: &[&str]) -> Issued {
        self.backend_in(Environment::Live, scopes, None)
    }

    pub fn backend_in(&self, environment: Environment, scopes: &[&str], expires_at: Option<i64>) -> Issued {
        let act = Act::new(Actor::cli(0), self.clock.now_ms());
        let new = BackendKey {
            name: scopes.join(" "),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            environment,
            expires_at: expires_at.map(Timestamp),
        };
        let issued = wait(self.instance.live.keys.create_backend_key(act, new)).expect("a backend key");
        let data = serde_json::to_value(&issued.key).expect("a key is JSON");
        Issued { id: issued.key.id, secret: issued.secret.expose().to_owned(), data }
    }

    /// A session of this person, as a sign-in opens it. Its token is a caller like any other.
    pub fn session(&self, user: &str) -> String {
        let id = keystead::people::UserId::parse(user).expect("a user's id");
        let act = Act::new(Actor::person(id), self.clock.now_ms());
        let opened = wait(self.instance.live.people.begin_session(act, id, None)).expect("a session");
        opened.token.expose().to_owned()
    }

    pub fn get(&self, caller: &str, path: &str) -> Answer {
        self.call(Call::new("GET", path).bearer(caller))
    }

    pub fn post(&self, caller: &str, path: &str, body: &Value) -> Answer {
        self.call(Call::new("POST", path).bearer(caller).json(body))
    }

    pub fn patch(&self, caller: &str, path: &str, body: &Value) -> Answer {
        self.call(Call::new("PATCH", path).bearer(caller).json(body))
    }

    pub fn put(&self, caller: &str, path: &str, body: &Value) -> Answer {
        self.call(Call::new("PUT", path).bearer(caller).json(body))
    }

    pub fn delete(&self, caller: &str, path: &str) -> Answer {
        self.call(Call::new("DELETE", path).bearer(caller))
    }

    pub fn call(&self, call: Call) -> Answer {
        self.client.send(call)
    }

    /// Brings all keys into memory, as the worker does after a start.
    pub fn fill(&self) {
        wait(self.instance.live.keys.fill_index()).expect("keys are read");
    }

    /// Suspends a user.
    pub fn suspend(&self, user: &str) {
        self.patch(&self.admin, &format!("/v1/users/{user}"), &serde_json::json!({ "status": "suspended" }))
            .expect(200);
    }

    /// One statement behind the server's back.
    pub fn run(&self, sql: &'static str, values: Vec<String>) -> usize {
        let job = self.instance.live.store.write(move |db| {
            let values: Vec<_> = values.iter().map(keystead::store::Val::from).collect();
            db.run(sql, &values)
        });
        wait(job).expect("the statement runs")
    }

    /// One number out of the database.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's name has one lifetime, the closure any"
    )]
    pub fn number(&self, sql: &'static str) -> i64 {
        let found = wait(self.instance.live.store.read(move |db| db.first(sql, &[], |row| row.int())));
        found.expect("the query runs").expect("a row")
    }

    pub fn events(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM events")
    }

    /// Writes what verifications counted, as the worker does once a second.
    pub fn flush(&self) {
        wait(keystead::work::flush::once(&self.instance)).expect("uses are written");
    }

    /// Removes what is past its use, as the worker does once an hour. Answers how many rows went.
    pub fn tidy(&self) -> usize {
        wait(keystead::work::tidy::once(&self.instance)).expect("rows are removed")
    }

    /// Everything that clients of this Kit were answered, headers and body.
    pub fn answers(&self) -> Vec<String> {
        self.client.answers()
    }

    /// Tells the server to stop, and does not wait for it.
    pub fn begin_to_stop(&mut self) {
        self.server = None;
        self.stop.take().expect("stopped once").send(()).expect("the server listens");
    }

    pub fn data_dir(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        self.client.close();
        self.stop.take();
        let ended = self.server.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "the server's thread panicked");
            assert_eq!(panics(), 0, "a thread of a server panicked: see above");
        }
    }
}

/// A server that was just stopped lets go of its directory when the last of its threads has ended.
fn lock(path: &std::path::Path) -> DataDir {
    let began = std::time::Instant::now();
    loop {
        match DataDir::lock(path) {
            Err(LockError::Held) if began.elapsed().as_secs() < 20 => std::thread::yield_now(),
            locked => return locked.expect("the directory is ours"),
        }
    }
}

pub fn time(ms: i64) -> String {
    Timestamp(ms).to_string()
}

/// A well-formed key that nobody ever issued.
pub fn stranger(prefix: &str) -> String {
    keystead::key::token::mint(prefix).expose().to_owned()
}

pub fn wait<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}
