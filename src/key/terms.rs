//! What a key is held to, and what it is given besides scopes: restrictions, roles, limits, credits, offline use. Set at creation, at
//! change and at rotation by the same code.

use serde_json::Value;

use super::authority::{Holder, Reach};
use super::credit::Credits;
use super::restrict::{Restrictions, RestrictionsChange};
use super::table::View;
use super::{Key, role};
use crate::base::clock::UnixMs;
use crate::base::{Error, Field, Result};
use crate::event::Act;
use crate::people::{RateLimit, json, limit, scope};
use crate::store::Conn;

/// `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct Terms {
    pub restrictions: Option<RestrictionsChange>,
    pub roles: Option<Vec<String>>,
    pub rate_limits: Option<Vec<RateLimit>>,
    /// `Some(None)` is none: uses are not paid for.
    pub credits: Option<Option<Credits>>,
    pub offline: Option<bool>,
}

const LOOSER: &str = "a key cannot give what it is not let through for itself: keep within its own restrictions";
const LESS: &str =
    "this key is let through where the caller is not: a key changes and rotates only keys within its own restrictions";
const HELD: &str =
    "this key is held to limits or credits: it makes no keys and changes no others, which would not be held to them";

impl Terms {
    /// Is nothing given?
    pub(super) fn is_empty(&self) -> bool {
        let Self { restrictions, roles, rate_limits, credits, offline } = self;
        restrictions.is_none() && roles.is_none() && rate_limits.is_none() && credits.is_none() && offline.is_none()
    }

    /// Would anything of this key be another?
    pub(super) fn differs(&self, key: &Key) -> bool {
        self.restrictions_after(Some(key)).is_some_and(|restrictions| restrictions != key.restrictions)
            || self.roles.as_ref().is_some_and(|roles| role::sorted(roles) != key.roles)
            || self.rate_limits.as_ref().is_some_and(|limits| *limits != key.rate_limits)
            || self.credits.as_ref().is_some_and(|credits| *credits != key.credits)
            || self.offline.is_some_and(|offline| offline != key.offline)
    }

    /// Checks what can be told without the store. Whoever owns a key may restrict it; the rest is for admins and backends.
    pub(super) fn checked(self, reach: &Reach) -> Result<Self> {
        let privileged = [
            ("/roles", self.roles.is_some()),
            ("/rate_limits", self.rate_limits.is_some()),
            ("/credits", self.credits.is_some()),
            ("/offline", self.offline.is_some()),
        ];
        for (field, _) in privileged.into_iter().filter(|(_, given)| *given) {
            reach.may_set(field)?;
        }
        Ok(Self {
            restrictions: self.restrictions.map(RestrictionsChange::checked).transpose()?,
            rate_limits: self.rate_limits.map(|limits| limit::check("/rate_limits", limits)).transpose()?,
            credits: self.credits.map(|credits| credits.map(Credits::checked).transpose()).transpose()?,
            ..self
        })
    }

    /// What the key would be restricted to; `None` is what it is.
    fn restrictions_after(&self, before: Option<&Key>) -> Option<Restrictions> {
        let none = Restrictions::default();
        self.restrictions.as_ref().map(|change| change.over(before.map_or(&none, |key| &key.restrictions)))
    }

    /// Would this key be let through where it is not?
    pub(super) fn loosens(&self, key: &Key) -> bool {
        self.restrictions_after(Some(key)).is_some_and(|after| !after.is_within(&key.restrictions))
    }

    /// May the caller give a key these terms? `before` is the key as it is, `None` a new one; `scopes` are what it would hold.
    ///
    /// A key never gives what it is not let through for itself: to the keys of its owner, or, where it reaches further, to itself and to others
    /// that call this server as it does. Whom a backend makes keys for, it restricts as it likes.
    pub(super) fn granted(
        &self,
        db: &Conn,
        view: View,
        act: &Act,
        reach: &Reach,
        (before, scopes): (Option<&Key>, &[String]),
    ) -> Result<()> {
        let calls_here = |scopes: &[String]| scopes.iter().any(|scope| scope::is_backend(scope));
        let own = match reach {
            Reach::Own(holder) => Some(view.by_id(db, &holder.id.to_string())?.ok_or(Error::Unauthenticated)?),
            // A backend of the sandbox is not there, and what it makes there calls nobody.
            Reach::All(_) if calls_here(scopes) || before.is_some_and(|key| calls_here(&key.scopes)) => {
                act.actor.key_id().map(|id| view.by_id(db, id)).transpose()?.flatten()
            }
            Reach::All(_) | Reach::Person(_) => None,
        };
        let Some(own) = own else { return Ok(()) };
        if let Reach::Own(holder) = reach {
            may_act(holder, &own, before)?;
        }
        if before.is_some_and(|key| !key.restrictions.is_within(&own.restrictions)) {
            return Err(Error::forbidden(LESS));
        }
        let after = self.restrictions_after(before).or(before.map(|key| key.restrictions.clone())).unwrap_or_default();
        if after.is_within(&own.restrictions) {
            return Ok(());
        }
        Err(Error::Forbidden { field: Field::from_client(["restrictions"]), why: LOOSER, scope: None })
    }

    /// Writes them into the key's row, in the caller's job. `before` as above.
    pub(super) fn write(&self, db: &Conn, id: &str, before: Option<&Key>, now: UnixMs) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let roles = self.roles.as_ref().map(|names| role::check(db, names)).transpose()?;
        let (restrictions, rate_limits) = (
            self.restrictions_after(before).as_ref().map(json).transpose()?,
            self.rate_limits.as_ref().map(json).transpose()?,
        );
        let credits = self.credits.as_ref().and_then(Option::as_ref);
        let refill = credits.and_then(|credits| credits.refill.as_ref()).map(json).transpose()?;
        db.run(
            "UPDATE keys SET restrictions = COALESCE($2, restrictions), roles = COALESCE($3, roles),
                             rate_limits = COALESCE($4, rate_limits), offline = COALESCE($5, offline),
                             credits = CASE WHEN $6 = 1 THEN $7 ELSE credits END,
                             credits_refill = CASE WHEN $6 = 1 THEN $8 ELSE credits_refill END,
                             credits_refill_at = CASE WHEN $6 = 1 THEN $9 ELSE credits_refill_at END
             WHERE id = $1",
            &[
                id.into(),
                (&restrictions).into(),
                (&roles.as_ref().map(json).transpose()?).into(),
                (&rate_limits).into(),
                self.offline.into(),
                self.credits.is_some().into(),
                credits.map(|credits| credits.remaining).into(),
                (&refill).into(),
                credits.and_then(|credits| credits.refill_after(now)).into(),
            ],
        )?;
        Ok(())
    }
}

/// Whoever is held to a count makes and touches nothing that is not.
fn may_act(holder: &Holder, own: &Key, before: Option<&Key>) -> Result<()> {
    let itself = before.is_some_and(|key| key.id == holder.id.to_string());
    if !itself && (own.credits.is_some() || !own.rate_limits.is_empty()) {
        return Err(Error::forbidden(HELD));
    }
    Ok(())
}

/// What an event tells of them.
pub(super) fn told(key: &Key) -> Result<[(&'static str, Value); 5]> {
    fn value<T: serde::Serialize>(of: &T) -> Result<Value> {
        serde_json::to_value(of).map_err(Error::internal)
    }
    Ok([
        ("restrictions", value(&key.restrictions)?),
        ("roles", value(&key.roles)?),
        ("rate_limits", value(&key.rate_limits)?),
        ("credits", value(&key.credits)?),
        ("offline", key.offline.into()),
    ])
}
