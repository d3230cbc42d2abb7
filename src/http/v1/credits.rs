//! `/v1/api-keys/{id}/credits`: adding to a balance that is being spent.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::guard::{KeysWrite, Reaching};
use crate::http::input::{At, Creating};
use crate::http::reply::{Changed, Reply};
use crate::key::KeyKind;
use crate::key::credit::Balance;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCredits {
    /// So many more; below 0, so many fewer. Not 0.
    #[schemars(range(min = -1_000_000_000_000_i64, max = 1_000_000_000_000_i64))]
    add: i64,
}

pub async fn add(
    who: Reaching<KeysWrite>,
    At(id): At<KeyKind>,
    Creating { body: AddCredits { add }, once }: Creating<AddCredits>,
) -> Reply<Changed<Balance>> {
    let act = who.act().once(once);
    Ok(Changed(who.call.keys().add_credits(act, who.reach, id, add).await?))
}
