//! Is this ID token true, and meant for us, and now? Pure: keys, token and time in, the person out. The order of the checks is that of
//! OpenID Connect Core 1.0 section 3.1.3.7; the library makes most of them, and what it leaves to its callers (`azp`, `auth_time`,
//! `at_hash`, which algorithms) is made here.

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, ClaimsVerificationError, ClientId, IdToken, IdTokenClaims,
    IdTokenVerifier, IssuerUrl, Nonce, SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::clock::{SECOND_MS, UnixMs};

/// Claims that the library does not know: the groups are one of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Other(Map<String, Value>);

impl AdditionalClaims for Other {}

pub(super) type Token = IdToken<Other, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
pub(super) type Claims = IdTokenClaims<Other, CoreGenderClaim>;

/// Signatures whose keys are public. `none` is no signature, and an HMAC would be keyed with what others know.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// Two clocks may differ by this much.
const SKEW_MS: i64 = 60 * SECOND_MS;
/// OpenID Connect Core 1.0 section 2: a subject is at most 255 ASCII characters.
const SUBJECT_MAX: usize = 255;
/// Group names that are read of one person.
const GROUPS_MAX: usize = 2_000;

/// What a token must agree with.
pub(super) struct Expected {
    pub issuer: IssuerUrl,
    pub client_id: ClientId,
    pub nonce: Nonce,
    pub access_token: AccessToken,
    /// The person must have proved themselves after this.
    pub since: Option<UnixMs>,
    pub now: UnixMs,
}

/// Why a token is not believed.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It names a key that is not among these: the provider may have a new one.
    UnknownKey,
    NotFresh,
    /// For the log.
    Not(String),
}

/// A person as the provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub issuer: String,
    pub subject: String,
    pub name: Option<String>,
    /// Only one that the provider has verified.
    pub email: Option<String>,
    /// `None`: the provider does not say.
    pub groups: Option<Vec<String>>,
    /// When they proved themselves to the provider; `None` where it does not say.
    pub proved_at: Option<UnixMs>,
}

pub(super) fn verified<'t>(
    token: &'t Token,
    keys: &CoreJsonWebKeySet,
    expected: &Expected,
) -> Result<&'t Claims, Wrong> {
    // Without the client's secret, so that no symmetric signature can ever count.
    let verifier: IdTokenVerifier<'_, CoreJsonWebKey> =
        IdTokenVerifier::new_public_client(expected.client_id.clone(), expected.issuer.clone(), keys.clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(|| time(expected.now - SKEW_MS))
            .set_issue_time_verifier_fn(|issued_at| {
                if issued_at <= time(expected.now + SKEW_MS) { Ok(()) } else { Err("issued in the future".into()) }
            });
    let claims = token.claims(&verifier, &expected.nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Wrong::UnknownKey,
        other => Wrong::Not(chain(&other)),
    })?;
    let not = |why: &str| Err(Wrong::Not(why.into()));
    if claims.authorized_party().is_some_and(|party| **party != *expected.client_id) {
        return not("azp names another client");
    }
    if let Some(hash) = claims.access_token_hash() {
        let own = token.signing_alg().and_then(|algorithm| {
            let key = token.signing_key(&verifier)?;
            Ok(AccessTokenHash::from_token(&expected.access_token, algorithm, key))
        });
        if !matches!(own, Ok(Ok(own)) if own == *hash) {
            return not("at_hash is of another access token");
        }
    }
    let subject = claims.subject().as_str();
    if subject.is_empty() || subject.len() > SUBJECT_MAX || subject.chars().any(char::is_control) {
        return not("sub is empty or too long");
    }
    if let Some(since) = expected.since
        && claims.auth_time().is_none_or(|at| at.timestamp_millis() < since - SKEW_MS)
    {
        return Err(Wrong::NotFresh);
    }
    Ok(claims)
}

impl Person {
    /// `more` is what the provider's userinfo adds of the same subject; the token itself comes first.
    pub fn new(claims: &Claims, more: &More, claim: Option<&str>, now: UnixMs) -> Self {
        let own = More::of_token(claims);
        let email = [&own, more].into_iter().find(|source| source.email.is_some());
        let name = |source: &More| source.name.clone();
        let groups = claim.map(|claim| own.groups(claim).or_else(|| more.groups(claim)));
        Self {
            issuer: claims.issuer().as_str().to_owned(),
            subject: claims.subject().as_str().to_owned(),
            name: name(&own).or_else(|| name(more)),
            email: email.filter(|source| source.verified).and_then(|source| source.email.clone()),
            groups: match groups {
                None | Some(Some(Listed::Elsewhere)) => None,
                Some(None) => Some(Vec::new()),
                Some(Some(Listed::Here(names))) => Some(names),
            },
            // A time to come counts from now.
            proved_at: claims.auth_time().map(|at| at.timestamp_millis().min(now)),
        }
    }
}

/// What is told of a person, in the token or by userinfo.
#[derive(Debug, Default)]
pub(super) struct More {
    name: Option<String>,
    email: Option<String>,
    verified: bool,
    other: Map<String, Value>,
}

enum Listed {
    Here(Vec<String>),
    /// Too many for a token: it says where else to ask (OpenID Connect Core 1.0 section 5.6.2).
    Elsewhere,
}

impl More {
    fn of_token(claims: &Claims) -> Self {
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        Self {
            name: name.or_else(|| claims.preferred_username().map(|name| name.to_string())),
            email: claims.email().map(|email| email.to_string()),
            verified: claims.email_verified() == Some(true),
            other: claims.additional_claims().0.clone(),
        }
    }

    /// Userinfo as JSON.
    pub fn of_userinfo(name: Option<String>, email: Option<String>, verified: Option<bool>, other: Other) -> Self {
        Self { name, email, verified: verified == Some(true), other: other.0 }
    }

    /// Does the token say all that is wanted?
    pub fn is_enough(claims: &Claims, claim: Option<&str>) -> bool {
        let own = Self::of_token(claims);
        own.name.is_some() && own.email.is_some() && claim.is_none_or(|claim| own.groups(claim).is_some())
    }

    fn groups(&self, claim: &str) -> Option<Listed> {
        if self.other.get("_claim_names").and_then(|names| names.get(claim)).is_some() {
            return Some(Listed::Elsewhere);
        }
        match self.other.get(claim)? {
            Value::String(one) => Some(Listed::Here(vec![one.clone()])),
            Value::Array(names) => {
                let names = names.iter().filter_map(Value::as_str).take(GROUPS_MAX).map(str::to_owned);
                Some(Listed::Here(names.collect()))
            }
            _ => None,
        }
    }
}

fn time(ms: UnixMs) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// An error with all its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
