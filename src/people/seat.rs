//! What somebody is in a team, and who may turn it into what. Pure. One rule over all: nobody gives what they do not hold.

use super::rights::{Permission, Permissions, TeamRole};
use crate::base::{Error, Result};

/// A role and permissions in one team. An admin of the team holds all permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    role: TeamRole,
    permissions: Permissions,
}

impl Seat {
    pub fn new(role: TeamRole, permissions: Permissions) -> Self {
        let permissions = if role == TeamRole::Admin { Permissions::ALL } else { permissions };
        Self { role, permissions }
    }

    pub fn role(self) -> TeamRole {
        self.role
    }

    pub fn permissions(self) -> Permissions {
        self.permissions
    }

    pub fn is_admin(self) -> bool {
        self.role == TeamRole::Admin
    }

    /// May who sits here do this in the team?
    pub fn may(self, permission: Permission) -> Result<()> {
        if self.permissions.has(permission) { Ok(()) } else { Err(Error::forbidden(lacking(permission))) }
    }

    /// May who sits here turn another's seat into this one? `None` is a seat outside of the team.
    pub fn may_turn(self, before: Option<Self>, after: Option<Self>) -> Result<()> {
        let none = Permissions::default();
        let (had, has) = (before.map_or(none, Self::permissions), after.map_or(none, Self::permissions));
        let admins = before.is_some_and(Self::is_admin) || after.is_some_and(Self::is_admin);
        if after.is_some() {
            self.may(Permission::InviteMembers)?;
        }
        if after.is_none() || !has.covers(had) {
            self.may(Permission::RemoveMembers)?;
        }
        if admins && !self.is_admin() {
            return Err(
                Error::forbidden("only an admin of the team makes, changes or removes an admin of it").at("/role")
            );
        }
        if !self.permissions.covers(has.without(had)) {
            return Err(
                Error::forbidden("nobody gives a permission in a team that they do not hold there").at("/permissions")
            );
        }
        Ok(())
    }

    /// May who sits here turn their own seat into this one? Everybody may leave, or hold less.
    pub fn may_become(self, after: Option<Self>) -> Result<()> {
        let Some(after) = after else { return Ok(()) };
        if after.is_admin() && !self.is_admin() {
            return Err(Error::forbidden("only an admin of the team makes another admin of it").at("/role"));
        }
        if self.permissions.covers(after.permissions) {
            Ok(())
        } else {
            Err(Error::forbidden("nobody gives themselves a permission").at("/permissions"))
        }
    }
}

fn lacking(permission: Permission) -> &'static str {
    match permission {
        Permission::ManageApiKeys => "you need $manage_api_keys in this team: an admin of it gives that",
        Permission::ReadMembers => "you need $read_members in this team: an admin of it gives that",
        Permission::InviteMembers => "you need $invite_members in this team: an admin of it gives that",
        Permission::RemoveMembers => "you need $remove_members in this team: an admin of it gives that",
        Permission::UpdateTeam => "you need $update_team in this team: an admin of it gives that",
        Permission::DeleteTeam => "you need $delete_team in this team: an admin of it gives that",
    }
}
