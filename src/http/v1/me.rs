//! `GET /v1/me`: what a credential says to whoever holds it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Timestamp;
use crate::config::Environment;
use crate::http::guard::{Anyone, Caller};
use crate::http::reply::{Answer, Reply};
use crate::key::{Key, Owner, Policy, Status};
use crate::people::{Permission, Rights, SecondFactor, User};

/// Who calls. What does not apply to this kind of caller is null.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    #[serde(rename = "type")]
    kind: Kind,
    key: Option<MyKey>,
    /// Whose key it is. A public key, which anybody may hold, tells nothing of its owner.
    owner: Option<Owner>,
    user: Option<User>,
    /// The teams that the person is in, as far as this credential reaches.
    teams: Option<Vec<MyTeam>>,
    session: Option<MySession>,
    second_factor: Option<SecondFactor>,
    /// What holds for keys that this person makes: what a form offers and refuses beforehand.
    policy: Option<Arc<Policy>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Key,
    Person,
    Panel,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MyKey {
    id: String,
    environment: Environment,
    expires_at: Option<Timestamp>,
    is_public: bool,
    name: Option<String>,
    prefix: Option<String>,
    last_four: Option<String>,
    status: Option<Status>,
    /// The key's own; those of its roles come to them.
    scopes: Option<Vec<String>>,
    roles: Option<Vec<String>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MyTeam {
    id: String,
    permissions: Vec<Permission>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MySession {
    id: String,
    /// Was the password given lately enough for dangerous actions?
    confirmed: bool,
}

pub async fn show(who: Anyone) -> Reply<Answer<Me>> {
    let people = who.call.people();
    // A key that calls is always one on disk, also where what it manages is the sandbox.
    let own = &who.call.app.instance.live.keys;
    let policy = Some(who.call.keys().policy());
    Ok(Answer(match who.caller {
        Caller::Key(holder) => holder_of(own.own(&holder).await?),
        Caller::Person(me) => {
            let session = MySession { id: me.session.to_string(), confirmed: me.confirmed };
            let second_factor = Some(people.second_factor(me.rights.user).await?);
            let user = people.user(me.rights.user).await?;
            Me { second_factor, policy, ..somebody(Kind::Person, user, &me.rights, Some(session)) }
        }
        Caller::Panel(panel) => {
            Me { policy, ..somebody(Kind::Panel, people.user(panel.rights.user).await?, &panel.rights, None) }
        }
    }))
}

fn somebody(kind: Kind, user: User, rights: &Rights, session: Option<MySession>) -> Me {
    let teams = rights.teams.iter().map(|(id, held)| MyTeam { id: id.to_string(), permissions: held.iter().collect() });
    let (user, teams) = (Some(user), Some(teams.collect()));
    Me { kind, key: None, owner: None, user, teams, session, second_factor: None, policy: None }
}

fn holder_of(key: Key) -> Me {
    let secret = !key.is_public;
    let mine = MyKey {
        id: key.id,
        environment: key.environment,
        expires_at: key.expires_at,
        is_public: key.is_public,
        name: secret.then_some(key.name),
        prefix: key.prefix.filter(|_| secret),
        last_four: key.last_four.filter(|_| secret),
        status: secret.then_some(key.status),
        scopes: secret.then_some(key.scopes),
        roles: secret.then_some(key.roles),
    };
    let owner = secret.then_some(key.owner);
    Me {
        kind: Kind::Key,
        key: Some(mine),
        owner,
        user: None,
        teams: None,
        session: None,
        second_factor: None,
        policy: None,
    }
}
