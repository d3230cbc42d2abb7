//! What every floor stands on: errors, ids, time, secrets, cryptography. Nothing here knows what a key is.

pub mod clock;
pub mod crypto;
pub mod error;
pub mod id;
pub mod net;
pub mod printable;
pub mod secret;
pub mod time;

pub use clock::Clock;
pub use error::{Error, Field, Result};
pub use id::Id;
pub use secret::Secret;
pub use time::{Date, Timestamp};
