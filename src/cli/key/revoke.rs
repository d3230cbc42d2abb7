//! `keystead key revoke`: keys by their ids.

use super::super::remote::{Server, encode};
use super::super::{Outcome, Ran, out};

pub fn revoke(ids: &[String], server: &Server) -> Ran {
    let remote = server.connect()?;
    for id in ids {
        let answer = remote.delete(&format!("/v1/api-keys/{}", encode(id)))?;
        if server.json {
            out::json(&answer);
        } else {
            out::say(&format!("{id} is revoked"));
        }
    }
    Ok(Outcome::Fine)
}
