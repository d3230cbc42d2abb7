//! Removing an owner: its keys end, or go to somebody else, in the one transaction that removes it. For an owner with many keys that is
//! long for the writer (3 to 4 s for a hundred thousand, on two busy processors), and verifications, which read from memory, go on meanwhile.

use std::collections::HashSet;
use std::sync::{Arc, RwLock};

use serde_json::json as details;

use super::authority::Reach;
use super::facts::Facts;
use super::index::Index;
use super::offline::changed;
use super::policy::Policy;
use super::{Keys, RevokedReason, Status, fill, role, table};
use crate::base::{Error, Result, Timestamp};
use crate::event::{Act, Change, Journal};
use crate::people::{self, OwnerId, People, Power, Standing, TeamId, UserId};
use crate::store::Conn;

/// Living keys that one removal settles: what the writer does in 3 to 4 s, in some 100 MiB.
const KEYS_MAX: i64 = 100_000;

/// What becomes of the living keys of an owner that is removed. Dead ones stay with its row.
#[derive(Debug)]
pub enum Fate {
    Revoked,
    /// They go on as they are, for somebody else whom this caller reaches.
    Moved {
        to: OwnerId,
        reach: Reach,
    },
}

impl Keys {
    /// Removes a person for good, with sessions, panels, invitations and memberships. In force for their keys with the answer.
    pub async fn remove_user(&self, act: Act, power: Power, id: UserId, fate: Fate) -> Result<()> {
        let (journal, index, board) = (self.journal.clone(), Arc::clone(&self.index), Arc::clone(&self.board));
        let removed = self.store.write(move |db| {
            let settled = || settle(db, &journal, &index, &board.now(), &act, OwnerId::User(id), &fate);
            people::remove_user(db, &journal, &act, power, id, settled)?;
            fill::publish_owner(db, &index, OwnerId::User(id))
        });
        removed.await
    }

    /// Removes a team for good, with its memberships, as far as the caller may.
    pub async fn remove_team(&self, act: Act, standing: Standing, id: TeamId, fate: Fate) -> Result<()> {
        let (journal, index, board) = (self.journal.clone(), Arc::clone(&self.index), Arc::clone(&self.board));
        let removed = self.store.write(move |db| {
            let settled = || settle(db, &journal, &index, &board.now(), &act, OwnerId::Team(id), &fate);
            people::remove_team(db, &journal, &act, &standing, id, settled)?;
            fill::publish_owner(db, &index, OwnerId::Team(id))
        });
        removed.await
    }
}

/// Ends or moves the living keys of `from`; answers what to say of it in the event of the removal.
fn settle(
    db: &Conn,
    journal: &Journal,
    index: &Arc<Index>,
    policy: &Policy,
    act: &Act,
    from: OwnerId,
    fate: &Fate,
) -> Result<serde_json::Value> {
    if table::living_keys_of(db, from)? > KEYS_MAX {
        return Err(Error::conflict("", "this owner has over 100,000 keys: revoke or move most of them first"));
    }
    let living = table::living_facts_of(db, from)?;
    let keys: Vec<&Facts> = living.iter().filter(|facts| facts.superseded_until().is_none()).collect();
    let told = match fate {
        Fate::Revoked => {
            revoke(db, journal, act, from, &keys)?;
            details!({ "revoked": keys.len() })
        }
        Fate::Moved { to, reach } => {
            may_move(db, policy, act, from, *to, reach, &keys)?;
            transfer(db, journal, act, from, *to, &keys)?;
            details!({ "moved": keys.len(), "to": to.to_string() })
        }
    };
    publish(db, index, fate, living)?;
    Ok(told)
}

fn revoke(db: &Conn, journal: &Journal, act: &Act, from: OwnerId, keys: &[&Facts]) -> Result<()> {
    let owner = from.to_string();
    db.run(
        "UPDATE keys SET revoked_at = $2, revoked_reason = $3, version = version + 1 WHERE owner_id = $1 AND revoked_at IS NULL",
        &[(&owner).into(), act.at.into(), RevokedReason::OwnerRemoved.as_str().into()],
    )?;
    let ids: Vec<String> = keys.iter().map(|facts| facts.id.to_string()).collect();
    let events = keys.iter().zip(&ids).map(|(facts, id)| Change {
        action: "key.revoked",
        subject: id,
        owner_id: Some(&owner),
        details: details!({ "reason": RevokedReason::OwnerRemoved, "before": { "status": facts.status(act.at) },
            "after": { "status": Status::Revoked } }),
    });
    journal.append_all(db, act, events)
}

/// As for one key that is transferred: whoever moves them manages the keys of both owners, and neither the former nor the new one may hold
/// more by it than the caller could give.
fn may_move(
    db: &Conn,
    policy: &Policy,
    act: &Act,
    from: OwnerId,
    to: OwnerId,
    reach: &Reach,
    keys: &[&Facts],
) -> Result<()> {
    if to == from || to == OwnerId::Instance {
        return Err(Error::refused("/to", "must be another user or team, which stays"));
    }
    reach.sees(from)?;
    let unknown = || Error::refused("/to", "there is no user or team with this id whose keys you manage");
    reach.sees(to).map_err(|_| unknown())?;
    let theirs = People::grantable(db, from)?.unwrap_or_default();
    let grantable = People::grantable(db, to)?.ok_or_else(unknown)?;
    // What many keys are alike in is looked at once.
    let classes: HashSet<(&[String], &[String])> =
        keys.iter().map(|facts| (&*facts.class.scopes, &*facts.class.roles)).collect();
    for (own, roles) in classes {
        let held = role::held(db, own, roles)?;
        reach.grants(&held, &theirs).map_err(|error| error.at("/to"))?;
        reach.grants(&held, &grantable).map_err(|error| error.at("/to"))?;
    }
    for facts in keys {
        policy.makes(reach, to, facts.class.environment)?;
        policy.lasts(reach, facts.expires_at().map(Timestamp), act.at)?;
    }
    Ok(())
}

fn transfer(db: &Conn, journal: &Journal, act: &Act, from: OwnerId, to: OwnerId, keys: &[&Facts]) -> Result<()> {
    let (old, new) = (from.to_string(), to.to_string());
    db.run(
        "UPDATE keys SET owner_id = $2, version = version + 1 WHERE owner_id = $1 AND revoked_at IS NULL",
        &[(&old).into(), (&new).into()],
    )?;
    let ids: Vec<String> = keys.iter().map(|facts| facts.id.to_string()).collect();
    let events = ids.iter().map(|id| Change {
        action: "key.transferred",
        subject: id,
        owner_id: Some(&new),
        details: details!({ "owner": { "before": old, "after": new } }),
    });
    journal.append_all(db, act, events)
}

/// Puts what became of the keys into memory when this job is committed: from what was read of them, without reading them again.
fn publish(db: &Conn, index: &Arc<Index>, fate: &Fate, mut living: Vec<Facts>) -> Result<()> {
    let former = living.iter().find(|facts| facts.class.offline).map(|facts| facts.owner().id.to_string());
    let noted = former.map(|former| changed::of_owner(db, index, &former)).transpose()?;
    let owner = match fate {
        Fate::Revoked => None,
        Fate::Moved { to, .. } => Some(table::owner(db, *to)?.ok_or(Error::NotFound)?),
    };
    for facts in &mut living {
        match &owner {
            None => facts.revoked_reason = Some(RevokedReason::OwnerRemoved),
            Some(owner) => facts.owner = Arc::new(RwLock::new(owner.clone())),
        }
    }
    let index = Arc::clone(index);
    db.after_commit(move || {
        for facts in living {
            index.put(facts);
        }
        if let Some(rev) = noted {
            index.changes.reached(rev);
        }
    });
    Ok(())
}
