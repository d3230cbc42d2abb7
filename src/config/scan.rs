//! `[scan]`: what `keystead.toml` of a repository, `scan.toml` of a person and `keystead.toml` of a server say to the scanner. Data alone,
//! read once a scan and apart from the server's own settings. A repository's is hostile until proven otherwise: it adds, and never removes.

use std::path::PathBuf;

use super::{ConfigError, Prefixes};

/// The name of a repository's and of a server's file.
pub const FILE: &str = "keystead.toml";
/// Bytes of such a file.
pub const SIZE_MAX: u64 = 64 * 1024;
/// Prefixes, or ignored paths, of one file.
const LIST_MAX: usize = 100;
/// Bytes of a path in it.
const PATH_MAX: usize = 1_000;

/// Whose file it is decides what may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Repository,
    Person,
    /// Of the repository on a server, for its pre-receive hook.
    Server,
}

/// May keys of our own be allowed by a fingerprint?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnKeys {
    #[default]
    Allow,
    Enforce,
}

/// One such file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanFile {
    pub prefixes: Vec<String>,
    /// Further rules; relative to the file's own folder.
    pub rules: Option<PathBuf>,
    /// As in `.gitignore`, for vendors' and generic rules.
    pub ignore_paths: Vec<String>,
    pub own_keys: OwnKeys,
    /// Marks in the line itself do not count.
    pub marks_ignored: bool,
    /// As on the command line: `a`, `b`, `c`.
    pub tiers: Option<Vec<String>>,
}

impl ScanFile {
    /// `name` is the file's, for the errors.
    pub fn parse(text: &str, name: &str, whose: Whose) -> Result<Self, ConfigError> {
        let wrong = |what: &str| ConfigError::new(format!("{name}: {what}"));
        // The parser's own message quotes the line.
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = text[..error.span().map_or(0, |span| span.start)].matches('\n').count() + 1;
            wrong(&format!(
                "line {line}: this is not TOML (is a quote, a bracket or \"=\" missing, or a name there twice?)"
            ))
        })?;
        let mut file = Self::default();
        for (section, value) in &table {
            let Some(settings) = value.as_table().filter(|_| section == "scan") else {
                return Err(wrong("at the top can stand [scan] and nothing else"));
            };
            for (setting, value) in settings {
                file.set(setting, value, whose).map_err(|what| wrong(&what))?;
            }
        }
        Ok(file)
    }

    fn set(&mut self, setting: &str, value: &toml::Value, whose: Whose) -> Result<(), String> {
        match (setting, whose) {
            ("prefixes", _) => {
                self.prefixes = texts(setting, value)?;
                Prefixes::built_in().with_secret(&self.prefixes).map_err(|error| error.to_string())?;
            }
            ("rules", _) => {
                let path = value.as_str().filter(|path| (1..=PATH_MAX).contains(&path.len()));
                self.rules = Some(path.ok_or("scan.rules must be the path of a file, in quotes")?.into());
            }
            ("ignore_paths", _) => {
                self.ignore_paths = texts(setting, value)?;
                if self.ignore_paths.iter().any(|path| path.starts_with('!')) {
                    return Err(
                        "scan.ignore_paths: a pattern with \"!\" takes back what another one says: leave it out".into(),
                    );
                }
            }
            ("own_keys", Whose::Server) => {
                self.own_keys = match value.as_str() {
                    Some("enforce") => OwnKeys::Enforce,
                    Some("allow") => OwnKeys::Allow,
                    _ => return Err("scan.own_keys must be \"enforce\" or \"allow\"".into()),
                };
            }
            ("inline_marks", Whose::Server) => {
                self.marks_ignored = match value.as_str() {
                    Some("count") => false,
                    Some("ignore") => true,
                    _ => return Err("scan.inline_marks must be \"count\" or \"ignore\"".into()),
                };
            }
            ("tiers", Whose::Server) => self.tiers = Some(texts(setting, value)?),
            ("own_keys" | "inline_marks" | "tiers", _) => {
                return Err(format!(
                    "scan.{setting} is for a server to say: it stands in the {FILE} of the server's repository, and means nothing here"
                ));
            }
            _ => {
                let server = if whose == Whose::Server { ", own_keys, inline_marks, tiers" } else { "" };
                return Err(format!(
                    "a setting of [scan] is not known; there can stand: prefixes, rules, ignore_paths{server}. They add, and nothing here takes a rule away"
                ));
            }
        }
        Ok(())
    }
}

fn texts(setting: &str, value: &toml::Value) -> Result<Vec<String>, String> {
    let not = || format!("scan.{setting} must be a list of texts, as in [\"a\", \"b\"], {LIST_MAX} at most");
    let list = value.as_array().filter(|list| list.len() <= LIST_MAX).ok_or_else(not)?;
    let text = |value: &toml::Value| {
        value.as_str().filter(|text| (1..=PATH_MAX).contains(&text.len())).map(str::to_owned).ok_or_else(not)
    };
    list.iter().map(text).collect()
}

/// `$XDG_CONFIG_HOME/keystead/scan.toml`, or that under `~/.config`, whether it is there or not. `None` without a home.
pub fn file_of_person() -> Option<PathBuf> {
    Some(of_person("XDG_CONFIG_HOME", ".config")?.join("scan.toml"))
}

/// `$XDG_STATE_HOME/keystead`, or that under `~/.local/state`, whether it is there or not. `None` without a home.
pub fn folder_of_state() -> Option<PathBuf> {
    of_person("XDG_STATE_HOME", ".local/state")
}

fn of_person(name: &str, under_home: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "this folder is the one reader of the environment")]
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // A relative path is to be ignored (XDG Base Directory Specification, "Basics").
    let folder = variable(name).or_else(|| variable("HOME").map(|home| home.join(under_home)))?;
    Some(folder.join("keystead"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_adds_and_takes_nothing_away() {
        let file =
            "[scan]\nprefixes = [\"acme_sk_live_\"]\nrules = \"ci/rules.toml\"\nignore_paths = [\"testdata/\"]\n";
        let read = ScanFile::parse(file, FILE, Whose::Repository).expect("all of it is fine");
        assert_eq!(read.prefixes, ["acme_sk_live_"]);
        assert_eq!(read.ignore_paths, ["testdata/"]);
        for (text, what) in [
            ("[scan]\nown_keys = \"allow\"", "server"),
            ("[scan]\ntiers = []", "server"),
            ("[scan]\nreplace = true", "not known"),
            ("[scan]\nignore_paths = [\"!keys/\"]", "takes back"),
            ("[scan]\nprefixes = [\"\"]", "list"),
            ("[scan]\nprefixes = [\"Acme\"]", "lower-case"),
            ("[scan]\nprefixes = \"acme_\"", "list"),
            ("[scan]\nrules = []", "path"),
            ("[keys]\n", "at the top"),
            ("scan = 1", "at the top"),
            ("[scan", "line 1"),
        ] {
            let said = ScanFile::parse(text, FILE, Whose::Repository).expect_err(text).to_string();
            assert!(said.starts_with("keystead.toml: ") && said.contains(what), "{text}: {said}");
        }
        let server = ScanFile::parse("[scan]\nown_keys = \"enforce\"", FILE, Whose::Server).expect("a server may");
        assert_eq!(server.own_keys, OwnKeys::Enforce);
    }
}
