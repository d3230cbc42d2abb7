//! The second factor: codes of an authenticator app, and recovery codes for when the app is lost.
//!
//! 1. A code is taken once: the row keeps the step of the last one, a recovery code is marked as used, each by a guarded statement.
//! 2. A wrong code is counted in a transaction of its own, which a failed sign-in does not take back; enough of them lock, with back-off.
//! 3. Recovery codes have 120 random bits, so a keyed hash keeps them (OWASP ASVS 5.0, 6.5.2), and no lock has to stop guessing: whoever
//!    is locked out by somebody else's attempts still gets in with one.

use serde::Serialize;
use serde_json::json as details;
use zeroize::Zeroizing;

use super::session::SessionId;
use super::{People, Power, Role, UserId, record, totp};
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::base::crypto::{self, Digest, HmacKey, MasterKey, SealKey};
use crate::base::{Error, Result, Secret};
use crate::event::{Act, Journal};
use crate::store::Conn;

/// Recovery codes of one person.
const RECOVERY_CODES: usize = 10;
/// Bytes of one: 120 bits, 24 digits.
const RECOVERY_LEN: usize = 15;
/// Crockford's digits: no letter that is taken for a figure.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Wrong codes in a row that cost nothing: slips, and an app whose clock is off.
const FREE_FAILURES: i64 = 4;
/// The first lock. Each further wrong code doubles it.
const LOCK_MS: i64 = 30 * SECOND_MS;
/// The longest lock. Someone who has the password then guesses 24 times a day at three codes of a million: 7 in 100,000 a day.
const LOCK_MAX_MS: i64 = 3600 * SECOND_MS;
/// Characters of what may still be a code, with the spaces and hyphens that people leave in.
const CODE_MAX: usize = 64;

const ASKED: &str = "the password is right; now send the code of your authenticator app, or a recovery code, as code";

/// What secrets of apps are sealed with, and recovery codes are kept under.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    seal: SealKey,
    recovery: HmacKey,
}

impl Keys {
    pub(super) fn new(master: &MasterKey) -> Self {
        Self {
            seal: master.derive_seal("keystead/second-factor/v1"),
            recovery: master.derive("keystead/recovery-codes/v1"),
        }
    }

    fn open(&self, user: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.seal
            .open(sealed, user.as_bytes())
            .ok_or_else(|| Error::internal("a second factor was not sealed with this master key for this person"))
    }

    /// The same code of two people is kept as two digests.
    fn digest(&self, user: &str, code: &str) -> Digest {
        self.recovery.sign(format!("{user}/{code}").as_bytes())
    }
}

/// A secret at the one moment when it is shown.
#[derive(Debug)]
pub struct Enrolment {
    /// In base32, as apps take it.
    pub secret: Secret,
    /// The same as an `otpauth://` URL, for a QR code.
    pub otpauth_url: Secret,
}

/// Has a person a second factor?
#[derive(Debug, Clone, Copy, Serialize, schemars::JsonSchema)]
pub struct SecondFactor {
    /// Is a code asked for at sign-in?
    pub on: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: i64,
}

/// What a code turned out to be. Data, not an error: the job that counts a wrong one must commit.
enum Proof {
    NotNeeded,
    Right,
    Wrong,
    Locked { until: UnixMs },
}

impl People {
    pub async fn second_factor(&self, user: UserId) -> Result<SecondFactor> {
        let user = user.to_string();
        self.store.read(move |db| state(db, &user)).await
    }

    /// A new secret, which counts from the first code on ([`People::confirm_second_factor`]). Replaces one that never had a code.
    /// `issuer` names this instance in the app.
    pub async fn begin_second_factor(&self, act: Act, user: UserId, issuer: &str) -> Result<Enrolment> {
        let secret = Zeroizing::new(crypto::random::<{ totp::SECRET_LEN }>());
        let (id, journal) = (user.to_string(), self.journal.clone());
        let sealed = self.factors.seal.seal(&*secret, id.as_bytes());
        let account = self.user(user).await?;
        let account = account.email.unwrap_or(account.name);
        self.store
            .write(move |db| {
                db.first(
                    "INSERT INTO second_factors (user_id, secret, last_step, failures) VALUES ($1, $2, 0, 0)
                     ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret
                       WHERE second_factors.confirmed_at IS NULL RETURNING user_id",
                    &[(&id).into(), (&sealed).into()],
                    |_| Ok(()),
                )?
                .ok_or_else(|| {
                    Error::conflict("", "a second factor is on already: switch it off before you set up another")
                })?;
                record(&journal, db, &act, "second_factor.begun", &id, details!({}))
            })
            .await?;
        Ok(Enrolment {
            secret: Secret::new(totp::base32(&*secret)),
            otpauth_url: Secret::new(totp::url(&*secret, issuer, &account)),
        })
    }

    /// Switches the second factor on with a first code out of the app. Answers the recovery codes, and ends all sessions but `keep`.
    pub async fn confirm_second_factor(
        &self,
        act: Act,
        user: UserId,
        keep: SessionId,
        code: Secret,
    ) -> Result<Vec<Secret>> {
        let (keys, journal, id) = (self.factors.clone(), self.journal.clone(), user.to_string());
        self.store
            .write(move |db| {
                let sealed = db.first(
                    "SELECT secret FROM second_factors WHERE user_id = $1 AND confirmed_at IS NULL",
                    &[(&id).into()],
                    |row| row.blob(),
                )?;
                let nothing =
                    || Error::conflict("", "there is nothing to confirm: begin with POST /v1/me/second-factor");
                let secret = keys.open(&id, &sealed.ok_or_else(nothing)?)?;
                let step = totp::step_of(&secret, &canonical(code.expose()), act.at).ok_or_else(|| {
                    Error::refused(
                        "/code",
                        "is not the app's code now: wait for the next one; is the clock right there?",
                    )
                })?;
                db.first(
                    "UPDATE second_factors SET confirmed_at = $2, last_step = $3, failures = 0, last_failure_at = NULL
                     WHERE user_id = $1 AND confirmed_at IS NULL RETURNING user_id",
                    &[(&id).into(), act.at.into(), step.into()],
                    |_| Ok(()),
                )?
                .ok_or_else(nothing)?;
                let codes = renew(db, &keys, &id)?;
                end_sessions(db, &id, Some(keep))?;
                record(&journal, db, &act, "second_factor.enabled", &id, details!({}))?;
                Ok(codes)
            })
            .await
    }

    /// Switches the second factor off, or forgets one that was never confirmed. Ends all sessions but `keep`.
    pub async fn remove_second_factor(&self, act: Act, user: UserId, keep: Option<SessionId>) -> Result<()> {
        let (id, journal) = (user.to_string(), self.journal.clone());
        self.store.write(move |db| remove(db, &journal, &act, &id, keep)).await
    }

    /// The same for somebody who has lost theirs. Ends all of their sessions. For an admin's account, only an admin does it.
    pub async fn reset_second_factor(&self, act: Act, power: Power, user: UserId) -> Result<()> {
        let (id, journal) = (user.to_string(), self.journal.clone());
        self.store
            .write(move |db| {
                let role = db.first(
                    "SELECT u.role FROM users u JOIN owners o ON o.id = u.id WHERE u.id = $1 AND o.removed_at IS NULL",
                    &[(&id).into()],
                    |row| Role::parse(row.text()?),
                )?;
                if role.ok_or(Error::NotFound)? == Role::Admin {
                    power.dangerous("only an admin changes how an admin signs in")?;
                }
                remove(db, &journal, &act, &id, None)
            })
            .await
    }

    /// New recovery codes; the former ones are void.
    pub async fn renew_recovery_codes(&self, act: Act, user: UserId) -> Result<Vec<Secret>> {
        let (keys, journal, id) = (self.factors.clone(), self.journal.clone(), user.to_string());
        self.store
            .write(move |db| {
                if !state(db, &id)?.on {
                    return Err(Error::conflict("", "recovery codes go with a second factor, and there is none"));
                }
                let codes = renew(db, &keys, &id)?;
                record(&journal, db, &act, "recovery_codes.renewed", &id, details!({}))?;
                Ok(codes)
            })
            .await
    }

    /// The second half of a sign-in, for somebody whose password was right. Without a second factor there is nothing to prove, and a code
    /// is not looked at. Answers whether one was taken, for [`was_needed`] in the job that lets them in. Never part of another job itself:
    /// a wrong code stays counted whatever becomes of the sign-in.
    pub async fn prove_second_factor(&self, act: &Act, user: UserId, code: Option<&Secret>) -> Result<bool> {
        let Some(code) = code else {
            let on = self.second_factor(user).await?.on;
            return if on { Err(Error::unproven("/code", ASKED)) } else { Ok(false) };
        };
        let code = Secret::new(canonical(code.expose()));
        let (people, id, act) = (self.clone(), user.to_string(), act.clone());
        let now = act.at;
        let proof = self.store.write(move |db| people.take_code(db, &act, &id, code.expose())).await?;
        match proof {
            Proof::NotNeeded => Ok(false),
            Proof::Right => Ok(true),
            Proof::Wrong => Err(Error::unproven(
                "/code",
                "the password is right, but this code is wrong, too old or used before: wait for the app's next one",
            )),
            Proof::Locked { until } => {
                let seconds = (until - now + SECOND_MS - 1) / SECOND_MS;
                Err(Error::Limited { retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX) })
            }
        }
    }

    fn take_code(&self, db: &Conn, act: &Act, user: &str, code: &str) -> Result<Proof> {
        let found = db.first(
            "SELECT secret, failures, last_failure_at FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL",
            &[user.into()],
            |row| Ok((row.blob()?, row.int()?, row.opt_int()?)),
        )?;
        let Some((sealed, failures, last_failure_at)) = found else { return Ok(Proof::NotNeeded) };
        if self.take_recovery_code(db, act, user, code)? {
            return Ok(Proof::Right);
        }
        let until = locked_until(failures, last_failure_at);
        if act.at < until {
            return Ok(Proof::Locked { until });
        }
        let step = totp::step_of(&self.factors.open(user, &sealed)?, code, act.at);
        let taken = db.first(
            "UPDATE second_factors SET last_step = $2, failures = 0, last_failure_at = NULL
             WHERE user_id = $1 AND last_step < $2 RETURNING user_id",
            &[user.into(), step.unwrap_or(0).into()],
            |_| Ok(()),
        )?;
        if taken.is_some() {
            return Ok(Proof::Right);
        }
        let failures = db.first(
            "UPDATE second_factors SET failures = failures + 1, last_failure_at = $2 WHERE user_id = $1 RETURNING failures",
            &[user.into(), act.at.into()],
            |row| row.int(),
        )?;
        record(&self.journal, db, act, "second_factor.failed", user, details!({ "failures": failures }))?;
        Ok(Proof::Wrong)
    }

    fn take_recovery_code(&self, db: &Conn, act: &Act, user: &str, code: &str) -> Result<bool> {
        let taken = db.first(
            "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND digest = $2 AND used_at IS NULL RETURNING user_id",
            &[user.into(), (&self.factors.digest(user, code)).into(), act.at.into()],
            |_| Ok(()),
        )?;
        if taken.is_none() {
            return Ok(false);
        }
        unlock(db, user)?;
        let left = state(db, user)?.recovery_codes_left;
        record(&self.journal, db, act, "recovery_code.used", user, details!({ "left": left }))?;
        Ok(true)
    }
}

/// In the job that lets somebody in: has a second factor been switched on since they proved that they need none?
pub(super) fn was_needed(db: &Conn, user: UserId, taken: bool) -> Result<()> {
    if !taken && state(db, &user.to_string())?.on { Err(Error::unproven("/code", ASKED)) } else { Ok(()) }
}

/// Where there is none, nothing happens; where it was never confirmed, nobody depends on it.
fn remove(db: &Conn, journal: &Journal, act: &Act, user: &str, keep: Option<SessionId>) -> Result<()> {
    let removed =
        db.first("DELETE FROM second_factors WHERE user_id = $1 RETURNING confirmed_at", &[user.into()], |row| {
            Ok(row.opt_int()?.is_some())
        })?;
    let Some(was_on) = removed else { return Ok(()) };
    if was_on {
        db.run("DELETE FROM recovery_codes WHERE user_id = $1", &[user.into()])?;
        end_sessions(db, user, keep)?;
    }
    record(journal, db, act, "second_factor.removed", user, details!({ "was_on": was_on }))
}

/// Forgets wrong codes; answers whether there were any.
pub(super) fn unlock(db: &Conn, user: &str) -> Result<bool> {
    let changed = db.run(
        "UPDATE second_factors SET failures = 0, last_failure_at = NULL WHERE user_id = $1 AND failures > 0",
        &[user.into()],
    )?;
    Ok(changed > 0)
}

fn state(db: &Conn, user: &str) -> Result<SecondFactor> {
    let found = db.first(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL) THEN 1 ELSE 0 END,
                COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL",
        &[user.into()],
        |row| Ok(SecondFactor { on: row.flag()?, recovery_codes_left: row.int()? }),
    )?;
    found.ok_or_else(|| Error::internal("a count is one row"))
}

/// When the next code may be tried; the past where it may be now.
fn locked_until(failures: i64, last_failure_at: Option<UnixMs>) -> UnixMs {
    match (failures - FREE_FAILURES, last_failure_at) {
        (over @ 1.., Some(at)) => at.saturating_add((LOCK_MS << (over - 1).min(16)).min(LOCK_MAX_MS)),
        _ => UnixMs::MIN,
    }
}

/// New codes in the place of all that there were.
fn renew(db: &Conn, keys: &Keys, user: &str) -> Result<Vec<Secret>> {
    db.run("DELETE FROM recovery_codes WHERE user_id = $1", &[user.into()])?;
    let codes: Vec<Secret> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    for code in &codes {
        let digest = keys.digest(user, &canonical(code.expose()));
        db.run("INSERT INTO recovery_codes (user_id, digest) VALUES ($1, $2)", &[user.into(), (&digest).into()])?;
    }
    Ok(codes)
}

/// In groups of six, as in `1f8k2m-…`.
fn recovery_code() -> Secret {
    let digits = totp::digits(&crypto::random::<RECOVERY_LEN>(), ALPHABET);
    let groups: Vec<&str> = (0..digits.len()).step_by(6).map(|at| &digits[at..at + 6]).collect();
    Secret::new(groups.join("-"))
}

/// A code as it is compared: without the spaces and hyphens of whoever copied it, in lower case, letters that are read as figures as those.
fn canonical(code: &str) -> String {
    let kept = code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(CODE_MAX);
    kept.map(|c| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        c => c,
    })
    .collect()
}

fn end_sessions(db: &Conn, user: &str, keep: Option<SessionId>) -> Result<()> {
    db.run(
        "DELETE FROM sessions WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id <> $2)",
        &[user.into(), (&keep.map(|id| id.to_string())).into()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_begins_after_five_wrong_codes_doubles_and_never_needs_anybody() {
        let lock_s = |failures| (locked_until(failures, Some(0))).max(0) / SECOND_MS;
        let locks: Vec<i64> = (0..14).map(lock_s).collect();
        assert_eq!(locks, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(lock_s(i64::MAX), 3600);
        assert_eq!(locked_until(9, None), UnixMs::MIN);
    }

    #[test]
    fn a_recovery_code_is_read_however_it_was_copied() {
        let code = recovery_code();
        let plain = canonical(code.expose());
        assert_eq!((code.expose().len(), plain.len()), (27, 24));
        assert_eq!(canonical(&format!(" {} ", plain.to_uppercase())), plain);
        assert_eq!(canonical("OoIl 12-3"), "0011123");
        assert_ne!(recovery_code().expose(), code.expose());
    }
}
