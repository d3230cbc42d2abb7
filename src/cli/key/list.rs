//! `keystead key list`: a table for people, JSON for programs.

use serde_json::Value;

use super::super::remote::Server;
use super::super::{Outcome, Ran, out};
use super::filters::Filters;
use super::owner_path;

#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    filters: Filters,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    server: Server,
}

impl List {
    pub fn run(self) -> Ran {
        let remote = self.server.connect()?;
        let path = owner_path(&remote, self.filters.user.as_deref(), self.filters.team.as_deref())?
            .unwrap_or_else(|| "/v1/api-keys".into());
        let keys = remote.list(&path, &self.filters.without_owner(), (!self.all).then_some(self.limit as usize))?;
        if self.server.json {
            out::json(&Value::Array(keys));
            return Ok(Outcome::Fine);
        }
        let rows = keys.iter().map(|key| {
            let mut row = vec![
                out::cell(key, "/id"),
                out::cell(key, "/name"),
                shown(key),
                out::cell(key, "/owner/name"),
                out::cell(key, "/status"),
            ];
            row.push(key["expires_at"].as_str().unwrap_or("never").to_owned());
            row.push(out::cell(key, "/last_used"));
            row
        });
        out::table(&["ID", "NAME", "KEY", "OWNER", "STATUS", "EXPIRES", "LAST USED"], rows.collect());
        Ok(Outcome::Fine)
    }
}

/// What people tell keys apart by; of an imported one it may be unknown.
fn shown(key: &Value) -> String {
    let text = |field: &str| key[field].as_str().unwrap_or_default().to_owned();
    format!("{}•••{}", text("prefix"), text("last_four"))
}
