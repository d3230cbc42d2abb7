//! The way in for the day on which the only other one is broken: with `sign_in.sso_only`, an admin's password works for as long as somebody
//! at the machine itself has armed it.

use serde_json::json as details;

use super::{People, UserId, record};
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::base::{Error, Result, Timestamp};
use crate::event::Act;
use crate::store::Conn;

/// Longer than a working day nobody needs it unattended.
const MINUTES_MAX: u32 = 24 * 60;

impl People {
    /// Lets this admin's password work for so long. Answers until when.
    pub async fn arm_break_glass(&self, act: Act, email: &str, minutes: u32) -> Result<Timestamp> {
        if !(1..=MINUTES_MAX).contains(&minutes) {
            return Err(Error::refused("/minutes", "must be 1 to 1440 minutes"));
        }
        let until = act.at + i64::from(minutes) * 60 * SECOND_MS;
        self.set_break_glass(act, email, Some(until)).await?;
        Ok(Timestamp(until))
    }

    /// Ends it.
    pub async fn disarm_break_glass(&self, act: Act, email: &str) -> Result<()> {
        self.set_break_glass(act, email, None).await
    }

    async fn set_break_glass(&self, act: Act, email: &str, until: Option<UnixMs>) -> Result<()> {
        let (journal, email_key) = (self.journal.clone(), email.to_lowercase());
        self.store
            .write(move |db| {
                let set = db.first(
                    "UPDATE users SET break_glass_until = $2
                     WHERE email_key = $1 AND role = 'admin' AND password IS NOT NULL
                       AND EXISTS (SELECT 1 FROM owners o WHERE o.id = users.id AND o.removed_at IS NULL AND o.status = 'active')
                     RETURNING id",
                    &[(&email_key).into(), until.into()],
                    |row| Ok(row.text()?.to_owned()),
                )?;
                let user = set.ok_or_else(|| {
                    Error::refused("/email", "there is no active admin with this e-mail address and a password")
                })?;
                let action = if until.is_some() { "break_glass.armed" } else { "break_glass.disarmed" };
                record(&journal, db, &act, action, &user, details!({ "until": until.map(Timestamp) }))
            })
            .await
    }

    /// May this person sign in with their password now?
    pub(super) fn password_opens(&self, db: &Conn, user: UserId, now: UnixMs) -> Result<bool> {
        if !self.sign_in.sso_only {
            return Ok(true);
        }
        let armed = db.first(
            "SELECT 1 FROM users WHERE id = $1 AND role = 'admin' AND break_glass_until > $2",
            &[(&user.to_string()).into(), now.into()],
            |_| Ok(()),
        )?;
        Ok(armed.is_some())
    }
}
