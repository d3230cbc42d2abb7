//! What a scope is. An application invents its own (`invoices:read`); `keystead:` and `own:` are reserved and mean something to us.

use crate::base::{Error, Field, Result};

/// Scopes on one key or owner.
pub const SCOPES_MAX: usize = 64;
/// Characters in a scope.
pub const SCOPE_LEN_MAX: usize = 64;

pub const VERIFY: &str = "keystead:verify";
pub const KEYS_READ: &str = "keystead:keys:read";
pub const KEYS_WRITE: &str = "keystead:keys:write";
pub const PEOPLE_READ: &str = "keystead:people:read";
pub const PEOPLE_WRITE: &str = "keystead:people:write";
pub const PORTAL: &str = "keystead:portal";
pub const LEAKS: &str = "keystead:leaks";
pub const USAGE: &str = "keystead:usage";
pub const AUDIT: &str = "keystead:audit";
/// All of the others.
pub const ADMIN: &str = "keystead:admin";
/// A holder may revoke any key of its owner.
pub const OWN_REVOKE: &str = "own:keys:revoke";
/// A holder may create and change keys of its owner, never beyond itself.
pub const OWN_WRITE: &str = "own:keys:write";

/// Scopes of a backend: they reach over all owners.
pub const BACKEND: [&str; 10] =
    [VERIFY, KEYS_READ, KEYS_WRITE, PEOPLE_READ, PEOPLE_WRITE, PORTAL, LEAKS, USAGE, AUDIT, ADMIN];
const OWN: [&str; 2] = [OWN_REVOKE, OWN_WRITE];

pub fn is_backend(scope: &str) -> bool {
    scope.starts_with("keystead:")
}

/// Neither an application nor a public key has these.
pub fn is_reserved(scope: &str) -> bool {
    is_backend(scope) || scope.starts_with("own:")
}

/// Checks form and number, and gives them back sorted, each once.
pub fn check(field: &'static str, mut scopes: Vec<String>) -> Result<Vec<String>> {
    if scopes.len() > SCOPES_MAX {
        return Err(Error::refused(field, "too many scopes: 64 at most"));
    }
    for (n, scope) in scopes.iter().enumerate() {
        let refused = |why| Err(Error::Refused { field: Field::from_client([&field[1..], &n.to_string()]), why });
        if !well_formed(scope) {
            return refused(
                "a scope is words of a-z, A-Z, 0-9, _ - . / joined by colons, as in invoices:read; 64 characters at most",
            );
        }
        if is_reserved(scope) && !BACKEND.contains(&scope.as_str()) && !OWN.contains(&scope.as_str()) {
            return refused("keystead: and own: are reserved, and there is no such scope among them");
        }
    }
    scopes.sort();
    scopes.dedup();
    Ok(scopes)
}

fn well_formed(scope: &str) -> bool {
    scope.len() <= SCOPE_LEN_MAX
        && scope
            .split(':')
            .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b)))
}

/// What an owner may grant to its own keys: anything but the scopes of a backend.
pub fn check_grantable(scopes: Vec<String>) -> Result<Vec<String>> {
    let scopes = check("/scopes_grantable", scopes)?;
    if scopes.iter().any(|scope| is_backend(scope)) {
        return Err(Error::refused("/scopes_grantable", "an owner cannot grant keystead: scopes"));
    }
    Ok(scopes)
}
