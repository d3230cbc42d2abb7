//! Admins who were not made by an admin: the first one, by the link that the server prints or by the configuration, and further ones by whoever
//! sits at the machine.

use std::sync::OnceLock;

use serde_json::json as details;

use super::throttle::remember_network;
use super::{Entered, NewUser, People, Power, Role, User, UserId, record};
use crate::base::crypto::{self, Digest};
use crate::base::{Error, Result, Secret};
use crate::event::{Act, Actor};
use crate::store::Conn;

/// An admin to be made.
#[derive(Debug)]
pub struct NewAdmin {
    pub email: String,
    /// The e-mail where there is none.
    pub name: Option<String>,
    pub password: Secret,
}

/// Tokens of the setup link begin so.
const SETUP_PREFIX: &str = "setup_";
const SETUP_RANDOM: usize = 43;

/// The digest of the token that opens the setup; empty where none was offered.
pub(super) type Offered = OnceLock<Digest>;

const TAKEN: &str =
    "this server has an admin already: sign in, or make one on its machine with `keystead admin create`";

impl People {
    pub async fn has_admin(&self) -> Result<bool> {
        self.store.read(has_admin).await
    }

    /// A token for the setup link.
    pub fn new_setup_token() -> Secret {
        crypto::random_text(SETUP_PREFIX, SETUP_RANDOM)
    }

    /// Is this text such a token?
    pub fn is_setup_token(text: &str) -> bool {
        text.strip_prefix(SETUP_PREFIX)
            .is_some_and(|rest| rest.len() == SETUP_RANDOM && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    /// Lets this token make the first admin, as long as there is none. The first one offered in a process is the one.
    pub fn offer_setup(&self, token: &Secret) {
        let _ = self.setup.set(self.token_digest(token.expose()));
    }

    /// Makes the first admin for whoever has the token of the setup link, and signs them in. Attempts are counted by network.
    pub async fn set_up(&self, act: Act, token: &Secret, new: NewAdmin, user_agent: Option<String>) -> Result<Entered> {
        let counted = self.count(&act, None).await?;
        if self.has_admin().await? {
            return Err(Error::conflict("", TAKEN));
        }
        if self.setup.get() != Some(&self.token_digest(token.expose())) {
            let journal = self.journal.clone();
            let refused = move |db: &Conn| record(&journal, db, &act, "setup.refused", "instance", details!({}));
            self.store.write(refused).await?;
            return Err(Error::forbidden(
                "this is not the token of the setup link: it is printed at the start, and in the file setup-token of the data directory",
            )
            .at("/token"));
        }
        let (new, hash) = self.checked_admin("/password", new).await?;
        let people = self.clone();
        self.store
            .write(move |db| {
                let act = Act { actor: Actor::setup(), ..act };
                let made = people.insert_admin(db, &act, &new, &hash, Among::None)?;
                let admin = made.ok_or_else(|| Error::conflict("", TAKEN))?;
                let id = UserId::parse(&admin.id).ok_or_else(|| Error::internal("a new user without an id"))?;
                let act = Act { actor: Actor::person(id), ..act };
                people.take_back(db, &counted)?;
                remember_network(db, &act, id)?;
                people.enter(db, &act, id, user_agent.as_deref())
            })
            .await
    }

    /// Makes an admin, whether there are others or not: for whoever sits at the machine.
    pub async fn create_admin(&self, act: Act, new: NewAdmin) -> Result<User> {
        let (new, hash) = self.checked_admin("/password", new).await?;
        let people = self.clone();
        self.store
            .write(move |db| people.insert_admin(db, &act, &new, &hash, Among::Others)?.ok_or(Error::NotFound))
            .await
    }

    /// Makes the admin that the configuration names, while there is none. Answers whether it did.
    pub async fn adopt_admin(&self, act: Act, new: NewAdmin) -> Result<bool> {
        if self.has_admin().await? {
            return Ok(false);
        }
        let (new, hash) = self.checked_admin("/admin_password", new).await?;
        let people = self.clone();
        let made = self.store.write(move |db| people.insert_admin(db, &act, &new, &hash, Among::None));
        Ok(made.await?.is_some())
    }

    async fn checked_admin(&self, field: &'static str, new: NewAdmin) -> Result<(NewUser, String)> {
        let user = NewUser { email: Some(new.email), name: new.name, role: Some(Role::Admin), ..NewUser::default() };
        let user = user.checked(Power::Admin)?;
        let context = [user.email.as_deref().unwrap_or_default(), user.name.as_deref().unwrap_or_default()];
        let hash = self.hash_password(field, &new.password, &context).await?;
        Ok((user, hash))
    }

    /// Writes the admin and their event, in the caller's job. `None` where there is one already and none was expected.
    fn insert_admin(&self, db: &Conn, act: &Act, new: &NewUser, hash: &str, among: Among) -> Result<Option<User>> {
        if matches!(among, Among::None) && has_admin(db)? {
            return Ok(None);
        }
        let user = new.insert(db, &self.journal, act)?;
        db.run(
            "UPDATE users SET password = $2, password_changed_at = $3 WHERE id = $1",
            &[(&user.id).into(), hash.into(), act.at.into()],
        )?;
        Ok(Some(user))
    }
}

/// Beside whom an admin is made.
#[derive(Debug, Clone, Copy)]
enum Among {
    /// Nobody: they are the first.
    None,
    Others,
}

/// Jobs of the one writer see each other's ends, so a look in the job that inserts is the guard.
fn has_admin(db: &Conn) -> Result<bool> {
    let found = db.first(
        "SELECT 1 FROM users u JOIN owners o ON o.id = u.id WHERE u.role = 'admin' AND o.removed_at IS NULL",
        &[],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}
