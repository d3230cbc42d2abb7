//! Leaks on the command line: reported from a file or a pipe, listed, shown, judged.

use serde_json::json;

use crate::binary::{Server, home, run, run_with};
use crate::owners::{cells, json as answer, on};
use keystead::base::crypto::{hex, sha256};

#[test]
fn keys_and_digests_are_reported_line_by_line_and_what_came_of_them_is_told() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let user = server.user("maya");
    let (first, second) = (server.key(&user), server.key(&user));
    let lines = format!("{}\n\n  {}\r\nnothing\n", first.1, hex(&sha256(second.1.as_bytes())).to_uppercase());
    let ended = run_with(on(&server, &["leak", "report", "-", "--found-at", "https://paste.example.com/7"]), &lines);
    assert!(!ended.stdout.contains(&first.1), "the key is not told again");
    let told = ended.fine();
    let rows: Vec<Vec<&str>> = told.lines().map(cells).collect();
    assert_eq!(rows[0], ["LINE", "OUTCOME", "KEY", "LEAK"]);
    assert_eq!((rows[1][1], rows[1][2], rows[2][1], rows[2][2]), ("revoked", &*first.0, "revoked", &*second.0));
    assert_eq!(rows[3][1..], ["unknown", "-", "-"]);
    assert_eq!((server.code_of(&first.1), server.code_of(&second.1)), ("revoked".into(), "revoked".into()));

    let listed = run(on(&server, &["leak", "list", "--state", "open", "--exposure", "public"])).fine();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let of_one = answer(on(&server, &["leak", "list", "--key", &first.0, "--json"]));
    let id = of_one[0]["id"].as_str().expect("an id");
    let shown = run(on(&server, &["leak", "show", id])).fine();
    assert!(shown.contains("https://paste.example.com/7") && shown.contains(&first.0), "{shown}");
    let judge = ["leak", "judge", id, "--state", "confirmed", "--note", "in a paste", "--json"];
    let judged = answer(on(&server, &judge));
    assert_eq!((&judged["state"], &judged["note"]), (&json!("confirmed"), &json!("in a paste")));
    assert_eq!(run(on(&server, &["leak", "list", "--state", "open"])).fine().lines().count(), 2);
    for (words, why) in [
        (&["leak", "show", "leak_1"][..], "nothing with this id"),
        (&["leak", "judge", id][..], "nothing to change"),
        (&["leak", "report", "/nowhere"][..], "/nowhere"),
    ] {
        let stderr = run(on(&server, words)).failed();
        assert!(stderr.contains(why), "{words:?}: {stderr}");
    }
    let stderr = run_with(on(&server, &["leak", "report", "-"]), "\n\n").failed();
    assert!(stderr.contains("nothing in it"), "{stderr}");
}
