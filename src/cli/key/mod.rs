//! `keystead key …`: keys on a running server, and minting one without any. One file a verb; what several need is here.

mod change;
mod create;
mod export;
mod filters;
mod import;
mod list;
mod mint;
mod restrictions;
mod revoke;
mod rotate;
mod set;
mod terms;
mod verify;

use serde_json::Value;

use super::owner::{Kind, details};
use super::remote::{Remote, Server, encode};
use super::{Failure, Outcome, Ran, out};
use crate::base::time::parse_expiry;
use crate::base::{Clock, Timestamp};

#[derive(Debug, clap::Subcommand)]
pub enum Key {
    /// Print a well-formed new key and store nothing: for bootstrap.token
    Mint(mint::Mint),
    /// Create a key; prints it, for the only time
    #[command(
        after_help = "The key goes to stdout, alone. Example:\n  keystead key create --team acme --description ci --expires 90d > key"
    )]
    Create(create::Create),
    /// List keys, newest first
    List(list::List),
    /// Show one key; never its secret
    Show {
        /// key_…
        id: String,
        #[command(flatten)]
        server: Server,
    },
    /// Give a key a new secret; prints it, for the only time
    #[command(
        after_help = "The former secret works for the grace that you give it, and not at all without one. Example:\n  keystead key rotate key_… --grace 24h > key"
    )]
    Rotate(rotate::Rotate),
    /// Change what is given, and leave the rest
    #[command(
        after_help = "Examples:\n  keystead key change key_… --expires 1y\n  keystead key change key_… --ip 203.0.113.0/24 --ip 2001:db8::/32\n  keystead key change key_… --credits 1000 --refill 1000/month@15"
    )]
    Change(set::Change),
    /// Add to a key's credits
    #[command(subcommand)]
    Credits(set::Credits),
    /// Switch keys on again
    Enable(change::Ids),
    /// Switch keys off, until they are enabled
    Disable(change::Ids),
    /// Give keys to another owner
    #[command(after_help = "Example: keystead key transfer key_… --to-team acme")]
    Transfer(change::Transfer),
    /// Revoke keys for good, by id or all that match
    #[command(
        after_help = "Examples:\n  keystead key revoke key_…\n  keystead key revoke --user maya --created-before 2027-01-31 --dry-run"
    )]
    Revoke(revoke::Revoke),
    /// Remove what remains of keys that are revoked or have expired
    Purge(change::Ids),
    /// Print all keys that match, as JSON Lines or CSV; never a secret
    #[command(after_help = "Example: keystead key export --format csv --status active > keys.csv")]
    Export(export::Export),
    /// Bring keys of another system over by their hashes; ends with 1 if a line was refused
    #[command(
        after_help = "Each line is one key; /docs/import on the server tells how to export them. What is there already stays as it is, so the same file\n\
            may be sent again. Example:\n  keystead key import --format unkey --create-owners --dry-run keys.jsonl"
    )]
    Import(import::Import),
    /// Is a key good? Reads it from standard input; ends with 1 if not
    #[command(after_help = "Example: keystead key verify --scope invoices:read < key")]
    Verify(verify::Verify),
}

impl Key {
    pub fn run(self) -> Ran {
        match self {
            Self::Mint(mint) => mint.run(),
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Show { id, server } => {
                let answer = server.connect()?.get(&format!("/v1/api-keys/{}", encode(&id)))?;
                if server.json {
                    out::json(&answer["data"]);
                } else {
                    details(&answer["data"]);
                }
                Ok(Outcome::Fine)
            }
            Self::Rotate(rotate) => rotate.run(),
            Self::Change(change) => change.run(),
            Self::Credits(credits) => credits.run(),
            Self::Enable(ids) => ids.enable(),
            Self::Disable(ids) => ids.disable(),
            Self::Transfer(transfer) => transfer.run(),
            Self::Revoke(revoke) => revoke.run(),
            Self::Purge(ids) => ids.purge(),
            Self::Export(export) => export.run(),
            Self::Import(import) => import.run(),
            Self::Verify(verify) => verify.run(),
        }
    }
}

fn expiry(text: &str) -> Result<Option<Timestamp>, Failure> {
    parse_expiry(text, Clock::system().now_ms()).ok_or_else(|| {
        Failure("--expires must be a number of days (90d) or years (1y), a date (2027-01-31), a time, or never".into())
    })
}

/// The one answer with a secret: the secret on stdout, alone, and the rest beside it.
fn first_view(server: &Server, answer: &Value) {
    if server.json {
        out::json(&answer["data"]);
        return;
    }
    out::line(&out::cell(answer, "/data/secret"));
    out::say(&format!(
        "{} for {}, expires {}. Shown once: keep it now, it is stored nowhere.",
        out::cell(answer, "/data/id"),
        out::cell(answer, "/data/owner/name"),
        answer["data"]["expires_at"].as_str().unwrap_or("never"),
    ));
}

/// `/v1/users/…/api-keys` or the team's; `None` where neither is named.
fn owner_path(remote: &Remote, user: Option<&str>, team: Option<&str>) -> Result<Option<String>, Failure> {
    let (kind, who) = match (user, team) {
        (Some(who), _) => (Kind::User, who),
        (None, Some(who)) => (Kind::Team, who),
        (None, None) => return Ok(None),
    };
    Ok(Some(format!("{}/{}/api-keys", kind.path(), encode(&kind.find(remote, who)?))))
}
