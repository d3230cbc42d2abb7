//! Says which hooks would really run, and what would keep them from it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Hook, Manager, Place, block, lefthook, script};
use crate::scan::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It runs; with what was there before, where `chained`.
    Runs {
        chained: bool,
    },
    Absent,
    /// Somebody else's hook is there, and ours is not.
    Foreign,
    /// It is there, and Git passes it over: nobody may run it.
    NotExecutable,
    /// It stops everything: the program is not there any more.
    ProgramGone(PathBuf),
}

#[derive(Debug, Clone)]
pub struct Status {
    pub hook: Hook,
    pub path: PathBuf,
    pub state: State,
}

pub fn status(place: &Place, hooks: &[Hook]) -> Result<Vec<Status>> {
    hooks.iter().map(|hook| one(place, *hook)).collect()
}

fn one(place: &Place, hook: Hook) -> Result<Status> {
    let own = place.file(hook);
    let (path, state) = match place.manager {
        Manager::Plain => (own.clone(), plain(&own)),
        Manager::Husky => {
            let text = block::read(&own)?;
            (own, in_block(text.as_deref(), |_| true))
        }
        Manager::Lefthook => {
            let path = place.root.as_deref().unwrap_or(&place.hooks).join(lefthook::LOCAL);
            let text = block::read(&path)?;
            let named = format!("{}:", hook.name());
            (path, in_block(text.as_deref(), |text| text.lines().any(|line| line == named)))
        }
    };
    Ok(Status { hook, path, state })
}

fn plain(path: &Path) -> State {
    let Ok(text) = std::fs::read(path) else { return State::Absent };
    if !script::is_ours(&text) {
        return State::Foreign;
    }
    let executable = std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o111 != 0);
    let Some(program) = script::program(&text).map(PathBuf::from) else { return State::Absent };
    if !executable {
        return State::NotExecutable;
    }
    // One without a folder is looked for in PATH when it runs.
    if program.components().count() > 1 && !program.exists() {
        return State::ProgramGone(program);
    }
    let mut chained = path.as_os_str().to_owned();
    chained.push(script::CHAINED);
    State::Runs { chained: PathBuf::from(chained).exists() }
}

fn in_block(text: Option<&str>, speaks_of_it: impl Fn(&str) -> bool) -> State {
    match text {
        Some(text) if block::is_in(text) && speaks_of_it(text) => {
            State::Runs { chained: !block::without(text).is_empty() }
        }
        Some(text) if !block::without(text).is_empty() => State::Foreign,
        _ => State::Absent,
    }
}
