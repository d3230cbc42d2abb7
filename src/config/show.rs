//! `keystead config show`: what holds, and where it came from.

use figment::Figment;

use super::layer::{DEFAULTS, gateways};

/// Settings whose value is never shown.
const SECRETS: [&str; 3] = ["bootstrap.token", "bootstrap.admin_password", "oidc.client_secret"];

#[derive(Debug, serde::Serialize)]
pub struct Shown {
    pub setting: String,
    pub value: serde_json::Value,
    pub source: String,
}

pub(super) fn all(figment: &Figment) -> Vec<Shown> {
    let defaults: toml::Table = DEFAULTS.parse().expect("config/default.toml is TOML");
    let mut settings = Vec::new();
    collect(&defaults, "", &mut settings);
    let of_all: Vec<String> =
        settings.iter().filter_map(|name| name.strip_prefix("gateway.default.")).map(str::to_owned).collect();
    for name in gateways(figment).into_keys().filter(|name| name != "default") {
        settings.extend(of_all.iter().map(|setting| format!("gateway.{name}.{setting}")));
    }
    settings
        .into_iter()
        .map(|setting| {
            let value = figment.find_value(&setting).ok();
            let json = value.as_ref().and_then(|value| serde_json::to_value(value).ok()).unwrap_or_default();
            let given = json.as_str().is_some_and(|text| !text.is_empty());
            let hidden = is_secret(&setting) && given;
            let source = figment.find_metadata(&setting).map_or_else(String::new, |found| found.name.to_string());
            Shown { value: if hidden { "***".into() } else { json }, source, setting }
        })
        .collect()
}

fn is_secret(setting: &str) -> bool {
    SECRETS.contains(&setting) || (setting.starts_with("gateway.") && setting.ends_with(".secret"))
}

fn collect(table: &toml::Table, path: &str, settings: &mut Vec<String>) {
    for (name, value) in table {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            toml::Value::Table(inner) => collect(inner, &here, settings),
            _ => settings.push(here),
        }
    }
}
