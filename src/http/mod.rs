//! The HTTP face: every route and who may call it, on this one page. `guard` has the statements, `v1` the handlers.

mod body;
mod cookie;
mod cors;
mod described;
mod docs;
mod edge;
mod error;
mod export;
mod front;
mod gateway;
mod guard;
mod health;
mod input;
mod json;
mod ndjson;
mod openapi;
mod page;
mod rate_limit;
mod reference;
mod reply;
mod route;
mod server;
mod ui;
mod v1;

use std::sync::{Arc, OnceLock};

use actix_web::http::Method;

use crate::instance::Instance;
use crate::people::{TeamKind, UserKind};
use guard::{
    ANYONE, ASKER, AUDIT, GATEWAY, IMPORT, INTROSPECTOR, KEYS_READ, KEYS_REVOKE, KEYS_REVOKE_MANY, KEYS_WRITE,
    LEAKS_JUDGE, LEAKS_READ, MYSELF, NOBODY, OPERATOR, OWN_PEOPLE, PAGES, PANEL, PEOPLE_READ, PEOPLE_WRITE, PORTAL,
    REPORTER, ROLES_READ, TEAMS_READ, TEAMS_WRITE, USAGE, VERIFIER,
};
use route::{anything, entry, get, post};

pub use guard::Access;
pub use route::{Entry, Takes};
pub use server::{Running, start, start_with};
pub use ui::Files;

/// What every handler can reach.
#[derive(Debug)]
pub struct App {
    pub instance: Arc<Instance>,
    proxies: guard::Proxies,
    gateways: gateway::Gateways,
    health: health::Health,
    public_url: String,
    ui: ui::Ui,
    /// The OpenAPI document, and the page made of it: megabytes while they are made, and few servers are ever asked for them.
    described: OnceLock<(String, String)>,
}

impl App {
    /// The OpenAPI document, and the page made of it.
    fn described(&self) -> &(String, String) {
        self.described.get_or_init(|| {
            let document = openapi::document(&routes(), &self.public_url);
            let page = reference::render(&document, self.base(), self.ui.has("try.js"));
            (document.to_string(), page)
        })
    }

    /// `http.public_url` as browsers name where a page comes from (RFC 6454): without a path.
    pub fn public_origin(&self) -> &str {
        &self.public_url[..self.public_url.len() - self.base().len()]
    }

    /// The path of `http.public_url`, under which browsers reach `/`: "" or as in "/keystead". A proxy takes it off what it passes on.
    pub fn base(&self) -> &str {
        base(&self.public_url)
    }
}

/// What stands behind scheme, host and port.
fn base(public_url: &str) -> &str {
    let after = public_url.find("://").map_or(0, |at| at + 3);
    public_url[after..].find('/').map_or("", |at| &public_url[after + at..])
}

/// All routes. A path takes the methods listed for it and answers 405 to others; what is not here is 404.
#[rustfmt::skip]
pub fn routes() -> Vec<Entry> {
    vec![
        // Paths are tried from the top: the busiest stands first.
        post("/v1/api-keys/verify",         VERIFIER,     v1::verify::verify,            "Verify a key"),
        anything("/v1/forward-auth/{gateway}", GATEWAY,   gateway::check,                "May this request of a gateway pass?"),

        get ("/docs",                       NOBODY,       docs::index,                   "Documentation"),
        get ("/docs/{name}",                NOBODY,       docs::show,                    "A page of the documentation"),
        get ("/openapi.json",               NOBODY,       docs::openapi,                 "This document"),
        get ("/healthz",                    NOBODY,       health::live,                  "Is the process alive?"),
        entry(Method::HEAD, "/healthz",     NOBODY,       health::live,                  "Is the process alive?"),
        get ("/.well-known/keystead",       NOBODY,       v1::instance::about,           "What this server is, and what its keys begin with"),
        get ("/readyz",                     NOBODY,       health::ready,                 "Can verifications be answered?"),
        entry(Method::HEAD, "/readyz",      NOBODY,       health::ready,                 "Can verifications be answered?"),

        get ("/sign-in/{name}",             PAGES,        v1::oidc::explain,             "What came of a sign-in"),
        get ("/v1/oidc",                    NOBODY,       v1::oidc::ways,                "How do people sign in?"),
        get ("/v1/oidc/start",              PAGES,        v1::oidc::start,               "Sign in with the OpenID Connect provider"),
        get ("/v1/oidc/callback",           PAGES,        v1::oidc::callback,            "Where the provider sends people back to"),

        get ("/v1/me",                      ANYONE,       v1::me::show,                  "Who am I?"),
        post("/v1/me/second-factor",        MYSELF,       v1::second_factor::begin,      "Set a second factor up"),
        entry(Method::DELETE, "/v1/me/second-factor", MYSELF, v1::second_factor::remove, "Switch the second factor off"),
        post("/v1/me/second-factor/confirm", MYSELF,      v1::second_factor::confirm,    "Switch the second factor on"),
        post("/v1/me/recovery-codes",       MYSELF,       v1::second_factor::renew_codes, "Make new recovery codes"),
        entry(Method::PATCH, "/v1/me",      MYSELF,       v1::account::change,           "Change the own name or e-mail"),
        post("/v1/me/password",             MYSELF,       v1::account::password,         "Change the own password"),
        post("/v1/setup",                   NOBODY,       v1::setup::create,             "Make the first admin"),
        post("/v1/sessions",                NOBODY,       v1::sessions::create,          "Sign in"),
        get ("/v1/sessions",                MYSELF,       v1::sessions::list,            "List the own sessions"),
        entry(Method::DELETE, "/v1/sessions",         MYSELF, v1::sessions::end_others,  "End all own sessions but this one"),
        entry(Method::DELETE, "/v1/sessions/current", MYSELF, v1::sessions::sign_out,    "Sign out"),
        post("/v1/sessions/current/confirm", MYSELF,      v1::sessions::confirm,         "Give the password again, for what is dangerous"),
        entry(Method::DELETE, "/v1/sessions/{id}",    MYSELF, v1::sessions::end,         "End an own session"),
        get ("/v1/me/identities",           MYSELF,       v1::identities::list,          "List accounts of the provider that sign me in"),
        post("/v1/me/identities/start",     MYSELF,       v1::identities::start,         "Begin to link an account of the provider"),
        entry(Method::DELETE, "/v1/me/identities/{id}", MYSELF, v1::identities::unlink,  "Unlink an account of the provider"),
        get ("/v1/users",                   PEOPLE_READ,  v1::users::list,               "List users"),
        post("/v1/users",                   PEOPLE_WRITE, v1::users::create,             "Create a user"),
        entry(Method::PUT, "/v1/users/by-external-id/{external_id}", PEOPLE_WRITE, v1::users::put, "Create or change a user by your own id"),
        get ("/v1/users/{id}",              OWN_PEOPLE,   v1::users::show,               "Read a user"),
        entry(Method::PATCH, "/v1/users/{id}",     PEOPLE_WRITE, v1::users::change,      "Change or suspend a user"),
        entry(Method::DELETE, "/v1/users/{id}",    PEOPLE_WRITE, v1::users::remove,      "Remove a user for good"),
        entry(Method::DELETE, "/v1/users/{id}/second-factor", PEOPLE_WRITE, v1::second_factor::reset, "Switch a user's second factor off"),
        entry(Method::DELETE, "/v1/users/{id}/sessions", PEOPLE_WRITE, v1::sessions::end_of_user, "End all sessions of a user"),
        post("/v1/users/{id}/invitations",  PEOPLE_WRITE, v1::invitations::create,       "Make a link by which a user sets a password"),
        post("/v1/invitations/accept",      NOBODY,       v1::invitations::accept,       "Set a password by a link, and sign in"),
        get ("/v1/users/{id}/api-keys",     KEYS_READ,    v1::owner_keys::list::<UserKind>, "List a user's keys"),
        post("/v1/users/{id}/api-keys",     KEYS_WRITE,   v1::owner_keys::create::<UserKind>, "Create a key for a user"),
        post("/v1/users/{id}/portal-sessions", PORTAL,     v1::portal::create,            "Open an embedded panel for a user"),
        post("/v1/portal-sessions/exchange", NOBODY,       v1::portal::exchange,          "Exchange the code of a panel's link for a token"),
        entry(Method::DELETE, "/v1/portal-sessions/current", PANEL, v1::portal::end,      "End the panel that asks"),
        get ("/v1/teams",                   TEAMS_READ,   v1::teams::list,               "List teams"),
        post("/v1/teams",                   PEOPLE_WRITE, v1::teams::create,             "Create a team"),
        entry(Method::PUT, "/v1/teams/by-external-id/{external_id}", PEOPLE_WRITE, v1::teams::put, "Create or change a team by your own id"),
        get ("/v1/teams/{id}",              OWN_PEOPLE,   v1::teams::show,               "Read a team"),
        entry(Method::PATCH, "/v1/teams/{id}",     TEAMS_WRITE,  v1::teams::change,      "Change a team"),
        entry(Method::DELETE, "/v1/teams/{id}",    TEAMS_WRITE,  v1::teams::remove,      "Remove a team for good"),
        get ("/v1/teams/{id}/members",      TEAMS_READ,   v1::members::list,             "List the members of a team"),
        get ("/v1/teams/{id}/members/{user_id}", TEAMS_READ, v1::members::show,          "Read a member of a team"),
        entry(Method::PUT, "/v1/teams/{id}/members/{user_id}", TEAMS_WRITE, v1::members::put, "Add or change a member of a team"),
        entry(Method::DELETE, "/v1/teams/{id}/members/{user_id}", TEAMS_WRITE, v1::members::remove, "Remove a member, or leave a team"),
        get ("/v1/teams/{id}/api-keys",     KEYS_READ,    v1::owner_keys::list::<TeamKind>, "List a team's keys"),
        post("/v1/teams/{id}/api-keys",     KEYS_WRITE,   v1::owner_keys::create::<TeamKind>, "Create a key for a team"),
        get ("/v1/api-keys",                KEYS_READ,    v1::many_keys::list,           "List or export keys of all owners"),
        post("/v1/api-keys/revoke",         KEYS_REVOKE_MANY, v1::many_keys::revoke,     "Revoke many keys for good"),
        post("/v1/api-keys/verify-batch",   ASKER,        v1::verify_batch::verify_batch, "Verify many keys at once"),
        post("/v1/api-keys/token",          ASKER,        v1::offline::exchange,         "Exchange a key for a token that others check by themselves"),
        get ("/v1/revoked",                 ASKER,        v1::offline::changed,          "What ended tokens before their time, signed"),
        get ("/.well-known/jwks.json",      NOBODY,       v1::offline::published,        "The keys that tokens are signed with"),
        post("/v1/signing-keys",            OPERATOR,     v1::offline::roll,             "Make the next key that tokens are signed with"),
        post("/v1/introspect",              INTROSPECTOR, v1::introspect::introspect,    "Verify a key in the words of RFC 7662"),
        post("/v1/api-keys/import",         IMPORT,       v1::import::import,            "Import keys by their hashes"),
        get ("/v1/api-keys/{id}",           KEYS_READ,    v1::keys::show,                "Read a key"),
        entry(Method::PATCH, "/v1/api-keys/{id}",  KEYS_WRITE,  v1::keys::change,        "Change a key"),
        entry(Method::DELETE, "/v1/api-keys/{id}", KEYS_REVOKE, v1::keys::end,           "Revoke a key for good, or remove a dead one"),
        post("/v1/api-keys/{id}/credits",   KEYS_WRITE,   v1::credits::add,              "Add credits to a key, or take some away"),
        post("/v1/api-keys/{id}/rotate",    KEYS_WRITE,   v1::keys::rotate,              "Give a key a new secret"),
        post("/v1/api-keys/{id}/transfer",  KEYS_WRITE,   v1::keys::transfer,            "Give a key to another owner"),
        get ("/v1/api-keys/{id}/usage",     KEYS_READ,    v1::usage::of_key,             "Read or export what a key was used for"),
        get ("/v1/api-keys/{id}/events",    KEYS_READ,    v1::audit::of_key,             "List what happened to a key"),
        get ("/v1/usage",                   USAGE,        v1::usage::list,               "Bill owners, keys or days: read or export"),
        post("/v1/leaks",                   REPORTER,     v1::leaks::report,             "Report keys that were found where they should not be"),
        get ("/v1/leaks",                   LEAKS_READ,   v1::leaks::list,               "List leaks"),
        get ("/v1/leaks/{id}",              LEAKS_READ,   v1::leaks::show,               "Read a leak, with the places where it was found"),
        entry(Method::PATCH, "/v1/leaks/{id}", LEAKS_JUDGE, v1::leaks::judge,            "Say what a leak is"),
        get ("/v1/roles",                   ROLES_READ,   v1::roles::list,               "List roles"),
        post("/v1/roles",                   OPERATOR,     v1::roles::create,             "Create a role"),
        get ("/v1/roles/{name}",            ROLES_READ,   v1::roles::show,               "Read a role"),
        entry(Method::PATCH, "/v1/roles/{name}", OPERATOR, v1::roles::change,            "Change a role, for all keys that bear it"),
        entry(Method::DELETE, "/v1/roles/{name}", OPERATOR, v1::roles::remove,           "Remove a role that no key bears"),
        get ("/v1/settings",                OPERATOR,     v1::settings::show,            "Read the settings"),
        entry(Method::PATCH, "/v1/settings", OPERATOR,    v1::settings::change,          "Change settings"),
        get ("/v1/audit-events",            AUDIT,        v1::audit::list,               "List audit events"),
        get ("/v1/audit-events/verify",     AUDIT,        v1::audit::verify,             "Check the chain of audit events"),
    ]
    .into_iter()
    .chain(pages())
    .collect()
}

/// Pages of the browser's part, tried last: all of the console is one file.
#[rustfmt::skip]
fn pages() -> Vec<Entry> {
    vec![
        get ("/",                           PAGES,        ui::console,                   "The console"),
        get ("/setup",                      PAGES,        ui::console,                   "Make the first admin"),
        get ("/invitation",                 PAGES,        ui::console,                   "Choose a password"),
        get ("/sign-in",                    PAGES,        ui::console,                   "Sign in"),
        get ("/account",                    PAGES,        ui::console,                   "One's own account"),
        get ("/account/{tab}",              PAGES,        ui::console,                   "A part of it"),
        get ("/keys",                       PAGES,        ui::console,                   "Keys"),
        get ("/keys/{id}",                  PAGES,        ui::console,                   "A key"),
        get ("/teams",                      PAGES,        ui::console,                   "Teams"),
        get ("/teams/{id}",                 PAGES,        ui::console,                   "A team"),
        get ("/teams/{id}/{tab}",           PAGES,        ui::console,                   "A part of it"),
        get ("/users",                      PAGES,        ui::console,                   "Users"),
        get ("/users/{id}",                 PAGES,        ui::console,                   "A user"),
        get ("/users/{id}/{tab}",           PAGES,        ui::console,                   "A part of it"),
        get ("/usage",                      PAGES,        ui::console,                   "What keys were used for"),
        get ("/audit",                      PAGES,        ui::console,                   "Audit events"),
        get ("/leaks",                      PAGES,        ui::console,                   "Leaks"),
        get ("/leaks/{id}",                 PAGES,        ui::console,                   "A leak"),
        get ("/settings",                   PAGES,        ui::console,                   "Settings"),
        get ("/settings/{tab}",             PAGES,        ui::console,                   "A part of them"),
        get ("/portal",                     PAGES,        ui::portal_without_code,       "An embedded panel"),
        get ("/portal/{code}",              PAGES,        ui::portal,                    "Open an embedded panel by a link"),
        get ("/embed/v1/keystead.js",       NOBODY,       ui::panel,                     "The panel as an element, for pages of other sites"),
        get ("/assets/{name}",              NOBODY,       ui::asset,                     "Scripts and styles of the pages"),
    ]
}
