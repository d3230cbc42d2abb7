//! The browser's part: the console, the page of an embedded panel, the panel's script for other sites' pages, and the files they are made
//! of. Node builds them into `ui/dist`, and cargo from there into the binary; a build without Node has one plain page instead.
//! Laid out once, at the start, under the path of `http.public_url`; it never looks into a file system.

mod accept;
mod files;
mod pages;
mod served;

use std::collections::HashMap;
use std::sync::Arc;

use super::page::escape;
use accept::Coding;
use served::{Keep, Served};

use files::File;
pub use files::Files;
pub use pages::{asset, console, panel, portal, portal_without_code};

/// Where a path of this server stands in a page, the path under which browsers know this server belongs before it.
const BASE: &str = "{{base}}";
/// Its name is a promise to other sites' pages.
const PANEL: &str = "embed/v1/keystead.js";

/// What there is to serve.
#[derive(Debug)]
pub struct Ui {
    console: Option<Arc<Served>>,
    portal: Option<Arc<Served>>,
    panel: Option<Arc<Served>>,
    /// By name: what is under `/assets`.
    assets: HashMap<String, Arc<Served>>,
}

impl Ui {
    /// `base` is the path of `http.public_url`, without a slash at its end.
    pub fn new(files: &Files, base: &str) -> Self {
        let page = |path: &str| {
            let html = String::from_utf8_lossy(&files.get(path)?.bytes).replace(BASE, &escape(base));
            Served::new(path, Keep::Asking, &File::new(html)).map(Arc::new)
        };
        let plain = files::plain();
        let mut assets = HashMap::new();
        for (path, _) in files.iter() {
            let (name, keep) = match path.strip_prefix("assets/") {
                Some(name) => (name, Keep::Forever),
                None => (path, Keep::Asking),
            };
            // Pages stand in folders of their own.
            if !name.contains('/') {
                assets.extend(packed(files, path, keep).map(|served| (name.to_owned(), served)));
            }
        }
        for (name, _) in plain.iter() {
            assets.extend(packed(&plain, name, Keep::Asking).map(|served| (name.to_owned(), served)));
        }
        Self {
            console: page("console/index.html"),
            portal: page("portal/index.html"),
            panel: packed(files, PANEL, Keep::Shortly),
            assets,
        }
    }

    /// Is there a file of this name under `/assets`?
    pub fn has(&self, name: &str) -> bool {
        self.assets.contains_key(name)
    }
}

/// A file in all forms that stand beside it.
fn packed(files: &Files, path: &str, keep: Keep) -> Option<Arc<Served>> {
    let mut served = Served::new(path, keep, files.get(path)?)?;
    for (ending, coding) in [("gz", Coding::Gzip), ("br", Coding::Brotli)] {
        if let Some(file) = files.get(&format!("{path}.{ending}")) {
            served.add(coding, &file.bytes);
        }
    }
    Some(Arc::new(served))
}
