//! What people say of a leak once they have looked. It changes no key: whoever finds that one must go revokes it.

use serde_json::json as details;

use super::list::seen;
use super::{Leak, LeakId, Leaks, State};
use crate::base::{Error, Result};
use crate::event::{Act, Change};
use crate::key::authority::Reach;

/// Characters of a note.
const NOTE_MAX: usize = 1_000;

/// `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct Judgement {
    pub state: Option<State>,
    /// Empty removes it.
    pub note: Option<String>,
}

impl Leaks {
    pub async fn judge(&self, act: Act, reach: Reach, id: LeakId, judgement: Judgement) -> Result<Leak> {
        let Judgement { state, note } = judgement;
        if let Some(note) = &note {
            if note.chars().count() > NOTE_MAX {
                return Err(Error::refused("/note", "is too long: 1000 characters at most"));
            }
            if note.chars().any(|c| c.is_control() && c != '\n') {
                return Err(Error::refused("/note", "must not contain control characters other than line ends"));
            }
        }
        let journal = self.journal.clone();
        self.store
            .write(move |db| {
                let before = seen(db, &reach, id)?;
                act.expects(before.version)?;
                let after_state = state.unwrap_or(before.state);
                let after_note = note.or(before.note.clone()).filter(|note| !note.is_empty());
                if (after_state, &after_note) == (before.state, &before.note) {
                    return Ok(before);
                }
                let judged = after_state != State::Open;
                db.run(
                    "UPDATE leaks SET state = $2, note = $3, judged_by = $4, judged_at = $5, version = version + 1 WHERE id = $1",
                    &[
                        (&before.id).into(),
                        after_state.as_str().into(),
                        after_note.as_deref().unwrap_or_default().into(),
                        judged.then_some(act.actor.as_str()).into(),
                        judged.then_some(act.at).into(),
                    ],
                )?;
                let note = if after_note == before.note { "unchanged" } else { "changed" };
                let details = details!({ "key": before.key.id, "note": note,
                    "before": { "state": before.state }, "after": { "state": after_state } });
                let owner = Some(&*before.key.owner.id);
                journal.append(db, &act, &Change { action: "leak.judged", subject: &before.id, owner_id: owner, details })?;
                seen(db, &reach, id)
            })
            .await
    }
}
