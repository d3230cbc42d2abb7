//! How often a password may be tried. An attempt is counted in a transaction of its own before anything is computed, so that attempts at the
//! same time all count and no failure takes its count back; one that turns out right is taken back.
//!
//! Three counters: a network over all accounts, an account from one network, and an account over all networks that it has not signed in from
//! before. The last one is what an attack from many places runs into; networks that are known do not ask it, so the person stays able to
//! sign in there.

use serde_json::json as details;

use super::{People, UserId, record, second_factor};
use crate::base::clock::{DAY_MS, SECOND_MS, UnixMs};
use crate::base::crypto::hex;
use crate::base::{Error, Result};
use crate::event::Act;
use crate::store::Conn;

/// A network counts as known for so long after a sign-in from it.
const KNOWN_MS: i64 = 180 * DAY_MS;
/// Known networks of one person; one more takes the place of the oldest.
const KNOWN_MAX: i64 = 20;
/// Rows that went stale, removed with each attempt. An attempt makes at most three, so the table holds those of one window: at some hundred
/// hashes a second, which is what a machine computes, 15 minutes make 300,000 rows at the very most.
const TIDIED: i64 = 10;

/// An attempt that was counted.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    network: String,
    /// The account's counters; `None` where the attempt was about no account.
    account: Option<String>,
    /// It was the last one that some counter takes.
    pub full: bool,
}

/// The name of a network as the counters and the known ones have it. The machine itself is one.
pub(super) fn network(act: &Act) -> String {
    act.network.map_or_else(|| "local".to_owned(), |network| network.to_string())
}

impl People {
    /// Counts an attempt on this account, or on no account in particular. `Limited` where there were too many already.
    pub(super) async fn count(&self, act: &Act, account: Option<&str>) -> Result<Counted> {
        let network = network(act);
        // What somebody typed for an e-mail may be their password: nothing that is kept can be read.
        let bucket = account.map(|account| self.account_bucket(account));
        let (people, account, at) = (self.clone(), account.map(str::to_owned), act.at);
        self.store
            .write(move |db| {
                let settings = &people.sign_in;
                let mut counters = vec![(format!("network:{network}"), settings.attempts_per_network)];
                if let (Some(account), Some(bucket)) = (&account, &bucket) {
                    counters.push((format!("{bucket}/{network}"), settings.attempts));
                    if !is_known(db, account, &network, at)? {
                        counters.push((bucket.clone(), settings.attempts_per_account));
                    }
                }
                let mut full = false;
                for (counter, most) in counters {
                    full |= increment(db, &counter, i64::from(most), at, settings.attempts_window_ms())?;
                }
                db.run(
                    "DELETE FROM throttles WHERE bucket IN (SELECT bucket FROM throttles WHERE last_at <= $1 ORDER BY last_at LIMIT $2)",
                    &[(at - settings.attempts_window_ms()).into(), TIDIED.into()],
                )?;
                Ok(Counted { network, account: bucket, full })
            })
            .await
    }

    /// Takes an attempt back that was right, in the caller's job, and forgets those on the same account before it. Of its network only this
    /// one: whoever has an account of their own does not buy attempts on others with it.
    #[expect(clippy::unused_self, reason = "the other half of `count`, and called like it")]
    pub(super) fn take_back(&self, db: &Conn, counted: &Counted) -> Result<()> {
        db.run(
            "UPDATE throttles SET failures = failures - 1 WHERE bucket = $1 AND failures > 0",
            &[(&format!("network:{}", counted.network)).into()],
        )?;
        if let Some(bucket) = &counted.account {
            db.run(
                "DELETE FROM throttles WHERE bucket = $1 OR bucket = $2",
                &[bucket.into(), (&format!("{bucket}/{}", counted.network)).into()],
            )?;
        }
        Ok(())
    }

    /// Forgets every attempt on this account, from wherever it came. Answers how many counters there were.
    pub(super) fn forget_attempts(&self, db: &Conn, account: &str) -> Result<usize> {
        let bucket = self.account_bucket(account);
        // "0" is the character behind "/".
        let (from, to) = (format!("{bucket}/"), format!("{bucket}0"));
        db.run(
            "DELETE FROM throttles WHERE bucket = $1 OR (bucket >= $2 AND bucket < $3)",
            &[(&bucket).into(), (&from).into(), (&to).into()],
        )
    }

    /// Lets a person try again at once, wherever they are: passwords and codes. Answers whether there was anything to forget.
    pub async fn unlock(&self, act: Act, user: UserId) -> Result<bool> {
        let people = self.clone();
        self.store
            .write(move |db| {
                let id = user.to_string();
                let email = db.first(
                    "SELECT u.email_key FROM users u JOIN owners o ON o.id = u.id WHERE u.id = $1 AND o.removed_at IS NULL",
                    &[(&id).into()],
                    |row| Ok(row.opt_text()?.map(str::to_owned)),
                )?;
                let account = email.ok_or(Error::NotFound)?.unwrap_or_else(|| id.clone());
                let counters = people.forget_attempts(db, &account)?;
                let codes = second_factor::unlock(db, &id)?;
                if counters == 0 && !codes {
                    return Ok(false);
                }
                record(&people.journal, db, &act, "user.unlocked", &id, details!({ "counters": counters }))?;
                Ok(true)
            })
            .await
    }

    fn account_bucket(&self, account: &str) -> String {
        format!("account:{}", hex(&self.tokens.sign(format!("throttle {account}").as_bytes())[..16]))
    }
}

/// Remembers that this person has signed in from here, in the caller's job.
pub(super) fn remember_network(db: &Conn, act: &Act, user: UserId) -> Result<()> {
    let user = user.to_string();
    db.run(
        "INSERT INTO known_networks (user_id, network, last_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, network) DO UPDATE SET last_at = excluded.last_at",
        &[(&user).into(), (&network(act)).into(), act.at.into()],
    )?;
    db.run(
        "DELETE FROM known_networks WHERE user_id = $1 AND network NOT IN (
           SELECT network FROM known_networks WHERE user_id = $1 ORDER BY last_at DESC, network LIMIT $2)",
        &[(&user).into(), KNOWN_MAX.into()],
    )?;
    Ok(())
}

fn is_known(db: &Conn, account: &str, network: &str, at: UnixMs) -> Result<bool> {
    let found = db.first(
        "SELECT 1 FROM users u JOIN known_networks k ON k.user_id = u.id
         WHERE (u.email_key = $1 OR u.id = $1) AND k.network = $2 AND k.last_at > $3",
        &[account.into(), network.into(), (at - KNOWN_MS).into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// One more in this counter; answers whether that was the last one. A window begins with its first attempt, and a clock that went back
/// begins a new one.
fn increment(db: &Conn, counter: &str, most: i64, at: UnixMs, window_ms: i64) -> Result<bool> {
    let counted = db.first(
        "INSERT INTO throttles (bucket, failures, first_at, last_at) VALUES ($1, 1, $2, $2)
         ON CONFLICT (bucket) DO UPDATE SET
           failures = CASE WHEN throttles.first_at <= $3 OR throttles.first_at > $2 THEN 1 ELSE throttles.failures + 1 END,
           first_at = CASE WHEN throttles.first_at <= $3 OR throttles.first_at > $2 THEN $2 ELSE throttles.first_at END,
           last_at = $2
         WHERE throttles.failures < $4 OR throttles.first_at <= $3 OR throttles.first_at > $2
         RETURNING failures",
        &[counter.into(), at.into(), (at - window_ms).into(), most.into()],
        |row| row.int(),
    )?;
    if let Some(failures) = counted {
        return Ok(failures >= most);
    }
    let first_at = db.first("SELECT first_at FROM throttles WHERE bucket = $1", &[counter.into()], |row| row.int())?;
    let wait_ms = first_at.unwrap_or(at) + window_ms - at;
    Err(Error::Limited { retry_after_s: u32::try_from(wait_ms.div_euclid(SECOND_MS) + 1).unwrap_or(1).max(1) })
}
