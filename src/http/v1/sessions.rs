//! `/v1/sessions` and `/v1/users/{id}/sessions`: signing in and out, seeing and ending sessions, giving the password again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Secret;
use crate::event::Actor;
use crate::http::cookie::{self, WithCookie};
use crate::http::error::Problem;
use crate::http::guard::{Backend, Browser, Myself, Nobody, PeopleWrite};
use crate::http::input::{At, Query, SecretBody, cursor, page_size};
use crate::http::reply::{Answer, Began, Done, Listed, Reply, Tagged};
use crate::people::{Credentials, Entered, Session, SessionKind, SignIn, User, UserKind};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// Case, width and spaces around it do not matter.
    email: String,
    password: Secret,
    /// Of the second factor, from those who have one: six digits, or a recovery code.
    code: Option<Secret>,
}

/// Who is in now. The token is in the cookie and nowhere else.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignedIn {
    session: Session,
    user: User,
}

impl Tagged for SignedIn {
    /// It is not changed and has no ETag.
    fn version(&self) -> i64 {
        0
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListedSession {
    #[serde(flatten)]
    session: Session,
    /// Is it the one that asks?
    current: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSessions {
    /// Items on a page: 1 to 200, 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    password: Secret,
    /// Of the second factor, from those who have one.
    code: Option<Secret>,
}

/// What whoever has just come in is answered, and the cookie beside it.
pub(super) fn entered(app: &crate::http::App, entered: Entered) -> (SignedIn, actix_web::cookie::Cookie<'static>) {
    let cookie = cookie::of_session(app, &entered.token);
    (SignedIn { session: entered.session, user: entered.user }, cookie)
}

pub async fn create(
    Nobody(call): Nobody,
    browser: Browser,
    SecretBody(new): SecretBody<NewSession>,
) -> Reply<WithCookie<Began<SignedIn>>> {
    let NewSession { email, password, code } = new;
    let given = Credentials { email, password, code, user_agent: browser.user_agent, former: browser.former };
    match call.people().sign_in(call.act(Actor::nobody()), given).await? {
        SignIn::In(who) => {
            let (data, cookie) = entered(&call.app, who);
            Ok(WithCookie(Began(data), cookie))
        }
        SignIn::Refused => Err(Problem::wrong_password()),
    }
}

pub async fn confirm(who: Myself, SecretBody(given): SecretBody<Confirmation>) -> Reply<WithCookie<Answer<SignedIn>>> {
    let confirmed = who.call.people().confirm(who.act(), &who.me, &given.password, given.code.as_ref()).await?;
    let (data, cookie) = entered(&who.call.app, confirmed);
    Ok(WithCookie(Answer(data), cookie))
}

pub async fn list(who: Myself, Query(query): Query<ListSessions>) -> Reply<Listed<ListedSession>> {
    let limit = page_size(query.limit)?;
    let before = cursor::<SessionKind>(query.cursor.as_deref())?;
    let sessions = who.call.people().sessions(who.me.rights.user, who.call.now(), before, limit + 1).await?;
    let current = who.me.session.to_string();
    let listed = sessions.into_iter().map(|session| ListedSession { current: session.id == current, session });
    Ok(Listed::page(listed.collect(), limit, |listed| listed.session.id.clone()))
}

pub async fn sign_out(who: Myself) -> Reply<WithCookie<Done>> {
    who.call.people().end_session(who.act(), who.me.rights.user, who.me.session).await?;
    Ok(WithCookie(Done("Signed out successfully"), cookie::gone(&who.call.app)))
}

pub async fn end(who: Myself, At(id): At<SessionKind>) -> Reply<Done> {
    who.call.people().end_session(who.act(), who.me.rights.user, id).await?;
    Ok(Done("Session ended successfully"))
}

pub async fn end_others(who: Myself) -> Reply<Done> {
    who.call.people().end_other_sessions(who.act(), who.me.rights.user, who.me.session).await?;
    Ok(Done("All other sessions ended successfully"))
}

pub async fn end_of_user(who: Backend<PeopleWrite>, At(user): At<UserKind>) -> Reply<Done> {
    who.call.people().end_sessions_of(who.act(), who.power, user).await?;
    Ok(Done("All sessions of the user ended successfully"))
}
