//! Roles: named sets of scopes, kept by the admin. A change of a role is in force for all keys that bear it with the answer: verifications
//! read the sets from memory, where the writer replaces them before it answers. Read there for each verification of a key with roles; the
//! checks of the writer itself read the store, where a role that changed in the same batch is changed already.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json as details};

use super::offline::changed::{ALL, Changes};
use super::{Key, Keys};
use crate::base::{Error, Field, Result, Timestamp};
use crate::event::{Act, Change, once};
use crate::people::{check_text, json, list, scope};
use crate::store::{Conn, Row};

/// Roles on one key.
pub const ROLES_MAX: usize = 16;
/// Roles of one realm. With 64 scopes of 64 characters each, at 96 bytes a scope: 6 MiB in memory at most; as they are used, some 300 KiB.
/// A verification compares what is asked (128 scopes at most) with a key's own 64 and 16 times 64 of its roles: 140,000 comparisons of a
/// few nanoseconds, were all of that filled by whoever sets the roles and asks.
const COUNT_MAX: i64 = 1_000;
/// Characters in a name.
pub const NAME_MAX: usize = 64;
/// Characters in a description.
const DESCRIPTION_MAX: usize = 200;

/// A named set of scopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Role {
    /// Stays as it is: keys name it.
    pub name: String,
    pub description: String,
    /// What every key that bears the role has besides its own.
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    /// Counts changes: the ETag.
    #[serde(skip, default = "first_version")]
    pub version: i64,
}

/// What is read back is the answer to a request that made a role ([`once`]).
fn first_version() -> i64 {
    1
}

/// A role to be made.
#[derive(Debug)]
pub struct NewRole {
    pub name: String,
    pub description: String,
    pub scopes: Vec<String>,
}

/// What to change; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct RoleChange {
    pub description: Option<String>,
    pub scopes: Option<Vec<String>>,
}

/// Where a page of roles begins: behind this one, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    created_at: i64,
    name: String,
}

/// The scopes of one role, as of one moment.
pub type Set = Arc<[String]>;

/// All roles in memory, by name; changed by the writer before it answers.
#[derive(Debug, Default)]
pub struct Roles {
    all: RwLock<HashMap<Box<str>, Set>>,
    /// What ends tokens of keys.
    changes: Arc<Changes>,
}

impl Roles {
    pub(super) fn new(changes: Arc<Changes>) -> Self {
        Self { all: RwLock::default(), changes }
    }

    /// Notes that tokens end where this role has meant something else, whoever bears it.
    fn ends(&self, db: &Conn, name: &str, scopes: Option<&[String]>) -> Result<Option<i64>> {
        let before = self.all.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let differs = before.is_some_and(|before| scopes != Some(&*before));
        if differs { self.changes.note(db, ALL).map(Some) } else { Ok(None) }
    }

    /// The sets of these roles, all as of one moment, so that a verdict does not contradict itself. A name without a role adds nothing.
    pub fn sets(&self, names: &[String]) -> Vec<Set> {
        // Most keys have none: nothing is locked and nothing allocated for them.
        if names.is_empty() {
            return Vec::new();
        }
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        names.iter().filter_map(|name| all.get(name.as_str()).cloned()).collect()
    }

    /// The writer's word; `None` is no such role.
    fn put(&self, name: &str, scopes: Option<Vec<String>>) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        match scopes {
            Some(scopes) => all.insert(name.into(), scopes.into()),
            None => all.remove(name),
        };
    }
}

/// Puts a role into memory as it is when this job is committed. To be called in every job that touches one, also where it changed nothing:
/// an earlier commit may have reached the disk and failed to say so.
fn publish(db: &Conn, roles: &Arc<Roles>, name: &str) -> Result<()> {
    let (roles, name, scopes) = (Arc::clone(roles), name.to_owned(), one(db, name)?.map(|role| role.scopes));
    let noted = roles.ends(db, &name, scopes.as_deref())?;
    db.after_commit(move || {
        roles.put(&name, scopes);
        if let Some(rev) = noted {
            roles.changes.reached(rev);
        }
    });
    Ok(())
}

/// Is this scope among those of a key's own and of its roles?
pub fn holds(own: &[String], sets: &[Set], asked: &str) -> bool {
    scope::any_covers(own, asked) || sets.iter().any(|set| scope::any_covers(set, asked))
}

/// Can this be the name of a role? Lower case, so that no two names differ by case alone.
pub fn is_name(text: &str) -> bool {
    text.len() <= NAME_MAX
        && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b))
}

/// Checks that there are such roles, and gives their names back sorted, each once.
pub(super) fn check(db: &Conn, names: &[String]) -> Result<Vec<String>> {
    if names.len() > ROLES_MAX {
        return Err(Error::refused("/roles", "too many roles: 16 at most"));
    }
    for (n, name) in names.iter().enumerate() {
        if !is_name(name) || one(db, name)?.is_none() {
            let field = Field::from_client(["roles", &n.to_string()]);
            return Err(Error::Refused {
                field,
                why: "there is no role with this name: make it first (POST /v1/roles), or leave it out",
            });
        }
    }
    Ok(sorted(names))
}

/// As the store has them.
pub(super) fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names
}

/// What a key has in all: its own scopes and those of its roles, as the store has them in this job.
pub(super) fn held(db: &Conn, own: &[String], roles: &[String]) -> Result<Vec<String>> {
    let mut held = own.to_vec();
    for name in roles {
        held.extend(one(db, name)?.into_iter().flat_map(|role| role.scopes));
    }
    Ok(held)
}

/// The same of a key.
pub(super) fn held_by(db: &Conn, key: &Key) -> Result<Vec<String>> {
    held(db, &key.scopes, &key.roles)
}

fn one(db: &Conn, name: &str) -> Result<Option<Role>> {
    let sql = "SELECT name, description, scopes, created_at, version FROM roles WHERE name = $1";
    db.first(sql, &[name.into()], read)
}

fn read(row: &Row<'_, '_>) -> Result<Role> {
    Ok(Role {
        name: row.text()?.to_owned(),
        description: row.text()?.to_owned(),
        scopes: list(row.text()?)?,
        created_at: Timestamp(row.int()?),
        version: row.int()?,
    })
}

/// What finds a role among those of a key, for `LIKE … ESCAPE '!'`: names stand in quotes there, and have none in them.
pub(super) fn like(name: &str) -> String {
    format!("%\"{}\"%", name.replace('_', "!_"))
}

fn check_description(text: &str) -> Result<()> {
    if text.is_empty() { Ok(()) } else { check_text("/description", text, DESCRIPTION_MAX) }
}

impl NewRole {
    fn checked(mut self) -> Result<Self> {
        if !is_name(&self.name) {
            return Err(Error::refused(
                "/name",
                "a role's name has a-z, 0-9, _ - . and begins with one of the first two; 64 characters at most",
            ));
        }
        check_description(&self.description)?;
        self.scopes = scope::check_applications("/scopes", self.scopes)?;
        Ok(self)
    }
}

impl Behind {
    /// As a cursor tells it.
    pub fn parse(cursor: &str) -> Option<Self> {
        let (created_at, name) = cursor.split_once('.')?;
        let created_at = created_at.parse().ok()?;
        is_name(name).then(|| Self { created_at, name: name.to_owned() })
    }

    /// The cursor of a page that ends with this role.
    pub fn cursor(role: &Role) -> String {
        format!("{}.{}", role.created_at.0, role.name)
    }
}

impl Keys {
    /// Reads all roles into memory: once, before the first request.
    pub async fn load_roles(&self) -> Result<()> {
        let sql = "SELECT name, description, scopes, created_at, version FROM roles";
        for role in self.store.read(move |db| db.all(sql, &[], read)).await? {
            self.roles.put(&role.name, Some(role.scopes));
        }
        Ok(())
    }

    pub async fn role(&self, name: String) -> Result<Role> {
        self.store.read(move |db| one(db, &name)?.ok_or(Error::NotFound)).await
    }

    /// Newest first.
    pub async fn roles(&self, behind: Option<Behind>, limit: i64) -> Result<Vec<Role>> {
        let behind = behind.unwrap_or(Behind { created_at: i64::MAX, name: String::new() });
        self.store
            .read(move |db| {
                db.all(
                    "SELECT name, description, scopes, created_at, version FROM roles
                     WHERE created_at < $1 OR (created_at = $1 AND name < $2)
                     ORDER BY created_at DESC, name DESC LIMIT $3",
                    &[behind.created_at.into(), (&behind.name).into(), limit.into()],
                    read,
                )
            })
            .await
    }

    /// Makes a role, with its event. Keys can bear it with the answer.
    pub async fn create_role(&self, act: Act, new: NewRole) -> Result<Role> {
        let (new, journal, roles) = (new.checked()?, self.journal.clone(), Arc::clone(&self.roles));
        self.store
            .write(move |db| {
                if let Some(earlier) = once::earlier(db, &act)? {
                    publish(db, &roles, &new.name)?;
                    return Ok(earlier);
                }
                let count = db.first("SELECT COUNT(*) FROM roles", &[], |row| row.int())?;
                if count.is_some_and(|count| count >= COUNT_MAX) {
                    return Err(Error::conflict("", "there are 1,000 roles, and no more can be: remove one first"));
                }
                let made = db.first(
                    "INSERT INTO roles (name, description, scopes, created_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (name) DO NOTHING RETURNING name, description, scopes, created_at, version",
                    &[(&new.name).into(), (&new.description).into(), (&json(&new.scopes)?).into(), act.at.into()],
                    read,
                )?;
                let role = made.ok_or_else(|| {
                    Error::conflict("/name", "there is a role with this name: change that one, or choose another name")
                })?;
                let details = details!({ "description": role.description, "scopes": role.scopes });
                journal.append(db, &act, &told("role.created", &role.name, details))?;
                once::keep(db, &act, &role.name, Some(&role))?;
                publish(db, &roles, &role.name)?;
                Ok(role)
            })
            .await
    }

    /// Changes what is given, with its event. In force for every key that bears the role with the answer.
    pub async fn change_role(&self, act: Act, name: String, change: RoleChange) -> Result<Role> {
        if let Some(description) = &change.description {
            check_description(description)?;
        }
        let scopes = change.scopes.map(|scopes| scope::check_applications("/scopes", scopes)).transpose()?;
        let (journal, roles) = (self.journal.clone(), Arc::clone(&self.roles));
        self.store
            .write(move |db| {
                let before = one(db, &name)?.ok_or(Error::NotFound)?;
                act.expects(before.version)?;
                let mut told_of = Map::new();
                let mut note = |field: &str, before: Value, after: Value| {
                    if before != after {
                        told_of.insert(field.to_owned(), details!({ "before": before, "after": after }));
                    }
                };
                let description = change.description.unwrap_or_else(|| before.description.clone());
                let scopes = scopes.unwrap_or_else(|| before.scopes.clone());
                note("description", before.description.into(), description.clone().into());
                note("scopes", before.scopes.into(), scopes.clone().into());
                let changes = i64::from(!told_of.is_empty());
                let after = db
                    .first(
                        "UPDATE roles SET description = $2, scopes = $3, version = version + $4 WHERE name = $1
                         RETURNING name, description, scopes, created_at, version",
                        &[(&name).into(), (&description).into(), (&json(&scopes)?).into(), changes.into()],
                        read,
                    )?
                    .ok_or(Error::NotFound)?;
                if !told_of.is_empty() {
                    journal.append(db, &act, &told("role.changed", &name, Value::Object(told_of)))?;
                }
                publish(db, &roles, &name)?;
                Ok(after)
            })
            .await
    }

    /// Removes a role that no key bears, but for revoked ones, which have no use for it any more.
    pub async fn remove_role(&self, act: Act, name: String) -> Result<()> {
        let (journal, roles) = (self.journal.clone(), Arc::clone(&self.roles));
        self.store
            .write(move |db| {
                let before = one(db, &name)?.ok_or(Error::NotFound)?;
                act.expects(before.version)?;
                let borne = db.first(
                    "SELECT 1 WHERE EXISTS (SELECT 1 FROM keys
                     WHERE roles <> '[]' AND lower(roles) LIKE lower($1) ESCAPE '!' AND revoked_at IS NULL)",
                    &[(&like(&name)).into()],
                    |_| Ok(()),
                )?;
                if borne.is_some() {
                    return Err(Error::conflict(
                        "",
                        "keys bear this role (GET /v1/api-keys?role=): take it from them first, or empty its scopes, which is in force at once",
                    ));
                }
                db.run("DELETE FROM roles WHERE name = $1", &[(&name).into()])?;
                let details = details!({ "before": { "description": before.description, "scopes": before.scopes } });
                journal.append(db, &act, &told("role.removed", &name, details))?;
                publish(db, &roles, &name)
            })
            .await
    }
}

fn told<'a>(action: &'static str, name: &'a str, details: Value) -> Change<'a> {
    Change { action, subject: name, owner_id: None, details }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_and_begins_with_a_letter_or_a_digit() {
        for fine in ["a", "0", "support", "tier-1.read_only"] {
            assert!(is_name(fine), "{fine}");
        }
        for wrong in ["", "-a", ".", "_a", "A", "a b", "a/b", "a%", "a\"", "ä", &"a".repeat(65)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_cursor_says_where_a_page_ended() {
        let role = Role {
            name: "a.b".into(),
            description: String::new(),
            scopes: Vec::new(),
            created_at: Timestamp(17),
            version: 1,
        };
        let behind = Behind::parse(&Behind::cursor(&role)).expect("a cursor");
        assert_eq!(behind, Behind { created_at: 17, name: "a.b".into() });
        for wrong in ["", "17", "x.a", "17.", "17.A"] {
            assert!(Behind::parse(wrong).is_none(), "{wrong}");
        }
    }
}
