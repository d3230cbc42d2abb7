//! Changes of an owner that reach its keys: a suspended owner's keys are off, and a verification shows the owner's name as it is now.

use std::sync::Arc;

use super::Keys;
use super::fill::publish_owner;
use crate::base::Result;
use crate::event::Act;
use crate::people::{
    Acceptance, Entered, OwnerKind, People, Power, Put, Standing, Team, TeamChange, TeamId, TeamKind, User, UserChange,
    UserId, UserKind,
};

impl Keys {
    /// Changes a person. In force for all of their keys with the answer.
    pub async fn change_user(&self, act: Act, power: Power, id: UserId, change: UserChange) -> Result<User> {
        let change = change.checked()?;
        let (journal, index) = (self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let user = change.apply(db, &journal, &act, power, id)?;
                publish_owner(db, &index, UserKind::owner(id))?;
                Ok(user)
            })
            .await
    }

    /// Makes the person with this external id, or changes what is given of the one who is there.
    pub async fn put_user(&self, act: Act, power: Power, external_id: String, change: UserChange) -> Result<Put<User>> {
        let change = change.checked()?;
        let (journal, index) = (self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let put = change.put(db, &journal, &act, power, external_id)?;
                let (Put::Made(user) | Put::Changed(user)) = &put;
                if let Some(id) = UserId::parse(&user.id) {
                    publish_owner(db, &index, UserKind::owner(id))?;
                }
                Ok(put)
            })
            .await
    }

    /// Takes the password that somebody with a link sets, and signs them in. Their keys bear the new name with the answer.
    pub async fn accept_invitation(&self, people: &People, act: Act, given: Acceptance) -> Result<Entered> {
        let accepting = people.accepting(&act, given).await?;
        let (people, index) = (people.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let entered = people.accept(db, &act, &accepting)?;
                publish_owner(db, &index, UserKind::owner(accepting.user))?;
                Ok(entered)
            })
            .await
    }

    /// Changes a team. In force for all of its keys with the answer.
    pub async fn change_team(&self, act: Act, standing: Standing, id: TeamId, change: TeamChange) -> Result<Team> {
        let change = change.checked(&standing)?;
        let (journal, index) = (self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let team = change.apply(db, &journal, &act, &standing, id)?;
                publish_owner(db, &index, TeamKind::owner(id))?;
                Ok(team)
            })
            .await
    }

    /// Makes the team with this external id, or changes what is given of the one that is there.
    pub async fn put_team(&self, act: Act, power: Power, external_id: String, change: TeamChange) -> Result<Put<Team>> {
        let change = change.checked(&Standing::All(power))?;
        let (journal, index) = (self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let put = change.put(db, &journal, &act, power, external_id)?;
                let (Put::Made(team) | Put::Changed(team)) = &put;
                if let Some(id) = TeamId::parse(&team.id) {
                    publish_owner(db, &index, TeamKind::owner(id))?;
                }
                Ok(put)
            })
            .await
    }
}
