//! The only place that speaks to the provider, over `wire`: discovery, keys, code for token, userinfo. What was discovered is kept for an
//! hour, and asked for at the first sign-in, so that a provider that is down stops nobody but those who sign in.

use std::borrow::Cow;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode,
    CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse, CoreSubjectIdentifierType,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl, JsonWebKeySet,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, RequestTokenError,
    Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Semaphore};

use super::Refusal;
use super::flow::Secrets;
use super::verify::{Expected, More, Other, Person, Wrong, chain, verified};
use super::wire::{Http, blocking, told};
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::config::{self, ConfigError};

/// People who are signed in at one moment, each a thread that waits for the provider.
const TURNS: usize = 8;
/// Waiting for a turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// What was discovered is asked for anew after this.
const FRESH_MS: i64 = 3_600 * SECOND_MS;
/// And is used for so long where the provider does not answer.
const STALE_MS: i64 = 24 * FRESH_MS;
/// After a failure nobody asks again for this long.
const PAUSE_MS: i64 = 5 * SECOND_MS;
/// Keys are fetched anew for an unknown one at most this often.
const REFETCH_MS: i64 = 10 * SECOND_MS;

/// What the provider says of itself besides (RFC 9207 section 3).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Also {
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl AdditionalProviderMetadata for Also {}

type Metadata = ProviderMetadata<
    Also,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Answer = StandardTokenResponse<
    IdTokenFields<
        Other,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// With an authorization endpoint, and perhaps those for tokens and userinfo.
type Party = Client<
    Other,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

#[derive(Debug)]
pub(super) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    scopes: Vec<String>,
    http: Http,
    cache: Mutex<Cache>,
    turns: Semaphore,
}

#[derive(Debug, Default)]
struct Cache {
    known: Option<Arc<Known>>,
    failed_at: Option<UnixMs>,
}

/// What the provider says of itself, and its keys.
#[derive(Debug)]
pub(super) struct Known {
    metadata: Metadata,
    read_at: UnixMs,
    keys: StdMutex<(CoreJsonWebKeySet, UnixMs)>,
}

/// What is asked of an answer beyond who it is.
pub(super) struct Asked {
    /// They must have proved themselves after this.
    pub since: Option<UnixMs>,
    /// The claim that names their groups.
    pub claim: Option<String>,
}

impl Provider {
    pub fn new(config: &config::Oidc) -> Result<Self, ConfigError> {
        let issuer = IssuerUrl::new(config.issuer.clone())
            .map_err(|_| ConfigError::new("oidc.issuer must be a URL, as in https://id.example.com/realms/main"))?;
        Ok(Self {
            http: Http::new(config)?,
            issuer,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: config.client_secret().map(|secret| ClientSecret::new(secret.expose().to_owned())),
            scopes: config.scopes.clone(),
            cache: Mutex::default(),
            turns: Semaphore::new(TURNS),
        })
    }

    /// What the provider says of itself: from memory, or asked for now. One asks, the others wait for its answer.
    pub async fn known(&self, now: UnixMs) -> Result<Arc<Known>, Refusal> {
        let mut cache = self.cache.lock().await;
        let age = |known: &Arc<Known>| now.saturating_sub(known.read_at);
        if let Some(known) = cache.known.as_ref().filter(|known| age(known) < FRESH_MS) {
            return Ok(Arc::clone(known));
        }
        let stale = cache.known.clone().filter(|known| age(known) < STALE_MS);
        if cache.failed_at.is_some_and(|at| now.saturating_sub(at) < PAUSE_MS) {
            return stale.ok_or(Refusal::Unavailable);
        }
        let (issuer, http) = (self.issuer.clone(), self.http.clone());
        match blocking(move || discover(&issuer, &http, now)).await {
            Ok(known) => {
                let known = Arc::new(known);
                *cache = Cache { known: Some(Arc::clone(&known)), failed_at: None };
                Ok(known)
            }
            Err(why) => {
                told("the OpenID provider could not be asked what it is", &why);
                cache.failed_at = Some(now);
                stale.ok_or(Refusal::Unavailable)
            }
        }
    }

    /// Where to send the browser (OpenID Connect Core 1.0 section 3.1.2.1, RFC 7636 section 4.3).
    pub fn authorization_url(
        &self,
        known: &Known,
        secrets: &Secrets,
        callback: &str,
        fresh: bool,
    ) -> Result<String, Refusal> {
        let (state, nonce) = (secrets.state.clone(), secrets.nonce.clone());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(secrets.verifier.clone()));
        let party = self.party(known);
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = party
            .authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce))
            .set_redirect_uri(redirect(callback)?)
            .set_pkce_challenge(challenge)
            .add_scopes(self.scopes.iter().cloned().map(Scope::new));
        if fresh {
            // With max_age the provider must say when the person proved themselves (OpenID Connect Core 1.0 section 3.1.2.1).
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        Ok(request.url().0.to_string())
    }

    /// Exchanges a code for the person.
    pub async fn redeem(
        &self,
        known: Arc<Known>,
        code: String,
        secrets: Secrets,
        callback: &str,
        asked: Asked,
        now: UnixMs,
    ) -> Result<Person, Refusal> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await.map_err(|_| Refusal::Busy)?;
        let party = self.party(&known);
        let (http, redirect, issuer, client_id) =
            (self.http.clone(), redirect(callback)?, self.issuer.clone(), self.client_id.clone());
        let person = blocking(move || {
            let answer = exchange(&party, &http, code, secrets.verifier, redirect)?;
            let expected = Expected {
                issuer,
                client_id,
                nonce: Nonce::new(secrets.nonce),
                access_token: answer.access_token().clone(),
                since: asked.since,
                now,
            };
            identify(&party, &known, &http, &answer, &expected, asked.claim.as_deref())
        })
        .await;
        drop(turn);
        person
    }

    fn party(&self, known: &Known) -> Party {
        let party =
            Party::from_provider_metadata(known.metadata.clone(), self.client_id.clone(), self.client_secret.clone());
        // OpenID Connect Discovery 1.0 section 3: client_secret_basic where the provider does not say.
        let takes =
            |method| known.metadata.token_endpoint_auth_methods_supported().is_none_or(|all| all.contains(&method));
        let basic = takes(CoreClientAuthMethod::ClientSecretBasic) || !takes(CoreClientAuthMethod::ClientSecretPost);
        party.set_auth_type(if basic && self.client_secret.is_some() {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        })
    }
}

impl Known {
    /// RFC 9207 section 2.4: exactly the issuer, and not left out by a provider that says it sends it.
    pub fn check_issuer(&self, given: Option<&str>) -> Result<(), Refusal> {
        let promised = self.metadata.additional_metadata().authorization_response_iss_parameter_supported == Some(true);
        match given {
            Some(given) if given == self.metadata.issuer().as_str() => Ok(()),
            None if !promised => Ok(()),
            _ => Err(Refusal::Issuer),
        }
    }

    fn keys(&self) -> CoreJsonWebKeySet {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// The keys as they are now, if they were not fetched just before.
    fn fetch_keys(&self, http: &Http, now: UnixMs) -> Result<Option<CoreJsonWebKeySet>, String> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(keys.1) < REFETCH_MS {
            return Ok(None);
        }
        keys.1 = now;
        let fetched = JsonWebKeySet::fetch(self.metadata.jwks_uri(), &http.client()).map_err(|error| chain(&error))?;
        keys.0 = fetched.clone();
        Ok(Some(fetched))
    }
}

fn redirect(callback: &str) -> Result<Cow<'static, RedirectUrl>, Refusal> {
    RedirectUrl::new(callback.to_owned()).map(Cow::Owned).map_err(|_| Refusal::Unavailable)
}

fn discover(issuer: &IssuerUrl, http: &Http, now: UnixMs) -> Result<Known, String> {
    let metadata = Metadata::discover(issuer, &http.client()).map_err(|error| chain(&error))?;
    let endpoints = [
        Some(metadata.authorization_endpoint().url()),
        metadata.token_endpoint().map(|endpoint| endpoint.url()),
        metadata.userinfo_endpoint().map(|endpoint| endpoint.url()),
        Some(metadata.jwks_uri().url()),
    ];
    if metadata.token_endpoint().is_none() {
        return Err("it names no token endpoint".into());
    }
    // A provider that is reached by TLS is reached by TLS in all its parts.
    if endpoints.into_iter().flatten().any(|endpoint| endpoint.scheme() != "https" && issuer.url().scheme() == "https")
    {
        return Err("it names an endpoint that is not https".into());
    }
    let keys = StdMutex::new((metadata.jwks().clone(), now));
    Ok(Known { metadata, read_at: now, keys })
}

fn exchange(
    party: &Party,
    http: &Http,
    code: String,
    verifier: String,
    redirect: Cow<'static, RedirectUrl>,
) -> Result<Answer, Refusal> {
    let request = party.exchange_code(AuthorizationCode::new(code)).map_err(|_| Refusal::Unavailable)?;
    let sent =
        request.set_pkce_verifier(PkceCodeVerifier::new(verifier)).set_redirect_uri(redirect).request(&http.client());
    sent.map_err(|error| {
        told("the OpenID provider did not take a code", &chain(&error));
        match error {
            RequestTokenError::Request(_) => Refusal::Unavailable,
            RequestTokenError::Parse(..) => Refusal::Token,
            _ => Refusal::Code,
        }
    })
}

fn identify(
    party: &Party,
    known: &Known,
    http: &Http,
    answer: &Answer,
    expected: &Expected,
    claim: Option<&str>,
) -> Result<Person, Refusal> {
    let token = answer.id_token().ok_or_else(|| {
        told("the OpenID provider answered without an ID token", "is \"openid\" among its scopes?");
        Refusal::Token
    })?;
    let mut judged = verified(token, &known.keys(), expected);
    if matches!(judged, Err(Wrong::UnknownKey)) {
        match known.fetch_keys(http, expected.now) {
            Ok(Some(keys)) => judged = verified(token, &keys, expected),
            Ok(None) => {}
            Err(why) => told("the OpenID provider's keys could not be fetched", &why),
        }
    }
    let claims = judged.map_err(|wrong| match wrong {
        Wrong::NotFresh => Refusal::NotFresh,
        Wrong::UnknownKey => {
            told("an ID token was refused", "it is signed by a key that the provider does not publish");
            Refusal::Token
        }
        Wrong::Not(why) => {
            told("an ID token was refused", &why);
            Refusal::Token
        }
    })?;
    let more = if More::is_enough(claims, claim) {
        More::default()
    } else {
        userinfo(party, http, answer.access_token().clone(), claims.subject().clone())?
    };
    Ok(Person::new(claims, &more, claim, expected.now))
}

/// What userinfo says of the same subject. A provider without userinfo says nothing; one that speaks of another person is refused.
fn userinfo(
    party: &Party,
    http: &Http,
    access_token: AccessToken,
    subject: openidconnect::SubjectIdentifier,
) -> Result<More, Refusal> {
    let Ok(request) = party.user_info(access_token, Some(subject)) else { return Ok(More::default()) };
    let claims: UserInfoClaims<Other, CoreGenderClaim> = request.request(&http.client()).map_err(|error| {
        told("userinfo was refused", &chain(&error));
        Refusal::Token
    })?;
    let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
    Ok(More::of_userinfo(
        name.or_else(|| claims.preferred_username().map(|name| name.to_string())),
        claims.email().map(|email| email.to_string()),
        claims.email_verified(),
        claims.additional_claims().clone(),
    ))
}
