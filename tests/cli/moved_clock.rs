//! The clock of a server that tests run, moved from another process, as the tests of pages do.

use std::path::Path;

use serde_json::json;

use crate::binary::{Server, admin_token, home, run};

/// Whole at once: the server may ask for the time while it is written.
fn set(data: &Path, ahead_ms: i64) {
    let (new, file) = (data.join("test-clock.new"), data.join("test-clock"));
    std::fs::write(&new, ahead_ms.to_string()).expect("a file is written");
    std::fs::rename(&new, &file).expect("it takes its place");
}

#[test]
fn a_server_of_the_tests_is_as_far_ahead_as_a_file_says() {
    let (_home, data) = home();
    let token = run(admin_token(&data, &["--expires", "never"])).fine();
    let server = Server::start(&data).with_token(token.trim());
    let body = json!({ "description": "until the century ends", "expires_at": "2099-12-31T00:00:00Z" });
    let made = server.post(&format!("/v1/users/{}/api-keys", server.user("maya")), &body);
    let key = made.data()["secret"].as_str().expect("a secret").to_owned();
    assert_eq!(server.code_of(&key), "valid", "no file is no step");
    set(&data, 100 * 365 * 86_400_000);
    assert_eq!(server.code_of(&key), "expired");
    set(&data, 0);
    assert_eq!(server.code_of(&key), "valid");
}
