//! Who may do what to keys. One rule over all: nobody grants what they do not hold, at creation and at change.

use std::sync::Arc;

use super::facts::{Class, Facts, OwnerFacts};
use super::role::{self, Set};
use super::{Key, KeyId};
use crate::base::clock::UnixMs;
use crate::base::{Error, Field, Result};
use crate::config::Environment;
use crate::people::{OwnerId, Power, Rights, Standing, scope};

/// Whoever presented a key that is active.
#[derive(Debug, Clone)]
pub struct Holder {
    pub id: KeyId,
    pub owner: OwnerId,
    /// What it shares with keys like it, its scopes among that.
    pub class: Arc<Class>,
    /// What its roles give it.
    pub roles: Vec<Set>,
    pub expires_at: Option<UnixMs>,
    /// It presented a former secret, in its grace.
    pub superseded: bool,
}

const FORMER: &str = "this is a former secret of a rotated key: it verifies and manages nothing; use the new one";
const TEST: &str =
    "a test key manages nothing on this server: use a live key, or a test key with keystead: scopes for the sandbox";

impl Holder {
    pub(super) fn new(facts: &Facts, owner: &OwnerFacts, roles: Vec<Set>) -> Self {
        Self {
            id: facts.id,
            owner: owner.id,
            class: Arc::clone(&facts.class),
            roles,
            expires_at: facts.expires_at(),
            superseded: facts.superseded_until().is_some(),
        }
    }

    /// Where what it asks for happens: a secret test key with scopes of a backend is a backend of the sandbox.
    pub fn realm(&self) -> Environment {
        let sandbox = !self.class.is_public && self.class.scopes.iter().any(|scope| scope::is_backend(scope));
        if sandbox { self.class.environment } else { Environment::Live }
    }

    /// A test key that is no backend verifies, and does nothing here.
    fn is_only_tested(&self) -> bool {
        self.class.environment == Environment::Test && self.realm() == Environment::Live
    }

    /// Has the key this scope? One of an application by itself, a wildcard or a role; a reserved one works only in a secret key that bears
    /// it by itself, and `keystead:admin` has every scope of a backend.
    pub fn has(&self, wanted: &str) -> bool {
        if !scope::is_reserved(wanted) {
            return role::holds(&self.class.scopes, &self.roles, wanted);
        }
        let held = |wanted: &str| self.class.scopes.iter().any(|scope| scope == wanted);
        !self.class.is_public && (held(wanted) || (scope::is_backend(wanted) && held(scope::ADMIN)))
    }

    /// May it act as a backend with this scope?
    pub fn needs(&self, wanted: &'static str) -> Result<()> {
        let forbidden = |why| Err(Error::Forbidden { field: Field::NONE, why, scope: Some(wanted) });
        if self.is_only_tested() {
            return forbidden(TEST);
        }
        // A backend whose key is being rotated goes on verifying until its new secret is everywhere.
        if self.superseded && wanted != scope::VERIFY {
            return forbidden(FORMER);
        }
        if self.has(wanted) { Ok(()) } else { forbidden("this key lacks the scope that the request needs") }
    }

    /// What it is good for with this scope of a backend, which it needs.
    pub fn power(&self, wanted: &'static str) -> Result<Power> {
        self.needs(wanted).map(|()| self.own_power())
    }

    fn own_power(&self) -> Power {
        if self.has(scope::ADMIN) { Power::Admin } else { Power::Backend }
    }

    /// How far it reaches with this scope of a backend, or for its own owner where `own` allows that.
    pub fn reach(self, wanted: &'static str, own: Own) -> Result<Reach> {
        if let Own::Nothing = own {
            return self.power(wanted).map(Reach::All);
        }
        if self.superseded {
            return Err(Error::forbidden(FORMER));
        }
        if !self.is_only_tested() && self.has(wanted) {
            return Ok(Reach::All(self.own_power()));
        }
        let secret_and_live = !self.class.is_public && self.class.environment == Environment::Live;
        let allowed = match own {
            Own::Nothing => false,
            Own::Itself => true,
            Own::Free => self.owner != OwnerId::Instance,
            Own::With(scope) => self.owner != OwnerId::Instance && self.has(scope),
        };
        if secret_and_live && allowed {
            return Ok(Reach::Own(self));
        }
        self.needs(wanted)?;
        Err(Error::forbidden("this key may not do that"))
    }
}

const BEYOND: &str = "this key holds scopes that the caller does not: it cannot be changed from here";

fn is_backend(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| scope::is_backend(scope))
}

/// What a holder needs to act for its own owner.
#[derive(Debug, Clone, Copy)]
pub enum Own {
    /// Nothing is enough: the route is for backends.
    Nothing,
    /// Nothing but being a secret live key, also of the instance: for what it does to itself.
    Itself,
    /// Nothing but being a secret live key of a user or a team.
    Free,
    With(&'static str),
}

/// How far a caller reaches.
#[derive(Debug, Clone)]
pub enum Reach {
    /// Over the keys of every owner; an admin also over the instance's own and over `keystead:` scopes.
    All(Power),
    /// Over the keys of this holder's owner, and never beyond what the holder itself is.
    Own(Holder),
    /// Over the keys that this person manages, and never beyond what their owners may grant.
    Person(Rights),
}

impl From<Reach> for Standing {
    /// The same caller among people and teams.
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::All(power) => Self::All(power),
            Reach::Own(holder) => Self::Owner(holder.owner),
            Reach::Person(rights) => Self::Person(rights),
        }
    }
}

impl Reach {
    /// Whoever works at the machine itself.
    pub const MACHINE: Self = Self::All(Power::Admin);

    /// May the caller know of this owner's keys? A refusal looks like absence.
    pub fn sees(&self, owner: OwnerId) -> Result<()> {
        let seen = match self {
            Self::All(power) => power.is_admin() || owner != OwnerId::Instance,
            Self::Own(holder) => holder.owner == owner,
            Self::Person(rights) => rights.manages_keys_of(owner),
        };
        if seen { Ok(()) } else { Err(Error::NotFound) }
    }

    /// May the caller give a key these scopes? `grantable` is what the owner may give to its own keys.
    pub fn grants(&self, scopes: &[String], grantable: &[String]) -> Result<()> {
        let refused = |why| Err(Error::Forbidden { field: "/scopes".into(), why, scope: None });
        match self {
            Self::All(power) if is_backend(scopes) => power
                .dangerous("only an admin, or keystead:admin, grants keystead: scopes")
                .map_err(|error| error.at("/scopes")),
            Self::Person(Rights { narrowed, .. })
                if scopes.iter().any(|scope| {
                    !scope::any_covers(grantable, scope)
                        || narrowed.as_ref().is_some_and(|only| !scope::any_covers(only, scope))
                }) =>
            {
                refused("this scope is not among those that the owner of the key may grant; an admin can add it there")
            }
            Self::Own(holder) if scopes.iter().any(|scope| !holder.has(scope)) => {
                refused("a key cannot grant a scope that it does not hold itself")
            }
            Self::Own(_) if scopes.iter().any(|scope| !scope::any_covers(grantable, scope)) => refused(
                "the owner of this key may not grant this scope; a backend can, or can add it to scopes_grantable",
            ),
            Self::All(_) | Self::Own(_) | Self::Person(_) => Ok(()),
        }
    }

    /// A key made or changed through a key never outlives it.
    pub fn may_expire_at(&self, expires_at: Option<UnixMs>) -> Result<()> {
        let Self::Own(Holder { expires_at: Some(own), .. }) = self else { return Ok(()) };
        if expires_at.is_some_and(|at| at <= *own) {
            return Ok(());
        }
        Err(Error::Forbidden {
            field: "/expires_at".into(),
            why: "a key cannot make or change a key so that it outlives itself: choose an earlier expiry",
            scope: None,
        })
    }

    /// Settings that only a backend sets.
    pub fn may_set(&self, field: &'static str) -> Result<()> {
        match self {
            Self::All(_) => Ok(()),
            Self::Own(_) | Self::Person(_) => Err(Error::Forbidden {
                field: field.into(),
                why: "only an admin or a backend with keystead:keys:write sets this",
                scope: Some(scope::KEYS_WRITE),
            }),
        }
    }

    /// May the caller change a key that holds these scopes, of its own and by its roles? Not if that is more than the caller could give.
    pub fn may_change(&self, held: &[String], grantable: &[String]) -> Result<()> {
        let beyond = match self {
            // Whoever changes or rotates such a key could as well have made it.
            Self::All(power) if is_backend(held) => return power.dangerous(BEYOND),
            Self::All(_) => false,
            Self::Own(holder) => held.iter().any(|scope| !holder.has(scope)),
            Self::Person(_) => self.grants(held, grantable).is_err(),
        };
        if beyond { Err(Error::forbidden(BEYOND)) } else { Ok(()) }
    }

    /// Only who is trusted with all keys removes what remains of one.
    pub fn may_purge(&self) -> Result<()> {
        match self {
            Self::All(_) => Ok(()),
            Self::Own(_) | Self::Person(_) => Err(Error::Forbidden {
                field: Field::NONE,
                why: "only an admin or a backend with keystead:keys:write removes a key for good; revoking it ends it as well",
                scope: Some(scope::KEYS_WRITE),
            }),
        }
    }

    /// A backend needs its scope for any key but itself; it has no owner whose keys it could speak for.
    pub fn may_revoke_others(&self) -> Result<()> {
        match self {
            Self::Own(holder) if holder.owner == OwnerId::Instance => holder.needs(scope::KEYS_WRITE),
            Self::All(_) | Self::Own(_) | Self::Person(_) => Ok(()),
        }
    }

    /// May the caller revoke this key, which is not its own? With `own:keys:revoke` any key of its owner.
    pub fn may_revoke(&self, key: &Key) -> Result<()> {
        match self {
            // What makes it a backend is never in a role.
            Self::All(Power::Backend) => self.may_change(&key.scopes, &[]),
            // Ending a key grants nothing.
            Self::All(_) | Self::Person(_) => Ok(()),
            Self::Own(holder) if holder.has(scope::OWN_REVOKE) => Ok(()),
            Self::Own(_) => Err(Error::Forbidden {
                field: Field::NONE,
                why: "a key revokes itself; for other keys of its owner it needs own:keys:revoke",
                scope: Some(scope::OWN_REVOKE),
            }),
        }
    }
}
