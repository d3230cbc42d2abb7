//! The ceiling: what this machine and this framework can do at most. A bare handler that parses the same body, does one SHA-256 and one
//! look-up in a hash map, and serialises the same answer with the same headers. No caller, no middleware, no store, and nothing counted:
//! where Keystead says how much is left of a limit, this says a number of the same length. A process of its own.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{App, HttpResponse, HttpServer, web};
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use crate::{Outcome, seed};

#[derive(Debug, clap::Args)]
pub struct Ceiling {
    data_dir: PathBuf,
    listen: SocketAddr,
}

#[derive(Deserialize)]
struct Ask<'a> {
    key: &'a str,
    ip: IpAddr,
    #[serde(borrow)]
    scopes: Vec<&'a str>,
}

#[derive(Serialize)]
struct Success<'a> {
    success: bool,
    data: Verified<'a>,
}

#[derive(Serialize)]
struct Verified<'a> {
    valid: bool,
    code: &'static str,
    revoked_reason: Option<&'static str>,
    key: Option<&'a Key>,
    owner: Option<&'a Owner>,
    missing_scopes: Vec<&'a str>,
    retry_after_ms: Option<u64>,
    credits_remaining: Option<i64>,
    rate_limits: &'static [Level],
}

#[derive(Serialize)]
struct Key {
    id: Box<str>,
    name: Box<str>,
    environment: Box<str>,
    is_public: bool,
    prefix: Box<str>,
    last_four: Box<str>,
    status: &'static str,
    expires_at: Option<Box<str>>,
    scopes: Vec<Box<str>>,
    roles: Vec<Box<str>>,
}

#[derive(Serialize)]
struct Owner {
    r#type: Box<str>,
    id: Box<str>,
    external_id: Option<Box<str>>,
    name: Box<str>,
}

#[derive(Serialize)]
struct Level {
    name: &'static str,
    of: &'static str,
    limit: u32,
    remaining: u32,
    reset_ms: u64,
}

/// Where the one limit of every seeded key stands after the first use in a while.
static LEVEL: [Level; 1] =
    [Level { name: seed::LIMIT_NAME, of: "key", limit: seed::LIMIT, remaining: seed::LIMIT - 1, reset_ms: 1 }];

type Known = HashMap<[u8; 32], (Key, Arc<Owner>)>;

impl Ceiling {
    pub fn run(self) -> Outcome<()> {
        let known = web::Data::new(read(&self.data_dir)?);
        let app = move || App::new().app_data(known.clone()).route("/v1/api-keys/verify", web::post().to(verify));
        // As many workers as Keystead has: the framework's default, one a processor. The same patience with connections, too.
        let server = HttpServer::new(app)
            .keep_alive(Duration::from_secs(75))
            .client_request_timeout(Duration::from_secs(5))
            .bind(self.listen)?;
        Ok(actix_web::rt::System::new().block_on(server.run())?)
    }
}

async fn verify(body: web::Bytes, known: web::Data<Known>) -> HttpResponse {
    let Ok(ask) = serde_json::from_slice::<Ask<'_>>(&body) else { return HttpResponse::BadRequest().finish() };
    let found = known.get(digest(&SHA256, ask.key.as_bytes()).as_ref());
    let (code, revoked_reason) = match found {
        None => ("not_found", None),
        Some((key, _)) if key.status == "revoked" => ("revoked", Some("manual")),
        Some((key, _)) if !ask.scopes.iter().all(|scope| key.scopes.iter().any(|held| **held == **scope)) => {
            ("insufficient_scope", None)
        }
        Some(_) if ask.ip.is_loopback() => ("ip_denied", None),
        Some(_) => ("valid", None),
    };
    let valid = code == "valid";
    let data = Verified {
        valid,
        code,
        revoked_reason,
        key: found.map(|(key, _)| key),
        owner: found.map(|(_, owner)| &**owner),
        missing_scopes: Vec::new(),
        retry_after_ms: None,
        credits_remaining: None,
        rate_limits: if valid { &LEVEL } else { &[] },
    };
    let mut text = Vec::with_capacity(1024);
    if serde_json::to_writer(&mut text, &Success { success: true, data }).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    let mut response = HttpResponse::Ok().body(text);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What Keystead sends with every answer; that names and lengths agree is checked before the load.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "application/json"),
    (HeaderName::from_static("x-request-id"), "req_0000000000000000"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

fn read(data_dir: &Path) -> Outcome<Known> {
    let hashes = std::fs::read(seed::hashes(data_dir))?;
    #[expect(clippy::disallowed_methods, reason = "the bench reads and seeds behind the server's back")]
    let db = Connection::open_with_flags(seed::database(data_dir), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut known = HashMap::with_capacity(hashes.len() / 32);
    let mut owner = Arc::new(Owner { r#type: "".into(), id: "".into(), external_id: None, name: "".into() });
    let mut statement = db.prepare(
        "SELECT k.id, k.name, k.environment, k.is_public, k.prefix, k.last_four, k.revoked_at IS NULL, k.scopes,
                o.id, o.type, o.external_id, o.name
         FROM keys k JOIN owners o ON o.id = k.owner_id WHERE o.type = 'user' ORDER BY k.rowid",
    )?;
    let mut rows = statement.query([])?;
    for hash in hashes.chunks_exact(32) {
        let row = rows.next()?.ok_or("there are fewer keys than hashes of keys")?;
        let key = Key {
            id: row.get(0)?,
            name: row.get(1)?,
            environment: row.get(2)?,
            is_public: row.get(3)?,
            prefix: row.get(4)?,
            last_four: row.get(5)?,
            status: if row.get(6)? { "active" } else { "revoked" },
            expires_at: None,
            scopes: serde_json::from_str(&row.get::<_, String>(7)?)?,
            roles: Vec::new(),
        };
        let owner_id: Box<str> = row.get(8)?;
        if owner_id != owner.id {
            owner =
                Arc::new(Owner { r#type: row.get(9)?, id: owner_id, external_id: row.get(10)?, name: row.get(11)? });
        }
        known.insert(hash.try_into().expect("a chunk of 32 bytes"), (key, Arc::clone(&owner)));
    }
    Ok(known)
}
