//! What tests fill a server with and ask of it all the time: owners, keys, verifications, pages of a list.

use keystead::base::Secret;
use keystead::event::{Act, Actor};
use keystead::people::NewAdmin;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::kit::{Kit, wait};

/// What creating a key answered.
#[derive(Debug, Clone)]
pub struct Issued {
    pub id: String,
    pub secret: String,
    pub data: Value,
}
impl Kit {
    /// A new user, by external id. Answers the id.
    pub fn user(&self, external_id: &str) -> String {
        self.owner("/v1/users", json!({ "external_id": external_id }))
    }

    pub fn team(&self, name: &str) -> String {
        self.owner("/v1/teams", json!({ "name": name }))
    }

    /// A user whose keys may be given these scopes by the user's own keys.
    pub fn user_granting(&self, external_id: &str, scopes: &[&str]) -> String {
        self.owner("/v1/users", json!({ "external_id": external_id, "scopes_grantable": scopes }))
    }

    /// A new user with this e-mail, and no password yet. Answers the id.
    pub fn mailed(&self, email: &str) -> String {
        self.owner("/v1/users", json!({ "email": email }))
    }

    /// The token of a new link by which this user sets a password.
    pub fn invite(&self, user: &str) -> String {
        let made = self.post(&self.admin, &format!("/v1/users/{user}/invitations"), &json!({})).expect(201);
        made.str("/data/url").split_once("#token=").expect("a token behind the #").1.to_owned()
    }

    /// An admin of the instance.
    pub fn operator(&self, external_id: &str) -> String {
        self.owner("/v1/users", json!({ "external_id": external_id, "role": "admin" }))
    }

    fn owner(&self, path: &str, body: Value) -> String {
        self.post(&self.admin, path, &body).expect(201).str("/data/id").to_owned()
    }

    /// A new member who signs in with this password. Answers the id.
    pub fn person(&self, email: &str, password: &str) -> String {
        let id = self.owner("/v1/users", json!({ "email": email }));
        let people = &self.instance.live.people;
        let hash = wait(people.hash_password("/password", &Secret::new(password.to_owned()), &[])).expect("a password");
        assert_eq!(self.run("UPDATE users SET password = $2 WHERE id = $1", vec![id.clone(), hash]), 1);
        id
    }

    /// A new admin who signs in with this password, as `keystead admin create` makes one. Answers the id.
    pub fn admin_person(&self, email: &str, password: &str) -> String {
        let new = NewAdmin { email: email.to_owned(), name: None, password: Secret::new(password.to_owned()) };
        let act = Act::new(Actor::cli(0), self.clock.now_ms());
        wait(self.instance.live.people.create_admin(act, new)).expect("an admin").id
    }

    /// A request to sign in, as our own pages make it.
    pub fn try_sign_in(&self, email: &str, password: &str) -> Answer {
        self.call(signing_in(email, password))
    }

    /// The token of a new session, out of its cookie.
    pub fn sign_in(&self, email: &str, password: &str) -> String {
        self.try_sign_in(email, password).expect(201).session()
    }

    /// A key of this owner, made by the admin. `settings` go over a description and `expires_at: null`.
    pub fn key(&self, owner: &str, settings: Value) -> Issued {
        self.key_by(&self.admin, owner, settings)
    }

    pub fn key_by(&self, caller: &str, owner: &str, settings: Value) -> Issued {
        let made = self.try_key(caller, owner, settings).expect(201);
        let (id, secret) = (made.str("/data/id").to_owned(), made.str("/data/secret").to_owned());
        Issued { id, secret, data: made.json["data"].clone() }
    }

    pub fn try_key(&self, caller: &str, owner: &str, settings: Value) -> Answer {
        let mut body = json!({ "description": "a key", "expires_at": null });
        let all = body.as_object_mut().expect("an object");
        all.extend(settings.as_object().expect("settings are an object").clone());
        self.post(caller, &keys_of(owner), &body)
    }

    /// A new role.
    pub fn role(&self, name: &str, scopes: &[&str]) -> Answer {
        self.post(&self.admin, "/v1/roles", &json!({ "name": name, "scopes": scopes })).expect(201)
    }

    /// A new role with what of these may stand in one. Answers that.
    pub fn role_of<'a>(&self, name: &str, scopes: &[&'a str]) -> Vec<&'a str> {
        let own: Vec<&str> =
            scopes.iter().copied().filter(|scope| !keystead::people::scope::is_reserved(scope)).collect();
        self.role(name, &own);
        own
    }

    /// Makes the user what `seat` says in the team.
    pub fn seat(&self, team: &str, user: &str, seat: Value) -> Answer {
        self.try_seat(&self.admin, team, user, seat)
    }

    pub fn try_seat(&self, caller: &str, team: &str, user: &str, seat: Value) -> Answer {
        self.call(Call::new("PUT", &seat_of(team, user)).bearer(caller).json(&seat))
    }

    /// The user ids on the first page of a team's members.
    pub fn ids_of_members(&self, caller: &str, team: &str) -> Vec<String> {
        let listed = self.get(caller, &format!("/v1/teams/{team}/members")).expect(200);
        let members = listed.json["data"].as_array().expect("a list").iter();
        members.map(|member| member["user_id"].as_str().expect("an id").to_owned()).collect()
    }

    /// What a verification by the admin says of this key.
    pub fn verify(&self, secret: &str) -> Value {
        self.verify_as(&self.admin, json!({ "key": secret }))
    }

    pub fn verify_as(&self, caller: &str, ask: Value) -> Value {
        self.post(caller, "/v1/api-keys/verify", &ask).expect(200).json["data"].clone()
    }

    pub fn code(&self, secret: &str) -> String {
        self.verify(secret)["code"].as_str().expect("a code").to_owned()
    }

    /// Every page of a list, and how many there were.
    pub fn pages(&self, caller: &str, path: &str, limit: usize) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let answer = self.get(caller, &format!("{path}{joint}limit={limit}{cursor}")).expect(200);
            pages.push(answer.json["data"].as_array().expect("a list").clone());
            assert!(pages.len() < 100, "{path}: the pages never end");
            match answer.json["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return pages,
            }
        }
    }

    /// The ids on the first page of a list.
    pub fn ids(&self, caller: &str, path: &str) -> Vec<String> {
        self.get(caller, path).expect(200).ids()
    }
}

/// A request to sign in, as our own pages make it.
pub fn signing_in(email: &str, password: &str) -> Call {
    Call::new("POST", "/v1/sessions").ours().json(&json!({ "email": email, "password": password }))
}

/// Where an owner's keys are.
pub fn keys_of(owner: &str) -> String {
    let noun = if owner.starts_with("team_") { "teams" } else { "users" };
    format!("/v1/{noun}/{owner}/api-keys")
}

/// Where an owner is.
pub fn at(owner: &str) -> String {
    keys_of(owner).replace("/api-keys", "")
}

/// Where a member of a team is.
pub fn seat_of(team: &str, user: &str) -> String {
    format!("/v1/teams/{team}/members/{user}")
}
