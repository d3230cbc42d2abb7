//! `GET /v1/me`: what a credential says to whoever holds it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Error, Timestamp};
use crate::config::Environment;
use crate::http::guard::{Anyone, Caller};
use crate::http::reply::{Answer, Reply};
use crate::key::{Key, Owner, Policy, Status};
use crate::people::{MyTeam, OwnerId, People, Rights, SecondFactor, User, scope};

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
    /// Scopes that this caller may give to their own keys: of a panel, as it was narrowed; of an admin, all. A wildcard stands for what is below it,
    /// and none for a reserved scope, so that whatever none of these covers is refused.
    scopes_grantable: Option<Vec<String>>,
    /// May they set credits, rate limits, roles, metadata and offline use of keys?
    may_set_terms: Option<bool>,
    panel: Option<MyPanel>,
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
pub struct MyPanel {
    /// The team whose keys it manages besides those of the person, as far as they may.
    team_id: Option<String>,
    expires_at: Timestamp,
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
            let somebody = somebody(people, Kind::Person, &me.rights, me.admin).await?;
            Me { session: Some(session), second_factor, policy, ..somebody }
        }
        Caller::Panel(panel) => {
            let mine =
                MyPanel { team_id: panel.team.map(|team| team.to_string()), expires_at: Timestamp(panel.expires_at) };
            let somebody = somebody(people, Kind::Panel, &panel.rights, false).await?;
            Me { panel: Some(mine), policy, ..somebody }
        }
    }))
}

async fn somebody(people: &People, kind: Kind, rights: &Rights, admin: bool) -> Result<Me, Error> {
    let user = people.user(rights.user).await?;
    let scopes_grantable =
        if admin { scope::all() } else { rights.grants(OwnerId::User(rights.user), &user.scopes_grantable) };
    Ok(Me {
        user: Some(user),
        teams: Some(people.my_teams(rights, admin).await?),
        scopes_grantable: Some(scopes_grantable),
        may_set_terms: Some(admin),
        ..Me::of(kind)
    })
}

impl Me {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            key: None,
            owner: None,
            user: None,
            teams: None,
            scopes_grantable: None,
            may_set_terms: None,
            panel: None,
            session: None,
            second_factor: None,
            policy: None,
        }
    }
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
    Me { key: Some(mine), owner, ..Me::of(Kind::Key) }
}
