//! `keystead settings …`: the operator's switches on a running server.

use serde_json::{Map, Value};

use super::remote::Server;
use super::{Failure, Outcome, Ran, out};

#[derive(Debug, clap::Subcommand)]
pub enum Settings {
    /// Show every setting, its value and default, and whether the configuration pins it
    Show {
        #[command(flatten)]
        server: Server,
    },
    /// Change settings, for the next request on
    #[command(after_help = "Example: keystead settings set max_lifetime_days=365 live_keys=admins")]
    Set {
        /// A setting and its new value; several are changed together or not at all
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = assignment)]
        settings: Vec<(String, Value)>,
        #[command(flatten)]
        server: Server,
    },
}

/// `name=value`, the value as the JSON that it looks like: a number, true or false, else text.
fn assignment(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    let value = match value {
        "true" | "false" => Value::Bool(value == "true"),
        _ => value.parse::<u32>().map_or_else(|_| value.into(), Value::from),
    };
    Ok((name.to_owned(), value))
}

impl Settings {
    pub fn run(self) -> Ran {
        let (server, answer) = match self {
            Self::Show { server } => {
                let answer = server.connect()?.get("/v1/settings")?;
                (server, answer)
            }
            Self::Set { settings, server } => {
                let named = settings.len();
                let body: Map<String, Value> = settings.into_iter().collect();
                if body.len() < named {
                    return Err(Failure("a setting stands there twice: name it once".into()));
                }
                let answer = server.connect()?.patch("/v1/settings", &Value::Object(body))?;
                (server, answer)
            }
        };
        if server.json {
            out::json(&answer["data"]);
            return Ok(Outcome::Fine);
        }
        let settings = answer["data"].as_object().into_iter().flatten();
        let rows = settings.map(|(name, setting)| {
            let pinned = if setting["pinned"] == true { "by the configuration" } else { "-" };
            vec![name.clone(), out::cell(setting, "/value"), out::cell(setting, "/default"), pinned.into()]
        });
        out::table(&["SETTING", "VALUE", "DEFAULT", "PINNED"], rows.collect());
        Ok(Outcome::Fine)
    }
}
