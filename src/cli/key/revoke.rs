//! `keystead key revoke`: keys by their ids, or all that match.

use serde_json::Value;

use super::super::remote::{Remote, Server, encode};
use super::super::{Failure, Outcome, Ran, out};
use super::filters::Filters;

#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// key_…
    ids: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    /// Say how many would be revoked, and revoke none
    #[arg(long)]
    dry_run: bool,
    /// Revoke only if exactly so many match, as a dry run has said
    #[arg(long, value_name = "COUNT")]
    expect: Option<u32>,
    #[command(flatten)]
    server: Server,
}

impl Revoke {
    pub fn run(self) -> Ran {
        let remote = self.server.connect()?;
        let mut which = self.filters.body(&remote)?;
        let by_filter = !which.is_empty();
        if by_filter != self.ids.is_empty() {
            return Err(Failure(
                "say which keys: <IDS>, or filters such as --user and --created-before, not both".into(),
            ));
        }
        if !by_filter && !self.dry_run && self.expect.is_none() {
            return one_by_one(&remote, &self.ids, self.server.json);
        }
        if !by_filter {
            which.insert("ids".into(), self.ids.into());
        }
        which.insert("dry_run".into(), self.dry_run.into());
        which.insert("expected_count".into(), self.expect.into());
        let answer = remote.post_at_length("/v1/api-keys/revoke", &Value::Object(which))?;
        if self.server.json {
            out::json(&answer["data"]);
        } else {
            let (count, done) = (out::cell(&answer, "/data/count"), if self.dry_run { "would be" } else { "were" });
            out::say(&format!("{count} keys {done} revoked"));
        }
        Ok(Outcome::Fine)
    }
}

fn one_by_one(remote: &Remote, ids: &[String], json: bool) -> Ran {
    for id in ids {
        let answer = remote.delete(&format!("/v1/api-keys/{}", encode(id)))?;
        if json {
            out::json(&answer);
        } else {
            out::say(&format!("{id} is revoked"));
        }
    }
    Ok(Outcome::Fine)
}
