//! The master key: read, made at the first start, and compared with the fingerprint that the database keeps. A wrong one would make
//! every key unknown and every audit event false, so nothing starts with it.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Conn, DataDir, OpenError, Store, write_private};
use crate::base::Error;
use crate::base::clock::UnixMs;
use crate::base::crypto::MasterKey;

/// The master key of this database, and the number under which the database knows it.
#[derive(Debug)]
pub struct Master {
    pub key: MasterKey,
    pub id: i64,
}

/// `named` is the operator's own file; without it the key is `master.key` in the data directory, made if the database is new.
/// `begin` runs with the first record of the key, in its transaction: what a new database must have from the start.
pub async fn load(
    store: &Store,
    dir: &DataDir,
    named: Option<&Path>,
    now: UnixMs,
    begin: impl FnOnce(&MasterKey, &Conn) -> Result<(), Error> + Send + 'static,
) -> Result<Master, OpenError> {
    let known = store
        .read(|db| {
            db.all("SELECT id, fingerprint FROM master_keys ORDER BY id", &[], |row| {
                Ok((row.int()?, row.text()?.to_owned()))
            })
        })
        .await
        .map_err(failed)?;
    let own = dir.path().join("master.key");
    let path = named.map_or_else(|| own.clone(), Path::to_owned);
    let key = match read(&path, named.is_none()) {
        Ok(key) => key,
        Err(ReadError::Missing) if named.is_none() && known.is_empty() => create(&own)?,
        Err(ReadError::Missing) => return Err(OpenError(missing(&path, named.is_some(), known.is_empty()))),
        Err(ReadError::Bad(why)) => return Err(OpenError(format!("{}: {why}", path.display()))),
    };
    let fingerprint = key.fingerprint();
    if let Some((id, _)) = known.iter().find(|(_, known)| *known == fingerprint) {
        return Ok(Master { key, id: *id });
    }
    if !known.is_empty() {
        return Err(OpenError(format!(
            "{}: this is not the master key that this database was made with, so none of its keys would verify: put the right file back, or name it with store.master_key_file. Nothing was changed.",
            path.display()
        )));
    }
    record(store, key, now, begin).await
}

/// Writes down the first master key of a new database.
pub async fn record(
    store: &Store,
    key: MasterKey,
    now: UnixMs,
    begin: impl FnOnce(&MasterKey, &Conn) -> Result<(), Error> + Send + 'static,
) -> Result<Master, OpenError> {
    let key = store
        .write(move |db| {
            db.run(
                "INSERT INTO master_keys (id, fingerprint, created_at) VALUES (1, $1, $2)",
                &[(&key.fingerprint()).into(), now.into()],
            )?;
            begin(&key, db)?;
            Ok(key)
        })
        .await
        .map_err(failed)?;
    Ok(Master { key, id: 1 })
}

enum ReadError {
    Missing,
    Bad(&'static str),
}

fn read(path: &Path, ours: bool) -> Result<MasterKey, ReadError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => zeroize::Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ReadError::Missing),
        Err(_) => return Err(ReadError::Bad("the master key file cannot be read: check its owner and mode")),
    };
    // An operator's own file (a Docker secret, a systemd credential) has the mode that its keeper gives it.
    let mode = path.metadata().map_or(0, |data| data.permissions().mode());
    if ours && mode & 0o077 != 0 {
        return Err(ReadError::Bad(
            "others than its owner may read the master key: run chmod 600 on it, and think about who could have",
        ));
    }
    MasterKey::from_hex(text.trim_ascii()).ok_or(ReadError::Bad(
        "this is not a master key (64 hexadecimal digits): put the right file back; `head -c 32 /dev/urandom | xxd -p -c 64` makes a new one for a new data directory",
    ))
}

fn create(path: &Path) -> Result<MasterKey, OpenError> {
    let key = MasterKey::generate();
    let mut text = key.to_hex();
    text.push('\n');
    write_private(path, text.as_bytes())
        .map_err(|error| OpenError(format!("{}: the master key cannot be written: {error}", path.display())))?;
    Ok(key)
}

fn missing(path: &Path, named: bool, new: bool) -> String {
    let path = path.display();
    if named && new {
        format!(
            "{path}: the master key file named in store.master_key_file is missing: make it with `head -c 32 /dev/urandom | xxd -p -c 64`, and keep a copy apart from the backups"
        )
    } else {
        format!(
            "{path}: the master key of this database is missing, and without it none of its keys verifies: put the file back from where you keep its copy. No new one was made."
        )
    }
}

fn failed(error: Error) -> OpenError {
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    OpenError(format!("the database could not be used: {error} {source}"))
}
