//! Single small files out of a repository: a scan's settings in the version that it goes by. Once or twice a scan.

use super::Repository;
use crate::scan::Result;

impl Repository {
    /// What Git has by this name (`:path` in the index, `commit:path`), if it is a file.
    pub fn stored(&self, _name: &str) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}
