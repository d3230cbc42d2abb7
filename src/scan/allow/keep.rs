//! Writes `.keystead-ignore` in its folder: whole or not at all, and never through a link.

use std::io::Write;
use std::path::Path;

use super::{File, file};
use crate::scan::{Failed, Result};

impl File {
    /// Replaces the file in this folder at once.
    pub fn keep(&self, folder: &Path) -> Result<()> {
        let path = folder.join(file::NAME);
        let wrong = |error: &dyn std::fmt::Display| Failed::new(format!("{}: {error}", path.display()));
        let about = path.symlink_metadata().ok();
        if about.as_ref().is_some_and(|about| !about.is_file()) {
            return Err(wrong(&"it is no file: remove it first"));
        }
        let text = self.text();
        if text.len() as u64 > file::SIZE_MAX || self.entries.len() > file::ENTRIES_MAX {
            return Err(wrong(
                &"it would become larger than is read: remove entries that nobody needs (`keystead scan baseline prune`)",
            ));
        }
        let beside = folder.join(format!("{}.{}", file::NAME, std::process::id()));
        let written = std::fs::File::create_new(&beside).and_then(|mut new| {
            new.write_all(text.as_bytes())?;
            if let Some(about) = &about {
                new.set_permissions(about.permissions())?;
            }
            new.sync_all()?;
            std::fs::rename(&beside, &path)
        });
        written.map_err(|error| {
            let _ = std::fs::remove_file(&beside);
            wrong(&error)
        })
    }
}
