//! `keystead admin reset-password|disable-2fa|unlock|sessions revoke`: for people who cannot get in, and for sessions that nobody should be in.

use super::{Answer, At, Verb};
use crate::cli::{Failure, Ran};
use crate::event::Act;
use crate::instance::Instance;
use crate::people::{OwnerFilter, Power, UserId};

#[derive(Debug, clap::Args)]
pub struct OfUser {
    #[command(flatten)]
    at: At,
    /// Whose it is
    #[arg(long, value_name = "EMAIL")]
    email: String,
}

#[derive(Debug, clap::Subcommand)]
pub enum Sessions {
    /// End all sessions of somebody, or of everybody
    #[command(after_help = "Example: keystead admin sessions revoke --email maya@example.com")]
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
#[group(id = "whose", required = true, multiple = false, args = ["email", "all"])]
pub struct Revoke {
    #[command(flatten)]
    at: At,
    /// Those of this person
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// Those of everybody
    #[arg(long)]
    all: bool,
}

/// A link to set a new password works for this long: whoever asked for it is waiting.
const LINK_LIFE_S: i64 = 60 * 60;

impl OfUser {
    pub fn reset_password(self) -> Ran {
        self.at.existing()?.ask(Verb::ResetPassword { email: self.email })
    }

    pub fn disable_2fa(self) -> Ran {
        self.at.existing()?.ask(Verb::Disable2fa { email: self.email })
    }

    pub fn unlock(self) -> Ran {
        self.at.existing()?.ask(Verb::Unlock { email: self.email })
    }
}

impl Sessions {
    pub fn run(self) -> Ran {
        let Self::Revoke(revoke) = self;
        revoke.at.existing()?.ask(Verb::RevokeSessions { email: revoke.email })
    }
}

/// Makes the link, which is the only line. The password itself is chosen by whoever opens it, and a second factor stays.
pub(super) async fn reset_password(instance: &Instance, act: Act, email: String) -> Result<Answer, Failure> {
    let user = find(instance, email).await?;
    let link = instance.live.people.invite(act, Power::Admin, user, Some(LINK_LIFE_S)).await?;
    Ok(Answer::line(link.url(&instance.public_url()?).expose())
        .saying("This link sets a new password, once, within an hour. It is for them alone."))
}

/// For somebody who has lost their authenticator app and their recovery codes.
pub(super) async fn disable_2fa(instance: &Instance, act: Act, email: String) -> Result<Answer, Failure> {
    let (people, user) = (&instance.live.people, find(instance, email).await?);
    if !people.second_factor(user).await?.on {
        return Ok(Answer::say("There was no second factor: the password alone signs in"));
    }
    people.remove_second_factor(act, user, None).await?;
    Ok(Answer::say("The second factor is off, and all sessions have ended: the password alone signs in"))
}

pub(super) async fn unlock(instance: &Instance, act: Act, email: String) -> Result<Answer, Failure> {
    let user = find(instance, email).await?;
    Ok(Answer::say(if instance.live.people.unlock(act, user).await? {
        "Attempts on this account are forgotten: they may sign in again"
    } else {
        "There were no failed attempts on this account: it is not locked"
    }))
}

pub(super) async fn revoke_sessions(instance: &Instance, act: Act, email: Option<String>) -> Result<Answer, Failure> {
    let people = &instance.live.people;
    let ended = match email {
        Some(email) => people.end_sessions_of(act, Power::Admin, find(instance, email).await?).await?,
        None => people.end_all_sessions(act).await?,
    };
    Ok(Answer::say(&format!("Sessions ended: {ended}")))
}

async fn find(instance: &Instance, email: String) -> Result<UserId, Failure> {
    let filter = OwnerFilter { email: Some(email), limit: 1, ..OwnerFilter::default() };
    let found = instance.live.people.users(filter).await?;
    let user = found.first().and_then(|user| UserId::parse(&user.id));
    user.ok_or_else(|| Failure("nobody here has this e-mail: `keystead user list` shows who there is".into()))
}
