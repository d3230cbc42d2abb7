//! Offline verification from the command line: which keys may be exchanged, and the next key that signs.

use crate::binary::{Server, home, run, serve};
use crate::owners::{json, on};

#[test]
fn keys_are_marked_offline_and_the_signing_key_rolls() {
    let (_home, data) = home();
    let mut command = serve(&data);
    command.env("KEYSTEAD_OFFLINE__ENABLED", "true");
    let server = Server::launch(command, &data).expect("the server starts");
    server.user("maya");
    let create = ["key", "create", "--user", "maya", "--description", "x", "--expires", "never", "--offline", "--json"];
    let key = json(on(&server, &create));
    assert_eq!(key["offline"], true);
    let id = key["id"].as_str().expect("an id");
    for (flag, offline) in [("--no-offline", false), ("--offline", true)] {
        assert_eq!(json(on(&server, &["key", "change", id, flag, "--json"]))["offline"], offline);
    }
    let both = run(on(&server, &["key", "change", id, "--offline", "--no-offline"])).failed();
    assert!(both.contains("cannot be used with"), "{both}");

    let next = run(on(&server, &["offline", "roll"]));
    assert!(next.stderr.contains("signs from"), "{}", next.stderr);
    assert_eq!(next.fine(), "");
    let again = run(on(&server, &["offline", "roll"])).failed();
    assert!(again.contains("published already"), "{again}");
    let withdrawn = json(on(&server, &["offline", "roll", "--at-once", "--json"]));
    assert_eq!(withdrawn["withdrawn"].as_array().map(Vec::len), Some(2));
}
