//! Removing people and teams. The row stays as long as keys and events speak of it; whatever gave access is gone, and its external id and
//! e-mail are free again. Runs in the jobs of `key::removal`, which settles what becomes of the keys.

use serde_json::json as details;

use super::change::{ADMINS_ACCOUNT, an_admin_is_left, end_access};
use super::rights::{Permission, Power, Standing};
use super::{OwnerStatus, Role, TeamId, UserId, member, record, team, user};
use crate::base::{Error, Result};
use crate::event::{Act, Journal};
use crate::store::Conn;

/// Removes a person. `keys` is what became of theirs, for the event.
pub(crate) fn remove_user(
    db: &Conn,
    journal: &Journal,
    act: &Act,
    power: Power,
    id: UserId,
    keys: impl FnOnce() -> Result<serde_json::Value>,
) -> Result<()> {
    let before = user::one(db, &id.to_string())?.ok_or(Error::NotFound)?;
    act.expects(before.version)?;
    if before.role == Role::Admin {
        power.dangerous(ADMINS_ACCOUNT)?;
    }
    let keys = keys()?;
    mark(db, act, &before.id)?;
    // A removed row is found by no admin's query, whether or not it asks for `removed_at`.
    db.run(
        "UPDATE users SET email = NULL, email_key = NULL, password = NULL, role = 'member' WHERE id = $1",
        &[(&before.id).into()],
    )?;
    if before.role == Role::Admin && before.status == OwnerStatus::Active {
        an_admin_is_left(db, "")?;
    }
    end_access(db, &before.id)?;
    // Identities stay: a provider that still knows the person does not bring them back as somebody new.
    let of_user: [&'static str; 4] = [
        "DELETE FROM memberships WHERE user_id = $1",
        "DELETE FROM second_factors WHERE user_id = $1",
        "DELETE FROM recovery_codes WHERE user_id = $1",
        "DELETE FROM known_networks WHERE user_id = $1",
    ];
    for sql in of_user {
        db.run(sql, &[(&before.id).into()])?;
    }
    let details = details!({ "before": { "name": before.name, "email": before.email, "external_id": before.external_id,
        "role": before.role, "status": before.status }, "keys": keys });
    record(journal, db, act, "user.removed", &before.id, details)
}

/// Removes a team, as far as the caller may.
pub(crate) fn remove_team(
    db: &Conn,
    journal: &Journal,
    act: &Act,
    standing: &Standing,
    id: TeamId,
    keys: impl FnOnce() -> Result<serde_json::Value>,
) -> Result<()> {
    member::may(db, standing, id, Permission::DeleteTeam)?;
    let before = team::one(db, &id.to_string())?.ok_or(Error::NotFound)?;
    act.expects(before.version)?;
    let keys = keys()?;
    mark(db, act, &before.id)?;
    db.run("DELETE FROM memberships WHERE team_id = $1", &[(&before.id).into()])?;
    db.run("DELETE FROM portal_sessions WHERE team_id = $1", &[(&before.id).into()])?;
    let details = details!({ "before": { "name": before.name, "external_id": before.external_id }, "keys": keys });
    record(journal, db, act, "team.removed", &before.id, details)
}

fn mark(db: &Conn, act: &Act, id: &str) -> Result<()> {
    db.first(
        "UPDATE owners SET removed_at = $2, external_id = NULL, version = version + 1
         WHERE id = $1 AND removed_at IS NULL RETURNING id",
        &[id.into(), act.at.into()],
        |_| Ok(()),
    )?
    .ok_or(Error::NotFound)
}
