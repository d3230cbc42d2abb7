//! Sign-in with an OpenID Connect provider: the authorization code flow with PKCE. `flow` keeps what one browser has begun, `provider`
//! (over `wire`) is the only place that speaks to the provider, `verify` judges what it said without asking anybody, `link` finds whose account that is
//! and `groups` what its groups give. An account belongs to an (issuer, subject), never to an e-mail address.

mod flow;
mod groups;
mod identity;
mod link;
mod provider;
mod verify;
mod wire;

use super::{People, SessionId, SignedIn};
use crate::base::clock::UnixMs;
use crate::base::crypto::{Digest, MasterKey};
use crate::base::{Error, Result};
use crate::config::{self, ConfigError};
use crate::event::Act;

pub use flow::{Flow, return_path};
pub use identity::{Identity, IdentityId, IdentityKind};
pub use link::Arrived;

/// Why nobody was signed in. A fixed word for programs and a sentence of ours for people; nothing that the provider sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The provider does not answer, or not as a provider should.
    Unavailable,
    /// Too many people are being signed in at this moment.
    Busy,
    /// The browser has not begun this, has finished it already, or began too long ago.
    NotBegun,
    /// The answer belongs to something else that was begun.
    State,
    /// The answer says that it is of another provider (RFC 9207).
    Issuer,
    /// The provider, or the person there, said no.
    Denied,
    /// The provider did not take the code.
    Code,
    /// What the provider said of the person does not stand up to the checks.
    Token,
    /// The person was asked to prove themselves again, and the provider did not say that they did.
    NotFresh,
    /// Nobody here has linked this account.
    Unknown,
    /// The person is suspended, or removed.
    Closed,
    /// The account here that was to be linked is not signed in any more.
    SignedOut,
    /// The provider's account belongs to somebody here who is suspended.
    Taken,
}

impl Refusal {
    pub const ALL: [Self; 13] = [
        Self::Unavailable,
        Self::Busy,
        Self::NotBegun,
        Self::State,
        Self::Issuer,
        Self::Denied,
        Self::Code,
        Self::Token,
        Self::NotFresh,
        Self::Unknown,
        Self::Closed,
        Self::SignedOut,
        Self::Taken,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "provider_unavailable",
            Self::Busy => "busy",
            Self::NotBegun => "not_begun",
            Self::State => "wrong_state",
            Self::Issuer => "wrong_issuer",
            Self::Denied => "denied",
            Self::Code => "code_refused",
            Self::Token => "token_refused",
            Self::NotFresh => "not_fresh",
            Self::Unknown => "unknown_account",
            Self::Closed => "account_closed",
            Self::SignedOut => "signed_out",
            Self::Taken => "account_taken",
        }
    }

    pub fn why(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "The sign-in service does not answer as it should. Try again in a minute; if it stays so, tell whoever runs this server."
            }
            Self::Busy => "Too many people are signing in at this moment. Try again in a minute.",
            Self::NotBegun => {
                "This sign-in was not begun in this browser, was finished already, or took longer than ten minutes. Begin again, and allow cookies for this site."
            }
            Self::State | Self::Issuer => {
                "This answer does not belong to the sign-in that was begun in this browser. Begin again."
            }
            Self::Denied => {
                "The sign-in service refused, or you cancelled there. Begin again, or ask whoever runs it for access."
            }
            Self::Code | Self::Token => {
                "What the sign-in service answered could not be trusted. Begin again; if it stays so, tell whoever runs this server to look into its log."
            }
            Self::NotFresh => {
                "The sign-in service did not say that you proved yourself again just now. Begin again and sign in there anew."
            }
            Self::Unknown => {
                "Nobody here has linked this account. If you have an account here, sign in to it with its password and link the two there; if not, ask an admin for an invitation."
            }
            Self::Closed => "Your account here is suspended or removed. Ask an admin.",
            Self::SignedOut => "You are not signed in here any more, so nothing was linked. Sign in, then begin again.",
            Self::Taken => "This account belongs to somebody else here. Ask an admin.",
        }
    }
}

/// The one provider of an instance.
#[derive(Debug)]
pub struct Oidc {
    name: String,
    create_users: bool,
    provider: provider::Provider,
    flows: flow::Flows,
    groups: groups::Groups,
}

/// Where to send a browser that begins, and the cookie by which its return is known.
#[derive(Debug)]
pub struct Begun {
    pub url: String,
    pub cookie: String,
}

/// What a browser begins.
#[derive(Debug)]
pub struct Wish {
    /// Where to go afterwards: a path of this server ([`return_path`]).
    pub return_to: String,
    /// The session whose person links an account; `None` is a sign-in.
    pub link: Option<SessionId>,
    /// The provider shall ask for the password again, whatever it remembers.
    pub fresh: bool,
}

/// What a browser brings back.
#[derive(Debug)]
pub struct Return<'a> {
    pub flow: &'a Flow,
    pub code: Option<String>,
    pub state: Option<String>,
    pub issuer: Option<String>,
    /// The session in this browser, if one is alive.
    pub me: Option<SignedIn>,
    pub user_agent: Option<String>,
    /// The session that this browser has, whoever's: a new one takes its place.
    pub former: Option<Digest>,
}

/// Characters of a code; Microsoft's are some 1,500.
const CODE_MAX: usize = 8 * 1024;

impl Oidc {
    /// `None` where no provider is configured.
    pub fn new(config: &config::Oidc, master: &MasterKey) -> Result<Option<Self>, ConfigError> {
        if !config.is_on() {
            return Ok(None);
        }
        Ok(Some(Self {
            name: config.name.clone(),
            create_users: config.create_users,
            provider: provider::Provider::new(config)?,
            flows: flow::Flows::new(master),
            groups: groups::Groups::new(config)?,
        }))
    }

    /// What the button says.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `callback` is the exact redirect URI.
    pub async fn begin(&self, wish: Wish, callback: &str, now: UnixMs) -> Result<Begun, Refusal> {
        let flow = Flow::new(wish, now);
        let known = self.provider.known(now).await?;
        let secrets = self.flows.secrets(&flow);
        let url = self.provider.authorization_url(&known, &secrets, callback, flow.fresh)?;
        Ok(Begun { url, cookie: self.flows.seal(&flow) })
    }

    /// What this cookie says was begun, if it was not too long ago.
    pub fn begun(&self, cookie: &str, now: UnixMs) -> Option<Flow> {
        self.flows.open(cookie, now)
    }

    /// Signs in, or links. Every check is made before anything is written.
    pub async fn finish(
        &self,
        people: &People,
        act: Act,
        back: Return<'_>,
        callback: &str,
    ) -> Result<Result<Arrived, Refusal>> {
        let person = match self.identify(&back, callback, act.at).await {
            Ok(person) => person,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match back.flow.link {
            None => {
                let rules = link::Rules { create_users: self.create_users, groups: self.groups.clone() };
                let browser = link::Browser { user_agent: back.user_agent, former: back.former };
                people.admit(act, person, rules, browser).await
            }
            Some(session) => match back.me.filter(|me| me.session == session) {
                Some(me) => people.tie_to(act, person, me.rights.user).await,
                None => Ok(Err(Refusal::SignedOut)),
            },
        }
    }

    /// Who came back?
    async fn identify(&self, back: &Return<'_>, callback: &str, now: UnixMs) -> Result<verify::Person, Refusal> {
        let secrets = self.flows.secrets(back.flow);
        if !back.state.as_ref().is_some_and(|state| self.flows.same(state, &secrets.state)) {
            return Err(Refusal::State);
        }
        // From here on this flow is over, however it ends.
        self.flows.use_up(back.flow, now)?;
        let known = self.provider.known(now).await?;
        known.check_issuer(back.issuer.as_deref())?;
        let code =
            back.code.clone().filter(|code| !code.is_empty() && code.len() <= CODE_MAX).ok_or(Refusal::Denied)?;
        let since = back.flow.fresh.then_some(back.flow.begun_at);
        let claim = self.groups.claim().map(str::to_owned);
        self.provider.redeem(known, code, secrets, callback, provider::Asked { since, claim }, now).await
    }
}

impl People {
    /// For those that are signed in only by a provider: is the provider the only way in?
    pub(super) fn password_is_a_way_in(&self) -> bool {
        !self.sign_in.sso_only
    }
}

/// A person whose way in would be gone.
fn only_way() -> Error {
    Error::conflict("", "this is the only way in which you can sign in: set a password first, or link another account")
}
