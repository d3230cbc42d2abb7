//! The files themselves. `ui/dist` is what Node builds out of `ui/`, and empty in a build without Node; `docs/assets` is always there. Read
//! once, at the start; both are in the binary, so nothing is opened.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::web::Bytes;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "ui/dist/"]
struct Built;

#[derive(RustEmbed)]
#[folder = "docs/assets/"]
struct Plain;

/// Files by their paths, as `ui/build.mjs` lays them out under `ui/dist`.
#[derive(Debug, Clone, Default)]
pub struct Files(BTreeMap<String, Bytes>);

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
        self.0.insert(path.to_owned(), Bytes::from(bytes.into()));
        self
    }

    pub fn get(&self, path: &str) -> Option<&Bytes> {
        self.0.get(path)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes))
    }
}

/// Style and icon of the documentation.
pub fn plain() -> Files {
    Files(all::<Plain>())
}

fn all<E: RustEmbed>() -> BTreeMap<String, Bytes> {
    let read = |path: Cow<'static, str>| {
        let bytes = match E::get(&path)?.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some((path.into_owned(), bytes))
    };
    E::iter().filter_map(read).collect()
}
