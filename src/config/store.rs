//! `[store]`: where the data is and what it may cost.

use std::path::PathBuf;

use super::ConfigError;
use super::http::within;

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub data_dir: PathBuf,
    master_key_file: PathBuf,
    pub readers: u32,
    pub cache_kib: u32,
    pub max_mib: u32,
}

impl Store {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.data_dir.as_os_str().is_empty() {
            return Err(ConfigError::new("store.data_dir must name a directory"));
        }
        within("store.readers", self.readers, 1, 64)?;
        within("store.cache_kib", self.cache_kib, 64, 4 * 1024 * 1024)
    }

    /// The operator's own master key file, where one is named.
    pub fn master_key_file(&self) -> Option<&std::path::Path> {
        (!self.master_key_file.as_os_str().is_empty()).then_some(self.master_key_file.as_path())
    }
}
