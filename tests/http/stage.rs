//! Everybody who may call, for the walk over all routes: people in every state and standing, their panels, and keys of every kind.

use keystead::base::crypto::Digest;
use keystead::config::Environment;
use keystead::people::{PanelId, SessionId, scope};
use keystead::store::{Conn, Val};
use serde_json::{Value, json};

use crate::kit::{Kit, NOBODY, START, stranger, time, wait};

/// Of somebody who signs in.
pub const EMAIL: &str = "visitor@example.com";
pub const PASSWORD: &str = "tall trees by the lake";

/// The people and teams that calls are about, and everybody who calls.
pub struct Stage {
    pub kit: Kit,
    pub user: String,
    pub team: String,
    pub callers: Vec<Caller>,
}

/// One kind of caller.
pub struct Caller {
    pub name: String,
    who: Who,
}

enum Who {
    Key(String),
    /// A session of this person, in which the password was given lately or not.
    Person {
        id: String,
        confirmed: bool,
    },
    /// A panel of this person, for their own keys and those of at most one team.
    Panel {
        id: String,
        team: Option<String>,
    },
}

/// A role in the team, and permissions as they are stored.
type Seat = (&'static str, &'static str);

/// Who is what: name, what is so of them in the database, and what they are in the team.
const PEOPLE: [(&str, &str, Option<Seat>); 10] = [
    ("invited", "UPDATE owners SET status = 'invited' WHERE id = $1", None),
    ("suspended", "UPDATE owners SET status = 'suspended' WHERE id = $1", Some(("admin", "[]"))),
    ("removed", "UPDATE owners SET removed_at = 1 WHERE id = $1", Some(("admin", "[]"))),
    ("stranger", ACTIVE, None),
    ("former", ACTIVE, None),
    ("member", ACTIVE, Some(("member", "[\"$read_members\"]"))),
    ("manager", ACTIVE, Some(("member", "[\"$manage_api_keys\"]"))),
    ("team admin", ACTIVE, Some(("admin", "[]"))),
    ("admin", "UPDATE users SET role = 'admin' WHERE id = $1", None),
    ("guest", ACTIVE, Some(("member", "[]"))),
];
const ACTIVE: &str = "UPDATE owners SET status = 'active', removed_at = NULL WHERE id = $1";

impl Stage {
    pub fn set() -> Self {
        // Whoever calls here gives a wrong password now and then, all from one network.
        let kit = Kit::with(&[("sign_in.attempts_per_network", "10000")]);
        kit.person(EMAIL, PASSWORD);
        let user = kit.user_granting("maya", &["own:keys:write", "own:keys:revoke"]);
        let (team, other, gone) = (kit.team("Acme"), kit.user("other"), kit.user("gone"));
        let mut callers: Vec<Caller> = keys(&kit, &user, &team, [&other, &gone])
            .into_iter()
            .map(|(name, key)| Caller { name, who: Who::Key(key) })
            .collect();
        kit.suspend(&gone);
        kit.clock.advance_ms(2);
        let people: Vec<String> = PEOPLE.iter().map(|(name, ..)| kit.user(name)).collect();
        let person = |name: &str| {
            let place = PEOPLE.iter().position(|(known, ..)| *known == name).expect("one of the people");
            people[place].clone()
        };
        let session =
            |name: &str, id: String, confirmed| Caller { name: name.into(), who: Who::Person { id, confirmed } };
        callers.extend([
            session("an invited person", person("invited"), true),
            session("a suspended person, admin of the team", person("suspended"), true),
            session("a removed person, once admin of the team", person("removed"), true),
            session("another person", person("stranger"), true),
            session("the user, in no team", user.clone(), true),
            session("a former admin of the team", person("former"), true),
            session("a member of the team who reads its members", person("member"), true),
            session("a member of the team with $manage_api_keys", person("manager"), true),
            session("an admin of the team", person("team admin"), true),
            session("an admin who has not confirmed the password", person("admin"), false),
            session("an admin", person("admin"), true),
        ]);
        let panel = |name: &str, id: String, team: Option<&String>| Caller {
            name: name.into(),
            who: Who::Panel { id, team: team.cloned() },
        };
        callers.extend([
            panel("a panel of the user", user.clone(), None),
            panel("a panel of another person", person("stranger"), None),
            panel("a panel for the team, of a member with $manage_api_keys", person("manager"), Some(&team)),
            panel("a panel for the user alone, of that member", person("manager"), None),
            panel("a panel for the team, of a member without it", person("member"), Some(&team)),
            panel("a panel for the team, of a former admin of it", person("former"), Some(&team)),
            panel("a panel of a suspended person", person("suspended"), Some(&team)),
            panel("a panel of who became an admin", person("admin"), None),
        ]);
        let stage = Self { kit, user, team, callers };
        stage.restore();
        stage
    }

    /// A person who is in the team and does not call: to be changed and removed by those who may.
    pub fn guest(&self) -> String {
        self.kit.get(&self.kit.admin, "/v1/users?external_id=guest").expect(200).ids().remove(0)
    }

    /// Makes everybody again what they are.
    pub fn restore(&self) {
        let team = self.team.clone();
        self.job(move |db| {
            db.run("DELETE FROM memberships WHERE team_id = $1", &[(&team).into()]).expect("the team is emptied");
            for (name, state, membership) in PEOPLE {
                let id = db.first("SELECT id FROM owners WHERE external_id = $1", &[name.into()], |row| {
                    row.text().map(str::to_owned)
                });
                let id = id.expect("the query runs").expect("one of the people");
                db.run(state, &[(&id).into()]).expect("a state");
                let Some((role, permissions)) = membership else { continue };
                db.run(
                    "INSERT INTO memberships (team_id, user_id, role, permissions, created_at) VALUES ($1, $2, $3, $4, 0)",
                    &[(&team).into(), (&id).into(), role.into(), permissions.into()],
                )
                .expect("a membership");
            }
        });
    }

    /// A credential for each caller, in the order of the callers. Sessions and panels are new: a caller that ended its own is back.
    pub fn credentials(&self) -> Vec<String> {
        let (people, now) = (self.kit.instance.live.people.clone(), self.kit.clock.now_ms());
        let (mut all, mut rows) = (Vec::new(), Vec::new());
        for caller in &self.callers {
            let (prefix, id, confirmed, team) = match &caller.who {
                Who::Key(key) => {
                    all.push(key.clone());
                    continue;
                }
                Who::Person { id, confirmed } => ("ses_", id.clone(), *confirmed, None),
                Who::Panel { id, team } => ("ptl_", id.clone(), false, team.clone()),
            };
            let token = stranger(prefix);
            rows.push((prefix, people.token_digest(&token), id, confirmed, team));
            all.push(token);
        }
        self.job(move |db| {
            for (prefix, digest, id, confirmed, team) in &rows {
                if *prefix == "ses_" {
                    session(db, digest, id, now, if *confirmed { now } else { 0 });
                } else {
                    panel(db, digest, id, team.as_deref(), now);
                }
            }
        });
        all
    }

    /// A new team in which everybody is what they are in the team.
    pub fn team_to_lose(&self) -> String {
        let (new, team) = (self.kit.team("to lose"), self.team.clone());
        let copy = new.clone();
        self.job(move |db| {
            db.run(
                "INSERT INTO memberships (team_id, user_id, role, permissions, created_at)
                 SELECT $2, user_id, role, permissions, created_at FROM memberships WHERE team_id = $1",
                &[(&team).into(), (&copy).into()],
            )
            .expect("memberships");
        });
        new
    }

    /// Whom a caller stands for, where it is a person.
    pub fn person(&self, caller: usize) -> Option<&str> {
        match &self.callers[caller].who {
            Who::Key(_) => None,
            Who::Person { id, .. } | Who::Panel { id, .. } => Some(id),
        }
    }

    fn job(&self, job: impl FnOnce(&Conn) + Send + 'static) {
        wait(self.kit.instance.live.store.write(move |db| {
            job(db);
            Ok(())
        }))
        .expect("the job runs");
    }
}

fn session(db: &Conn, digest: &Digest, user: &str, now: i64, confirmed_at: i64) {
    db.run(
        "INSERT INTO sessions (id, digest, user_id, created_at, last_used_at, expires_at, confirmed_at)
         VALUES ($1, $2, $3, $4, $4, $5, $6)",
        &[
            (&SessionId::new(now).to_string()).into(),
            digest.into(),
            user.into(),
            now.into(),
            (now + 3_600_000).into(),
            confirmed_at.into(),
        ],
    )
    .expect("a session");
}

fn panel(db: &Conn, digest: &Digest, user: &str, team: Option<&str>, now: i64) {
    db.run(
        "INSERT INTO portal_sessions (id, digest, user_id, team_id, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, 'key:x', $5, $6)",
        &[
            (&PanelId::new(now).to_string()).into(),
            digest.into(),
            user.into(),
            Val::from(team),
            now.into(),
            (now + 3_600_000).into(),
        ],
    )
    .expect("a panel");
}

/// A credential of every kind that a key can be, by name.
fn keys(kit: &Kit, user: &str, team: &str, [other, gone]: [&str; 2]) -> Vec<(String, String)> {
    let key = |owner: &str, settings: Value| kit.key(owner, settings).secret;
    let revoked = kit.key(user, json!({ "scopes": ["keystead:admin"] }));
    kit.delete(&kit.admin, &format!("/v1/api-keys/{}", revoked.id)).expect(200);
    let soon = time(START + 1);
    let mut keys = vec![
        ("nobody".to_owned(), NOBODY.to_owned()),
        ("garbage".into(), "garbage".into()),
        ("an unknown well-formed key".into(), stranger("sk_live_")),
        ("a revoked admin's key".into(), revoked.secret),
        ("an expired admin's key".into(), key(user, json!({ "scopes": ["keystead:admin"], "expires_at": soon }))),
        ("a disabled admin's key".into(), key(user, json!({ "scopes": ["keystead:admin"], "enabled": false }))),
        ("a suspended owner's admin's key".into(), key(gone, json!({ "scopes": ["keystead:admin"] }))),
        ("a public live key of the user".into(), key(user, json!({ "is_public": true }))),
        ("a public test key of the user".into(), key(user, json!({ "is_public": true, "environment": "test" }))),
        ("a test key of the user".into(), key(user, json!({ "environment": "test", "scopes": ["own:keys:write"] }))),
        ("a test backend with keystead:admin".into(), kit.backend_in(Environment::Test, &[scope::ADMIN], None).secret),
        ("a live key of the user".into(), key(user, json!({}))),
        ("a live key of the team".into(), key(team, json!({}))),
        ("a live key of another user".into(), key(other, json!({}))),
        ("a live key of the user with own:keys:write".into(), key(user, json!({ "scopes": ["own:keys:write"] }))),
        ("a live key of the user with own:keys:revoke".into(), key(user, json!({ "scopes": ["own:keys:revoke"] }))),
        (
            "a live key of another user with both".into(),
            key(other, json!({ "scopes": ["own:keys:write", "own:keys:revoke"] })),
        ),
    ];
    keys.extend(scope::BACKEND.iter().map(|scope| (format!("a backend with {scope}"), kit.backend(&[scope]).secret)));
    keys
}
