//! Puts hooks in: beside what is there, any number of times with the same outcome.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Command, Hook, Manager, Place, block, lefthook, script};
use crate::scan::{Failed, Result};

/// What was done about a hook.
#[derive(Debug, PartialEq, Eq)]
pub struct Done {
    pub hook: &'static str,
    pub path: PathBuf,
    /// What was there before runs first.
    pub chained: bool,
}

/// Every other hook of a work tree (githooks(5) of Git 2.47): a folder for all repositories hides them, so each is passed on.
const OTHERS: [&str; 15] = [
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-merge-commit",
    "prepare-commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "post-rewrite",
    "pre-auto-gc",
    "push-to-checkout",
    "reference-transaction",
    "post-index-change",
    "sendemail-validate",
];

pub fn install(place: &Place, hooks: &[Hook], command: &Command) -> Result<Vec<Done>> {
    match place.manager {
        Manager::Plain => {
            let done = hooks.iter().map(|hook| plain(place, *hook, command)).collect::<Result<_>>()?;
            if place.global {
                pass_others_on(place)?;
            }
            Ok(done)
        }
        Manager::Husky => hooks.iter().map(|hook| husky(place, *hook, command)).collect(),
        Manager::Lefthook => in_lefthook(place, hooks, command),
    }
}

fn plain(place: &Place, hook: Hook, command: &Command) -> Result<Done> {
    let path = place.file(hook);
    let chained = aside(&path)?;
    write(&path, &script::whole(hook, command, place.shared, place.global))?;
    Ok(Done { hook: hook.name(), path, chained })
}

/// Moves what is there out of the way, if it is not ours. Says whether anything stands there.
fn aside(path: &Path) -> Result<bool> {
    let mut name = path.as_os_str().to_owned();
    name.push(script::CHAINED);
    let chained = PathBuf::from(name);
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", path.display()));
    // Not followed: a link is moved as the link that it is.
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(chained.symlink_metadata().is_ok()),
        Err(error) => return Err(failed(error)),
        Ok(_) => {}
    }
    let ours = std::fs::read(path).is_ok_and(|text| script::is_ours(&text));
    if !ours {
        if chained.symlink_metadata().is_ok() {
            return Err(Failed::new(format!(
                "{} is not ours, and {} is there as well: remove the one that you do not need, then install again",
                path.display(),
                chained.display()
            )));
        }
        std::fs::rename(path, &chained).map_err(failed)?;
    }
    Ok(chained.symlink_metadata().is_ok())
}

pub(super) fn pass_others_on(place: &Place) -> Result<()> {
    let clients = Hook::ALL.iter().filter(|hook| !hook.is_of_servers()).map(|hook| hook.name());
    for name in OTHERS.into_iter().chain(clients) {
        let path = place.hooks.join(name);
        if path.symlink_metadata().is_err() {
            write(&path, &script::passing_on(name))?;
        }
    }
    Ok(())
}

fn husky(place: &Place, hook: Hook, command: &Command) -> Result<Done> {
    let path = place.hooks.join(hook.name());
    let text = block::read(&path)?;
    let options = script::words(&command.options);
    let (name, told) = (hook.name(), script::TOLD);
    // Others commit with this file, so no path of this machine is in it. sh says what it does not find; the rest is ours.
    let lines = format!(
        "command -v keystead >/dev/null 2>&1 || {{ echo 'keystead is not in PATH, so nothing has looked for secrets: install it' >&2; exit 2; }}\n\
         keystead hook run {name}{options} {told} \"$@\" || exit $?\n"
    );
    let chained = text.as_deref().is_some_and(|text| !block::without(text).is_empty());
    write(&path, &block::with(text.as_deref().unwrap_or_default(), &lines))?;
    Ok(Done { hook: name, path, chained })
}

fn in_lefthook(place: &Place, hooks: &[Hook], command: &Command) -> Result<Vec<Done>> {
    let root = place.root.as_deref().unwrap_or(&place.hooks);
    let path = root.join(lefthook::LOCAL);
    let text = block::read(&path)?.unwrap_or_default();
    let rest = block::without(&text);
    let lines = lefthook::lines(&rest, hooks, command)?;
    std::fs::write(&path, block::with(&rest, &lines))
        .map_err(|error| Failed::new(format!("{}: {error}", path.display())))?;
    let chained = !rest.is_empty();
    Ok(hooks.iter().map(|hook| Done { hook: hook.name(), path: path.clone(), chained }).collect())
}

/// Writes a program, whole or not at all; the mode of what it replaces stays, with the right to run.
fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", path.display()));
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let before = std::fs::metadata(path).map_or(0o755, |found| found.permissions().mode() & 0o777 | 0o100);
    let beside = path.with_extension("keystead-new");
    let _ = std::fs::remove_file(&beside);
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(&beside).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.set_permissions(std::fs::Permissions::from_mode(before)).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}
