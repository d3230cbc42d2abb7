//! `keystead config show`: what holds, and where it came from.

use figment::Figment;

use super::layer::DEFAULTS;

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
    settings
        .into_iter()
        .map(|setting| {
            let value = figment.find_value(&setting).ok();
            let json = value.as_ref().and_then(|value| serde_json::to_value(value).ok()).unwrap_or_default();
            let given = json.as_str().is_some_and(|text| !text.is_empty());
            let hidden = SECRETS.contains(&setting.as_str()) && given;
            let source = figment.find_metadata(&setting).map_or_else(String::new, |found| found.name.to_string());
            Shown { value: if hidden { "***".into() } else { json }, source, setting }
        })
        .collect()
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
