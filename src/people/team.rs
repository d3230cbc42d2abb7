//! Teams: create, read, list.

use serde_json::json as details;

use super::scope::check_grantable;
use super::{
    EXTERNAL_ID_MAX, Metadata, NewOwner, OwnerFilter, OwnerId, People, Team, TeamId, check_metadata, check_name,
    check_text, insert_owner, list, object, opt, record,
};
use crate::base::{Error, Result, Timestamp};
use crate::event::{Act, once};
use crate::store::{Conn, Row};

#[derive(Debug, Default)]
pub struct NewTeam {
    pub external_id: Option<String>,
    pub name: String,
    pub scopes_grantable: Vec<String>,
    pub metadata: Metadata,
}

impl People {
    pub async fn create_team(&self, act: Act, new: NewTeam) -> Result<Team> {
        check_name("/name", &new.name)?;
        if let Some(id) = &new.external_id {
            check_text("/external_id", id, EXTERNAL_ID_MAX)?;
        }
        check_metadata(&new.metadata)?;
        let scopes_grantable = check_grantable(new.scopes_grantable)?;
        let (id, journal) = (TeamId::new(act.at), self.journal.clone());
        self.store
            .write(move |db| {
                if let Some(earlier) = once::earlier(db, &act)? {
                    return Ok(earlier);
                }
                insert_owner(
                    db,
                    &NewOwner {
                        id: OwnerId::Team(id),
                        kind: "team",
                        external_id: new.external_id.as_deref(),
                        name: &new.name,
                        scopes_grantable: &scopes_grantable,
                        metadata: &new.metadata,
                        at: act.at,
                    },
                )?;
                let id = id.to_string();
                let details = details!({ "name": new.name, "external_id": new.external_id,
                    "scopes_grantable": scopes_grantable });
                record(&journal, db, &act, "team.created", &id, details)?;
                let team = one(db, &id)?.ok_or(Error::NotFound)?;
                once::keep(db, &act, &id, Some(&team))?;
                Ok(team)
            })
            .await
    }

    pub async fn team(&self, id: TeamId) -> Result<Team> {
        self.store.read(move |db| one(db, &id.to_string())?.ok_or(Error::NotFound)).await
    }

    /// Newest first.
    pub async fn teams(&self, filter: OwnerFilter) -> Result<Vec<Team>> {
        self.store
            .read(move |db| {
                db.all(
                    "SELECT id, external_id, name, scopes_grantable, metadata, created_at, version FROM owners
                     WHERE type = 'team' AND removed_at IS NULL
                       AND (CAST($1 AS TEXT) IS NULL OR id < $1)
                       AND (CAST($2 AS TEXT) IS NULL OR external_id = $2)
                     ORDER BY id DESC LIMIT $3",
                    &[(&filter.before).into(), (&filter.external_id).into(), filter.limit.into()],
                    read,
                )
            })
            .await
    }
}

fn one(db: &Conn, id: &str) -> Result<Option<Team>> {
    db.first(
        "SELECT id, external_id, name, scopes_grantable, metadata, created_at, version FROM owners WHERE id = $1 AND type = 'team' AND removed_at IS NULL",
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
        metadata: object(row.text()?)?,
        created_at: Timestamp(row.int()?),
        version: row.int()?,
    })
}
