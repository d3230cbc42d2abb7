//! What a report of a leak meets, and ends: a key by its current secret, or one former secret of a key that goes on. Runs in the caller's
//! job, which records the leak; never touches when a key was last used, and never a public key.

use serde_json::json as details;

use super::fill::publish;
use super::{Keys, RevokedReason, Status, status};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::event::{Act, Change};
use crate::store::{Conn, Row};

/// A secret that somebody says they found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four answers to four questions")]
pub struct Exposed {
    pub key_id: String,
    pub owner_id: String,
    pub is_public: bool,
    /// A former secret of a key that was rotated.
    pub former: bool,
    /// Its hash came from another system, where others may hold it.
    pub imported: bool,
    /// It is good for nothing any more, whatever happens to its key. A key that has expired is not over: it may be given a later expiry.
    pub ended: bool,
    status: Status,
}

impl Keys {
    /// What a secret that is shown is looked up by; `None` where it can be nobody's here.
    pub fn digest_of_secret(&self, text: &str) -> Option<Digest> {
        self.credential(text)
    }

    /// The same of its SHA-256.
    pub fn digest_of_hash(&self, sha256: &Digest) -> Digest {
        self.pepper.digest(sha256)
    }

    /// The master key that digests are made with now.
    pub fn pepper_id(&self) -> i64 {
        self.pepper.id
    }

    /// Ends the secret, and with a current one its key, for the next verification after the commit. `leak` is the leak's id, for the event.
    /// Answers whether it was this call that ended it.
    pub(crate) fn end_leaked(
        &self,
        db: &Conn,
        act: &Act,
        exposed: &Exposed,
        digest: &Digest,
        leak: &str,
    ) -> Result<bool> {
        if exposed.is_public {
            return Err(Error::internal("a public key is not ended by a leak"));
        }
        let ended = if exposed.former { end_former(db, act, digest)? } else { revoke(db, act, digest)? };
        publish(db, &self.index, &exposed.key_id)?;
        let Some(last_four) = ended else { return Ok(false) };
        let (action, details) = if exposed.former {
            ("key.secret_ended", details!({ "reason": RevokedReason::Leaked, "leak": leak, "last_four": last_four }))
        } else {
            let (before, after) = (exposed.status, Status::Revoked);
            (
                "key.revoked",
                details!({ "reason": RevokedReason::Leaked, "leak": leak, "before": { "status": before }, "after": { "status": after } }),
            )
        };
        let change = Change { action, subject: &exposed.key_id, owner_id: Some(&exposed.owner_id), details };
        self.journal.append(db, act, &change)?;
        Ok(true)
    }
}

fn revoke(db: &Conn, act: &Act, digest: &Digest) -> Result<Option<String>> {
    db.first(
        "UPDATE keys SET revoked_at = $2, revoked_reason = $3, version = version + 1
         WHERE digest = $1 AND revoked_at IS NULL AND is_public = 0 RETURNING last_four",
        &[digest.into(), act.at.into(), RevokedReason::Leaked.as_str().into()],
        |row| row.text().map(str::to_owned),
    )
}

fn end_former(db: &Conn, act: &Act, digest: &Digest) -> Result<Option<String>> {
    let ended = db.first(
        "UPDATE superseded_secrets SET ends_at = $2, leaked_at = $2 WHERE digest = $1 AND ends_at > $2 RETURNING last_four",
        &[digest.into(), act.at.into()],
        |row| row.text().map(str::to_owned),
    )?;
    if ended.is_some() {
        // The key shows its former secret, so it is another one now.
        db.run(
            "UPDATE keys SET version = version + 1 WHERE id = (SELECT key_id FROM superseded_secrets WHERE digest = $1)",
            &[digest.into()],
        )?;
    }
    Ok(ended)
}

impl Exposed {
    /// Whose secret this is, at the time of the act.
    pub(crate) fn find(db: &Conn, act: &Act, digest: &Digest) -> Result<Option<Self>> {
        let current = db.first(
            "SELECT id, owner_id, is_public, enabled, expires_at, revoked_at, origin, NULL FROM keys WHERE digest = $1",
            &[digest.into()],
            |row| Self::read(row, act.at),
        )?;
        if current.is_some() {
            return Ok(current);
        }
        db.first(
            "SELECT k.id, k.owner_id, k.is_public, k.enabled, k.expires_at, k.revoked_at, p.origin, p.ends_at
             FROM superseded_secrets p JOIN keys k ON k.id = p.key_id WHERE p.digest = $1",
            &[digest.into()],
            |row| Self::read(row, act.at),
        )
    }

    fn read(row: &Row<'_, '_>, now: UnixMs) -> Result<Self> {
        let (key_id, owner_id) = (row.text()?.to_owned(), row.text()?.to_owned());
        let (is_public, enabled, expires_at) = (row.flag()?, row.flag()?, row.opt_int()?);
        let revoked = row.opt_int()?.is_some();
        let imported = row.opt_text()?.is_some();
        let superseded_until = row.opt_int()?;
        Ok(Self {
            key_id,
            owner_id,
            is_public,
            former: superseded_until.is_some(),
            imported,
            ended: revoked || superseded_until.is_some_and(|until| now >= until),
            status: status(revoked, enabled, expires_at, now),
        })
    }
}

#[cfg(test)]
impl Exposed {
    /// Of an active key of the instance.
    pub(crate) fn for_tests([is_public, former, imported, ended]: [bool; 4]) -> Self {
        let (key_id, owner_id) = (String::new(), "instance".to_owned());
        Self { key_id, owner_id, is_public, former, imported, ended, status: Status::Active }
    }
}
