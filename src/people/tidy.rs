//! Forgets what has ended: sessions, panels and invitations past their time, attempts long ago. Run once an hour; none of it opens
//! anything any more, so nothing but room is gained, and no event is left.

use super::People;
use super::portal::REMEMBERED_MS;
use crate::base::Result;
use crate::base::clock::UnixMs;

impl People {
    /// At most `most` rows of each kind, in one job. Answers how many went.
    pub async fn forget_ended(&self, now: UnixMs, most: i64) -> Result<usize> {
        let idle_since = now - self.sign_in.idle_timeout_ms();
        let counted_since = now - self.sign_in.attempts_window_ms();
        self.store
            .write(move |db| {
                let mut gone = 0;
                for (sql, until) in [
                    (
                        "DELETE FROM sessions WHERE id IN (
                           SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
                        now,
                    ),
                    (
                        "DELETE FROM sessions WHERE id IN (
                           SELECT id FROM sessions WHERE last_used_at <= $1 ORDER BY last_used_at LIMIT $2)",
                        idle_since,
                    ),
                    (
                        "DELETE FROM portal_sessions WHERE id IN (
                           SELECT id FROM portal_sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
                        now - REMEMBERED_MS,
                    ),
                    (
                        "DELETE FROM invitations WHERE digest IN (
                           SELECT digest FROM invitations WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
                        now,
                    ),
                    (
                        "DELETE FROM throttles WHERE bucket IN (
                           SELECT bucket FROM throttles WHERE last_at <= $1 ORDER BY last_at LIMIT $2)",
                        counted_since,
                    ),
                ] {
                    gone += db.run(sql, &[until.into(), most.into()])?;
                }
                Ok(gone)
            })
            .await
    }
}
