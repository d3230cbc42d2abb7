//! Where a test happens: Keystead, an application that writes down what reaches it, and nginx or Caddy between it and the client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::binary::{Guard, PATIENCE, Server, home, keystead, program, text, until};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    Nginx,
    Caddy,
}

const SECRET: &str = "a-secret-of-the-tests";

pub struct Place {
    pub server: Server,
    pub owner: String,
    gateway: SocketAddr,
    /// The same gateway, asking for `a:read` besides.
    scoped: SocketAddr,
    reached: Arc<Mutex<Vec<Reached>>>,
    _processes: Vec<Guard>,
    data: PathBuf,
    // Last: it is removed when nothing uses it any more.
    _home: tempfile::TempDir,
}

/// A request as the application got it.
#[derive(Debug, Clone)]
pub struct Reached {
    /// Method and path, and a space.
    pub line: String,
    pub head: String,
}

impl Reached {
    /// Every value of this header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        values(&self.head, name).collect()
    }
}

/// What the client was answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    head: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.head, name).next()
    }
}

fn values<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let pairs = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    pairs.filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

impl Place {
    pub fn set(product: Product) -> Self {
        let (home, data) = home();
        let server = start(&data, free_port(), SECRET);
        let (application, reached) = application();
        let (gateway, scoped) = (free_port(), free_port());
        let processes = [(gateway, ""), (scoped, "?scope=a:read")].map(|(at, query)| {
            let folder = home.path().join(at.port().to_string());
            launch(product, &folder, &Addresses { at, keystead: server.address, application }, query)
        });
        let made = server.post("/v1/users", &json!({ "external_id": "maya", "name": "Maya" }));
        let owner = made.data()["id"].as_str().expect("an id").to_owned();
        for at in [gateway, scoped] {
            until(PATIENCE, "the gateway listens", || TcpStream::connect(at).ok());
        }
        Self { server, owner, gateway, scoped, reached, _processes: processes.into(), data, _home: home }
    }

    /// A key of Maya's: its id and its secret.
    pub fn key(&self, settings: Value) -> (String, String) {
        self.key_at(&format!("/v1/users/{}/api-keys", self.owner), settings)
    }

    /// The secret of a key of a team, which has no external id.
    pub fn team_key(&self) -> String {
        let made = self.server.post("/v1/teams", &json!({ "name": "Acme" }));
        self.key_at(&format!("/v1/teams/{}/api-keys", made.data()["id"].as_str().expect("an id")), json!({})).1
    }

    fn key_at(&self, path: &str, settings: Value) -> (String, String) {
        let mut body = json!({ "description": "made by a test", "expires_at": null });
        body.as_object_mut().expect("an object").extend(settings.as_object().expect("an object").clone());
        let made = self.server.post(path, &body);
        let text = |field: &str| made.data()[field].as_str().expect("text").to_owned();
        (text("id"), text("secret"))
    }

    /// Sends this head, and this behind it.
    pub fn send(&self, head: &str, body: &str) -> Reply {
        send(self.gateway, head, body)
    }

    /// The same where a key needs `a:read`.
    pub fn send_scoped(&self, head: &str) -> Reply {
        send(self.scoped, head, "")
    }

    /// What reached the application since it was last asked for.
    pub fn reached(&self) -> Vec<Reached> {
        std::mem::take(&mut *self.reached.lock().expect("no application panics"))
    }

    pub fn stop(&mut self, signal: Signal) {
        self.server.signal(signal);
        until(PATIENCE, "the server ends", || self.server.has_ended());
    }

    pub fn start_again(&mut self) {
        self.server = start(&self.data, self.server.address, SECRET);
    }

    /// Keystead comes back and knows another secret than the gateway.
    pub fn change_secret(&mut self) {
        self.stop(Signal::KILL);
        self.server = start(&self.data, self.server.address, "another-secret-of-the-tests");
    }
}

fn start(data: &Path, at: SocketAddr, secret: &str) -> Server {
    let mut command = keystead(["serve", "--listen", &at.to_string(), "--data-dir", text(data)]);
    command.env("KEYSTEAD_LOG__FORMAT", "json").env("KEYSTEAD_HTTP__WORKERS", "2");
    command.env("KEYSTEAD_GATEWAY__NGINX__SECRET", secret).env("KEYSTEAD_GATEWAY__CADDY__SECRET", secret);
    Server::launch(command, data).expect("the server starts")
}

/// An address that nobody listens on now.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

struct Addresses {
    at: SocketAddr,
    keystead: SocketAddr,
    application: SocketAddr,
}

/// Starts the gateway with the packaged configuration: only addresses and the secret are another, and it asks for `query` besides.
fn launch(product: Product, folder: &Path, addresses: &Addresses, query: &str) -> Guard {
    std::fs::create_dir(folder).expect("a folder");
    let (name, listen, path) = match product {
        Product::Nginx => ("nginx.conf", "listen 80;", "/v1/forward-auth/nginx;"),
        Product::Caddy => ("Caddyfile", ":80 {", "/v1/forward-auth/caddy?"),
    };
    let packaged = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/gateways").join(name);
    let mut config = std::fs::read_to_string(packaged).expect("a packaged configuration");
    let listen_here = match product {
        Product::Nginx => format!("listen {};", addresses.at),
        Product::Caddy => format!("http://:{} {{\n\tbind 127.0.0.1", addresses.at.port()),
    };
    let path_here = format!("{}{query}{}", &path[..path.len() - 1], if product == Product::Nginx { ";" } else { "" });
    let path_here = if query.is_empty() { path.to_owned() } else { path_here };
    for (packaged, here) in [
        ("127.0.0.1:7300", addresses.keystead.to_string().as_str()),
        ("127.0.0.1:8080", &addresses.application.to_string()),
        (listen, &listen_here),
        ("CHANGE-this-secret", SECRET),
        (path, &path_here),
    ] {
        assert_eq!(config.matches(packaged).count(), 1, "{name}: {packaged}");
        config = config.replace(packaged, here);
    }
    let file = folder.join(name);
    std::fs::write(&file, &config).expect("written");
    let command = match product {
        Product::Nginx => {
            // What is around conf.d/ on a machine.
            let main = folder.join("main.conf");
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|of| format!("{of}_temp_path {of};\n"))
                .concat();
            let around = format!(
                "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}include nginx.conf;\n}}\n"
            );
            std::fs::write(&main, around).expect("written");
            let mut command = program("nginx");
            command.args(["-e", "stderr", "-p", text(folder), "-c", text(&main)]);
            command
        }
        Product::Caddy => {
            std::fs::write(&file, format!("{{\n\tadmin off\n\tauto_https off\n}}\n{config}")).expect("written");
            let mut command = program("caddy");
            command.env("HOME", folder).args(["run", "--adapter", "caddyfile", "--config", text(&file)]);
            command
        }
    };
    let mut command = command;
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    command.stdout(log.try_clone().expect("a log")).stderr(log);
    Guard(command.spawn().unwrap_or_else(|error| {
        panic!("{product:?} is needed for these tests ({error}): `make test` installs it where apt-get can; else install nginx and caddy by hand")
    }))
}

/// An application that answers everything with 200, and writes down what it got.
fn application() -> (SocketAddr, Arc<Mutex<Vec<Reached>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let reached = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reached);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || serve_one(stream, &seen));
        }
    });
    (address, reached)
}

/// One request a connection. Its body is read as far as it came with the head.
fn serve_one(mut stream: TcpStream, seen: &Mutex<Vec<Reached>>) {
    let Some(head) = read_head(&mut stream) else { return };
    let line = head.lines().next().unwrap_or_default();
    let line = line.strip_suffix("HTTP/1.1").unwrap_or(line).to_owned();
    seen.lock().expect("no application panics").push(Reached { line, head });
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // What is left of a body is read, or closing would reset the answer.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

fn read_head(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            return Some(String::from_utf8_lossy(&bytes[..end]).into_owned());
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
        }
    }
}

fn send(to: SocketAddr, head: &str, body: &str) -> Reply {
    let mut stream = TcpStream::connect(to).expect("the gateway accepts");
    let close = if head.contains("\r\nConnection:") { "" } else { "Connection: close\r\n" };
    stream.write_all(format!("{head}Host: application.example\r\n{close}\r\n{body}").as_bytes()).expect("sent");
    let head = read_head(&mut stream).expect("the gateway answers");
    let status = head.get(9..12).and_then(|digits| digits.parse().ok()).expect("a status");
    Reply { status, head }
}
