//! A key for a token: a full verification, and what it finds signed. Whatever could not be held to where nobody asks is refused: credits, a
//! former secret, referrers and endpoints.

use serde::Serialize;

use super::jose::{self, Header, base64url};
use crate::base::clock::SECOND_MS;
use crate::base::{Error, Result, Secret, Timestamp, crypto};
use crate::config::Environment;
use crate::key::facts::Facts;
use crate::key::verify::{Ask, Code, Question, Verdict, judge};
use crate::key::{Key, Keys};
use crate::people::scope;

/// Bytes in an audience.
const AUDIENCE_MAX: usize = 255;

/// What the token shall be.
#[derive(Debug)]
pub struct Wish<'a> {
    pub issuer: &'a str,
    /// Who will check it.
    pub audience: &'a str,
    /// At most what is set for the instance, which is meant without it.
    pub expires_in_s: Option<i64>,
    /// What it carries; `None` is all that the key has.
    pub scopes: Option<Vec<String>>,
}

/// What came of it.
#[derive(Debug)]
pub struct Exchanged {
    pub verdict: Verdict,
    /// Where the verdict is valid.
    pub token: Option<Token>,
}

#[derive(Debug)]
pub struct Token {
    pub text: Secret,
    pub expires_at: Timestamp,
}

/// RFC 9068 section 2.2, and what is ours.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: &'a str,
    /// The key's owner.
    sub: String,
    aud: &'a str,
    /// Unix seconds.
    iat: i64,
    exp: i64,
    jti: String,
    /// The key.
    client_id: String,
    scope: String,
    env: Environment,
    /// The newest change of any key that this token knows of.
    rev: i64,
    /// From where it may be used; without it, from anywhere. The header demands that it is understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ips: Vec<String>,
}

const NOT_OFFLINE: &str =
    "this key is not marked offline: an admin sets that on the key, or verify it where it is used";
const CREDITS: &str = "this key is paid for with credits, which are spent here alone: verify it where it is used";
const FORMER: &str =
    "this is a former secret of a rotated key: exchange the new one, or verify this one where it is used";
const PLACES: &str =
    "this key is bound to referrers or endpoints, which a token does not hold to: verify it where it is used";

/// May this secret be exchanged at all?
fn may_leave(facts: &Facts, key: &Key) -> Result<()> {
    let refused = |why| Err(Error::conflict("/key", why));
    if !facts.class.offline || !key.offline {
        refused(NOT_OFFLINE)
    } else if facts.has_credits || key.credits.is_some() {
        refused(CREDITS)
    } else if facts.superseded_until().is_some() {
        refused(FORMER)
    } else if !key.restrictions.referrers.is_empty() || !key.restrictions.endpoints.is_empty() {
        refused(PLACES)
    } else {
        Ok(())
    }
}

impl Wish<'_> {
    fn check(&mut self, lifetime_s: i64) -> Result<()> {
        let visible = self.audience.bytes().all(|b| b.is_ascii_graphic());
        if self.audience.is_empty() || self.audience.len() > AUDIENCE_MAX || !visible {
            return Err(Error::refused(
                "/audience",
                "must be 1 to 255 visible ASCII characters: what the service that checks the token calls itself",
            ));
        }
        if !(1..=lifetime_s).contains(&self.expires_in_s.unwrap_or(1)) {
            return Err(Error::refused("/expires_in_s", "must be from 1 to what offline.lifetime_s says"));
        }
        if let Some(scopes) = self.scopes.take() {
            let scopes = scope::check("/scopes", scopes)?;
            if scopes.iter().any(|scope| scope::is_reserved(scope)) {
                return Err(Error::refused(
                    "/scopes",
                    "keystead: and own: scopes mean nothing outside this server: leave them out",
                ));
            }
            self.scopes = Some(scopes);
        }
        Ok(())
    }
}

impl Keys {
    /// Verifies the key, with all that this counts and spends, and signs what it is good for.
    pub async fn exchange(&self, question: Question<'_>, mut wish: Wish<'_>) -> Result<Exchanged> {
        let lifetime_s = i64::from(self.offline.on()?.lifetime_s);
        wish.check(lifetime_s)?;
        // Before anything of the key is read: see `Changes::latest`.
        let rev = self.index.changes.latest();
        let key = self.to_leave(&question).await?;
        let verdict = self.verify(question).await?;
        let (Some(key), Code::Valid, Some((facts, owner))) = (key, verdict.code, &verdict.facts) else {
            return Ok(Exchanged { verdict, token: None });
        };
        // It may have changed meanwhile; then nobody had been told of that when this began, and the caller asks again.
        may_leave(facts, &key)?;
        let now = self.clock.now_ms();
        let iat = now.div_euclid(SECOND_MS);
        let ends = now + wish.expires_in_s.unwrap_or(lifetime_s) * SECOND_MS;
        let exp = facts.expires_at().map_or(ends, |at| at.min(ends)).div_euclid(SECOND_MS);
        if exp <= iat {
            return Err(Error::conflict("/key", "this key expires within a second: there is no time left for a token"));
        }
        let mut scopes = wish.scopes.unwrap_or_else(|| self.scopes_of(facts));
        scopes.retain(|scope| !scope::is_reserved(scope));
        let claims = Claims {
            iss: wish.issuer,
            sub: owner.id.to_string(),
            aud: wish.audience,
            iat,
            exp,
            jti: base64url(&crypto::random::<16>()),
            client_id: facts.id.to_string(),
            scope: scopes.join(" "),
            env: facts.class.environment,
            rev,
            ips: key.restrictions.ips,
        };
        let (kid, signing) = self.signing_key().await?;
        let header = Header::new(jose::TOKEN, &kid);
        let header = if claims.ips.is_empty() { header } else { header.with_ips() };
        let text = Secret::new(jose::sign(&signing, &header, &claims)?);
        Ok(Exchanged { verdict, token: Some(Token { text, expires_at: Timestamp(exp * SECOND_MS) }) })
    }

    /// The whole key behind a secret that would be valid, if it may be exchanged. Before the verification, so that nothing is spent on one that
    /// may not. `None` where the verification will say what is wrong.
    async fn to_leave(&self, question: &Question<'_>) -> Result<Option<Key>> {
        let Some(digest) = self.credential(question.key) else { return Ok(None) };
        let Some(facts) = self.facts(digest).await? else { return Ok(None) };
        let ask = Ask {
            environment: question.environment,
            place: question.place,
            scopes: question.scopes,
            any_scopes: question.any_scopes,
        };
        let code = judge(&facts, &facts.owner(), &self.roles.sets(&facts.class.roles), &ask, self.clock.now_ms());
        // Nobody tells of a page or a call here: such keys are refused with the way out.
        if !matches!(code, Code::Valid | Code::ReferrerDenied | Code::EndpointDenied) {
            return Ok(None);
        }
        let (view, id) = (self.view(), facts.id.to_string());
        let Some(key) = self.store.read(move |db| view.by_id(db, &id)).await? else { return Ok(None) };
        may_leave(&facts, &key)?;
        Ok(Some(key))
    }
}
