//! Embedded panels: a token that a host application fetches for one of its users, for that user's keys and those of at most one team.

use super::rights::Rights;
use super::{OwnerStatus, People, TeamId, UserId, list};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::id::Kind;
use crate::base::{Error, Id, Result};

#[derive(Debug)]
pub struct PanelKind;

impl Kind for PanelKind {
    const PREFIX: &'static str = "ptls";
}

pub type PanelId = Id<PanelKind>;

/// Tokens of panels begin so.
pub const TOKEN_PREFIX: &str = "ptl_";

/// Somebody in an embedded panel that is alive now, with the rights that they have now.
#[derive(Debug, Clone)]
pub struct Panel {
    pub id: PanelId,
    pub rights: Rights,
    /// The only origin whose pages may use it; `None` where it is not embedded.
    pub allowed_origin: Option<String>,
    /// The team whose keys it was opened for, besides the person's own.
    pub team: Option<TeamId>,
    pub expires_at: UnixMs,
}

impl People {
    /// Whose panel is this? `Unauthenticated` for what is none, has expired, or is of a person who is not active, removed, or an admin now.
    pub async fn in_panel(&self, token: Digest, now: UnixMs) -> Result<Panel> {
        let found = self.store.read(move |db| {
            let row = db.first(
                "SELECT p.id, p.user_id, p.team_id, p.scopes, p.allowed_origin, p.expires_at, u.role, o.status
                 FROM portal_sessions p JOIN users u ON u.id = p.user_id JOIN owners o ON o.id = p.user_id
                 WHERE p.digest = $1 AND o.removed_at IS NULL",
                &[(&token).into()],
                |row| {
                    let (id, user) = (PanelId::parse(row.text()?), UserId::parse(row.text()?));
                    let (Some(id), Some(user)) = (id, user) else {
                        return Err(Error::internal("a panel without a person"));
                    };
                    let team = row.opt_text()?.and_then(TeamId::parse);
                    let narrowed = row.opt_text()?.map(list).transpose()?;
                    let allowed_origin = row.opt_text()?.map(str::to_owned);
                    let expires_at = row.int()?;
                    let alive =
                        now < expires_at && row.text()? != "admin" && row.text()? == OwnerStatus::Active.as_str();
                    Ok(alive.then_some((id, user, team, narrowed, allowed_origin, expires_at)))
                },
            )?;
            let Some((id, user, team, narrowed, allowed_origin, expires_at)) = row.flatten() else { return Ok(None) };
            let mut rights = match team {
                Some(team) => Rights::read(db, user, Some(team))?,
                None => Rights { user, teams: Vec::new(), narrowed: None },
            };
            rights.narrowed = narrowed;
            Ok(Some(Panel { id, rights, allowed_origin, team, expires_at }))
        });
        found.await?.ok_or(Error::Unauthenticated)
    }
}
