//! Single small files out of a repository: a scan's settings in the version that it goes by. Two or three a scan, by one child,
//! which the repository keeps.

use std::sync::Arc;

use super::Repository;
use super::children::Children;
use super::object::Type;
use crate::scan::{Failed, Result};

/// The files of one version.
#[derive(Debug)]
pub struct Stored {
    children: Arc<Children>,
    /// As Git names it before a path: `:0:` is the index, `HEAD:` a commit.
    version: String,
}

impl Repository {
    /// As they are staged.
    pub fn stored_in_index(&self) -> Stored {
        Stored { children: Arc::clone(&self.children), version: ":0:".into() }
    }

    /// As a commit has them, by any name of it that Git knows.
    pub fn stored_in(&self, commit: &str) -> Stored {
        Stored { children: Arc::clone(&self.children), version: format!("{commit}:") }
    }
}

impl Stored {
    /// A file by its path from the root. `None` where there is none.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let name = format!("{}{path}", self.version);
        if name.contains(['\n', '\0']) {
            return Err(Failed::new("a name of a commit or file with a line end in it is not looked for"));
        }
        match self.children.read(&name)? {
            None => Ok(None),
            Some((_, Type::Blob, bytes)) => Ok(Some(bytes)),
            Some(_) => Err(Failed::new(format!("{path}: it is no file"))),
        }
    }
}
