//! `/v1/users/{id}/portal-sessions` and `/v1/portal-sessions`: panels that a host application embeds for its users.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::owner_keys::reveal;
use crate::base::{Error, Secret, Timestamp};
use crate::event::Actor;
use crate::http::guard::{Backend, Embedded, Nobody, OwnPage, Portal};
use crate::http::input::{At, Creating, SecretBody};
use crate::http::reply::{Answer, Created, Done, Reply, Tagged};
use crate::people::{NewPanel, TeamId, UserKind, panel_realm};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPortalSession {
    /// A team that the user is in: the panel then manages its keys too, if the user may.
    team_id: Option<String>,
    /// Seconds that the panel lives: 60 to 3600, 900 by default.
    #[schemars(range(min = 60, max = 3600))]
    expires_in_s: Option<i64>,
    /// The origin of the pages that embed the panel, as in `https://app.example.com`. Without it, only pages of this server use it.
    #[schemars(length(max = 267))]
    allowed_origin: Option<String>,
    /// Of the scopes that the owner of a key may grant, only these; absent means all of them.
    #[schemars(length(max = 64))]
    scopes: Option<Vec<String>>,
}

/// The one answer that carries the token and the link.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PortalSession {
    /// For `Authorization: Bearer`. It is shown here and never again.
    #[serde(serialize_with = "reveal")]
    token: Secret,
    /// For the user's browser: ends in a code that works once, within a minute, and whose exchange ends `token`. Use one or the other.
    #[serde(serialize_with = "reveal")]
    url: Secret,
    expires_at: Timestamp,
}

impl Tagged for PortalSession {
    /// It is not changed and has no ETag.
    fn version(&self) -> i64 {
        0
    }
}

pub async fn create(
    who: Backend<Portal>,
    At(user): At<UserKind>,
    Creating { body: new, once }: Creating<NewPortalSession>,
) -> Reply<Created<PortalSession>> {
    let no_team = || Error::refused("/team_id", "must be the id of a team, as in team_…");
    let new = NewPanel {
        user,
        team: new.team_id.map(|id| TeamId::parse(&id).ok_or_else(no_team)).transpose()?,
        expires_in_s: new.expires_in_s,
        allowed_origin: new.allowed_origin,
        scopes: new.scopes,
    };
    let opened = who.call.people().open_panel(who.act().once(once), who.power, new).await?;
    let url = Secret::new(format!("{}/portal/{}", who.call.app.public_url, opened.code.expose()));
    Ok(Created(PortalSession { token: opened.token, url, expires_at: opened.expires_at }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The last part of the link.
    code: Secret,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ExchangedSession {
    /// For `Authorization: Bearer`. It is shown here and never again.
    #[serde(serialize_with = "reveal")]
    token: Secret,
    expires_at: Timestamp,
}

pub async fn exchange(
    who: Nobody,
    _: OwnPage,
    SecretBody(Code { code }): SecretBody<Code>,
) -> Reply<Answer<ExchangedSession>> {
    let call = who.0.in_realm(panel_realm(code.expose()));
    let exchanged = call.people().exchange(call.act(Actor::nobody()), &code).await?;
    Ok(Answer(ExchangedSession { token: exchanged.token, expires_at: exchanged.expires_at }))
}

pub async fn end(who: Embedded) -> Reply<Done> {
    who.call.people().end_panel(who.act(), who.panel.id).await?;
    Ok(Done("Portal session ended successfully"))
}
