//! A data directory with many keys, in seconds. The library makes the directory, the master key and the backend keys; the rest goes
//! into the tables by hand, with the right digests. The audit chain is bypassed: a million seeded keys have no events, which nothing
//! that is measured here reads.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use keystead::base::crypto::MasterKey;
use keystead::base::{Clock, Secret};
use keystead::config::{self, Config, Environment, Sources};
use keystead::event::{Act, Actor};
use keystead::instance::Instance;
use keystead::key::token::{self, Pepper, Reader};
use keystead::key::{BackendKey, KeyId};
use keystead::people::{UserId, scope};
use keystead::store::DataDir;
use rusqlite::{Connection, OpenFlags, params};

use crate::{Outcome, go_on};

/// The scope that every seeded key has and every request asks for.
pub const SCOPE: &str = "invoices:read";
/// The address that every request says, and the network that every seeded key is bound to.
pub const ADDRESS: &str = "203.0.113.9";
const NETWORK: &str = "203.0.113.0/24";
/// The rate limit of every seeded key, in a day: so high that the load never meets it.
pub const LIMIT_NAME: &str = "default";
pub const LIMIT: u32 = 1_000_000;
/// Keys whose text is kept for the load: more than the caches of a processor hold.
const SAMPLE_MAX: u32 = 200_000;
const KEYS_PER_USER: u32 = 10;
/// Of so many keys one is revoked, and for each of those an unknown one is asked for: 18 valid, 1 revoked, 1 unknown of 20 questions.
const REVOKED_EVERY: u32 = 19;

#[derive(Debug)]
pub struct Seed {
    pub keys: u32,
    /// The directory of this seed alone, with all that follows.
    pub home: PathBuf,
    pub data_dir: PathBuf,
    /// Texts of keys from the whole range, one a line: 90 % valid, 5 % revoked, 5 % that nobody has.
    pub sample: PathBuf,
    /// Some of the sample with what is to be said of them, for questions asked directly. The first is valid.
    pub few: Vec<(String, &'static str)>,
    /// A backend key that may only verify.
    pub verifier: Secret,
    /// A backend key that may create keys.
    pub writer: Secret,
    /// Some owners.
    pub users: Vec<String>,
}

/// SHA-256 of every seeded key, 32 bytes each, in the order of the rows: from the database alone nobody could make them.
pub fn hashes(data_dir: &Path) -> PathBuf {
    data_dir.with_file_name("hashes")
}

pub fn database(data_dir: &Path) -> PathBuf {
    data_dir.join("keystead.db")
}

pub fn seed(home: &Path, keys: u32) -> Outcome<Seed> {
    let began = Instant::now();
    let home = tempfile::Builder::new().prefix("seed-").tempdir_in(home)?.keep();
    let data_dir = home.join("data");
    let flag =
        ("store.data_dir", "--data-dir", data_dir.to_str().ok_or("the target directory is not UTF-8")?.to_owned());
    let config = config::load(&Sources { flags: vec![flag], ..Sources::default() })?.config;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (verifier, writer) = runtime.block_on(backend_keys(config.clone(), &data_dir))?;
    let mut seed = Seed {
        keys,
        sample: home.join("sample"),
        home,
        data_dir,
        few: Vec::new(),
        verifier,
        writer,
        users: Vec::new(),
    };
    fill(&mut seed, &config)?;
    eprintln!("bench: {keys} keys stored in {:.1} s", began.elapsed().as_secs_f64());
    Ok(seed)
}

/// Opens the instance as a first start does, and closes it again.
async fn backend_keys(config: Config, data_dir: &Path) -> Outcome<(Secret, Secret)> {
    let clock = Clock::system();
    let instance = Instance::open(config, DataDir::lock(data_dir)?, clock.clone()).await?;
    let mut secrets = Vec::new();
    for scope in [scope::VERIFY, scope::KEYS_WRITE] {
        let act = Act::new(Actor::configuration(), clock.now_ms());
        let new = BackendKey {
            name: "bench".into(),
            scopes: vec![scope.into()],
            environment: Environment::Live,
            expires_at: None,
        };
        secrets.push(instance.live.keys.create_backend_key(act, new).await?.secret);
    }
    let [verifier, writer] = <[Secret; 2]>::try_from(secrets).expect("one for each scope");
    Ok((verifier, writer))
}

fn fill(seed: &mut Seed, config: &Config) -> Outcome<()> {
    let master = std::fs::read_to_string(seed.data_dir.join("master.key"))?;
    let master = MasterKey::from_hex(master.trim_ascii()).ok_or("master.key is not a master key")?;
    let file = database(&seed.data_dir);
    #[expect(clippy::disallowed_methods, reason = "the bench reads and seeds behind the server's back")]
    let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Nobody else has it open, and a crash here costs a temporary directory. The server sets the log's mode anew.
    db.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN;")?;
    let pepper_id = db.query_row("SELECT id FROM master_keys", [], |row| row.get(0))?;
    let pepper = Pepper::new(&master, pepper_id);
    let reader = Reader::new(&config.keys.prefixes);
    let prefix = config.keys.prefixes.for_new(Environment::Live, false);
    let stride = seed.keys.div_ceil(SAMPLE_MAX);
    let mut hashes = BufWriter::new(File::create(hashes(&seed.data_dir))?);
    let mut sample = Vec::new();
    let mut user = String::new();
    for n in 0..seed.keys {
        if n % KEYS_PER_USER == 0 {
            go_on()?;
            user = insert_user(&db, n / KEYS_PER_USER)?;
            if seed.users.len() < 64 {
                seed.users.push(user.clone());
            }
        }
        let secret = token::mint(prefix);
        let token = reader.parse(secret.expose()).ok_or("a minted key is not well formed")?;
        let sha256 = token.sha256();
        let revoked = n / stride % REVOKED_EVERY == REVOKED_EVERY - 1;
        let now = Clock::system().now_ms();
        db.prepare_cached(
            "INSERT INTO keys (id, owner_id, created_by, name, environment, is_public, enabled, scopes, metadata, prefix,
                               last_four, digest, pepper_id, created_at, secret_created_at, revoked_at, revoked_reason,
                               restrictions, rate_limits)
             VALUES (?1, ?2, 'configuration', ?3, 'live', 0, 1, ?4, '{}', ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            KeyId::new(now).to_string(),
            user,
            format!("key {n:08}"),
            format!("[\"{SCOPE}\"]"),
            prefix,
            token.last_four(),
            pepper.digest(&sha256),
            pepper.id,
            now,
            revoked.then_some(now),
            revoked.then_some("manual"),
            format!("{{\"ips\":[\"{NETWORK}\"],\"referrers\":[],\"endpoints\":[]}}"),
            format!("[{{\"name\":\"{LIMIT_NAME}\",\"limit\":{LIMIT},\"window_s\":86400,\"burst\":{LIMIT},\"auto\":true}}]"),
        ])?;
        hashes.write_all(&sha256)?;
        if n % stride == 0 {
            sample.push((secret.expose().to_owned(), if revoked { "revoked" } else { "valid" }));
            if revoked {
                sample.push((token::mint(prefix).expose().to_owned(), "not_found"));
            }
        }
    }
    db.execute_batch("COMMIT")?;
    db.close().map_err(|(_, error)| error)?;
    // Written now, so that the measurements do not pay for it.
    File::open(&file)?.sync_all()?;
    hashes.into_inner()?.sync_all()?;
    // By their random text: an order that follows neither the rows nor the index of digests.
    sample.sort_unstable();
    let texts: Vec<&str> = sample.iter().map(|(text, _)| text.as_str()).collect();
    std::fs::write(&seed.sample, texts.join("\n") + "\n")?;
    for (code, most) in [("valid", 18), ("revoked", 2), ("not_found", 2)] {
        seed.few.extend(sample.iter().filter(|(_, said)| *said == code).take(most).cloned());
    }
    Ok(())
}

fn insert_user(db: &Connection, n: u32) -> Outcome<String> {
    let now = Clock::system().now_ms();
    let id = UserId::new(now).to_string();
    db.prepare_cached(
        "INSERT INTO owners (id, type, external_id, name, status, scopes_grantable, metadata, created_at)
         VALUES (?1, 'user', ?2, ?3, 'active', '[]', '{}', ?4)",
    )?
    .execute(params![id, format!("user-{n:08}"), format!("User {n:08}"), now])?;
    db.prepare_cached("INSERT INTO users (id) VALUES (?1)")?.execute([&id])?;
    Ok(id)
}
