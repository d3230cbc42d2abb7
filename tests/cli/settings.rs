//! `settings show|set`, and the default that `key create` takes from there.

use crate::binary::{Server, home, run};
use crate::owners::{json, on};

#[test]
fn settings_are_shown_and_changed_and_a_default_lifetime_is_taken_by_key_create() {
    let (_home, data) = home();
    let server = Server::start(&data);
    server.user("maya");
    let create = || run(on(&server, &["key", "create", "--user", "maya", "--description", "x"]));
    assert!(create().failed().contains("--expires"), "without a default the choice is the caller's");

    let set = ["settings", "set", "max_lifetime_days=90", "default_lifetime_days=30", "allow_never=false"];
    let shown = run(on(&server, &set)).fine();
    assert!(shown.contains("live_keys") && shown.contains("everyone"), "{shown}");
    let all = json(on(&server, &["settings", "show", "--json"]));
    assert_eq!((&all["max_lifetime_days"]["value"], &all["allow_never"]["value"]), (&90.into(), &false.into()));
    create().fine();
    let key = json(on(&server, &["key", "list", "--json"]))[0].clone();
    assert!(key["expires_at"].is_string(), "{key}");

    for (wrong, why) in [
        (&["settings", "set", "allow_never"][..], "NAME=VALUE"),
        (&["settings", "set", "allow_never=1"], "/allow_never: "),
        (&["settings", "set", "allow_nothing=true"], "there is no such field"),
        (&["settings", "set", "live_keys=admins", "live_keys=everyone"], "twice"),
        (&["settings", "set", "default_lifetime_days=91"], "max_lifetime_days"),
    ] {
        let stderr = run(on(&server, wrong)).failed();
        assert!(stderr.contains(why), "{wrong:?}: {stderr}");
    }
}
