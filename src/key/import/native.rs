//! Our own form of a line: whatever another system exports can be brought into it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::entry::{Entry, OwnerRef, Read, Revoked};
use super::hash::{Encoding, decode};
use crate::base::{Error, Field, Result, Secret, Timestamp};
use crate::config::Environment;
use crate::key::{Credits, RestrictionsChange, RevokedReason, Terms};
use crate::people::{Metadata, OwnerId, OwnerType, RateLimit};

/// A key by its hash, as one line of JSON.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// SHA-256 of the whole key, as it stands in a request.
    hash: Secret,
    #[expect(dead_code, reason = "there is one, and a line must say that it means it")]
    algorithm: Algorithm,
    /// How the hash is written; base64 with or without `=` at its end.
    encoding: Encoding,
    /// What the key begins with, for people: 32 characters at most.
    prefix: Option<String>,
    /// Its last four characters, for people.
    last_four: Option<String>,
    /// What the key is for. This or `description`, which is the same, is required.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    #[schemars(length(min = 1, max = 200))]
    description: Option<String>,
    owner: Whose,
    /// `live` by default.
    environment: Option<Environment>,
    #[serde(default)]
    is_public: bool,
    /// On by default.
    enabled: Option<bool>,
    /// When it was made; now where that is unknown.
    created_at: Option<Timestamp>,
    /// Null or absent: never. May be in the past: an expired key stays expired.
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    /// Revoked there, and so here.
    #[serde(default)]
    revoked: bool,
    revoked_at: Option<Timestamp>,
    revoked_reason: Option<Reason>,
    #[serde(default)]
    #[schemars(length(max = 64))]
    scopes: Vec<String>,
    /// From where and for what it may be used.
    restrictions: Option<RestrictionsChange>,
    /// Roles that there are here.
    #[schemars(length(max = 16))]
    roles: Option<Vec<String>>,
    /// A JSON object of at most 16 KiB.
    metadata: Option<Metadata>,
    /// What its uses are paid with; null or absent: they are not.
    credits: Option<Credits>,
    /// As of any key.
    #[serde(default)]
    #[schemars(length(max = 8))]
    rate_limits: Vec<RateLimit>,
    /// The system that it comes from, in a word: `import` by default.
    origin: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Algorithm {
    Sha256,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Manual,
    Leaked,
    OwnerRemoved,
}

/// A user or a team, by our id or by the host application's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    #[serde(rename = "type")]
    kind: Kind,
    id: Option<String>,
    #[schemars(length(min = 1, max = 255))]
    external_id: Option<String>,
}

/// The kinds of owners that keys are imported for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    User,
    Team,
}

impl From<Kind> for OwnerType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User,
            Kind::Team => Self::Team,
        }
    }
}

impl From<Reason> for RevokedReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Manual => Self::Manual,
            Reason::Leaked => Self::Leaked,
            Reason::OwnerRemoved => Self::OwnerRemoved,
        }
    }
}

/// Characters in the name of a system.
const ORIGIN_MAX: usize = 32;

pub fn read(text: &[u8]) -> Result<Read> {
    let line: Line = object(text)?;
    let hash = decode(line.hash.expose(), line.encoding).ok_or_else(|| {
        Error::refused("/hash", "must be the 32 bytes of a SHA-256 in the encoding that the line names")
    })?;
    let name = match (line.name, line.description) {
        (Some(name), None) | (None, Some(name)) => name,
        (Some(name), Some(description)) if name == description => name,
        (Some(_), Some(_)) => return Err(Error::refused("/name", "differs from description: send one of them")),
        (None, None) => return Err(Error::invalid("/name", "this field is required")),
    };
    let origin = line.origin.unwrap_or_else(|| "import".to_owned());
    let word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
    if origin.is_empty() || origin.len() > ORIGIN_MAX || !word(&origin) {
        return Err(Error::refused("/origin", "must be a word of a-z, 0-9, - _ and . with 32 characters at most"));
    }
    let revoked = (line.revoked || line.revoked_at.is_some() || line.revoked_reason.is_some()).then(|| Revoked {
        at: line.revoked_at.map(|at| at.0),
        reason: line.revoked_reason.map_or(RevokedReason::Manual, Into::into),
    });
    Ok(Read::Key(Box::new(Entry {
        hash,
        prefix: line.prefix.filter(|text| !text.is_empty()),
        last_four: line.last_four.filter(|text| !text.is_empty()),
        name,
        owner: line.owner.refer()?,
        environment: line.environment.unwrap_or(Environment::Live),
        is_public: line.is_public,
        enabled: line.enabled.unwrap_or(true),
        created_at: line.created_at.map(|at| at.0),
        expires_at: line.expires_at.map(|at| at.0),
        last_used_at: line.last_used_at.map(|at| at.0),
        revoked,
        scopes: line.scopes,
        metadata: line.metadata.unwrap_or_default(),
        terms: Terms {
            roles: line.roles,
            restrictions: line.restrictions,
            credits: line.credits.map(Some),
            rate_limits: (!line.rate_limits.is_empty()).then_some(line.rate_limits),
            ..Terms::default()
        },
        origin,
        left_out: Vec::new(),
    })))
}

impl Whose {
    fn refer(self) -> Result<OwnerRef> {
        let kind = OwnerType::from(self.kind);
        match (self.id, self.external_id) {
            (Some(id), None) => match OwnerId::parse(&id) {
                Some(id) if id.kind() == kind => Ok(OwnerRef::Id(id)),
                _ => Err(Error::refused(
                    "/owner/id",
                    "must be the id of a user or a team, as its type says: usr_… or team_…",
                )),
            },
            (None, Some(external_id)) => Ok(OwnerRef::External(kind, external_id)),
            _ => Err(Error::refused("/owner", "needs an id or an external_id, and not both")),
        }
    }
}

/// A line as an object. What is wrong is told of the field, in our own words: a line is full of what must not be repeated.
pub fn object<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    // serde would take an array for a struct, field by field.
    if text.first() != Some(&b'{') {
        return Err(Error::invalid("", "this line is no JSON object, in { }"));
    }
    serde_json::from_slice(text).map_err(|error| unreadable::<T>(text, &error))
}

/// Reads again, slowly, to find out where it failed.
fn unreadable<T: DeserializeOwned>(text: &[u8], error: &serde_json::Error) -> Error {
    if error.classify() != serde_json::error::Category::Data {
        return Error::invalid("", "this line is not JSON: each line must be one whole object");
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        return Error::invalid("", "this line could not be read");
    };
    let message = error.inner().to_string();
    let mut path: Vec<String> = error
        .path()
        .iter()
        .map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => index.to_string(),
            other => other.to_string(),
        })
        .collect();
    for prefix in ["missing field `", "duplicate field `"] {
        path.extend(message.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned));
    }
    let why = match message.as_str() {
        text if text.starts_with("missing field") => "this field is required",
        text if text.starts_with("duplicate field") => "this field stands twice",
        text if text.starts_with("unknown field") => "there is no such field: /docs/import lists them all",
        text if text.starts_with("unknown variant") => "is not one of the words that can stand here",
        text if text.starts_with("must be a time") => "must be a time as in 2027-01-31T12:00:00Z",
        _ => "has another type than it should",
    };
    Error::Invalid { field: Field::from_client(path.iter().map(String::as_str)), why }
}
