//! `keystead key verify`: the verdict as words and as an exit code.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::rate_limit::named;
use super::super::remote::{Server, read_secret};
use super::super::{Failure, Outcome, Ran, out};

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Read the key from this file instead
    #[arg(long, value_name = "FILE", default_value = "-")]
    key_file: PathBuf,
    /// A scope that it must have; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Scopes of which it must have one at least; may be repeated
    #[arg(long = "any-scope", value_name = "SCOPE")]
    any_scopes: Vec<String>,
    /// A limit to count on, as NAME or NAME=COST; may be repeated. 0 looks without taking
    #[arg(long = "rate-limit", value_name = "NAME[=COST]", value_parser = named)]
    rate_limits: Vec<Value>,
    /// The address that it is used from
    #[arg(long)]
    ip: Option<String>,
    /// The page that it is used from, as Referer or Origin say it
    #[arg(long, value_name = "URL")]
    referrer: Option<String>,
    /// The method of the call that it is used for
    #[arg(long)]
    method: Option<String>,
    /// The path of that call
    #[arg(long)]
    path: Option<String>,
    /// live, test or any [default: that of your token]
    #[arg(long)]
    environment: Option<String>,
    /// Credits that a valid answer costs, where the key has credits; 0 looks without spending
    #[arg(long, value_name = "N", default_value_t = 1)]
    cost: i64,
    #[command(flatten)]
    server: Server,
}

impl Verify {
    pub fn run(self) -> Ran {
        if self.server.token_is_stdin() && self.key_file.as_os_str() == "-" {
            return Err(Failure(
                "standard input cannot be both the token and the key: name a file for one of them".into(),
            ));
        }
        let remote = self.server.connect()?;
        let key = read_secret(&self.key_file)?;
        let mut body = json!({ "key": key.expose(), "scopes": self.scopes, "any_scopes": self.any_scopes, "cost": self.cost, "rate_limits": self.rate_limits });
        let given = [
            ("environment", self.environment),
            ("ip", self.ip),
            ("referrer", self.referrer),
            ("method", self.method),
            ("path", self.path),
        ];
        for (field, value) in given {
            if let Some(value) = value {
                body[field] = value.into();
            }
        }
        let answer = remote.post("/v1/api-keys/verify", &body)?;
        let verdict = &answer["data"];
        if self.server.json {
            out::json(verdict);
        } else {
            let left = verdict["credits_remaining"].as_i64().map(|left| format!("{left} credits left"));
            let wait = verdict["retry_after_ms"].as_u64().map(|ms| format!("try again in {} s", ms.div_ceil(1_000)));
            let more = ["/owner/name", "/key/name", "/revoked_reason", "/missing_scopes"]
                .into_iter()
                .map(|pointer| out::cell(verdict, pointer))
                .chain(left)
                .chain(wait)
                .filter(|text| text != "-" && !text.is_empty())
                .collect::<Vec<_>>()
                .join(" · ");
            out::line(format!("{}  {more}", out::cell(verdict, "/code")).trim_end());
        }
        Ok(if verdict["valid"] == true { Outcome::Fine } else { Outcome::Refused })
    }
}
