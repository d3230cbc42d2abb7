//! The HTTP face, tested from outside: one binary, each test against a real server of its own. A test's name is what is guaranteed.
//!
//! `kit` starts servers and `world` fills them; `stage` has everybody who may call; `client` and `wire` speak to them; `promise` is what every answer keeps, and `watch` looks
//! at the servers from inside. The rest is one file an area.

mod client;
mod kit;
mod promise;
mod stage;
mod watch;
mod wire;
mod world;

mod address;
mod authority;
mod backends;
mod bad_body;
mod bad_head;
mod bad_wire;
mod break_glass;
mod bulk;
mod cases;
mod cors;
mod events;
mod export;
mod grants;
mod health;
mod if_match;
mod import;
mod import_bodies;
mod import_exports;
mod instant;
mod invitations;
mod keys;
mod lists;
mod me;
mod members;
mod oidc;
mod oidc_people;
mod oidc_provider;
mod once;
mod openapi;
mod pages;
mod people;
mod policy;
mod portal;
mod purge;
mod removal;
mod rogue;
mod rotate;
mod sandbox;
mod second_factor;
mod secrets;
mod sessions;
mod setup;
mod sign_in;
mod tamper;
mod teams;
mod throttle;
mod tidy;
mod tokens;
mod transfer;
mod users;
mod vectors;
mod verify;
mod walk;
