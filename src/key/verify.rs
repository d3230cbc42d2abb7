//! The judgement: is this key good for what is asked, now? Runs on every request of every customer. `judge` is pure; the rest of the
//! file fetches what it needs, in one read.

use std::sync::Arc;

use serde::Serialize;

use super::authority::Holder;
use super::callers::{self, Caller};
use super::facts::{Facts, OwnerFacts};
use super::index::Found;
use super::limit::{Level, Named, Taken};
use super::restrict::Place;
use super::role::{self, Set};
use super::{Keys, RevokedReason, Status, table, token};
use crate::base::clock::UnixMs;
use crate::base::crypto::Digest;
use crate::base::{Error, Result};
use crate::config::Environment;
use crate::people::scope;

/// Which environment a verification accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Any,
    Only(Environment),
}

/// What is asked of a key.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    pub environment: Wanted,
    pub place: Place<'a>,
    /// All of them must be on the key.
    pub scopes: &'a [String],
    /// At least one of them must be, where there are any.
    pub any_scopes: &'a [String],
}

impl Ask<'_> {
    /// Nothing but that the key is good at all.
    pub const NOTHING: Self = Self {
        environment: Wanted::Any,
        place: Place { ip: None, referrer: None, method: None, path: None },
        scopes: &[],
        any_scopes: &[],
    };
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
    /// The key is bound to addresses, and this is none of them, or is not known.
    IpDenied,
    /// The same of the page that the request came from.
    ReferrerDenied,
    /// The same of method and path.
    EndpointDenied,
    /// `missing_scopes` names what it lacks.
    InsufficientScope,
    /// `rate_limits` says which, `retry_after_ms` when to try again.
    RateLimited,
    /// `credits_remaining` says how many there are.
    CreditsExhausted,
}

/// Judges one key, but for what is counted; `roles` is what its roles give it. Pure: the same facts, question and time always give the same
/// code.
pub fn judge(facts: &Facts, owner: &OwnerFacts, roles: &[Set], ask: &Ask<'_>, now: UnixMs) -> Code {
    match facts.status(now) {
        Status::Revoked => return Code::Revoked,
        _ if facts.is_rotated_away(now) => return Code::Revoked,
        Status::Disabled => return Code::Disabled,
        // A suspended owner's keys are off, whatever else they are.
        _ if owner.suspended => return Code::Disabled,
        Status::Expired => return Code::Expired,
        Status::Active => {}
    }
    if ask.environment != Wanted::Any && ask.environment != Wanted::Only(facts.class.environment) {
        return Code::WrongEnvironment;
    }
    if let Some(code) = facts.class.restrictions.refuse(&ask.place) {
        return code;
    }
    if has_all(facts, roles, ask.scopes) && has_any(facts, roles, ask.any_scopes) {
        Code::Valid
    } else {
        Code::InsufficientScope
    }
}

fn has_all(facts: &Facts, roles: &[Set], scopes: &[String]) -> bool {
    scopes.iter().all(|scope| has(facts, roles, scope))
}

fn has_any(facts: &Facts, roles: &[Set], scopes: &[String]) -> bool {
    scopes.is_empty() || scopes.iter().any(|scope| has(facts, roles, scope))
}

fn has(facts: &Facts, roles: &[Set], asked: &str) -> bool {
    role::holds(&facts.class.scopes, roles, asked)
}

/// What it lacks of all that were asked for; of those of which one would do, all, where it has none. Each once, in the order of the question.
fn missing(facts: &Facts, roles: &[Set], ask: &Ask<'_>) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    let lacked = ask.scopes.iter().filter(|scope| !has(facts, roles, scope));
    let any = if has_any(facts, roles, ask.any_scopes) { &[] } else { ask.any_scopes };
    for scope in lacked.chain(any) {
        if !missing.contains(scope) {
            missing.push(scope.clone());
        }
    }
    missing
}

/// What a verification found. Only a malformed or unknown key has no facts.
#[derive(Debug)]
pub struct Verdict {
    pub code: Code,
    pub facts: Option<(Arc<Facts>, OwnerFacts)>,
    pub status: Option<Status>,
    pub revoked_reason: Option<RevokedReason>,
    pub missing_scopes: Vec<String>,
    /// Present where a limit refused and another try may pass.
    pub retry_after_ms: Option<u64>,
    /// Present for a key with credits.
    pub credits_remaining: Option<i64>,
    /// Every limit that was looked at.
    pub rate_limits: Vec<Level>,
}

/// A question as a backend or a gateway puts it.
#[derive(Debug)]
pub struct Question<'a> {
    pub key: &'a str,
    pub environment: Wanted,
    pub place: Place<'a>,
    pub scopes: &'a [String],
    pub any_scopes: &'a [String],
    /// Credits that a valid answer costs; 0 looks.
    pub cost: i64,
    pub rate_limits: &'a [Named],
}

const OTHER_ADDRESS: &str = "this key is restricted to addresses, and this request comes from none of them: call from there, or have restrictions.ips of the key changed";
const OTHER_PAGE: &str = "this key is restricted to referrers, and this request comes from none of them: call from there, or have restrictions.referrers of the key changed";
const OTHER_CALL: &str = "this key is restricted to endpoints, and this call is none of them: use another key, or have restrictions.endpoints of the key changed";

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

    /// The same of a caller's, of whom a few ask all the time.
    pub fn caller(&self, text: &str) -> Option<Digest> {
        callers::digest(self.index.number, text, || self.credential(text))
    }

    /// Who holds this credential? `Unauthenticated` for whatever is not a key that is active now, without saying why; `Forbidden` for one
    /// that is not to be used from this place or for this call. `place` is asked for only by a key that has restrictions.
    pub async fn authenticate<'a>(&self, credential: Digest, place: impl FnOnce() -> Place<'a>) -> Result<Holder> {
        let facts = self.facts(credential).await?.ok_or(Error::Unauthenticated)?;
        let owner = facts.owner();
        self.admit(&facts, &owner, place)?;
        Ok(self.holder(&facts, &owner))
    }

    /// A caller is let in by the same judgement as any key, in its own environment and without asking for a scope yet.
    fn admit<'a>(&self, facts: &Facts, owner: &OwnerFacts, place: impl FnOnce() -> Place<'a>) -> Result<()> {
        let now = self.clock.now_ms();
        let place = if facts.class.restrictions.is_empty() { Place::default() } else { place() };
        match judge(facts, owner, &[], &Ask { place, ..Ask::NOTHING }, now) {
            Code::Valid => {}
            Code::IpDenied => return Err(self.elsewhere(facts, &place, OTHER_ADDRESS)),
            Code::ReferrerDenied => return Err(self.elsewhere(facts, &place, OTHER_PAGE)),
            Code::EndpointDenied => return Err(self.elsewhere(facts, &place, OTHER_CALL)),
            _ => return Err(Error::Unauthenticated),
        }
        self.used(facts, now);
        Ok(())
    }

    fn holder(&self, facts: &Facts, owner: &OwnerFacts) -> Holder {
        Holder::new(facts, owner, self.roles.sets(&facts.class.roles))
    }

    /// What is known of a secret: from memory, or from the store as long as memory is being filled.
    pub(super) async fn facts(&self, digest: Digest) -> Result<Option<Arc<Facts>>> {
        match self.index.find(&digest) {
            Found::Here(facts) => Ok(Some(facts)),
            Found::Nowhere => Ok(None),
            // In a box: the usual way shall not carry this around.
            Found::Unknown => Ok(Box::pin(self.store.read(move |db| table::facts(db, &digest))).await?.map(Arc::new)),
        }
    }

    fn used(&self, facts: &Facts, now: UnixMs) {
        if self.usage.used(facts, now) {
            facts.used(now);
        }
    }

    /// Who asks for a verification? The caller is judged first, among the keys on disk: whoever may not verify learns nothing.
    pub async fn asker<'a>(&self, credential: Digest, place: impl FnOnce() -> Place<'a>) -> Result<Arc<Holder>> {
        let version = self.index.version();
        let mut place = Some(place);
        let known = callers::recall(version, &credential, |caller| {
            let place = place.take().expect("asked for once");
            self.admit(&caller.facts, &caller.owner, place).map(|()| Arc::clone(&caller.holder))
        });
        let Some(place) = place else { return known.expect("a caller was asked about") };
        let facts = self.facts(credential).await?.ok_or(Error::Unauthenticated)?;
        let owner = facts.owner();
        self.admit(&facts, &owner, place)?;
        let holder = Arc::new(self.holder(&facts, &owner));
        holder.needs(scope::VERIFY)?;
        // The scopes of roles change without a word to the index.
        if facts.class.roles.is_empty() {
            callers::remember(Caller { version, facts, owner, holder: Arc::clone(&holder) });
        }
        Ok(holder)
    }

    /// Is what was presented a public key? No, where it is nobody's.
    pub async fn is_public(&self, text: &str) -> Result<bool> {
        let Some(subject) = self.credential(text) else { return Ok(false) };
        Ok(self.facts(subject).await?.is_some_and(|facts| facts.class.is_public))
    }

    /// Judges a key of this realm, for a caller that may ask. What is counted comes last, and all of it together or nothing.
    pub async fn verify(&self, question: Question<'_>) -> Result<Verdict> {
        let now = self.clock.now_ms();
        let Some(subject) = self.credential(question.key) else { return Ok(Verdict::without_facts(Code::Malformed)) };
        let Some(facts) = self.facts(subject).await? else { return Ok(Verdict::without_facts(Code::NotFound)) };
        let owner = facts.owner();
        let ask = Ask {
            environment: question.environment,
            place: question.place,
            scopes: question.scopes,
            any_scopes: question.any_scopes,
        };
        let roles = self.roles.sets(&facts.class.roles);
        let code = judge(&facts, &owner, &roles, &ask, now);
        let mut verdict = Verdict {
            status: Some(facts.status(now)),
            revoked_reason: facts.reason(now),
            missing_scopes: if code == Code::InsufficientScope { missing(&facts, &roles, &ask) } else { Vec::new() },
            ..Verdict::without_facts(code)
        };
        let taken =
            if code == Code::Valid { self.take(&facts, &owner, &question, &mut verdict)? } else { Taken::default() };
        if facts.has_credits {
            // In a box: the usual way shall not carry this around.
            Box::pin(self.pay(&facts, &owner, &question, taken, &mut verdict)).await?;
        }
        if verdict.code == Code::Valid {
            self.used(&facts, now);
        }
        self.usage.count(&facts, &owner, verdict.code, question.cost, now);
        verdict.facts = Some((facts, owner));
        Ok(verdict)
    }

    /// Takes from limits what a valid key costs; where one refuses, nothing is taken.
    fn take(&self, facts: &Facts, owner: &OwnerFacts, question: &Question<'_>, verdict: &mut Verdict) -> Result<Taken> {
        let mut taken = self.buckets.take(facts, owner, question.rate_limits)?;
        verdict.rate_limits = std::mem::take(&mut taken.levels);
        if let Some(retry_after_ms) = taken.refused {
            verdict.code = Code::RateLimited;
            verdict.retry_after_ms = retry_after_ms;
        }
        Ok(taken)
    }

    /// Spends what a valid key with credits costs; where there are not so many, the limits get back what was taken of them. A key that is
    /// refused for another reason is told what it has.
    async fn pay(
        &self,
        facts: &Facts,
        owner: &OwnerFacts,
        question: &Question<'_>,
        mut taken: Taken,
        verdict: &mut Verdict,
    ) -> Result<()> {
        if verdict.code != Code::Valid {
            verdict.credits_remaining = self.credits_left(facts).await?;
            return Ok(());
        }
        let spent = self.spend(facts, question.cost).await;
        if !matches!(spent, Ok(spent) if spent.enough) {
            self.buckets.give_back(facts, owner, question.rate_limits, &mut taken);
            verdict.rate_limits = taken.levels;
        }
        let spent = spent?;
        verdict.credits_remaining = spent.remaining;
        if !spent.enough {
            verdict.code = Code::CreditsExhausted;
        }
        Ok(())
    }
}

impl Verdict {
    fn without_facts(code: Code) -> Self {
        Self {
            code,
            facts: None,
            status: None,
            revoked_reason: None,
            missing_scopes: Vec::new(),
            retry_after_ms: None,
            credits_remaining: None,
            rate_limits: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::facts::tests::{class, facts, owner};
    use crate::key::facts::{Class, Ends};

    fn verdict(facts: &Facts, suspended: bool, ask: &Ask<'_>, now: UnixMs) -> Code {
        judge(facts, &owner(suspended), &[], ask, now)
    }

    #[test]
    fn the_first_reason_in_the_published_order_is_told() {
        let (held, lacked) = (["a:read".to_owned()], ["c:read".to_owned()]);
        let (live, mut other) = (class(), class());
        other.environment = Environment::Test;
        let (active, expired) = (Ends::default(), Ends { expires_at: Some(999), ..Ends::default() });
        let former = Ends { superseded_until: Some(1_000), ..expired };
        let wants = |scopes| Ask { environment: Wanted::Only(Environment::Live), scopes, ..Ask::NOTHING };
        let off = |facts: Facts| Facts { enabled: false, ..facts };
        let revoked = |facts: Facts| Facts { revoked_reason: Some(RevokedReason::Manual), ..off(facts) };
        // From the last reason to the first: each beats all those before it.
        let make = |class: &Class, ends: Ends| facts([0; 32], class.clone(), ends);
        let rows = [
            (Code::Valid, make(&live, active), false, &held),
            (Code::InsufficientScope, make(&live, active), false, &lacked),
            (Code::WrongEnvironment, make(&other, active), false, &lacked),
            (Code::Expired, make(&other, expired), false, &lacked),
            (Code::Disabled, make(&other, expired), true, &lacked),
            (Code::Disabled, off(make(&other, expired)), true, &lacked),
            (Code::Revoked, off(make(&other, former)), true, &lacked),
            (Code::Revoked, revoked(make(&other, former)), true, &lacked),
        ];
        for (code, facts, suspended, scopes) in rows {
            assert_eq!(verdict(&facts, suspended, &wants(scopes), 1_000), code);
        }
    }

    #[test]
    fn a_key_is_valid_to_the_very_millisecond_of_its_expiry() {
        let subject = facts([0; 32], class(), Ends { expires_at: Some(1_000), ..Ends::default() });
        assert_eq!(verdict(&subject, false, &Ask::NOTHING, 1_000), Code::Valid);
        assert_eq!(verdict(&subject, false, &Ask::NOTHING, 1_001), Code::Expired);
    }

    #[test]
    fn any_environment_is_accepted_where_any_is_asked() {
        let test = Class { environment: Environment::Test, ..class() };
        assert_eq!(verdict(&facts([0; 32], test, Ends::default()), false, &Ask::NOTHING, 0), Code::Valid);
    }
}
