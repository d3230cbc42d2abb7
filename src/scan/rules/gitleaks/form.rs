//! gitleaks' form as it is written. Its reader (viper) does not tell the case of a field's name, so names are made small first. A field that is not
//! here is an error.

use serde::Deserialize;

use crate::scan::Result;

/// `title`, `description`, `minVersion` and `tags` are read and mean nothing here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that gitleaks knows and that say nothing about what is found")]
pub(super) struct File {
    title: Option<String>,
    description: Option<String>,
    minversion: Option<String>,
    #[serde(default)]
    pub extend: Extend,
    #[serde(default)]
    pub rules: Vec<Named>,
    pub allowlist: Option<List>,
    #[serde(default)]
    pub allowlists: Vec<List>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extend {
    pub path: Option<String>,
    pub url: Option<String>,
    /// The built-in rules are looked for in any case.
    #[serde(default, rename = "usedefault")]
    _use_default: bool,
    #[serde(default, rename = "disabledrules")]
    pub disabled_rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub id: String,
    pub description: Option<Box<str>>,
    pub path: Option<String>,
    pub regex: Option<String>,
    #[serde(default, rename = "secretgroup")]
    pub secret_group: usize,
    pub entropy: Option<f64>,
    #[serde(default)]
    pub keywords: Vec<Box<str>>,
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
    pub allowlist: Option<List>,
    #[serde(default)]
    pub allowlists: Vec<List>,
    #[serde(default)]
    pub required: Vec<toml::Table>,
    #[serde(default, rename = "skipreport")]
    pub skip_report: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(default)]
    pub condition: String,
    #[serde(default)]
    pub commits: Vec<String>,
    #[serde(default)]
    pub paths: Vec<String>,
    #[serde(default, rename = "regextarget")]
    pub regex_target: String,
    #[serde(default)]
    pub regexes: Vec<String>,
    #[serde(default)]
    pub stopwords: Vec<String>,
    #[serde(default, rename = "targetrules")]
    pub target_rules: Vec<String>,
}

impl File {
    pub(super) fn read(file: toml::Table) -> Result<Self> {
        let mut file = small(file);
        // Rules one by one, so that an error names its rule.
        let rules = match file.remove("rules") {
            None => Vec::new(),
            Some(toml::Value::Array(rules)) => rules,
            Some(_) => return Err(super::wrong("`rules` is a list of tables: write `[[rules]]`")),
        };
        let mut read: Self = file.try_into().map_err(|error: toml::de::Error| super::wrong(error.message().trim()))?;
        for (n, rule) in rules.into_iter().enumerate() {
            let id = rule.get("id").and_then(toml::Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
            let which =
                id.as_ref().map_or_else(|| format!("rule {}, which has no id", n + 1), |id| format!("rule `{id}`"));
            let rule = rule.try_into().map_err(|error: toml::de::Error| {
                super::wrong(format!("{which}: {}: take it out, or say it in another way", error.message().trim()))
            })?;
            if id.is_none() {
                return Err(super::wrong(format!("{which}: give it one")));
            }
            read.rules.push(rule);
        }
        Ok(read)
    }
}

fn small(table: toml::Table) -> toml::Table {
    table.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), small_in(value))).collect()
}

fn small_in(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Table(table) => toml::Value::Table(small(table)),
        toml::Value::Array(items) => toml::Value::Array(items.into_iter().map(small_in).collect()),
        other => other,
    }
}
