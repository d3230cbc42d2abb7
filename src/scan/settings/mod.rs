//! What a scan goes by: rules, prefixes, tiers and what may stay, put together from the command line, the repository's `keystead.toml`, the
//! person's `scan.toml` and what is built in. Read once a scan, and nothing that is not there. A push is judged by its server's files alone.

mod root;
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use root::{Root, root_of};
pub use source::Source;

use super::allow::{Allowed, File, KeyFrom, Marks, Paths, Span, file};
use super::git::Repository;
use super::matcher::Tiers;
use super::{Failed, Result, Rules};
use crate::base::Date;
use crate::config::Prefixes;
use crate::config::scan::{self as configured, OwnKeys, ScanFile, Whose};

/// Bytes of a file of rules.
const RULES_MAX: u64 = 1024 * 1024;
/// The list of another scanner, which is not read.
const FOREIGN: &str = ".gitleaksignore";

/// What is looked into.
#[derive(Debug, Clone)]
pub enum About {
    /// Files and folders.
    Files(Vec<PathBuf>),
    /// Not all that is in there.
    Some(Vec<PathBuf>),
    Staged(Repository),
    /// What leads to this commit, by any name that Git knows.
    Commit(Repository, String),
    History(Repository),
    /// A push to this repository of a server.
    Push(Repository),
}

/// What a person or a hook says besides.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--prefix`
    pub prefixes: Vec<String>,
    /// `--rules`
    pub rules: Option<PathBuf>,
    /// `--tier`
    pub tiers: Option<Tiers>,
    /// Where neither `--tier` nor a server names any.
    pub default_tiers: Tiers,
    /// `--config`: a server's settings that stand elsewhere than in its repository's folder.
    pub server: Option<PathBuf>,
    /// The person's own file, whether it is there or not.
    pub person: Option<PathBuf>,
}

/// All of it, put together.
#[derive(Debug)]
pub struct Settings {
    pub rules: Rules,
    pub prefixes: Prefixes,
    pub tiers: Tiers,
    pub allowed: Allowed,
}

impl Settings {
    pub fn read(about: &About, given: &Given, today: Date) -> Result<Self> {
        let mut settings = Self {
            rules: Rules::built_in(),
            prefixes: Prefixes::built_in(),
            tiers: given.default_tiers,
            allowed: Allowed::default(),
        };
        settings.allowed.today = Some(today);
        match about {
            About::Push(repository) => settings.of_server(repository, given)?,
            _ => settings.of_person(about, given)?,
        }
        settings.tiers = given.tiers.unwrap_or(settings.tiers);
        if settings.tiers != Tiers::ALL {
            settings.allowed.span = Span::Part;
        }
        if let Some(path) = &given.rules {
            settings.add_rules(path)?;
        }
        settings.prefixes = settings
            .prefixes
            .with_secret(&given.prefixes)
            .map_err(|error| Failed::new(format!("--prefix: {error}")))?;
        Ok(settings)
    }

    fn of_person(&mut self, about: &About, given: &Given) -> Result<()> {
        let mut root = Root::of(about)?;
        let mut ignored = Vec::new();
        if let Some(path) = &given.person
            && let Some(bytes) = source::read(path, configured::SIZE_MAX)?
        {
            ignored.extend(self.add(&bytes, &path.display().to_string(), Whose::Person, &mut |settings, rules| {
                settings.add_rules(&path.with_file_name(rules))
            })?);
        }
        if let Some(bytes) = root.source.read(configured::FILE, configured::SIZE_MAX)? {
            ignored.extend(self.add(&bytes, configured::FILE, Whose::Repository, &mut |settings, rules| {
                let name = rules.to_str().expect("it was text in the file");
                let bytes = root.source.read(name, RULES_MAX)?;
                let former = settings.rules.clone();
                settings.add_rules_of(name, bytes)?;
                let kept = |rule| settings.rules.all().iter().any(|one| Arc::ptr_eq(one, rule));
                if former.all().iter().all(kept) {
                    return Ok(());
                }
                Err(Failed::new(format!(
                    "{name}: rules of a repository are added, and none is taken away or changed: leave that to --rules of whoever scans"
                )))
            })?);
        }
        self.allowed.paths = Paths::new(&ignored, root.base.clone())?;
        self.allowed.key_from = root.key_from.clone();
        let bytes = root.source.read(file::NAME, file::SIZE_MAX)?;
        self.allowed.hints = root.hints(bytes.as_deref())?;
        self.allowed.file = bytes.as_deref().map(File::parse).transpose()?;
        self.allowed.span = root.span;
        Ok(())
    }

    fn of_server(&mut self, repository: &Repository, given: &Given) -> Result<()> {
        let folder = repository.common_directory()?;
        let path = given.server.clone().unwrap_or_else(|| folder.join(configured::FILE));
        let bytes = source::read(&path, configured::SIZE_MAX)?;
        if bytes.is_none() && given.server.is_some() {
            return Err(missing(&path));
        }
        if let Some(bytes) = bytes {
            let ignored = self.add(&bytes, &path.display().to_string(), Whose::Server, &mut |settings, rules| {
                settings.add_rules(&path.with_file_name(rules))
            })?;
            self.allowed.paths = Paths::new(&ignored, None)?;
        }
        let bytes = source::read(&folder.join(file::NAME), file::SIZE_MAX)?;
        self.allowed.file = bytes.as_deref().map(File::parse).transpose()?;
        self.allowed.key_from = KeyFrom::Repository(repository.clone());
        Ok(())
    }

    /// Adds what a file says, and gives the paths that it ignores.
    fn add(
        &mut self,
        bytes: &[u8],
        name: &str,
        whose: Whose,
        add_rules: &mut dyn FnMut(&mut Self, &Path) -> Result<()>,
    ) -> Result<Vec<String>> {
        let text = std::str::from_utf8(bytes).map_err(|_| Failed::new(format!("{name}: it is not UTF-8")))?;
        let read = ScanFile::parse(text, name, whose).map_err(|error| Failed::new(error.to_string()))?;
        let prefixes = std::mem::replace(&mut self.prefixes, Prefixes::built_in());
        self.prefixes =
            prefixes.with_secret(&read.prefixes).map_err(|error| Failed::new(format!("{name}: {error}")))?;
        if let Some(rules) = &read.rules {
            add_rules(self, rules)?;
        }
        if let Some(tiers) = &read.tiers {
            self.tiers = Tiers::parse(tiers).map_err(|error| Failed::new(format!("{name}: scan.tiers: {error}")))?;
        }
        self.allowed.own_keys_enforced |= read.own_keys == OwnKeys::Enforce;
        if read.marks_ignored {
            self.allowed.marks = Marks::Nothing;
        }
        Ok(read.ignore_paths)
    }

    fn add_rules(&mut self, path: &Path) -> Result<()> {
        self.add_rules_of(&path.display().to_string(), source::read(path, RULES_MAX)?)
    }

    fn add_rules_of(&mut self, name: &str, bytes: Option<Vec<u8>>) -> Result<()> {
        let bytes = bytes.ok_or_else(|| missing(Path::new(name)))?;
        let text = String::from_utf8(bytes).map_err(|_| Failed::new(format!("{name}: it is not UTF-8")))?;
        let rules = self.rules.clone().with_file(&text);
        self.rules = rules.map_err(|error| Failed::new(format!("{name}: {error}")))?;
        Ok(())
    }
}

fn missing(path: &Path) -> Failed {
    Failed::new(format!("{}: there is no such file", path.display()))
}
