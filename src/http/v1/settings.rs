//! `/v1/settings`: the operator's switches.

use crate::http::guard::{Backend, Operator};
use crate::http::input::Body;
use crate::http::reply::{Changed, One, Reply};
use crate::key::{PolicyChange, Switches};

pub async fn show(who: Backend<Operator>) -> Reply<One<Switches>> {
    Ok(One(who.call.keys().switches().await?))
}

pub async fn change(who: Backend<Operator>, Body(change): Body<PolicyChange>) -> Reply<Changed<Switches>> {
    Ok(Changed(who.call.keys().change_policy(who.act(), who.power, change).await?))
}
