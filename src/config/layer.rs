//! The layers as figment providers. Names and types are checked against the defaults before figment sees a value.

use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::gateway::DEFAULT;
use super::{ConfigError, Sources};

/// `config/default.toml`: every default and its explanation.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

struct Layer {
    name: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

pub(super) fn merge(sources: &Sources) -> Result<Figment, ConfigError> {
    let defaults: toml::Table = DEFAULTS.parse().expect("config/default.toml is TOML");
    let mut figment = Figment::from(Layer { name: "default".into(), values: dict(&defaults) });
    if let Some(path) = &sources.file {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::new(format!("{name}: the configuration file cannot be read: {error}")))?;
        // The parser's own message quotes the line, and the line may hold a secret.
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = text[..error.span().map_or(0, |span| span.start)].matches('\n').count() + 1;
            ConfigError::new(format!(
                "{name}: line {line}: this is not TOML (is a quote, a bracket or \"=\" missing, or a name there twice?)"
            ))
        })?;
        check(&table, &defaults, "", &name)?;
        figment = figment.merge(Layer { name, values: dict(&table) });
    }
    for (variable, text) in &sources.env {
        let path = match variable.as_str() {
            "KEYSTEAD_LOG" if !text.is_empty() => "log.level".to_owned(),
            _ => match variable.strip_prefix("KEYSTEAD_").filter(|rest| rest.contains("__")) {
                Some(rest) => rest.to_lowercase().replace("__", "."),
                None => continue,
            },
        };
        figment = figment.merge(single(&path, text, &defaults, variable)?);
    }
    for (path, flag, text) in &sources.flags {
        figment = figment.merge(single(path, text, &defaults, flag)?);
    }
    Ok(filled(figment))
}

/// The sections under `gateway`, one of them the defaults of the others.
pub(super) fn gateways(figment: &Figment) -> Dict {
    figment.find_value("gateway").ok().and_then(Value::into_dict).unwrap_or_default()
}

/// What a gateway's section leaves out, out of `gateway.default`. A value remembers where it came from.
fn filled(figment: Figment) -> Figment {
    let mut sections = gateways(&figment);
    let default = sections.remove(DEFAULT).expect("it is among the defaults");
    let all: Dict = sections.into_keys().map(|name| (name, default.clone())).collect();
    let values = Dict::from([("gateway".to_owned(), Value::from(all))]);
    figment.join(Layer { name: "gateway.default".into(), values })
}

/// The default of this name. A gateway is called as its operator likes, and has what `gateway.default` has.
fn known<'a>(defaults: &'a toml::Table, path: &str, name: &str) -> Option<&'a toml::Value> {
    defaults.get(name).or_else(|| defaults.get(DEFAULT).filter(|_| path == "gateway"))
}

/// A layer of one setting, its text read as the type of its default.
fn single(path: &str, text: &str, defaults: &toml::Table, source: &str) -> Result<Layer, ConfigError> {
    let mut default = None;
    let (mut level, mut above) = (Some(defaults), "");
    for word in path.split('.') {
        default = level.and_then(|table| known(table, above, word));
        (level, above) = (default.and_then(toml::Value::as_table), word);
    }
    let not = |what: &str| ConfigError::new(format!("{source}: {path} must be {what}"));
    let value = match default {
        None | Some(toml::Value::Table(_)) => {
            return Err(ConfigError::new(format!(
                "{source}: there is no setting {path}; `keystead config show` lists all"
            )));
        }
        Some(toml::Value::String(_)) => toml::Value::String(text.to_owned()),
        Some(toml::Value::Integer(_)) => text.parse().map(toml::Value::Integer).map_err(|_| not("a whole number"))?,
        Some(toml::Value::Boolean(_)) => text.parse().map(toml::Value::Boolean).map_err(|_| not("true or false"))?,
        Some(_) => {
            let table: toml::Table =
                format!("v = {text}").parse().map_err(|_| not("a TOML array, as in [\"a\", \"b\"]"))?;
            table
                .into_iter()
                .next()
                .map(|(_, value)| value)
                .filter(toml::Value::is_array)
                .ok_or_else(|| not("a TOML array"))?
        }
    };
    let nested = path
        .rsplit('.')
        .fold(value, |inner, word| toml::Value::Table(toml::Table::from_iter([(word.to_owned(), inner)])));
    Ok(Layer { name: source.to_owned(), values: dict(nested.as_table().expect("a path has a first word")) })
}

/// Every name must be one of the defaults', every value of its default's type.
fn check(table: &toml::Table, defaults: &toml::Table, path: &str, source: &str) -> Result<(), ConfigError> {
    for (name, value) in table {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (known(defaults, path, name), value) {
            (None, _) => {
                let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
                return Err(ConfigError::new(format!(
                    "{source}: there is no setting {here}; here can stand: {}",
                    known.join(", ")
                )));
            }
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => check(value, inner, &here, source)?,
            (Some(default), value) if !default.same_type(value) => {
                let wanted = match default {
                    toml::Value::String(_) => "text in quotes",
                    toml::Value::Integer(_) => "a whole number",
                    toml::Value::Boolean(_) => "true or false",
                    toml::Value::Array(_) => "an array in [ ]",
                    _ => "a section",
                };
                return Err(ConfigError::new(format!("{source}: {here} must be {wanted}")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn dict(table: &toml::Table) -> Dict {
    match Value::serialize(table) {
        Ok(Value::Dict(_, dict)) => dict,
        _ => unreachable!("a TOML table is a dictionary"),
    }
}
