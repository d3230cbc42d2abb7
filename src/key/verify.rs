//! The judgement: is this key good for what is asked, now? Runs on every request of every customer. `judge` is pure; the rest of the
//! file fetches what it needs, in one read.

use std::sync::Arc;

use serde::Serialize;

use super::authority::Holder;
use super::index::Found;
use super::{KeyId, Keys, RevokedReason, Status, status, table, token};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::config::Environment;
use crate::people::{OwnerId, scope};

/// What is known of a key, as far as it matters here. Cheap to clone: names and scopes are shared.
#[derive(Debug, Clone)]
pub struct Facts {
    pub id: KeyId,
    pub name: Arc<str>,
    pub environment: Environment,
    pub is_public: bool,
    pub enabled: bool,
    pub expires_at: Option<UnixMs>,
    /// Present exactly where the key is revoked.
    pub revoked_reason: Option<RevokedReason>,
    pub scopes: Arc<[String]>,
    /// Empty where it is unknown: of an imported key.
    pub prefix: Arc<str>,
    pub last_four: LastFour,
    pub last_used_at: Option<UnixMs>,
    pub owner: Arc<OwnerFacts>,
    /// Until when a former secret lives; `None` for the key's current one.
    pub superseded_until: Option<UnixMs>,
}

/// What matters of a key's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerFacts {
    pub id: OwnerId,
    pub external_id: Option<String>,
    pub name: String,
    pub suspended: bool,
}

/// The last four characters of a secret, or none: of an imported key they may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastFour([u8; 4]);

impl LastFour {
    const UNKNOWN: Self = Self([0; 4]);

    /// Four ASCII characters, or none; anything else is no end of a key.
    pub fn new(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::UNKNOWN);
        }
        text.is_ascii().then(|| text.as_bytes().try_into().ok().map(Self)).flatten()
    }

    pub fn as_str(&self) -> Option<&str> {
        (*self != Self::UNKNOWN).then(|| std::str::from_utf8(&self.0).expect("ASCII by construction"))
    }
}

impl Facts {
    pub fn status(&self, now: UnixMs) -> Status {
        status(self.revoked_reason.is_some(), self.enabled, self.expires_at, now)
    }

    /// A former secret whose grace is over, of a key that goes on.
    fn is_rotated_away(&self, now: UnixMs) -> bool {
        self.superseded_until.is_some_and(|until| now >= until)
    }

    /// Why the secret that was asked about is revoked.
    pub fn reason(&self, now: UnixMs) -> Option<RevokedReason> {
        self.revoked_reason.or_else(|| self.is_rotated_away(now).then_some(RevokedReason::Rotated))
    }
}

/// Which environment a verification accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Any,
    Only(Environment),
}

/// What is asked of a key.
#[derive(Debug, Clone)]
pub struct Ask {
    pub environment: Wanted,
    /// All of them must be on the key.
    pub scopes: Vec<String>,
}

/// The answer, in the order in which reasons are looked for: the first that applies is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Good for what was asked.
    Valid,
    /// Prefix, length, alphabet or checksum is wrong. Where keys of other systems were imported, what may be one of theirs is looked for.
    Malformed,
    /// Well-formed, and neither issued here nor imported.
    NotFound,
    /// Revoked for good; `revoked_reason` says why.
    Revoked,
    /// Switched off, or its owner is suspended; may be switched on again.
    Disabled,
    Expired,
    /// A test key where live was asked, or the reverse.
    WrongEnvironment,
    /// `missing_scopes` names what it lacks.
    InsufficientScope,
}

/// Judges one key. Pure: the same facts, question and time always give the same code.
pub fn judge(facts: &Facts, ask: &Ask, now: UnixMs) -> Code {
    match facts.status(now) {
        Status::Revoked => return Code::Revoked,
        _ if facts.is_rotated_away(now) => return Code::Revoked,
        Status::Disabled => return Code::Disabled,
        // A suspended owner's keys are off, whatever else they are.
        _ if facts.owner.suspended => return Code::Disabled,
        Status::Expired => return Code::Expired,
        Status::Active => {}
    }
    if ask.environment != Wanted::Any && ask.environment != Wanted::Only(facts.environment) {
        return Code::WrongEnvironment;
    }
    if missing(facts, ask).next().is_some() { Code::InsufficientScope } else { Code::Valid }
}

fn missing<'a>(facts: &'a Facts, ask: &'a Ask) -> impl Iterator<Item = &'a String> {
    ask.scopes.iter().filter(|scope| !facts.scopes.contains(scope))
}

/// What a verification found. Only a malformed or unknown key has no facts.
#[derive(Debug)]
pub struct Verdict {
    pub code: Code,
    pub facts: Option<Facts>,
    pub status: Option<Status>,
    pub revoked_reason: Option<RevokedReason>,
    pub missing_scopes: Vec<String>,
}

/// A question as a backend puts it; without an environment, the caller's own is meant.
#[derive(Debug)]
pub struct Question<'a> {
    pub key: &'a str,
    pub environment: Option<Wanted>,
    pub scopes: Vec<String>,
}

impl Keys {
    /// The digest to look a presented credential up by; `None` where it is not even well formed. Where hashes of other systems' keys
    /// were imported, a text of another form may be one of theirs.
    pub fn credential(&self, text: &str) -> Option<Digest> {
        let sha256 = match self.reader.parse(text) {
            Some(token) => token.sha256(),
            None if self.index.has_imports() => token::foreign_sha256(text)?,
            None => return None,
        };
        Some(self.pepper.digest(&sha256))
    }

    /// Who holds this credential? `Unauthenticated` for whatever is not a key that is active now, without saying why.
    pub async fn authenticate(&self, credential: Digest) -> Result<Holder> {
        let facts = self.facts(credential).await?;
        let now = self.clock.now_ms();
        let holder = admit(facts.as_ref(), now)?;
        if let Some(facts) = &facts {
            self.used(&credential, facts, now);
        }
        Ok(holder)
    }

    /// What is known of a secret: from memory, or from the store as long as memory is being filled.
    async fn facts(&self, digest: Digest) -> Result<Option<Facts>> {
        match self.index.find(&digest) {
            Found::Here(facts) => Ok(Some(facts)),
            Found::Nowhere => Ok(None),
            Found::Unknown => self.store.read(move |db| table::facts(db, &digest)).await,
        }
    }

    fn used(&self, digest: &Digest, facts: &Facts, now: UnixMs) {
        if self.usage.used(facts, now) {
            self.index.used(digest, now);
        }
    }

    /// Who asks for a verification? The caller is judged first, among the keys on disk: whoever may not verify learns nothing.
    pub async fn asker(&self, credential: Digest) -> Result<Holder> {
        let caller = self.facts(credential).await?;
        let now = self.clock.now_ms();
        let holder = admit(caller.as_ref(), now)?;
        holder.needs(scope::VERIFY)?;
        if let Some(caller) = &caller {
            self.used(&credential, caller, now);
        }
        Ok(holder)
    }

    /// Judges a key of this realm, for a caller that may ask.
    pub async fn verify(&self, asker: &Holder, question: Question<'_>) -> Result<Verdict> {
        let now = self.clock.now_ms();
        let subject = self.credential(question.key);
        let facts = match subject {
            Some(digest) => self.facts(digest).await?,
            None => None,
        };
        let ask = Ask {
            environment: question.environment.unwrap_or(Wanted::Only(asker.environment)),
            scopes: question.scopes,
        };
        let code = match (&facts, subject) {
            (Some(facts), _) => judge(facts, &ask, now),
            (None, Some(_)) => Code::NotFound,
            (None, None) => Code::Malformed,
        };
        if let (Code::Valid, Some(facts), Some(digest)) = (code, &facts, &subject) {
            self.used(digest, facts, now);
        }
        let missing_scopes = match (&facts, code) {
            (Some(facts), Code::InsufficientScope) => missing(facts, &ask).cloned().collect(),
            _ => Vec::new(),
        };
        Ok(Verdict {
            code,
            status: facts.as_ref().map(|facts| facts.status(now)),
            revoked_reason: facts.as_ref().and_then(|facts| facts.reason(now)),
            facts,
            missing_scopes,
        })
    }
}

/// A caller is let in by the same judgement as any key, in its own environment and without asking for a scope yet.
fn admit(facts: Option<&Facts>, now: UnixMs) -> Result<Holder> {
    let facts = facts.ok_or(Error::Unauthenticated)?;
    let ask = Ask { environment: Wanted::Any, scopes: Vec::new() };
    if judge(facts, &ask, now) == Code::Valid { Ok(Holder::new(facts)) } else { Err(Error::Unauthenticated) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(suspended: bool) -> Arc<OwnerFacts> {
        Arc::new(OwnerFacts { id: OwnerId::Instance, external_id: None, name: String::new(), suspended })
    }

    fn facts() -> Facts {
        Facts {
            id: KeyId::new(0),
            name: "n".into(),
            environment: Environment::Live,
            is_public: false,
            enabled: true,
            expires_at: None,
            revoked_reason: None,
            scopes: vec!["a:read".to_owned(), "b:read".to_owned()].into(),
            prefix: "sk_live_".into(),
            last_four: LastFour::new("abcd").expect("four"),
            last_used_at: None,
            owner: owner(false),
            superseded_until: None,
        }
    }

    #[test]
    fn the_first_reason_in_the_published_order_is_told() {
        type Spoil = fn(&mut Facts, &mut Ask);
        // From the last reason to the first: each beats all those before it.
        let spoils: [(Code, Spoil); 7] = [
            (Code::InsufficientScope, |_, ask| ask.scopes = vec!["c:read".into()]),
            (Code::WrongEnvironment, |facts, _| facts.environment = Environment::Test),
            (Code::Expired, |facts, _| facts.expires_at = Some(999)),
            (Code::Disabled, |facts, _| facts.owner = owner(true)),
            (Code::Disabled, |facts, _| facts.enabled = false),
            (Code::Revoked, |facts, _| facts.superseded_until = Some(1_000)),
            (Code::Revoked, |facts, _| facts.revoked_reason = Some(RevokedReason::Manual)),
        ];
        let mut ask = Ask { environment: Wanted::Only(Environment::Live), scopes: vec!["a:read".into()] };
        let mut subject = facts();
        assert_eq!(judge(&subject, &ask, 1_000), Code::Valid);
        for (code, spoil) in spoils {
            spoil(&mut subject, &mut ask);
            assert_eq!(judge(&subject, &ask, 1_000), code);
        }
    }

    #[test]
    fn a_key_is_valid_to_the_very_millisecond_of_its_expiry() {
        let ask = Ask { environment: Wanted::Any, scopes: Vec::new() };
        let subject = Facts { expires_at: Some(1_000), ..facts() };
        assert_eq!(judge(&subject, &ask, 1_000), Code::Valid);
        assert_eq!(judge(&subject, &ask, 1_001), Code::Expired);
    }

    #[test]
    fn any_environment_is_accepted_where_any_is_asked() {
        let ask = Ask { environment: Wanted::Any, scopes: Vec::new() };
        assert_eq!(judge(&Facts { environment: Environment::Test, ..facts() }, &ask, 0), Code::Valid);
    }
}
