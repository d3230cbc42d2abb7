//! Teams: create, read, list. `change`, `member` and `removal` are the rest of their life.

use serde_json::json as details;

use super::scope::check_grantable;
use super::{
    EXTERNAL_ID_MAX, Metadata, NewOwner, OwnerFilter, OwnerId, People, RateLimit, Team, TeamId, UserId, check_metadata,
    check_name, check_text, insert_owner, limit, list, object, opt, record,
};
use crate::base::{Error, Result, Timestamp};
use crate::event::{Act, Journal, once};
use crate::store::{Conn, Row};

#[derive(Debug, Default)]
pub struct NewTeam {
    pub external_id: Option<String>,
    pub name: String,
    pub scopes_grantable: Vec<String>,
    /// Limits that all of its keys share.
    pub rate_limits: Vec<RateLimit>,
    pub metadata: Metadata,
}

impl NewTeam {
    /// Checks what can be told without the store.
    pub(super) fn checked(mut self) -> Result<Self> {
        check_name("/name", &self.name)?;
        if let Some(id) = &self.external_id {
            check_text("/external_id", id, EXTERNAL_ID_MAX)?;
        }
        check_metadata(&self.metadata)?;
        self.scopes_grantable = check_grantable(std::mem::take(&mut self.scopes_grantable))?;
        self.rate_limits = limit::check("/rate_limits", std::mem::take(&mut self.rate_limits))?;
        Ok(self)
    }

    /// Writes a checked one, in the caller's job.
    pub(super) fn insert(&self, db: &Conn, journal: &Journal, act: &Act) -> Result<Team> {
        let id = TeamId::new(act.at);
        insert_owner(
            db,
            &NewOwner {
                id: OwnerId::Team(id),
                kind: "team",
                external_id: self.external_id.as_deref(),
                name: &self.name,
                scopes_grantable: &self.scopes_grantable,
                rate_limits: &self.rate_limits,
                metadata: &self.metadata,
                at: act.at,
            },
        )?;
        let id = id.to_string();
        let details = details!({ "name": self.name, "external_id": self.external_id,
            "scopes_grantable": self.scopes_grantable, "rate_limits": self.rate_limits });
        record(journal, db, act, "team.created", &id, details)?;
        one(db, &id)?.ok_or(Error::NotFound)
    }
}

impl People {
    pub async fn create_team(&self, act: Act, new: NewTeam) -> Result<Team> {
        let (new, journal) = (new.checked()?, self.journal.clone());
        self.store
            .write(move |db| {
                if let Some(earlier) = once::earlier(db, &act)? {
                    return Ok(earlier);
                }
                let team = new.insert(db, &journal, &act)?;
                once::keep(db, &act, &team.id, Some(&team))?;
                Ok(team)
            })
            .await
    }

    pub async fn team(&self, id: TeamId) -> Result<Team> {
        self.store.read(move |db| one(db, &id.to_string())?.ok_or(Error::NotFound)).await
    }

    /// Newest first; with `of` only those that this person is in.
    pub async fn teams(&self, of: Option<UserId>, filter: OwnerFilter) -> Result<Vec<Team>> {
        let (member, like) = (of.map(|user| user.to_string()), filter.like()?);
        self.store
            .read(move |db| {
                db.all(
                    "SELECT id, external_id, name, scopes_grantable, rate_limits, metadata, created_at, version FROM owners
                     WHERE type = 'team' AND removed_at IS NULL
                       AND (CAST($1 AS TEXT) IS NULL OR id < $1)
                       AND (CAST($2 AS TEXT) IS NULL OR external_id = $2)
                       AND (CAST($3 AS TEXT) IS NULL OR id IN (SELECT team_id FROM memberships WHERE user_id = $3))
                       AND (CAST($5 AS TEXT) IS NULL OR lower(name) LIKE lower($5) ESCAPE '!'
                            OR lower(external_id) LIKE lower($5) ESCAPE '!' OR id = $6)
                     ORDER BY id DESC LIMIT $4",
                    &[
                        (&filter.before).into(),
                        (&filter.external_id).into(),
                        (&member).into(),
                        filter.limit.into(),
                        (&like).into(),
                        (&filter.q).into(),
                    ],
                    read,
                )
            })
            .await
    }
}

pub(super) fn one(db: &Conn, id: &str) -> Result<Option<Team>> {
    db.first(
        "SELECT id, external_id, name, scopes_grantable, rate_limits, metadata, created_at, version FROM owners WHERE id = $1 AND type = 'team' AND removed_at IS NULL",
        &[id.into()],
        read,
    )
}

fn read(row: &Row<'_, '_>) -> Result<Team> {
    Ok(Team {
        id: row.text()?.to_owned(),
        external_id: opt(row.opt_text()?),
        name: row.text()?.to_owned(),
        scopes_grantable: list(row.text()?)?,
        rate_limits: limit::read(row.text()?)?,
        metadata: object(row.text()?)?,
        created_at: Timestamp(row.int()?),
        version: row.int()?,
    })
}
