//! The children of Git that a repository has running for all who ask it: one that reads single objects, and the answer to a question that was
//! asked before it was needed. Two for a commit hook, which would otherwise wait for five children one after another.

use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use super::batch::{Objects, Open};
use super::command::Begun;
use super::object::{Id, Type};
use super::staged;
use crate::scan::Result;

/// Shared by all clones of a repository.
#[derive(Debug)]
pub(super) struct Children {
    objects: Mutex<Objects>,
    staged: Mutex<Option<Begun>>,
}

impl Children {
    /// None yet: each is started when it is first asked.
    pub fn none(directory: &Path) -> Self {
        Self { objects: Mutex::new(Objects::new(directory)), staged: Mutex::new(None) }
    }

    /// Those of a scan of what is staged, which ask no more than where it is run. They start while it is found out whether there is a
    /// repository at all: where there is none, they end with what everybody is told.
    pub fn for_staged(directory: &Path) -> Result<Self> {
        let staged = Begun::start(staged::against_head(directory))?;
        let mut objects = Objects::new(directory);
        objects.start()?;
        Ok(Self { objects: Mutex::new(objects), staged: Mutex::new(Some(staged)) })
    }

    /// An object by any name that Git knows: see [`Objects::read`].
    pub fn read(&self, name: &str) -> Result<Option<(Id, Type, Vec<u8>)>> {
        self.objects().read(name)
    }

    /// The child that reads objects, for whoever reads the last ones with it; the next who asks starts another.
    pub fn take_open(&self) -> Option<Open> {
        self.objects().take_open()
    }

    /// What is staged against HEAD, for the first who asks.
    pub fn take_staged(&self) -> Option<Begun> {
        self.staged.lock().expect("nobody panics with it").take()
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().expect("nobody panics with it")
    }
}
