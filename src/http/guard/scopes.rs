//! What opens a route to backends, and to others within their own: scopes and grants as types, each with the words that tell of it.

use super::{Access, Needs};
use crate::key::authority::Own;
use crate::people::scope;

/// A scope as a type, for [`Backend`].
pub trait Scope: 'static {
    const ACCESS: Access;
}

/// What opens a route to [`Reaching`] callers.
pub trait Grant: 'static {
    const ACCESS: Access;
    const OWN: Own;
}

#[derive(Debug)]
pub struct PeopleRead;
#[derive(Debug)]
pub struct PeopleWrite;
#[derive(Debug)]
pub struct Importing;
#[derive(Debug)]
pub struct Audit;
#[derive(Debug)]
pub struct RolesRead;
/// Whoever operates the instance.
#[derive(Debug)]
pub struct Operator;
#[derive(Debug)]
pub struct OwnPeople;
#[derive(Debug)]
pub struct KeysRead;
#[derive(Debug)]
pub struct UsageRead;
#[derive(Debug)]
pub struct KeysWrite;
#[derive(Debug)]
pub struct KeysRevoke;
#[derive(Debug)]
pub struct KeysRevokeMany;
#[derive(Debug)]
pub struct LeaksRead;
#[derive(Debug)]
pub struct LeaksJudge;

pub(super) const fn with(text: &'static str, scope: &'static str) -> Access {
    Access { text, needs: Needs::KeyOrSession, scope: Some(scope) }
}

/// The same where panels come in, too.
const fn with_panels(text: &'static str, scope: &'static str) -> Access {
    Access { text, needs: Needs::Any, scope: Some(scope) }
}

impl Scope for PeopleRead {
    const ACCESS: Access = with("an admin, or a backend with keystead:people:read", scope::PEOPLE_READ);
}

impl Scope for PeopleWrite {
    const ACCESS: Access = with("an admin, or a backend with keystead:people:write", scope::PEOPLE_WRITE);
}

impl Scope for Importing {
    const ACCESS: Access = with("an admin, or a backend with keystead:keys:write", scope::KEYS_WRITE);
}

impl Scope for Audit {
    const ACCESS: Access = with("an admin, or a backend with keystead:audit", scope::AUDIT);
}

impl Scope for RolesRead {
    const ACCESS: Access = with("an admin, or a backend with keystead:keys:read", scope::KEYS_READ);
}

impl Scope for Operator {
    const ACCESS: Access = with("an admin, or a backend with keystead:admin", scope::ADMIN);
}

impl Grant for OwnPeople {
    const ACCESS: Access = with_panels(
        "an admin, a backend with keystead:people:read; a person for themselves and their teams; a secret live key for its own owner",
        scope::PEOPLE_READ,
    );
    const OWN: Own = Own::Free;
}

impl Grant for KeysRead {
    const ACCESS: Access = with_panels(
        "an admin, a backend with keystead:keys:read; a person or a panel for the keys they manage; a secret live key for the keys of its owner",
        scope::KEYS_READ,
    );
    const OWN: Own = Own::Free;
}

impl Grant for UsageRead {
    const ACCESS: Access = with_panels(
        "an admin, a backend with keystead:usage; a person or a panel for the owners whose keys they manage; a secret live key for its own owner",
        scope::USAGE,
    );
    const OWN: Own = Own::Free;
}

impl Grant for KeysWrite {
    const ACCESS: Access = with_panels(
        "an admin, a backend with keystead:keys:write; a person or a panel for the keys they manage; a secret live key with own:keys:write for its owner, never beyond itself",
        scope::KEYS_WRITE,
    );
    const OWN: Own = Own::With(scope::OWN_WRITE);
}

impl Grant for KeysRevokeMany {
    const ACCESS: Access = with_panels(
        "an admin, a backend with keystead:keys:write; a person or a panel for the keys they manage; a secret live key with own:keys:revoke for the keys of its owner",
        scope::KEYS_WRITE,
    );
    const OWN: Own = Own::With(scope::OWN_REVOKE);
}

impl Grant for LeaksRead {
    const ACCESS: Access = with_panels(
        "an admin, a backend with keystead:leaks; a person or a panel for leaks of the keys they manage",
        scope::LEAKS,
    );
    const OWN: Own = Own::Nothing;
}

impl Grant for LeaksJudge {
    const ACCESS: Access = LeaksRead::ACCESS;
    const OWN: Own = Own::Nothing;
}

impl Grant for KeysRevoke {
    const ACCESS: Access = with_panels(
        "an admin, a backend with keystead:keys:write; a person or a panel for the keys they manage; a secret live key for itself, and with own:keys:revoke for any key of its owner",
        scope::KEYS_WRITE,
    );
    const OWN: Own = Own::Itself;
}
