//! The files themselves. `ui/dist` is what Node builds out of `ui/`, and empty in a build without Node; `docs/assets` is always there. Read
//! once, at the start; both are in the binary, so nothing is opened.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::web::Bytes;
use rust_embed::RustEmbed;

use crate::base::crypto::{Digest, sha256};

#[derive(RustEmbed)]
#[folder = "ui/dist/"]
struct Built;

#[derive(RustEmbed)]
#[folder = "docs/assets/"]
struct Plain;

/// A file and its hash, which was made when the binary was built: at a start no page of it is read, and so none is resident before it is served.
#[derive(Debug, Clone)]
pub struct File {
    pub bytes: Bytes,
    pub sha256: Digest,
}

/// Files by their paths, as `ui/build.mjs` lays them out under `ui/dist`.
#[derive(Debug, Clone, Default)]
pub struct Files(BTreeMap<String, File>);

impl File {
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { sha256: sha256(&bytes), bytes }
    }
}

impl Files {
    /// What was built into this binary.
    pub fn built() -> Self {
        Self(all::<Built>())
    }

    /// A build without Node.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with this one.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), File::new(bytes.into()));
        self
    }

    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }
}

/// Style and icon of the documentation.
pub fn plain() -> Files {
    Files(all::<Plain>())
}

fn all<E: RustEmbed>() -> BTreeMap<String, File> {
    let read = |path: Cow<'static, str>| {
        let embedded = E::get(&path)?;
        let bytes = match embedded.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some((path.into_owned(), File { bytes, sha256: embedded.metadata.sha256_hash() }))
    };
    E::iter().filter_map(read).collect()
}
