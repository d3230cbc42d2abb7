//! Opening an embedded panel for a person, by the backend that embeds it; exchanging its one-time code; ending it. Tokens and codes are 256
//! random bits and kept as their HMAC alone. What a panel may do is in `panel`, and read anew on every request.

use serde_json::json as details;

use super::panel::TOKEN_PREFIX;
use super::rights::Rights;
use super::{OwnerStatus, PanelId, People, Power, TeamId, UserId, json, scope};
use crate::base::clock::{SECOND_MS, UnixMs};
use crate::base::crypto::{self, Digest};
use crate::base::{Error, Result, Secret, Timestamp};
use crate::config::Environment;
use crate::event::{Act, Actor, Change, once};
use crate::store::Conn;

/// Seconds that a panel lives, where its backend does not say.
const LIFE_DEFAULT_S: i64 = 900;
/// The bounds of what it may say.
const LIFE_S: std::ops::RangeInclusive<i64> = 60..=3_600;
/// A code is exchanged within this: the page that the link opens does it at once.
const CODE_MS: i64 = 60 * SECOND_MS;
/// Living panels of one person, at some 400 bytes each; opening one more ends the oldest.
const PANELS_MAX: i64 = 100;
/// An ended panel is remembered for so long, so that its own page can read that it has ended.
pub(super) const REMEMBERED_MS: i64 = 3_600 * SECOND_MS;
/// Bytes in an origin: a scheme, a host name of 253, a port.
const ORIGIN_MAX: usize = 267;

/// A panel to be opened.
#[derive(Debug)]
pub struct NewPanel {
    pub user: UserId,
    /// A team that the person is in: the panel then reaches its keys too, as far as the person does.
    pub team: Option<TeamId>,
    pub expires_in_s: Option<i64>,
    /// The only origin of other sites whose pages may use it.
    pub allowed_origin: Option<String>,
    /// Of the owner's grantable scopes, only these; `None` is all of them.
    pub scopes: Option<Vec<String>>,
}

/// A panel at the one moment when its token and its code are known.
#[derive(Debug)]
pub struct OpenedPanel {
    pub token: Secret,
    pub code: Secret,
    pub expires_at: Timestamp,
}

/// What a code was exchanged for.
#[derive(Debug)]
pub struct Exchanged {
    pub token: Secret,
    pub expires_at: Timestamp,
}

/// Tokens and codes of the sandbox say so, behind the prefix: whoever presents one has no key that could tell.
const TEST_MARK: &str = "test_";

/// The realm that this token or code of a panel was made in.
pub fn panel_realm(text: &str) -> Environment {
    let marked = text.strip_prefix(TOKEN_PREFIX).unwrap_or(text).starts_with(TEST_MARK);
    if marked { Environment::Test } else { Environment::Live }
}

impl People {
    fn panel_secret(&self, prefix: &str) -> Secret {
        match self.environment {
            Environment::Live => crypto::random_text(prefix, 43),
            Environment::Test => crypto::random_text(&format!("{prefix}{TEST_MARK}"), 43),
        }
    }

    /// Opens a panel for an active person who is no admin, and in the team now.
    pub async fn open_panel(&self, act: Act, power: Power, new: NewPanel) -> Result<OpenedPanel> {
        power.confirmed()?;
        let life_s = new.expires_in_s.unwrap_or(LIFE_DEFAULT_S);
        if !LIFE_S.contains(&life_s) {
            return Err(Error::refused("/expires_in_s", "must be a number of seconds from 60 to 3600"));
        }
        if new.allowed_origin.as_deref().is_some_and(|origin| !is_origin(origin)) {
            return Err(Error::refused(
                "/allowed_origin",
                "must be an origin as browsers send it, as in https://app.example.com or http://localhost:3000: lower case, no path, no default port",
            ));
        }
        let scopes = new.scopes.clone().map(|scopes| scope::check("/scopes", scopes)).transpose()?;
        if scopes.iter().flatten().any(|scope| scope::is_backend(scope)) {
            return Err(Error::refused("/scopes", "no owner grants keystead: scopes: name those of your application"));
        }
        let (token, code) = (self.panel_secret(TOKEN_PREFIX), self.panel_secret(""));
        let (digest, code_digest) = (self.token_digest(token.expose()), self.token_digest(code.expose()));
        let (id, expires_at) = (PanelId::new(act.at).to_string(), act.at + life_s * SECOND_MS);
        let journal = self.journal.clone();
        self.store
            .write(move |db| {
                once::refuse_repeat(db, &act)?;
                may_have_a_panel(db, &new)?;
                make_room(db, new.user, act.at)?;
                let (user, team) = (new.user.to_string(), new.team.map(|team| team.to_string()));
                db.run(
                    "INSERT INTO portal_sessions (id, digest, code, code_expires_at, user_id, team_id, scopes, allowed_origin,
                                                  created_by, created_at, expires_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                    &[
                        (&id).into(),
                        (&digest).into(),
                        (&code_digest).into(),
                        (act.at + CODE_MS).into(),
                        (&user).into(),
                        (&team).into(),
                        (&scopes.as_ref().map(json).transpose()?).into(),
                        (&new.allowed_origin).into(),
                        act.actor.as_str().into(),
                        act.at.into(),
                        expires_at.into(),
                    ],
                )?;
                let details = details!({ "team_id": team, "expires_at": Timestamp(expires_at),
                    "allowed_origin": new.allowed_origin, "scopes": scopes });
                let change = Change { action: "portal_session.created", subject: &id, owner_id: Some(&user), details };
                journal.append(db, &act, &change)?;
                once::keep_secret(db, &act, &id)
            })
            .await?;
        Ok(OpenedPanel { token, code, expires_at: Timestamp(expires_at) })
    }

    /// Gives the panel of this code a new token, once; the one that its backend has ends with that.
    pub async fn exchange(&self, act: Act, code: &Secret) -> Result<Exchanged> {
        let token = self.panel_secret(TOKEN_PREFIX);
        let (code, digest, journal) =
            (self.token_digest(code.expose()), self.token_digest(token.expose()), self.journal.clone());
        let expires_at = self.store.write(move |db| {
            let exchanged = db.first(
                "UPDATE portal_sessions SET digest = $2, code = NULL, code_expires_at = NULL
                 WHERE code = $1 AND code_expires_at > $3 AND expires_at > $3 RETURNING id, user_id, expires_at",
                &[(&code).into(), (&digest).into(), act.at.into()],
                |row| Ok((row.text()?.to_owned(), row.text()?.to_owned(), row.int()?)),
            )?;
            let Some((id, user, expires_at)) = exchanged else {
                return Err(Error::refused(
                    "/code",
                    "this code was used, is older than a minute, or never was: open the panel again where you came from",
                ));
            };
            let act = Act { actor: Actor::panel(&user), ..act };
            let (action, details) = ("portal_session.exchanged", details!({}));
            journal.append(db, &act, &Change { action, subject: &id, owner_id: Some(&user), details })?;
            Ok(expires_at)
        });
        Ok(Exchanged { expires_at: Timestamp(expires_at.await?), token })
    }

    /// The origin whose pages may show the panel of this code in a frame: the one that it was made for, as long as the code can be exchanged.
    pub async fn may_frame(&self, code: &Secret, now: UnixMs) -> Result<Option<String>> {
        let code = self.token_digest(code.expose());
        let found = self.store.read(move |db| {
            db.first(
                "SELECT allowed_origin FROM portal_sessions WHERE code = $1 AND code_expires_at > $2 AND expires_at > $2",
                &[(&code).into(), now.into()],
                |row| Ok(row.opt_text()?.map(str::to_owned)),
            )
        });
        Ok(found.await?.flatten())
    }

    /// Ends a panel. One that has ended stays so.
    pub async fn end_panel(&self, act: Act, id: PanelId) -> Result<()> {
        let journal = self.journal.clone();
        self.store
            .write(move |db| {
                let id = id.to_string();
                let ended = db.first(
                    "UPDATE portal_sessions SET expires_at = $2, code = NULL, code_expires_at = NULL
                     WHERE id = $1 AND expires_at > $2 RETURNING user_id",
                    &[(&id).into(), act.at.into()],
                    |row| Ok(row.text()?.to_owned()),
                )?;
                let Some(user) = ended else { return Ok(()) };
                let (action, details) = ("portal_session.ended", details!({}));
                journal.append(db, &act, &Change { action, subject: &id, owner_id: Some(&user), details })
            })
            .await
    }

    /// May pages of this origin read answers? To a panel's token, those that it was made for, also when it has just ended. Without a token, or
    /// with one that is nobody's, those for which any panel that lives was made.
    pub async fn lets_read(&self, origin: &str, token: Option<Digest>, now: UnixMs) -> Result<bool> {
        if !is_origin(origin) {
            return Ok(false);
        }
        let origin = origin.to_owned();
        self.store
            .read(move |db| {
                if let Some(token) = token {
                    let made_for = db.first(
                        "SELECT allowed_origin FROM portal_sessions WHERE digest = $1",
                        &[(&token).into()],
                        |row| Ok(row.opt_text()? == Some(&*origin)),
                    )?;
                    if let Some(fits) = made_for {
                        return Ok(fits);
                    }
                }
                let living = db.first(
                    "SELECT 1 FROM portal_sessions WHERE allowed_origin = $1 AND expires_at > $2",
                    &[(&origin).into(), now.into()],
                    |_| Ok(()),
                )?;
                Ok(living.is_some())
            })
            .await
    }
}

fn may_have_a_panel(db: &Conn, new: &NewPanel) -> Result<()> {
    let (admin, active) = db
        .first(
            "SELECT u.role, o.status FROM owners o JOIN users u ON u.id = o.id WHERE o.id = $1 AND o.removed_at IS NULL",
            &[(&new.user.to_string()).into()],
            |row| Ok((row.text()? == "admin", row.text()? == OwnerStatus::Active.as_str())),
        )?
        .ok_or(Error::NotFound)?;
    if admin {
        return Err(Error::forbidden("an admin has no portal session: they sign in to this server itself"));
    }
    if !active {
        return Err(Error::refused("", "this user is invited or suspended: a portal session is for active users"));
    }
    if let Some(team) = new.team
        && !Rights::read(db, new.user, Some(team))?.is_in(team)
    {
        return Err(Error::refused("/team_id", "this user is in no team with this id: add them to it first"));
    }
    Ok(())
}

/// Ends the oldest panels of a person who has as many as may be.
fn make_room(db: &Conn, user: UserId, now: UnixMs) -> Result<()> {
    db.run(
        "DELETE FROM portal_sessions WHERE user_id = $1 AND expires_at > $2 AND id NOT IN (
           SELECT id FROM portal_sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT $3)",
        &[(&user.to_string()).into(), now.into(), (PANELS_MAX - 1).into()],
    )?;
    Ok(())
}

/// Is this an origin in the very form in which browsers send it (RFC 6454 section 6.2, ASCII serialization)? Then bytes can be compared.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let default_port = match scheme {
        "https" => "443",
        "http" => "80",
        _ => return false,
    };
    // A port is behind the last colon that is not inside the brackets of an IPv6 address.
    let end = authority.find(']').map_or(0, |at| at + 1);
    let (host, port) = match authority[end..].split_once(':') {
        Some((rest, port)) => (&authority[..end + rest.len()], Some(port)),
        None => (authority, None),
    };
    let port_fits = port.is_none_or(|port| {
        port != default_port
            && !port.starts_with('0')
            && port.parse::<u16>().is_ok_and(|number| number.to_string() == port)
    });
    text.len() <= ORIGIN_MAX && port_fits && (is_host_name(host) || is_ipv6(host))
}

fn is_host_name(host: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    host.split('.').all(word)
}

fn is_ipv6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok_and(|address| address.to_string() == inner))
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn an_origin_is_what_a_browser_sends_and_nothing_else() {
        for fine in [
            "https://app.example.com",
            "http://localhost",
            "http://localhost:3000",
            "https://localhost:80",
            "http://127.0.0.1:8080",
            "https://[::1]",
            "http://[2001:db8::1]:8080",
            "https://xn--bcher-kva.example",
        ] {
            assert!(is_origin(fine), "{fine}");
        }
        for wrong in [
            "",
            "*",
            "null",
            "https://",
            "app.example.com",
            "//app.example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://app.example.com:",
            "https://app.example.com:0",
            "https://app.example.com:080",
            "https://app.example.com:65536",
            "https://app.example.com:x",
            "https://*.example.com",
            "https://a@b.example",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://bücher.example",
            "https://app..example.com",
            "https://.example.com",
            "ftp://app.example.com",
            "file://",
            "https://app.example.com ",
            " https://app.example.com",
            "https://[::1",
            "https://::1",
            "https://[::0001]",
            "https://[::1]x",
            "https://a:1:2",
            "https://a\nb",
            "javascript:alert(1)",
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
        assert!(!is_origin(&format!("https://{}.example", "a".repeat(300))));
    }
}
