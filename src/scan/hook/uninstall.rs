//! Takes hooks out and puts back what was there, byte for byte. Touches nothing that is not ours.

use std::path::{Path, PathBuf};

use super::{Hook, Manager, Place, block, lefthook, script};
use crate::scan::{Failed, Result};

/// Takes these hooks out; answers the files that it touched.
pub fn uninstall(place: &Place, hooks: &[Hook]) -> Result<Vec<PathBuf>> {
    let mut touched = Vec::new();
    if place.manager == Manager::Lefthook {
        let root = place.root.as_deref().unwrap_or(&place.hooks);
        touched.extend(out_of_block(&root.join(lefthook::LOCAL))?);
    }
    for hook in hooks {
        let path = place.file(*hook);
        let taken = if place.manager == Manager::Husky { out_of_block(&path)? } else { plain(&path)? };
        touched.extend(taken);
    }
    if place.global {
        touched.extend(passed_on(place)?);
        place.forget_of_person()?;
    }
    Ok(touched)
}

fn plain(path: &Path) -> Result<Option<PathBuf>> {
    if !std::fs::read(path).is_ok_and(|text| script::is_ours(&text)) {
        return Ok(None);
    }
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", path.display()));
    let mut name = path.as_os_str().to_owned();
    name.push(script::CHAINED);
    let chained = PathBuf::from(name);
    if chained.symlink_metadata().is_ok() {
        std::fs::rename(&chained, path).map_err(failed)?;
    } else {
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(Some(path.to_owned()))
}

/// Once no hook of ours scans, those that only pass on have nothing to pass by.
fn passed_on(place: &Place) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", place.hooks.display()));
    let mut ours = Vec::new();
    for entry in std::fs::read_dir(&place.hooks).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let Ok(text) = std::fs::read(&path)
            && script::is_ours(&text)
        {
            if script::program(&text).is_some() {
                // A repository's own hook of what was just taken out shall go on running.
                super::install::pass_others_on(place)?;
                return Ok(Vec::new());
            }
            ours.push(path);
        }
    }
    for path in &ours {
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(ours)
}

fn out_of_block(path: &Path) -> Result<Option<PathBuf>> {
    let Some(text) = block::read(path)? else { return Ok(None) };
    if !block::is_in(&text) {
        return Ok(None);
    }
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", path.display()));
    let rest = block::without(&text);
    if rest.is_empty() {
        std::fs::remove_file(path).map_err(failed)?;
    } else {
        std::fs::write(path, rest).map_err(failed)?;
    }
    Ok(Some(path.to_owned()))
}
