//! The keys that sign. A new one is published before it signs, so that nobody meets a signature of a key that could not be known yet; a
//! former one stays published until no token of its can live.

use serde::Serialize;
use serde_json::json as details;

use super::Offline;
use super::jose::{base64url, thumbprint};
use crate::base::clock::{DAY_MS, SECOND_MS, UnixMs};
use crate::base::crypto::{self, SignKey};
use crate::base::{Error, Result, Timestamp};
use crate::config::LIFETIME_MAX_S;
use crate::event::{Act, Actor, Change, Journal};
use crate::key::Keys;
use crate::store::Conn;

/// Seconds for which whoever fetched the published keys may keep them.
pub const JWKS_MAX_AGE_S: i64 = 300;
/// A new key is published for so long before it signs: whoever keeps the list for its time knows it by then, twice over.
const AHEAD_MS: i64 = 2 * JWKS_MAX_AGE_S * SECOND_MS;
/// A former key is published for so long after its last signature: the longest life of a token, and two minutes for clocks that differ.
const BEHIND_MS: i64 = (LIFETIME_MAX_S as i64 + 120) * SECOND_MS;

/// RFC 7517, as far as RFC 8037 section 2 needs it.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Jwk {
    /// Always `OKP`.
    kty: &'static str,
    /// Always `Ed25519`.
    crv: &'static str,
    /// The public key.
    x: String,
    kid: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    usage: &'static str,
    /// Always `EdDSA`.
    alg: &'static str,
}

/// The published keys.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

/// A new key.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Rolled {
    pub kid: String,
    /// From then on it signs.
    pub signs_at: Timestamp,
    /// Former keys that are published no longer, because what they signed is not to be believed.
    pub withdrawn: Vec<String>,
}

/// One row.
#[derive(Debug)]
struct Signing {
    kid: String,
    public_key: Vec<u8>,
    sealed: Vec<u8>,
    signs_at: UnixMs,
}

/// In the order in which they sign.
fn all(db: &Conn) -> Result<Vec<Signing>> {
    db.all("SELECT kid, public_key, sealed, signs_at FROM signing_keys ORDER BY signs_at, kid", &[], |row| {
        Ok(Signing { kid: row.text()?.to_owned(), public_key: row.blob()?, sealed: row.blob()?, signs_at: row.int()? })
    })
}

/// The place of the one that signs now. Under a clock that was set back, the first.
fn current(keys: &[Signing], now: UnixMs) -> usize {
    keys.iter().rposition(|key| key.signs_at <= now).unwrap_or(0)
}

/// May what this one signed still be alive? The next ones are not asked.
fn lives(keys: &[Signing], n: usize, now: UnixMs) -> bool {
    keys.get(n + 1).is_none_or(|next| now < next.signs_at + BEHIND_MS)
}

impl Offline {
    fn make(&self, db: &Conn, now: UnixMs, signs_at: UnixMs) -> Result<String> {
        let seed = zeroize::Zeroizing::new(crypto::random::<32>());
        let key = SignKey::from_seed(&*seed).ok_or_else(|| Error::internal("a seed of 32 bytes is none"))?;
        let public = key.public();
        let kid = thumbprint(&public);
        db.run(
            "INSERT INTO signing_keys (kid, public_key, sealed, created_at, signs_at) VALUES ($1, $2, $3, $4, $5)",
            &[
                (&kid).into(),
                crate::store::Val::Blob(&public),
                crate::store::Val::Blob(&self.seal.seal(&*seed, kid.as_bytes())),
                now.into(),
                signs_at.into(),
            ],
        )?;
        Ok(kid)
    }

    fn open(&self, key: &Signing) -> Result<SignKey> {
        let seed = self.seal.open(&key.sealed, key.kid.as_bytes());
        let opened = seed.and_then(|seed| SignKey::from_seed(&seed)).filter(|own| own.public() == *key.public_key);
        opened.ok_or_else(|| Error::internal("a signing key does not open with this master key"))
    }
}

/// Tells of a new key, whoever or whatever made it.
fn tell(db: &Conn, journal: &Journal, act: &Act, rolled: &Rolled) -> Result<()> {
    let details = details!({ "signs_at": rolled.signs_at, "withdrawn": rolled.withdrawn });
    journal.append(db, act, &Change { action: "signing_key.created", subject: &rolled.kid, owner_id: None, details })
}

impl Keys {
    /// The key that signs now, with its name.
    pub(super) async fn signing_key(&self) -> Result<(String, SignKey)> {
        let now = self.clock.now_ms();
        let mut keys = self.store.read(all).await?;
        if keys.is_empty() {
            return Err(Error::internal("there is no signing key, although the start makes one"));
        }
        let key = keys.swap_remove(current(&keys, now));
        Ok((key.kid.clone(), self.offline.open(&key)?))
    }

    /// What the world may know of them.
    pub async fn published_keys(&self) -> Result<Jwks> {
        self.offline.on()?;
        let now = self.clock.now_ms();
        let keys = self.store.read(all).await?;
        let published = keys.iter().enumerate().filter(|(n, _)| lives(&keys, *n, now));
        let show = |key: &Signing| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            x: base64url(&key.public_key),
            kid: key.kid.clone(),
            usage: "sig",
            alg: "EdDSA",
        };
        Ok(Jwks { keys: published.map(|(_, key)| show(key)).collect() })
    }

    /// Makes the next key. `at_once` is for a key that somebody else may have: the new one signs from now on, and all others are forgotten,
    /// so that what they signed is refused by everybody who fetches the published keys again.
    pub async fn roll(&self, act: Act, at_once: bool) -> Result<Rolled> {
        self.offline.on()?;
        let (offline, journal) = (self.offline.clone(), self.journal.clone());
        self.store
            .write(move |db| {
                let keys = all(db)?;
                let mut withdrawn = Vec::new();
                let signs_at = if at_once { act.at } else { act.at + AHEAD_MS };
                if at_once {
                    db.run("DELETE FROM signing_keys", &[])?;
                    withdrawn = keys.into_iter().map(|key| key.kid).collect();
                } else if keys.last().is_some_and(|last| last.signs_at > act.at) {
                    return Err(Error::conflict(
                        "",
                        "the next key is published already and signs within minutes: wait for it",
                    ));
                }
                let kid = offline.make(db, act.at, signs_at)?;
                let rolled = Rolled { kid, signs_at: Timestamp(signs_at), withdrawn };
                tell(db, &journal, &act, &rolled)?;
                Ok(rolled)
            })
            .await
    }

    /// Sees to it that there is a key that signs, that it is not too old, and that those go which nobody needs any more. Answers how many rows went.
    pub async fn keep_signing_keys(&self) -> Result<usize> {
        let Ok(settings) = self.offline.on() else { return Ok(0) };
        let (now, life_ms) = (self.clock.now_ms(), i64::from(settings.roll_after_days) * DAY_MS);
        let keys = self.store.read(all).await?;
        let due = keys.last().is_none_or(|last| last.signs_at + life_ms - AHEAD_MS <= now);
        let over = (0..keys.len()).any(|n| !lives(&keys, n, now));
        if !due && !over {
            return Ok(0);
        }
        let (offline, journal) = (self.offline.clone(), self.journal.clone());
        self.store
            .write(move |db| {
                let keys = all(db)?;
                let over = (0..keys.len()).filter(|n| !lives(&keys, *n, now));
                let mut gone = 0;
                for n in over {
                    gone += db.run("DELETE FROM signing_keys WHERE kid = $1", &[(&keys[n].kid).into()])?;
                }
                if keys.last().is_none_or(|last| last.signs_at + life_ms - AHEAD_MS <= now) {
                    let signs_at = if keys.is_empty() { now } else { now + AHEAD_MS };
                    let kid = offline.make(db, now, signs_at)?;
                    let rolled = Rolled { kid, signs_at: Timestamp(signs_at), withdrawn: Vec::new() };
                    tell(db, &journal, &Act::new(Actor::configuration(), now), &rolled)?;
                }
                Ok(gone)
            })
            .await
    }
}
