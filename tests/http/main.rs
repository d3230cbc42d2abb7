//! The HTTP face, tested from outside: one binary, each test against a real server of its own. A test's name is what is guaranteed.
//!
//! `kit` starts servers, `client` speaks to them and holds every answer to the rules that all share. The rest is one file an area.

mod client;
mod kit;

mod authority;
mod bad_body;
mod bad_head;
mod bad_wire;
mod events;
mod grants;
mod health;
mod keys;
mod lists;
mod me;
mod openapi;
mod people;
mod rotate;
mod secrets;
mod tamper;
mod vectors;
mod verify;
mod walk;
