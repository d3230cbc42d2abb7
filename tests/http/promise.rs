//! What every answer keeps, whatever was asked. The client checks it each time, so no test has to say it.

use std::sync::OnceLock;

use serde_json::Value;

use crate::client::{Answer, Call};

/// What holds for every answer: no fault of ours, the headers of every response, the envelope of every failure, a status that the
/// OpenAPI document names, and nothing secret that was sent.
pub fn holds(call: &Call, answer: &Answer, whole: &str) {
    no_echo(call, whole);
    let shown = || format!("{}: {} {}", answer.asked, answer.status, whole);
    assert!(answer.status < 500 || answer.status == 503, "a fault of ours: {}", shown());
    for name in
        ["x-request-id", "content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"]
    {
        assert!(answer.header(name).is_some(), "no {name}: {}", shown());
    }
    if answer.status >= 400 && answer.status != 503 && call.method != "HEAD" {
        assert_eq!(answer.json["success"], false, "a failure has the envelope: {}", shown());
        assert_eq!(answer.str("/error/request_id"), answer.header("x-request-id").unwrap_or_default());
        let message = answer.str("/error/message");
        assert!(
            message.len() > 12 && answer.json["error"].as_object().is_some_and(|error| error.len() == 4),
            "{}",
            shown()
        );
    }
    if let Some(documented) = documented(&call.method, &call.path) {
        assert!(documented.contains(&answer.status.to_string()), "undocumented, only {documented:?}: {}", shown());
    }
}

/// Whatever looks like a key in a request must not come back, not even in part.
fn no_echo(call: &Call, answer: &str) {
    let mut sent = call.path.clone();
    for (name, value) in &call.headers {
        sent.extend([" ", name, " ", value]);
    }
    sent.push(' ');
    sent.push_str(&String::from_utf8_lossy(call.body.as_deref().unwrap_or_default()));
    for word in sent.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        // 43 random characters and 6 of checksum behind the prefix's last underscore.
        let Some((_, tail)) = word.rsplit_once('_').filter(|(_, tail)| tail.len() == 49) else { continue };
        for part in [&tail[..12], &tail[20..32], &tail[37..]] {
            assert!(!answer.contains(part), "{} {}: a key that was sent comes back: {answer}", call.method, call.path);
        }
    }
}

/// The OpenAPI document, as the first server of this process serves it.
pub static DOCUMENT: OnceLock<Value> = OnceLock::new();

/// The statuses that it promises for the operation that this request means, if it means one.
fn documented(method: &str, path: &str) -> Option<Vec<String>> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |pattern: &str| {
        let (wanted, given): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted
                .iter()
                .zip(given)
                .all(|(wanted, given)| *wanted == given || (wanted.starts_with('{') && !given.is_empty()))
    };
    let paths = DOCUMENT.get()?["paths"].as_object().expect("paths");
    // A literal path wins over a pattern.
    let found = paths.get(path).or_else(|| paths.iter().find(|(pattern, _)| fits(pattern)).map(|(_, item)| item))?;
    let responses = found.get(method.to_lowercase())?["responses"].as_object()?;
    Some(responses.keys().cloned().collect())
}
