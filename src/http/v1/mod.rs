//! The native API, one file a noun. Handlers are thin: read, one call of a noun, show.

pub mod account;
pub mod audit;
pub mod credits;
pub mod identities;
pub mod import;
pub mod introspect;
pub mod invitations;
pub mod keys;
pub mod many_keys;
pub mod me;
pub mod members;
pub mod offline;
pub mod oidc;
pub mod owner_keys;
pub mod portal;
pub mod roles;
pub mod second_factor;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod teams;
pub mod usage;
pub mod users;
mod verified;
pub mod verify;
pub mod verify_batch;
