//! Owners by the ids of the host application, in the caller's transaction: whoever brings many keys at once names their owners so.

use serde_json::json as details;

use super::{
    EXTERNAL_ID_MAX, Metadata, NewOwner, OwnerId, OwnerType, TeamId, UserId, check_text, insert_owner, name_out_of,
    record,
};
use crate::base::{Error, Result};
use crate::event::{Act, Journal};
use crate::store::Conn;

/// The user or the team that the host application calls so.
pub fn by_external_id(db: &Conn, kind: OwnerType, external_id: &str) -> Result<Option<OwnerId>> {
    db.first(
        "SELECT id FROM owners WHERE type = $1 AND external_id = $2 AND removed_at IS NULL",
        &[kind.as_str().into(), external_id.into()],
        |row| OwnerId::parse(row.text()?).ok_or_else(|| Error::internal("an owner has an unknown type of id")),
    )
}

/// Could an owner be made under this id?
pub fn check_external_id(field: &'static str, external_id: &str) -> Result<()> {
    check_text(field, external_id, EXTERNAL_ID_MAX)
}

/// Makes a user or a team of which nothing is known but the host application's id; it is their name, too.
pub fn adopt(db: &Conn, journal: &Journal, act: &Act, kind: OwnerType, external_id: &str) -> Result<OwnerId> {
    let (id, action) = match kind {
        OwnerType::User => (OwnerId::User(UserId::new(act.at)), "user.created"),
        OwnerType::Team => (OwnerId::Team(TeamId::new(act.at)), "team.created"),
        OwnerType::Instance => return Err(Error::refused("/owner/type", "must be user or team")),
    };
    let name = name_out_of(external_id);
    insert_owner(
        db,
        &NewOwner {
            id,
            kind: kind.as_str(),
            external_id: Some(external_id),
            name: &name,
            scopes_grantable: &[],
            rate_limits: &[],
            metadata: &Metadata::new(),
            at: act.at,
        },
    )?;
    let text = id.to_string();
    if kind == OwnerType::User {
        db.run("INSERT INTO users (id) VALUES ($1)", &[(&text).into()])?;
    }
    record(journal, db, act, action, &text, details!({ "name": name, "external_id": external_id }))?;
    Ok(id)
}
