//! `/v1/users/{id}/invitations` and `/v1/invitations/accept`: links by which people set a password.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::owner_keys::reveal;
use super::sessions::{SignedIn, entered};
use crate::base::{Secret, Timestamp};
use crate::event::Actor;
use crate::http::cookie::WithCookie;
use crate::http::guard::{Backend, Browser, Nobody, PeopleWrite};
use crate::http::input::{At, Body, Creating};
use crate::http::reply::{Began, Created, Reply, Tagged};
use crate::people::{Acceptance, UserKind};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Seconds that the link works: 60 to 2592000 (30 days), 604800 (7 days) by default.
    #[schemars(range(min = 60, max = 2_592_000))]
    expires_in_s: Option<i64>,
}

/// The one answer that carries the link.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InvitationLink {
    /// A page of this server where the user sets a password. It works once, and is shown here and never again.
    #[serde(serialize_with = "reveal")]
    url: Secret,
    expires_at: Timestamp,
}

impl Tagged for InvitationLink {
    /// It is not changed and has no ETag.
    fn version(&self) -> i64 {
        0
    }
}

pub async fn create(
    who: Backend<PeopleWrite>,
    At(user): At<UserKind>,
    Creating { body: new, once }: Creating<NewInvitation>,
) -> Reply<Created<InvitationLink>> {
    let people = who.call.people();
    let invitation = people.invite(who.act().once(once), who.power, user, new.expires_in_s).await?;
    let url = invitation.url(&who.call.app.public_url);
    Ok(Created(InvitationLink { url, expires_at: invitation.expires_at }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// What stands behind `#token=` in the link.
    token: Secret,
    /// 8 characters at least, 1024 bytes at most, and none of the most common ones.
    password: Secret,
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// Of the second factor, from those who have one: six digits, or a recovery code.
    code: Option<Secret>,
}

pub async fn accept(
    Nobody(call): Nobody,
    browser: Browser,
    Body(given): Body<Accept>,
) -> Reply<WithCookie<Began<SignedIn>>> {
    let Accept { token, password, name, code } = given;
    let acceptance = Acceptance { token, password, name, code, user_agent: browser.user_agent, former: browser.former };
    let who = call.keys().accept_invitation(call.people(), call.act(Actor::nobody()), acceptance).await?;
    let (data, cookie) = entered(&call.app, who);
    Ok(WithCookie(Began(data), cookie))
}
