//! Asks a server which prefixes its keys bear (`/.well-known/keystead`): once, when a hook is installed. No hook asks a server at a commit.

use std::time::Duration;

use serde_json::Value;

use crate::cli::Failure;

/// The answer is some hundred bytes.
const ANSWER_MAX: u64 = 64 * 1024;
/// Four in use, and what was retired.
const PREFIXES_MAX: usize = 64;

/// The secret prefixes of the instance at this URL.
pub fn of_server(url: &str) -> Result<Vec<String>, Failure> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Failure("--from must begin with http:// or https://".into()));
    }
    let config = ureq::Agent::config_builder().max_redirects(0).timeout_global(Some(Duration::from_secs(10))).build();
    let agent: ureq::Agent = config.into();
    let failed = |why: String| Failure(format!("--from: {why}; is that the URL of a Keystead server?"));
    let mut answer = agent
        .get(format!("{}/.well-known/keystead", url.trim_end_matches('/')))
        .call()
        .map_err(|error| failed(error.to_string()))?;
    let text = answer
        .body_mut()
        .with_config()
        .limit(ANSWER_MAX)
        .read_to_string()
        .map_err(|error| failed(error.to_string()))?;
    let told: Value = serde_json::from_str(&text).map_err(|_| failed("the answer is no JSON".into()))?;
    let list = told.pointer("/prefixes").or_else(|| told.pointer("/data/prefixes")).and_then(Value::as_array);
    let list = list.ok_or_else(|| failed("the answer names no prefixes".into()))?;
    let secret = list.iter().filter(|one| one["is_public"] != true).take(PREFIXES_MAX);
    Ok(secret.filter_map(|one| one["prefix"].as_str().map(str::to_owned)).collect())
}
