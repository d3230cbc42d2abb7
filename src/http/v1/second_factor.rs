//! `/v1/me/second-factor`, `/v1/me/recovery-codes`, and an admin's way to help somebody who has lost theirs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Secret;
use crate::http::guard::{Backend, Myself, PeopleWrite};
use crate::http::input::{At, SecretBody};
use crate::http::reply::{Done, Reply, Shown};
use crate::people::UserKind;

/// What goes into an authenticator app. Shown once; it counts when a first code confirms it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Enrolment {
    /// To type in: 32 characters of base32.
    secret: String,
    /// The same for a QR code.
    otpauth_url: String,
}

/// Each replaces the app's code once, at a sign-in. Shown once.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Six digits, as the app shows them.
    code: Secret,
}

pub async fn begin(who: Myself) -> Reply<Shown<Enrolment>> {
    who.me.sure()?;
    // A colon would end the issuer's name.
    let host = who.call.app.public_origin().split_once("://").map_or("", |(_, host)| host).replace(':', " ");
    let issuer = format!("Keystead {host}");
    let made = who.call.people().begin_second_factor(who.act(), who.me.rights.user, &issuer).await?;
    let (secret, url) = (made.secret.expose().to_owned(), made.otpauth_url.expose().to_owned());
    Ok(Shown(Enrolment { secret, otpauth_url: url }))
}

pub async fn confirm(who: Myself, SecretBody(body): SecretBody<Code>) -> Reply<Shown<RecoveryCodes>> {
    let people = who.call.people();
    let codes = people.confirm_second_factor(who.act(), who.me.rights.user, who.me.session, body.code).await?;
    Ok(shown(codes))
}

pub async fn remove(who: Myself) -> Reply<Done> {
    who.me.sure()?;
    who.call.people().remove_second_factor(who.act(), who.me.rights.user, Some(who.me.session)).await?;
    Ok(Done("The second factor is off; all other sessions have ended"))
}

pub async fn renew_codes(who: Myself) -> Reply<Shown<RecoveryCodes>> {
    who.me.sure()?;
    Ok(shown(who.call.people().renew_recovery_codes(who.act(), who.me.rights.user).await?))
}

pub async fn reset(who: Backend<PeopleWrite>, At(id): At<UserKind>) -> Reply<Done> {
    who.call.people().reset_second_factor(who.act(), who.power, id).await?;
    Ok(Done("The second factor is off; all sessions of this user have ended"))
}

fn shown(codes: Vec<Secret>) -> Shown<RecoveryCodes> {
    Shown(RecoveryCodes { recovery_codes: codes.iter().map(|code| code.expose().to_owned()).collect() })
}
