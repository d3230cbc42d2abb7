//! Single small files out of a repository: a scan's settings in the version that it goes by. Once or twice a scan.

use super::Repository;
use super::batch::Objects;
use super::object::Type;
use crate::scan::{Failed, Result};

impl Repository {
    /// What Git has by this name (`:path` in the index, `commit:path`), if it is a file.
    pub fn stored(&self, name: &str) -> Result<Option<Vec<u8>>> {
        if name.contains('\n') {
            return Err(Failed::new("the name of a file with settings has no line end in it"));
        }
        let object = Objects::new(&self.directory).read(name)?;
        Ok(object.filter(|(_, kind, _)| *kind == Type::Blob).map(|(_, _, text)| text))
    }
}
