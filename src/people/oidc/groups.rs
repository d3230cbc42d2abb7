//! What a person's groups at the provider give them here: membership in the teams that the configuration maps, and in no other. Applied
//! on each sign-in, in its job. Never makes an admin of the instance; a team's last admin stays one, whatever the groups say.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json as details;

use crate::base::{Error, Result};
use crate::config::{self, ConfigError};
use crate::event::{Act, Journal};
use crate::people::member::has_room;
use crate::people::{Permission, Permissions, Seat, TeamRole, UserId, json, record};
use crate::store::Conn;

#[derive(Debug, Clone)]
pub(super) struct Groups {
    claim: Option<String>,
    mapped: Arc<[Mapped]>,
}

#[derive(Debug)]
struct Mapped {
    group: String,
    /// The team's external id.
    team: String,
    seat: Seat,
}

impl Groups {
    pub fn new(config: &config::Oidc) -> Result<Self, ConfigError> {
        let read = |group: &config::Group| {
            let role = if group.role == "admin" { TeamRole::Admin } else { TeamRole::Member };
            let known = |name: &String| serde_json::from_value::<Permission>(name.as_str().into());
            let permissions = group.permissions.iter().map(known).collect::<Result<Permissions, _>>().map_err(|_| {
                ConfigError::new("oidc.groups: a permission is $manage_api_keys, $read_members, $invite_members, $remove_members, $update_team or $delete_team")
            })?;
            let seat = Seat::new(role, permissions);
            Ok(Mapped { group: group.group.clone(), team: group.team.clone(), seat })
        };
        let mapped = config.groups.iter().map(read).collect::<Result<_, ConfigError>>()?;
        Ok(Self { claim: (!config.group_claim.is_empty()).then(|| config.group_claim.clone()), mapped })
    }

    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// Every mapped team, and the seat that these groups give there. Pure.
    fn wanted(&self, groups: &[String]) -> BTreeMap<&str, Option<Seat>> {
        let mut wanted: BTreeMap<&str, Option<Seat>> = BTreeMap::new();
        for mapped in self.mapped.iter() {
            let seat = wanted.entry(&mapped.team).or_default();
            if groups.contains(&mapped.group) {
                *seat = Some(seat.map_or(mapped.seat, |other| both(other, mapped.seat)));
            }
        }
        wanted
    }

    /// Makes memberships as these groups say. A mapped team that is not here yet is nothing.
    pub fn apply(&self, db: &Conn, journal: &Journal, act: &Act, user: UserId, groups: &[String]) -> Result<()> {
        let user = user.to_string();
        for (team, seat) in self.wanted(groups) {
            let found = db.first(
                "SELECT id FROM owners WHERE type = 'team' AND external_id = $1 AND removed_at IS NULL",
                &[team.into()],
                |row| Ok(row.text()?.to_owned()),
            )?;
            let Some(team) = found else { continue };
            let action = match seat {
                Some(seat) => put(db, &team, &user, seat, act.at)?,
                None => leave(db, &team, &user)?,
            };
            if let Some(action) = action {
                let permissions: Vec<Permission> =
                    seat.map(|seat| seat.permissions().iter().collect()).unwrap_or_default();
                let details = details!({ "user": user, "by": "oidc",
                    "after": seat.map(|seat| details!({ "role": seat.role(), "permissions": permissions })) });
                record(journal, db, act, action, &team, details)?;
            }
        }
        Ok(())
    }
}

/// What two groups give together.
fn both(one: Seat, other: Seat) -> Seat {
    let role = if one.is_admin() { one.role() } else { other.role() };
    Seat::new(role, one.permissions().iter().chain(other.permissions().iter()).collect())
}

/// What that changed, if anything. The team's last admin is not made a member, and a full team takes nobody in.
fn put(db: &Conn, team: &str, user: &str, seat: Seat, at: i64) -> Result<Option<&'static str>> {
    let permissions: Vec<Permission> = seat.permissions().iter().collect();
    let permissions = json(&permissions)?;
    let is_in =
        db.first("SELECT 1 FROM memberships WHERE team_id = $1 AND user_id = $2", &[team.into(), user.into()], |_| {
            Ok(())
        })?;
    if is_in.is_none() {
        match has_room(db, team, user) {
            Err(Error::Conflict { why, .. }) => {
                tracing::warn!(team, user, why, "a group of the provider could not put somebody into a team");
                return Ok(None);
            }
            other => other?,
        }
    }
    db.first(
        "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (team_id, user_id) DO UPDATE
         SET role = excluded.role, permissions = excluded.permissions, version = memberships.version + 1
         WHERE (memberships.role <> excluded.role OR memberships.permissions <> excluded.permissions)
           AND (memberships.role <> 'admin' OR excluded.role = 'admin' OR EXISTS (
             SELECT 1 FROM memberships other JOIN owners o ON o.id = other.user_id
             WHERE other.team_id = memberships.team_id AND other.role = 'admin' AND other.user_id <> memberships.user_id
               AND o.status = 'active'))
         RETURNING version",
        &[team.into(), user.into(), seat.role().as_str().into(), (&permissions).into(), at.into()],
        |row| Ok(if row.int()? == 1 { "member.added" } else { "member.changed" }),
    )
}

/// What that changed: nothing for the team's last admin, and for who was not in it.
fn leave(db: &Conn, team: &str, user: &str) -> Result<Option<&'static str>> {
    let left = db.first(
        "DELETE FROM memberships WHERE team_id = $1 AND user_id = $2
           AND (role <> 'admin' OR EXISTS (
             SELECT 1 FROM memberships other JOIN owners o ON o.id = other.user_id
             WHERE other.team_id = $1 AND other.role = 'admin' AND other.user_id <> $2 AND o.status = 'active'))
         RETURNING team_id",
        &[team.into(), user.into()],
        |_| Ok("member.removed"),
    )?;
    if left.is_some() {
        db.run("DELETE FROM portal_sessions WHERE team_id = $1 AND user_id = $2", &[team.into(), user.into()])?;
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Groups {
        let mapped = |group: &str, team: &str, role, permissions: &[Permission]| Mapped {
            group: group.into(),
            team: team.into(),
            seat: Seat::new(role, permissions.iter().copied().collect()),
        };
        Groups {
            claim: Some("groups".into()),
            mapped: Arc::new([
                mapped("eng", "a", TeamRole::Member, &[Permission::ManageApiKeys]),
                mapped("leads", "a", TeamRole::Admin, &[]),
                mapped("people", "a", TeamRole::Member, &[Permission::ReadMembers]),
                mapped("eng", "b", TeamRole::Member, &[]),
            ]),
        }
    }

    #[test]
    fn groups_add_up_and_every_mapped_team_is_decided() {
        let groups = groups();
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let wanted = groups.wanted(&names);
            let all = ["a", "b"].map(|team| wanted[team].map(|seat| (seat.role(), seat.permissions().iter().count())));
            assert_eq!(wanted.len(), 2);
            all
        };
        assert_eq!(of(&[]), [None, None]);
        assert_eq!(of(&["eng"]), [Some((TeamRole::Member, 1)), Some((TeamRole::Member, 0))]);
        assert_eq!(of(&["people", "eng", "other"]), [Some((TeamRole::Member, 2)), Some((TeamRole::Member, 0))]);
        assert_eq!(of(&["leads", "people"]), [Some((TeamRole::Admin, 6)), None]);
    }
}
