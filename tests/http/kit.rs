//! The Kit: the real server on a port of its own, a fresh data directory, and a clock that stands still until a test moves it.
//!
//! Every Kit watches for panics on the server's threads and fails its test when it is dropped after one. Nothing here sleeps.

use std::future::Future;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use keystead::base::{Clock, Timestamp};
use keystead::config::{self, Environment, Sources};
use keystead::event::{Act, Actor};
use keystead::http;
use keystead::instance::Instance;
use keystead::key::BackendKey;
use keystead::store::DataDir;
use serde_json::{Value, json};

use crate::client::{Answer, Call, Client};

/// 2027-01-15T08:00:00.000Z: the time on every Kit's clock until it is moved.
pub const START: i64 = 1_800_000_000_000;

/// Nobody's key.
pub const NOBODY: &str = "";

pub struct Kit {
    client: Client,
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

/// What creating a key answered.
#[derive(Debug, Clone)]
pub struct Issued {
    pub id: String,
    pub secret: String,
    pub data: Value,
}

impl Kit {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// With settings of its own, as `("http.public_docs", "false")`.
    pub fn with(settings: &[(&'static str, &str)]) -> Self {
        watch();
        let dir = tempfile::tempdir().expect("a directory for the test");
        let data = dir.path().join("data").to_str().expect("a UTF-8 path").to_owned();
        let mut flags = vec![("store.data_dir", "test", data.clone())];
        for (name, value) in [("http.listen", "127.0.0.1:0"), ("http.drain_ms", "0"), ("http.workers", "1")] {
            flags.push((name, "test", value.to_owned()));
        }
        flags.extend(settings.iter().map(|(name, value)| (*name, "test", (*value).to_owned())));
        let sources = Sources { flags, ..Sources::default() };
        let config = config::load(&sources).expect("settings").config;
        let clock = Clock::fixed(START);
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let of_server = clock.clone();
        let run = move || {
            actix_web::rt::System::new().block_on(async move {
                let lock = DataDir::lock(data.as_ref()).expect("the directory is ours");
                let instance = Instance::open(config, lock, of_server).await.expect("an instance");
                let running = http::start(Arc::clone(&instance)).expect("a server");
                tell.send((instance, running.address)).expect("the test waits");
                let stopper = running.stopper();
                actix_web::rt::spawn(async move {
                    let _ = stopped.await;
                    stopper.stop().await;
                });
                running.serve().await.expect("the server ends well");
            });
        };
        let server = std::thread::Builder::new().name("kit-server".into()).spawn(run).expect("a thread");
        let (instance, address) = told.recv().expect("the server starts");
        let client = Client::new(address);
        client.learn();
        let (stop, server) = (Some(stop), Some(server));
        let mut kit = Self { client, instance, clock, address, admin: String::new(), stop, server, dir };
        kit.admin = kit.backend(&["keystead:admin"]).secret;
        kit
    }

    /// A live key of the instance with these scopes, made as `keystead admin token` makes it.
    pub fn backend(&self, scopes: &[&str]) -> Issued {
        self.backend_in(Environment::Live, scopes, None)
    }

    pub fn backend_in(&self, environment: Environment, scopes: &[&str], expires_at: Option<i64>) -> Issued {
        let act = Act { actor: Actor::cli(0), at: self.clock.now_ms(), request_id: None, address: None };
        let new = BackendKey {
            name: scopes.join(" "),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            environment,
            expires_at: expires_at.map(Timestamp),
        };
        let issued = wait(self.instance.keys.create_backend_key(act, new)).expect("a backend key");
        let data = serde_json::to_value(&issued.key).expect("a key is JSON");
        Issued { id: issued.key.id, secret: issued.secret.expose().to_owned(), data }
    }

    /// A new user, by external id. Answers the id.
    pub fn user(&self, external_id: &str) -> String {
        self.owner("/v1/users", json!({ "external_id": external_id }))
    }

    pub fn team(&self, name: &str) -> String {
        self.owner("/v1/teams", json!({ "name": name }))
    }

    /// A user whose keys may be given these scopes by the user's own keys.
    pub fn user_granting(&self, external_id: &str, scopes: &[&str]) -> String {
        self.owner("/v1/users", json!({ "external_id": external_id, "scopes_grantable": scopes }))
    }

    fn owner(&self, path: &str, body: Value) -> String {
        self.post(&self.admin, path, &body).expect(201).str("/data/id").to_owned()
    }

    /// A key of this owner, made by the admin. `settings` go over a description and `expires_at: null`.
    pub fn key(&self, owner: &str, settings: Value) -> Issued {
        self.key_by(&self.admin, owner, settings)
    }

    pub fn key_by(&self, caller: &str, owner: &str, settings: Value) -> Issued {
        let made = self.try_key(caller, owner, settings).expect(201);
        let (id, secret) = (made.str("/data/id").to_owned(), made.str("/data/secret").to_owned());
        Issued { id, secret, data: made.json["data"].clone() }
    }

    pub fn try_key(&self, caller: &str, owner: &str, settings: Value) -> Answer {
        let mut body = json!({ "description": "a key", "expires_at": null });
        let all = body.as_object_mut().expect("an object");
        all.extend(settings.as_object().expect("settings are an object").clone());
        self.post(caller, &keys_of(owner), &body)
    }

    /// What a verification by the admin says of this key.
    pub fn verify(&self, secret: &str) -> Value {
        self.verify_as(&self.admin, json!({ "key": secret }))
    }

    pub fn verify_as(&self, caller: &str, ask: Value) -> Value {
        self.post(caller, "/v1/api-keys/verify", &ask).expect(200).json["data"].clone()
    }

    pub fn code(&self, secret: &str) -> String {
        self.verify(secret)["code"].as_str().expect("a code").to_owned()
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

    pub fn delete(&self, caller: &str, path: &str) -> Answer {
        self.call(Call::new("DELETE", path).bearer(caller))
    }

    pub fn call(&self, call: Call) -> Answer {
        self.client.send(call)
    }

    /// Every page of a list, and how many there were.
    pub fn pages(&self, caller: &str, path: &str, limit: usize) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let answer = self.get(caller, &format!("{path}{joint}limit={limit}{cursor}")).expect(200);
            pages.push(answer.json["data"].as_array().expect("a list").clone());
            assert!(pages.len() < 100, "{path}: the pages never end");
            match answer.json["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return pages,
            }
        }
    }

    /// The ids on the first page of a list.
    pub fn ids(&self, caller: &str, path: &str) -> Vec<String> {
        self.get(caller, path).expect(200).ids()
    }

    /// Suspends an owner, which no route does yet.
    pub fn suspend(&self, owner: &str) {
        self.run("UPDATE owners SET status = 'suspended' WHERE id = $1", vec![owner.to_owned()]);
    }

    /// One statement behind the server's back.
    pub fn run(&self, sql: &'static str, values: Vec<String>) -> usize {
        let job = self.instance.store.write(move |db| {
            let values: Vec<_> = values.iter().map(Into::into).collect();
            db.run(sql, &values)
        });
        wait(job).expect("the statement runs")
    }

    /// One number out of the database.
    pub fn number(&self, sql: &'static str) -> i64 {
        let found = wait(self.instance.store.read(move |db| db.first(sql, &[], |row| row.int())));
        found.expect("the query runs").expect("a row")
    }

    pub fn events(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM events")
    }

    /// Writes what verifications counted, as the worker does once a second.
    pub fn flush(&self) {
        wait(keystead::work::flush::once(&self.instance)).expect("uses are written");
    }

    /// Everything that clients of this Kit were answered, headers and body.
    pub fn answers(&self) -> Vec<String> {
        self.client.answers()
    }

    /// Sends these bytes as they are, and reads to the answer that closes the connection.
    pub fn raw(&self, bytes: &[u8]) -> String {
        self.read(&self.write(bytes), is_last)
    }

    /// The same, and reads until the server has closed.
    pub fn raw_to_the_end(&self, bytes: &[u8]) -> String {
        self.read(&self.write(bytes), |_| false)
    }

    /// Sends these bytes and no more, as one does who goes away.
    pub fn raw_and_gone(&self, bytes: &[u8]) -> String {
        let stream = self.write(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        self.read(&stream, |_| false)
    }

    fn write(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        // A server that has already refused the head may close while we still send.
        let _ = stream.write_all(bytes);
        stream
    }

    fn read(&self, mut stream: &TcpStream, enough: impl Fn(&[u8]) -> bool) -> String {
        let (mut answer, mut piece) = (Vec::new(), [0; 16 * 1024]);
        while !enough(&answer) {
            match stream.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => answer.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("the server neither answers nor closes"),
                Err(_) => break,
            }
        }
        let text = String::from_utf8_lossy(&answer).into_owned();
        self.client.keep(text.clone());
        text
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
            assert_eq!(PANICS.load(Ordering::SeqCst), 0, "a thread of a server panicked: see above");
        }
    }
}

/// Is the last of these answers whole, and does it say that no other follows? The server may keep the connection a second longer.
fn is_last(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((_, last)) = text.rsplit_once("HTTP/1.1 ") else { return false };
    let Some((head, body)) = last.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).and_then(|n| n.parse().ok());
    head.contains("connection: close") && length.is_some_and(|length: usize| body.len() >= length)
}

/// Where an owner's keys are.
pub fn keys_of(owner: &str) -> String {
    let noun = if owner.starts_with("team_") { "teams" } else { "users" };
    format!("/v1/{noun}/{owner}/api-keys")
}

/// Where an owner is.
pub fn at(owner: &str) -> String {
    keys_of(owner).replace("/api-keys", "")
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

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// All that was logged by all servers of this process, at the finest level.
pub static LOG: Log = Log(Mutex::new(Vec::new()));

pub struct Log(Mutex<Vec<u8>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Counts panics on servers' threads, and captures the log. Tests' own threads may panic: that is how they fail.
fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            if ["actix", "store-", "kit-"].iter().any(|kind| thread.name().is_none_or(|name| name.starts_with(kind))) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            usual(panic);
        }));
        let log = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE);
        log.with_writer(|| &LOG).try_init().expect("nobody else captures the log");
    });
}
