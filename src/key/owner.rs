//! Changes of an owner that reach its keys: a suspended owner's keys are off, and a verification shows the owner's name as it is now.

use std::sync::Arc;

use serde_json::{Map, Value, json as details};

use super::{Keys, table};
use crate::base::{Error, Result};
use crate::event::{Act, Change};
use crate::people::{OwnerId, OwnerStatus, UserId, check_name};

/// What to change of a person; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct UserChange {
    pub name: Option<String>,
    /// Suspended switches all of their keys off.
    pub status: Option<OwnerStatus>,
}

impl Keys {
    /// Changes a person. In force for all of their keys with the answer.
    pub async fn change_user(&self, act: Act, id: UserId, change: UserChange) -> Result<()> {
        if let Some(name) = &change.name {
            check_name("/name", name)?;
        }
        let (journal, index) = (self.journal.clone(), Arc::clone(&self.index));
        self.store
            .write(move |db| {
                let owner = OwnerId::User(id);
                let before = table::owner(db, owner)?.ok_or(Error::NotFound)?;
                act.expects(table::owner_version(db, owner)?.ok_or(Error::NotFound)?)?;
                db.run(
                    "UPDATE owners SET name = COALESCE($2, name), status = COALESCE($3, status), version = version + 1 WHERE id = $1",
                    &[(&id.to_string()).into(), (&change.name).into(), change.status.map(OwnerStatus::as_str).into()],
                )?;
                let after = table::owner(db, owner)?.ok_or(Error::NotFound)?;
                let mut told = Map::new();
                if before.name != after.name {
                    told.insert("name".into(), details!({ "before": before.name, "after": after.name }));
                }
                if before.suspended != after.suspended {
                    told.insert("suspended".into(), details!({ "before": before.suspended, "after": after.suspended }));
                }
                let after = Arc::new(after);
                db.after_commit(move || index.set_owner(after));
                if told.is_empty() {
                    return Ok(());
                }
                let id = id.to_string();
                let change =
                    Change { action: "user.changed", subject: &id, owner_id: Some(&id), details: Value::Object(told) };
                journal.append(db, &act, &change)
            })
            .await
    }
}
