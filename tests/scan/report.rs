//! `--report`: a real server hears of its own keys, by digest alone; what it cannot hear now, it hears with the next report. The scan ends
//! as it would have ended.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::binary::{Server, home};
use crate::kit::{Folder, Scanned, own_key, vendor_token};
use keystead::base::crypto::{hex, sha256};

/// A server that nobody runs: the port was free a moment ago.
fn nobody() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", free.local_addr().expect("an address"))
}

fn leaks(server: &Server) -> Vec<Value> {
    let list = server.get("/v1/leaks").data().as_array().expect("a list").clone();
    let show = |leak: &Value| server.get(&format!("/v1/leaks/{}", leak["id"].as_str().expect("an id"))).data().clone();
    list.iter().map(show).collect()
}

/// A repository whose second commit has this key in it.
fn history(secret: &str) -> (Folder, String) {
    let folder = Folder::repository();
    folder.file("README.md", "nothing\n");
    folder.commit("a first one");
    folder.file("src/pay.rs", format!("\n\nlet key = \"{secret}\";\n"));
    let commit = folder.commit("pay");
    folder.git(["remote", "add", "origin", "https://ada:t0ken@git.example.com/shop.git?private_token=t0ken"]);
    (folder, commit)
}

fn spooled(folder: &Folder) -> Vec<std::path::PathBuf> {
    let spool = folder.home().join(".local/state/keystead/leak-spool");
    let Ok(entries) = std::fs::read_dir(spool) else { return Vec::new() };
    let files = entries.map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect()
}

#[test]
fn a_key_in_a_history_is_revoked_and_the_server_knows_where_it_stands() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (id, secret) = server.key(&server.user("maya"));
    let (folder, commit) = history(&secret);
    let scanned = folder.scan(["--history", "--report", &server.url()]);
    scanned.found(&secret);
    assert!(scanned.stderr.contains("1 report sent to"), "{scanned:?}");
    assert_eq!(server.code_of(&secret), "revoked");
    let all = leaks(&server);
    assert_eq!((all.len(), &all[0]["key"]["id"], &all[0]["outcome"]), (1, &id.into(), &"revoked".into()));
    let sighting = &all[0]["sightings"][0];
    assert_eq!((&sighting["exposure"], &sighting["reporter"]), (&"private".into(), &"nobody".into()));
    let place = &sighting["place"];
    assert_eq!(place["repository"], "https://git.example.com/shop.git", "without its credentials");
    assert_eq!((&place["commit"], &place["path"], &place["line"]), (&commit.into(), &"src/pay.rs".into(), &3.into()));
    assert_eq!(
        (&place["author"], &place["committed_at"]),
        (&"Ada <ada@example.org>".into(), &"2027-01-15T08:00:00.000Z".into())
    );
    assert!(sighting["tool"].as_str().is_some_and(|tool| tool.starts_with("keystead ")));
    assert_eq!(spooled(&folder), Vec::<std::path::PathBuf>::new());
    // The same again, by somebody who is told what came of it.
    let mut again = folder.scanner(["--history", "--public", "--report", &server.url()]);
    again.env("KEYSTEAD_TOKEN", server.token());
    let again = Scanned::run(again, "");
    assert!(again.found(&secret).stderr.contains("on what is of no use any more"), "{again:?}");
    assert_eq!((leaks(&server).len(), &leaks(&server)[0]["exposure"]), (1, &"public".into()));
}

#[test]
fn a_key_that_was_stopped_on_the_machine_is_told_and_goes_on() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (_, secret) = server.key(&server.user("maya"));
    let folder = Folder::repository();
    folder.file(".env", format!("KEY={secret}\nOTHER={}\n", vendor_token()));
    folder.git(["add", "--force", ".env"]);
    folder.scan(["--staged", "--report", &server.url()]).found(&secret);
    assert_eq!(server.code_of(&secret), "valid");
    let all = leaks(&server);
    assert_eq!((all.len(), &all[0]["exposure"], &all[0]["outcome"]), (1, &"local".into(), &"told".into()));
    folder.scan([".", "--report", &server.url()]).found(&secret);
    assert_eq!((server.code_of(&secret), leaks(&server)[0]["exposure"].clone()), ("valid".into(), "local".into()));
    folder.scan([".", "--public", "--report", &server.url()]).found(&secret);
    assert_eq!(server.code_of(&secret), "revoked");
}

#[test]
fn nothing_is_reported_that_is_somebody_elses_or_made_to_be_seen() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let folder = Folder::new();
    let public = keystead::key::token::mint("pk_live_").expose().to_owned();
    folder.file("a.txt", format!("{}\n{public}\n", vendor_token()));
    let scanned = folder.scan([".", "--report", &server.url()]);
    assert!(scanned.code == 1 && !scanned.stderr.contains("report"), "{scanned:?}");
    // No server is asked where there is nothing to report.
    let scanned = folder.scan([".", "--report", &nobody()]);
    assert!(scanned.code == 1 && !scanned.stderr.contains("could not"), "{scanned:?}");
}

#[test]
fn what_is_allowed_is_not_reported() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (_, secret) = server.key(&server.user("maya"));
    let (folder, _) = history(&secret);
    let (_, all) = folder.scan_json(["--history"]);
    let fingerprint = all["findings"][0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    folder.scan(["allow", &fingerprint, "--reason", "a key of the examples"]).clean();
    let scanned = folder.scan(["--history", "--public", "--report", &server.url()]);
    assert!(!scanned.clean().stderr.contains("report"), "{scanned:?}");
    assert_eq!((server.code_of(&secret), leaks(&server).len()), ("valid".into(), 0));
}

#[test]
fn what_does_not_get_through_is_kept_by_digest_and_sent_with_the_next_report() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (_, secret) = server.key(&server.user("maya"));
    let (folder, _) = history(&secret);
    folder.file(format!("{secret}.txt"), "its name alone");
    folder.commit("a name");
    let url = server.url();
    // The server stops answering: its address is taken by nobody for a while.
    let gone = nobody();
    let scanned = folder.scan(["--history", "--report", &gone]);
    scanned.found(&secret);
    assert!(scanned.stderr.contains("could not be told") && scanned.stderr.contains("kept in"), "{scanned:?}");
    let files = spooled(&folder);
    assert_eq!(files.len(), 1);
    let mode = |path: &std::path::Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&files[0]), mode(files[0].parent().expect("a folder"))), (0o600, 0o700));
    let text = std::fs::read_to_string(&files[0]).expect("text");
    assert!(text.contains(&hex(&sha256(secret.as_bytes()))) && !text.contains(&secret), "{text}");
    // Again: nothing is kept twice.
    folder.scan(["--history", "--report", &gone]).found(&secret);
    assert_eq!(std::fs::read_to_string(&files[0]).expect("text"), text);
    // As if the server that answers now were the one that did not.
    let name = |url: &str| format!("{}.jsonl", &hex(&sha256(url.as_bytes()))[..16]);
    std::fs::rename(&files[0], files[0].with_file_name(name(&url))).expect("moved");
    let clean = Folder::new();
    clean.file("a.txt", "nothing\n");
    let mut scan = clean.scanner([".", "--report", &url]);
    scan.env("HOME", folder.home());
    let scanned = Scanned::run(scan, "");
    assert!(scanned.clean().stderr.contains("did not get through"), "{scanned:?}");
    assert_eq!((server.code_of(&secret), spooled(&folder).len()), ("revoked".into(), 0));
}

#[test]
fn a_report_changes_nothing_of_how_a_scan_ends() {
    let secret = own_key();
    let (folder, clean) = (Folder::new(), Folder::new());
    folder.file("a.txt", &secret);
    clean.file("a.txt", "nothing\n");
    // What listens there speaks no HTTP, and does not answer at all.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = format!("http://{}", silent.local_addr().expect("an address"));
    for url in [nobody(), silent] {
        folder.scan([".", "--report", &url]).found(&secret);
        clean.scan([".", "--report", &url]).clean();
    }
    let mut homeless = folder.scanner([".", "--report", &nobody()]);
    homeless.env_remove("HOME");
    let homeless = Scanned::run(homeless, "");
    assert!(homeless.found(&secret).stderr.contains("no home directory"), "{homeless:?}");
    for wrong in ["keys.example.com", "ftp://keys.example.com", "https://", "https://ada:t0ken@keys.example.com"] {
        folder.scan([".", "--report", wrong]).failed("--report");
    }
}

#[test]
fn a_token_that_is_no_good_loses_no_report() {
    let (_home, data) = home();
    let server = Server::start(&data);
    let (_, secret) = server.key(&server.user("maya"));
    let (folder, _) = history(&secret);
    let mut scan = folder.scanner(["--history", "--report", &server.url()]);
    scan.env("KEYSTEAD_TOKEN", own_key());
    let scanned = Scanned::run(scan, "");
    assert!(scanned.found(&secret).stderr.contains("reporting without the token"), "{scanned:?}");
    assert_eq!(server.code_of(&secret), "revoked");
}
