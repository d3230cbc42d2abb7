//! Members of teams: list, add, change, remove, leave. What a caller may is read in the same job that does it, so that whoever has just
//! left, or lost a permission, does nothing any more.

use serde::Serialize;
use serde_json::json as details;

use super::change::Put;
use super::rights::{Permission, Permissions, Standing, TeamRole, permissions};
use super::seat::Seat;
use super::{OwnerStatus, People, TeamId, UserId, json, opt, record, status, team};
use crate::base::{Error, Result, Timestamp};
use crate::event::Act;
use crate::store::{Conn, Row};

/// Teams of one person: what is read of them on each of their requests stays under a millisecond.
const TEAMS_MAX: i64 = 500;
/// Members of one team: five pages of the longest kind.
const MEMBERS_MAX: i64 = 1_000;

/// A person in a team.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Member {
    pub user_id: String,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: String,
    pub status: OwnerStatus,
    pub role: TeamRole,
    /// An admin of the team has all of them.
    pub permissions: Vec<Permission>,
    /// Since when they are in the team.
    pub created_at: Timestamp,
    /// Counts changes: the ETag.
    #[serde(skip)]
    pub version: i64,
}

impl Member {
    fn seat(&self) -> Seat {
        Seat::new(self.role, self.permissions.iter().copied().collect())
    }
}

/// Who is left in a team after somebody went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    WithAdmins,
    /// Only an admin of the instance or a backend can leave a team so.
    WithoutAdmin,
}

impl People {
    /// Newest accounts first, for whoever may read the members; `before` is a user's id.
    pub async fn members(
        &self,
        standing: Standing,
        team: TeamId,
        before: Option<UserId>,
        limit: i64,
    ) -> Result<Vec<Member>> {
        let before = before.map(|user| user.to_string());
        let page = self.store.read(move |db| {
            may(db, &standing, team, Permission::ReadMembers)?;
            let team = there(db, team)?;
            db.all(
                "SELECT m.user_id, o.external_id, u.email, o.name, o.status, m.role, m.permissions, m.created_at, m.version
                 FROM memberships m JOIN owners o ON o.id = m.user_id JOIN users u ON u.id = m.user_id
                 WHERE m.team_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.user_id < $2) ORDER BY m.user_id DESC LIMIT $3",
                &[(&team).into(), (&before).into(), limit.into()],
                read,
            )
        });
        page.await
    }

    /// One member, for whoever may read the members, and for that member.
    pub async fn member(&self, standing: Standing, team: TeamId, user: UserId) -> Result<Member> {
        let found = self.store.read(move |db| {
            if !is(&standing, user) {
                may(db, &standing, team, Permission::ReadMembers)?;
            }
            one(db, &there(db, team)?, &user.to_string())?.ok_or(Error::NotFound)
        });
        found.await
    }

    /// Puts a person into a team, or changes what they are there.
    pub async fn put_member(
        &self,
        act: Act,
        standing: Standing,
        team: TeamId,
        user: UserId,
        seat: Seat,
    ) -> Result<Put<Member>> {
        let journal = self.journal.clone();
        let put = self.store.write(move |db| {
            let before = turned(db, &standing, team, user, Some(seat))?;
            let (team, user) = (team.to_string(), user.to_string());
            let held = json(&seat.permissions().iter().collect::<Vec<_>>())?;
            let Some(before) = before else {
                act.expects_nothing()?;
                is_there(db, &user)?;
                has_room(db, &team, &user)?;
                db.run(
                    "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, $3, $4, $5)",
                    &[(&team).into(), (&user).into(), seat.role().as_str().into(), (&held).into(), act.at.into()],
                )?;
                let made = one(db, &team, &user)?.ok_or(Error::NotFound)?;
                let details = details!({ "user": user, "role": made.role, "permissions": made.permissions });
                record(&journal, db, &act, "member.added", &team, details)?;
                return Ok(Put::Made(made));
            };
            act.expects(before.version)?;
            if before.seat() == seat {
                return Ok(Put::Changed(before));
            }
            db.run(
                "UPDATE memberships SET role = $3, permissions = $4, version = version + 1 WHERE team_id = $1 AND user_id = $2",
                &[(&team).into(), (&user).into(), seat.role().as_str().into(), (&held).into()],
            )?;
            if before.seat().is_admin() && !seat.is_admin() {
                an_admin_is_left(db, &standing, &team)?;
            }
            let after = one(db, &team, &user)?.ok_or(Error::NotFound)?;
            let details = details!({ "user": user,
                "before": { "role": before.role, "permissions": before.permissions },
                "after": { "role": after.role, "permissions": after.permissions } });
            record(&journal, db, &act, "member.changed", &team, details)?;
            Ok(Put::Changed(after))
        });
        put.await
    }

    /// Takes a person out of a team. They themselves may always go; the last admin may not.
    pub async fn remove_member(&self, act: Act, standing: Standing, team: TeamId, user: UserId) -> Result<Left> {
        let journal = self.journal.clone();
        let removed = self.store.write(move |db| {
            let before = turned(db, &standing, team, user, None)?.ok_or(Error::NotFound)?;
            act.expects(before.version)?;
            let (team, user) = (team.to_string(), user.to_string());
            db.run("DELETE FROM memberships WHERE team_id = $1 AND user_id = $2", &[(&team).into(), (&user).into()])?;
            // A panel for this team would show less on its next request; it has nothing left to show.
            db.run(
                "DELETE FROM portal_sessions WHERE team_id = $1 AND user_id = $2",
                &[(&team).into(), (&user).into()],
            )?;
            let left =
                if before.seat().is_admin() { an_admin_is_left(db, &standing, &team)? } else { Left::WithAdmins };
            let details =
                details!({ "user": user, "before": { "role": before.role, "permissions": before.permissions } });
            record(&journal, db, &act, "member.removed", &team, details)?;
            Ok(left)
        });
        removed.await
    }
}

/// May this caller do that in the team? Who is not in it is told that there is none.
pub(super) fn may(db: &Conn, standing: &Standing, team: TeamId, permission: Permission) -> Result<()> {
    match standing {
        Standing::All(_) => Ok(()),
        Standing::Person(rights) => own_seat(db, team, rights.user)?.may(permission),
        Standing::Owner(_) => Err(Error::forbidden("a key does not speak for the people of its team")),
    }
}

fn is(standing: &Standing, user: UserId) -> bool {
    matches!(standing, Standing::Person(rights) if rights.user == user)
}

/// The member as they are, if the caller may turn what they are into `after`.
fn turned(db: &Conn, standing: &Standing, team: TeamId, user: UserId, after: Option<Seat>) -> Result<Option<Member>> {
    let before = match standing {
        Standing::All(_) => one(db, &there(db, team)?, &user.to_string())?,
        Standing::Person(rights) => {
            let own = own_seat(db, team, rights.user)?;
            let before = one(db, &team.to_string(), &user.to_string())?;
            if rights.user == user {
                own.may_become(after)?;
            } else {
                own.may_turn(before.as_ref().map(Member::seat), after)?;
            }
            before
        }
        Standing::Owner(_) => return Err(Error::forbidden("a key does not speak for the people of its team")),
    };
    Ok(before)
}

fn own_seat(db: &Conn, team: TeamId, user: UserId) -> Result<Seat> {
    one(db, &team.to_string(), &user.to_string())?.map(|member| member.seat()).ok_or(Error::NotFound)
}

fn one(db: &Conn, team: &str, user: &str) -> Result<Option<Member>> {
    db.first(
        "SELECT m.user_id, o.external_id, u.email, o.name, o.status, m.role, m.permissions, m.created_at, m.version
         FROM memberships m JOIN owners o ON o.id = m.user_id JOIN users u ON u.id = m.user_id
         WHERE m.team_id = $1 AND m.user_id = $2",
        &[team.into(), user.into()],
        read,
    )
}

fn read(row: &Row<'_, '_>) -> Result<Member> {
    let (user_id, external_id, email) = (row.text()?.to_owned(), opt(row.opt_text()?), opt(row.opt_text()?));
    let (name, status) = (row.text()?.to_owned(), status(row)?);
    let role = TeamRole::parse(row.text()?)?;
    let held: Permissions = permissions(role, row.text()?)?;
    let (created_at, version) = (Timestamp(row.int()?), row.int()?);
    Ok(Member {
        user_id,
        external_id,
        email,
        name,
        status,
        role,
        permissions: held.iter().collect(),
        created_at,
        version,
    })
}

/// The team's id, where there is such a team.
fn there(db: &Conn, team: TeamId) -> Result<String> {
    let team = team.to_string();
    team::one(db, &team)?.map(|_| team).ok_or(Error::NotFound)
}

fn is_there(db: &Conn, user: &str) -> Result<()> {
    super::user::one(db, user)?.map(drop).ok_or(Error::NotFound)
}

pub(super) fn has_room(db: &Conn, team: &str, user: &str) -> Result<()> {
    let count = |sql, id: &str| db.first(sql, &[id.into()], |row| row.int()).map(Option::unwrap_or_default);
    if count("SELECT COUNT(*) FROM memberships WHERE team_id = $1", team)? >= MEMBERS_MAX {
        return Err(Error::conflict("", "a team has at most 1,000 members: make another team"));
    }
    if count("SELECT COUNT(*) FROM memberships WHERE user_id = $1", user)? >= TEAMS_MAX {
        return Err(Error::conflict("", "a person is in at most 500 teams: take them out of one first"));
    }
    Ok(())
}

/// Is an admin left who can act? People do not leave a team without one; admins of the instance and backends may, and are told.
fn an_admin_is_left(db: &Conn, standing: &Standing, team: &str) -> Result<Left> {
    let left = db.first(
        "SELECT m.user_id FROM memberships m JOIN owners o ON o.id = m.user_id
         WHERE m.team_id = $1 AND m.role = 'admin' AND o.status = 'active'",
        &[team.into()],
        |_| Ok(()),
    )?;
    match (left, standing) {
        (Some(()), _) => Ok(Left::WithAdmins),
        (None, Standing::All(_)) => Ok(Left::WithoutAdmin),
        (None, _) => {
            Err(Error::conflict("", "this is the last active admin of the team: make another member an admin first"))
        }
    }
}
