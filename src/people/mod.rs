//! Whoever may own keys: people and teams, and the instance itself. One table for what they share, so that everything about a key's
//! owner is one row and one piece of code.

mod admin;
mod break_glass;
mod change;
mod external;
mod invitation;
pub mod limit;
mod member;
mod mine;
pub mod oidc;
mod owner;
mod panel;
mod password;
mod portal;
mod removal;
mod rights;
pub mod scope;
mod seat;
mod second_factor;
mod session;
mod sign_in;
mod sign_out;
mod team;
mod throttle;
mod tidy;
mod totp;
mod user;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::crypto::{HmacKey, MasterKey};
use crate::base::{Error, Result, Timestamp};
use crate::config::{self, Environment};
use crate::event::{Act, Change, Journal};
use crate::store::{Conn, Row, Store, containing};

pub use admin::NewAdmin;
pub use change::{Put, TeamChange, UserChange};
pub use external::{adopt, by_external_id, check_external_id};
pub use invitation::{Acceptance, Accepting, Invitation};
pub use limit::RateLimit;
pub use member::{Left, Member};
pub use mine::MyTeam;
use owner::{NewOwner, insert_owner};
pub use owner::{OwnerId, OwnerKind, OwnerType, TeamId, TeamKind, UserId, UserKind};
pub use panel::{Panel, PanelId, PanelKind, TOKEN_PREFIX as PANEL_PREFIX};
pub use password::Proof;
pub use portal::{Exchanged, NewPanel, OpenedPanel, panel_realm};
pub(crate) use removal::{remove_team, remove_user};
pub use rights::{Permission, Permissions, Power, Rights, Standing, TeamRole};
pub use seat::Seat;
pub use second_factor::{Enrolment, SecondFactor};
pub use session::{Opened, Session, SessionId, SessionKind, SignedIn};
pub use sign_in::{Credentials, Entered, SignIn};
pub use team::NewTeam;
pub use user::NewUser;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnerStatus {
    Active,
    Invited,
    Suspended,
}

impl OwnerStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Suspended => "suspended",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "invited" => Some(Self::Invited),
            "suspended" => Some(Self::Suspended),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Operates this instance: sees and does everything.
    Admin,
    Member,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text {
            "admin" => Ok(Self::Admin),
            "member" => Ok(Self::Member),
            _ => Err(Error::internal("a user has an unknown role")),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct User {
    pub id: String,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: String,
    pub role: Role,
    pub status: OwnerStatus,
    /// Scopes that this person may give to their own keys.
    pub scopes_grantable: Vec<String>,
    /// Limits that all of their keys share.
    pub rate_limits: Vec<RateLimit>,
    pub metadata: Metadata,
    pub created_at: Timestamp,
    /// When they were last in a session; true to a minute.
    pub last_seen_at: Option<Timestamp>,
    /// Counts changes: the ETag.
    #[serde(skip, default = "first_version")]
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Team {
    pub id: String,
    pub external_id: Option<String>,
    pub name: String,
    /// Scopes that this team may give to its own keys.
    pub scopes_grantable: Vec<String>,
    /// Limits that all of its keys share.
    pub rate_limits: Vec<RateLimit>,
    pub metadata: Metadata,
    pub created_at: Timestamp,
    /// Counts changes: the ETag.
    #[serde(skip, default = "first_version")]
    pub version: i64,
}

/// What is read back is the answer to a request that made something ([`crate::event::once`]): its first version.
fn first_version() -> i64 {
    1
}

/// A JSON object of the host application, at most [`METADATA_MAX`] bytes as JSON.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

pub const METADATA_MAX: usize = 16 * 1024;
/// Characters in a name or a description.
pub const NAME_MAX: usize = 200;
/// Characters in an external id: room for a URL or a distinguished name.
pub const EXTERNAL_ID_MAX: usize = 255;

/// People and teams of one store.
#[derive(Debug, Clone)]
pub struct People {
    /// Marks tokens of the sandbox.
    environment: Environment,
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    /// What tokens are kept under: sessions, panels, invitations.
    tokens: HmacKey,
    sign_in: Arc<config::SignIn>,
    hasher: password::Hasher,
    factors: second_factor::Keys,
    setup: Arc<admin::Offered>,
}

/// Which owners to list, newest first.
#[derive(Debug, Default)]
pub struct OwnerFilter {
    pub external_id: Option<String>,
    pub email: Option<String>,
    /// Part of the name, the e-mail or the external id, in any case of ASCII letters, or the id.
    pub q: Option<String>,
    pub status: Option<OwnerStatus>,
    pub role: Option<Role>,
    /// Only those made before the owner with this id.
    pub before: Option<String>,
    pub limit: i64,
}

/// Characters that are looked for: as long as the longest that can be found.
const Q_MAX: usize = 255;

impl OwnerFilter {
    /// The pattern to look for, if any.
    fn like(&self) -> Result<Option<String>> {
        let Some(q) = self.q.as_deref().filter(|q| !q.is_empty()) else { return Ok(None) };
        if q.chars().count() > Q_MAX {
            return Err(Error::Invalid { field: "/q".into(), why: "is too long: 255 characters at most" });
        }
        Ok(Some(containing(q)))
    }
}

impl People {
    pub fn new(
        environment: Environment,
        store: Store,
        journal: Journal,
        master: &MasterKey,
        sign_in: config::SignIn,
    ) -> Self {
        let tokens = master.derive("keystead/tokens/v1");
        let factors = second_factor::Keys::new(master);
        Self {
            environment,
            store,
            journal,
            tokens,
            sign_in: Arc::new(sign_in),
            hasher: password::Hasher::new(),
            factors,
            setup: Arc::default(),
        }
    }

    /// `NotFound` where there is no such owner.
    pub async fn exists(&self, owner: OwnerId) -> Result<()> {
        self.store.read(move |db| Self::grantable(db, owner)?.map(drop).ok_or(Error::NotFound)).await
    }

    /// What the owner may grant to its own keys; `None` where there is no such owner.
    pub fn grantable(db: &Conn, owner: OwnerId) -> Result<Option<Vec<String>>> {
        db.first(
            "SELECT scopes_grantable FROM owners WHERE id = $1 AND removed_at IS NULL",
            &[(&owner.to_string()).into()],
            |row| list(row.text()?),
        )
    }
}

fn record(
    journal: &Journal,
    db: &Conn,
    act: &Act,
    action: &'static str,
    id: &str,
    details: serde_json::Value,
) -> Result<()> {
    journal.append(db, act, &Change { action, subject: id, owner_id: Some(id), details })
}

/// As much of an id as fits a name, for who has no other.
pub(crate) fn name_out_of(id: &str) -> String {
    id.chars().take(NAME_MAX).collect()
}

/// A name as people read it: 1 to 200 characters, none of them a control character.
pub fn check_name(field: &'static str, name: &str) -> Result<()> {
    check_text(field, name, NAME_MAX)
}

pub(crate) fn check_text(field: &'static str, text: &str, most: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::refused(field, "must not be empty"));
    }
    if text.chars().count() > most {
        return Err(Error::refused(field, "is too long: 200 characters at most, 255 for an external_id"));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::refused(field, "must not contain control characters such as line ends or NUL"));
    }
    Ok(())
}

/// Metadata fits its bound, and PostgreSQL's text as well (no NUL).
pub fn check_metadata(metadata: &Metadata) -> Result<()> {
    let text = json(metadata)?;
    if text.len() > METADATA_MAX {
        return Err(Error::refused("/metadata", "is too large: 16 KiB of JSON at most"));
    }
    if text.contains("\\u0000") {
        return Err(Error::refused("/metadata", "must not contain NUL characters"));
    }
    Ok(())
}

pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

pub(crate) fn list(text: &str) -> Result<Vec<String>> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    serde_json::from_str(text).map_err(Error::internal)
}

pub(crate) fn object(text: &str) -> Result<Metadata> {
    if text == "{}" {
        return Ok(Metadata::new());
    }
    serde_json::from_str(text).map_err(Error::internal)
}

fn opt(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn status(row: &Row<'_, '_>) -> Result<OwnerStatus> {
    OwnerStatus::parse(row.text()?).ok_or_else(|| Error::internal("an owner has an unknown status"))
}
