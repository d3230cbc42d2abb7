//! One report, as it is taken: a digest instead of what was shown, and a place that is bounded and has no key of ours in it. What cannot be
//! a report is refused before anything is looked up, so that a refusal says nothing of any key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Exposure, Leaks};
use crate::base::crypto::Digest;
use crate::base::{Error, Field, Result, Secret, Timestamp};

/// Reports in one request.
pub const REPORTS_MAX: usize = 1_000;
/// Bytes of a place as JSON.
pub const PLACE_MAX: usize = 2_048;
/// Characters of a tool's name.
const TOOL_MAX: usize = 100;

/// Where a key was found, in the reporter's words. Nothing of it is believed, followed or linked to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its name or URL.
    pub repository: Option<String>,
    pub commit: Option<String>,
    pub path: Option<String>,
    pub line: Option<u32>,
    pub url: Option<String>,
    pub author: Option<String>,
    pub committed_at: Option<Timestamp>,
}

/// What somebody found.
#[derive(Debug)]
pub struct Found {
    pub what: What,
    pub exposure: Exposure,
    pub place: Place,
    /// Empty: not said.
    pub tool: String,
}

/// The key itself, or its SHA-256.
#[derive(Debug)]
pub enum What {
    Secret(Secret),
    Hash(Digest),
}

/// What a report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Secret,
    Hash,
}

/// A report that can be taken.
#[derive(Debug)]
pub struct Report {
    /// `None` where it can be nobody's key here.
    pub(super) digest: Option<Digest>,
    pub(super) proof: Proof,
    pub(super) exposure: Exposure,
    /// JSON with its names in order and without what is not known, so that the same place is the same text.
    pub(super) place: String,
    pub(super) tool: String,
}

impl Proof {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "key",
            Self::Hash => "sha256",
        }
    }
}

impl Leaks {
    /// Checks what is not a matter of any key; `n` is its place among the reports, for the refusal.
    pub fn report(&self, n: usize, found: Found) -> Result<Report> {
        let refused =
            |name: &str, why| Err(Error::Refused { field: Field::from_client(["reports", &n.to_string(), name]), why });
        let texts = found.place.texts().chain([&*found.tool]);
        if texts.flat_map(str::chars).any(char::is_control) {
            let name = if found.tool.chars().any(char::is_control) { "tool" } else { "place" };
            return refused(name, "must not contain control characters such as line ends or NUL");
        }
        if found.tool.chars().count() > TOOL_MAX {
            return refused("tool", "is too long: 100 characters at most");
        }
        let place = self.keys.reader().redacted(&found.place.canonical()?).into_owned();
        if place.len() > PLACE_MAX {
            return refused("place", "is too long: 2 KiB at most, as JSON");
        }
        let (digest, proof) = match &found.what {
            What::Secret(secret) => (self.keys.digest_of_secret(secret.expose()), Proof::Secret),
            What::Hash(sha256) => (Some(self.keys.digest_of_hash(sha256)), Proof::Hash),
        };
        let tool = self.keys.reader().redacted(&found.tool).into_owned();
        Ok(Report { digest, proof, exposure: found.exposure, place, tool })
    }
}

impl Place {
    fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.repository, &self.commit, &self.path, &self.url, &self.author].into_iter().flatten().map(String::as_str)
    }

    fn canonical(&self) -> Result<String> {
        let Value::Object(mut fields) = serde_json::to_value(self).map_err(Error::internal)? else {
            return Err(Error::internal("a place is an object"));
        };
        fields.retain(|_, value| !value.is_null() && *value != "");
        fields.sort_keys();
        serde_json::to_string(&fields).map_err(Error::internal)
    }

    /// As it was stored.
    pub(super) fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }
}
